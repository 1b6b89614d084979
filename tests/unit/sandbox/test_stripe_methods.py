"""Stripe's stand-in: methods that payers leave, charges of them, and the ledger."""

from pathlib import Path
from typing import Any

import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import SESSION, Merchant, Sandbox

INTENTS = "/v1/payment_intents"


def kept(stripe: Merchant, sandbox: Sandbox, **more: str) -> dict[str, str]:
    """A charge of 7.00 USD of the method that a payer has left with a page of 25.00."""
    customer = stripe.call("POST", "/v1/customers", {"email": "a@example.com"}).json()["id"]
    form = {**SESSION, "customer": customer, **more}
    form["payment_intent_data[setup_future_usage]"] = "off_session"
    page = stripe.call("POST", "/v1/checkout/sessions", form).json()
    sandbox.pay(page["url"])
    listed = stripe.call("GET", "/v1/payment_methods", {"customer": customer}).json()["data"]
    return {
        "customer": customer,
        "payment_method": listed[0]["id"],
        "amount": "700",
        "currency": "usd",
        "confirm": "true",
        "off_session": "true",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "metadata[attempt_id]": "att_2",
    }


def refused(stripe: Merchant, form: dict[str, str]) -> dict[str, Any]:
    reply = stripe.call("POST", INTENTS, form)
    assert reply.status_code == 400, reply.text
    error: dict[str, Any] = reply.json()["error"]
    return error


def movements(sandbox: Sandbox, stripe: Merchant) -> list[tuple[str, str, int]]:
    return [
        (entry["kind"], entry["our_reference"], entry["amount_minor"])
        for entry in sandbox.ledger(stripe)
    ]


def behave(sandbox: Sandbox, reference: str, behaviour: str) -> None:
    sandbox.control(
        "POST", "/instruments", provider="stripe", reference=reference, behaviour=behaviour
    )


@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_a_page_that_keeps_its_method_attaches_it_to_the_customer(
    stripe: Merchant, sandbox: Sandbox, capture: str
) -> None:
    form = kept(stripe, sandbox, **{"payment_intent_data[capture_method]": capture})
    method = stripe.call("GET", f"/v1/payment_methods/{form['payment_method']}").json()
    assert (method["customer"], method["card"]["last4"]) == (form["customer"], "4242")
    objects = sandbox.control("GET", f"/objects?account_id={stripe.account_id}")["objects"]
    assert [(each["kind"], each["status"]) for each in objects] == [
        ("checkout_session", "complete"),
        ("payment_method", "attached"),
    ]


def test_a_page_makes_a_customer_or_is_given_one(stripe: Merchant, sandbox: Sandbox) -> None:
    keeping = {"payment_intent_data[setup_future_usage]": "off_session"}
    form = {**SESSION, **keeping, "customer_creation": "always"}
    customer = stripe.call("POST", "/v1/customers", {}).json()["id"]
    both = stripe.call("POST", "/v1/checkout/sessions", {**form, "customer": customer})
    assert both.json()["error"]["param"] == "customer"
    page = stripe.call("POST", "/v1/checkout/sessions", form).json()
    sandbox.pay(page["url"], "decline")
    sandbox.pay(page["url"])
    made = stripe.call("GET", f"/v1/checkout/sessions/{page['id']}").json()["customer"]
    (kept_for,) = stripe.call("GET", "/v1/payment_methods", {"customer": made}).json()["data"]
    assert kept_for["customer"] == made


def test_a_page_that_keeps_nothing_leaves_nothing(stripe: Merchant, sandbox: Sandbox) -> None:
    _, url = stripe.new_page()
    sandbox.pay(url)
    assert stripe.call("GET", "/v1/payment_methods").json()["data"] == []


def test_a_saved_method_is_charged_once_per_key(stripe: Merchant, sandbox: Sandbox) -> None:
    form, key = kept(stripe, sandbox), {"Idempotency-Key": "k"}
    first = stripe.call("POST", INTENTS, form, key).json()
    assert (first["status"], first["amount_received"]) == ("succeeded", 700)
    assert stripe.call("POST", INTENTS, form, key).json() == first
    assert movements(sandbox, stripe) == [("payment", "att_1", 2500), ("payment", "att_2", 700)]
    sold = sandbox.control("GET", f"/objects?account_id={stripe.account_id}&kind=payment_intent")
    assert [(each["id"], each["our_reference"]) for each in sold["objects"]] == [
        (first["id"], "att_2")
    ]
    refund = stripe.call("POST", "/v1/refunds", {"payment_intent": first["id"]}).json()
    assert (refund["amount"], movements(sandbox, stripe)[-1]) == (700, ("refund", "att_2", 700))


