"""Stripe's stand-in after the payer has left: holds, captures, refunds, and the ledger."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import SESSION, Inbox, Merchant, Sandbox

SESSIONS = "/v1/checkout/sessions"
HOLD = {**SESSION, "payment_intent_data[capture_method]": "manual"}


def paid(stripe: Merchant, sandbox: Sandbox, form: dict[str, str] = SESSION) -> str:
    """A completed session's PaymentIntent of 25.00 USD."""
    session = stripe.call("POST", SESSIONS, form).json()
    sandbox.pay(session["url"])
    return str(stripe.call("GET", f"{SESSIONS}/{session['id']}").json()["payment_intent"])


def intent_of(stripe: Merchant, intent: str) -> dict[str, Any]:
    found: dict[str, Any] = stripe.call("GET", f"/v1/payment_intents/{intent}").json()
    return found


def code_of(stripe: Merchant, path: str, form: dict[str, str] | None = None) -> str | None:
    reply = stripe.call("POST", path, form)
    assert reply.status_code in {400, 404}, reply.text
    code: str | None = reply.json()["error"].get("code")
    return code


def totals(sandbox: Sandbox, stripe: Merchant) -> Counter[str]:
    counted: Counter[str] = Counter()
    for entry in sandbox.ledger(stripe):
        counted[entry["kind"]] += entry["amount_minor"]
    return counted


def test_a_hold_takes_nothing_until_it_is_captured(stripe: Merchant, sandbox: Sandbox) -> None:
    intent = paid(stripe, sandbox, HOLD)
    held = intent_of(stripe, intent)
    assert (held["status"], held["amount_capturable"], held["amount_received"]) == (
        "requires_capture",
        2500,
        0,
    )
    session = stripe.call("GET", SESSIONS, {"payment_intent": intent}).json()["data"][0]
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    taken = stripe.call("POST", f"/v1/payment_intents/{intent}/capture").json()
    assert (taken["status"], taken["amount_capturable"], taken["amount_received"]) == (
        "succeeded",
        0,
        2500,
    )
    session = stripe.call("GET", SESSIONS, {"payment_intent": intent}).json()["data"][0]
    assert session["payment_status"] == "paid"
    assert totals(sandbox, stripe) == {"authorization": 2500, "capture": 2500}


def test_a_part_is_captured_once_and_the_rest_let_go(stripe: Merchant, sandbox: Sandbox) -> None:
    intent = paid(stripe, sandbox, HOLD)
    path = f"/v1/payment_intents/{intent}/capture"
    assert code_of(stripe, path, {"amount_to_capture": "2501"}) == "amount_too_large"
    assert code_of(stripe, path, {"amount_to_capture": "0"}) == "parameter_invalid_integer"
    assert stripe.call("POST", path, {"amount_to_capture": "900"}).json()["amount_received"] == 900
    assert code_of(stripe, path, {"amount_to_capture": "100"}) == "payment_intent_unexpected_state"
    assert totals(sandbox, stripe)["capture"] == 900


def test_a_hold_is_let_go_once(stripe: Merchant, sandbox: Sandbox) -> None:
    intent = paid(stripe, sandbox, HOLD)
    path = f"/v1/payment_intents/{intent}"
    reason = {"cancellation_reason": "requested_by_customer"}
    assert stripe.call("POST", f"{path}/cancel", reason).json()["status"] == "canceled"
    assert code_of(stripe, f"{path}/cancel") == "payment_intent_unexpected_state"
    assert code_of(stripe, f"{path}/capture") == "payment_intent_unexpected_state"
    assert totals(sandbox, stripe) == {"authorization": 2500, "void": 2500}


def test_a_hold_ends_after_seven_days(stripe: Merchant, sandbox: Sandbox) -> None:
    intent = paid(stripe, sandbox, HOLD)
    sandbox.control("POST", "/clock", advance_seconds=7 * 24 * 3600 + 1)
    held = intent_of(stripe, intent)
    assert (held["status"], held["cancellation_reason"]) == ("canceled", "expired")


