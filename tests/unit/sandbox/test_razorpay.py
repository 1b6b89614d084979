"""Razorpay's stand-in: links, money, late authorisation, customers and webhooks."""

import hashlib
import hmac
import time
from typing import Any

import pytest
import requests

from tests.unit.sandbox.driver import LINK, Inbox, Merchant, Sandbox

LINKS = "/v1/payment_links"


def complaint(reply: requests.Response) -> str:
    assert reply.status_code == 400, reply.text
    return str(reply.json()["error"]["description"])


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("USD", 1000),
        ("INR", 10000),
        ("JPY", 500),
        ("KWD", 10010),
        ("ISK", 1500),
        ("UGX", 3700),
        ("HUF", 175000),
        ("TWD", 3050),
        ("MGA", 5000),
    ],
)
def test_amounts_are_taken_in_razorpays_own_units(
    razorpay: Merchant, sandbox: Sandbox, currency: str, amount: int
) -> None:
    wanted = LINK | {"currency": currency, "amount": amount}
    link = razorpay.call("POST", LINKS, wanted).json()
    sandbox.pay(link["short_url"])
    entry = sandbox.ledger(razorpay)[0]
    assert (entry["amount_minor"], entry["currency"]) == (amount, currency)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 99}, "at least INR 1.00"),
        ({"amount": "2500"}, "The amount must be an integer."),
        ({"amount": 10005, "currency": "KWD"}, "last digit must be 0"),
        ({"currency": "XYZ"}, "currency is invalid"),
        ({"extra": 1}, "extra is/are not required and should not be sent"),
        ({"customer": {"phone": "1"}}, "phone is/are not required"),
        ({"reference_id": "r" * 41}, "may not be greater than 40 characters"),
        ({"callback_method": "post"}, "callback method must be get"),
        ({"callback_url": ""}, "callback url field is required"),
        ({"upi_link": True}, "not supported in Test Mode"),
        ({"expire_by": 1}, "timestamp must be atleast 15 minutes in future"),
        ({"expire_by": 99999999999}, "6 months"),
        ({"notes": {str(n): "x" for n in range(16)}}, "15"),
        ({"notes": {"a": "x" * 257}}, "must not be greater than 255"),
        ({"accept_partial": True, "first_min_partial_amount": 2501}, "partial amount"),
    ],
)
def test_bad_links_are_refused(razorpay: Merchant, change: dict[str, Any], words: str) -> None:
    assert words in complaint(razorpay.call("POST", LINKS, LINK | change))


def test_a_missing_amount_is_named(razorpay: Merchant) -> None:
    assert complaint(razorpay.call("POST", LINKS, {})) == "The amount field is required."


def test_a_body_that_is_no_json_is_refused(razorpay: Merchant) -> None:
    url = f"{razorpay.base}/razorpay{LINKS}"
    reply = requests.post(url, data=b"{", headers=razorpay.authorization(), timeout=5)
    assert "not valid JSON" in complaint(reply)


def test_foreign_currency_needs_activation(sandbox: Sandbox) -> None:
    domestic = sandbox.merchant("razorpay", international=False)
    words = complaint(domestic.call("POST", LINKS, LINK | {"currency": "USD"}))
    assert words == "the merchant doesn't have international activated."


def test_a_reference_is_used_once_per_account(razorpay: Merchant, sandbox: Sandbox) -> None:
    first = razorpay.call("POST", LINKS, LINK).json()
    words = complaint(razorpay.call("POST", LINKS, LINK))
    assert words == "payment link creation with reference ID already attempted"
    found = razorpay.call("GET", LINKS, {"reference_id": "att_1"}).json()["payment_links"]
    assert [each["id"] for each in found] == [first["id"]]
    assert sandbox.merchant("razorpay").call("POST", LINKS, LINK).status_code == 200


def test_paying_leads_to_the_signed_callback(razorpay: Merchant, sandbox: Sandbox) -> None:
    link_id, url = razorpay.new_page()
    target = sandbox.pay(url)["return_url"]
    assert target.startswith("http://shop.test/done?from=razorpay&razorpay_payment_id=pay_")
    returned = dict(pair.split("=") for pair in target.partition("?")[2].split("&"))
    signed = f"{link_id}|att_1|paid|{returned['razorpay_payment_id']}".encode()
    secret = razorpay.credentials["key_secret"].encode()
    assert returned["razorpay_signature"] == hmac.new(secret, signed, hashlib.sha256).hexdigest()


