"""`/v1/connections` and `/v1/providers` over HTTP, with the services on fakes."""

from collections.abc import Iterator, Mapping

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from paymux.integrations.adapters.http.connections import ConnectionsController
from paymux.integrations.adapters.http.providers import ProvidersController
from paymux.integrations.adapters.plugins import described
from paymux.integrations.application.providers import Providers
from paymux.kernel.ids import ApiKeyId
from paymux.payments.ports.connectors import Outcome
from paymux.platform.http.application import HttpPlatform, build_app
from paymux.tenancy.http import SECURITY, TENANCY_DEPENDENCIES
from paymux.tenancy.http.authentication import Caller
from paymux.tenancy.http.guards import AUTHENTICATION
from paymux.tenancy.principal import Principal
from paymux.tenancy.role import Role
from tests.unit.integrations.connections.fakes import ACME, PLANTED, RIVAL, House, failure

BODY: Mapping[str, object] = {
    "provider": "bank",
    "label": "First",
    "credentials": {"secret_key": PLANTED, "merchant": "acme_1"},
}
NOBODY = "con_" + "0" * 26


class KnownKeys:
    """Knows `Bearer {tenant} {role}`."""

    async def caller(self, header: str | None) -> Caller:
        return Caller(await self.principal(header))

    async def principal(self, header: str | None) -> Principal:
        _, tenant, role = (header or "").split()
        scope = {"acme": ACME, "rival": RIVAL}[tenant]
        return Principal(
            tenant_id=scope.tenant_id,
            mode=scope.mode,
            role=Role(role),
            key_id=ApiKeyId("key_1"),
        )


def as_(tenant: str = "acme", role: str = "admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {tenant} {role}"}


def given(thing: object) -> Provide:
    def provide() -> object:
        return thing

    return Provide(provide, sync_to_thread=False)


@pytest.fixture
def api(acme: House) -> Iterator[TestClient[Litestar]]:
    app = build_app(
        HttpPlatform(version="1", security_of=SECURITY),
        route_handlers=[ConnectionsController, ProvidersController],
        dependencies={
            **TENANCY_DEPENDENCIES,
            "connections": given(acme.connections),
            "webhook_endpoints": given(acme.endpoints),
            "providers": given(Providers(described(acme.plugins))),
        },
        state={AUTHENTICATION: KnownKeys()},
    )
    with TestClient(app) as client:
        client.headers.update(as_())
        yield client


@pytest.fixture
def made(api: TestClient[Litestar]) -> str:
    answer = api.post("/v1/connections", json=BODY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_connection_is_made_and_shows_no_secret(api: TestClient[Litestar]) -> None:
    answer = api.post("/v1/connections", json=BODY)

    shown = answer.json()
    assert shown["credentials"]["secret_key"] == "****wxyz"
    assert shown["webhook"]["status"] == "registered"
    assert shown["webhook"]["url"] == f"https://pay.example/webhooks/bank/{shown['id']}"
    assert PLANTED not in answer.text
    assert "whsec" not in answer.text


def test_by_hand_the_verifier_is_in_the_first_answer_only(api: TestClient[Litestar]) -> None:
    answer = api.post("/v1/connections", json={**BODY, "provider": "handbank"}).json()

    verifier = answer["webhook"]["verifier"]
    assert f"Enter {verifier}" in answer["webhook"]["steps"]
    assert verifier not in api.get(f"/v1/connections/{answer['id']}").text
    again = api.post(f"/v1/connections/{answer['id']}/webhook").json()
    assert again["webhook"]["verifier"] not in {None, verifier}


def test_credentials_that_do_not_fit_are_answered_with_the_field(
    api: TestClient[Litestar],
) -> None:
    answer = api.post("/v1/connections", json={**BODY, "credentials": {"merchant": "a"}})

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_credentials"
    assert answer.json()["field"] == "credentials.secret_key"


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Outcome.CREDENTIALS, 422, "credentials_refused"),
        (Outcome.NOT_SENT, 502, "provider_unreachable"),
    ],
)
def test_a_failed_check_has_a_status_of_its_own(
    api: TestClient[Litestar], acme: House, outcome: Outcome, status: int, code: str
) -> None:
    acme.bank.report = failure(outcome)

    answer = api.post("/v1/connections", json=BODY)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "change",
    [
        {"label": ""},
        {"label": " "},
        {"label": "a\nb"},
        {"label": "pasted\n"},
        {"label": "x" * 101},
        {"priority": -1},
        {"priority": 1001},
        {"webhook_secret": "with a blank"},
        {"webhook_secret": "whsec_pasted\n"},
        {"credentials": {"secret_key": ["list"]}},
        {"provider": "stripe"},
        {"surprise": 1},
    ],
)
def test_a_malformed_change_is_refused(
    api: TestClient[Litestar], made: str, change: Mapping[str, object]
) -> None:
    assert api.patch(f"/v1/connections/{made}", json=change).status_code == 400


