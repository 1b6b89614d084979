"""Stripe's stand-in against Stripe's published description, and with Stripe's own SDK."""

from typing import Any, cast

import msgspec
import pytest
from stripe import AIOHTTPClient, IdempotencyError, InvalidRequestError, StripeClient, Webhook

from paymux.sandbox.stripe import movement_params, params
from tests.contract import published
from tests.unit.sandbox.driver import SESSION, Inbox, Merchant, Sandbox

CREATE_PARAMS: dict[str, type[msgspec.Struct]] = {
    "SessionCreateParams": params.SessionCreate,
    "SessionCreateParamsLineItem": params.LineItemParams,
    "SessionCreateParamsLineItemPriceData": params.PriceData,
    "SessionCreateParamsLineItemPriceDataProductData": params.ProductData,
    "SessionCreateParamsPaymentIntentData": params.PaymentIntentData,
    "SessionListParams": params.SessionList,
    "PaymentIntentListParams": params.PaymentIntentList,
    "CustomerCreateParams": params.CustomerCreate,
    "CustomerUpdateParams": params.CustomerUpdate,
    "CustomerListParams": params.CustomerList,
    "WebhookEndpointCreateParams": params.WebhookEndpointCreate,
    "WebhookEndpointUpdateParams": params.WebhookEndpointUpdate,
    "EventListParams": params.EventList,
    "PaymentIntentCaptureParams": movement_params.CaptureIntent,
    "PaymentIntentCancelParams": movement_params.CancelIntent,
    "RefundCreateParams": movement_params.RefundCreate,
    "RefundListParams": movement_params.RefundList,
}
BAD_REQUESTS: list[tuple[str, dict[str, str]]] = [
    ("/v1/checkout/sessions", {**SESSION, "payment_method_types[0]": "card"}),
    ("/v1/checkout/sessions", {**SESSION, "line_items[0][quantity]": "two"}),
    ("/v1/checkout/sessions", {**SESSION, "mode": "donation"}),
    ("/v1/checkout/sessions", {"mode": "payment"}),
    ("/v1/customers", {"mail": "a@example.com"}),
    ("/v1/webhook_endpoints", {"url": "https://example.com/hook"}),
    ("/v1/refunds", {"amount": "100"}),
    ("/v1/refunds", {"payment_intent": "pi_1", "reason": "no_longer_wanted"}),
]


