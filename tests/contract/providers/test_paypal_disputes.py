"""PayPal's connector against the sandbox where payers contest what they paid."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, NotFound, Observation, Outcome
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
from paymux.payments.ports.webhooks import Translated
from tests.contract.providers.test_paypal_money import a_capture, held, paid
from tests.contract.providers.test_paypal_sandbox import (
    PAID,
    Story,
    _served,
    inbox,
    paypal,
    sandbox,
    story,
    threads,
)
from tests.unit.sandbox.driver import Inbox

__all__ = ["_served", "inbox", "paypal", "sandbox", "story", "threads"]

LOSSES = ["error_before", "error_after", "drop_before", "drop_after", "garbage"]
SHIPPED = EvidenceDocument(
    kind=DocumentKind.SHIPPING,
    file_name="Lieferschein Nr. 7/ü.pdf",
    media_type="application/pdf",
    content=b"%PDF-1.7\r\n\r\nsent\r\n",
)
DEFENCE = Evidence(
    summary="The tea was sent the same day.",
    product_description="Darjeeling",
    customer_name="Pat Payer",
    customer_email="pat@example.com",
    shipping_carrier="dhl",
    tracking_number="JD014600",
    shipped_on=date(2026, 11, 2),
    documents=[SHIPPED],
)


def told(result: object) -> DisputeReport:
    assert isinstance(result, DisputeReport), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


def contest(story: Story, payment: Observation, **more: Any) -> str:
    opened = story.sandbox.control(
        "POST",
        "/disputes",
        provider="paypal",
        payment_reference=payment.payment_reference,
        **more,
    )
    return str(opened["reference"])


def decide(story: Story, reference: str, outcome: str) -> None:
    story.sandbox.control("POST", f"/disputes/{reference}/decide", outcome=outcome)


def accepting(reference: str, *, replay: bool = False) -> AcceptRequest:
    return AcceptRequest(
        dispute_id="dsp_1",
        idempotency_key="dre_1",
        provider_reference=reference,
        created_at=datetime.now(UTC),
        replay=replay,
    )


def defending(reference: str, key: str = "dre_1", **changes: Any) -> EvidenceRequest:
    request = EvidenceRequest(
        dispute_id="dsp_1",
        idempotency_key=key,
        provider_reference=reference,
        amount=PAID,
        evidence=DEFENCE,
        created_at=datetime.now(UTC) - timedelta(seconds=1),
    )
    return msgspec.structs.replace(request, **changes)


def sent(story: Story, operation: str) -> int:
    query = f"account_id={story.merchant.account_id}&operation={operation}"
    requests = story.sandbox.control("GET", f"/requests?{query}")["requests"]
    return sum(each["status"] == 200 for each in requests)


async def test_a_dispute_is_read_in_our_words(story: Story) -> None:
    payment = await paid(story)
    reference = contest(story, payment, reason="UNAUTHORISED", stage="chargeback", amount=1000)
    report = told(await story.connector.look_up_dispute(reference))
    assert (report.status, report.stage) == (
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStage.CHARGEBACK,
    )
    assert (report.reason, report.reason_code) == (DisputeReason.FRAUDULENT, "unauthorised")
    assert (report.payment_reference, report.amount) == (
        payment.payment_reference,
        Money(1000, "EUR"),
    )
    assert report.actions == {DisputeAction.ACCEPT, DisputeAction.SUBMIT_EVIDENCE}
    assert report.opened_at is not None
    assert report.evidence_due_at is not None
    assert report.evidence_due_at - report.opened_at == timedelta(days=10)
    assert isinstance(await story.connector.look_up_dispute("PP-R-NOBODYS"), NotFound)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("closed", DisputeStatus.CLOSED),
    ],
)
async def test_a_dispute_ends_as_it_is_decided(
    story: Story, outcome: str, status: DisputeStatus
) -> None:
    reference = contest(story, await paid(story))
    decide(story, reference, outcome)
    report = told(await story.connector.look_up_dispute(reference))
    assert (report.status, report.actions) == (status, frozenset())


async def test_a_claim_is_accepted_once_however_often_it_is_asked(story: Story) -> None:
    reference = contest(story, await paid(story))
    for replay in (False, True, True):
        report = told(await story.connector.accept_dispute(accepting(reference, replay=replay)))
        assert report.status is DisputeStatus.LOST
    assert sent(story, "dispute.accept") == 1


@pytest.mark.parametrize("kind", LOSSES)
async def test_an_acceptance_whose_reply_is_lost_is_made_once(story: Story, kind: str) -> None:
    reference = contest(story, await paid(story))
    story.fault(kind, "dispute.accept")
    result = await story.connector.accept_dispute(accepting(reference))
    # A reply that is a success, though not to be read, is followed by a look at the dispute.
    assert kind == "garbage" or failure(result).outcome is Outcome.UNKNOWN
    again = told(await story.connector.accept_dispute(accepting(reference, replay=True)))
    assert again.status is DisputeStatus.LOST


@pytest.mark.parametrize("kind", LOSSES)
async def test_evidence_whose_reply_is_lost_is_given_once(story: Story, kind: str) -> None:
    reference = contest(story, await paid(story))
    story.fault(kind, "dispute.evidence")
    result = await story.connector.submit_evidence(defending(reference))
    assert kind == "garbage" or failure(result).outcome is Outcome.UNKNOWN
    again = await story.connector.submit_evidence(defending(reference, replay=True))
    assert told(again).status is DisputeStatus.UNDER_REVIEW
    assert len(given(story, reference)) == 2


def given(story: Story, reference: str) -> list[dict[str, Any]]:
    dispute = story.merchant.call("GET", f"/v1/customer/disputes/{reference}").json()
    return [each for each in dispute["evidences"] if each["source"] == "SUBMITTED_BY_SELLER"]


async def test_a_defence_names_the_parcel_and_brings_its_documents(story: Story) -> None:
    reference = contest(story, await paid(story))
    report = told(await story.connector.submit_evidence(defending(reference)))
    assert (report.status, report.actions) == (DisputeStatus.UNDER_REVIEW, frozenset())
    proof, document = given(story, reference)
    assert proof["evidence_type"] == "PROOF_OF_FULFILLMENT"
    assert proof["notes"].startswith("The tea was sent the same day.\nProduct: Darjeeling\n")
    assert document["documents"] == [{"name": "1-Lieferschein-Nr-7.pdf"}]


async def test_more_evidence_is_given_when_more_is_asked_for(story: Story) -> None:
    reference = contest(story, await paid(story), reason="OTHER")
    first = told(await story.connector.look_up_dispute(reference))
    await story.connector.submit_evidence(defending(reference))
    decide(story, reference, "more_evidence")
    asked = told(await story.connector.look_up_dispute(reference))
    assert asked.status is DisputeStatus.NEEDS_RESPONSE
    assert asked.evidence_due_at is not None
    assert first.evidence_due_at is not None
    assert asked.evidence_due_at > first.evidence_due_at
    replayed = await story.connector.submit_evidence(defending(reference, replay=True))
    assert told(replayed).status is DisputeStatus.NEEDS_RESPONSE
    words = msgspec.structs.replace(
        DEFENCE, tracking_number=None, documents=[], summary="x" * 4000
    )
    second = defending(reference, "dre_2", evidence=words)
    assert told(await story.connector.submit_evidence(second)).status is DisputeStatus.UNDER_REVIEW
    kinds = [each["evidence_type"] for each in given(story, reference)]
    assert kinds[2:] == ["MERCHANT_RESPONSE", "OTHER", "OTHER"]


async def test_what_is_over_is_neither_accepted_nor_defended(story: Story) -> None:
    reference = contest(story, await paid(story))
    decide(story, reference, "won")
    for replay in (False, True):
        accepted = await story.connector.accept_dispute(accepting(reference, replay=replay))
        defended = await story.connector.submit_evidence(defending(reference, replay=replay))
        for each in (accepted, defended):
            assert failure(each).outcome is Outcome.REJECTED
    assert sent(story, "dispute.accept") == sent(story, "dispute.evidence") == 0


async def test_a_dispute_that_nobody_answers_is_lost(story: Story) -> None:
    reference = contest(story, await paid(story), due_in_seconds=600)
    story.sandbox.control("POST", "/clock", advance_seconds=601)
    assert told(await story.connector.look_up_dispute(reference)).status is DisputeStatus.LOST


async def test_disputes_are_listed_page_by_page(story: Story) -> None:
    payment = await paid(story)
    references = [contest(story, payment) for _ in range(12)]
    found: list[str] = []
    cursor: str | None = None
    while True:
        since = datetime.now(UTC) - timedelta(days=300)
        page = await story.connector.list_disputes(since, datetime.now(UTC), cursor)
        assert isinstance(page, DisputePage)
        found += [each.provider_reference for each in page.disputes]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == sorted(references)
    later = datetime.now(UTC) + timedelta(hours=1)
    empty = await story.connector.list_disputes(later, later, None)
    assert empty == DisputePage(disputes=[])


async def test_a_dispute_of_a_later_capture_is_told_under_the_payments_reference(
    story: Story,
) -> None:
    hold = await held(story)
    await story.connector.capture(a_capture(hold, 500))
    last = await story.connector.capture(a_capture(hold, 750, last=True))
    assert isinstance(last, Observation)
    order = story.merchant.call("GET", f"/v2/checkout/orders/{hold.provider_reference}").json()
    captures = order["purchase_units"][0]["payments"]["captures"]
    second = next(each for each in captures if each["id"] != last.payment_reference)
    contested = msgspec.structs.replace(last, payment_reference=second["id"])
    report = told(await story.connector.look_up_dispute(contest(story, contested)))
    assert report.payment_reference == last.payment_reference


async def test_every_webhook_of_a_dispute_is_what_the_dispute_now_is(
    story: Story, inbox: Inbox
) -> None:
    await story.connector.register_webhook(inbox.url, "key")
    reference = contest(story, await paid(story))
    await story.connector.submit_evidence(defending(reference))
    decide(story, reference, "lost")
    kinds = {f"CUSTOMER.DISPUTE.{each}" for each in ("CREATED", "UPDATED", "RESOLVED")}
    await asyncio.to_thread(
        inbox.wait_for, lambda got: kinds <= {received.kind for received in got}
    )
    for received in (each for each in inbox.received if each.kind in kinds):
        translated = await story.connector.translate_webhook(received.raw)
        assert isinstance(translated, Translated)
        (report,) = translated.disputes
        assert (report.provider_reference, report.status) == (reference, DisputeStatus.LOST)
