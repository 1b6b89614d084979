"""Disputes over HTTP, with the real SDK between Razorpay's connector and the sandbox."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, NotFound, Outcome
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
from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.contract.providers.razorpay_shop import IDS, RUPEES, Shop, open_shop
from tests.unit.integrations.providers.razorpay.stand_in import a_request
from tests.unit.sandbox.driver import Inbox, open_inbox

PDF = b"%PDF-1.4 a receipt"
DOCUMENTS = [
    EvidenceDocument(
        kind=kind, file_name=f"{kind.value}.pdf", media_type="application/pdf", content=PDF
    )
    for kind in DocumentKind
]
EVERYTHING = frozenset(DisputeAction)
UNHEARD = ["drop_after", "error_after", "garbage", "drop_before", "error_before"]


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running(SandboxSettings(retry_base_ms=50)) as url:
        yield url


@pytest.fixture
def shop(served: str) -> Iterator[Shop]:
    with open_shop(served) as opened:
        yield opened


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as opened:
        yield opened


async def paid(shop: Shop) -> str:
    """The id of a payment over one of our links."""
    checkout = await shop.connector.create_checkout(
        a_request(amount=RUPEES, attempt_id=IDS.new("att"))
    )
    assert not isinstance(checkout, Failure)
    shop.sandbox.pay(checkout.url)
    (payment, *_) = shop.merchant.call("GET", "/v1/payments").json()["items"]
    return str(payment["id"])


async def contested(shop: Shop, **more: Any) -> str:
    """The id of a dispute."""
    payment = await paid(shop)
    opened = shop.sandbox.control(
        "POST", "/disputes", provider="razorpay", payment_reference=payment, **more
    )
    return str(opened["reference"])


def decided(shop: Shop, dispute_id: str, outcome: str) -> None:
    shop.sandbox.control("POST", f"/disputes/{dispute_id}/decide", outcome=outcome)


def accepting(dispute_id: str, *, replay: bool = False) -> AcceptRequest:
    return AcceptRequest(
        dispute_id="dsp_1",
        idempotency_key="key",
        provider_reference=dispute_id,
        created_at=datetime.now(UTC),
        replay=replay,
    )


def defending(dispute_id: str, **changes: object) -> EvidenceRequest:
    request = EvidenceRequest(
        dispute_id="dsp_1",
        idempotency_key="key",
        provider_reference=dispute_id,
        amount=RUPEES,
        evidence=Evidence(
            summary="The goods were delivered.",
            tracking_number="1Z999",
            shipped_on=date(2026, 11, 20),
            documents=DOCUMENTS,
        ),
        created_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(request, **changes)


def report(answer: object) -> DisputeReport:
    assert isinstance(answer, DisputeReport), answer
    return answer


def failed(answer: object) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


async def test_a_dispute_is_told_and_read_in_our_words(shop: Shop, inbox: Inbox) -> None:
    shop.listens(inbox)
    dispute_id = await contested(shop, reason="fraudulent_transaction", amount=20000)
    found = report(await shop.connector.look_up_dispute(dispute_id))
    assert (found.status, found.stage) == (DisputeStatus.NEEDS_RESPONSE, DisputeStage.CHARGEBACK)
    assert (found.amount, found.reason) == (Money(20000, "INR"), DisputeReason.FRAUDULENT)
    assert found.reason_code == "fraudulent_transaction"
    assert found.actions == EVERYTHING
    assert found.payment_reference.startswith("pay_")
    assert found.evidence_due_at is not None
    meanings = await shop.meanings(
        inbox, lambda got: any(each.kind == "payment.dispute.created" for each in got)
    )
    told = [each for m in meanings if isinstance(m, Translated) for each in m.disputes]
    assert [msgspec.structs.replace(each, occurred_at=None) for each in told] == [
        msgspec.structs.replace(found, occurred_at=None)
    ]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("closed", DisputeStatus.CLOSED),
    ],
)
async def test_the_banks_decision_is_told(
    shop: Shop, inbox: Inbox, outcome: str, status: DisputeStatus
) -> None:
    dispute_id = await contested(shop)
    shop.listens(inbox)
    decided(shop, dispute_id, outcome)
    found = report(await shop.connector.look_up_dispute(dispute_id))
    assert (found.status, found.actions) == (status, frozenset())
    (meaning,) = await shop.meanings(inbox, lambda got: len(got) >= 1)
    assert isinstance(meaning, Translated)
    assert meaning.disputes[0].status is status


async def test_a_dispute_not_there_is_not_found(shop: Shop) -> None:
    assert await shop.connector.look_up_dispute("disp_0000000000nobo") == NotFound()
    assert failed(await shop.connector.look_up_dispute("dp_1")).outcome is Outcome.REJECTED


async def test_disputes_are_listed_by_the_time_they_were_opened(shop: Shop) -> None:
    first = await contested(shop, stage="inquiry")
    second = await contested(shop, stage="pre_arbitration")
    now = datetime.now(UTC)
    page = await shop.connector.list_disputes(now - timedelta(hours=1), now, None)
    assert isinstance(page, DisputePage), page
    assert page.next_cursor is None
    assert {each.provider_reference: each.stage for each in page.disputes} == {
        first: DisputeStage.INQUIRY,
        second: DisputeStage.PRE_ARBITRATION,
    }
    earlier = await shop.connector.list_disputes(
        now - timedelta(hours=2), now - timedelta(hours=1), None
    )
    assert earlier == DisputePage(disputes=[])


async def test_giving_in_loses_the_dispute_once(shop: Shop) -> None:
    dispute_id = await contested(shop)
    lost = report(await shop.connector.accept_dispute(accepting(dispute_id)))
    assert (lost.status, lost.actions) == (DisputeStatus.LOST, frozenset())
    for replay in (True, False):
        again = report(await shop.connector.accept_dispute(accepting(dispute_id, replay=replay)))
        assert again.status is DisputeStatus.LOST


@pytest.mark.parametrize("kind", UNHEARD)
async def test_giving_in_unheard_can_be_repeated(shop: Shop, kind: str) -> None:
    dispute_id = await contested(shop)
    shop.fails(kind, "dispute.accept")
    unheard = failed(await shop.connector.accept_dispute(accepting(dispute_id)))
    assert unheard.outcome is Outcome.UNKNOWN
    again = report(await shop.connector.accept_dispute(accepting(dispute_id, replay=True)))
    assert again.status is DisputeStatus.LOST


async def test_a_defence_is_handed_in_with_its_documents(shop: Shop) -> None:
    dispute_id = await contested(shop)
    answer = report(await shop.connector.submit_evidence(defending(dispute_id)))
    assert (answer.status, answer.actions) == (DisputeStatus.UNDER_REVIEW, frozenset())
    kept = shop.merchant.call("GET", f"/v1/disputes/{dispute_id}").json()["evidence"]
    assert kept["summary"] == (
        "The goods were delivered.\nTracking number: 1Z999\nShipped on: 2026-11-20"
    )
    for field in (
        "billing_proof",
        "shipping_proof",
        "proof_of_service",
        "customer_communication",
        "refund_cancellation_policy",
        "cancellation_proof",
    ):
        (document_id,) = kept[field]
        assert document_id.startswith("doc_")
    assert kept["others"][0]["type"] == "other"
    document = shop.merchant.call("GET", f"/v1/documents/{kept['billing_proof'][0]}").json()
    assert (document["name"], document["mime_type"], document["size"]) == (
        "receipt.pdf",
        "application/pdf",
        len(PDF),
    )


@pytest.mark.parametrize("kind", UNHEARD)
async def test_a_defence_unheard_is_handed_in_once(shop: Shop, inbox: Inbox, kind: str) -> None:
    dispute_id = await contested(shop)
    shop.listens(inbox)
    shop.fails(kind, "dispute.contest")
    request = defending(dispute_id)
    assert failed(await shop.connector.submit_evidence(request)).outcome is Outcome.UNKNOWN
    again = msgspec.structs.replace(request, replay=True)
    for _ in range(2):
        answer = report(await shop.connector.submit_evidence(again))
        assert answer.status is DisputeStatus.UNDER_REVIEW
    inbox.wait_for(lambda got: len(got) >= 1)
    assert inbox.kinds() == ["payment.dispute.under_review"]


@pytest.mark.parametrize("kind", UNHEARD)
async def test_a_document_that_is_not_uploaded_leaves_the_dispute_as_it_was(
    shop: Shop, kind: str
) -> None:
    dispute_id = await contested(shop)
    shop.fails(kind, "document.create")
    refused = failed(await shop.connector.submit_evidence(defending(dispute_id)))
    assert refused.outcome is Outcome.NOT_PROCESSED
    found = report(await shop.connector.look_up_dispute(dispute_id))
    assert found.status is DisputeStatus.NEEDS_RESPONSE


async def test_a_second_defence_goes_in_when_more_is_asked_for(shop: Shop) -> None:
    dispute_id = await contested(shop)
    first = defending(dispute_id)
    report(await shop.connector.submit_evidence(first))
    decided(shop, dispute_id, "more_evidence")
    repeated = msgspec.structs.replace(first, replay=True)
    asked = report(await shop.connector.submit_evidence(repeated))
    assert (asked.status, asked.actions) == (DisputeStatus.NEEDS_RESPONSE, EVERYTHING)
    later = datetime.now(UTC) + timedelta(minutes=5)
    second = defending(dispute_id, created_at=later, replay=True)
    answered = report(await shop.connector.submit_evidence(second))
    assert answered.status is DisputeStatus.UNDER_REVIEW


async def test_a_dispute_answered_elsewhere_is_not_taken_for_ours(shop: Shop) -> None:
    dispute_id = await contested(shop)
    report(await shop.connector.submit_evidence(defending(dispute_id)))
    other = defending(dispute_id, created_at=datetime.now(UTC) + timedelta(minutes=5))
    for replay in (False, True):
        request = msgspec.structs.replace(other, replay=replay)
        refused = failed(await shop.connector.submit_evidence(request))
        assert (refused.outcome, refused.code) == (
            Outcome.REJECTED,
            "dispute_answered_elsewhere",
        )


async def test_a_defence_without_documents_is_refused_before(shop: Shop) -> None:
    dispute_id = await contested(shop)
    bare = defending(dispute_id, evidence=Evidence(summary="It was right."))
    refused = failed(await shop.connector.submit_evidence(bare))
    assert (refused.code, refused.field) == ("evidence_needs_document", "documents")
    too_much = defending(dispute_id, amount=Money(50001, "INR"))
    assert failed(await shop.connector.submit_evidence(too_much)).code == (
        "contest_exceeds_dispute"
    )


@pytest.mark.parametrize("media_type", ["text/html", "image/png\r\nX-Odd: 1", ""])
async def test_a_document_of_another_type_is_refused_before(shop: Shop, media_type: str) -> None:
    dispute_id = await contested(shop)
    odd = msgspec.structs.replace(DOCUMENTS[0], media_type=media_type)
    evidence = Evidence(summary="It was right.", documents=[odd])
    refused = failed(
        await shop.connector.submit_evidence(defending(dispute_id, evidence=evidence))
    )
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "document_not_usable")
    assert shop.asked("document.create") == 0


async def test_a_files_name_adds_nothing_to_the_form_it_is_sent_in(shop: Shop) -> None:
    dispute_id = await contested(shop)
    name = 'a"\r\nX-Odd: 1\r\n\u0939.pdf'
    odd = msgspec.structs.replace(DOCUMENTS[0], file_name=name)
    evidence = Evidence(summary="It was right.", documents=[odd])
    report(await shop.connector.submit_evidence(defending(dispute_id, evidence=evidence)))
    kept = shop.merchant.call("GET", f"/v1/disputes/{dispute_id}").json()["evidence"]
    document = shop.merchant.call("GET", f"/v1/documents/{kept['billing_proof'][0]}").json()
    assert document["size"] == len(PDF)
    assert "\n" not in document["name"]


async def test_after_the_deadline_nothing_can_be_answered(shop: Shop) -> None:
    dispute_id = await contested(shop, due_in_seconds=60)
    shop.sandbox.control("POST", "/clock", advance_seconds=61)
    refused = failed(await shop.connector.submit_evidence(defending(dispute_id)))
    assert refused.outcome is Outcome.REJECTED
    assert report(await shop.connector.look_up_dispute(dispute_id)).status is DisputeStatus.LOST


async def test_a_repeated_answer_that_cannot_look_proves_nothing(shop: Shop) -> None:
    dispute_id = await contested(shop)
    for request in (accepting(dispute_id, replay=True), defending(dispute_id, replay=True)):
        shop.fails("throttle", "dispute.get")
        connector = shop.connector
        answer = (
            await connector.accept_dispute(request)
            if isinstance(request, AcceptRequest)
            else await connector.submit_evidence(request)
        )
        assert failed(answer).outcome is Outcome.UNKNOWN
