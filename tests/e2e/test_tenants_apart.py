"""No operation reaches another tenant's things, the other mode's, or works without its key."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import asyncpg
import pytest

from tests.e2e.conftest import Install
from tests.e2e.installation import Installation
from tests.e2e.saving import new_customer, saved
from tests.e2e.shop import Shop
from tests.e2e.signing import signer
from tests.e2e.talking import Api, Json
from tests.e2e.waiting import eventually

# Path parameters that name nothing of a tenant's, and doors that take no key at all.
NOBODYS = {"slug", "provider", "code"}
OPEN_DOORS = {
    "POST /webhooks/{provider}/{connection_id}", "GET /healthz", "GET /readyz",
}  # fmt: skip
PUBLIC = {"slug": "stripe", "provider": "stripe", "code": "generic_decline"}
CREDENTIALS = {"secret_key": "sk_test_" + "x" * 40}
# A body that would be taken, for every operation that wants one.
BODIES: dict[str, Json] = {
    "POST /v1/payments": {"amount": 1999, "currency": "USD", "description": "Pro plan"},
    "POST /v1/payments/{payment_id}/refunds": {"amount": 500},
    "POST /v1/payments/{payment_id}/capture": {"amount": 500},
    "POST /v1/disputes/{dispute_id}/accept": {},
    "POST /v1/disputes/{dispute_id}/evidence": {"summary": "The seat was used."},
    "PUT /v1/failover-policy": {"max_attempts": 3, "max_elapsed_seconds": 30},
    "PUT /v1/error-maps/{provider}/codes/{code}": {"outcome": "declined_hard"},
    "POST /v1/customers": {"external_id": "someone"},
    "PATCH /v1/customers/{customer_id}": {"name": "Mallory"},
    "POST /v1/connections": {"provider": "stripe", "label": "Mine", "credentials": CREDENTIALS},
    "PATCH /v1/connections/{connection_id}": {"label": "Mine now"},
    "POST /v1/tenants": {"name": "Mine"},
    "POST /v1/reviews/{payment_id}/resolve": {"verdict": "handled", "evidence": "Looked into."},
    "PATCH /v1/tenants/{tenant_id}": {"name": "Mine now"},
    "POST /v1/api_keys": {"label": "Mine"},
    "POST /v1/tenants/{tenant_id}/api_keys": {"label": "Mine", "mode": "test"},
}
NEVER_GIVEN = "0" * 26


@dataclass(frozen=True)
class Operation:
    """One operation of /openapi.json."""

    method: str
    path: str
    parameters: tuple[str, ...]
    security: frozenset[str]
    wants_body: bool

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.method} {self.path}"

    @property
    def is_root_only(self) -> bool:
        """Whether only the operator's own key may call it."""
        return self.security == {"root_key"}

    def call(self, api: Api, ids: dict[str, str]) -> Any:
        """Call it with these ids."""
        assert not self.wants_body or self.name in BODIES, f"Say in BODIES what {self.name} takes"
        body = BODIES[self.name] if self.wants_body else None
        return api.call(self.method, self.path.format(**ids), json=body)


