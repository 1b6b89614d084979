"""PayPal's stand-in once money is held: captures in parts, voids, refunds, events."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import ORDER, Inbox, Merchant, Sandbox
from tests.unit.sandbox.test_paypal import ORDERS, capture, issue_of, money

PAYMENTS = "/v2/payments"
WHOLE = {"Prefer": "return=representation"}


def held(paypal: Merchant, sandbox: Sandbox, action: str = "pay") -> tuple[str, str]:
    """An order whose money is held: its id and the authorisation's."""
    order = {**deepcopy(ORDER), "intent": "AUTHORIZE"}
    created = paypal.call("POST", ORDERS, order).json()
    sandbox.pay(created["links"][1]["href"], action)
    authorized = paypal.call("POST", f"{ORDERS}/{created['id']}/authorize", {})
    assert authorized.status_code == 201, authorized.text
    payments = authorized.json()["purchase_units"][0]["payments"]
    return created["id"], payments["authorizations"][0]["id"]


def paid(paypal: Merchant, sandbox: Sandbox) -> str:
    """A captured order's capture."""
    order, url = paypal.new_page()
    sandbox.pay(url)
    found = capture(paypal, order).json()["purchase_units"][0]["payments"]["captures"][0]
    return str(found["id"])


def take(paypal: Merchant, hold: str, value: str | None = None, **more: Any) -> Any:
    headers = {"PayPal-Request-Id": more.pop("key", f"take-{value}")}
    body = more if value is None else {"amount": money(value), **more}
    return paypal.call("POST", f"{PAYMENTS}/authorizations/{hold}/capture", body, headers)


def give_back(paypal: Merchant, captured: str, value: str | None = None, **more: Any) -> Any:
    headers = {"PayPal-Request-Id": more.pop("key", f"give-{value}"), **WHOLE}
    body = more if value is None else {"amount": money(value), **more}
    return paypal.call("POST", f"{PAYMENTS}/captures/{captured}/refund", body, headers)


def movements(sandbox: Sandbox, paypal: Merchant) -> list[tuple[str, int]]:
    return [(each["kind"], each["amount_minor"]) for each in sandbox.ledger(paypal)]


def status_of(paypal: Merchant, kind: str, identity: str) -> str:
    return str(paypal.call("GET", f"{PAYMENTS}/{kind}/{identity}").json()["status"])


def test_held_money_is_taken_in_parts(paypal: Merchant, sandbox: Sandbox) -> None:
    order, hold = held(paypal, sandbox)
    assert status_of(paypal, "authorizations", hold) == "CREATED"
    assert take(paypal, hold, "10.00").json()["final_capture"] is False
    assert status_of(paypal, "authorizations", hold) == "PARTIALLY_CAPTURED"
    assert take(paypal, hold, "5.00", final_capture=True).status_code == 201
    assert status_of(paypal, "authorizations", hold) == "CAPTURED"
    assert issue_of(take(paypal, hold, "1.00")) == (422, "AUTHORIZATION_ALREADY_CAPTURED")
    assert movements(sandbox, paypal) == [
        ("authorization", 2500),
        ("capture", 1000),
        ("capture", 500),
    ]
    assert {each["reference"] for each in sandbox.ledger(paypal)} == {order}


def test_a_capture_without_an_amount_takes_the_rest(paypal: Merchant, sandbox: Sandbox) -> None:
    _, hold = held(paypal, sandbox)
    take(paypal, hold, "10.00")
    assert take(paypal, hold).json()["amount"] == money("15.00")
    assert status_of(paypal, "authorizations", hold) == "CAPTURED"


def test_the_same_request_id_takes_once_for_45_days(paypal: Merchant, sandbox: Sandbox) -> None:
    _, hold = held(paypal, sandbox)
    first = take(paypal, hold, "5.00").json()["id"]
    sandbox.control("POST", "/clock", advance_seconds=20 * 86_400)
    paypal._token = ""
    assert take(paypal, hold, "5.00").json()["id"] == first
    assert movements(sandbox, paypal)[1:] == [("capture", 500)]


