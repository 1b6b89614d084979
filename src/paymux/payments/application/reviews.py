"""The operator's queue: what a person has to look at, and how it is resolved."""

from collections.abc import Sequence
from dataclasses import dataclass

from paymux.kernel.clock import Clock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, Ids, ObservationId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.dispute_observations import DisputeObservations
from paymux.payments.application.evidence import Evidence, EvidenceDesk
from paymux.payments.application.observations import Observations
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.payments import Payments
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.payment import PaymentIsNotInReview
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.resolution import (
    EndIsKnown,
    EvidenceIsNotConfirmed,
    Resolution,
    SomethingIsUnresolved,
    Subject,
    Verdict,
    is_open,
    open_subjects,
)
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.books import PaymentFilter
from paymux.payments.ports.outbound import UnitOfWork, UnitsOfWork

_IN_REVIEW = PaymentFilter(needs_review=True)


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """A payment that a person has to look at, and everything of it that is still open."""

    details: PaymentDetails
    subjects: Sequence[Subject]

    @property
    def can_be_handled(self) -> bool:
        """Whether it may be resolved without saying how something ended."""
        return not any(subject.is_unresolved for subject in self.subjects)


class Reviews:
    """Every resolution says who gave it and why, and ends in the functions that apply reports."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        payments: Payments,
        desk: EvidenceDesk,
        observations: Observations,
        refund_observations: RefundObservations,
        dispute_observations: DisputeObservations,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._units_of_work = units_of_work
        self._payments = payments
        self._desk = desk
        self._observations = observations
        self._refund_observations = refund_observations
        self._dispute_observations = dispute_observations
        self._clock = clock
        self._ids = ids

    async def list(self, scope: Scope, page: PageRequest) -> Page[ReviewEntry]:
        """Return what waits for a person, newest payment first."""
        found = await self._payments.list(scope, _IN_REVIEW, page)
        entries = [_entry(await self._payments.get(scope, one.id)) for one in found.items]
        return Page(entries, found.next_cursor)

    async def resolve(
        self, scope: Scope, payment_id: PaymentId, said: Resolution
    ) -> PaymentDetails:
        """Learn what an operator shows or declares, and note that the payment was looked at.

        Refuses a payment that waits for nobody, a subject whose end is known, what the provider
        does not confirm, and to call handled what is unknown.
        """
        details = await self._payments.get(scope, payment_id)
        if details.payment.review is None:
            raise PaymentIsNotInReview
        subject = _subject(details, said)
        evidence = None
        if subject is not None and said.verdict is not Verdict.HANDLED:
            evidence = await self._desk.take(scope, details, subject, said)
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            payment.resolve_review()
            await work.payments.save(payment)
            if subject is not None and evidence is not None:
                await self._apply(work, subject, evidence)
            attempt_id = _attempt_of(subject) if subject else details.attempts[-1].id
            await work.timeline.add(self._noted(payment_id, attempt_id, subject, said))
            await work.events.add(self._observations.reviewed(payment))
            await work.commit()
        return await self._payments.get(scope, payment_id)

    async def _apply(self, work: UnitOfWork, subject: Subject, evidence: Evidence) -> None:
        """Apply evidence to what it is about; raises when that settles nothing."""
        effects: list[Effect | None] = []
        if evidence.of_attempt is not None:
            effect, _ = await self._observations.record(
                work, subject.payment_id, *evidence.of_attempt
            )
            effects.append(effect)
        if evidence.of_refund is not None:
            effect_on_refund, _ = await self._refund_observations.record(
                work, subject.payment_id, subject.connection_id, evidence.of_refund
            )
            effects.append(effect_on_refund)
        if evidence.of_dispute is not None:
            contested = await work.attempts.get(_attempt_of(subject))
            await self._dispute_observations.record(work, contested, evidence.of_dispute)
        if Effect.AMOUNT_MISMATCH in effects:
            why = "the amount is another one"
            raise EvidenceIsNotConfirmed(why)
        now = await self._as_it_is_now(work, subject)
        if isinstance(now, Capture) and evidence.of_capture is not None:
            now.conclude(*evidence.of_capture)
            await work.captures.save(now)
        if isinstance(now, DisputeResponse) and evidence.of_response is not None:
            now.conclude(*evidence.of_response)
            await work.dispute_responses.save(now)
        if now.status == subject.status or now.is_unresolved:
            why = f"it would still be {now.status}"
            raise EvidenceIsNotConfirmed(why)

    async def _as_it_is_now(self, work: UnitOfWork, subject: Subject) -> Subject:
        match subject:
            case PaymentAttempt():
                return await work.attempts.get(subject.id)
            case Capture():
                return await work.captures.get(subject.id)
            case Refund():
                return await work.refunds.get(subject.id)
            case DisputeResponse():
                return await work.dispute_responses.get(subject.id)

    def _noted(
        self,
        payment_id: PaymentId,
        attempt_id: AttemptId,
        subject: Subject | None,
        said: Resolution,
    ) -> TimelineEntry:
        return TimelineEntry(
            id=ObservationId(self._ids.new("obs")),
            payment_id=payment_id,
            attempt_id=attempt_id,
            refund_id=subject.id if isinstance(subject, Refund) else None,
            dispute_id=subject.dispute_id if isinstance(subject, DisputeResponse) else None,
            source=Source.OPERATOR,
            status="review_resolved",
            effect=Effect.APPLIED,
            recorded_at=self._clock.now(),
            provider_reference=said.provider_reference,
            reason_code=said.verdict,
            reason_message=said.evidence,
            actor=said.actor,
        )


def _entry(details: PaymentDetails) -> ReviewEntry:
    return ReviewEntry(details, [*open_subjects(details.subjects)])


def _subject(details: PaymentDetails, said: Resolution) -> Subject | None:
    """Return what was said something of; None for the payment as a whole."""
    is_handled = said.verdict is Verdict.HANDLED
    for one in _entry(details).subjects:
        if is_handled and one.is_unresolved:
            raise SomethingIsUnresolved(one.id)
    if is_handled and said.subject_id is None:
        return None
    subject = next((one for one in details.subjects if one.id == said.subject_id), None)
    if subject is None:
        kind = "attempt, capture, refund or response of this payment"
        raise ThingIsNotFound(kind, said.subject_id or "")
    if not is_handled and not is_open(subject):
        raise EndIsKnown(subject.status)
    return subject


def _attempt_of(subject: Subject) -> AttemptId:
    return subject.id if isinstance(subject, PaymentAttempt) else subject.attempt_id