@dataclass(frozen=True)
class Victim:
    """A tenant with one thing of every kind."""

    installation: Installation
    shop: Shop
    live: Api
    live_customer: str

    @cached_property
    def ids(self) -> dict[str, str]:
        """One id for every path parameter."""
        api = self.shop.api
        payment = self.shop.new_payment("stripe")
        customer = api.post("/v1/customers", {"external_id": "ada"})
        account = self.shop.accounts["razorpay"]
        delivery = signer(self.shop, "razorpay").signed("nothing.known")
        api.call("POST", account.path, data=delivery.body, headers=delivery.headers)
        event = eventually(lambda: self.shop.events() or None)[0]
        return {
            "payment_id": payment["id"],
            "refund_id": self._refund()["id"],
            "payment_method_id": saved(self.shop, "stripe", new_customer(self.shop))["id"],
            "dispute_id": self._dispute(payment),
            "customer_id": customer["id"],
            "connection_id": account.connection_id,
            "provider_event_id": event["id"],
            "api_key_id": api.post("/v1/api_keys", {"label": "spare"})["id"],
            "tenant_id": self.shop.tenant_id,
        }

    def _dispute(self, payment: Json) -> str:
        """A dispute of a payment, as it is kept."""
        attempt, news = payment["attempts"][0], {
            "status": "needs_response", "stage": "chargeback", "reason": "other",
            "amount": {"amount": 1999, "currency": "USD"},
        }  # fmt: skip
        self.installation.execute(
            "INSERT INTO disputes (tenant_id, id, mode, payment_id, attempt_id, connection_id,"
            " provider, provider_reference, payment_reference, status, demand, created_at,"
            " updated_at) VALUES ($1, $2, 'test', $3, $4, $5, 'stripe', 'dp_1', 'pi_1',"
            " 'needs_response', $6, now(), now())",
            self.shop.tenant_id,
            dispute := "dsp_" + "1" * 26,
            payment["id"],
            attempt["id"],
            attempt["connection_id"],
            json.dumps(news),
        )
        return dispute

    def _refund(self) -> Json:
        """Some of the money of a payment that is paid."""
        payment = self.shop.new_payment("stripe")
        self.shop.sandbox.pay(payment["attempts"][0]["checkout_url"])
        link = payment["link"]["url"].partition("/pay/")[2]
        assert self.shop.api.call("GET", f"/pay/{link}/return").status_code == 200
        return self.shop.api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 500})

    def everything(self) -> list[Json]:
        """All that a stranger could change."""
        money = ["payments", "refunds", "disputes", "payment-methods", "customers"]
        lists = [*money, "connections", "provider_events", "api_keys"]
        found = [thing for name in lists for thing in self.shop.api.every(f"/v1/{name}")]
        found = [thing for thing in found if not thing.get("revoked_at")]
        return [*found, self.shop.root.get(f"/v1/tenants/{self.shop.tenant_id}")]


@pytest.fixture(scope="module")
def live(install: Install) -> Installation:
    """An installation for real money, so that keys of both modes exist."""
    https = "https://pay.shop.example"
    return install("live", PAYMUX_LIVE="true", PAYMUX_PUBLIC_URL=https).start()


@pytest.fixture(scope="module")
def operations(live: Installation) -> list[Operation]:
    """Everything that /openapi.json lists."""
    paths = live.root.get("/openapi.json")["paths"]
    return [
        Operation(
            method=method.upper(),
            path=path,
            parameters=tuple(p["name"] for p in found.get("parameters", []) if p["in"] == "path"),
            security=frozenset(name for way in found.get("security", []) for name in way),
            wants_body="requestBody" in found,
        )
        for path, methods in paths.items()
        for method, found in methods.items()
    ]


@pytest.fixture(scope="module")
def by_id(operations: list[Operation]) -> list[Operation]:
    """The operations on one thing of a tenant's."""
    found = [
        operation
        for operation in operations
        if set(operation.parameters) - NOBODYS and operation.name not in OPEN_DOORS
    ]
    assert len(found) >= 18
    return found


@pytest.fixture(scope="module")
def victim(live: Installation) -> Victim:
    """Whose things are reached for."""
    shop = live.open_shop()
    issued = live.root.post(
        f"/v1/tenants/{shop.tenant_id}/api_keys", {"label": "live", "mode": "live"}
    )
    api = shop.api.with_key(issued["key"])
    customer = api.post("/v1/customers", {"external_id": "grace"})
    return Victim(live, shop, api, customer["id"])


@pytest.fixture(scope="module")
def stranger(live: Installation) -> Shop:
    """Another tenant."""
    return live.open_shop(providers=("stripe",))


@pytest.fixture(autouse=True)
def nothing_of_the_victims_changes(victim: Victim) -> Iterator[None]:
    """Whatever was tried."""
    assert victim.ids
    before = victim.everything()
    yield
    assert victim.everything() == before