@pytest.mark.parametrize(
    ("value", "more", "issue"),
    [
        ("30.00", {}, "MAX_CAPTURE_AMOUNT_EXCEEDED"),
        ("0.00", {}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("1.005", {}, "DECIMAL_PRECISION"),
        ("1.00", {"invoice_id": "inv_1"}, "DUPLICATE_INVOICE_ID"),
        (None, {"amount": money("1.00", "EUR")}, "AUTH_CAPTURE_CURRENCY_MISMATCH"),
    ],
)
def test_captures_paypal_does_not_make_are_422(
    paypal: Merchant, sandbox: Sandbox, value: str | None, more: dict[str, Any], issue: str
) -> None:
    _, hold = held(paypal, sandbox)
    assert issue_of(take(paypal, hold, value, **more)) == (422, issue)
    assert movements(sandbox, paypal) == [("authorization", 2500)]


def test_what_is_left_can_be_let_go(paypal: Merchant, sandbox: Sandbox) -> None:
    _, hold = held(paypal, sandbox)
    take(paypal, hold, "10.00")
    path = f"{PAYMENTS}/authorizations/{hold}/void"
    assert paypal.call("POST", path).status_code == 204
    assert issue_of(paypal.call("POST", path)) == (422, "PREVIOUSLY_VOIDED")
    assert issue_of(take(paypal, hold, "1.00")) == (422, "AUTHORIZATION_VOIDED")
    assert movements(sandbox, paypal)[-1] == ("void", 1500)


def test_what_was_taken_cannot_be_let_go(paypal: Merchant, sandbox: Sandbox) -> None:
    _, hold = held(paypal, sandbox)
    take(paypal, hold, "25.00")
    path = f"{PAYMENTS}/authorizations/{hold}/void"
    assert issue_of(paypal.call("POST", path)) == (422, "PREVIOUSLY_CAPTURED")


def test_what_nobody_takes_is_let_go_after_29_days(paypal: Merchant, sandbox: Sandbox) -> None:
    _, hold = held(paypal, sandbox)
    sandbox.control("POST", "/clock", advance_seconds=29 * 86_400 + 1)
    paypal._token = ""
    assert status_of(paypal, "authorizations", hold) == "VOIDED"


def test_an_order_is_completed_as_it_was_meant(paypal: Merchant, sandbox: Sandbox) -> None:
    other, url = paypal.new_page()
    sandbox.pay(url)
    order, _ = held(paypal, sandbox)
    assert issue_of(capture(paypal, order)) == (422, "ACTION_DOES_NOT_MATCH_INTENT")
    again = paypal.call("POST", f"{ORDERS}/{order}/authorize", {})
    assert issue_of(again) == (422, "ORDER_ALREADY_AUTHORIZED")
    wrong = paypal.call("POST", f"{ORDERS}/{other}/authorize", {})
    assert issue_of(wrong) == (422, "ACTION_DOES_NOT_MATCH_INTENT")


def test_two_units_are_never_authorised(paypal: Merchant) -> None:
    units = [{"reference_id": each, "amount": money("1.00")} for each in ("a", "b")]
    body = {"intent": "AUTHORIZE", "purchase_units": units}
    assert issue_of(paypal.call("POST", ORDERS, body)) == (422, "UNSUPPORTED_INTENT")


def test_money_is_given_back_in_parts(paypal: Merchant, sandbox: Sandbox) -> None:
    taken = paid(paypal, sandbox)
    assert issue_of(give_back(paypal, taken, "25.01")) == (422, "REFUND_AMOUNT_EXCEEDED")
    first = give_back(paypal, taken, "10.00", custom_id="r", invoice_id="r").json()
    assert (first["status"], first["custom_id"]) == ("COMPLETED", "r")
    assert give_back(paypal, taken, "10.00", invoice_id="r").json()["id"] == first["id"]
    assert status_of(paypal, "captures", taken) == "PARTIALLY_REFUNDED"
    assert give_back(paypal, taken).json()["amount"] == money("15.00")
    assert status_of(paypal, "captures", taken) == "REFUNDED"
    late = give_back(paypal, taken, "1.00")
    assert issue_of(late) == (422, "CAPTURE_FULLY_REFUNDED")
    assert movements(sandbox, paypal)[1:] == [("refund", 1000), ("refund", 1500)]


@pytest.mark.parametrize(
    ("value", "more", "issue"),
    [
        ("0", {}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("1.00", {"invoice_id": "r"}, "DUPLICATE_INVOICE_ID"),
        (None, {"amount": money("1.00", "EUR")}, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
    ],
)
def test_refunds_paypal_does_not_make_are_422(
    paypal: Merchant, sandbox: Sandbox, value: str | None, more: dict[str, Any], issue: str
) -> None:
    taken = paid(paypal, sandbox)
    give_back(paypal, taken, "2.00", invoice_id="r")
    assert issue_of(give_back(paypal, taken, value, **more)) == (422, issue)


def test_what_is_not_captured_is_not_refunded(paypal: Merchant, sandbox: Sandbox) -> None:
    order, url = paypal.new_page()
    sandbox.pay(url, "pay_pending")
    found = capture(paypal, order).json()["purchase_units"][0]["payments"]["captures"][0]
    assert issue_of(give_back(paypal, found["id"])) == (422, "PENDING_CAPTURE")
    sandbox.pay(url, "deny")
    assert issue_of(give_back(paypal, found["id"])) == (422, "REFUND_NOT_ALLOWED")
    assert issue_of(give_back(paypal, "X")) == (404, "INVALID_RESOURCE_ID")


@pytest.mark.parametrize("ending", ["FAILED", "CANCELLED"])
def test_a_refund_that_waits_may_come_back(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox, ending: str
) -> None:
    sandbox.listen(paypal, inbox.url)
    sandbox.control("POST", f"/paypal/accounts/{paypal.account_id}/refunds", pending=True)
    taken = paid(paypal, sandbox)
    refund = give_back(paypal, taken, "10.00").json()
    assert (refund["status"], refund["status_details"]) == ("PENDING", {"reason": "ECHECK"})
    sandbox.control("POST", f"/paypal/refunds/{refund['id']}", status=ending)
    assert status_of(paypal, "refunds", refund["id"]) == ending
    assert status_of(paypal, "captures", taken) == "COMPLETED"
    assert movements(sandbox, paypal)[1:] == [("refund", 1000), ("refund_failed", 1000)]
    again = sandbox.raw("POST", f"/paypal/refunds/{refund['id']}", status="COMPLETED")
    assert again.status_code == 404
    wanted = {"PAYMENT.REFUND.PENDING"} | (
        {"PAYMENT.REFUND.FAILED"} if ending == "FAILED" else set()
    )
    inbox.wait_for(lambda got: wanted <= {each.kind for each in got})


def test_a_refund_that_waits_is_through_after_three_days(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    sandbox.control("POST", f"/paypal/accounts/{paypal.account_id}/refunds", pending=True)
    refund = give_back(paypal, paid(paypal, sandbox)).json()["id"]
    sandbox.control("POST", "/clock", advance_seconds=3 * 86_400 + 1)
    paypal._token = ""
    assert status_of(paypal, "refunds", refund) == "COMPLETED"


def test_held_money_paid_by_echeck_is_taken_when_it_clears(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    order, hold = held(paypal, sandbox, "pay_pending")
    assert take(paypal, hold, "25.00").json()["status"] == "PENDING"
    assert movements(sandbox, paypal) == [("authorization", 2500)]
    sandbox.pay(f"{sandbox.base}/paypal/checkoutnow?token={order}", "settle")
    assert movements(sandbox, paypal)[1:] == [("capture", 2500)]


def test_held_money_and_refunds_outlive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running(settings) as base:
        sandbox = Sandbox(base)
        paypal = sandbox.merchant("paypal")
        _, hold = held(paypal, sandbox)
        taken = take(paypal, hold, "10.00").json()["id"]
        sandbox.control("POST", f"/paypal/accounts/{paypal.account_id}/refunds", pending=True)
        refund = give_back(paypal, taken, "4.00").json()["id"]
    with running(settings) as base:
        sandbox = Sandbox(base)
        paypal = Merchant(base, "paypal", paypal.account_id, paypal.credentials)
        assert take(paypal, hold, "10.00").json()["id"] == taken
        assert give_back(paypal, taken, "4.00").json()["id"] == refund
        sandbox.control("POST", f"/paypal/refunds/{refund}", status="FAILED")
        sandbox.control("POST", "/clock", advance_seconds=29 * 86_400 + 1)
        paypal._token = ""
        assert status_of(paypal, "authorizations", hold) == "VOIDED"
        assert [kind for kind, _ in movements(sandbox, paypal)] == [
            "authorization",
            "capture",
            "refund",
            "refund_failed",
            "void",
        ]


def test_a_webhook_asks_for_other_events(paypal: Merchant) -> None:
    base = "/v1/notifications/webhooks"
    wanted = {"url": "https://example.com/0", "event_types": [{"name": "*"}]}
    path = f"{base}/{paypal.call('POST', base, wanted).json()['id']}"
    names = [{"name": "PAYMENT.REFUND.FAILED"}]
    change = {"op": "replace", "path": "/event_types", "value": names}
    assert paypal.call("PATCH", path, [change]).json()["event_types"] == names
    refused = paypal.call("PATCH", path, [{**change, "value": [{"name": "TEA.READY"}]}])
    assert refused.json()["name"] == "VALIDATION_ERROR"


def test_events_are_listed_page_by_page(paypal: Merchant, sandbox: Sandbox) -> None:
    give_back(paypal, paid(paypal, sandbox), "1.00")
    path = "/v1/notifications/webhooks-events"
    seen, query = [], {"page_size": "1", "start_time": "2020-01-01T00:00:00Z"}
    while True:
        page = paypal.call("GET", path, query).json()
        seen += [each["event_type"] for each in page["events"]]
        if not page["links"]:
            break
        pairs = page["links"][0]["href"].partition("?")[2].split("&")
        query = {k: v.replace("%3A", ":") for k, v in (pair.split("=") for pair in pairs)}
    assert seen == [
        "PAYMENT.CAPTURE.REFUNDED",
        "CHECKOUT.ORDER.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.APPROVED",
    ]
    past = {"end_time": "2020-01-01T00:00:00Z"}
    assert paypal.call("GET", path, past).json()["events"] == []
    for wrong in ({"start_time": "soon"}, {"end_time": "2020-01-01T00:00:00"}):
        assert paypal.call("GET", path, wrong).json()["name"] == "VALIDATION_ERROR"