def test_a_failed_payment_can_still_be_authorised_late(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    link_id, url = razorpay.new_page()
    assert sandbox.pay(url, "decline")["status"] == "created"
    failed = razorpay.call("GET", "/v1/payments").json()["items"][0]
    assert (failed["status"], failed["error_reason"]) == ("failed", "payment_failed")
    sandbox.pay(url, "late_authorize")
    link = razorpay.call("GET", f"{LINKS}/{link_id}").json()
    assert (link["status"], link["payments"][0]["payment_id"]) == ("paid", failed["id"])
    assert [each["payment_reference"] for each in sandbox.ledger(razorpay)] == [failed["id"]]


def test_partial_payments_add_up(razorpay: Merchant, sandbox: Sandbox) -> None:
    link = razorpay.call("POST", LINKS, LINK | {"accept_partial": True}).json()
    sandbox.pay(link["short_url"], "pay_partial", amount=1000)
    half = razorpay.call("GET", f"{LINKS}/{link['id']}").json()
    assert (half["status"], half["amount_paid"]) == ("partially_paid", 1000)
    sandbox.pay(link["short_url"])
    whole = razorpay.call("GET", f"{LINKS}/{link['id']}").json()
    assert (whole["status"], whole["amount_paid"], len(whole["payments"])) == ("paid", 2500, 2)
    order = razorpay.call("GET", f"/v1/orders/{whole['order_id']}").json()
    assert (order["status"], order["amount_due"], order["attempts"]) == ("paid", 0, 2)


def test_a_paid_link_can_be_neither_cancelled_nor_changed(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    link_id, url = razorpay.new_page()
    sandbox.pay(url)
    assert "cannot be cancelled" in complaint(
        razorpay.call("POST", f"{LINKS}/{link_id}/cancel", {})
    )
    words = complaint(razorpay.call("PATCH", f"{LINKS}/{link_id}", {"notes": {}}))
    assert words == "update can only be made in created or partially paid state"


def test_changing_a_link_frees_and_takes_references(razorpay: Merchant) -> None:
    link_id, _ = razorpay.new_page()
    path = f"{LINKS}/{link_id}"
    soon = int(time.time()) + 3600
    wanted = {"reference_id": "att_2", "expire_by": soon, "reminder_enable": True}
    changed = razorpay.call("PATCH", path, wanted).json()
    assert (changed["reference_id"], changed["expire_by"]) == ("att_2", soon)
    assert razorpay.call("POST", LINKS, LINK).status_code == 200
    assert "already attempted" in complaint(
        razorpay.call("PATCH", path, {"reference_id": "att_1"})
    )


def test_a_link_expires_by_itself(razorpay: Merchant, sandbox: Sandbox) -> None:
    soon = int(time.time()) + 3600
    link = razorpay.call("POST", LINKS, LINK | {"expire_by": soon}).json()
    sandbox.control("POST", "/clock", advance_seconds=3700)
    expired = razorpay.call("GET", f"{LINKS}/{link['id']}").json()
    assert expired["status"] == "expired"
    assert expired["expired_at"] >= soon
    assert sandbox.raw("POST", "/pay", url=link["short_url"]).status_code == 400


def test_ids_of_another_kind_and_unknown_ids_are_400(razorpay: Merchant) -> None:
    assert complaint(razorpay.call("GET", f"{LINKS}/cs_1")) == "cs_1 is not a valid id."
    assert complaint(razorpay.call("GET", f"{LINKS}/plink_1")) == "The id provided does not exist"
    assert complaint(razorpay.call("GET", "/v1/teapots")).startswith("The requested URL")


@pytest.mark.parametrize("query", [{"colour": "red"}, {"count": "101"}, {"count": "many"}])
def test_bad_list_parameters_are_refused(razorpay: Merchant, query: dict[str, str]) -> None:
    complaint(razorpay.call("GET", LINKS, query))


def test_a_customer_that_exists_fails_or_is_returned(razorpay: Merchant) -> None:
    wanted = {"name": "Ann", "email": "a@example.com", "contact": "+919876543210"}
    first = razorpay.call("POST", "/v1/customers", wanted).json()
    assert "already exists" in complaint(razorpay.call("POST", "/v1/customers", wanted))
    again = razorpay.call("POST", "/v1/customers", wanted | {"fail_existing": "0"}).json()
    assert again["id"] == first["id"]
    assert "8 digits" in complaint(razorpay.call("POST", "/v1/customers", {"contact": "12"}))


def test_webhooks_are_signed_with_the_secret_they_were_born_under(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(razorpay, inbox.url)
    hooks = sandbox.control("GET", f"/razorpay/webhooks?account_id={razorpay.account_id}")
    hook_id = hooks["webhooks"][0]["id"]
    inbox.answers = [500]
    link_id, _ = razorpay.new_page()
    razorpay.call("POST", f"{LINKS}/{link_id}/cancel", {})
    sandbox.control("PATCH", f"/razorpay/webhooks/{hook_id}", secret="newer")
    inbox.wait_for(lambda got: len(got) == 2)
    retried = inbox.received[1]
    expected = hmac.new(b"hush", retried.raw, hashlib.sha256).hexdigest()
    assert retried.headers["x-razorpay-signature"] == expected
    assert (
        retried.headers["x-razorpay-event-id"] == inbox.received[0].headers["x-razorpay-event-id"]
    )
    sandbox.control("DELETE", f"/razorpay/webhooks/{hook_id}")
    assert sandbox.control("GET", "/razorpay/webhooks") == {"webhooks": []}


def test_a_webhook_gets_only_its_events(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    key = razorpay.credentials["key_id"]
    wanted = {"key_id": key, "url": inbox.url, "secret": "s", "events": ["payment_link.paid"]}
    sandbox.control("POST", "/razorpay/webhooks", **wanted)
    _, url = razorpay.new_page()
    sandbox.pay(url)
    assert sandbox.control("GET", "/webhooks/notices")["count"] == 1


@pytest.mark.parametrize("header", ["", "basic abc", "Basic !!!", "Bearer token"])
def test_unknown_credentials_get_razorpays_own_401(razorpay: Merchant, header: str) -> None:
    refused = razorpay.call("GET", LINKS, None, {"Authorization": header})
    assert refused.status_code == 401
    assert refused.json()["error"]["description"] == "Authentication failed"