def never_given(ids: dict[str, str]) -> dict[str, str]:
    """Ids of the right form that nothing has."""
    return {name: f"{given.partition('_')[0]}_{NEVER_GIVEN}" for name, given in ids.items()}


def told(answer: Any, ids: dict[str, str]) -> tuple[int, str]:
    """What an answer gives away, its own request id and the ids asked for left out."""
    body = {k: v for k, v in answer.json().items() if k != "request_id"}
    text = str(body)
    for given in ids.values():
        text = text.replace(given, "<id>")
    return answer.status_code, text


def test_every_path_parameter_is_covered(by_id: list[Operation], victim: Victim) -> None:
    named = {name for operation in by_id for name in operation.parameters}
    assert named <= set(victim.ids), "Give Victim.ids one of these, so that it is tried"


def test_every_body_is_covered(operations: list[Operation]) -> None:
    wanting = {each.name for each in operations if each.wants_body}
    assert wanting - OPEN_DOORS == set(BODIES)


def test_another_tenants_id_is_not_found(
    by_id: list[Operation], victim: Victim, stranger: Shop
) -> None:
    unknown = never_given(victim.ids)
    for operation in by_id:
        answer = operation.call(stranger.api, victim.ids)
        assert answer.status_code == (403 if operation.is_root_only else 404), operation
        absent = operation.call(stranger.api, unknown)
        assert told(answer, victim.ids) == told(absent, unknown), operation


def test_the_other_modes_id_is_not_found(by_id: list[Operation], victim: Victim) -> None:
    for operation in by_id:
        if "tenant_id" in operation.parameters:  # a tenant is the same in both modes
            continue
        answer = operation.call(victim.live, victim.ids)
        assert answer.status_code == 404, (operation, answer.text)
        ids = {**victim.ids, "customer_id": victim.live_customer}
        if operation.parameters == ("customer_id",):
            assert operation.call(victim.shop.api, ids).status_code == 404


def test_nothing_is_answered_without_a_key(operations: list[Operation], victim: Victim) -> None:
    nobody, guesser = victim.shop.api.with_key(None), victim.shop.api.with_key("pmx_test_guessed")
    ids = {**victim.ids, **PUBLIC}
    for operation in operations:
        if operation.name in OPEN_DOORS:
            assert not operation.security
            continue
        assert operation.security, operation
        for api in (nobody, guesser):
            answer = operation.call(api, ids)
            assert answer.status_code == 401, (operation, answer.text)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_reader_may_not_write(operations: list[Operation], victim: Victim) -> None:
    reader = victim.shop.new_key("reader")
    try:
        ids = {**victim.ids, **PUBLIC}
        for operation in operations:
            if operation.name in OPEN_DOORS or operation.method == "GET":
                continue
            answer = operation.call(reader, ids)
            assert answer.status_code == 403, (operation, answer.text)
        for path in ("payments", "customers", "connections", "provider_events", "providers"):
            assert reader.call("GET", f"/v1/{path}").ok
    finally:
        _revoke(victim, reader)


def test_an_operator_may_not_administer(operations: list[Operation], victim: Victim) -> None:
    operator = victim.shop.new_key("operator")
    try:
        for operation in operations:
            administers = operation.path.startswith(("/v1/connections", "/v1/api_keys"))
            if administers and operation.method != "GET":
                answer = operation.call(operator, victim.ids)
                assert answer.status_code == 403, (operation, answer.text)
    finally:
        _revoke(victim, operator)


