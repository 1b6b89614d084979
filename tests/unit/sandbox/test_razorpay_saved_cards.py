"""Razorpay's stand-in: registration links, tokens, charges, disputes and documents."""

from pathlib import Path
from typing import Any

import pytest
import requests

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import LINK, Inbox, Merchant, Sandbox

LINKS = "/v1/subscription_registration/auth_links"
CHARGES = "/v1/payments/create/recurring"
CUSTOMER = {"name": "Asha Rao", "email": "asha@example.in", "contact": "+919876543210"}
MANDATE = {"method": "card", "max_amount": 100_000, "frequency": "as_presented"}
REGISTRATION: dict[str, Any] = {
    "customer": CUSTOMER,
    "type": "link",
    "amount": 2500,
    "currency": "INR",
    "description": "Tea, every month",
    "subscription_registration": MANDATE,
    "receipt": "att_1",
    "notes": {"attempt_id": "att_1"},
}


def complaint(reply: requests.Response) -> str:
    assert reply.status_code == 400, reply.text
    return str(reply.json()["error"]["description"])


def newest_payment(merchant: Merchant) -> dict[str, Any]:
    payment: dict[str, Any] = merchant.call("GET", "/v1/payments").json()["items"][0]
    return payment


def saved(merchant: Merchant, sandbox: Sandbox, action: str = "pay") -> dict[str, Any]:
    """The payment that saved a card."""
    link = merchant.call("POST", LINKS, REGISTRATION).json()
    sandbox.pay(link["short_url"], action)
    return newest_payment(merchant)


def a_charge(merchant: Merchant, payment: dict[str, Any], amount: int = 1000) -> dict[str, Any]:
    """The body of a charge for a fresh order."""
    order = {"amount": amount, "currency": "INR", "receipt": "att_2", "payment_capture": True}
    made = merchant.call("POST", "/v1/orders", order).json()
    return {
        "amount": amount,
        "currency": "INR",
        "order_id": made["id"],
        "customer_id": payment["customer_id"],
        "token": payment["token_id"],
        "recurring": True,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 99}, "at least INR 1.00"),
        ({"currency": "USD"}, "international"),
        ({"type": "invoice"}, "format is invalid"),
        ({"extra": 1}, "extra is/are not required and should not be sent"),
        ({"callback_url": "https://shop.test"}, "callback_url is/are not required"),
        ({"customer": {"name": "Asha Rao"}}, "The email field is required."),
        ({"customer": CUSTOMER | {"id": "cust_1"}}, "id is/are not required"),
        ({"subscription_registration": MANDATE | {"method": "upi"}}, "format is invalid"),
        ({"subscription_registration": MANDATE | {"max_amount": 99}}, "max amount"),
        ({"subscription_registration": MANDATE | {"frequency": "daily"}}, "format is invalid"),
        ({"receipt": "r" * 41}, "may not be greater than 40 characters"),
        ({"expire_by": 1}, "at least 15 minutes"),
        ({"description": ""}, "description"),
    ],
)
def test_bad_registration_links_are_refused(
    razorpay: Merchant, change: dict[str, Any], words: str
) -> None:
    assert words in complaint(razorpay.call("POST", LINKS, REGISTRATION | change))


def test_a_link_finds_its_customer_by_email_and_contact(razorpay: Merchant) -> None:
    customer = razorpay.call("POST", "/v1/customers", CUSTOMER).json()
    for _ in range(2):
        link = razorpay.call("POST", LINKS, REGISTRATION).json()
        assert link["customer_id"] == customer["id"]
    assert razorpay.call("GET", "/v1/invoices", {"receipt": "att_1"}).json()["count"] == 2


