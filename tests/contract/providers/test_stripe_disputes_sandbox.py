"""Disputes over the real SDK, against the sandbox and its ledger."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import AttemptQuery, Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeAction,
    DisputePage,
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
    DocumentKind,
    Evidence,
    EvidenceDocument,
    EvidenceRequest,
)
from paymux.payments.ports.webhooks import InboundWebhook, Translated
from tests.contract.providers.stripe_account import Merchant, Sandbox, receiving, request

FAULTS = ("drop_before", "drop_after", "garbage", "error_before", "error_after", "conflict")
PDF, PNG = b"%PDF-1.7\r\n\x00\xff", b"\x89PNG\r\n\x1a\n"


async def contested(
    sandbox: Sandbox, stripe: Any, attempt: str = "att_1", **more: object
) -> DisputeReport:
    """A dispute of a page of 10.00 that somebody paid."""
    checkout = await stripe.create_checkout(request(attempt=attempt))
    await sandbox.pay(checkout)
    query = AttemptQuery(
        attempt_id=attempt,
        created_at=datetime.now(UTC),
        provider_reference=checkout.provider_reference,
    )
    paid = (await stripe.look_up(query)).payment_reference
    wanted = {"provider": "stripe", "payment_reference": paid, **more}
    opened = await sandbox.control("POST", "/disputes", wanted)
    seen = await stripe.look_up_dispute(opened["reference"])
    assert isinstance(seen, DisputeReport)
    assert seen.payment_reference == paid
    return seen


async def decide(sandbox: Sandbox, dispute: DisputeReport, outcome: str) -> None:
    path = f"/disputes/{dispute.provider_reference}/decide"
    await sandbox.control("POST", path, {"outcome": outcome})


def accept(dispute: DisputeReport, **more: Any) -> AcceptRequest:
    asked = AcceptRequest(
        dispute_id="dsp_1",
        idempotency_key=f"accept-{dispute.provider_reference}",
        provider_reference=dispute.provider_reference,
        created_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(asked, **more)


def defence(dispute: DisputeReport, **more: Any) -> EvidenceRequest:
    asked = EvidenceRequest(
        dispute_id="dsp_1",
        idempotency_key=f"answer-{dispute.provider_reference}",
        provider_reference=dispute.provider_reference,
        amount=dispute.amount,
        evidence=Evidence(
            summary="It was delivered.",
            product_description="Tea",
            customer_name="Pat Payer",
            customer_email="payer@example.com",
            shipping_carrier="Post",
            tracking_number="T-1",
            shipped_on=date(2026, 11, 2),
            service_on=date(2026, 11, 1),
            documents=(
                EvidenceDocument(
                    kind=DocumentKind.RECEIPT,
                    file_name='re"ceipt\r\n.pdf',
                    media_type="application/pdf",
                    content=PDF,
                ),
                EvidenceDocument(
                    kind=DocumentKind.SHIPPING,
                    file_name="label.png",
                    media_type="image/png",
                    content=PNG,
                ),
            ),
        ),
        created_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(asked, **more)


async def operations(sandbox: Sandbox, merchant: Merchant) -> list[str]:
    path = f"/requests?account_id={merchant.account_id}"
    recorded = (await sandbox.control("GET", path))["requests"]
    return [each["operation"] for each in recorded if each["status"] == 200]


async def test_a_chargeback_is_told_with_its_deadline_and_what_can_be_done(
    sandbox: Sandbox, stripe: Any
) -> None:
    seen = await contested(sandbox, stripe, reason="product_not_received", amount=600)
    assert (seen.status, seen.stage, seen.amount) == (
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStage.CHARGEBACK,
        Money(600, "USD"),
    )
    assert (seen.reason, seen.reason_code) == (DisputeReason.NOT_RECEIVED, "product_not_received")
    assert seen.actions == set(DisputeAction)
    assert seen.evidence_due_at
    assert seen.opened_at
    assert seen.evidence_due_at > seen.opened_at
    assert isinstance(await stripe.look_up_dispute("du_none"), NotFound)


@pytest.mark.parametrize(
    ("stage", "outcomes", "status", "became"),
    [
        ("chargeback", ["won"], DisputeStatus.WON, DisputeStage.CHARGEBACK),
        ("chargeback", ["lost"], DisputeStatus.LOST, DisputeStage.CHARGEBACK),
        (
            "chargeback",
            ["more_evidence"],
            DisputeStatus.NEEDS_RESPONSE,
            DisputeStage.CHARGEBACK,
        ),
        ("inquiry", [], DisputeStatus.NEEDS_RESPONSE, DisputeStage.INQUIRY),
        ("inquiry", ["closed"], DisputeStatus.CLOSED, DisputeStage.INQUIRY),
        ("inquiry", ["more_evidence"], DisputeStatus.NEEDS_RESPONSE, DisputeStage.CHARGEBACK),
    ],
)
async def test_every_state_has_a_word_of_ours(
    sandbox: Sandbox,
    stripe: Any,
    *,
    stage: str,
    outcomes: list[str],
    status: DisputeStatus,
    became: DisputeStage,
) -> None:
    dispute = await contested(sandbox, stripe, stage=stage)
    for outcome in outcomes:
        await decide(sandbox, dispute, outcome)
    seen = await stripe.look_up_dispute(dispute.provider_reference)
    assert (seen.status, seen.stage) == (status, became)
    later = "more_evidence" in outcomes
    assert (seen.evidence_due_at > dispute.evidence_due_at) is later


async def test_disputes_are_listed_by_the_time_they_were_opened(
    sandbox: Sandbox, stripe: Any
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    opened = [await contested(sandbox, stripe, attempt) for attempt in ("att_1", "att_2")]
    page = await stripe.list_disputes(since, datetime.now(UTC), None)
    assert isinstance(page, DisputePage)
    listed = [each.provider_reference for each in page.disputes]
    assert listed == [each.provider_reference for each in reversed(opened)]
    assert page.next_cursor is None
    assert not (await stripe.list_disputes(since - timedelta(days=1), since, None)).disputes


async def test_giving_in_loses_the_dispute_once(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    dispute = await contested(sandbox, stripe)
    lost = await stripe.accept_dispute(accept(dispute))
    assert (lost.status, lost.actions) == (DisputeStatus.LOST, frozenset())
    again = await stripe.accept_dispute(accept(dispute, idempotency_key="other"))
    assert again.status is DisputeStatus.LOST
    done = await operations(sandbox, merchant)
    assert done.count("dispute.close") == 1


async def test_an_inquiry_is_not_given_in_to(sandbox: Sandbox, stripe: Any) -> None:
    inquiry = await contested(sandbox, stripe, stage="inquiry")
    assert inquiry.actions == {DisputeAction.SUBMIT_EVIDENCE}
    refused = await stripe.accept_dispute(accept(inquiry))
    assert isinstance(refused, Failure)
    assert refused.outcome is Outcome.REJECTED


@pytest.mark.parametrize("stage", ["chargeback", "inquiry"])
async def test_a_defence_is_handed_in_once_with_its_documents(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, stage: str
) -> None:
    dispute = await contested(sandbox, stripe, stage=stage)
    answered = await stripe.submit_evidence(defence(dispute))
    assert isinstance(answered, DisputeReport)
    assert (answered.status, answered.actions) == (DisputeStatus.UNDER_REVIEW, frozenset())
    again = await stripe.submit_evidence(defence(dispute, replay=True))
    assert again.status is DisputeStatus.UNDER_REVIEW
    other = await stripe.submit_evidence(defence(dispute, idempotency_key="other"))
    assert (other.outcome, other.code) == (Outcome.REJECTED, "invalid_request_error")
    done = await operations(sandbox, merchant)
    assert done.count("dispute.update") == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["close", "update"])
async def test_a_response_gets_through_once_whatever_went_wrong(
    sandbox: Sandbox, stripe: Any, operation: str, fault: str
) -> None:
    dispute = await contested(sandbox, stripe)
    closing = operation == "close"
    call = stripe.accept_dispute if closing else stripe.submit_evidence
    asked: Any = accept(dispute) if closing else defence(dispute)
    await sandbox.fail(f"dispute.{operation}", fault)
    first = await call(asked)
    if isinstance(first, Failure):
        assert first.outcome in {Outcome.UNKNOWN, Outcome.IN_PROGRESS}
    seen = await call(msgspec.structs.replace(asked, replay=True))
    assert isinstance(seen, DisputeReport)
    assert seen.status is (DisputeStatus.LOST if closing else DisputeStatus.UNDER_REVIEW)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "garbage", "error_before"])
async def test_without_its_documents_nothing_is_handed_in(
    sandbox: Sandbox, stripe: Any, fault: str
) -> None:
    dispute = await contested(sandbox, stripe)
    await sandbox.fail("file.create", fault)
    lost = await stripe.submit_evidence(defence(dispute))
    assert (lost.outcome, lost.code) == (Outcome.NOT_PROCESSED, "document_not_uploaded")
    seen = await stripe.look_up_dispute(dispute.provider_reference)
    assert seen.status is DisputeStatus.NEEDS_RESPONSE


async def test_two_documents_of_one_kind_are_refused_before_anything_is_sent(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    dispute = await contested(sandbox, stripe)
    asked = defence(dispute)
    documents = (asked.evidence.documents[0],) * 2
    twice = msgspec.structs.replace(asked.evidence, documents=documents)
    refused = await stripe.submit_evidence(msgspec.structs.replace(asked, evidence=twice))
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "too_many_documents")
    assert "file.create" not in await operations(sandbox, merchant)


async def test_webhooks_tell_how_a_dispute_stands_now(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    inbox: asyncio.Queue[InboundWebhook] = asyncio.Queue()
    async with receiving(inbox) as url:
        registered = await stripe.register_webhook(url, "hook-1")
        dispute = await contested(sandbox, stripe)
        await stripe.submit_evidence(defence(dispute))
        await decide(sandbox, dispute, "won")
        async with asyncio.timeout(20):
            arrived = [await inbox.get() for _ in range(7)]
    listening = merchant.connector(registered.verifier)
    translated = [await listening.translate_webhook(webhook.body) for webhook in arrived]
    await listening.close()
    reports = [each for one in translated if isinstance(one, Translated) for each in one.disputes]
    assert [each.status for each in reports] == [DisputeStatus.WON] * 5
    assert {each.payment_reference for each in reports} == {dispute.payment_reference}
