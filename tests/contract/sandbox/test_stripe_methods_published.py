"""Saved methods, off-session charges and disputes of Stripe's stand-in, as Stripe publishes."""

from typing import Any

import msgspec
import pytest
import requests

from paymux.sandbox.stripe import dispute_params, intent_params
from tests.contract import published
from tests.unit.sandbox.driver import SESSION, Inbox, Merchant, Sandbox

PARAMS: dict[str, type[msgspec.Struct]] = {
    "PaymentIntentCreateParams": intent_params.IntentCreate,
    "PaymentIntentCreateParamsAutomaticPaymentMethods": intent_params.AutomaticMethods,
    "PaymentMethodListParams": dispute_params.MethodList,
    "DisputeListParams": dispute_params.DisputeList,
    "DisputeUpdateParams": dispute_params.DisputeUpdate,
    "DisputeUpdateParamsEvidence": dispute_params.EvidenceParams,
}
SAVING = {**SESSION, "payment_intent_data[setup_future_usage]": "off_session"}
PDF = b"%PDF-1.7 receipt"


def checked(
    merchant: Merchant, method: str, path: str, body: Any = None, status: int = 200
) -> dict[str, Any]:
    """A call whose reply must be as published."""
    reply = merchant.call(method, path, body)
    decoded: dict[str, Any] = reply.json()
    assert reply.status_code == status, decoded
    assert published.stripe_response_errors(method, path, status, decoded) == []
    return decoded


def kept(merchant: Merchant, sandbox: Sandbox) -> dict[str, str]:
    """A charge of the method that a payer has left."""
    customer = checked(merchant, "POST", "/v1/customers", {"email": "a@example.com"})["id"]
    page = checked(merchant, "POST", "/v1/checkout/sessions", {**SAVING, "customer": customer})
    sandbox.pay(page["url"])
    methods = checked(merchant, "GET", "/v1/payment_methods", {"customer": customer})["data"]
    return {
        "customer": customer,
        "payment_method": methods[0]["id"],
        "amount": "700",
        "currency": "usd",
        "confirm": "true",
        "off_session": "true",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
    }


def uploaded(merchant: Merchant, sandbox: Sandbox) -> requests.Response:
    return requests.post(
        f"{sandbox.base}/stripe/v1/files",
        headers=merchant.authorization(),
        data={"purpose": "dispute_evidence"},
        files={"file": ("receipt.pdf", PDF)},
        timeout=20,
    )


@pytest.mark.parametrize("schema", PARAMS)
def test_parameters_taken_are_exactly_those_published(schema: str) -> None:
    described = published.published(published.STRIPE_FILE)["components"]["schemas"][schema]
    taken = {each.name for each in msgspec.structs.fields(PARAMS[schema])}
    assert taken == set(described["properties"])


