"""Credentials go in and never come out; their keys change while payments go on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.conftest import Install
from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS, Sandbox
from tests.e2e.shop import Shop, connect
from tests.e2e.talking import Json, Record
from tests.e2e.waiting import eventually

PUBLIC = {"key_id", "client_id"}
WRONG = {
    "stripe": {"secret_key": "sk_test_51" + "Wrong" * 12},
    "razorpay": {"key_id": "rzp_test_Wr0ngWr0ngWr0n", "key_secret": "WrongWrongWrongWrongWron"},
    "paypal": {"client_id": "AWrongClient" * 4, "client_secret": "EWrongSecret" * 4},
}


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    """Each provider in turn."""
    return str(request.param)


def creation(provider: str, credentials: Json) -> Json:
    """The request for a connection."""
    return {"provider": provider, "label": "Another", "credentials": credentials}


def stored(installation: Installation, shop: Shop) -> list[Any]:
    """The tenant's connections as the database has them."""
    return installation.query(
        "SELECT id, sealed, key_version, hints::text FROM connections"
        " WHERE tenant_id = $1 ORDER BY id",
        shop.tenant_id,
    )


def test_credentials_that_the_provider_refuses_are_refused_and_nothing_stored(
    shop: Shop, installation: Installation, provider: str
) -> None:
    before = stored(installation, shop)
    problem = shop.api.problem("POST", "/v1/connections", creation(provider, WRONG[provider]))
    assert (problem["status"], problem["code"]) == (422, "credentials_refused")
    assert not any(value in str(problem) for value in WRONG[provider].values())
    path = f"/v1/connections/{shop.accounts[provider].connection_id}"
    problem = shop.api.problem("PATCH", path, {"credentials": WRONG[provider]})
    assert problem["status"] == 422
    assert stored(installation, shop) == before
    shop.settled(paid(shop, provider))


@pytest.mark.parametrize(
    "credentials",
    [{}, {"secret_key": None}, {"secret_key": 7}, {"secret_key": "sk_test_x", "more": "x"}],
)
def test_credentials_that_do_not_fit_the_schema_are_refused_before_any_call(
    shop: Shop, credentials: Json
) -> None:
    problem = shop.api.problem("POST", "/v1/connections", creation("stripe", credentials))
    assert problem["status"] in {400, 422}
    assert "credentials" in str(problem)


def test_only_the_last_four_characters_are_ever_shown(shop: Shop, provider: str) -> None:
    account = shop.accounts[provider]
    shown = shop.api.get(f"/v1/connections/{account.connection_id}")
    answers = [shown, *shop.api.every("/v1/connections")]
    assert set(shown["credentials"]) == set(account.credentials)
    for name, value in account.credentials.items():
        is_public = name in PUBLIC
        assert shown["credentials"][name] == (value if is_public else f"****{value[-4:]}")
        assert is_public or not any(value in str(answer) for answer in answers)


def test_credentials_can_be_replaced_by_working_ones(shop: Shop, provider: str) -> None:
    account = shop.accounts[provider]
    fresh = shop.sandbox.open_account(provider)["credentials"]
    for name in set(fresh) - PUBLIC:
        shop.record.plant("credentials that came later", fresh[name])
    shop.api.patch(f"/v1/connections/{account.connection_id}", {"credentials": fresh})
    payment = shop.new_payment(provider)
    assert payment["status"] == "requires_action"
    assert len(shop.sandbox.objects(account.account_id)) == 0


def test_a_key_revoked_at_the_provider_fails_the_payment_and_says_why(
    shop: Shop, provider: str
) -> None:
    account = shop.accounts[provider]
    shop.sandbox.control("PATCH", f"/accounts/{account.account_id}", revoked=True)
    payment = shop.new_payment(provider)
    if payment["status"] == "requires_action":  # PayPal's token outlives the credentials
        return
    assert payment["status"] == "failed"
    assert payment["attempts"][0]["reason_code"]
    report = shop.api.post(f"/v1/connections/{account.connection_id}/test")
    assert report["succeeded"] is False


