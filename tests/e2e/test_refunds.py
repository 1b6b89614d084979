"""Money that is given back, at every provider: once, whatever goes wrong on the way."""

import pytest
import requests

from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

AMOUNT = 1999
REFUND = {"stripe": "refund.create", "razorpay": "refund.create", "paypal": "capture.refund"}


def paid(shop: Shop, provider: str) -> Json:
    """A payment that its payer has paid."""
    payment = shop.new_payment(provider)
    shop.pay(payment)
    return shop.settled(payment)


def give_back(shop: Shop, payment: Json, **body: object) -> Json:
    """Ask for a refund, and wait for its end."""
    refund = shop.api.post(f"/v1/payments/{payment['id']}/refunds", dict(body))
    return ended(shop, refund["id"])


def ended(shop: Shop, refund_id: str) -> Json:
    """A refund once its end is known."""

    def found() -> Json | None:
        refund = shop.api.get(f"/v1/refunds/{refund_id}")
        return refund if refund["status"] not in {"in_flight", "unknown", "pending"} else None

    return eventually(found, otherwise=lambda: shop.api.get(f"/v1/refunds/{refund_id}"))


def given_back(shop: Shop, provider: str) -> list[int]:
    """What left the merchant's account, by the provider's own ledger."""
    ledger = shop.sandbox.ledger(shop.accounts[provider].account_id)
    return [abs(entry["amount_minor"]) for entry in ledger if entry["kind"] == "refund"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payment_is_given_back_in_parts_and_no_further(shop: Shop, provider: str) -> None:
    payment = paid(shop, provider)
    first = give_back(shop, payment, amount=500, reason="One seat was canceled")
    assert (first["status"], first["amount"], first["currency"]) == ("succeeded", 500, "USD")
    assert (first["cause"], first["reason"]) == ("requested", "One seat was canceled")
    path = f"/v1/payments/{payment['id']}/refunds"
    problem = shop.api.problem("POST", path, {"amount": 1500})
    assert (problem["status"], problem["code"]) == (422, "refund_exceeds_captured_amount")
    rest = give_back(shop, payment)
    assert (rest["status"], rest["amount"]) == ("succeeded", 1499)
    final = shop.payment(payment["id"])
    assert (final["amount_captured"], final["amount_refunded"]) == (AMOUNT, AMOUNT)
    assert (final["status"], final["review"]) == ("succeeded", None)
    assert [refund["id"] for refund in final["refunds"]] == [first["id"], rest["id"]]
    listed = shop.api.every("/v1/refunds", payment_id=payment["id"])
    assert listed == [rest, first]
    assert given_back(shop, provider) == [500, 1499]
    assert shop.api.problem("POST", path, {})["code"] == "refund_exceeds_captured_amount"


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_after", "garbage"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refund_whose_answer_is_lost_is_made_once(
    polling: Installation, provider: str, kind: str
) -> None:
    shop = polling.open_shop(providers=(provider,))
    payment = paid(shop, provider)
    account_id = shop.accounts[provider].account_id
    fault = {"kind": kind, "operation": REFUND[provider], "account_id": account_id, "times": 1}
    shop.sandbox.control("POST", "/faults", **fault)
    refund = give_back(shop, payment, amount=500)
    assert (refund["status"], refund["reason_code"]) == ("succeeded", None)
    assert given_back(shop, provider) == [500]
    final = shop.payment(payment["id"])
    assert (final["amount_refunded"], final["review"]) == (500, None)
    assert len(final["refunds"]) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhooks_of_refunds_change_nothing_that_is_known(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = paid(shop, provider)
    refund = give_back(shop, payment)

    def heard() -> bool:
        told = shop.payment(payment["id"])["timeline"]
        return any(e["source"] == "webhook" and e["refund_id"] == refund["id"] for e in told)

    eventually(heard)
    shop.sandbox.redeliver(shop.accounts[provider].account_id)
    eventually(lambda: not [e for e in shop.events() if e["status"] == "received"])
    assert shop.payment(payment["id"])["amount_refunded"] == AMOUNT
    facts = installation.query(
        "SELECT type FROM events WHERE subject_id = $1 ORDER BY id", refund["id"]
    )
    assert [fact["type"] for fact in facts] == ["refund.created", "refund.succeeded"]


def test_a_refund_made_in_the_providers_dashboard_is_taken_in(shop: Shop) -> None:
    payment = paid(shop, "stripe")
    account = shop.accounts["stripe"]
    made = requests.post(
        f"{shop.sandbox.url}/stripe/v1/refunds",
        auth=(account.credentials["secret_key"], ""),
        data={"payment_intent": payment["attempts"][0]["payment_reference"], "amount": 300},
        timeout=10,
    )
    assert made.ok, made.text
    [refund] = eventually(lambda: shop.payment(payment["id"])["refunds"] or None)
    assert (refund["cause"], refund["amount"]) == ("provider", 300)
    assert refund["provider_reference"] == made.json()["id"]
    assert shop.payment(payment["id"])["amount_refunded"] == 300
    assert give_back(shop, payment)["amount"] == AMOUNT - 300


def test_a_refund_that_fails_days_later_can_be_made_again(shop: Shop) -> None:
    payment = paid(shop, "stripe")
    refund = give_back(shop, payment)
    shop.sandbox.control(
        "POST", f"/stripe/refunds/{refund['provider_reference']}", status="failed"
    )
    eventually(lambda: shop.payment(payment["id"])["amount_refunded"] == 0)
    failed = ended(shop, refund["id"])
    assert (failed["status"], bool(failed["reason_code"])) == ("failed", True)
    assert give_back(shop, payment)["status"] == "succeeded"
