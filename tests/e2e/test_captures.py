"""Money that is held at a provider: taken once, in parts, or let go, whatever goes wrong."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.installation import Installation
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

AMOUNT = 1999
HOLDERS = ("stripe", "paypal")
CAPTURE = {"stripe": "payment_intent.capture", "paypal": "authorization.capture"}
VOID = {"stripe": "payment_intent.cancel", "paypal": "authorization.void"}


def held(shop: Shop, provider: str) -> Json:
    """A payment whose money the provider holds."""
    payment = shop.new_payment(provider, capture="manual")
    shop.pay(payment)
    return shop.settled(payment, "authorized")


def capture(shop: Shop, payment: Json, **body: object) -> Json:
    """Capture, and return the payment once it is known what came of it."""
    shop.api.call("POST", f"/v1/payments/{payment['id']}/capture", json=dict(body))
    return known(shop, payment)


def void(shop: Shop, payment: Json) -> Json:
    """Void, and return the payment once it is known what came of it."""
    shop.api.call("POST", f"/v1/payments/{payment['id']}/void")
    return known(shop, payment)


def known(shop: Shop, payment: Json) -> Json:
    """The payment once none of its captures and voids is under way."""

    def found() -> Json | None:
        now = shop.payment(payment["id"])
        under_way = [c for c in now["captures"] if c["status"] in {"in_flight", "unknown"}]
        return None if under_way else now

    return eventually(found, otherwise=lambda: shop.payment(payment["id"]))


def moved(shop: Shop, provider: str) -> list[tuple[str, int]]:
    """What the provider's own ledger says was taken or let go."""
    ledger = shop.sandbox.ledger(shop.accounts[provider].account_id)
    return [(e["kind"], e["amount_minor"]) for e in ledger if e["kind"] in {"capture", "void"}]


