"""What is done with one attempt at its provider: open, resolve, complete, close."""

from logging import getLogger
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import AttemptId
from paymux.kernel.scope import Scope
from paymux.payments.application.jobs import CHECK, Schedule
from paymux.payments.application.observations import Heard, Observations, PaymentDetails
from paymux.payments.application.reports import (
    REPEATABLE,
    guarded,
    patience,
    report_of_checkout,
    report_of_completion,
    report_of_observation,
)
from paymux.payments.domain.attempt import AttemptStatus, PaymentAttempt, Report
from paymux.payments.domain.payment import Review
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import (
    AttemptQuery,
    CheckoutRequest,
    CompletesCheckouts,
    CreatesCheckouts,
    ExpiresCheckouts,
    Failure,
    LooksUp,
    NotFound,
    Observation,
)
from paymux.payments.ports.outbound import Connections, UnitsOfWork

logger = getLogger(__name__)

_GONE: Final = Report(status=AttemptStatus.NOT_SENT, reason_code="not_found_at_provider")
_INCAPABLE: Final = Report(status=AttemptStatus.REJECTED, reason_code="capability_missing")


class ProviderIsNotReady(PaymuxError):
    """The provider could not do it now; the same call is to be made again later.

    Make the same call again after a moment; made twice it does no harm.
    """

    code = "provider_not_ready"
    category = Category.PROVIDER_FAILED

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"The provider could not do it now ({failure.code}); try again later.")
        self.reason = failure.code
        self.delay = patience(failure)


class Attempts:
    """Drives attempts; every reply ends in `Observations`. No call is made in a transaction."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        observations: Observations,
        schedule: Schedule,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._observations = observations
        self._schedule = schedule
        self._clock = clock

    async def open_checkout(
        self, scope: Scope, attempt: PaymentAttempt, *, replay: bool = False
    ) -> PaymentDetails:
        """Open the attempt's hosted page with its own key, and record the reply."""
        request = msgspec.json.decode(attempt.request, type=CheckoutRequest)
        connector = await self._connections.connector(scope, attempt.connection_id)
        report = _INCAPABLE
        if isinstance(connector, CreatesCheckouts):
            request = msgspec.structs.replace(request, replay=replay)
            reply = await guarded(connector.create_checkout(request))
            report = report_of_checkout(reply, replay=replay)
        return await self._observations.learn(scope, attempt, Heard(report, Source.REPLY))

    async def check(self, scope: Scope, attempt_id: AttemptId, done: int = 0) -> None:
        """Ask what became of a live attempt, and plan the next time while it stays open.

        An attempt that is still unresolved when the schedule is used up stays unknown, and the
        payment goes before a person (invariant 4).
        """
        attempt = await self._get(scope, attempt_id)
        if not attempt.is_open:
            return
        try:
            await self.refresh(scope, attempt, Source.POLL)
        except PaymuxError as refusal:
            # A connection that cannot be used must not end the watch over its attempts.
            logger.warning("An attempt could not be checked.", extra={"code": refusal.code})
        await self._plan_next_check(scope, attempt, done)

    async def refresh(self, scope: Scope, attempt: PaymentAttempt, source: Source) -> None:
        """Learn the attempt's present state from the provider; a failure changes nothing."""
        can_replay = attempt.is_unresolved and self._clock.now() < attempt.replay_until
        if can_replay:
            details = await self.open_checkout(scope, attempt, replay=True)
            attempt = details.attempt(attempt.id)
            if not attempt.is_unresolved:
                return
        found = await self._look_up(scope, attempt)
        # A call we have just made may still arrive, so absence proves nothing then.
        if isinstance(found, NotFound) and attempt.is_unresolved and not can_replay:
            await self._observations.learn(scope, attempt, Heard(_GONE, source))
        if isinstance(found, Observation):
            heard = Heard(report_of_observation(found), source, found.occurred_at)
            details = await self._observations.learn(scope, attempt, heard)
            attempt = details.attempt(attempt.id)
        if attempt.awaits_completion:
            await self._complete_now_or_by_job(scope, attempt)

    async def complete(self, scope: Scope, attempt_id: AttemptId) -> None:
        """Take the money of an approved attempt; never for a payment that has been closed.

        Raises ProviderIsNotReady when the same call is worth making again.
        """
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
            payment = await work.payments.get(attempt.payment_id)
        reference = attempt.provider_reference
        if payment.is_closed or not attempt.awaits_completion or reference is None:
            return
        connector = await self._connections.connector(scope, attempt.connection_id)
        if not isinstance(connector, CompletesCheckouts):
            return
        reply = await guarded(connector.complete_checkout(reference, attempt.completion_key))
        if isinstance(reply, Failure) and reply.outcome in REPEATABLE:
            raise ProviderIsNotReady(reply)
        report = report_of_completion(reply, attempt.completion_round)
        await self._observations.learn(scope, attempt, Heard(report, Source.REPLY))

    async def close(self, scope: Scope, attempt: PaymentAttempt) -> None:
        """Close the hosted page where the provider can; else only we forget it.

        Raises ProviderIsNotReady when it is not known to be closed.
        """
        connector = await self._connections.connector(scope, attempt.connection_id)
        reference = attempt.provider_reference
        report = Report(status=AttemptStatus.CANCELED, reason_code="closed_by_us")
        if isinstance(connector, ExpiresCheckouts) and reference is not None:
            key = f"{attempt.idempotency_key}-expire"
            reply = await guarded(connector.expire_checkout(reference, key))
            if isinstance(reply, Failure):
                raise ProviderIsNotReady(reply)
            report = report_of_observation(reply)
        await self._observations.learn(scope, attempt, Heard(report, Source.REPLY))

    async def _complete_now_or_by_job(self, scope: Scope, attempt: PaymentAttempt) -> None:
        try:
            await self.complete(scope, attempt.id)
        except ProviderIsNotReady:
            return  # The job that was enqueued with the approval makes the call again.

    async def _plan_next_check(self, scope: Scope, attempt: PaymentAttempt, done: int) -> None:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(attempt.payment_id)
            attempt = await work.attempts.get(attempt.id)
            if not attempt.is_open:
                return
            if attempt.is_unresolved and self._schedule.is_used_up(done):
                attempts = await work.attempts.of_payment(payment.id)
                await self._observations.follow(work, payment, attempts, Review.UNRESOLVED)
            wait = self._schedule.next(done)
            await work.jobs.enqueue(CHECK, attempt.id, after=wait, detail={"round": done + 1})
            await work.commit()

    async def _look_up(
        self, scope: Scope, attempt: PaymentAttempt
    ) -> Observation | NotFound | Failure | None:
        connector = await self._connections.connector(scope, attempt.connection_id)
        if not isinstance(connector, LooksUp):
            return None
        query = AttemptQuery(
            attempt_id=attempt.id,
            created_at=attempt.created_at,
            provider_reference=attempt.provider_reference,
        )
        return await guarded(connector.look_up(query))

    async def _get(self, scope: Scope, attempt_id: AttemptId) -> PaymentAttempt:
        async with self._units_of_work(scope) as work:
            return await work.attempts.get(attempt_id)