def test_a_link_takes_one_payment_and_keeps_one_card(razorpay: Merchant, sandbox: Sandbox) -> None:
    link = razorpay.call("POST", LINKS, REGISTRATION).json()
    sandbox.pay(link["short_url"], "decline")
    paid = sandbox.pay(link["short_url"])
    assert (paid["status"], paid["return_url"]) == ("paid", None)
    assert sandbox.raw("POST", "/pay", url=link["short_url"], action="pay").status_code == 400
    payment = newest_payment(razorpay)
    path = f"/v1/customers/{payment['customer_id']}/tokens"
    (token,) = razorpay.call("GET", path).json()["items"]
    assert (token["id"], token["max_amount"]) == (payment["token_id"], 100_000)
    assert token["recurring_details"] == {"status": "confirmed", "failure_reason": None}
    (entry,) = sandbox.ledger(razorpay)
    assert (entry["reference"], entry["our_reference"]) == (link["id"], "att_1")
    other = sandbox.merchant("razorpay")
    assert "does not exist" in complaint(other.call("GET", f"{path}/{token['id']}"))


def test_only_an_issued_link_can_be_cancelled(razorpay: Merchant, sandbox: Sandbox) -> None:
    link = razorpay.call("POST", LINKS, REGISTRATION).json()
    path = f"/v1/invoices/{link['id']}"
    assert razorpay.call("POST", f"{path}/cancel", {}).json()["status"] == "cancelled"
    assert complaint(razorpay.call("POST", f"{path}/cancel", {})) == (
        "Operation not allowed for Invoice in cancelled status."
    )
    paid = saved(razorpay, sandbox)["invoice_id"]
    assert "in paid status" in complaint(razorpay.call("POST", f"/v1/invoices/{paid}/cancel", {}))


def test_a_link_ends_in_time(razorpay: Merchant, sandbox: Sandbox) -> None:
    now = int(sandbox.control("POST", "/clock", advance_seconds=0)["now"])
    link = razorpay.call("POST", LINKS, REGISTRATION | {"expire_by": now + 1000}).json()
    sandbox.control("POST", "/clock", advance_seconds=1001)
    assert razorpay.call("GET", f"/v1/invoices/{link['id']}").json()["status"] == "expired"


def test_an_order_takes_one_charge_only(razorpay: Merchant, sandbox: Sandbox) -> None:
    body = a_charge(razorpay, saved(razorpay, sandbox))
    assert razorpay.call("POST", CHARGES, body).json()["razorpay_order_id"] == body["order_id"]
    assert "order is already paid" in complaint(razorpay.call("POST", CHARGES, body))
    kinds = [(each["kind"], each["amount_minor"]) for each in sandbox.ledger(razorpay)]
    assert kinds == [("payment", 2500), ("payment", 1000)]
    assert sandbox.ledger(razorpay)[1]["our_reference"] == "att_2"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": 999}, "different from your order amount"),
        ({"order_id": "order_none"}, "does not exist"),
        ({"token": "token_none"}, "does not exist"),
        ({"customer_id": "cust_none"}, "does not exist"),
        ({"recurring": False}, "recurring"),
        ({"card": {"number": "x"}}, "card is/are not required"),
        ({"receipt": "r"}, "receipt is/are not required"),
    ],
)
def test_bad_charges_are_refused(
    razorpay: Merchant, sandbox: Sandbox, change: dict[str, Any], words: str
) -> None:
    body = a_charge(razorpay, saved(razorpay, sandbox)) | change
    assert words in complaint(razorpay.call("POST", CHARGES, body))
    assert len(sandbox.ledger(razorpay)) == 1


def test_a_charge_keeps_to_what_the_payer_allowed(razorpay: Merchant, sandbox: Sandbox) -> None:
    payment = saved(razorpay, sandbox)
    body = a_charge(razorpay, payment, 100_001)
    assert complaint(razorpay.call("POST", CHARGES, body)) == (
        "Amount exceeds maximum amount allowed"
    )
    sandbox.control("POST", f"/razorpay/tokens/{payment['token_id']}", status="paused")
    body = a_charge(razorpay, payment)
    assert "not active" in complaint(razorpay.call("POST", CHARGES, body))


