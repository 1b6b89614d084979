"""A provider that fails: the payment goes on elsewhere when it may, and only then."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Install
from tests.e2e.gate import Gate
from tests.e2e.installation import Installation
from tests.e2e.sandbox import Sandbox
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

ORDER = {"amount": 1999, "currency": "USD", "description": "Pro plan, November"}


@pytest.fixture(scope="module")
def gate(sandbox: Sandbox) -> Iterator[Gate]:
    """The only way to Stripe's stand-in."""
    with Gate(sandbox.url) as gate:
        yield gate


@pytest.fixture(scope="module")
def house(install: Install, sandbox: Sandbox, gate: Gate) -> Installation:
    """An installation that asks every second or so, and reaches Stripe through the gate."""
    overrides = sandbox.overrides()
    overrides["stripe"]["base_url"] = f"{gate.url}/stripe"
    settings = {
        "PAYMUX_VERIFY_AFTER_SECONDS": "1",
        "PAYMUX_POLL_SCHEDULE_SECONDS": "1,2,3",
        "PAYMUX_PROVIDER_TIMEOUT_SECONDS": "2",
        "PAYMUX_CONNECT_TIMEOUT_SECONDS": "1",
    }
    return install("outage", PAYMUX_PROVIDER_OVERRIDES=json.dumps(overrides), **settings).start()


@pytest.fixture(name="shop")
def _shop(house: Installation) -> Shop:
    """A merchant whose first choice is Stripe."""
    return house.open_shop()


@pytest.fixture
def shut(gate: Gate) -> Iterator[Gate]:
    """Lets a test shut the gate, and leaves it open."""
    yield gate
    gate.shut()
    gate.open()


def new_payment(shop: Shop) -> Json:
    """A payment over whichever connection will take it."""
    return shop.remember(shop.api.post("/v1/payments", ORDER))


def tried(payment: Json) -> list[tuple[str, str]]:
    """Which providers were tried, and what became of it."""
    return [(attempt["provider"], attempt["status"]) for attempt in payment["attempts"]]


def taken(shop: Shop, provider: str) -> int:
    """What the provider has in the end, by its own ledger."""
    ledger = shop.sandbox.ledger(shop.accounts[provider].account_id)
    signs = {"payment": 1, "capture": 1, "refund": -1, "refund_failed": 1}
    return sum(signs.get(entry["kind"], 0) * abs(entry["amount_minor"]) for entry in ledger)


def test_a_refused_connection_fails_over_within_the_request(shop: Shop, shut: Gate) -> None:
    shut.shut()
    payment = new_payment(shop)
    assert tried(payment) == [("stripe", "not_sent"), ("razorpay", "pending")]
    assert payment["status"] == "requires_action"
    (decision,) = shop.payment(payment["id"])["decisions"]
    assert (decision["decision"], decision["outcome"]) == ("fail_over", "not_sent")
    assert decision["next_connection_id"] == shop.accounts["razorpay"].connection_id
    shop.pay(payment)
    assert shop.settled(payment)["amount_captured"] == 1999
    assert (taken(shop, "stripe"), taken(shop, "razorpay")) == (0, 1999)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_after"},
        {"kind": "latency", "delay_ms": 4000},
        {"kind": "error_after", "status": 500},
    ],
    ids=["reset", "time-out", "server error"],
)
def test_an_unknown_outcome_stays_with_its_provider_and_resolves_itself(
    shop: Shop, fault: Json
) -> None:
    account = shop.accounts["stripe"].account_id
    rule = shop.sandbox.control(
        "POST",
        "/faults",
        provider="stripe",
        operation="checkout_session.create",
        account_id=account,
        **fault,
    )
    payment = new_payment(shop)
    assert tried(payment) == [("stripe", "unknown")]
    assert payment["status"] == "processing"
    shop.sandbox.control("DELETE", f"/faults/{rule['id']}")
    settled = shop.settled(payment, "requires_action", within=40)
    assert tried(settled) == [("stripe", "pending")]
    assert settled["review"] is None
    assert len(shop.sandbox.objects(account)) == 1
    shop.pay(settled)
    assert shop.settled(payment)["amount_captured"] == 1999
    assert taken(shop, "stripe") == 1999


def test_a_link_outlives_the_outage_of_its_provider(shop: Shop, shut: Gate) -> None:
    payment = new_payment(shop)
    assert tried(payment) == [("stripe", "pending")]
    first = shop.page_of(payment)
    shut.shut()
    second = shop.page_of(payment)
    assert "/razorpay/" in second
    assert second != first
    assert tried(shop.payment(payment["id"])) == [
        ("stripe", "superseded"),
        ("razorpay", "pending"),
    ]
    shop.sandbox.pay(second)
    assert shop.settled(payment)["amount_captured"] == 1999
    shut.open()

    def closed() -> bool:
        return tried(shop.payment(payment["id"]))[0] in {
            ("stripe", "expired"),
            ("stripe", "canceled"),
        }

    eventually(closed, within=60, otherwise=lambda: tried(shop.payment(payment["id"])))
    assert (taken(shop, "stripe"), taken(shop, "razorpay")) == (0, 1999)


def test_money_that_comes_twice_is_given_back_once_the_provider_answers(
    shop: Shop, shut: Gate
) -> None:
    payment = new_payment(shop)
    old = shop.page_of(payment)
    shut.shut()
    new = shop.page_of(payment)
    shop.sandbox.pay(new)
    shop.settled(payment)
    shop.sandbox.pay(old)

    def noticed() -> bool:
        return tried(shop.payment(payment["id"]))[0] == ("stripe", "duplicate")

    eventually(noticed, within=30, otherwise=lambda: shop.payment(payment["id"]))
    shut.open()

    def given_back() -> bool:
        refunds = shop.payment(payment["id"])["refunds"]
        sent = [refund for refund in refunds if refund["status"] != "not_sent"]
        return [(one["cause"], one["status"]) for one in sent] == [("second_success", "succeeded")]

    eventually(given_back, within=60, otherwise=lambda: shop.payment(payment["id"]))
    final = shop.payment(payment["id"])
    assert (final["status"], final["amount_captured"]) == ("succeeded", 1999)
    assert final["review"] == "second_success"
    assert (taken(shop, "stripe"), taken(shop, "razorpay")) == (0, 1999)
