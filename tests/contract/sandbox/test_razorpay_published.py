"""Razorpay's stand-in against what Razorpay publishes, and with Razorpay's own SDK."""

from typing import Any

import msgspec
import pytest
import razorpay as razorpay_sdk
from razorpay.errors import BadRequestError, ServerError

from paymux.sandbox.razorpay import params
from tests.contract import published
from tests.unit.sandbox.driver import LINK, Inbox, Merchant, Sandbox

CREATE_PARAMS: dict[str, type[msgspec.Struct]] = {
    "POST /v1/orders": params.OrderCreate,
    "POST /v1/payment_links": params.LinkCreate,
    "PATCH /v1/payment_links/{id}": params.LinkUpdate,
    "POST /v1/customers": params.CustomerCreate,
    "PUT /v1/customers/{id}": params.CustomerUpdate,
    "POST /v1/payments/{id}/capture": params.Capture,
    "POST /v1/payments/{id}/refund": params.RefundCreate,
}


def checked(merchant: Merchant, method: str, path: str, body: Any = None) -> Any:
    """A call whose reply must be as published."""
    reply = merchant.call(method, path, body)
    decoded = reply.json()
    assert published.razorpay_response_errors(method, path, reply.status_code, decoded) == []
    return decoded


@pytest.mark.parametrize("operation", CREATE_PARAMS)
def test_fields_taken_are_exactly_those_published(operation: str) -> None:
    described = published.published("razorpay/derived_schemas.json")["requests"][operation]
    taken = {each.name for each in msgspec.structs.fields(CREATE_PARAMS[operation])}
    # Of orders for charges: razorpay.com/docs/api/payments/recurring-payments/cards/…/3.1.
    taken -= {"payment_capture"}
    assert taken == set(described["properties"])


def test_every_reply_is_as_published(razorpay: Merchant, sandbox: Sandbox) -> None:
    link = checked(razorpay, "POST", "/v1/payment_links", LINK | {"notes": {"tenant": "t"}})
    path = f"/v1/payment_links/{link['id']}"
    sandbox.pay(link["short_url"], "decline")
    sandbox.pay(link["short_url"])
    paid = checked(razorpay, "GET", path)
    assert paid["status"] == "paid"
    checked(razorpay, "GET", "/v1/payment_links", {"reference_id": "att_1"})
    checked(razorpay, "GET", f"/v1/payments/{paid['payments'][0]['payment_id']}")
    checked(razorpay, "GET", "/v1/payments")
    checked(razorpay, "GET", f"/v1/orders/{paid['order_id']}")
    checked(razorpay, "GET", f"/v1/orders/{paid['order_id']}/payments")
    other = checked(razorpay, "POST", "/v1/payment_links", LINK | {"reference_id": "att_2"})
    checked(razorpay, "PATCH", f"/v1/payment_links/{other['id']}", {"notes": {"a": "b"}})
    checked(razorpay, "POST", f"/v1/payment_links/{other['id']}/cancel", {})
    checked(razorpay, "POST", "/v1/orders", {"amount": 100, "currency": "INR", "receipt": "r"})
    checked(razorpay, "GET", "/v1/orders", {"receipt": "r"})
    customer = checked(razorpay, "POST", "/v1/customers", {"email": "a@example.com"})
    checked(razorpay, "PUT", f"/v1/customers/{customer['id']}", {"name": "Ann"})
    checked(razorpay, "GET", f"/v1/customers/{customer['id']}")
    checked(razorpay, "GET", "/v1/customers")


def test_every_reply_about_refunds_is_as_published(razorpay: Merchant, sandbox: Sandbox) -> None:
    payment = paid_payment(razorpay, sandbox)
    notes = {"notes": {"refund_id": "ref_1"}, "receipt": "ref_1"}
    refund = checked(razorpay, "POST", f"{payment}/refund", {"amount": 100, **notes})
    assert (refund["status"], refund["acquirer_data"]) == ("pending", {"arn": None})
    checked(razorpay, "GET", f"{payment}/refunds")
    checked(razorpay, "GET", f"/v1/refunds/{refund['id']}")
    checked(razorpay, "GET", "/v1/refunds")
    checked(razorpay, "GET", payment)


