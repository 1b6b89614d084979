"""The one function through which everything that is learned of a dispute goes."""

from datetime import datetime, timedelta
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId, DisputeId, Ids, ObservationId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.dispute_reports import DisputeHeard, heard_of_report
from paymux.payments.application.jobs import REMIND, WATCH_DISPUTE
from paymux.payments.application.observations import Observations
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.dispute import Dispute, DisputeNews, DisputeStatus, can_be_of
from paymux.payments.domain.payment import Payment, Review
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.disputes import DisputeReport
from paymux.payments.ports.events import DisputeEvent, DisputeEventType
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.outbound import UnitOfWork, UnitsOfWork

DAILY: Final = timedelta(days=1)
_REMIND_BEFORE: Final = timedelta(days=3)

_EVENT_OF_STATUS: Final = {
    DisputeStatus.NEEDS_RESPONSE: DisputeEventType.NEEDS_RESPONSE,
    DisputeStatus.UNDER_REVIEW: DisputeEventType.UNDER_REVIEW,
    DisputeStatus.WON: DisputeEventType.WON,
    DisputeStatus.LOST: DisputeEventType.LOST,
    DisputeStatus.CLOSED: DisputeEventType.CLOSED,
}


class DisputeObservations:
    """Applies reports to disputes under their payment's row lock (invariant 3)."""

    def __init__(
        self, *, units_of_work: UnitsOfWork, observations: Observations, clock: Clock, ids: Ids
    ) -> None:
        self._units_of_work = units_of_work
        self._observations = observations
        self._clock = clock
        self._ids = ids

    async def observe_dispute(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: DisputeReport,
        source: ObservationSource,
    ) -> Observed:
        """Apply what a provider reports; refuses nothing, SUBJECT_UNKNOWN when it is not ours."""
        heard = heard_of_report(report, Source(source))
        async with self._units_of_work(scope) as work:
            attempt = await _contested(work, connection_id, heard)
            if attempt is None:
                return Observed.SUBJECT_UNKNOWN
            effect, _ = await self.record(work, attempt, heard)
            await work.commit()
        return Observed(effect)

    async def learn(self, scope: Scope, dispute: Dispute, heard: DisputeHeard) -> Dispute:
        """Apply a report on a known dispute in a transaction of its own; return it as it is."""
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(dispute.attempt_id)
            _, dispute = await self.record(work, attempt, heard)
            await work.commit()
        return dispute

    async def record(
        self, work: UnitOfWork, attempt: PaymentAttempt, heard: DisputeHeard
    ) -> tuple[Effect, Dispute]:
        """Apply a report within the caller's transaction; a dispute not known yet is taken in."""
        payment = await work.payments.lock(attempt.payment_id)
        known = await self._known(work, payment.id, attempt.connection_id, heard)
        dispute = known or self._taken_in(attempt, heard)
        before = None if known is None else dispute.current
        is_odd = not can_be_of(heard.news.amount, attempt)
        is_oddly_new = is_odd and heard.news.amount not in dispute.amounts
        effect = dispute.apply(heard.news, self._clock.now())
        if known is None:
            await work.disputes.add(dispute)
        else:
            await work.disputes.save(dispute)
        await self._tell(work, dispute, before)
        await self._follow(work, dispute)
        effect = Effect.AMOUNT_MISMATCH if is_odd else effect
        await work.timeline.add(self._entry(dispute, heard, effect))
        await self._settle(work, payment, Review.AMOUNT_MISMATCH if is_oddly_new else None)
        return effect, dispute

    async def _known(
        self,
        work: UnitOfWork,
        payment_id: PaymentId,
        connection_id: ConnectionId,
        heard: DisputeHeard,
    ) -> Dispute | None:
        for one in await work.disputes.of_payment(payment_id):
            is_here = one.connection_id == connection_id
            if is_here and one.provider_reference == heard.provider_reference:
                return one
        return None

    def _taken_in(self, attempt: PaymentAttempt, heard: DisputeHeard) -> Dispute:
        now = self._clock.now()
        return Dispute(
            id=DisputeId(self._ids.new("dsp")),
            payment_id=attempt.payment_id,
            attempt_id=attempt.id,
            connection_id=attempt.connection_id,
            provider=attempt.provider,
            provider_reference=heard.provider_reference,
            payment_reference=heard.payment_reference,
            created_at=now,
            updated_at=now,
        )

    async def _tell(self, work: UnitOfWork, dispute: Dispute, before: DisputeNews | None) -> None:
        """Tell of one that is new, that stands otherwise, or that has to be answered anew."""
        now = dispute.current
        if before is None:
            await work.events.add(self.event(dispute, DisputeEventType.OPENED, ""))
        if now.is_open and not (before is not None and before.is_open):
            await work.jobs.enqueue(WATCH_DISPUTE, dispute.id, after=DAILY)
        is_asked_anew = dispute.needs_response and (before is None or before.round != now.round)
        if before is None or before.status is not now.status or is_asked_anew:
            occasion = f"{now.stage} {now.evidence_due_at} {now.at}"
            kind = _EVENT_OF_STATUS[now.status]
            await work.events.add(self.event(dispute, kind, occasion))
        if is_asked_anew and now.evidence_due_at is not None:
            await self._plan_reminder(work, dispute.id, now.evidence_due_at)

    async def _plan_reminder(self, work: UnitOfWork, dispute_id: DisputeId, due: datetime) -> None:
        """Remind some days ahead, or half-way where there are not so many."""
        left = due - self._clock.now()
        wait = max(left - _REMIND_BEFORE, left / 2)
        if wait > timedelta():
            detail = {"due": int(due.timestamp())}
            await work.jobs.enqueue(REMIND, dispute_id, after=wait, detail=detail)

    async def _follow(self, work: UnitOfWork, dispute: Dispute) -> None:
        """Let responses follow what is known of their dispute."""
        for response in await work.dispute_responses.of_payment(dispute.payment_id):
            if response.dispute_id == dispute.id and response.follow(dispute):
                await work.dispute_responses.save(response)

    async def _settle(self, work: UnitOfWork, payment: Payment, review: Review | None) -> None:
        """Note that the payment is contested; what should never be goes before a person."""
        if payment.disputed and review is None:
            return
        payment.contest(self._clock.now())
        attempts = await work.attempts.of_payment(payment.id)
        await self._observations.follow(work, payment, attempts, review)

    def event(self, dispute: Dispute, kind: DisputeEventType, occasion: str) -> DisputeEvent:
        """Return a fact about the dispute as it is now."""
        now = dispute.current
        return DisputeEvent(
            type=kind,
            dispute_id=dispute.id,
            payment_id=dispute.payment_id,
            amount=now.amount,
            status=now.status.value,
            stage=now.stage.value,
            reason=now.reason.value,
            reason_code=now.reason_code,
            evidence_due_at=now.evidence_due_at,
            occasion=occasion,
            occurred_at=self._clock.now(),
        )

    def _entry(self, dispute: Dispute, heard: DisputeHeard, effect: Effect) -> TimelineEntry:
        news = heard.news
        return TimelineEntry(
            id=ObservationId(self._ids.new("obs")),
            payment_id=dispute.payment_id,
            attempt_id=dispute.attempt_id,
            dispute_id=dispute.id,
            source=heard.source,
            status=news.status.value,
            effect=effect,
            recorded_at=self._clock.now(),
            occurred_at=heard.occurred_at,
            provider_reference=heard.provider_reference,
            payment_reference=heard.payment_reference,
            amount=news.amount,
            reason_code=news.reason_code or news.reason.value,
            reason_message=_in_words(news),
        )


async def _contested(
    work: UnitOfWork, connection_id: ConnectionId, heard: DisputeHeard
) -> PaymentAttempt | None:
    """Find the attempt whose money is contested, whatever became of the attempt since."""
    dispute = await work.disputes.find(connection_id, heard.provider_reference)
    if dispute is not None:
        return await work.attempts.get(dispute.attempt_id)
    return await work.attempts.find_paid(connection_id, heard.payment_reference)


def _in_words(news: DisputeNews) -> str:
    stage = news.stage.replace("_", "-").capitalize()
    if news.evidence_due_at is None:
        return f"{stage}."
    return f"{stage}; to be answered by {news.evidence_due_at.isoformat(timespec='minutes')}."