def checked(merchant: Merchant, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """A call whose reply must be as published."""
    reply = merchant.call(method, path, body)
    decoded: dict[str, Any] = reply.json()
    assert published.stripe_response_errors(method, path, reply.status_code, decoded) == []
    return decoded


@pytest.mark.parametrize("schema", CREATE_PARAMS)
def test_parameters_taken_are_exactly_those_published(schema: str) -> None:
    described = published.published(published.STRIPE_FILE)["components"]["schemas"][schema]
    taken = {each.name for each in msgspec.structs.fields(CREATE_PARAMS[schema])}
    assert taken == set(described["properties"])


def test_every_reply_is_as_published(stripe: Merchant, sandbox: Sandbox) -> None:
    session = checked(stripe, "POST", "/v1/checkout/sessions", SESSION)
    sandbox.pay(session["url"], "decline")
    sandbox.pay(session["url"])
    path = f"/v1/checkout/sessions/{session['id']}"
    paid = checked(stripe, "GET", path)
    assert (paid["status"], paid["payment_status"]) == ("complete", "paid")
    whole = checked(
        stripe, "GET", path, {"expand[0]": "line_items", "expand[1]": "payment_intent"}
    )
    assert whole["payment_intent"]["status"] == "succeeded"
    checked(stripe, "GET", f"{path}/line_items")
    checked(stripe, "GET", "/v1/checkout/sessions")
    checked(stripe, "GET", "/v1/payment_intents")
    intent = checked(stripe, "GET", f"/v1/payment_intents/{paid['payment_intent']}")
    checked(stripe, "GET", f"/v1/charges/{intent['latest_charge']}")
    other = checked(stripe, "POST", "/v1/checkout/sessions", SESSION)
    checked(stripe, "POST", f"/v1/checkout/sessions/{other['id']}/expire")
    customer = checked(stripe, "POST", "/v1/customers", {"email": "a@example.com"})
    checked(stripe, "GET", f"/v1/customers/{customer['id']}")
    checked(stripe, "POST", f"/v1/customers/{customer['id']}", {"name": "Ann"})
    checked(stripe, "GET", "/v1/customers")
    checked(stripe, "DELETE", f"/v1/customers/{customer['id']}")
    checked(stripe, "GET", "/v1/account")
    checked(stripe, "GET", "/v1/balance")
    events = checked(stripe, "GET", "/v1/events", {"limit": "50"})["data"]
    for event in events:
        assert published.stripe_event_errors(event) == []
        checked(stripe, "GET", f"/v1/events/{event['id']}")


def test_captures_cancellations_and_refunds_reply_as_published(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    hold = {**SESSION, "payment_intent_data[capture_method]": "manual"}
    held = []
    for _ in range(2):
        session = checked(stripe, "POST", "/v1/checkout/sessions", hold)
        sandbox.pay(session["url"])
        path = f"/v1/checkout/sessions/{session['id']}"
        held.append(checked(stripe, "GET", path)["payment_intent"])
    captured, canceled = (f"/v1/payment_intents/{intent}" for intent in held)
    checked(stripe, "GET", captured)
    checked(stripe, "POST", f"{captured}/capture", {"expand[0]": "latest_charge"})
    checked(stripe, "POST", f"{captured}/capture")
    checked(stripe, "POST", f"{canceled}/cancel")
    refund = checked(stripe, "POST", "/v1/refunds", {"payment_intent": held[0], "amount": "100"})
    checked(stripe, "GET", f"/v1/refunds/{refund['id']}")
    checked(stripe, "GET", "/v1/refunds", {"payment_intent": held[0]})
    checked(stripe, "GET", "/v1/refunds/re_none")
    sandbox.control("POST", f"/stripe/refunds/{refund['id']}", status="failed")
    checked(stripe, "GET", f"/v1/refunds/{refund['id']}")
    for event in checked(stripe, "GET", "/v1/events", {"limit": "50"})["data"]:
        assert published.stripe_event_errors(event) == []


def test_webhook_endpoints_reply_as_published(stripe: Merchant) -> None:
    wanted = {"url": "https://example.com/hook", "enabled_events[0]": "charge.succeeded"}
    endpoint = checked(stripe, "POST", "/v1/webhook_endpoints", wanted)
    path = f"/v1/webhook_endpoints/{endpoint['id']}"
    assert "secret" in endpoint
    assert "secret" not in checked(stripe, "GET", path)
    checked(stripe, "POST", path, {"disabled": "true"})
    checked(stripe, "GET", "/v1/webhook_endpoints")
    checked(stripe, "DELETE", path)


@pytest.mark.parametrize(("path", "form"), BAD_REQUESTS)
def test_what_the_description_refuses_is_refused_as_published(
    stripe: Merchant, path: str, form: dict[str, str]
) -> None:
    reply = stripe.call("POST", path, form)
    assert reply.status_code == 400
    assert published.stripe_response_errors("POST", path, 400, reply.json()) == []
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_every_webhook_is_as_published(stripe: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(stripe, inbox.url)
    _, url = stripe.new_page()
    sandbox.pay(url, "decline")
    sandbox.pay(url, "pay_async")
    sandbox.pay(url, "async_succeed")
    _, other = stripe.new_page()
    sandbox.control("POST", "/expire", url=other)
    inbox.wait_for(lambda got: len(got) >= 9)
    for received in inbox.received:
        assert published.stripe_event_errors(received.body) == []
    assert {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "charge.failed",
    } <= set(inbox.kinds())


def test_requests_of_the_sdk_are_taken_and_as_published(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    client = StripeClient(
        stripe.credentials["secret_key"], base_addresses={"api": f"{sandbox.base}/stripe"}
    )
    endpoint = client.v1.webhook_endpoints.create(
        {"url": inbox.url, "enabled_events": ["*"], "api_version": "2026-10-28.endive"}
    )
    customer = client.v1.customers.create({"email": "a@example.com", "metadata": {"our": "1"}})
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "customer": customer.id,
            "success_url": "https://example.com/ok",
            "line_items": [
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 1000,
                        "product_data": {"name": "Tea"},
                    },
                    "quantity": 1,
                }
            ],
            "payment_intent_data": {"metadata": {"attempt": "att_1"}},
        },
        {"idempotency_key": "first"},
    )
    sandbox.pay(str(session.url))
    found = client.v1.checkout.sessions.list({"status": "complete", "expand": ["data.line_items"]})
    assert [each.id for each in found.data] == [session.id]
    assert client.v1.events.list({"type": "checkout.session.completed"}).data
    inbox.wait_for(lambda got: "checkout.session.completed" in [each.kind for each in got])
    first = inbox.received[0]
    event = Webhook.construct_event(first.raw, first.headers["stripe-signature"], endpoint.secret)
    assert event.api_version == "2026-10-28.endive"
    recorded = sandbox.control("GET", f"/requests?account_id={stripe.account_id}")["requests"]
    assert len(recorded) == 5
    for each in recorded:
        sent = each["body"] or each["query"]
        assert published.stripe_request_errors(each["method"], each["path"], sent) == []


async def test_the_asynchronous_sdk_works_too(stripe: Merchant, sandbox: Sandbox) -> None:
    transport = AIOHTTPClient()
    client = StripeClient(
        stripe.credentials["secret_key"],
        base_addresses={"api": f"{sandbox.base}/stripe"},
        http_client=transport,
    )
    account = await client.v1.accounts.retrieve_current_async()
    assert account.id == stripe.account_id
    await cast("Any", transport).close_async()


def test_the_sdk_sees_errors_as_its_own_exceptions(stripe: Merchant, sandbox: Sandbox) -> None:
    client = StripeClient(
        stripe.credentials["secret_key"], base_addresses={"api": f"{sandbox.base}/stripe"}
    )
    client.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    with pytest.raises(IdempotencyError):
        client.v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"})
    with pytest.raises(InvalidRequestError) as missing:
        client.v1.customers.retrieve("cus_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