def test_saved_methods_and_their_charges_are_as_published(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    charge = kept(stripe, sandbox)
    path = f"/v1/payment_methods/{charge['payment_method']}"
    checked(stripe, "GET", path)
    taken = checked(stripe, "POST", "/v1/payment_intents", charge)
    checked(stripe, "GET", f"/v1/payment_intents/{taken['id']}", {"expand[0]": "latest_charge"})
    checked(stripe, "GET", f"/v1/charges/{taken['latest_charge']}")
    held = checked(stripe, "POST", "/v1/payment_intents", {**charge, "capture_method": "manual"})
    checked(stripe, "POST", f"/v1/payment_intents/{held['id']}/cancel")
    for behaviour in ("decline_soft", "decline_hard", "needs_payer"):
        sandbox.control(
            "POST",
            "/instruments",
            provider="stripe",
            reference=charge["payment_method"],
            behaviour=behaviour,
        )
        error = checked(stripe, "POST", "/v1/payment_intents", charge, 402)["error"]
        assert published.stripe_object_errors(error["payment_intent"]) == []
        assert published.stripe_object_errors(error["payment_method"]) == []
    checked(stripe, "POST", f"{path}/detach")
    checked(stripe, "POST", f"{path}/detach", status=400)
    checked(stripe, "POST", "/v1/payment_intents", charge, 400)
    listed = checked(stripe, "GET", "/v1/payment_intents", {"customer": charge["customer"]})
    assert len(listed["data"]) == 6


def test_disputes_reply_as_published(stripe: Merchant, sandbox: Sandbox) -> None:
    charge = kept(stripe, sandbox)
    for stage, outcome in (("chargeback", "won"), ("inquiry", "lost"), (None, "more_evidence")):
        paid = checked(stripe, "POST", "/v1/payment_intents", charge)["id"]
        opened = sandbox.control(
            "POST", "/disputes", provider="stripe", payment_reference=paid, stage=stage
        )
        path = f"/v1/disputes/{opened['reference']}"
        checked(stripe, "GET", path)
        file = uploaded(stripe, sandbox).json()["id"]
        evidence = {"evidence[receipt]": file, "evidence[uncategorized_text]": "It was right."}
        checked(stripe, "POST", path, {**evidence, "metadata[ours]": "1", "submit": "true"})
        checked(stripe, "POST", path, evidence, 400)
        checked(stripe, "POST", f"{path}/close", status=400)
        sandbox.control("POST", f"/disputes/{opened['reference']}/decide", outcome=outcome)
        checked(stripe, "GET", path)
        checked(stripe, "GET", "/v1/disputes", {"payment_intent": paid})
    paid = checked(stripe, "POST", "/v1/payment_intents", charge)["id"]
    opened = sandbox.control("POST", "/disputes", provider="stripe", payment_reference=paid)
    closed = checked(stripe, "POST", f"/v1/disputes/{opened['reference']}/close")
    assert closed["status"] == "lost"
    checked(stripe, "GET", "/v1/disputes/du_none", status=404)


def test_a_file_looks_as_in_stripes_own_fixtures(stripe: Merchant, sandbox: Sandbox) -> None:
    file = uploaded(stripe, sandbox).json()
    expected = published.published("stripe/fixtures3.json")["resources"]["file"]
    assert set(file) == set(expected)
    assert (file["object"], file["size"], file["type"]) == ("file", len(PDF), "pdf")
    assert stripe.call("GET", f"/v1/files/{file['id']}").json() == file


def test_every_webhook_of_methods_charges_and_disputes_is_as_published(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    charge = kept(stripe, sandbox)
    paid = checked(stripe, "POST", "/v1/payment_intents", charge)["id"]
    method = charge["payment_method"]
    opened = sandbox.control("POST", "/disputes", provider="stripe", payment_reference=paid)
    sandbox.control("POST", f"/disputes/{opened['reference']}/decide", outcome="more_evidence")
    sandbox.control("POST", f"/disputes/{opened['reference']}/decide", outcome="won")
    sandbox.control(
        "POST", "/instruments", provider="stripe", reference=method, behaviour="decline_hard"
    )
    checked(stripe, "POST", "/v1/payment_intents", charge, 402)
    sandbox.control("POST", f"/stripe/payment_methods/{method}/renew")
    checked(stripe, "POST", f"/v1/payment_methods/{method}/detach")
    wanted = {
        "payment_method.attached",
        "payment_method.automatically_updated",
        "payment_method.detached",
        "payment_intent.created",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    }
    inbox.wait_for(lambda got: wanted <= {each.kind for each in got})
    for received in inbox.received:
        assert published.stripe_event_errors(received.body) == []


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/payment_intents", {"amount": "100"}),
        ("/v1/payment_intents", {"amount": "100", "currency": "usd", "source": "tok_visa"}),
        ("/v1/disputes/du_none", {"evidence[receipts]": "file_1"}),
        ("/v1/payment_methods/pm_none/detach", {"customer": "cus_1"}),
    ],
)
def test_what_the_description_refuses_is_refused_as_published(
    stripe: Merchant, path: str, form: dict[str, str]
) -> None:
    assert published.stripe_request_errors("POST", path, "&".join(map("=".join, form.items())))
    refused = checked(stripe, "POST", path, form, 400)
    assert refused["error"]["type"] == "invalid_request_error"
