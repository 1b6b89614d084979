"""The one function through which everything that is learned of a refund goes."""

from collections.abc import Sequence
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId, Ids, ObservationId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.observations import Observations
from paymux.payments.application.refund_drafts import RefundDrafts
from paymux.payments.application.refund_reports import RefundHeard, heard_of_report
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.payment import Payment, Review
from paymux.payments.domain.refund import Refund, RefundStatus, refunded
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.connectors import RefundReport
from paymux.payments.ports.events import RefundEvent, RefundEventType
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.outbound import UnitOfWork, UnitsOfWork

_EVENT_OF_STATUS: Final = {
    RefundStatus.SUCCEEDED: RefundEventType.SUCCEEDED,
    RefundStatus.FAILED: RefundEventType.FAILED,
    RefundStatus.CANCELED: RefundEventType.FAILED,
    RefundStatus.REJECTED: RefundEventType.FAILED,
    RefundStatus.NOT_SENT: RefundEventType.FAILED,
}


class RefundObservations:
    """Applies reports to refunds under their payment's row lock (invariants 3 and 5)."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        observations: Observations,
        drafts: RefundDrafts,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._units_of_work = units_of_work
        self._observations = observations
        self._drafts = drafts
        self._clock = clock
        self._ids = ids

    async def observe_refund(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: RefundReport,
        source: ObservationSource,
    ) -> Observed:
        """Apply what a provider reports; refuses nothing, SUBJECT_UNKNOWN when it is not ours."""
        heard = heard_of_report(report, Source(source))
        async with self._units_of_work(scope) as work:
            payment_id = await _payment_of(work, connection_id, heard)
            if payment_id is None:
                return Observed.SUBJECT_UNKNOWN
            effect, _ = await self.record(work, payment_id, connection_id, heard)
            if effect is None:
                return Observed.SUBJECT_UNKNOWN
            await work.commit()
        return Observed(effect)

    async def learn(self, scope: Scope, refund: Refund, heard: RefundHeard) -> Refund:
        """Apply a report on a known refund in a transaction of its own; return it as it is now."""
        async with self._units_of_work(scope) as work:
            _, refunds = await self.record(work, refund.payment_id, refund.connection_id, heard)
            await work.commit()
        return next(one for one in refunds if one.id == refund.id)

    async def record(
        self,
        work: UnitOfWork,
        payment_id: PaymentId,
        connection_id: ConnectionId,
        heard: RefundHeard,
    ) -> tuple[Effect | None, Sequence[Refund]]:
        """Apply a report within the caller's transaction; return all refunds of the payment.

        No effect at all when it is of a refund that we do not know, or not yet.
        """
        payment = await work.payments.lock(payment_id)
        refunds = [*await work.refunds.of_payment(payment_id)]
        here = [one for one in refunds if one.connection_id == connection_id]
        refund = _subject(here, heard)
        if refund is None:
            refund = await self._take_in(work, payment, here, connection_id, heard)
            if refund is None:
                return None, refunds
            refunds.append(refund)
        if heard.decision is not None:
            await work.decisions.add(heard.decision)
        review = Review.SECOND_REFUND if _is_second(refund, here, heard) else None
        effect, is_new = await self._apply(work, refund, heard)
        if is_new or effect is not Effect.AMOUNT_MISMATCH or not _has_been_seen(payment):
            await self._settle(work, payment, refunds, effect, review)
        return effect, refunds

    async def _take_in(
        self,
        work: UnitOfWork,
        payment: Payment,
        refunds: Sequence[Refund],
        connection_id: ConnectionId,
        heard: RefundHeard,
    ) -> Refund | None:
        """Store a refund that was made at the provider itself, if this is news of one."""
        attempts = await work.attempts.of_payment(payment.id)
        here = [one for one in attempts if one.connection_id == connection_id]
        attempt, amount = _paid_by(here, refunds, heard), heard.news.amount
        if attempt is None or amount is None or amount.currency != payment.amount.currency:
            return None
        if not payment.amount_captured or _may_be_ours(refunds, heard):
            return None
        refund = self._drafts.made_at_provider(attempt, amount, heard)
        await self.begin(work, refund)
        return refund

    async def begin(self, work: UnitOfWork, refund: Refund) -> None:
        """Store a new refund of a locked payment, and tell of it."""
        await work.refunds.add(refund)
        await work.events.add(self._event(refund, RefundEventType.CREATED))

    async def _apply(
        self, work: UnitOfWork, refund: Refund, heard: RefundHeard
    ) -> tuple[Effect, bool]:
        """Apply news; tell what it changed, and whether it had not been heard before."""
        before = refund.status
        effect = refund.apply(heard.news)
        is_new = await work.timeline.add(self._entry(refund, heard, effect))
        if effect is Effect.APPLIED:
            await work.refunds.save(refund)
        if refund.status is not before and refund.status in _EVENT_OF_STATUS:
            await work.events.add(self._event(refund, _EVENT_OF_STATUS[refund.status]))
        return effect, is_new

    async def _settle(
        self,
        work: UnitOfWork,
        payment: Payment,
        refunds: Sequence[Refund],
        effect: Effect,
        review: Review | None,
    ) -> None:
        """Let a locked payment follow its refunds; what should never be goes before a person."""
        if effect is Effect.REPEATED:
            return
        if effect is Effect.AMOUNT_MISMATCH:
            review = Review.AMOUNT_MISMATCH
        total = refunded(refunds)
        if total > payment.amount_captured:
            review = Review.OVER_REFUNDED
        payment.give_back(total, self._clock.now())
        attempts = await work.attempts.of_payment(payment.id)
        await self._observations.follow(work, payment, attempts, review)

    def _entry(self, refund: Refund, heard: RefundHeard, effect: Effect) -> TimelineEntry:
        news = heard.news
        return TimelineEntry(
            id=ObservationId(self._ids.new("obs")),
            payment_id=refund.payment_id,
            attempt_id=refund.attempt_id,
            source=heard.source,
            status=news.status.value,
            effect=effect,
            recorded_at=self._clock.now(),
            occurred_at=heard.occurred_at,
            provider_reference=news.provider_reference,
            payment_reference=heard.payment_reference,
            amount=news.amount,
            reason_code=news.reason_code,
            reason_message=news.reason_message,
            refund_id=refund.id,
        )

    def _event(self, refund: Refund, kind: RefundEventType) -> RefundEvent:
        return RefundEvent(
            type=kind,
            refund_id=refund.id,
            payment_id=refund.payment_id,
            amount=refund.amount,
            cause=refund.cause.value,
            status=refund.status.value,
            reason=refund.reason,
            reason_code=refund.reason_code,
            occurred_at=self._clock.now(),
        )


def _has_been_seen(payment: Payment) -> bool:
    """Tell whether a person has looked at an amount that differs, and found it settled."""
    return Review.AMOUNT_MISMATCH in payment.reviews_resolved


async def _payment_of(
    work: UnitOfWork, connection_id: ConnectionId, heard: RefundHeard
) -> PaymentId | None:
    reference = heard.news.provider_reference or ""
    refund = await work.refunds.find(connection_id, heard.refund_id, reference)
    if refund is not None:
        return refund.payment_id
    if heard.payment_reference is None:
        return None
    attempt = await work.attempts.find_paid(connection_id, heard.payment_reference)
    return None if attempt is None else attempt.payment_id


def _subject(refunds: Sequence[Refund], heard: RefundHeard) -> Refund | None:
    """Find which refund is meant: by the provider's reference, else by ours.

    One of ours that the provider knows under another reference already is not the one meant.
    """
    reference = heard.news.provider_reference
    if reference is not None:
        for one in refunds:
            if one.provider_reference == reference:
                return one
    ours = next((one for one in refunds if one.id == heard.refund_id), None)
    if ours is None or reference is None or ours.provider_reference is None:
        return ours
    return None


def _is_second(refund: Refund, refunds: Sequence[Refund], heard: RefundHeard) -> bool:
    """Tell whether the provider made two refunds of one of ours."""
    ours = [one for one in refunds if one.id == heard.refund_id]
    return bool(ours) and ours[0] is not refund


def _paid_by(
    attempts: Sequence[PaymentAttempt], refunds: Sequence[Refund], heard: RefundHeard
) -> PaymentAttempt | None:
    """Find the attempt whose money is given back."""
    if heard.payment_reference is not None:
        for attempt in attempts:
            if attempt.payment_reference == heard.payment_reference:
                return attempt
    tried = {one.attempt_id for one in refunds if one.id == heard.refund_id}
    return next((attempt for attempt in attempts if attempt.id in tried), None)


def _may_be_ours(refunds: Sequence[Refund], heard: RefundHeard) -> bool:
    """Tell whether a refund that seems to be the provider's may yet turn out to be ours.

    While one of ours is unresolved, a report without our reference may be of that very one.
    """
    return heard.refund_id is None and any(
        one.is_unresolved and one.amount == heard.news.amount for one in refunds
    )