def test_a_charge_may_only_hold_and_is_captured_or_let_go(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    form = {**kept(stripe, sandbox), "capture_method": "manual"}
    for done in ("capture", "cancel"):
        intent = stripe.call("POST", INTENTS, form).json()
        assert intent["status"] == "requires_capture"
        assert stripe.call("POST", f"{INTENTS}/{intent['id']}/{done}").status_code == 200
    kinds = [kind for kind, _, _ in movements(sandbox, stripe)]
    assert kinds == ["payment", "authorization", "capture", "authorization", "void"]


@pytest.mark.parametrize(
    ("behaviour", "code", "decline_code"),
    [
        ("decline_soft", "card_declined", "insufficient_funds"),
        ("decline_hard", "card_declined", "stolen_card"),
        ("needs_payer", "authentication_required", "authentication_required"),
    ],
)
def test_a_decline_is_kept_under_its_key_and_takes_nothing(
    stripe: Merchant, sandbox: Sandbox, behaviour: str, code: str, decline_code: str
) -> None:
    form, key = kept(stripe, sandbox), {"Idempotency-Key": "k"}
    behave(sandbox, form["payment_method"], behaviour)
    reply = stripe.call("POST", INTENTS, form, key)
    error = reply.json()["error"]
    assert (reply.status_code, error["type"]) == (402, "card_error")
    assert (error["code"], error["decline_code"]) == (code, decline_code)
    intent = stripe.call("GET", f"{INTENTS}/{error['payment_intent']['id']}").json()
    assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)
    behave(sandbox, form["payment_method"], "succeed")
    assert stripe.call("POST", INTENTS, form, key).json() == reply.json()
    assert stripe.call("POST", INTENTS, form).status_code == 200
    assert [amount for _, _, amount in movements(sandbox, stripe)] == [2500, 700]


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"off_session": "false"}, None, "confirm"),
        ({"confirm": "false"}, None, "confirm"),
        ({"automatic_payment_methods[allow_redirects]": "always"}, None, None),
        ({"amount": "49"}, "amount_too_small", None),
        ({"amount": "0"}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types"),
    ],
)
def test_what_stripe_would_refuse_is_refused(
    stripe: Merchant, sandbox: Sandbox, change: dict[str, str], code: str | None, param: str | None
) -> None:
    error = refused(stripe, {**kept(stripe, sandbox), **change})
    assert (error.get("code"), error.get("param")) == (code, param)


def test_a_method_serves_its_own_customer_only_and_none_once_it_is_detached(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    form, other = kept(stripe, sandbox), kept(stripe, sandbox)
    error = refused(stripe, {**form, "customer": other["customer"]})
    assert (error["code"], error["param"]) == ("resource_missing", "payment_method")
    path = f"/v1/payment_methods/{form['payment_method']}"
    assert stripe.call("POST", f"{path}/detach").json()["customer"] is None
    assert stripe.call("POST", f"{path}/detach").status_code == 400
    assert stripe.call("GET", path).status_code == 200
    assert refused(stripe, form)["code"] == "resource_missing"
    listed = stripe.call("GET", "/v1/payment_methods", {"customer": form["customer"]}).json()
    assert listed["data"] == []


def test_an_instrument_that_nobody_kept_cannot_be_set(sandbox: Sandbox) -> None:
    body = {"provider": "stripe", "reference": "pm_none", "behaviour": "succeed"}
    assert sandbox.raw("POST", "/instruments", **body).status_code == 400
    assert sandbox.raw("POST", "/stripe/payment_methods/pm_none/renew").status_code == 404


@pytest.mark.parametrize(("fault", "done"), [("error_before", 0), ("error_after", 1)])
def test_a_charge_fails_before_or_after_it_is_carried_out(
    stripe: Merchant, sandbox: Sandbox, fault: str, done: int
) -> None:
    form, key = kept(stripe, sandbox), {"Idempotency-Key": "k"}
    sandbox.control(
        "POST", "/faults", kind=fault, operation="payment_intent.create", times=1, status=500
    )
    assert stripe.call("POST", INTENTS, form, key).status_code == 500
    assert stripe.call("POST", INTENTS, form, key).status_code == 500
    assert len(movements(sandbox, stripe)) == 1 + done


def test_methods_and_charges_outlive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = sandbox.merchant("stripe")
        form = {**kept(stripe, sandbox), "capture_method": "manual"}
        held = stripe.call("POST", INTENTS, form).json()["id"]
        behave(sandbox, form["payment_method"], "decline_hard")
    with running(settings) as base:
        stripe = Merchant(base, "stripe", stripe.account_id, stripe.credentials)
        assert stripe.call("POST", INTENTS, form).status_code == 402
        assert stripe.call("POST", f"{INTENTS}/{held}/capture").status_code == 200