def test_a_late_capture_is_as_published(razorpay: Merchant, sandbox: Sandbox) -> None:
    _, url = razorpay.new_page()
    sandbox.pay(url, "decline")
    sandbox.pay(url, "late_hold")
    (held,) = checked(razorpay, "GET", "/v1/payments")["items"]
    wanted = {"amount": held["amount"], "currency": held["currency"]}
    taken = checked(razorpay, "POST", f"/v1/payments/{held['id']}/capture", wanted)
    assert (taken["status"], taken["captured"]) == ("captured", True)


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [
        ("capture", "held", {"amount": 1, "currency": "INR"}),
        ("capture", "paid", {"amount": 2500, "currency": "INR"}),
        ("refund", "paid", {"amount": 2501}),
        ("refund", "refunded", {"amount": 100}),
        ("refund", "paid", {"amount": 99}),
    ],
)
def test_refusals_to_move_money_have_the_published_words(
    razorpay: Merchant, sandbox: Sandbox, operation: str, status: str, body: dict[str, Any]
) -> None:
    payment = held_payment(razorpay, sandbox) if status == "held" else None
    payment = payment or paid_payment(razorpay, sandbox)
    if status == "refunded":
        checked(razorpay, "POST", f"{payment}/refund", {})
    words = razorpay.call("POST", f"{payment}/{operation}", body).json()["error"]["description"]
    described = published.published("razorpay/derived_schemas.json")["requests"]
    errors = described[f"POST /v1/payments/{{id}}/{operation}"]["x-errors"]
    assert words in {each["error"] for each in errors}


def held_payment(merchant: Merchant, sandbox: Sandbox) -> str:
    _, url = merchant.new_page()
    sandbox.pay(url, "decline")
    sandbox.pay(url, "late_hold")
    return f"/v1/payments/{merchant.call('GET', '/v1/payments').json()['items'][0]['id']}"


def paid_payment(merchant: Merchant, sandbox: Sandbox) -> str:
    _, url = merchant.new_page()
    sandbox.pay(url)
    return f"/v1/payments/{merchant.call('GET', '/v1/payments').json()['items'][0]['id']}"


def test_refusals_are_as_published(razorpay: Merchant) -> None:
    for body in ({"amount": "1"}, {"currency": "INR"}, LINK | {"extra": 1}, LINK | {"amount": 1}):
        refused = razorpay.call("POST", "/v1/payment_links", body)
        assert refused.status_code == 400
        assert published.razorpay_response_errors("POST", "", 400, refused.json()) == []


def test_the_duplicate_reference_has_the_published_words(razorpay: Merchant) -> None:
    razorpay.call("POST", "/v1/payment_links", LINK)
    words = razorpay.call("POST", "/v1/payment_links", LINK).json()["error"]["description"]
    described = published.published("razorpay/derived_schemas.json")["requests"]
    assert words in {each["error"] for each in described["POST /v1/payment_links"]["x-errors"]}


