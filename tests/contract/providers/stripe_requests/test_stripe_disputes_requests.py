"""Disputes, and the documents that go with them, against Stripe's published description."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from stripe.params import FileCreateParams

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
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
from tests.contract.published import STRIPE_FILE, published
from tests.unit.integrations.providers.stripe.stand_in import (
    ACCEPT,
    DEFENCE,
    NOW,
    Stripe,
)

DISPUTES, DISPUTE, CLOSE = "/v1/disputes", "/v1/disputes/du_1", "/v1/disputes/du_1/close"
FILES = "/v1/files"
ERROR = {"error": {"type": "api_error"}}
OURS = {"dispute_id": "dsp_1", "response_key": "key-4"}
DUE = 1_900_000_000


def dispute(status: str = "needs_response", **fields: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "id": "du_1",
        "object": "dispute",
        "amount": 1000,
        "currency": "usd",
        "status": status,
        "reason": "fraudulent",
        "created": 1_800_000_000,
        "payment_intent": "pi_1",
        "evidence_details": {"due_by": DUE, "submission_count": 0},
        "metadata": {},
    }
    return {**whole, **fields}


ANSWERED = dispute(
    "under_review",
    metadata=OURS,
    evidence_details={"due_by": DUE, "submission_count": 1},
)


def listed(*data: object, more: bool = False) -> dict[str, object]:
    return {"object": "list", "data": [*data], "has_more": more, "url": DISPUTES}


def documents(*kinds: DocumentKind) -> tuple[EvidenceDocument, ...]:
    return tuple(
        EvidenceDocument(
            kind=kind,
            file_name=f"{kind}.pdf",
            media_type="application/pdf",
            content=b"%PDF\r\n\xff",
        )
        for kind in kinds
    )


def test_every_published_state_and_reason_has_a_word_of_ours() -> None:
    known = published(STRIPE_FILE)["components"]["schemas"]["dispute"]["properties"]["status"]
    assert set(known["x-known-values"]) == {status for status, _, _ in STATES}


STATES = [
    ("warning_needs_response", DisputeStage.INQUIRY, DisputeStatus.NEEDS_RESPONSE),
    ("warning_under_review", DisputeStage.INQUIRY, DisputeStatus.UNDER_REVIEW),
    ("warning_closed", DisputeStage.INQUIRY, DisputeStatus.CLOSED),
    ("prevented", DisputeStage.INQUIRY, DisputeStatus.LOST),
    ("needs_response", DisputeStage.CHARGEBACK, DisputeStatus.NEEDS_RESPONSE),
    ("under_review", DisputeStage.CHARGEBACK, DisputeStatus.UNDER_REVIEW),
    ("won", DisputeStage.CHARGEBACK, DisputeStatus.WON),
    ("lost", DisputeStage.CHARGEBACK, DisputeStatus.LOST),
    ("appeal_needs_response", DisputeStage.CHARGEBACK, DisputeStatus.NEEDS_RESPONSE),
    ("appeal_under_review", DisputeStage.CHARGEBACK, DisputeStatus.UNDER_REVIEW),
]


@pytest.mark.parametrize(("status", "stage", "ours"), STATES)
async def test_a_state_is_told_in_our_words(
    stripe: Stripe,
    connector: StripeConnector,
    status: str,
    stage: DisputeStage,
    ours: DisputeStatus,
) -> None:
    stripe.answer("GET", DISPUTE, dispute(status))
    seen = await connector.look_up_dispute("du_1")
    assert isinstance(seen, DisputeReport)
    assert (seen.stage, seen.status) == (stage, ours)
    assert (seen.amount, seen.payment_reference) == (Money(1000, "USD"), "pi_1")
    assert seen.evidence_due_at == datetime.fromtimestamp(DUE, UTC)
    assert seen.occurred_at
    assert seen.occurred_at >= NOW


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("fraudulent", DisputeReason.FRAUDULENT),
        ("product_not_received", DisputeReason.NOT_RECEIVED),
        ("product_unacceptable", DisputeReason.NOT_AS_DESCRIBED),
        ("credit_not_processed", DisputeReason.NOT_REFUNDED),
        ("duplicate", DisputeReason.DUPLICATE),
        ("subscription_canceled", DisputeReason.SUBSCRIPTION_CANCELED),
        ("unrecognized", DisputeReason.UNRECOGNIZED),
        ("general", DisputeReason.OTHER),
        ("new_in_2027", DisputeReason.OTHER),
    ],
)
async def test_a_reason_is_told_in_our_words_and_stripes(
    stripe: Stripe, connector: StripeConnector, reason: str, ours: DisputeReason
) -> None:
    stripe.answer("GET", DISPUTE, dispute(reason=reason))
    seen = await connector.look_up_dispute("du_1")
    assert isinstance(seen, DisputeReport)
    assert (seen.reason, seen.reason_code) == (ours, reason)


@pytest.mark.parametrize(
    ("status", "due_by", "actions"),
    [
        ("needs_response", DUE, {DisputeAction.ACCEPT, DisputeAction.SUBMIT_EVIDENCE}),
        ("needs_response", None, {DisputeAction.ACCEPT, DisputeAction.SUBMIT_EVIDENCE}),
        ("needs_response", 0, {DisputeAction.ACCEPT}),
        ("warning_needs_response", DUE, {DisputeAction.SUBMIT_EVIDENCE}),
        ("warning_needs_response", 0, set()),
        ("appeal_needs_response", DUE, set()),
        ("under_review", DUE, set()),
        ("lost", DUE, set()),
    ],
)
async def test_what_can_be_done_depends_on_the_state(
    stripe: Stripe,
    connector: StripeConnector,
    status: str,
    due_by: int | None,
    actions: set[DisputeAction],
) -> None:
    stripe.answer("GET", DISPUTE, dispute(status, evidence_details={"due_by": due_by}))
    seen = await connector.look_up_dispute("du_1")
    assert isinstance(seen, DisputeReport)
    assert seen.actions == actions
    assert (seen.evidence_due_at is None) is not bool(due_by)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "new_in_2027"}, "unreadable_reply"),
        ({"payment_intent": None}, "unreadable_reply"),
        ({"currency": "isk", "amount": 1}, "odd_amount"),
        ({"amount": "ten"}, "unreadable_reply"),
    ],
)
async def test_a_dispute_that_cannot_be_told_is_a_failure(
    stripe: Stripe, connector: StripeConnector, fields: dict[str, object], code: str
) -> None:
    stripe.answer("GET", DISPUTE, dispute(**{"status": "won", **fields}))  # type: ignore[arg-type]
    seen = await connector.look_up_dispute("du_1")
    assert isinstance(seen, Failure)
    assert (seen.outcome, seen.code) == (Outcome.UNKNOWN, code)


async def test_a_dispute_of_nobody_is_not_found(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("GET", DISPUTE, {"error": {"code": "resource_missing"}}, status=404)
    assert isinstance(await connector.look_up_dispute("du_1"), NotFound)


async def test_disputes_are_listed_page_by_page_without_those_of_no_payment(
    stripe: Stripe, connector: StripeConnector
) -> None:
    whole = dispute(payment_intent={"id": "pi_1", "object": "payment_intent"})
    odd = dispute("new_in_2027", id="du_9")
    bare = dispute(id="du_0", payment_intent=None)
    stripe.answer("GET", DISPUTES, listed(whole, odd, bare, more=True), listed())
    since, until = NOW - timedelta(days=1), NOW
    page = await connector.list_disputes(since, until, None)
    assert isinstance(page, DisputePage)
    assert [each.provider_reference for each in page.disputes] == ["du_1"]
    assert page.next_cursor == "du_0"
    last = await connector.list_disputes(since, until, page.next_cursor)
    assert isinstance(last, DisputePage)
    assert (last.disputes, last.next_cursor) == ([], None)
    asked = stripe.sent[1].parameters
    assert f"created[gte]={int(since.timestamp())}" in asked
    assert "starting_after=du_0" in asked


async def test_a_list_that_fails_is_a_failure(stripe: Stripe, connector: StripeConnector) -> None:
    stripe.answer("GET", DISPUTES, ERROR, status=500)
    assert isinstance(await connector.list_disputes(NOW, NOW, None), Failure)


async def test_giving_in_is_repeated_word_for_word(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", CLOSE, dispute("lost"))
    seen = await connector.accept_dispute(ACCEPT)
    assert isinstance(seen, DisputeReport)
    assert seen.status is DisputeStatus.LOST
    again = await connector.accept_dispute(msgspec.structs.replace(ACCEPT, replay=True))
    assert isinstance(again, DisputeReport)
    assert stripe.sent[0] == stripe.sent[1]
    assert stripe.sent[0].key == "key-3"


EVERYTHING = Evidence(
    summary="Ünï=&[x]\n" * 4000,
    product_description="Tea",
    customer_name="Pat Payer",
    customer_email="payer@example.com",
    shipping_carrier="Post",
    tracking_number="T-1",
    shipped_on=date(2026, 11, 2),
    service_on=date(2026, 11, 1),
    documents=documents(*DocumentKind),
)


@pytest.mark.parametrize("evidence", [Evidence(summary="It was right."), EVERYTHING])
async def test_every_defence_we_hand_in_is_as_published(
    stripe: Stripe, connector: StripeConnector, evidence: Evidence
) -> None:
    files = [{"id": f"file_{number}", "object": "file"} for number in range(7)]
    stripe.answer("POST", FILES, *files)
    stripe.answer("POST", DISPUTE, ANSWERED)
    asked = msgspec.structs.replace(DEFENCE, evidence=evidence)
    seen = await connector.submit_evidence(asked)
    assert isinstance(seen, DisputeReport)
    assert seen.status is DisputeStatus.UNDER_REVIEW
    handed_in = stripe.sent[-1]
    assert (handed_in.path, handed_in.key) == (DISPUTE, "key-4")
    assert "submit=true" in handed_in.parameters
    assert handed_in.parameters.count("=file_") == len(evidence.documents)
    assert len(stripe.sent) == 1 + len(evidence.documents)


async def test_an_upload_is_what_the_sdks_types_say_and_has_a_key_of_its_own(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", FILES, {"id": "file_1", "object": "file"})
    stripe.answer("POST", DISPUTE, ANSWERED)
    evidence = Evidence(summary="It was right.", documents=documents(DocumentKind.RECEIPT))
    await connector.submit_evidence(msgspec.structs.replace(DEFENCE, evidence=evidence))
    upload = stripe.sent[0]
    fields = {part.partition('"')[0] for part in upload.parameters.split('; name="')[1:]}
    assert fields == {"purpose", "file"}
    assert fields <= set(FileCreateParams.__annotations__)
    assert 'filename="receipt.pdf"' in upload.parameters
    assert "\r\n\r\ndispute_evidence\r\n" in upload.parameters
    assert "%PDF\r\n\xff\r\n" in upload.parameters
    assert upload.key == "key-4:receipt"


@pytest.mark.parametrize(
    ("status", "code", "replay", "outcome"),
    [
        (500, "api_error", False, Outcome.NOT_PROCESSED),
        (500, "api_error", True, Outcome.UNKNOWN),
        (400, "parameter_missing", False, Outcome.REJECTED),
        (429, "rate_limit", True, Outcome.NOT_PROCESSED),
    ],
)
async def test_without_its_documents_nothing_is_handed_in(
    stripe: Stripe,
    connector: StripeConnector,
    *,
    status: int,
    code: str,
    replay: bool,
    outcome: Outcome,
) -> None:
    stripe.answer("GET", DISPUTE, dispute())
    stripe.answer("POST", FILES, {"error": {"code": code}}, status=status)
    evidence = Evidence(summary="It was right.", documents=documents(DocumentKind.OTHER))
    asked = msgspec.structs.replace(DEFENCE, evidence=evidence, replay=replay)
    failure = await connector.submit_evidence(asked)
    assert isinstance(failure, Failure)
    assert failure.outcome is outcome
    assert DISPUTE not in {sent.path for sent in stripe.sent if sent.method == "POST"}


async def test_two_documents_of_one_kind_are_refused(
    stripe: Stripe, connector: StripeConnector
) -> None:
    twice = documents(DocumentKind.RECEIPT, DocumentKind.RECEIPT)
    evidence = Evidence(summary="It was right.", documents=twice)
    failure = await connector.submit_evidence(msgspec.structs.replace(DEFENCE, evidence=evidence))
    assert isinstance(failure, Failure)
    assert (failure.code, stripe.sent) == ("too_many_documents", [])


async def test_a_defence_that_was_handed_in_is_not_handed_in_again(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("GET", DISPUTE, ANSWERED)
    seen = await connector.submit_evidence(msgspec.structs.replace(DEFENCE, replay=True))
    assert isinstance(seen, DisputeReport)
    assert [sent.method for sent in stripe.sent] == ["GET"]


@pytest.mark.parametrize("request_", [ACCEPT, DEFENCE])
async def test_a_repetition_that_cannot_look_hands_nothing_in(
    stripe: Stripe, connector: StripeConnector, request_: AcceptRequest | EvidenceRequest
) -> None:
    stripe.answer("GET", DISPUTE, ERROR, status=500)
    stripe.answer("POST", CLOSE, ERROR, status=500)
    failure = await carried_out(connector, msgspec.structs.replace(request_, replay=True))
    assert isinstance(failure, Failure)
    assert failure.outcome is Outcome.UNKNOWN


async def carried_out(
    connector: StripeConnector, request_: AcceptRequest | EvidenceRequest
) -> DisputeReport | Failure:
    if isinstance(request_, AcceptRequest):
        return await connector.accept_dispute(request_)
    return await connector.submit_evidence(request_)


@pytest.mark.parametrize(
    ("request_", "left"), [(ACCEPT, dispute("lost")), (DEFENCE, ANSWERED)], ids=["give in", "say"]
)
@pytest.mark.parametrize("status", [400, 500])
async def test_what_a_refusal_or_an_error_left_behind_is_looked_at(
    stripe: Stripe,
    connector: StripeConnector,
    *,
    request_: AcceptRequest | EvidenceRequest,
    left: dict[str, object],
    status: int,
) -> None:
    for path in (CLOSE, DISPUTE):
        stripe.answer("POST", path, {"error": {"type": "invalid_request_error"}}, status=status)
    stripe.answer("GET", DISPUTE, left)
    seen = await carried_out(connector, request_)
    assert isinstance(seen, DisputeReport)


@pytest.mark.parametrize("request_", [ACCEPT, DEFENCE])
@pytest.mark.parametrize(
    ("left", "status", "outcome"),
    [
        (dispute("under_review"), 400, Outcome.REJECTED),
        (dispute(), 500, Outcome.UNKNOWN),
        (ERROR, 400, Outcome.REJECTED),
    ],
)
async def test_what_nobody_did_stays_refused_or_unknown(
    stripe: Stripe,
    connector: StripeConnector,
    *,
    request_: AcceptRequest | EvidenceRequest,
    left: dict[str, object],
    status: int,
    outcome: Outcome,
) -> None:
    kind = "api_error" if status >= 500 else "invalid_request_error"
    for path in (CLOSE, DISPUTE):
        stripe.answer("POST", path, {"error": {"type": kind}}, status=status)
    stripe.answer("GET", DISPUTE, left)
    failure = await carried_out(connector, request_)
    assert isinstance(failure, Failure)
    assert failure.outcome is outcome


@pytest.mark.parametrize(
    ("request_", "path", "done"),
    [(ACCEPT, CLOSE, dispute("lost")), (DEFENCE, DISPUTE, ANSWERED)],
    ids=["give in", "say"],
)
async def test_an_error_that_stripe_repeats_is_got_past_as_nothing_can_be_done_twice(
    stripe: Stripe,
    connector: StripeConnector,
    request_: AcceptRequest | EvidenceRequest,
    path: str,
    done: dict[str, object],
) -> None:
    stripe.answer("POST", path, ERROR, ERROR, status=500)
    stripe.answer("GET", DISPUTE, dispute())
    first = await carried_out(connector, request_)
    assert isinstance(first, Failure)
    stripe.answer("POST", path, done)
    again = await carried_out(connector, msgspec.structs.replace(request_, replay=True))
    assert isinstance(again, DisputeReport)
    key = request_.idempotency_key
    posted = [sent.key for sent in stripe.sent if sent.method == "POST"]
    assert posted == [key, key, f"{key}:again"]


@pytest.mark.parametrize("request_", [ACCEPT, DEFENCE])
@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (409, "idempotency_key_in_use", Outcome.IN_PROGRESS),
        (429, "lock_timeout", Outcome.NOT_PROCESSED),
        (404, "resource_missing", Outcome.REJECTED),
        (401, "api_key_expired", Outcome.CREDENTIALS),
    ],
)
async def test_what_was_not_tried_is_not_looked_for(
    stripe: Stripe,
    connector: StripeConnector,
    *,
    request_: AcceptRequest | EvidenceRequest,
    status: int,
    code: str,
    outcome: Outcome,
) -> None:
    for path in (CLOSE, DISPUTE):
        stripe.answer("POST", path, {"error": {"code": code}}, status=status)
    failure = await carried_out(connector, request_)
    assert isinstance(failure, Failure)
    assert (failure.outcome, len(stripe.sent)) == (outcome, 1)
