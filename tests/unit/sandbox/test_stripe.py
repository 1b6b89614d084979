"""Stripe's stand-in: sessions, money, lists, webhooks and pay pages."""

from typing import Any

import pytest
import requests

from tests.unit.sandbox.driver import SESSION, Inbox, Merchant, Sandbox

SESSIONS = "/v1/checkout/sessions"


def priced(currency: str, amount: int) -> dict[str, str]:
    return {
        **SESSION,
        "line_items[0][price_data][currency]": currency,
        "line_items[0][price_data][unit_amount]": str(amount),
        "line_items[0][quantity]": "1",
    }


def error_of(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 400, reply.text
    error: dict[str, Any] = reply.json()["error"]
    return error


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("usd", 1000),
        ("inr", 10000),
        ("jpy", 500),
        ("kwd", 10010),
        ("isk", 150000),
        ("ugx", 370000),
        ("huf", 175000),
        ("twd", 3050),
        ("mga", 5000),
    ],
)
def test_amounts_are_taken_in_stripes_own_units(
    stripe: Merchant, sandbox: Sandbox, currency: str, amount: int
) -> None:
    session = stripe.call("POST", SESSIONS, priced(currency, amount)).json()
    assert (session["amount_total"], session["currency"]) == (amount, currency)
    sandbox.pay(session["url"])
    entry = sandbox.ledger(stripe)[0]
    assert (entry["amount_minor"], entry["currency"]) == (amount, currency.upper())


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("isk", 150050, "invalid_charge_amount_no_decimal_compatible"),
        ("ugx", 99, "invalid_charge_amount_no_decimal_compatible"),
        ("kwd", 10005, None),
        ("usd", 49, "amount_too_small"),
        ("usd", 100_000_000, "amount_too_large"),
        ("xyz", 1000, None),
        ("usd", -1, "parameter_invalid_integer"),
    ],
)
def test_amounts_a_currency_cannot_have_are_refused(
    stripe: Merchant, currency: str, amount: int, code: str | None
) -> None:
    error = error_of(stripe.call("POST", SESSIONS, priced(currency, amount)))
    assert error.get("code") == code


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"frobnicate": "1"}, "parameter_unknown", "frobnicate"),
        (
            {"line_items[0][price_data][colour]": "red"},
            "parameter_unknown",
            "line_items[0][price_data][colour]",
        ),
        (
            {"line_items[0][quantity]": "two"},
            "parameter_invalid_integer",
            "line_items[0][quantity]",
        ),
        ({"expires_at": ""}, "parameter_invalid_empty", "expires_at"),
        ({"success_url": "nowhere"}, "url_invalid", "success_url"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"mode": "subscription"}, None, "mode"),
        ({"expires_at": "1"}, None, "expires_at"),
        ({"expires_at": "99999999999"}, None, "expires_at"),
        ({"metadata[a]": "b" * 501}, None, "metadata"),
    ],
)
def test_bad_parameters_are_named(
    stripe: Merchant, change: dict[str, str], code: str | None, param: str
) -> None:
    error = error_of(stripe.call("POST", SESSIONS, {**SESSION, **change}))
    assert (error.get("code"), error["param"]) == (code, param)


@pytest.mark.parametrize(
    ("missing", "param"),
    [
        ("success_url", "success_url"),
        ("mode", "mode"),
        ("line_items[0][quantity]", "line_items[0][quantity]"),
        ("line_items[0][price_data][currency]", "line_items[0][price_data][currency]"),
    ],
)
def test_missing_parameters_are_named(stripe: Merchant, missing: str, param: str) -> None:
    form = {name: value for name, value in SESSION.items() if name != missing}
    error = error_of(stripe.call("POST", SESSIONS, form))
    assert (error["code"], error["param"]) == ("parameter_missing", param)


