"""Methods are saved while paying, charged later and deleted, whatever goes wrong between."""

import pytest

from tests.e2e.sandbox import PROVIDERS
from tests.e2e.saving import WORDS, agree, asked, behave, charge, new_customer, saved
from tests.e2e.shop import Shop, connect
from tests.e2e.talking import Json, send
from tests.e2e.waiting import eventually

SAVERS = PROVIDERS
CHARGE = {
    "stripe": "payment_intent.create",
    "razorpay": "payment.charge",
    "paypal": "order.create",
}
every_saver = pytest.mark.parametrize("provider", SAVERS)


def taken(shop: Shop, provider: str) -> int:
    """How much the provider's own ledger says was taken."""
    ledger = shop.sandbox.ledger(shop.accounts[provider].account_id)
    kinds = {"payment", "capture", "charge"}
    return sum(one["amount_minor"] for one in ledger if one["kind"] in kinds)


@every_saver
def test_no_page_is_opened_without_consent(shop: Shop, provider: str) -> None:
    payment = asked(shop, provider, new_customer(shop), max_charge=None)
    assert (payment["status"], payment["attempts"]) == ("requires_action", [])
    page = send("GET", payment["link"]["url"])
    assert page.status_code == 200
    assert WORDS in page.text
    assert shop.payment(payment["id"])["attempts"] == []
    agree(shop, payment)
    now = shop.payment(payment["id"])
    assert now["save_payment_method"]["agreed_at"]
    assert [one["status"] for one in now["attempts"]] == ["pending"]
    assert now["timeline"][0]["status"] == "consent_given"
    assert send("GET", payment["link"]["url"]).status_code == 303


@every_saver
def test_a_method_is_saved_while_paying_and_charged_later(shop: Shop, provider: str) -> None:
    customer_id = new_customer(shop)
    method = saved(shop, provider, customer_id)
    assert (method["customer_id"], method["status"]) == (customer_id, "active")
    assert method["consent"]["words"] == WORDS
    before = taken(shop, provider)
    payment = shop.settled(charge(shop, customer_id, provider))
    (attempt,) = payment["attempts"]
    assert attempt["payment_method_id"] == method["id"]
    assert taken(shop, provider) - before == 1999


@every_saver
def test_the_same_request_charges_once(shop: Shop, provider: str) -> None:
    customer_id = new_customer(shop)
    saved(shop, provider, customer_id)
    before = taken(shop, provider)
    key = {"Idempotency-Key": f"once-{provider}-{customer_id}"}
    body = {
        "amount": 700,
        "currency": "INR" if provider == "razorpay" else "USD",
        "description": "Pro plan",
        "customer_id": customer_id,
        "off_session": True,
    }
    answers = [shop.api.call("POST", "/v1/payments", json=body, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    shop.settled(answers[0].json())
    assert taken(shop, provider) - before == 700


@every_saver
@pytest.mark.parametrize("behaviour", ["decline_soft", "decline_hard"])
def test_a_decline_fails_the_payment(shop: Shop, provider: str, behaviour: str) -> None:
    customer_id = new_customer(shop)
    method = saved(shop, provider, customer_id)
    behave(shop, method, behaviour)
    before = taken(shop, provider)
    payment = shop.settled(charge(shop, customer_id, provider), "failed")
    assert [one["status"] for one in payment["attempts"]] == ["declined"]
    assert taken(shop, provider) == before


def test_a_soft_decline_goes_on_to_the_next_method(shop: Shop) -> None:
    customer_id = new_customer(shop)
    saved(shop, "stripe", customer_id)
    newer = saved(shop, "stripe", customer_id)
    behave(shop, newer, "decline_soft")
    before = taken(shop, "stripe")
    payment = shop.settled(charge(shop, customer_id, "stripe"))
    assert [one["status"] for one in payment["attempts"]] == ["declined", "succeeded"]
    assert [one["decision"] for one in payment["decisions"]] == ["fail_over"]
    assert taken(shop, "stripe") - before == 1999


@every_saver
def test_a_charge_that_wants_its_payer_is_paid_by_the_link(shop: Shop, provider: str) -> None:
    customer_id = new_customer(shop)
    behave(shop, saved(shop, provider, customer_id), "needs_payer")
    before = sum(taken(shop, one) for one in shop.accounts)
    payment = charge(shop, customer_id, provider)
    assert payment["status"] == "requires_action"
    shop.pay(payment)
    now = shop.settled(payment)
    assert [one["status"] for one in now["attempts"]] == ["declined", "succeeded"]
    assert sum(taken(shop, one) for one in shop.accounts) - before == 1999


@every_saver
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_after"])
def test_a_charge_that_is_not_answered_is_made_once(shop: Shop, provider: str, fault: str) -> None:
    customer_id = new_customer(shop)
    saved(shop, provider, customer_id)
    before = taken(shop, provider)
    account = shop.accounts[provider].account_id
    shop.sandbox.control(
        "POST", "/faults", kind=fault, operation=CHARGE[provider], account_id=account, times=1
    )
    payment = charge(shop, customer_id, provider)
    assert payment["status"] == "processing"
    now = shop.settled(payment)
    assert len(now["attempts"]) == 1
    assert taken(shop, provider) - before == 1999


@every_saver
def test_a_deleted_method_is_forgotten_and_charged_no_more(shop: Shop, provider: str) -> None:
    customer_id = new_customer(shop)
    method = saved(shop, provider, customer_id)
    path = f"/v1/payment-methods/{method['id']}"
    assert shop.api.call("DELETE", path).status_code == 204
    assert shop.api.call("DELETE", path).status_code == 204
    assert shop.api.get(path)["status"] == "revoked"
    body = {
        "amount": 700,
        "currency": "INR" if provider == "razorpay" else "USD",
        "description": "Pro plan",
        "customer_id": customer_id,
        "off_session": True,
    }
    problem = shop.api.problem("POST", "/v1/payments", body)
    assert (problem["status"], problem["code"]) == (422, "no_payment_method_available")
    body["payment_method_id"] = method["id"]
    problem = shop.api.problem("POST", "/v1/payments", body)
    assert (problem["code"], problem["field"]) == (
        "payment_method_not_active",
        "payment_method_id",
    )


def test_a_connection_that_keeps_methods_is_not_deleted(shop: Shop) -> None:
    extra = connect(shop.api, shop.sandbox, shop.record, "stripe", "second")
    customer_id = new_customer(shop)
    payment = shop.remember(
        shop.api.post(
            "/v1/payments",
            {
                "amount": 1999,
                "currency": "USD",
                "description": "Pro plan",
                "connection_id": extra.connection_id,
                "customer_id": customer_id,
                "save_payment_method": {"consent": WORDS},
            },
        )
    )
    shop.sandbox.pay(agree(shop, payment))
    shop.settled(payment)

    def active() -> Json | None:
        found = shop.api.get("/v1/payment-methods", customer_id=customer_id, status="active")
        return found["data"][0] if found["data"] else None

    method = eventually(active)
    path = f"/v1/connections/{extra.connection_id}"
    problem = shop.api.problem("DELETE", path)
    assert (problem["status"], problem["code"]) == (409, "connection_keeps_payment_methods")
    shop.api.call("DELETE", f"/v1/payment-methods/{method['id']}")
    assert shop.api.call("DELETE", path).status_code == 204
