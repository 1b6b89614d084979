"""Money that a bank holds late, for payments whose money was to be taken at once."""

from collections.abc import Sequence
from logging import getLogger

from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import AttemptId
from paymux.kernel.scope import Scope
from paymux.payments.application.capture_drafts import CaptureIsNotSupported
from paymux.payments.application.captures import Captures
from paymux.payments.application.jobs import TAKE, Schedule
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.ports.outbound import UnitsOfWork

logger = getLogger(__name__)


class LateHolds:
    """Takes it, again and again until it is known to be taken, or that it cannot be.

    Held for a payment that was canceled meanwhile it is let go; where the provider has no way
    to do that, and where it refuses to have it taken, it goes back by itself in a few days: the
    attempt is watched until then.
    """

    def __init__(
        self, *, units_of_work: UnitsOfWork, captures: Captures, schedule: Schedule
    ) -> None:
        self._units_of_work = units_of_work
        self._captures = captures
        self._schedule = schedule

    async def settle(self, scope: Scope, attempt_id: AttemptId, done: int = 0) -> None:
        """Do what there is to do about a hold, and plan the next time while it stays."""
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
            payment = await work.payments.get(attempt.payment_id)
            tried = await work.captures.of_payment(payment.id)
        if not attempt.holds_unasked:
            return
        try:
            await self._try(scope, payment, attempt, tried)
        except CaptureIsNotSupported:
            return
        except PaymuxError as refusal:
            logger.warning("A late hold could not be taken.", extra={"code": refusal.code})
        await self._plan_next(scope, attempt_id, done)

    async def _try(
        self,
        scope: Scope,
        payment: Payment,
        attempt: PaymentAttempt,
        tried: Sequence[Capture],
    ) -> None:
        if payment.closed_as is PaymentStatus.CANCELED:
            await self._captures.release_second_hold(scope, attempt.id)
        elif all(one.status is CallStatus.NOT_SENT for one in _of(attempt, tried)):
            await self._captures.take(scope, attempt)

    async def _plan_next(self, scope: Scope, attempt_id: AttemptId, done: int) -> None:
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
            tried = await work.captures.of_payment(attempt.payment_id)
            was_refused = any(one.status is CallStatus.REJECTED for one in _of(attempt, tried))
            if not attempt.holds_unasked or was_refused:
                return
            wait, detail = self._schedule.next(done), {"round": done + 1}
            await work.jobs.enqueue(TAKE, attempt_id, after=wait, detail=detail, once=True)
            await work.commit()


def _of(attempt: PaymentAttempt, captures: Sequence[Capture]) -> Sequence[Capture]:
    return [one for one in captures if one.attempt_id == attempt.id]
