"""PayPal's stand-in: tokens, orders, captures, money, request ids and webhooks."""

import threading
from copy import deepcopy
from typing import Any

import pytest
import requests

from tests.unit.sandbox.driver import ORDER, Inbox, Merchant, Sandbox

ORDERS = "/v2/checkout/orders"
KEY = {"PayPal-Request-Id": "request-1"}


def order_with(**unit: Any) -> dict[str, Any]:
    order = deepcopy(ORDER)
    units: Any = order["purchase_units"]
    units[0].update(unit)
    return order


def money(value: str, currency: str = "USD") -> dict[str, str]:
    return {"currency_code": currency, "value": value}


def issue_of(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["details"][0]["issue"]


def capture(paypal: Merchant, order: str, headers: dict[str, str] | None = None) -> Any:
    return paypal.call("POST", f"{ORDERS}/{order}/capture", {}, headers)


@pytest.mark.parametrize(
    ("currency", "value", "minor"),
    [
        ("USD", "10.00", 1000),
        ("USD", "10", 1000),
        ("EUR", ".50", 50),
        ("JPY", "500", 500),
        ("JPY", "500.00", 500),
        ("HUF", "1750", 1750),
        ("TWD", "300", 300),
    ],
)
def test_amounts_are_taken_as_decimal_strings(
    paypal: Merchant, sandbox: Sandbox, currency: str, value: str, minor: int
) -> None:
    body = order_with(amount=money(value, currency))
    order = paypal.call("POST", ORDERS, body).json()
    sandbox.pay(order["links"][1]["href"])
    assert capture(paypal, order["id"]).status_code == 201
    entry = sandbox.ledger(paypal)[0]
    assert (entry["amount_minor"], entry["currency"]) == (minor, currency)


@pytest.mark.parametrize(
    ("amount", "issue"),
    [
        (money("10.005"), "DECIMAL_PRECISION"),
        (money("500.50", "JPY"), "DECIMAL_PRECISION"),
        (money("10.00", "INR"), "INVALID_CURRENCY_CODE"),
        (money("10.00", "KWD"), "INVALID_CURRENCY_CODE"),
        (money("1500", "ISK"), "INVALID_CURRENCY_CODE"),
        (money("1" * 16), "MAX_VALUE_EXCEEDED"),
    ],
)
def test_amounts_paypal_does_not_take_are_422(
    paypal: Merchant, amount: dict[str, str], issue: str
) -> None:
    assert issue_of(paypal.call("POST", ORDERS, order_with(amount=amount))) == (422, issue)


ITEM = {"name": "Tea", "quantity": "2", "unit_amount": money("10.00"), "tax": money("2.00")}
PARTS = {"item_total": money("20.00"), "tax_total": money("4.00"), "discount": money("1.00")}


@pytest.mark.parametrize(
    ("value", "parts", "issue"),
    [
        ("23.00", PARTS, None),
        ("24.00", PARTS, "AMOUNT_MISMATCH"),
        ("23.00", {**PARTS, "item_total": money("19.00")}, "ITEM_TOTAL_MISMATCH"),
        ("23.00", {**PARTS, "tax_total": money("5.00")}, "TAX_TOTAL_MISMATCH"),
        ("23.00", {"item_total": money("20.00")}, "TAX_TOTAL_REQUIRED"),
        ("23.00", {"tax_total": money("4.00")}, "ITEM_TOTAL_REQUIRED"),
        ("23.00", {**PARTS, "discount": money("1.00", "EUR")}, "MULTI_CURRENCY_ORDER"),
    ],
)
def test_breakdowns_must_add_up(
    paypal: Merchant, value: str, parts: dict[str, Any], issue: str | None
) -> None:
    body = order_with(amount={**money(value), "breakdown": parts}, items=[ITEM])
    reply = paypal.call("POST", ORDERS, body)
    assert reply.status_code == 201 if issue is None else issue_of(reply) == (422, issue)


def test_two_units_need_references_of_their_own(paypal: Merchant) -> None:
    unit = {"amount": money("1.00")}
    for references, issue in (
        ((None, None), "REFERENCE_ID_REQUIRED"),
        (("a", "a"), "DUPLICATE_REFERENCE_ID"),
    ):
        units = [unit | ({"reference_id": each} if each else {}) for each in references]
        body = {"intent": "CAPTURE", "purchase_units": units}
        assert issue_of(paypal.call("POST", ORDERS, body)) == (422, issue)


def test_two_units_are_captured_one_by_one(paypal: Merchant, sandbox: Sandbox) -> None:
    units = [{"reference_id": each, "amount": money("1.00")} for each in ("a", "b")]
    body = {"intent": "CAPTURE", "purchase_units": units}
    order = paypal.call("POST", ORDERS, body).json()
    assert order["links"][1]["rel"] == "approve"
    sandbox.pay(order["links"][1]["href"])
    captured = capture(paypal, order["id"]).json()["purchase_units"]
    assert [len(each["payments"]["captures"]) for each in captured] == [1, 1]
    assert len(sandbox.ledger(paypal)) == 2


def test_nothing_moves_before_the_capture(paypal: Merchant, sandbox: Sandbox) -> None:
    order, url = paypal.new_page()
    paid = sandbox.pay(url)
    assert paid["return_url"].startswith(
        f"http://shop.test/done?from=paypal&token={order}&PayerID="
    )
    assert sandbox.ledger(paypal) == []
    assert capture(paypal, order).json()["status"] == "COMPLETED"
    assert [each["our_reference"] for each in sandbox.ledger(paypal)] == ["att_1"]
    assert issue_of(capture(paypal, order)) == (422, "ORDER_ALREADY_CAPTURED")


def test_leaving_leads_to_the_cancel_url(paypal: Merchant, sandbox: Sandbox) -> None:
    order, url = paypal.new_page()
    assert sandbox.pay(url, "abandon")["return_url"] == f"http://shop.test/left?token={order}"


def test_a_declined_instrument_can_be_replaced(paypal: Merchant, sandbox: Sandbox) -> None:
    order, url = paypal.new_page()
    sandbox.pay(url, "decline")
    declined = capture(paypal, order)
    assert issue_of(declined) == (422, "INSTRUMENT_DECLINED")
    assert declined.json()["links"][0]["rel"] == "redirect"
    sandbox.pay(url)
    assert capture(paypal, order).status_code == 201


@pytest.mark.parametrize(
    ("ending", "status", "taken"), [("settle", "COMPLETED", 1), ("deny", "DECLINED", 0)]
)
def test_a_completed_order_is_not_yet_captured_money(
    paypal: Merchant, sandbox: Sandbox, ending: str, status: str, taken: int
) -> None:
    order, url = paypal.new_page()
    sandbox.pay(url, "pay_pending")
    assert capture(paypal, order).json()["status"] == "COMPLETED"
    assert sandbox.ledger(paypal) == []
    sandbox.pay(url, ending)
    found = paypal.call("GET", f"{ORDERS}/{order}").json()["purchase_units"][0]
    assert found["payments"]["captures"][0]["status"] == status
    assert len(sandbox.ledger(paypal)) == taken


def test_a_request_id_gives_the_latest_state_of_the_same_order(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    first = paypal.call("POST", ORDERS, ORDER, KEY)
    sandbox.pay(first.json()["links"][1]["href"])
    again = paypal.call("POST", ORDERS, ORDER, KEY)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json()["id"], again.json()["status"]) == (first.json()["id"], "APPROVED")
    order = first.json()["id"]
    assert [capture(paypal, order, KEY).status_code for _ in range(2)] == [201, 200]
    assert len(sandbox.ledger(paypal)) == 1


def test_without_a_request_id_every_create_is_new(paypal: Merchant) -> None:
    assert paypal.new_page()[0] != paypal.new_page()[0]


def test_a_refused_request_does_not_use_up_its_id(paypal: Merchant) -> None:
    assert paypal.call("POST", ORDERS, {}, KEY).status_code == 400
    assert paypal.call("POST", ORDERS, ORDER, KEY).status_code == 201


def test_after_six_hours_the_request_id_is_forgotten(paypal: Merchant, sandbox: Sandbox) -> None:
    paypal.call("POST", ORDERS, ORDER, KEY)
    sandbox.control("POST", "/clock", advance_seconds=6 * 3600 + 1)
    assert paypal.call("POST", ORDERS, ORDER, KEY).status_code == 201


def test_a_second_request_while_the_first_is_running_conflicts(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    paypal.authorization()
    sandbox.control("POST", "/faults", kind="latency", delay_ms=400)
    replies: list[requests.Response] = []

    def create() -> None:
        replies.append(paypal.call("POST", ORDERS, ORDER, KEY))

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.status_code for each in replies) == [201, 409]


def test_an_invoice_is_paid_once(paypal: Merchant, sandbox: Sandbox) -> None:
    (first, url), (second, other) = paypal.new_page(), paypal.new_page()
    sandbox.pay(url)
    sandbox.pay(other)
    assert capture(paypal, first).status_code == 201
    assert issue_of(capture(paypal, second)) == (422, "DUPLICATE_INVOICE_ID")
    assert issue_of(paypal.call("POST", ORDERS, ORDER)) == (422, "DUPLICATE_INVOICE_ID")


def test_an_order_that_is_not_captured_in_time_is_gone(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    order, url = paypal.new_page()
    sandbox.pay(url)
    sandbox.control("POST", "/clock", advance_seconds=6 * 3600 + 1)
    assert issue_of(paypal.call("GET", f"{ORDERS}/{order}")) == (404, "INVALID_RESOURCE_ID")
    inbox.wait_for(lambda got: "CHECKOUT.PAYMENT-APPROVAL.REVERSED" in [x.kind for x in got])


def test_the_whole_order_comes_only_when_asked_for(paypal: Merchant) -> None:
    minimal = paypal.call("POST", ORDERS, ORDER).json()
    assert set(minimal) == {"id", "status", "payment_source", "links"}
    whole = paypal.call("POST", ORDERS, ORDER, {"Prefer": "return=representation"}).json()
    assert whole["purchase_units"][0]["custom_id"] == "att_1"


@pytest.mark.parametrize(
    "source", [{"card": {}}, {"paypal": {"billing_agreement_id": "B-1"}}, {"token": {}}]
)
def test_only_the_hosted_wallet_is_served(paypal: Merchant, source: dict[str, Any]) -> None:
    refused = paypal.call("POST", ORDERS, {**ORDER, "payment_source": source})
    assert issue_of(refused) == (400, "NOT_SUPPORTED")


def test_a_body_that_is_no_json_is_refused(paypal: Merchant) -> None:
    url = f"{paypal.base}/paypal{ORDERS}"
    headers = {**paypal.authorization(), "Content-Type": "application/json"}
    broken = requests.post(url, data=b"{", headers=headers, timeout=5)
    assert issue_of(broken) == (400, "MALFORMED_REQUEST_JSON")
    headers["Content-Type"] = "text/plain"
    assert requests.post(url, data=b"{}", headers=headers, timeout=5).status_code == 415


def test_a_token_ends_after_nine_hours(paypal: Merchant, sandbox: Sandbox) -> None:
    paypal.authorization()
    sandbox.control("POST", "/clock", advance_seconds=32_401)
    refused = paypal.call("GET", f"{ORDERS}/X")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


def test_wrong_credentials_get_paypals_own_401(paypal: Merchant) -> None:
    url = f"{paypal.base}/paypal/v1/oauth2/token"
    form = {"grant_type": "client_credentials"}
    pair = (paypal.credentials["client_id"], "wrong")
    refused = requests.post(url, data=form, auth=pair, timeout=5)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    nobody = paypal.call("GET", f"{ORDERS}/X", None, {"Authorization": ""})
    assert (nobody.status_code, nobody.json()["name"]) == (401, "AUTHENTICATION_FAILURE")


def test_a_token_request_in_json_is_refused(paypal: Merchant) -> None:
    url = f"{paypal.base}/paypal/v1/oauth2/token"
    pair = (paypal.credentials["client_id"], paypal.credentials["client_secret"])
    refused = requests.post(url, json={"grant_type": "client_credentials"}, auth=pair, timeout=5)
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


def test_webhooks_have_limits(paypal: Merchant) -> None:
    def register(url: str, event: str = "*") -> requests.Response:
        wanted = {"url": url, "event_types": [{"name": event}]}
        return paypal.call("POST", "/v1/notifications/webhooks", wanted)

    assert register("https://example.com/0").status_code == 201
    assert register("https://example.com/0").json()["name"] == "WEBHOOK_URL_ALREADY_EXISTS"
    assert register("https://example.com/x", "TEA.READY").json()["name"] == "VALIDATION_ERROR"
    for number in range(1, 10):
        assert register(f"https://example.com/{number}").status_code == 201
    refused = register("https://example.com/10").json()
    assert refused["name"] == "WEBHOOK_NUMBER_LIMIT_EXCEEDED"


def test_events_are_listed_and_resent(paypal: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(paypal, inbox.url)
    _, url = paypal.new_page()
    sandbox.pay(url)
    inbox.wait_for(lambda got: len(got) == 1)
    query = {"page_size": "5", "event_type": "CHECKOUT.ORDER.APPROVED"}
    events = paypal.call("GET", "/v1/notifications/webhooks-events", query).json()["events"]
    path = f"/v1/notifications/webhooks-events/{events[0]['id']}"
    assert paypal.call("POST", f"{path}/resend", {}).status_code == 202
    inbox.wait_for(lambda got: len(got) == 2)
    assert inbox.received[0].body == inbox.received[1].body


def test_a_silent_approval_keeps_its_capture_silent_too(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    order, url = paypal.new_page()
    sandbox.pay(url, webhooks=False)
    capture(paypal, order)
    notices = sandbox.control("GET", "/webhooks/notices")["notices"]
    assert {each["status"] for each in notices} == {"suppressed"}
    assert len(notices) == 3