def test_every_webhook_is_as_published(razorpay: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(razorpay, inbox.url)
    _, url = razorpay.new_page()
    sandbox.pay(url, "decline")
    sandbox.pay(url)
    part = razorpay.call(
        "POST", "/v1/payment_links", LINK | {"reference_id": "att_2", "accept_partial": True}
    ).json()
    sandbox.pay(part["short_url"], "pay_partial", amount=1000)
    for reference in ("att_3", "att_4"):
        link = razorpay.call(
            "POST", "/v1/payment_links", LINK | {"reference_id": reference}
        ).json()
        if reference == "att_3":
            razorpay.call("POST", f"/v1/payment_links/{link['id']}/cancel", {})
        else:
            sandbox.control("POST", "/expire", url=link["short_url"])
    payment = razorpay.call("GET", "/v1/payments").json()["items"][0]["id"]
    for status in ("processed", "failed"):
        refund = razorpay.call("POST", f"/v1/payments/{payment}/refund", {"amount": 100}).json()
        sandbox.control("POST", f"/razorpay/refunds/{refund['id']}", status=status)
    wanted = {
        "refund.created",
        "refund.processed",
        "refund.failed",
        "payment.failed",
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "payment_link.paid",
        "payment_link.partially_paid",
        "payment_link.cancelled",
        "payment_link.expired",
    }
    inbox.wait_for(lambda got: {each.kind for each in got} == wanted)
    for received in inbox.received:
        assert published.razorpay_event_errors(received.body) == []


def sdk(merchant: Merchant) -> Any:
    pair = (merchant.credentials["key_id"], merchant.credentials["key_secret"])
    return razorpay_sdk.Client(auth=pair, base_url=f"{merchant.base}/razorpay")


def test_requests_of_the_sdk_are_taken_and_as_published(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    client = sdk(razorpay)
    secret = sandbox.listen(razorpay, inbox.url)
    link = client.payment_link.create(LINK)
    paid = sandbox.pay(link["short_url"])
    assert client.payment_link.fetch(link["id"])["status"] == "paid"
    assert (
        client.payment_link.all({"reference_id": "att_1"})["payment_links"][0]["id"] == link["id"]
    )
    returned = dict(pair.split("=") for pair in paid["return_url"].partition("?")[2].split("&"))
    assert client.utility.verify_payment_link_signature(
        {
            "payment_link_id": returned["razorpay_payment_link_id"],
            "payment_link_reference_id": returned["razorpay_payment_link_reference_id"],
            "payment_link_status": returned["razorpay_payment_link_status"],
            "razorpay_payment_id": returned["razorpay_payment_id"],
            "razorpay_signature": returned["razorpay_signature"],
        }
    )
    customer = client.customer.create({"email": "a@example.com", "fail_existing": "0"})
    assert client.customer.create({"email": "a@example.com", "fail_existing": "0"}) == customer
    payment = client.payment.all()["items"][0]["id"]
    refund = client.payment.refund(payment, {"amount": 100, "notes": {"a": "b"}})
    assert client.payment.fetch_multiple_refund(payment)["items"] == [refund]
    assert client.refund.fetch(refund["id"]) == refund
    assert client.order.create({"amount": 100, "currency": "INR"})["status"] == "created"
    inbox.wait_for(lambda got: "payment_link.paid" in [each.kind for each in got])
    first = inbox.received[0]
    signature = first.headers["x-razorpay-signature"]
    assert client.utility.verify_webhook_signature(first.raw.decode(), signature, secret)
    recorded = sandbox.control("GET", f"/requests?account_id={razorpay.account_id}")["requests"]
    for each in recorded:
        body = msgspec.json.decode(each["body"] or "{}")
        assert published.razorpay_request_errors(each["method"], each["path"], body) == []


def test_the_sdk_sees_errors_as_its_own_exceptions(razorpay: Merchant, sandbox: Sandbox) -> None:
    client = sdk(razorpay)
    with pytest.raises(BadRequestError, match="does not exist"):
        client.payment_link.fetch("plink_none")
    sandbox.control("POST", "/faults", provider="razorpay", kind="error_before", status=503)
    with pytest.raises(ServerError):
        client.payment_link.fetch("plink_none")


REGISTRATION = {
    "customer": {"name": "Asha Rao", "email": "asha@example.in", "contact": "+919876543210"},
    "type": "link",
    "amount": 2500,
    "currency": "INR",
    "description": "Tea, every month",
    "subscription_registration": {
        "method": "card",
        "max_amount": 1_500_000,
        "frequency": "as_presented",
    },
    "receipt": "att_1",
    "notes": {"attempt_id": "att_1"},
}


def saved_card(merchant: Merchant, sandbox: Sandbox) -> tuple[str, str]:
    """The token and the customer of a card that was saved."""
    link = merchant.call("POST", "/v1/subscription_registration/auth_links", REGISTRATION).json()
    sandbox.pay(link["short_url"])
    payment = merchant.call("GET", "/v1/payments").json()["items"][0]
    return payment["token_id"], payment["customer_id"]


def test_every_reply_about_saved_cards_is_as_published(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    link = checked(razorpay, "POST", "/v1/subscription_registration/auth_links", REGISTRATION)
    sandbox.pay(link["short_url"], "decline")
    sandbox.pay(link["short_url"])
    paid = checked(razorpay, "GET", f"/v1/invoices/{link['id']}")
    assert paid["status"] == "paid"
    assert checked(razorpay, "GET", "/v1/invoices", {"receipt": "att_1"})["items"] == [paid]
    checked(razorpay, "GET", f"/v1/payments/{paid['payment_id']}")
    checked(razorpay, "GET", f"/v1/orders/{paid['order_id']}")
    other = checked(razorpay, "POST", "/v1/subscription_registration/auth_links", REGISTRATION)
    cancelled = checked(razorpay, "POST", f"/v1/invoices/{other['id']}/cancel", {})
    assert cancelled["status"] == "cancelled"


def test_every_reply_about_disputes_is_as_published(razorpay: Merchant, sandbox: Sandbox) -> None:
    for outcome in ("won", "lost", "closed"):
        opened = dispute_of(razorpay, sandbox)
        path = f"/v1/disputes/{opened}"
        checked(razorpay, "GET", path)
        contest = {"summary": "It was right.", "action": "draft"}
        assert checked(razorpay, "PATCH", f"{path}/contest", contest)["status"] == "open"
        sandbox.control("POST", f"/disputes/{opened}/decide", outcome=outcome)
        assert checked(razorpay, "GET", path)["status"] == outcome
    last = dispute_of(razorpay, sandbox)
    accepted = checked(razorpay, "POST", f"/v1/disputes/{last}/accept", {})
    assert (accepted["status"], accepted["amount_deducted"]) == ("lost", 2500)
    assert len(checked(razorpay, "GET", "/v1/disputes")["items"]) == 4


def dispute_of(merchant: Merchant, sandbox: Sandbox) -> str:
    link = merchant.call("POST", "/v1/payment_links", LINK | {"reference_id": ""}).json()
    sandbox.pay(link["short_url"])
    payment = merchant.call("GET", "/v1/payments").json()["items"][0]["id"]
    opened = sandbox.control("POST", "/disputes", provider="razorpay", payment_reference=payment)
    return str(opened["reference"])


def test_every_webhook_about_saved_cards_and_disputes_is_as_published(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    """Those of tokens are on a page of their own, without a schema."""
    sandbox.listen(razorpay, inbox.url)
    for receipt in ("att_1", "att_2"):
        link = razorpay.call(
            "POST",
            "/v1/subscription_registration/auth_links",
            REGISTRATION | {"receipt": receipt},
        ).json()
        if receipt == "att_1":
            sandbox.pay(link["short_url"])
        else:
            sandbox.control("POST", "/expire", url=link["short_url"])
    payment = razorpay.call("GET", "/v1/payments").json()["items"][0]["id"]
    for outcome in ("won", "lost", "closed"):
        opened = sandbox.control(
            "POST", "/disputes", provider="razorpay", payment_reference=payment
        )
        sandbox.control("POST", f"/disputes/{opened['reference']}/decide", outcome=outcome)
    wanted = {
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "invoice.paid",
        "invoice.expired",
        "token.confirmed",
        "payment.dispute.created",
        "payment.dispute.won",
        "payment.dispute.lost",
        "payment.dispute.closed",
    }
    inbox.wait_for(lambda got: {each.kind for each in got} == wanted)
    for received in inbox.received:
        if not received.kind.startswith("token."):
            assert published.razorpay_event_errors(received.body) == []


def test_the_sdk_saves_charges_and_forgets_a_card(razorpay: Merchant, sandbox: Sandbox) -> None:
    client = sdk(razorpay)
    link = client.registration_link.create(REGISTRATION)
    sandbox.pay(link["short_url"])
    payment = client.invoice.fetch(link["id"])["payment_id"]
    token, customer = (client.payment.fetch(payment)[name] for name in ("token_id", "customer_id"))
    assert client.token.all(customer)["items"][0] == client.token.fetch(customer, token)
    order = client.order.create({"amount": 100, "currency": "INR", "payment_capture": True})
    charged = client.payment.createRecurring(
        {
            "amount": 100,
            "currency": "INR",
            "order_id": order["id"],
            "customer_id": customer,
            "token": token,
            "recurring": True,
        }
    )
    assert client.utility.verify_payment_signature(charged)
    assert client.payment.fetch(charged["razorpay_payment_id"])["status"] == "captured"
    assert client.token.delete(customer, token) == {"deleted": True}
    with pytest.raises(BadRequestError, match="does not exist"):
        client.token.fetch(customer, token)


def test_the_sdk_uploads_a_document_and_contests(razorpay: Merchant, sandbox: Sandbox) -> None:
    client = sdk(razorpay)
    dispute = dispute_of(razorpay, sandbox)
    file = ("receipt.pdf", b"%PDF-1.4", "application/pdf")
    document = client.document.create({"file": file, "purpose": "dispute_evidence"})
    assert client.document.fetch(document["id"]) == document
    contest = {"billing_proof": [document["id"]], "action": "submit"}
    assert client.dispute.contest(dispute, contest)["status"] == "under_review"
    with pytest.raises(BadRequestError, match="under_review status"):
        client.dispute.accept(dispute)