def test_an_open_page_is_expired_and_not_canceled(stripe: Merchant, sandbox: Sandbox) -> None:
    session = stripe.call("POST", SESSIONS, HOLD).json()
    sandbox.pay(session["url"], "decline")
    intent = stripe.call("GET", f"{SESSIONS}/{session['id']}").json()["payment_intent"]
    path = f"/v1/payment_intents/{intent}/cancel"
    assert code_of(stripe, path) == "payment_intent_unexpected_state"
    assert sandbox.raw("POST", "/pay", url=session["url"], action="pay_async").status_code == 400


def test_refunds_never_exceed_what_was_captured(stripe: Merchant, sandbox: Sandbox) -> None:
    intent = paid(stripe, sandbox)
    part = {"payment_intent": intent, "amount": "1000", "metadata[refund_id]": "ref_1"}
    first = stripe.call("POST", "/v1/refunds", part).json()
    assert (first["status"], first["amount"], first["metadata"]) == (
        "succeeded",
        1000,
        {"refund_id": "ref_1"},
    )
    over = stripe.call("POST", "/v1/refunds", {"payment_intent": intent, "amount": "1501"})
    assert (over.status_code, over.json()["error"]["param"]) == (400, "amount")
    rest = stripe.call("POST", "/v1/refunds", {"payment_intent": intent}).json()
    assert rest["amount"] == 1500
    refused = code_of(stripe, "/v1/refunds", {"payment_intent": intent})
    assert refused == "charge_already_refunded"
    charge = stripe.call("GET", f"/v1/charges/{rest['charge']}").json()
    assert (charge["amount_refunded"], charge["refunded"]) == (2500, True)
    listed = stripe.call("GET", "/v1/refunds", {"payment_intent": intent}).json()["data"]
    assert [each["id"] for each in listed] == [rest["id"], first["id"]]
    assert stripe.call("GET", f"/v1/refunds/{first['id']}").json() == first
    assert totals(sandbox, stripe) == {"payment": 2500, "refund": 2500}
    assert stripe.call("GET", "/v1/balance").json()["pending"][0]["amount"] == 0


def test_a_key_gives_one_refund_however_often_it_is_sent(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    part = {"payment_intent": paid(stripe, sandbox), "amount": "1000"}
    key = {"Idempotency-Key": "k"}
    first = stripe.call("POST", "/v1/refunds", part, key).json()
    assert stripe.call("POST", "/v1/refunds", part, key).json() == first
    changed = stripe.call("POST", "/v1/refunds", {**part, "amount": "900"}, key)
    assert changed.json()["error"]["type"] == "idempotency_error"
    assert totals(sandbox, stripe)["refund"] == 1000


def test_what_was_not_captured_or_is_disputed_is_not_refunded(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    held = {"payment_intent": paid(stripe, sandbox, HOLD)}
    assert code_of(stripe, "/v1/refunds", held) == "payment_intent_unexpected_state"
    charge = {"charge": intent_of(stripe, held["payment_intent"])["latest_charge"]}
    assert code_of(stripe, "/v1/refunds", charge) == "charge_not_refundable"
    intent = paid(stripe, sandbox)
    sandbox.control("POST", f"/stripe/payment_intents/{intent}/dispute")
    assert code_of(stripe, "/v1/refunds", {"payment_intent": intent}) == "charge_disputed"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "parameter_missing"),
        ({"payment_intent": "pi_none"}, "resource_missing"),
        ({"charge": "ch_none"}, "resource_missing"),
    ],
)
def test_a_refund_of_nothing_is_refused(stripe: Merchant, form: dict[str, str], code: str) -> None:
    assert code_of(stripe, "/v1/refunds", form) == code


def test_a_refund_of_a_bank_debit_takes_its_time(stripe: Merchant, sandbox: Sandbox) -> None:
    session_id, url = stripe.new_page()
    sandbox.pay(url, "pay_async")
    sandbox.pay(url, "async_succeed")
    intent = stripe.call("GET", f"{SESSIONS}/{session_id}").json()["payment_intent"]
    refund = stripe.call("POST", "/v1/refunds", {"payment_intent": intent}).json()
    assert (refund["status"], refund["pending_reason"]) == ("pending", "processing")
    sandbox.control("POST", "/clock", advance_seconds=6)
    settled = stripe.call("GET", f"/v1/refunds/{refund['id']}").json()
    assert (settled["status"], settled["pending_reason"]) == ("succeeded", None)


