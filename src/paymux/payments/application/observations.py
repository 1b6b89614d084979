"""The one function through which everything that is learned of an attempt goes."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.ids import AttemptId, ConnectionId, Ids, ObservationId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.jobs import (
    CHECK,
    CLOSE,
    COMPLETE,
    GIVE_BACK,
    RELEASE,
    TAKE,
    VERIFY,
    Schedule,
)
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.reports import Heard
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import SETTLED, AttemptStatus, Effect, Report
from paymux.payments.domain.capture import explains
from paymux.payments.domain.payment import Payment, PaymentStatus, Review
from paymux.payments.domain.refund import refunded
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.connectors import Observation
from paymux.payments.ports.events import PaymentEvent, PaymentEventType
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.outbound import UnitOfWork, UnitsOfWork

_EVENT_OF_STATUS: Final = {
    PaymentStatus.AUTHORIZED: PaymentEventType.AUTHORIZED,
    PaymentStatus.SUCCEEDED: PaymentEventType.SUCCEEDED,
    PaymentStatus.FAILED: PaymentEventType.FAILED,
    PaymentStatus.CANCELED: PaymentEventType.CANCELED,
    PaymentStatus.EXPIRED: PaymentEventType.EXPIRED,
}

_REVIEW_OF_EFFECT: Final = {
    Effect.AMOUNT_MISMATCH: Review.AMOUNT_MISMATCH,
    Effect.SECOND_SUCCESS: Review.SECOND_SUCCESS,
}


class Observations:
    """Applies reports to attempts under the payment's row lock (invariant 3)."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        methods: MethodObservations,
        clock: Clock,
        ids: Ids,
        schedule: Schedule,
    ) -> None:
        self._methods = methods
        self._schedule = schedule
        self._units_of_work = units_of_work
        self._clock = clock
        self._ids = ids

    async def observe(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        observation: Observation,
        source: ObservationSource,
    ) -> Observed:
        """Apply what a provider reports; refuses nothing, SUBJECT_UNKNOWN when it is not ours."""
        attempt_id = AttemptId(observation.attempt_id) if observation.attempt_id else None
        heard = Heard.of(observation, Source(source))
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.find(
                connection_id, attempt_id, observation.provider_reference
            )
            if attempt is None:
                return Observed.SUBJECT_UNKNOWN
            effect, _ = await self.record(work, attempt.payment_id, attempt.id, heard)
            await work.commit()
        return Observed(effect)

    async def learn(
        self,
        scope: Scope,
        attempt: PaymentAttempt,
        heard: Heard,
        successor: PaymentAttempt | None = None,
    ) -> PaymentDetails:
        """Apply a report on a known attempt in a transaction of its own.

        When it leaves the payment without a live attempt, `successor` takes its place at once,
        so that nobody ever sees a payment fail that goes on elsewhere.
        """
        async with self._units_of_work(scope) as work:
            _, details = await self.record(work, attempt.payment_id, attempt.id, heard, successor)
            await work.commit()
        return details

    async def record(
        self,
        work: UnitOfWork,
        payment_id: PaymentId,
        attempt_id: AttemptId,
        heard: Heard,
        successor: PaymentAttempt | None = None,
    ) -> tuple[Effect, PaymentDetails]:
        """Apply a report within the caller's transaction; the timeline returned is this entry."""
        payment = await work.payments.lock(payment_id)
        attempts = [*await work.attempts.of_payment(payment_id)]
        details = PaymentDetails(payment, attempts)
        attempt = details.attempt(attempt_id)
        was = copy(attempt)
        effect = await self._apply(work, attempt, attempts, heard.report)
        entry = self._entry(attempt, heard, effect)
        is_new = await work.timeline.add(entry)
        await self._keep(work, payment, attempt, heard)
        await self._plan_work(work, was, attempt, heard)
        review = _REVIEW_OF_EFFECT.get(effect)
        has_held = was.has_held or attempt.has_held
        if has_held and effect is not Effect.AMOUNT_MISMATCH:
            review = await self._follow_money(work, attempt, heard.report) or review
        if not is_new and review in payment.reviews_resolved:
            review = None  # A person has looked at what this says once more.
        if effect is not Effect.REPEATED:
            await work.attempts.save(attempt)
            await self._succeed(work, payment, attempts, successor)
        if effect is not Effect.REPEATED or review is not None:
            await self.follow(work, payment, attempts, review)
        return effect, replace(details, timeline=[entry])

    async def _keep(
        self, work: UnitOfWork, payment: Payment, attempt: PaymentAttempt, heard: Heard
    ) -> None:
        """Keep what was decided, and the method that was saved."""
        if heard.decision is not None:
            await work.decisions.add(heard.decision)
        if heard.saved_method is not None:
            saved = heard.saved_method
            await self._methods.take_in(work, payment, attempt, saved, heard.source)

    async def _plan_work(
        self, work: UnitOfWork, was: PaymentAttempt, attempt: PaymentAttempt, heard: Heard
    ) -> None:
        """Leave behind what is to be done about an attempt now that was not before."""
        if attempt.awaits_completion and not was.approved:
            await work.jobs.enqueue(COMPLETE, attempt.id)
        if heard.verify_after is not None and attempt.is_unresolved:
            await work.jobs.enqueue(VERIFY, attempt.id, after=heard.verify_after)
        if attempt.is_watched and not was.is_watched:
            await work.jobs.enqueue(CHECK, attempt.id, after=self._schedule.begin())
        if attempt.holds_unasked and not was.holds_unasked:
            # Most providers take it themselves a moment later.
            await work.jobs.enqueue(TAKE, attempt.id, after=self._schedule.begin())
        if attempt.leaves_page and not was.leaves_page:
            await work.jobs.enqueue(CLOSE, attempt.id)

    async def _follow_money(
        self, work: UnitOfWork, attempt: PaymentAttempt, report: Report
    ) -> Review | None:
        """Let captures and voids follow the money; do they explain what a report says of it?"""
        captures = await work.captures.of_payment(attempt.payment_id)
        mine = [capture for capture in captures if capture.attempt_id == attempt.id]
        for capture in mine:
            if capture.follow(attempt):
                await work.captures.save(capture)
        if not attempt.captures_later:
            return None  # All of it or nothing.
        is_explained = explains(mine, attempt.taken_by(report), attempt.amount)
        return None if is_explained else Review.AMOUNT_MISMATCH

    async def begin(self, work: UnitOfWork, attempt: PaymentAttempt) -> None:
        """Store an attempt that is about to be made, and see that it is watched."""
        await work.attempts.add(attempt)
        await work.jobs.enqueue(CHECK, attempt.id, after=self._schedule.begin())

    async def supersede(self, work: UnitOfWork, attempt: PaymentAttempt, reason: str) -> None:
        """Send the payer elsewhere from now on; the old page is closed by a job."""
        attempt.apply(Report(status=AttemptStatus.SUPERSEDED, reason_code=reason))
        await work.attempts.save(attempt)
        await work.jobs.enqueue(CLOSE, attempt.id)

    async def _apply(
        self,
        work: UnitOfWork,
        attempt: PaymentAttempt,
        attempts: Sequence[PaymentAttempt],
        report: Report,
    ) -> Effect:
        """Apply a report; money that comes second is marked as such, money that comes first wins.

        An attempt that has been superseded may settle the payment yet; the live one then gives
        way, before the database sees two of them.
        """
        others = [other for other in attempts if other is not attempt]
        is_settled = any(other.status in SETTLED for other in others)
        if report.status in SETTLED and is_settled:
            had = attempt.status, attempt.amount_captured
            effect = attempt.apply(replace(report, status=AttemptStatus.DUPLICATE))
            has = attempt.status, attempt.amount_captured
            if effect is not Effect.AMOUNT_MISMATCH and has != had:
                job = RELEASE if attempt.holds_in_vain else GIVE_BACK
                await work.jobs.enqueue(job, attempt.id)
                return Effect.SECOND_SUCCESS
            return effect
        effect = attempt.apply(report)
        if attempt.status in SETTLED and effect is Effect.APPLIED:
            for other in others:
                if other.is_live:
                    await self.supersede(work, other, "paid_elsewhere")
        return effect

    async def _succeed(
        self,
        work: UnitOfWork,
        payment: Payment,
        attempts: list[PaymentAttempt],
        successor: PaymentAttempt | None,
    ) -> None:
        if successor is None or payment.closed_as or any(one.is_live for one in attempts):
            return
        await self.begin(work, successor)
        attempts.append(successor)

    async def follow(
        self,
        work: UnitOfWork,
        payment: Payment,
        attempts: Sequence[PaymentAttempt],
        review: Review | None = None,
    ) -> None:
        """Let a locked payment follow its attempts, and tell what has become of it."""
        before, review_before, captured = payment.status, payment.review, payment.amount_captured
        if review is not None:
            payment.ask_for_review(review)
        payment.follow(attempts, self._clock.now())
        if payment.amount_captured > captured > 0:
            # More may have been given back than we knew to be taken.
            refunds = await work.refunds.of_payment(payment.id)
            payment.give_back(refunded(refunds), self._clock.now())
        payment.note_review(self._clock.now())
        await work.payments.save(payment)
        if payment.status is not before and _is_told(payment):
            await work.events.add(self._event(payment, _EVENT_OF_STATUS[payment.status]))
        if payment.review is not None and review_before is None:
            await work.events.add(self._event(payment, PaymentEventType.NEEDS_REVIEW))

    def reviewed(self, payment: Payment) -> PaymentEvent:
        """Return the fact that a person has looked at a payment."""
        return self._event(payment, PaymentEventType.REVIEW_RESOLVED)

    def created(self, payment: Payment) -> PaymentEvent:
        """Return the fact that a payment was created."""
        return self._event(payment, PaymentEventType.CREATED)

    def _entry(self, attempt: PaymentAttempt, heard: Heard, effect: Effect) -> TimelineEntry:
        report = heard.report
        return TimelineEntry(
            id=ObservationId(self._ids.new("obs")),
            payment_id=attempt.payment_id,
            attempt_id=attempt.id,
            source=heard.source,
            status="approved" if report.approved else report.status.value,
            effect=effect,
            recorded_at=self._clock.now(),
            occurred_at=heard.occurred_at,
            provider_reference=report.provider_reference,
            payment_reference=report.payment_reference,
            amount=report.amount,
            reason_code=report.reason_code,
            reason_message=report.reason_message,
        )

    def _event(self, payment: Payment, kind: PaymentEventType) -> PaymentEvent:
        return PaymentEvent(
            type=kind,
            payment_id=payment.id,
            amount=payment.amount,
            customer_id=payment.customer_id,
            reference=payment.reference,
            occurred_at=self._clock.now(),
        )


def _is_told(payment: Payment) -> bool:
    """Tell whether anybody waits to hear of its status: nobody is to take what we take."""
    is_ours_to_take = payment.status is PaymentStatus.AUTHORIZED and not payment.captures_later
    return payment.status in _EVENT_OF_STATUS and not is_ours_to_take
