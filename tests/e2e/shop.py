"""A merchant with a connection at every provider, and the payer who visits."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from tests.e2e.sandbox import PROVIDERS, Sandbox
from tests.e2e.talking import Api, Json, Record, send
from tests.e2e.waiting import eventually

RETURN_URL = "http://127.0.0.1:9/thanks"


@dataclass(frozen=True)
class ShopAccount:
    """One connection and the account behind it. `verifier`: of its webhooks, where we know it."""

    provider: str
    connection_id: str
    account_id: str
    credentials: dict[str, str]
    webhook: Json

    @property
    def path(self) -> str:
        """Where its webhooks go."""
        return f"/webhooks/{self.provider}/{self.connection_id}"


@dataclass(frozen=True)
class Shop:
    """A tenant."""

    tenant_id: str
    api: Api
    root: Api
    sandbox: Sandbox
    record: Record
    accounts: dict[str, ShopAccount]

    def new_payment(
        self, provider: str, amount: int = 1999, currency: str = "USD", **more: Any
    ) -> Json:
        """A payment over a provider, with its page open."""
        body = {
            "amount": amount,
            "currency": currency,
            "description": "Pro plan, November",
            "connection_id": self.accounts[provider].connection_id,
            **more,
        }
        return self.remember(self.api.post("/v1/payments", body))

    def remember(self, payment: Json) -> Json:
        """Note the payment's link as something that no log may hold."""
        self.record.unlogged.add(payment["link"]["url"].rsplit("/", 1)[1])
        return payment

    def payment(self, payment_id: str) -> Json:
        """A payment as it stands."""
        return self.api.get(f"/v1/payments/{payment_id}")

    def page_of(self, payment: Json) -> str:
        """Where the payment's link leads the payer."""
        answer = send("GET", payment["link"]["url"])
        assert answer.status_code == 303, f"{answer.status_code} {answer.text[:500]}"
        return answer.headers["location"]

    def pay(self, payment: Json, action: str = "pay", **more: Any) -> Json:
        """Go to the page and pay, decline or leave; webhooks follow unless switched off."""
        return self.sandbox.pay(self.page_of(payment), action, **more)

    def come_back(self, payment: Json) -> requests.Response:
        """Follow the way back from the provider's page, as often as one likes."""
        return send("GET", f"{payment['link']['url']}/return")

    def settled(self, payment: Json, status: str = "succeeded", within: float = 20) -> Json:
        """Wait for a state; returns the payment in it."""

        def reached() -> Json | None:
            found = self.payment(payment["id"])
            return found if found["status"] == status else None

        return eventually(reached, within=within, otherwise=lambda: self.payment(payment["id"]))

    def taken_for(self, payment: Json) -> list[Json]:
        """What the sandbox took for a payment."""
        references = {attempt["provider_reference"] for attempt in payment["attempts"]}
        provider = payment["attempts"][0]["provider"]
        ledger = self.sandbox.ledger(self.accounts[provider].account_id)
        return [entry for entry in ledger if entry["reference"] in references]

    def events(self) -> list[Json]:
        """The inbox, newest first."""
        return self.api.every("/v1/provider_events")

    def new_key(self, role: str) -> Api:
        """The API under another key of the tenant."""
        issued = self.api.post("/v1/api_keys", {"label": role, "role": role})
        return self.api.with_key(issued["key"])


def open_shop(
    root: Api, sandbox: Sandbox, record: Record, providers: tuple[str, ...] = PROVIDERS
) -> Shop:
    """Create a tenant and connect it to fresh accounts."""
    tenant = root.post("/v1/tenants", {"name": f"Shop {uuid4().hex[:8]}"})
    api = root.with_key(tenant["api_keys"][0]["key"])
    accounts = {slug: connect(api, sandbox, record, slug) for slug in providers}
    return Shop(tenant["id"], api, root, sandbox, record, accounts)


def connect(
    api: Api, sandbox: Sandbox, record: Record, provider: str, label: str | None = None
) -> ShopAccount:
    """Connect a tenant to a fresh account, its webhooks included."""
    account = sandbox.open_account(provider)
    for name, value in account["credentials"].items():
        if name not in {"key_id", "client_id"}:  # the halves that are no secret
            record.plant(f"{provider} {name}", value)
    connection = api.post(
        "/v1/connections",
        {
            "provider": provider,
            "label": label or f"{provider} sandbox",
            "credentials": account["credentials"],
        },
    )
    webhook = connection["webhook"]
    if webhook["status"] == "manual":
        sandbox.control(
            "POST",
            f"/{provider}/webhooks",
            account_id=account["account_id"],
            url=webhook["url"],
            secret=webhook["verifier"],
        )
    assert webhook["status"] in {"manual", "registered"}, webhook
    return ShopAccount(
        provider, connection["id"], account["account_id"], account["credentials"], webhook
    )