def test_another_tenants_ids_in_a_body_or_a_filter_are_not_found(
    victim: Victim, stranger: Shop
) -> None:
    payment = BODIES["POST /v1/payments"]
    theirs = {"customer_id": victim.ids["customer_id"]}
    assert stranger.api.problem("POST", "/v1/payments", {**payment, **theirs})["status"] == 404
    theirs = {"connection_id": victim.ids["connection_id"]}
    problem = stranger.api.problem("POST", "/v1/payments", {**payment, **theirs})
    assert (problem["status"], problem["code"]) == (422, "connection_not_usable")
    own = stranger.api.post("/v1/customers", {"external_id": "own"})["id"]
    charge = {**payment, "off_session": True, "customer_id": own}
    theirs = {"payment_method_id": victim.ids["payment_method_id"]}
    assert stranger.api.problem("POST", "/v1/payments", {**charge, **theirs})["status"] == 404
    customer = {"customer_id": victim.ids["customer_id"]}
    assert stranger.api.get("/v1/payment-methods", **customer)["data"] == []
    for name, value in {"customer_id": "customer_id", "connection_id": "connection_id"}.items():
        assert stranger.api.get("/v1/payments", **{name: victim.ids[value]})["data"] == []
    events = stranger.api.get("/v1/provider_events", connection_id=victim.ids["connection_id"])
    assert events["data"] == []


def test_how_one_tenant_reads_a_code_is_no_other_tenants_matter(
    victim: Victim, stranger: Shop
) -> None:
    path = "/v1/error-maps/stripe"
    code = f"{path}/codes/generic_decline"

    def own(api: Api) -> list[str]:
        return [row["code"] for row in api.get(path)["data"] if row["overrides"]]

    assert stranger.api.call("PUT", code, json={"outcome": "declined_hard"}).ok
    assert own(stranger.api) == ["generic_decline"]
    assert own(victim.shop.api) == own(victim.live) == []
    assert victim.shop.api.call("DELETE", code).status_code == 204
    assert own(stranger.api) == ["generic_decline"]
    assert victim.shop.api.get(f"{path}/unmapped")["data"] == []


def test_a_revoked_key_opens_nothing(victim: Victim) -> None:
    reader = victim.shop.new_key("reader")
    assert reader.call("GET", "/v1/payments").ok
    _revoke(victim, reader)
    eventually(lambda: reader.call("GET", "/v1/payments").status_code == 401, within=5)


def test_the_applications_role_sees_only_the_tenant_it_names(
    live: Installation, victim: Victim, stranger: Shop
) -> None:
    tables = live.query(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'tenant_id'"
    )
    names = sorted(row["table_name"] for row in tables)
    assert {"payments", "payment_attempts", "events", "connections", "api_keys"} <= set(names)
    assert {"disputes", "dispute_responses"} <= set(names)
    seen = asyncio.run(_seen(live.database_url("app"), names, stranger.tenant_id))
    assert {name: found[0] for name, found in seen.items()} == dict.fromkeys(names, 0)
    assert all(found[1] <= {stranger.tenant_id} for found in seen.values())
    assert seen["connections"][1] == {stranger.tenant_id}
    rows = live.query("SELECT 1 FROM payments WHERE tenant_id = $1", victim.shop.tenant_id)
    assert rows


async def _seen(url: str, tables: list[str], tenant_id: str) -> dict[str, tuple[int, set[str]]]:
    """Of each table: rows without a tenant set, and whose rows with one."""
    connection = await asyncpg.connect(url)
    try:
        found = {}
        for table in tables:
            await connection.execute("RESET paymux.tenant_id")
            count = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
            await connection.execute("SELECT set_config('paymux.tenant_id', $1, false)", tenant_id)
            rows = await connection.fetch(f"SELECT DISTINCT tenant_id FROM {table}")  # noqa: S608
            found[table] = (count, {row["tenant_id"] for row in rows})
        return found
    finally:
        await connection.close()


def _revoke(victim: Victim, api: Api) -> None:
    """Take back a key that a test made, and forget it was there."""
    keys = victim.shop.api.every("/v1/api_keys")
    key_id = next(key["id"] for key in keys if (api.key or "").endswith(key["last_four"]))
    victim.shop.api.call("DELETE", f"/v1/api_keys/{key_id}")