def test_a_card_its_bank_has_not_confirmed_cannot_be_charged(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = saved(razorpay, sandbox, "pay_unconfirmed")
    body = a_charge(razorpay, payment)
    assert "not active" in complaint(razorpay.call("POST", CHARGES, body))
    sandbox.control("POST", f"/razorpay/tokens/{payment['token_id']}", status="confirmed")
    assert razorpay.call("POST", CHARGES, body).ok


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("decline_soft", "insufficient_funds"),
        ("decline_hard", "payment_risk_check_failed"),
        ("needs_payer", "customer_action_required"),
    ],
)
def test_an_instrument_behaves_as_it_is_told(
    razorpay: Merchant, sandbox: Sandbox, behaviour: str, reason: str
) -> None:
    payment = saved(razorpay, sandbox)
    told = {"provider": "razorpay", "reference": payment["token_id"]}
    sandbox.control("POST", "/instruments", **told, behaviour=behaviour)
    body = a_charge(razorpay, payment)
    error = razorpay.call("POST", CHARGES, body).json()["error"]
    assert error["reason"] == reason
    failed = razorpay.call("GET", f"/v1/payments/{error['metadata']['payment_id']}").json()
    assert (failed["status"], failed["error_reason"]) == ("failed", reason)
    sandbox.control("POST", "/instruments", **told, behaviour="succeed")
    assert razorpay.call("POST", CHARGES, body).ok


def test_an_order_can_leave_the_capture_to_the_merchant(
    razorpay: Merchant, sandbox: Sandbox
) -> None:
    payment = saved(razorpay, sandbox)
    order = {"amount": 1000, "currency": "INR", "payment_capture": False}
    made = razorpay.call("POST", "/v1/orders", order).json()
    body = a_charge(razorpay, payment) | {"order_id": made["id"]}
    charged = razorpay.call("POST", CHARGES, body).json()["razorpay_payment_id"]
    path = f"/v1/payments/{charged}"
    assert razorpay.call("GET", path).json()["status"] == "authorized"
    taken = razorpay.call("POST", f"{path}/capture", {"amount": 1000, "currency": "INR"})
    assert taken.json()["status"] == "captured"
    refund = razorpay.call("POST", f"{path}/refund", {"amount": 400}).json()
    assert refund["payment_id"] == charged


def test_unknown_tokens_and_payments_are_told_to_the_operator(sandbox: Sandbox) -> None:
    assert sandbox.raw("POST", "/razorpay/tokens/none", status="paused").status_code == 400
    assert sandbox.raw("POST", "/razorpay/payments/none", outcome="capture").status_code == 400
    told = {"provider": "razorpay", "reference": "none", "behaviour": "succeed"}
    assert sandbox.raw("POST", "/instruments", **told).status_code == 400


def disputed(merchant: Merchant, sandbox: Sandbox, **more: Any) -> str:
    link = merchant.call("POST", "/v1/payment_links", LINK).json()
    sandbox.pay(link["short_url"])
    payment = newest_payment(merchant)["id"]
    told = {"provider": "razorpay", "payment_reference": payment}
    return str(sandbox.control("POST", "/disputes", **told, **more)["reference"])


def document(merchant: Merchant, **parts: Any) -> requests.Response:
    files = {"file": ("proof.png", b"\x89PNG", "image/png"), **parts}
    return requests.post(
        f"{merchant.base}/razorpay/v1/documents",
        files=files,
        data={"purpose": "dispute_evidence"},
        headers=merchant.authorization(),
        timeout=10,
    )


def test_a_dispute_is_contested_with_a_document(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(razorpay, inbox.url)
    path = f"/v1/disputes/{disputed(razorpay, sandbox, stage='arbitration')}"
    assert razorpay.call("GET", path).json()["phase"] == "arbitration"
    proof = document(razorpay).json()["id"]
    draft = razorpay.call("PATCH", f"{path}/contest", {"shipping_proof": [proof]}).json()
    assert (draft["status"], draft["evidence"]["shipping_proof"]) == ("open", [proof])
    body = {"billing_proof": [proof], "action": "submit"}
    submitted = razorpay.call("PATCH", f"{path}/contest", body).json()
    assert (submitted["status"], submitted["evidence"]["submitted_at"] > 0) == (
        "under_review",
        True,
    )
    assert "under_review status" in complaint(razorpay.call("PATCH", f"{path}/contest", body))
    assert "under_review status" in complaint(razorpay.call("POST", f"{path}/accept", {}))
    inbox.wait_for(lambda got: "payment.dispute.under_review" in [each.kind for each in got])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "shout"}, "selected action is invalid"),
        ({"action": "submit"}, "At least one document"),
        ({"amount": 2501}, "cannot be greater than dispute amount"),
        ({"billing_proof": ["doc_none"]}, "Invalid file id"),
        ({"others": [{"type": "x", "document_ids": ["doc_none"]}]}, "Invalid file id"),
        ({"summary": "x" * 1001}, "may not be greater than 1000 characters"),
        ({"proof": []}, "proof is/are not required"),
    ],
)
def test_bad_defences_are_refused(
    razorpay: Merchant, sandbox: Sandbox, body: dict[str, Any], words: str
) -> None:
    path = f"/v1/disputes/{disputed(razorpay, sandbox)}/contest"
    assert words in complaint(razorpay.call("PATCH", path, body))


