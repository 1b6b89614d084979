"""Stripe's stand-in: payments are contested, answered or given up, and decided."""

from pathlib import Path
from typing import Any

import pytest
import requests

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import Inbox, Merchant, Sandbox

SESSIONS = "/v1/checkout/sessions"
SAID = {"evidence[uncategorized_text]": "It was delivered.", "submit": "true"}


def paid(stripe: Merchant, sandbox: Sandbox) -> str:
    """A completed session's PaymentIntent of 25.00 USD."""
    session_id, url = stripe.new_page()
    sandbox.pay(url)
    return str(stripe.call("GET", f"{SESSIONS}/{session_id}").json()["payment_intent"])


def contested(stripe: Merchant, sandbox: Sandbox, **more: Any) -> str:
    wanted = {"provider": "stripe", "payment_reference": paid(stripe, sandbox), **more}
    opened = sandbox.control("POST", "/disputes", **wanted)
    assert (opened["provider"], opened["account_id"]) == ("stripe", stripe.account_id)
    return str(opened["reference"])


def dispute_of(stripe: Merchant, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = stripe.call("GET", f"/v1/disputes/{reference}").json()
    return found


def kinds(sandbox: Sandbox, stripe: Merchant) -> list[str]:
    return [entry["kind"] for entry in sandbox.ledger(stripe)]


def decide(sandbox: Sandbox, reference: str, outcome: str) -> str:
    path = f"/disputes/{reference}/decide"
    return str(sandbox.control("POST", path, outcome=outcome)["status"])


def test_a_chargeback_takes_the_money_at_once(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    seen = dispute_of(stripe, contested(stripe, sandbox, reason="product_not_received"))
    assert (seen["status"], seen["amount"], seen["reason"]) == (
        "needs_response",
        2500,
        "product_not_received",
    )
    assert seen["evidence_details"]["due_by"] > seen["created"]
    assert kinds(sandbox, stripe) == ["payment", "dispute"]
    refund = stripe.call("POST", "/v1/refunds", {"payment_intent": seen["payment_intent"]})
    assert refund.json()["error"]["code"] == "charge_disputed"
    inbox.wait_for(lambda got: "charge.dispute.funds_withdrawn" in [each.kind for each in got])
    assert "charge.dispute.created" in inbox.kinds()


def test_an_inquiry_takes_nothing_and_leaves_the_payment_refundable(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    seen = dispute_of(stripe, contested(stripe, sandbox, stage="inquiry", amount=900))
    assert (seen["status"], seen["amount"]) == ("warning_needs_response", 900)
    assert kinds(sandbox, stripe) == ["payment"]
    refund = {"payment_intent": seen["payment_intent"]}
    assert stripe.call("POST", "/v1/refunds", refund).status_code == 200
    assert stripe.call("POST", f"/v1/disputes/{seen['id']}/close").status_code == 400


@pytest.mark.parametrize(
    ("stage", "under_review"),
    [("chargeback", "under_review"), ("inquiry", "warning_under_review")],
)
def test_evidence_is_handed_in_once(
    stripe: Merchant, sandbox: Sandbox, stage: str, under_review: str
) -> None:
    path = f"/v1/disputes/{contested(stripe, sandbox, stage=stage)}"
    staged = stripe.call("POST", path, {**SAID, "submit": "false"}).json()
    assert staged["status"].endswith("needs_response")
    assert staged["evidence_details"]["submission_count"] == 0
    answered = stripe.call("POST", path, {**SAID, "metadata[ours]": "1"}).json()
    assert (answered["status"], answered["evidence_details"]["submission_count"]) == (
        under_review,
        1,
    )
    assert answered["evidence"]["uncategorized_text"] == "It was delivered."
    assert answered["metadata"] == {"ours": "1"}
    assert stripe.call("POST", path, SAID).status_code == 400
    assert stripe.call("POST", f"{path}/close").status_code == 400


@pytest.mark.parametrize(
    ("stage", "outcomes", "status", "moved"),
    [
        ("chargeback", ["won"], "won", ["dispute", "dispute_reversal"]),
        ("chargeback", ["closed"], "won", ["dispute", "dispute_reversal"]),
        ("chargeback", ["lost"], "lost", ["dispute"]),
        ("chargeback", ["more_evidence"], "appeal_needs_response", ["dispute"]),
        ("pre_arbitration", ["lost"], "lost", ["dispute"]),
        ("inquiry", ["won"], "warning_closed", []),
        ("inquiry", ["closed"], "warning_closed", []),
        ("inquiry", ["lost"], "lost", ["dispute"]),
        ("inquiry", ["more_evidence"], "needs_response", ["dispute"]),
        ("inquiry", ["more_evidence", "won"], "won", ["dispute", "dispute_reversal"]),
    ],
)
def test_a_bank_decides(
    stripe: Merchant,
    sandbox: Sandbox,
    *,
    stage: str,
    outcomes: list[str],
    status: str,
    moved: list[str],
) -> None:
    reference = contested(stripe, sandbox, stage=stage)
    became = [decide(sandbox, reference, outcome) for outcome in outcomes][-1]
    assert (became, dispute_of(stripe, reference)["status"]) == (status, status)
    assert kinds(sandbox, stripe) == ["payment", *moved]
    if status in {"won", "lost"}:
        path = f"/disputes/{reference}/decide"
        assert sandbox.raw("POST", path, outcome="won").status_code == 400


def test_a_merchant_gives_in(stripe: Merchant, sandbox: Sandbox) -> None:
    path = f"/v1/disputes/{contested(stripe, sandbox)}/close"
    assert stripe.call("POST", path).json()["status"] == "lost"
    assert stripe.call("POST", path).status_code == 400


@pytest.mark.parametrize(
    ("stage", "status"), [("chargeback", "lost"), ("inquiry", "warning_closed")]
)
def test_what_is_not_answered_in_time_ends(
    stripe: Merchant, sandbox: Sandbox, stage: str, status: str
) -> None:
    reference = contested(stripe, sandbox, stage=stage, due_in_seconds=3600)
    sandbox.control("POST", "/clock", advance_seconds=3601)
    assert dispute_of(stripe, reference)["status"] == status


def test_disputes_are_listed_by_payment_and_time(stripe: Merchant, sandbox: Sandbox) -> None:
    first, second = (dispute_of(stripe, contested(stripe, sandbox)) for _ in range(2))
    listed = stripe.call("GET", "/v1/disputes").json()["data"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    for name in ("payment_intent", "charge"):
        found = stripe.call("GET", "/v1/disputes", {name: first[name]}).json()["data"]
        assert [each["id"] for each in found] == [first["id"]]
    nothing = stripe.call("GET", "/v1/disputes", {"created[lt]": str(first["created"])}).json()
    assert nothing["data"] == []


def test_what_cannot_be_contested_or_decided_is_refused(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    none = {"provider": "stripe", "payment_reference": "pi_none"}
    assert sandbox.raw("POST", "/disputes", **none).status_code == 400
    arbitration = {**none, "payment_reference": paid(stripe, sandbox), "stage": "arbitration"}
    assert sandbox.raw("POST", "/disputes", **arbitration).status_code == 400
    assert sandbox.raw("POST", "/disputes/du_none/decide", outcome="won").status_code == 404


def upload(
    stripe: Merchant, sandbox: Sandbox, content: bytes, key: str = "", **form: str
) -> requests.Response:
    return requests.post(
        f"{sandbox.base}/stripe/v1/files",
        headers={**stripe.authorization(), **({"Idempotency-Key": key} if key else {})},
        data={"purpose": "dispute_evidence", **form},
        files={"file": ("receipt.pdf", content)},
        timeout=20,
    )


def test_a_document_is_uploaded_once_per_key_and_named_in_the_evidence(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    pdf = b"%PDF-1.7\r\n\r\n--x\x00\xff"
    first = upload(stripe, sandbox, pdf, "k").json()
    assert (first["filename"], first["size"], first["type"]) == ("receipt.pdf", len(pdf), "pdf")
    assert upload(stripe, sandbox, pdf, "k").json() == first
    changed = upload(stripe, sandbox, b"%PDF-2", "k").json()["error"]
    assert changed["type"] == "idempotency_error"
    path = f"/v1/disputes/{contested(stripe, sandbox)}"
    missing = stripe.call("POST", path, {"evidence[receipt]": "file_none"}).json()["error"]
    assert (missing["code"], missing["param"]) == ("resource_missing", "evidence[receipt]")
    answered = stripe.call("POST", path, {"evidence[receipt]": first["id"]}).json()
    assert answered["evidence"]["receipt"] == first["id"]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"MZ", {}),
        (b"%PDF" + b"x" * (5 * 1024 * 1024), {}),
        (b"%PDF", {"purpose": "business_logo"}),
        (b"%PDF", {"colour": "red"}),
    ],
)
def test_what_is_no_evidence_is_not_taken(
    stripe: Merchant, sandbox: Sandbox, content: bytes, form: dict[str, str]
) -> None:
    assert upload(stripe, sandbox, content, **form).status_code == 400


def test_a_file_without_parts_is_not_taken(stripe: Merchant) -> None:
    reply = stripe.call("POST", "/v1/files", {"purpose": "dispute_evidence"})
    assert reply.json()["error"]["param"] == "file"


def test_more_text_than_stripe_takes_is_refused(stripe: Merchant, sandbox: Sandbox) -> None:
    fields = ("uncategorized_text", "product_description", "customer_name", "billing_address",
              "access_activity_log", "refund_policy_disclosure", "cancellation_rebuttal",
              "refund_refusal_explanation")  # fmt: skip
    said = {f"evidence[{name}]": "x" * 19_999 for name in fields}
    path = f"/v1/disputes/{contested(stripe, sandbox)}"
    assert stripe.call("POST", path, said).json()["error"]["param"] == "evidence"


def test_disputes_outlive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = sandbox.merchant("stripe")
        reference = contested(stripe, sandbox, due_in_seconds=3600)
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = Merchant(base, "stripe", stripe.account_id, stripe.credentials)
        sandbox.control("POST", "/clock", advance_seconds=3601)
        assert dispute_of(stripe, reference)["status"] == "lost"