def test_a_change_names_only_what_changes(api: TestClient[Litestar], made: str) -> None:
    changed = api.patch(f"/v1/connections/{made}", json={"label": "Ärger & Söhne"}).json()

    assert (changed["label"], changed["priority"], changed["enabled"]) == (
        "Ärger & Söhne",
        100,
        True,
    )


def test_a_taken_label_is_a_conflict(api: TestClient[Litestar], made: str) -> None:
    assert made
    answer = api.post("/v1/connections", json=BODY)

    assert (answer.status_code, answer.json()["code"]) == (409, "label_taken")


def test_disabling_and_enabling_are_repeatable(api: TestClient[Litestar], made: str) -> None:
    for _ in range(2):
        assert api.post(f"/v1/connections/{made}/disable").json()["enabled"] is False
    assert api.get("/v1/connections", params={"enabled": "true"}).json()["data"] == []
    for _ in range(2):
        assert api.post(f"/v1/connections/{made}/enable").json()["enabled"] is True


def test_a_test_answers_200_also_when_the_account_does_not_work(
    api: TestClient[Litestar], acme: House, made: str
) -> None:
    acme.bank.report = failure(Outcome.CREDENTIALS)

    answer = api.post(f"/v1/connections/{made}/test")

    assert answer.status_code == 200
    assert answer.json()["succeeded"] is False
    assert answer.json()["code"] == "credentials_refused"


def test_a_deleted_connection_is_gone(api: TestClient[Litestar], made: str) -> None:
    assert api.delete(f"/v1/connections/{made}").status_code == 204
    assert api.get(f"/v1/connections/{made}").status_code == 404
    assert api.delete(f"/v1/connections/{made}").status_code == 404


@pytest.mark.parametrize(
    ("method", "suffix"),
    [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("POST", "/enable"),
        ("POST", "/disable"),
        ("POST", "/webhook"),
    ],
)
def test_writes_are_for_admins_and_others_ids_do_not_exist(
    api: TestClient[Litestar], made: str, method: str, suffix: str
) -> None:
    def status(connection_id: str, key: dict[str, str]) -> int:
        body = {"label": "Mine"} if method == "PATCH" else None
        url = f"/v1/connections/{connection_id}{suffix}"
        return api.request(method, url, json=body, headers=key).status_code

    assert status(made, as_("acme", "operator")) == 403
    assert status(made, as_("rival")) == 404
    assert status(NOBODY, as_()) == 404


def test_readers_read_and_another_tenant_sees_nothing(
    api: TestClient[Litestar], made: str
) -> None:
    path = f"/v1/connections/{made}"
    assert api.get(path, headers=as_("acme", "reader")).status_code == 200
    assert api.get(path, headers=as_("rival")).status_code == 404
    assert api.get("/v1/connections", headers=as_("rival")).json()["data"] == []
    answer = api.post("/v1/connections", json=BODY, headers=as_("acme", "reader"))
    assert answer.status_code == 403


def test_providers_are_listed_with_capabilities_and_schema(api: TestClient[Litestar]) -> None:
    answer = api.get("/v1/providers", headers=as_("acme", "reader")).json()

    bank = answer["data"][0]
    assert [each["slug"] for each in answer["data"]] == ["bank", "handbank"]
    assert bank["credentials_schema"]["properties"]["secret_key"]["writeOnly"] is True
    assert bank["capabilities"]["currencies"] == [
        {"code": "JPY", "exponent": 0, "multiple_of": 1, "minimum": 50}
    ]
    assert api.get("/v1/providers/bank").json() == bank
    assert api.get("/v1/providers/nobank").status_code == 404