def test_sealed_credentials_swapped_between_two_rows_are_refused(
    shop: Shop, installation: Installation, provider: str
) -> None:
    other = connect(shop.api, shop.sandbox, shop.record, provider, "the other one")
    ours = shop.accounts[provider]
    for account in (ours, other):
        assert shop.api.call("POST", f"/v1/connections/{account.connection_id}/test").ok
    swap(installation, ours.connection_id, other.connection_id)
    calls = [len(shop.sandbox.requests(a.account_id)) for a in (ours, other)]
    body = {"amount": 1999, "currency": "USD", "description": "Pro plan"}

    def refused() -> Any:
        answer = shop.api.call(
            "POST", "/v1/payments", json={**body, "connection_id": ours.connection_id}
        )
        return answer if not answer.ok else None

    answer = eventually(refused, within=5)
    assert answer.json()["code"] == "seal_broken", answer.text
    calls_then = [len(shop.sandbox.requests(a.account_id)) for a in (ours, other)]
    assert calls_then[1] == calls[1], "the other account was called with credentials not ours"
    payments = shop.api.every("/v1/payments", connection_id=ours.connection_id)
    statuses = {payment["status"] for payment in payments}
    assert statuses <= {"processing", "requires_action", "failed"}
    swap(installation, ours.connection_id, other.connection_id)
    eventually(lambda: shop.api.call("POST", "/v1/payments", json=body).ok, within=5)


def swap(installation: Installation, one: str, other: str) -> None:
    """Give each row the other's sealed credentials."""
    installation.execute(
        "UPDATE connections c SET sealed = o.sealed, key_version = o.key_version"
        " FROM connections o WHERE c.id = ANY($1::text[]) AND o.id = ANY($1::text[])"
        " AND o.id <> c.id",
        [one, other],
    )


def paid(shop: Shop, provider: str) -> Json:
    """A payment whose payer has paid."""
    payment = shop.new_payment(provider)
    shop.pay(payment)
    return payment


@contextmanager
def traffic(shop: Shop, made: list[Json]) -> Iterator[None]:
    """Payments through every provider for as long as one is inside; at least one each."""
    over, failures = threading.Event(), []

    def buy() -> None:
        try:
            while not over.is_set() or len(made) < len(PROVIDERS):
                made.append(paid(shop, PROVIDERS[len(made) % len(PROVIDERS)]))
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)

    buyer = threading.Thread(target=buy)
    buyer.start()
    try:
        yield
    finally:
        over.set()
        buyer.join(60)
    assert not failures, failures


def test_the_encryption_key_is_rotated_while_payments_go_on_and_the_old_one_dropped(
    install: Install, record: Record, sandbox: Sandbox
) -> None:
    installation = install("rotating").start()
    old = installation.settings["PAYMUX_ENCRYPTION_KEYS"]
    shop = installation.open_shop()
    new = installation.new_key(2)
    use_keys(installation, f"{new},{old}")
    assert {row["key_version"] for row in stored(installation, shop)} == {"v1"}
    made: list[Json] = []
    with traffic(shop, made):
        assert installation.command("keys", "rotate") == 0, installation.tail("keys")
    assert "The old key can leave the ring." in installation.tail("keys")
    assert {row["key_version"] for row in stored(installation, shop)} == {"v2"}
    for payment in made:
        shop.settled(payment)
    use_keys(installation, new)
    for provider in PROVIDERS:
        shop.settled(paid(shop, provider))
    late = connect(shop.api, sandbox, record, "stripe", "made later")
    versions = {row["id"]: row["key_version"] for row in stored(installation, shop)}
    assert versions[late.connection_id] == "v2"
    installation.stop()


def use_keys(installation: Installation, ring: str) -> None:
    """Start the installation again with another key ring."""
    installation.settings["PAYMUX_ENCRYPTION_KEYS"] = ring
    installation.web.stop()
    installation.web.change(installation.settings)
    installation.start()