@pytest.mark.parametrize("provider", HOLDERS)
def test_money_is_held_and_then_taken(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = held(shop, provider)
    assert (payment["capture"], payment["amount_captured"]) == ("manual", 0)
    assert moved(shop, provider) == []
    final = capture(shop, payment)
    assert (final["status"], final["amount_captured"], final["review"]) == (
        "succeeded",
        AMOUNT,
        None,
    )
    assert [(c["kind"], c["status"], c["amount"]) for c in final["captures"]] == [
        ("capture", "succeeded", AMOUNT)
    ]
    assert moved(shop, provider) == [("capture", AMOUNT)]
    facts = installation.query(
        "SELECT type FROM events WHERE subject_id = $1 ORDER BY id", final["id"]
    )
    told = [fact["type"] for fact in facts]
    assert told == ["payment.created", "payment.authorized", "payment.succeeded"]
    problem = shop.api.problem("POST", f"/v1/payments/{payment['id']}/capture", {})
    assert (problem["status"], problem["code"]) == (409, "payment_not_authorized")


@pytest.mark.parametrize("provider", HOLDERS)
def test_less_is_taken_and_no_more_afterwards(shop: Shop, provider: str) -> None:
    final = capture(shop, held(shop, provider), amount=500)
    assert (final["status"], final["amount_captured"], final["review"]) == ("succeeded", 500, None)
    assert ("capture", 500) in moved(shop, provider)
    path = f"/v1/payments/{final['id']}/refunds"
    problem = shop.api.problem("POST", path, {"amount": 501})
    assert problem["code"] == "refund_exceeds_captured_amount"


def test_paypal_takes_in_parts_and_lets_the_rest_go(shop: Shop) -> None:
    payment = held(shop, "paypal")
    first = capture(shop, payment, amount=500, final=False)
    assert (first["status"], first["amount_captured"]) == ("authorized", 500)
    path = f"/v1/payments/{payment['id']}/capture"
    problem = shop.api.problem("POST", path, {"amount": 1500})
    assert (problem["status"], problem["code"]) == (422, "capture_exceeds_authorized_amount")
    second = capture(shop, payment, amount=700, final=False)
    assert (second["status"], second["amount_captured"]) == ("authorized", 1200)
    final = void(shop, payment)
    assert (final["status"], final["amount_captured"], final["review"]) == (
        "succeeded",
        1200,
        None,
    )
    assert moved(shop, "paypal")[:2] == [("capture", 500), ("capture", 700)]


def test_stripe_takes_a_part_once(shop: Shop) -> None:
    payment = held(shop, "stripe")
    path = f"/v1/payments/{payment['id']}/capture"
    problem = shop.api.problem("POST", path, {"amount": 500, "final": False})
    assert (problem["status"], problem["code"]) == (422, "only_one_capture_supported")
    assert moved(shop, "stripe") == []


def test_razorpay_does_not_hold_money(shop: Shop) -> None:
    body = {
        "amount": AMOUNT,
        "currency": "INR",
        "description": "Pro plan",
        "connection_id": shop.accounts["razorpay"].connection_id,
        "capture": "manual",
    }
    problem = shop.api.problem("POST", "/v1/payments", body)
    assert (problem["status"], problem["code"]) == (422, "manual_capture_not_supported")


@pytest.mark.parametrize("way", ["void", "cancel"])
@pytest.mark.parametrize("provider", HOLDERS)
def test_held_money_is_let_go(shop: Shop, provider: str, way: str) -> None:
    payment = held(shop, provider)
    answer = shop.api.post(f"/v1/payments/{payment['id']}/{way}")
    assert (answer["status"], answer["amount_captured"]) == ("canceled", 0)
    assert [(c["kind"], c["status"]) for c in answer["captures"]] == [("void", "succeeded")]
    assert [kind for kind, _ in moved(shop, provider)] == ["void"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_after", "garbage"])
@pytest.mark.parametrize("provider", HOLDERS)
def test_a_capture_whose_answer_is_lost_takes_the_money_once(
    polling: Installation, provider: str, kind: str
) -> None:
    shop = polling.open_shop(providers=(provider,))
    payment = held(shop, provider)
    fail(shop, provider, CAPTURE[provider], kind)
    final = capture(shop, payment, amount=500)
    assert [c["status"] for c in final["captures"]] == ["succeeded"]
    assert (final["status"], final["amount_captured"], final["review"]) == ("succeeded", 500, None)
    assert [m for m in moved(shop, provider) if m[0] == "capture"] == [("capture", 500)]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_after"])
@pytest.mark.parametrize("provider", HOLDERS)
def test_a_void_whose_answer_is_lost_lets_the_money_go(
    polling: Installation, provider: str, kind: str
) -> None:
    shop = polling.open_shop(providers=(provider,))
    payment = held(shop, provider)
    fail(shop, provider, VOID[provider], kind)
    final = void(shop, payment)
    assert [c["status"] for c in final["captures"]] == ["succeeded"]
    assert (final["status"], final["amount_captured"], final["review"]) == ("canceled", 0, None)
    assert [kind for kind, _ in moved(shop, provider)] == ["void"]


@pytest.mark.parametrize("provider", HOLDERS)
def test_many_captures_at_once_take_the_money_once(shop: Shop, provider: str) -> None:
    payment = held(shop, provider)
    path = f"/v1/payments/{payment['id']}/capture"
    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda _: shop.api.call("POST", path, json={}), range(16)))
    final = known(shop, payment)
    assert sorted({answer.status_code for answer in answers}) in ([200], [200, 409])
    assert [c["status"] for c in final["captures"]] == ["succeeded"]
    assert (final["amount_captured"], final["review"]) == (AMOUNT, None)
    assert moved(shop, provider) == [("capture", AMOUNT)]


def fail(shop: Shop, provider: str, operation: str, kind: str) -> None:
    """Have the provider fail that way, once."""
    account_id = shop.accounts[provider].account_id
    shop.sandbox.control(
        "POST", "/faults", kind=kind, operation=operation, account_id=account_id, times=1
    )
