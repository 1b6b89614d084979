"""PayPal's stand-in against PayPal's published descriptions, and with PayPal's own SDK."""

import json
import zlib
from base64 import b64decode
from copy import deepcopy
from typing import Any

import paypalrestsdk
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store

from tests.contract import published
from tests.unit.sandbox.driver import ORDER, Inbox, Merchant, Received, Sandbox

WHOLE = {"Prefer": "return=representation"}
NAME = "messageverificationcerts.sandbox.paypal.com"
CREATE = "POST /v2/checkout/orders"
CAPTURE = "POST /v2/checkout/orders/{id}/capture"


def changed(**amount: Any) -> dict[str, Any]:
    order = deepcopy(ORDER)
    units: Any = order["purchase_units"]
    units[0]["amount"].update(amount)
    return order


BREAKDOWN = {"item_total": {"currency_code": "USD", "value": "24.00"}}
REFUSED_ORDERS = [
    (changed(value="ten"), 400, "INVALID_PARAMETER_SYNTAX"),
    (changed(value="1" * 40), 400, "INVALID_STRING_LENGTH"),
    ({"intent": "CAPTURE"}, 400, "MISSING_REQUIRED_PARAMETER"),
    ({**ORDER, "intent": "GIVE"}, 400, "INVALID_PARAMETER_VALUE"),
    ({**ORDER, "purchase_units": []}, 400, "INVALID_ARRAY_MIN_ITEMS"),
    (changed(value="0.00"), 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    (changed(value="-1.00"), 422, "CANNOT_BE_NEGATIVE"),
    (changed(value="1.234"), 422, "DECIMAL_PRECISION"),
    (changed(currency_code="INR"), 422, "INVALID_CURRENCY_CODE"),
    (changed(breakdown=BREAKDOWN), 422, "AMOUNT_MISMATCH"),
]


def checked(
    merchant: Merchant,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """A call whose reply must be as published."""
    reply = merchant.call(method, path, body, headers)
    decoded = reply.json() if reply.content else None
    assert published.paypal_response_errors(method, path, reply.status_code, decoded) == []
    return decoded


def issue_of(reply: requests.Response) -> str:
    return str(reply.json()["details"][0]["issue"])


@pytest.mark.parametrize("headers", [{}, WHOLE])
def test_every_reply_is_as_published(
    paypal: Merchant, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    order = checked(paypal, "POST", "/v2/checkout/orders", ORDER, headers)
    path = f"/v2/checkout/orders/{order['id']}"
    approve = next(each["href"] for each in order["links"] if each["rel"] == "payer-action")
    sandbox.pay(approve, "decline")
    declined = paypal.call("POST", f"{path}/capture", {})
    assert issue_of(declined) == "INSTRUMENT_DECLINED"
    assert published.paypal_response_errors("POST", f"{path}/capture", 422, declined.json()) == []
    sandbox.pay(approve)
    checked(paypal, "GET", path)
    captured = checked(paypal, "POST", f"{path}/capture", {}, headers)
    capture = captured["purchase_units"][0]["payments"]["captures"][0]
    assert (captured["status"], capture["status"]) == ("COMPLETED", "COMPLETED")
    checked(paypal, "GET", path)
    checked(paypal, "GET", f"/v2/payments/captures/{capture['id']}")
    hook = {"url": "https://example.com/hook", "event_types": [{"name": "*"}]}
    webhook = checked(paypal, "POST", "/v1/notifications/webhooks", hook)
    checked(paypal, "GET", "/v1/notifications/webhooks")
    checked(paypal, "GET", f"/v1/notifications/webhooks/{webhook['id']}")
    events = checked(paypal, "GET", "/v1/notifications/webhooks-events")["events"]
    checked(paypal, "GET", f"/v1/notifications/webhooks-events/{events[0]['id']}")
    checked(paypal, "DELETE", f"/v1/notifications/webhooks/{webhook['id']}")
    checked(paypal, "GET", f"/v1/notifications/webhooks/{webhook['id']}")


@pytest.mark.parametrize("headers", [{}, WHOLE])
def test_every_reply_about_held_money_is_as_published(
    paypal: Merchant, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    order = checked(paypal, "POST", "/v2/checkout/orders", {**ORDER, "intent": "AUTHORIZE"})
    sandbox.pay(order["links"][1]["href"])
    path = f"/v2/checkout/orders/{order['id']}"
    held = checked(paypal, "POST", f"{path}/authorize", {}, headers)
    hold = held["purchase_units"][0]["payments"]["authorizations"][0]["id"]
    one = f"/v2/payments/authorizations/{hold}"
    checked(paypal, "GET", one)
    part = {"amount": {"currency_code": "USD", "value": "10.00"}}
    capture = checked(paypal, "POST", f"{one}/capture", part, headers)["id"]
    refund = checked(paypal, "POST", f"/v2/payments/captures/{capture}/refund", {}, headers)
    checked(paypal, "GET", f"/v2/payments/refunds/{refund['id']}")
    checked(paypal, "GET", f"/v2/payments/captures/{capture}")
    checked(paypal, "POST", f"{one}/void", None, headers)
    refused = checked(paypal, "POST", f"{one}/void", None, headers)
    assert refused["details"][0]["issue"] == "PREVIOUSLY_VOIDED"
    refused = checked(paypal, "POST", f"/v2/payments/captures/{capture}/refund", {})
    assert refused["details"][0]["issue"] == "CAPTURE_FULLY_REFUNDED"
    refused = checked(paypal, "POST", f"{one}/capture", part, headers)
    assert refused["details"][0]["issue"] == "AUTHORIZATION_VOIDED"
    payments = checked(paypal, "GET", path)["purchase_units"][0]["payments"]
    assert set(payments) == {"authorizations", "captures", "refunds"}


def test_every_webhook_about_held_money_is_as_published(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    sandbox.control("POST", f"/paypal/accounts/{paypal.account_id}/refunds", pending=True)
    order = paypal.call("POST", "/v2/checkout/orders", {**ORDER, "intent": "AUTHORIZE"}).json()
    sandbox.pay(order["links"][1]["href"])
    path = f"/v2/checkout/orders/{order['id']}"
    held = paypal.call("POST", f"{path}/authorize", {}).json()
    hold = held["purchase_units"][0]["payments"]["authorizations"][0]["id"]
    one = f"/v2/payments/authorizations/{hold}"
    part = {"amount": {"currency_code": "USD", "value": "10.00"}}
    capture = paypal.call("POST", f"{one}/capture", part).json()["id"]
    paypal.call("POST", f"{one}/void")
    refund = paypal.call("POST", f"/v2/payments/captures/{capture}/refund", {}).json()["id"]
    sandbox.control("POST", f"/paypal/refunds/{refund}", status="COMPLETED")
    sandbox.control("POST", f"/paypal/refunds/{refund}", status="FAILED")
    wanted = {
        "PAYMENT.AUTHORIZATION.CREATED",
        "PAYMENT.AUTHORIZATION.VOIDED",
        "PAYMENT.REFUND.PENDING",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.REFUND.FAILED",
    }
    inbox.wait_for(lambda got: wanted <= {each.kind for each in got})
    for received in inbox.received:
        assert published.paypal_event_errors(received.body) == []
    ours = next(each for each in inbox.received if each.kind == "PAYMENT.CAPTURE.REFUNDED").body
    sample = published.published("paypal/webhook_samples/PAYMENT.CAPTURE.REFUNDED__composed.json")
    links = [each["rel"] for each in sample["payload"]["resource"]["links"]]
    assert [each["rel"] for each in ours["resource"]["links"]] == links
    assert ours["resource_type"] == sample["payload"]["resource_type"]


KEEPING: dict[str, Any] = deepcopy(ORDER)
KEEPING["payment_source"]["paypal"]["attributes"] = {
    "vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}
}
TOKENS = "/v3/vault/payment-tokens"
DISPUTES = "/v1/customer/disputes"


def kept(paypal: Merchant, sandbox: Sandbox) -> dict[str, Any]:
    order = paypal.call("POST", "/v2/checkout/orders", KEEPING, WHOLE).json()
    sandbox.pay(order["links"][1]["href"])
    captured = checked(paypal, "POST", f"/v2/checkout/orders/{order['id']}/capture", {}, WHOLE)
    vault: dict[str, Any] = captured["payment_source"]["paypal"]["attributes"]["vault"]
    return vault


def a_charge(token: str, invoice_id: str) -> dict[str, Any]:
    unit = KEEPING["purchase_units"][0] | {"invoice_id": invoice_id}
    source = {"paypal": {"vault_id": token}}
    return {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}


@pytest.mark.parametrize("headers", [{}, WHOLE])
def test_every_reply_about_a_kept_account_is_as_published(
    paypal: Merchant, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    vault = kept(paypal, sandbox)
    token = checked(paypal, "GET", f"{TOKENS}/{vault['id']}")
    assert token["customer"] == vault["customer"]
    listed = paypal.call("GET", TOKENS, {"customer_id": vault["customer"]["id"]}).json()
    assert published.paypal_response_errors("GET", TOKENS, 200, listed) == []
    assert listed["payment_tokens"] == [token]
    keyed = {**headers, "PayPal-Request-Id": "one"}
    path = "/v2/checkout/orders"
    charged = checked(paypal, "POST", path, a_charge(vault["id"], "inv_2"), keyed)
    assert charged["status"] == "COMPLETED"
    again = checked(paypal, "POST", path, a_charge(vault["id"], "inv_2"), keyed)
    assert again["id"] == charged["id"]
    unkeyed = checked(paypal, "POST", path, a_charge(vault["id"], "inv_3"))
    assert unkeyed["details"][0]["issue"] == "PAYPAL_REQUEST_ID_REQUIRED"
    for how, issue in (
        ("decline_soft", "INSTRUMENT_DECLINED"),
        ("decline_hard", "COMPLIANCE_VIOLATION"),
    ):
        instrument = {"provider": "paypal", "reference": vault["id"], "behaviour": how}
        sandbox.control("POST", "/instruments", **instrument)
        keyed = {"PayPal-Request-Id": how}
        refused = checked(paypal, "POST", path, a_charge(vault["id"], "inv_3"), keyed)
        assert refused["details"][0]["issue"] == issue
        assert issue in published.paypal_issue_codes(CREATE)[422]
    checked(paypal, "DELETE", f"{TOKENS}/{vault['id']}")
    checked(paypal, "DELETE", f"{TOKENS}/{vault['id']}")
    checked(paypal, "GET", f"{TOKENS}/{vault['id']}")


def test_every_webhook_of_a_kept_account_is_as_published(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    vault = kept(paypal, sandbox)
    paypal.call("DELETE", f"{TOKENS}/{vault['id']}")
    wanted = {f"VAULT.PAYMENT-TOKEN.{each}" for each in ("CREATED", "DELETED")}
    inbox.wait_for(lambda got: wanted <= {each.kind for each in got})
    for received in inbox.received:
        assert published.paypal_event_errors(received.body) == []
    created = next(e.body for e in inbox.received if e.kind == "VAULT.PAYMENT-TOKEN.CREATED")
    assert (created["resource_type"], created["resource_version"]) == ("payment_token", "3.0")


def contested(paypal: Merchant, sandbox: Sandbox) -> str:
    order, url = paypal.new_page()
    sandbox.pay(url)
    captured = paypal.call("POST", f"/v2/checkout/orders/{order}/capture", {}).json()
    capture = captured["purchase_units"][0]["payments"]["captures"][0]["id"]
    opened = sandbox.control("POST", "/disputes", provider="paypal", payment_reference=capture)
    return str(opened["reference"])


def answered(paypal: Merchant, path: str, said: object, **files: tuple[str, bytes, str]) -> Any:
    """Answer a dispute with a form, as requests writes one."""
    parts: dict[str, Any] = {"input": (None, json.dumps(said), "application/json"), **files}
    url = f"{paypal.base}/paypal{path}"
    reply = requests.post(url, files=parts, headers=paypal.authorization(), timeout=5)
    assert published.paypal_response_errors("POST", path, reply.status_code, reply.json()) == []
    return reply


def test_every_reply_about_a_dispute_is_as_published(paypal: Merchant, sandbox: Sandbox) -> None:
    one = f"{DISPUTES}/{contested(paypal, sandbox)}"
    dispute = checked(paypal, "GET", one)
    assert [each["rel"] for each in dispute["links"]] == [
        "self",
        "accept_claim",
        "provide_evidence",
    ]
    listed = checked(paypal, "GET", DISPUTES)
    assert "disputed_transactions" not in listed["items"][0]
    named = {"evidence_type": "OTHER", "documents": [{"name": "a.pdf"}], "notes": "See."}
    proof = {"evidence_type": "PROOF_OF_FULFILLMENT", "notes": "Sent."}
    pdf, path = ("a.pdf", b"%PDF", "application/pdf"), f"{one}/provide-evidence"
    for refused, files in (({}, {}), ({"evidences": [named]}, {}), ({"evidences": [proof]}, {})):
        assert answered(paypal, path, refused, **files).status_code == 400
    assert paypal.call("POST", path, {"evidences": [named]}).status_code == 415
    assert answered(paypal, path, {"evidences": [named]}, file1=pdf).status_code == 200
    assert checked(paypal, "GET", one)["status"] == "UNDER_REVIEW"
    for late in (path, f"{one}/accept-claim"):
        refused = answered(paypal, late, {"evidences": [named], "note": "x"}, file1=pdf)
        assert issue_of(refused) == "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"
    other = f"{DISPUTES}/PP-R-NOBODYS"
    assert checked(paypal, "GET", other)["name"] == "RESOURCE_NOT_FOUND"


def test_every_webhook_of_a_dispute_is_as_published(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    reference = contested(paypal, sandbox)
    for outcome in ("more_evidence", "lost"):
        sandbox.control("POST", f"/disputes/{reference}/decide", outcome=outcome)
    late = sandbox.raw("POST", f"/disputes/{reference}/decide", outcome="won")
    assert late.status_code == 400
    wanted = {f"CUSTOMER.DISPUTE.{each}" for each in ("CREATED", "UPDATED", "RESOLVED")}
    inbox.wait_for(lambda got: wanted <= {each.kind for each in got})
    for received in inbox.received:
        assert published.paypal_event_errors(received.body) == []
    ours = next(each for each in inbox.received if each.kind == "CUSTOMER.DISPUTE.CREATED").body
    sample = published.published("paypal/webhook_samples/CUSTOMER.DISPUTE.CREATED__composed.json")
    for name in ("event_version", "resource_type", "resource_version", "event_type"):
        assert ours[name] == sample["payload"][name]


@pytest.mark.parametrize(("order", "status", "issue"), REFUSED_ORDERS)
def test_refusals_are_as_published(
    paypal: Merchant, order: dict[str, Any], status: int, issue: str
) -> None:
    refused = paypal.call("POST", "/v2/checkout/orders", order)
    assert (refused.status_code, issue_of(refused)) == (status, issue)
    path = "/v2/checkout/orders"
    assert published.paypal_response_errors("POST", path, status, refused.json()) == []
    documented = published.paypal_issue_codes(CREATE)[status]
    assert issue in documented


def test_a_capture_before_approval_is_refused_as_published(paypal: Merchant) -> None:
    unsourced = {key: value for key, value in ORDER.items() if key != "payment_source"}
    for order, issue in ((ORDER, "PAYER_ACTION_REQUIRED"), (unsourced, "ORDER_NOT_APPROVED")):
        created = paypal.call("POST", "/v2/checkout/orders", order).json()
        path = f"/v2/checkout/orders/{created['id']}/capture"
        refused = paypal.call("POST", path, {})
        assert issue_of(refused) == issue
        assert issue in published.paypal_issue_codes(CAPTURE)[422]
        assert published.paypal_response_errors("POST", path, 422, refused.json()) == []


def test_every_webhook_is_as_published(paypal: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(paypal, inbox.url)
    for position, action in enumerate(("pay", "pay_pending", "pay_pending")):
        order = deepcopy(ORDER)
        units: Any = order["purchase_units"]
        units[0]["invoice_id"] = f"inv_{position}"
        created = paypal.call("POST", "/v2/checkout/orders", order).json()
        url = created["links"][1]["href"]
        sandbox.pay(url, action)
        paypal.call("POST", f"/v2/checkout/orders/{created['id']}/capture", {})
        if action == "pay_pending":
            sandbox.pay(url, "settle" if position == 1 else "deny")
    wanted = {
        "CHECKOUT.ORDER.APPROVED",
        "CHECKOUT.ORDER.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.CAPTURE.DENIED",
    }
    inbox.wait_for(lambda got: {each.kind for each in got} == wanted and len(got) == 11)
    for received in inbox.received:
        assert published.paypal_event_errors(received.body) == []


def test_webhooks_look_like_the_published_sample(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    order, url = paypal.new_page()
    sandbox.pay(url)
    paypal.call("POST", f"/v2/checkout/orders/{order}/capture", {})
    inbox.wait_for(lambda got: "PAYMENT.CAPTURE.COMPLETED" in [each.kind for each in got])
    ours = next(each for each in inbox.received if each.kind == "PAYMENT.CAPTURE.COMPLETED").body
    sample = published.published("paypal/webhook_samples/PAYMENT.CAPTURE.COMPLETED__docs.json")[
        "payload"
    ]
    assert set(sample) == set(ours)
    assert set(sample["resource"]) <= set(ours["resource"])
    for name in ("event_version", "resource_type", "resource_version", "event_type"):
        assert ours[name] == sample[name]


def test_the_signature_holds_against_the_chain(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    webhook_id = sandbox.listen(paypal, inbox.url)
    _, url = paypal.new_page()
    sandbox.pay(url)
    inbox.wait_for(lambda got: len(got) == 1)
    arrived = inbox.received[0]
    leaf = x509.load_pem_x509_certificate(
        requests.get(arrived.headers["paypal-cert-url"], timeout=5).content
    )
    authority = x509.load_pem_x509_certificate(
        requests.get(f"{sandbox.base}/_control/paypal/ca.pem", timeout=5).content
    )
    verifier = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName(NAME))
    verifier.verify(leaf, [])
    key = leaf.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = b64decode(arrived.headers["paypal-transmission-sig"])
    key.verify(signature, signed_text(arrived, webhook_id), padding.PKCS1v15(), hashes.SHA256())


def signed_text(arrived: Received, webhook_id: str) -> bytes:
    parts = (
        arrived.headers["paypal-transmission-id"],
        arrived.headers["paypal-transmission-time"],
        webhook_id,
        str(zlib.crc32(arrived.raw)),
    )
    return "|".join(parts).encode()


def test_verify_webhook_signature_answers_as_published(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    webhook_id = sandbox.listen(paypal, inbox.url)
    _, url = paypal.new_page()
    sandbox.pay(url)
    inbox.wait_for(lambda got: len(got) == 1)
    arrived, path = inbox.received[0], "/v1/notifications/verify-webhook-signature"
    asked = {
        "auth_algo": arrived.headers["paypal-auth-algo"],
        "cert_url": arrived.headers["paypal-cert-url"],
        "transmission_id": arrived.headers["paypal-transmission-id"],
        "transmission_sig": arrived.headers["paypal-transmission-sig"],
        "transmission_time": arrived.headers["paypal-transmission-time"],
        "webhook_id": webhook_id,
    }
    assert published.paypal_request_errors("POST", path, asked | {"webhook_event": {}}) == []
    for event, verdict in ((arrived.raw, "SUCCESS"), (arrived.raw + b" ", "FAILURE")):
        body = json.dumps(asked).encode()[:-1] + b', "webhook_event": ' + event + b"}"
        if verdict == "FAILURE":
            body = body.replace(b"CHECKOUT.ORDER.APPROVED", b"CHECKOUT.ORDER.VOIDED")
        headers = {**paypal.authorization(), "Content-Type": "application/json"}
        reply = requests.post(
            f"{sandbox.base}/paypal{path}", data=body, headers=headers, timeout=5
        )
        assert reply.json() == {"verification_status": verdict}
        assert published.paypal_response_errors("POST", path, 200, reply.json()) == []


def test_requests_of_the_sdk_are_taken_and_as_published(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    endpoint = f"{sandbox.base}/paypal"
    api = paypalrestsdk.Api(mode="sandbox", endpoint=endpoint, **paypal.credentials)
    order = api.post("v2/checkout/orders", ORDER, headers={"PayPal-Request-Id": "one"})
    again = api.post("v2/checkout/orders", ORDER, headers={"PayPal-Request-Id": "one"})
    assert again["id"] == order["id"]
    sandbox.pay(order["links"][1]["href"])
    assert api.post(f"v2/checkout/orders/{order['id']}/capture", {})["status"] == "COMPLETED"
    assert api.get(f"v2/checkout/orders/{order['id']}")["status"] == "COMPLETED"
    with pytest.raises(paypalrestsdk.exceptions.ResourceInvalid):
        api.post(f"v2/checkout/orders/{order['id']}/capture", {})
    recorded = sandbox.control("GET", f"/requests?account_id={paypal.account_id}")["requests"]
    for each in recorded:
        if each["method"] == "POST" and not each["path"].endswith("token"):
            body = json.loads(each["body"])
            assert published.paypal_request_errors("POST", each["path"], body) == []