def test_paying_completes_the_session_once(stripe: Merchant, sandbox: Sandbox) -> None:
    session_id, url = stripe.new_page()
    paid = sandbox.pay(url)
    assert paid["return_url"] == f"http://shop.test/done?session={session_id}"
    session = stripe.call("GET", f"{SESSIONS}/{session_id}").json()
    assert (session["status"], session["payment_status"], session["url"]) == (
        "complete",
        "paid",
        None,
    )
    assert sandbox.raw("POST", "/pay", url=url).status_code == 400
    entries = sandbox.ledger(stripe)
    assert [(each["our_reference"], each["amount_minor"]) for each in entries] == [("att_1", 2500)]


def test_a_decline_leaves_the_session_open_to_another_try(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    session_id, url = stripe.new_page()
    assert sandbox.pay(url, "decline")["return_url"] is None
    session = stripe.call("GET", f"{SESSIONS}/{session_id}").json()
    intent = stripe.call("GET", f"/v1/payment_intents/{session['payment_intent']}").json()
    assert intent["last_payment_error"]["code"] == "card_declined"
    assert sandbox.ledger(stripe) == []
    sandbox.pay(url)
    again = stripe.call("GET", f"/v1/payment_intents/{session['payment_intent']}").json()
    assert (again["status"], again["last_payment_error"]) == ("succeeded", None)


def test_leaving_leads_to_the_cancel_url(stripe: Merchant, sandbox: Sandbox) -> None:
    _, url = stripe.new_page()
    left = sandbox.pay(url, "abandon")
    assert (left["return_url"], left["status"]) == ("http://shop.test/left", "open")


@pytest.mark.parametrize(("ending", "taken"), [("async_succeed", 1), ("async_fail", 0)])
def test_a_bank_debit_settles_later(
    stripe: Merchant, sandbox: Sandbox, ending: str, taken: int
) -> None:
    session_id, url = stripe.new_page()
    sandbox.pay(url, "pay_async")
    session = stripe.call("GET", f"{SESSIONS}/{session_id}").json()
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    sandbox.pay(url, ending)
    assert len(sandbox.ledger(stripe)) == taken


def test_only_an_open_session_expires(stripe: Merchant, sandbox: Sandbox) -> None:
    session_id, url = stripe.new_page()
    expired = stripe.call("POST", f"{SESSIONS}/{session_id}/expire").json()
    assert (expired["status"], expired["url"]) == ("expired", None)
    error_of(stripe.call("POST", f"{SESSIONS}/{session_id}/expire"))
    assert sandbox.raw("POST", "/pay", url=url).status_code == 400


def test_a_session_expires_by_itself(stripe: Merchant, sandbox: Sandbox) -> None:
    session_id, _ = stripe.new_page()
    sandbox.control("POST", "/clock", advance_seconds=24 * 3600 + 1)
    session = stripe.call("GET", f"{SESSIONS}/{session_id}").json()
    assert session["status"] == "expired"
    events = stripe.call("GET", "/v1/events", {"type": "checkout.session.expired"}).json()
    assert len(events["data"]) == 1


def test_lists_are_newest_first_and_paged_by_cursor(stripe: Merchant) -> None:
    made = [stripe.new_page()[0] for _ in range(5)]
    first = stripe.call("GET", SESSIONS, {"limit": "2"}).json()
    assert [each["id"] for each in first["data"]] == made[:2:-1]
    assert first["has_more"]
    rest = stripe.call("GET", SESSIONS, {"starting_after": made[3]}).json()
    assert [each["id"] for each in rest["data"]] == made[2::-1]
    back = stripe.call("GET", SESSIONS, {"ending_before": made[2], "limit": "1"}).json()
    assert ([each["id"] for each in back["data"]], back["has_more"]) == ([made[3]], True)
    created = stripe.call("GET", SESSIONS, {"created[gte]": "99999999999"}).json()
    assert created["data"] == []


def test_a_session_is_found_by_its_payment_intent(stripe: Merchant, sandbox: Sandbox) -> None:
    session_id, url = stripe.new_page()
    stripe.new_page()
    sandbox.pay(url)
    intent = stripe.call("GET", f"{SESSIONS}/{session_id}").json()["payment_intent"]
    found = stripe.call("GET", SESSIONS, {"payment_intent": intent}).json()["data"]
    assert [each["id"] for each in found] == [session_id]


def test_customers_come_go_and_stay_told_of(stripe: Merchant) -> None:
    wanted = {"email": "a@example.com", "metadata[our]": "1", "address[city]": "Pune"}
    customer = stripe.call("POST", "/v1/customers", wanted).json()
    path = f"/v1/customers/{customer['id']}"
    changed = stripe.call("POST", path, {"name": "Ann", "metadata[our]": ""}).json()
    assert (changed["name"], changed["metadata"], changed["address"]["city"]) == (
        "Ann",
        {},
        "Pune",
    )
    assert len(stripe.call("GET", "/v1/customers", {"email": "a@example.com"}).json()["data"]) == 1
    assert stripe.call("DELETE", path).json()["deleted"] is True
    assert stripe.call("GET", path).json()["deleted"] is True
    assert stripe.call("POST", path, {"name": "Bob"}).status_code == 404


def test_a_rolled_secret_signs_beside_the_old_one(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    endpoint = stripe.call("GET", "/v1/webhook_endpoints").json()["data"][0]["id"]
    path = f"/stripe/webhook_endpoints/{endpoint}/roll"
    assert sandbox.control("POST", path, expire_old_in_seconds=3600)["secret"].startswith("whsec_")
    stripe.call("POST", "/v1/customers", {"email": "a@example.com"})
    inbox.wait_for(lambda got: len(got) == 1)
    assert inbox.received[0].headers["stripe-signature"].count("v1=") == 2
    sandbox.control("POST", "/clock", advance_seconds=3601)
    stripe.call("POST", "/v1/customers", {"email": "b@example.com"})
    inbox.wait_for(lambda got: len(got) == 2)
    assert inbox.received[1].headers["stripe-signature"].count("v1=") == 1


def test_undelivered_events_can_be_listed(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    _, url = stripe.new_page()
    sandbox.pay(url, webhooks=False)
    _, other = stripe.new_page()
    sandbox.pay(other)
    inbox.wait_for(lambda got: len(got) == 4)
    missed = stripe.call("GET", "/v1/events", {"delivery_success": "false"}).json()["data"]
    assert len(missed) == 4
    assert {each["pending_webhooks"] for each in missed} == {1}


def test_a_disabled_endpoint_gets_nothing(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    endpoint = stripe.call("GET", "/v1/webhook_endpoints").json()["data"][0]["id"]
    stripe.call("POST", f"/v1/webhook_endpoints/{endpoint}", {"disabled": "true"})
    stripe.call("POST", "/v1/customers", {"email": "a@example.com"})
    assert sandbox.control("GET", "/webhooks/notices")["count"] == 0


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Authorization": ""}, "You did not provide an API key"),
        ({"Authorization": "Bearer sk_test_wrong"}, "Invalid API Key provided"),
    ],
)
def test_unknown_keys_get_stripes_own_401(
    stripe: Merchant, headers: dict[str, str], words: str
) -> None:
    refused = stripe.call("GET", "/v1/account", None, headers)
    assert refused.status_code == 401
    assert refused.json()["error"]["message"].startswith(words)


def test_an_unknown_url_is_a_404(stripe: Merchant) -> None:
    refused = stripe.call("POST", "/v1/teapots")
    assert refused.status_code == 404
    assert "Unrecognized request URL" in refused.json()["error"]["message"]


def test_replies_carry_request_id_and_version(stripe: Merchant) -> None:
    reply = stripe.call("GET", "/v1/account", None, {"Stripe-Version": "2026-10-28.endive"})
    assert reply.headers["request-id"].startswith("req_")
    assert reply.headers["stripe-version"] == "2026-10-28.endive"
