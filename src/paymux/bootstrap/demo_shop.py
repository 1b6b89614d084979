"""A merchant for trying things out: a tenant with one connection per provider of the sandbox."""

from dataclasses import dataclass

from paymux.bootstrap.api_client import ApiClient, Json


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A tenant's key, and its connections by provider."""

    tenant_id: str
    api_key: str
    connections: dict[str, str]


async def open_demo_shop(root: ApiClient, sandbox: ApiClient, base_url: str) -> DemoShop:
    """Create the tenant and connect it to a fresh account at every provider on offer."""
    tenant = await root.post("/v1/tenants", {"name": "Demo shop"})
    api_key = _text(_list(tenant["api_keys"])[0], "key")
    connections = {}
    async with ApiClient(base_url, api_key) as api:
        on_offer = await sandbox.get("/_control/operations")
        for provider in _list((await api.get("/v1/providers"))["data"]):
            slug = _text(provider, "slug")
            if slug in on_offer:
                connections[slug] = await _connect(api, sandbox, slug)
    return DemoShop(_text(tenant, "id"), api_key, connections)


async def _connect(api: ApiClient, sandbox: ApiClient, slug: str) -> str:
    account = await sandbox.post("/_control/accounts", {"provider": slug})
    connection = await api.post(
        "/v1/connections",
        {"provider": slug, "label": f"{slug} sandbox", "credentials": account["credentials"]},
    )
    webhook = _object(connection["webhook"])
    if webhook["status"] == "manual":
        # Where the API cannot register our endpoint, a person does it on the dashboard.
        await sandbox.post(
            f"/_control/{slug}/webhooks",
            {
                "account_id": account["account_id"],
                "url": webhook["url"],
                "secret": webhook["verifier"],
            },
        )
    return _text(connection, "id")


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(body: Json, field: str) -> str:
    return str(body[field])
