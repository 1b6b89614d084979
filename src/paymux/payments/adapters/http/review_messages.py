"""What the API says of reviews, and what it wants to hear."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from paymux.kernel.errors import InputIsInvalid
from paymux.payments.application.reviews import ReviewEntry
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.domain.payment import PaymentStatus, Review
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.resolution import DECLARED, Resolution, Subject, Verdict
from paymux.platform.http.fields import LaterMoment, Moment, example, example_id, identifier

_STATEMENTS = [Verdict.ACCEPT, *sorted(DECLARED)]


class SubjectKind(StrEnum):
    """What kind of thing is open."""

    ATTEMPT = "attempt"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    ACCEPTANCE = "acceptance"
    EVIDENCE = "evidence"


class OpenSubjectBody(Struct, frozen=True, kw_only=True):
    """Something whose end is not known, and what is known of it.

    `provider_reference` and `payment_reference`: where to find it at the provider.
    `reason_code` and `reason_message`: what its last call came to. `verdicts`: what may be said
    of it.
    """

    id: Annotated[str, identifier("att")]
    kind: Annotated[SubjectKind, example("attempt")]
    connection_id: Annotated[str, identifier("con")]
    status: Annotated[str, example("unknown")]
    amount: Annotated[int, example(1999)]
    currency: Annotated[str, example("USD")]
    provider_reference: str | None
    payment_reference: str | None
    reason_code: Annotated[str | None, example("read_timeout")]
    reason_message: str | None
    verdicts: Annotated[list[Verdict], example(["accept", "never_happened", "succeeded"])]
    created_at: Moment


class ReviewBody(Struct, frozen=True, kw_only=True):
    """A payment that a person has to look at: why, since when, and what of it is open.

    `verdicts`: what may be said of the payment as a whole.
    """

    payment_id: Annotated[str, identifier("pay")]
    why: Annotated[Review, example("unresolved")]
    since: LaterMoment
    status: Annotated[PaymentStatus, example("processing")]
    amount: Annotated[int, example(1999)]
    currency: Annotated[str, example("USD")]
    amount_captured: Annotated[int, example(0)]
    amount_refunded: Annotated[int, example(0)]
    reference: Annotated[str, example("order-1042")] | None
    open: list[OpenSubjectBody]
    verdicts: Annotated[list[Verdict], example([])]


class ResolveReviewBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator found out.

    `accept` wants `subject_id` and `provider_reference`: it is looked up, and what the provider
    shows is applied. `succeeded` and `never_happened` want `subject_id` and a key of an admin:
    they are believed. `handled` may name them, for the record: nothing changes.
    """

    verdict: Annotated[Verdict, Meta(examples=["handled"])]
    evidence: Annotated[
        str,
        Meta(
            min_length=10,
            max_length=1000,
            description="How you know, for whoever asks later.",
            examples=["Seen in the provider's dashboard; refunded there on 23 November."],
        ),
    ]
    subject_id: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=64,
                description="An attempt, capture, refund or response to a dispute that is `open`.",
                examples=[example_id("att")],
            ),
        ]
        | None
    ) = None
    provider_reference: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=255,
                description="The provider's own id of it.",
                examples=["cs_test_a1YpQ83nT"],
            ),
        ]
        | None
    ) = None

    @property
    def needs_admin(self) -> bool:
        """Whether it is believed without the provider's confirming it."""
        return self.verdict in DECLARED

    def to_command(self, actor: str) -> Resolution:
        """Return it as the application takes it; raises InputIsInvalid for what is missing."""
        wants_subject = self.verdict is not Verdict.HANDLED
        if wants_subject and self.subject_id is None:
            message = "Say which attempt, capture, refund or response this is about."
            raise InputIsInvalid(message, field="subject_id")
        if self.verdict is Verdict.ACCEPT and self.provider_reference is None:
            message = "Say under which id the provider shows it."
            raise InputIsInvalid(message, field="provider_reference")
        return Resolution(
            verdict=self.verdict,
            evidence=self.evidence,
            actor=actor,
            subject_id=self.subject_id,
            provider_reference=self.provider_reference,
        )


def review_body(entry: ReviewEntry) -> ReviewBody:
    """Return what the API says of one entry of the queue."""
    payment = entry.details.payment
    return ReviewBody(
        payment_id=payment.id,
        why=payment.review or Review.UNRESOLVED,
        since=payment.review_since or payment.updated_at,
        status=payment.status,
        amount=payment.amount.amount,
        currency=payment.amount.currency,
        amount_captured=payment.amount_captured,
        amount_refunded=payment.amount_refunded,
        reference=payment.reference,
        open=[_subject_body(entry, subject) for subject in entry.subjects],
        verdicts=[Verdict.HANDLED] if entry.can_be_handled else [],
    )


def _subject_body(entry: ReviewEntry, subject: Subject) -> OpenSubjectBody:
    provider_reference, payment_reference = _references(entry, subject)
    return OpenSubjectBody(
        id=subject.id,
        kind=_kind(subject),
        connection_id=subject.connection_id,
        status=subject.status.value,
        amount=subject.amount.amount,
        currency=subject.amount.currency,
        provider_reference=provider_reference,
        payment_reference=payment_reference,
        reason_code=subject.reason_code,
        reason_message=subject.reason_message,
        verdicts=_STATEMENTS,
        created_at=subject.created_at,
    )


def _references(entry: ReviewEntry, subject: Subject) -> tuple[str | None, str | None]:
    if isinstance(subject, Capture):
        attempt = entry.details.attempt(subject.attempt_id)
        return attempt.provider_reference, attempt.payment_reference
    if isinstance(subject, DisputeResponse):
        dispute = next(one for one in entry.details.disputes if one.id == subject.dispute_id)
        return dispute.provider_reference, dispute.payment_reference
    return subject.provider_reference, subject.payment_reference


def _kind(subject: Subject) -> SubjectKind:
    match subject:
        case PaymentAttempt():
            return SubjectKind.ATTEMPT
        case Capture():
            return SubjectKind(subject.kind)
        case Refund():
            return SubjectKind.REFUND
        case DisputeResponse():
            is_evidence = subject.kind is ResponseKind.EVIDENCE
            return SubjectKind.EVIDENCE if is_evidence else SubjectKind.ACCEPTANCE
