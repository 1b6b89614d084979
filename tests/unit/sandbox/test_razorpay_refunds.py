"""Razorpay's stand-in: refunds, their idempotency, what becomes of them, late captures."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.unit.sandbox.driver import LINK, Inbox, Merchant, Sandbox

KEY = "550e8400-e29b-41d4-a716-446655440000"


def paid(merchant: Merchant, sandbox: Sandbox, **changes: Any) -> str:
    """The id of a payment of 25 rupees."""
    link = merchant.call("POST", "/v1/payment_links", LINK | changes).json()
    sandbox.pay(link["short_url"])
    return str(merchant.call("GET", "/v1/payments").json()["items"][0]["id"])


def held(merchant: Merchant, sandbox: Sandbox) -> str:
    """The id of a payment that was authorised late and not captured."""
    _, url = merchant.new_page()
    sandbox.pay(url, "decline")
    sandbox.pay(url, "late_hold")
    return str(merchant.call("GET", "/v1/payments").json()["items"][0]["id"])


def refund(
    merchant: Merchant,
    payment: str,
    amount: int | None = None,
    key: str | None = None,
    **more: Any,
) -> requests.Response:
    body = more if amount is None else {"amount": amount, **more}
    headers = None if key is None else {"X-Refund-Idempotency": key}
    return merchant.call("POST", f"/v1/payments/{payment}/refund", body, headers)


def complaint(reply: requests.Response, status: int = 400) -> str:
    assert reply.status_code == status, reply.text
    return str(reply.json()["error"]["description"])


def moved(merchant: Merchant, sandbox: Sandbox) -> list[tuple[str, int]]:
    return [(each["kind"], each["amount_minor"]) for each in sandbox.ledger(merchant)]


def test_refunds_add_up_to_what_was_paid_and_no_further(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = paid(razorpay, sandbox)
    assert refund(razorpay, payment, 1000).json()["amount"] == 1000
    part = razorpay.call("GET", f"/v1/payments/{payment}").json()
    assert (part["status"], part["refund_status"], part["amount_refunded"]) == (
        "captured",
        "partial",
        1000,
    )
    assert "greater than amount captured" in complaint(refund(razorpay, payment, 1501))
    assert refund(razorpay, payment).json()["amount"] == 1500
    whole = razorpay.call("GET", f"/v1/payments/{payment}").json()
    assert (whole["status"], whole["refund_status"]) == ("refunded", "full")
    assert "fully refunded already" in complaint(refund(razorpay, payment, 100))
    assert moved(razorpay, sandbox) == [("payment", 2500), ("refund", 1000), ("refund", 1500)]
    entries = sandbox.ledger(razorpay)
    assert {each["payment_reference"] for each in entries} == {payment}
    assert {each["our_reference"] for each in entries} == {"att_1"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"amount": 99}, "at least INR 1.00"),
        ({"amount": "100"}, "must be an integer"),
        ({"amount": 100, "extra": 1}, "extra is/are not required and should not be sent"),
        ({"amount": 100, "notes": {str(n): "x" for n in range(16)}}, "15"),
    ],
)
def test_bad_refunds_are_refused(
    razorpay: Merchant, sandbox: Sandbox, body: dict[str, Any], words: str
) -> None:
    payment = paid(razorpay, sandbox)
    reply = razorpay.call("POST", f"/v1/payments/{payment}/refund", body)
    assert words in complaint(reply)
    assert moved(razorpay, sandbox) == [("payment", 2500)]


def test_three_decimals_end_in_zero(razorpay: Merchant, sandbox: Sandbox) -> None:
    payment = paid(razorpay, sandbox, currency="KWD", amount=10010)
    assert "last digit must be 0" in complaint(refund(razorpay, payment, 5005))


def test_only_captured_payments_of_the_account_are_refunded(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = held(razorpay, sandbox)
    assert "should be captured" in complaint(refund(razorpay, payment, 100))
    stranger = sandbox.merchant("razorpay")
    assert "does not exist" in complaint(refund(stranger, payment, 100))
    assert "not a valid id" in complaint(refund(razorpay, "none", 100))


def test_the_same_key_gives_the_same_refund(razorpay: Merchant, sandbox: Sandbox) -> None:
    payment = paid(razorpay, sandbox)
    first = refund(razorpay, payment, 1000, KEY).json()
    assert refund(razorpay, payment, 1000, KEY).json() == first
    assert refund(razorpay, payment, 1000, KEY + "0").json()["id"] != first["id"]
    assert moved(razorpay, sandbox)[1:] == [("refund", 1000), ("refund", 1000)]


def test_the_same_key_with_another_body_is_a_conflict(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = paid(razorpay, sandbox)
    refund(razorpay, payment, 1000, KEY)
    assert "Different request" in complaint(refund(razorpay, payment, 1001, KEY), 409)


@pytest.mark.parametrize(("key", "words"), [("short", "at least 10"), ("a b c d e f", "only")])
def test_a_malformed_key_is_refused(
    razorpay: Merchant, sandbox: Sandbox, key: str, words: str
) -> None:
    assert words in complaint(refund(razorpay, paid(razorpay, sandbox), 1000, key))


def test_a_refused_refund_leaves_its_key_free(razorpay: Merchant, sandbox: Sandbox) -> None:
    payment = paid(razorpay, sandbox)
    assert refund(razorpay, payment, 99, KEY).status_code == 400
    assert refund(razorpay, payment, 1000, KEY).status_code == 200


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "garbage"])
def test_a_refund_whose_reply_was_lost_is_given_again(
    razorpay: Merchant, sandbox: Sandbox, kind: str
) -> None:
    payment = paid(razorpay, sandbox)
    sandbox.control("POST", "/faults", kind=kind, operation="refund.create", times=1)
    try:
        lost = refund(razorpay, payment, 1000, KEY)
        assert lost.status_code == 500 or b"html" in lost.content
    except requests.ConnectionError:
        assert kind == "drop_after"
    again = refund(razorpay, payment, 1000, KEY).json()
    listed = razorpay.call("GET", f"/v1/payments/{payment}/refunds").json()["items"]
    assert listed == [again]
    assert moved(razorpay, sandbox)[1:] == [("refund", 1000)]


@pytest.mark.parametrize("kind", ["error_before", "throttle", "conflict"])
def test_a_refund_that_never_began_leaves_nothing(
    razorpay: Merchant, sandbox: Sandbox, kind: str
) -> None:
    payment = paid(razorpay, sandbox)
    sandbox.control("POST", "/faults", kind=kind, operation="refund.create", times=1)
    assert refund(razorpay, payment, 1000, KEY).status_code >= 400
    assert moved(razorpay, sandbox) == [("payment", 2500)]
    assert refund(razorpay, payment, 1000, KEY).status_code == 200


def test_of_simultaneous_calls_with_one_key_one_refunds(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = paid(razorpay, sandbox)
    sandbox.control(
        "POST", "/faults", kind="latency", operation="refund.create", delay_ms=200, times=8
    )
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(refund, razorpay, payment, 1000, KEY) for _ in range(8)]
        statuses = Counter(call.result().status_code for call in calls)
    assert set(statuses) <= {200, 409}
    assert moved(razorpay, sandbox)[1:] == [("refund", 1000)]


def test_refunds_are_processed_after_a_while(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(razorpay, inbox.url)
    payment = paid(razorpay, sandbox)
    made = refund(razorpay, payment, 1000).json()
    assert made["status"] == "pending"
    sandbox.control("POST", "/clock", advance_seconds=10)
    settled = razorpay.call("GET", f"/v1/refunds/{made['id']}").json()
    assert settled["status"] == "processed"
    assert settled["acquirer_data"]["arn"]
    inbox.wait_for(lambda got: "refund.processed" in [each.kind for each in got])
    last = next(each.body for each in inbox.received if each.kind == "refund.processed")
    assert last["payload"]["refund"]["entity"]["id"] == made["id"]
    assert last["payload"]["payment"]["entity"]["amount_refunded"] == 1000


def test_refunds_fail_when_told_to_and_can_be_made_again(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    fate = {"account_id": razorpay.account_id, "fate": "fail"}
    payment = paid(razorpay, sandbox)
    sandbox.control("POST", "/razorpay/refunds", **fate)
    made = refund(razorpay, payment).json()
    sandbox.control("POST", "/clock", advance_seconds=10)
    assert razorpay.call("GET", f"/v1/refunds/{made['id']}").json()["status"] == "failed"
    assert razorpay.call("GET", f"/v1/payments/{payment}").json()["amount_refunded"] == 0
    assert refund(razorpay, payment).status_code == 200
    kinds = [kind for kind, _ in moved(razorpay, sandbox)]
    assert kinds == ["payment", "refund", "refund_failed", "refund"]


def test_refunds_are_held_until_somebody_decides(razorpay: Merchant, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/razorpay/refunds", account_id=razorpay.account_id, fate="hold")
    made = refund(razorpay, paid(razorpay, sandbox)).json()
    sandbox.control("POST", "/clock", advance_seconds=10)
    where = f"/v1/refunds/{made['id']}"
    assert razorpay.call("GET", where).json()["status"] == "pending"
    sandbox.control("POST", "/razorpay/refunds", account_id=razorpay.account_id, fate="process")
    sandbox.control("POST", "/clock", advance_seconds=0)
    assert razorpay.call("GET", where).json()["status"] == "processed"


def test_a_processed_refund_may_still_fail(razorpay: Merchant, sandbox: Sandbox) -> None:
    made = refund(razorpay, paid(razorpay, sandbox)).json()
    where = f"/razorpay/refunds/{made['id']}"
    assert sandbox.control("POST", where, status="processed")["status"] == "processed"
    assert sandbox.control("POST", where, status="failed")["status"] == "failed"
    assert sandbox.raw("POST", where, status="processed").status_code == 404


def test_a_payment_authorised_late_waits_for_its_capture(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = held(razorpay, sandbox)
    seen = razorpay.call("GET", f"/v1/payments/{payment}").json()
    assert (seen["status"], seen["captured"], seen["error_code"]) == ("authorized", False, None)
    where = f"/v1/payments/{payment}/capture"
    assert "equal to the amount" in complaint(
        razorpay.call("POST", where, {"amount": 100, "currency": "INR"})
    )
    wanted = {"amount": 2500, "currency": "INR"}
    assert razorpay.call("POST", where, wanted).json()["status"] == "captured"
    assert "already paid" in complaint(razorpay.call("POST", where, wanted))
    assert moved(razorpay, sandbox) == [("authorization", 2500), ("capture", 2500)]


def test_what_is_never_captured_goes_back_by_itself(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(razorpay, inbox.url)
    payment = held(razorpay, sandbox)
    sandbox.control("POST", "/clock", advance_seconds=3 * 24 * 3600 + 1)
    seen = razorpay.call("GET", f"/v1/payments/{payment}").json()
    assert (seen["status"], seen["captured"], seen["amount_refunded"]) == ("refunded", False, 2500)
    assert moved(razorpay, sandbox) == [("authorization", 2500), ("void", 2500)]
    inbox.wait_for(lambda got: "refund.processed" in [each.kind for each in got])
    told = next(each.body for each in inbox.received if each.kind == "refund.created")
    assert told["payload"]["payment"]["entity"]["captured"] is False
    where = f"/v1/payments/{payment}/capture"
    assert razorpay.call("POST", where, {"amount": 2500, "currency": "INR"}).status_code == 400


def test_a_bank_may_authorise_after_the_link_was_cancelled(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    link_id, url = razorpay.new_page()
    sandbox.pay(url, "decline")
    razorpay.call("POST", f"/v1/payment_links/{link_id}/cancel", {})
    assert sandbox.raw("POST", "/pay", url=url, action="pay").status_code == 400
    sandbox.pay(url, "late_authorize")
    assert moved(razorpay, sandbox) == [("payment", 2500)]