def test_a_refund_may_fail_days_later_and_then_be_made_again(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    intent = paid(stripe, sandbox)
    sandbox.control("POST", f"/stripe/accounts/{stripe.account_id}/refunds", pending=True)
    refund = stripe.call("POST", "/v1/refunds", {"payment_intent": intent}).json()
    path = f"/stripe/refunds/{refund['id']}"
    assert sandbox.control("POST", path, status="succeeded")["status"] == "succeeded"
    failed = sandbox.control("POST", path, status="failed")
    assert (failed["status"], failed["failure_reason"]) == ("failed", "lost_or_stolen_card")
    assert sandbox.raw("POST", path, status="succeeded").status_code == 404
    inbox.wait_for(lambda got: sum("refund" in each.kind for each in got) == 5)
    kinds = [kind for kind in inbox.kinds() if "refund" in kind]
    assert sorted(kinds) == [
        "charge.refunded",
        "refund.created",
        "refund.failed",
        "refund.updated",
        "refund.updated",
    ]
    assert stripe.call("POST", "/v1/refunds", {"payment_intent": intent}).status_code == 200
    assert totals(sandbox, stripe) == {"payment": 2500, "refund": 5000, "refund_failed": 2500}


def test_events_of_money_are_listed_with_what_was_not_delivered(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.control("POST", "/webhooks", lose_next=1000)
    intent = paid(stripe, sandbox, HOLD)
    stripe.call("POST", f"/v1/payment_intents/{intent}/capture")
    stripe.call("POST", "/v1/refunds", {"payment_intent": intent})
    wanted = {
        "types[0]": "payment_intent.amount_capturable_updated",
        "types[1]": "charge.captured",
        "types[2]": "refund.created",
        "delivery_success": "false",
    }
    listed = stripe.call("GET", "/v1/events", wanted).json()["data"]
    assert [each["type"] for each in listed] == [
        "refund.created",
        "charge.captured",
        "payment_intent.amount_capturable_updated",
    ]


PATHS = {
    "payment_intent.capture": "/v1/payment_intents/{}/capture",
    "payment_intent.cancel": "/v1/payment_intents/{}/cancel",
    "refund.create": "/v1/refunds",
}


@pytest.mark.parametrize("operation", PATHS)
@pytest.mark.parametrize(("fault", "done"), [("error_before", False), ("error_after", True)])
def test_new_operations_fail_before_or_after_they_are_carried_out(
    stripe: Merchant, sandbox: Sandbox, operation: str, fault: str, done: bool
) -> None:
    refunds = operation == "refund.create"
    intent = paid(stripe, sandbox, SESSION if refunds else HOLD)
    before = len(sandbox.ledger(stripe))
    sandbox.control("POST", "/faults", kind=fault, operation=operation, times=1, status=500)
    form = {"payment_intent": intent} if refunds else None
    path, key = PATHS[operation].format(intent), {"Idempotency-Key": "k"}
    assert stripe.call("POST", path, form, key).status_code == 500
    assert stripe.call("POST", path, form, key).status_code == 500
    assert (len(sandbox.ledger(stripe)) > before) is done


def test_holds_and_refunds_outlive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = sandbox.merchant("stripe")
        held, taken = paid(stripe, sandbox, HOLD), paid(stripe, sandbox)
        sandbox.control("POST", f"/stripe/accounts/{stripe.account_id}/refunds", pending=True)
        refund = stripe.call("POST", "/v1/refunds", {"payment_intent": taken}).json()
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = Merchant(base, "stripe", stripe.account_id, stripe.credentials)
        sandbox.control("POST", "/clock", advance_seconds=6)
        assert stripe.call("GET", f"/v1/refunds/{refund['id']}").json()["status"] == "succeeded"
        assert stripe.call("POST", f"/v1/payment_intents/{held}/capture").status_code == 200
        assert totals(sandbox, stripe) == {
            "authorization": 2500,
            "payment": 2500,
            "refund": 2500,
            "capture": 2500,
        }