def test_bad_documents_are_refused(razorpay: Merchant) -> None:
    script = ("proof.sh", b"#!/bin/sh", "text/x-sh")
    assert "must be a file of type" in complaint(document(razorpay, file=script))
    extra = ("x", b"y", "image/png")
    assert "not required" in complaint(document(razorpay, extra=extra))
    bare = razorpay.call("POST", "/v1/documents", {"purpose": "dispute_evidence"})
    assert "is required" in complaint(bare)


def test_a_dispute_that_nobody_answers_is_lost(razorpay: Merchant, sandbox: Sandbox) -> None:
    path = f"/v1/disputes/{disputed(razorpay, sandbox, due_in_seconds=60)}"
    sandbox.control("POST", "/clock", advance_seconds=61)
    lost = razorpay.call("GET", path).json()
    assert (lost["status"], lost["amount_deducted"]) == ("lost", 2500)
    assert "lost status" in complaint(razorpay.call("POST", f"{path}/accept", {}))


def test_a_bank_decides_a_dispute_once(razorpay: Merchant, sandbox: Sandbox) -> None:
    reference = disputed(razorpay, sandbox)
    early = sandbox.raw("POST", f"/disputes/{reference}/decide", outcome="more_evidence")
    assert early.status_code == 400
    sandbox.control("POST", f"/disputes/{reference}/decide", outcome="won")
    again = sandbox.raw("POST", f"/disputes/{reference}/decide", outcome="lost")
    assert again.status_code == 400


def test_only_money_that_was_taken_can_be_contested(sandbox: Sandbox) -> None:
    merchant = sandbox.merchant("razorpay")
    link = merchant.call("POST", "/v1/payment_links", LINK).json()
    sandbox.pay(link["short_url"], "decline")
    told = {"provider": "razorpay", "payment_reference": newest_payment(merchant)["id"]}
    assert sandbox.raw("POST", "/disputes", **told).status_code == 400
    sandbox.pay(link["short_url"])
    told = {"provider": "razorpay", "payment_reference": newest_payment(merchant)["id"]}
    assert sandbox.raw("POST", "/disputes", **told, amount=2501).status_code == 400
    nobody = {"provider": "razorpay", "payment_reference": "pay_none"}
    assert sandbox.raw("POST", "/disputes", **nobody).status_code == 400


def test_nobody_is_told_of_a_silent_dispute(
    razorpay: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(razorpay, inbox.url)
    reference = disputed(razorpay, sandbox, webhooks=False)
    sandbox.control("POST", f"/disputes/{reference}/decide", outcome="won")
    inbox.wait_for(lambda got: "payment.dispute.won" in [each.kind for each in got])
    assert "payment.dispute.created" not in inbox.kinds()


def test_saved_cards_and_disputes_outlive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running(settings) as base:
        sandbox = Sandbox(base)
        merchant = sandbox.merchant("razorpay")
        payment = saved(merchant, sandbox)
        reference = disputed(merchant, sandbox)
    with running(settings) as base:
        merchant.base = base
        assert merchant.call("POST", CHARGES, a_charge(merchant, payment)).ok
        Sandbox(base).control("POST", f"/disputes/{reference}/decide", outcome="lost")
        assert len(Sandbox(base).ledger(merchant)) == 3
