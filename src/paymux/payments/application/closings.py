"""Payments that are to end before anybody pays, or before their money is taken."""

from collections.abc import Sequence

from paymux.kernel.ids import PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_drafts import CaptureIsNotSupported
from paymux.payments.application.captures import Captures
from paymux.payments.application.observations import Observations
from paymux.payments.application.pages import Pages
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import PaymentIsClosed, PaymentStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.outbound import UnitsOfWork


class Closings:
    """Closes a payment's hosted pages, and lets go what it holds."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        attempts: Attempts,
        pages: Pages,
        captures: Captures,
        observations: Observations,
    ) -> None:
        self._units_of_work = units_of_work
        self._attempts = attempts
        self._pages = pages
        self._captures = captures
        self._observations = observations

    async def close(self, scope: Scope, payment_id: PaymentId, how: PaymentStatus) -> None:
        """Have the payment end this way.

        Refuses one that has ended, also by a payer who was just quicker, one whose provider has
        not answered yet, and to expire one whose money is held.
        """
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            attempts = await work.attempts.of_payment(payment_id)
        if payment.is_closed:
            raise PaymentIsClosed(payment.status)
        for attempt in attempts:
            if attempt.is_unresolved:
                await self._attempts.refresh(scope, attempt, Source.POLL)
        for attempt in await self._mark_closed(scope, payment_id, how):
            if attempt.holds_money:
                await self._let_go(scope, attempt, how)
            elif attempt.is_open:
                await self._pages.close(scope, attempt)
        async with self._units_of_work(scope) as work:
            (await work.payments.get(payment_id)).refuse_unless(how)

    async def _let_go(self, scope: Scope, attempt: PaymentAttempt, how: PaymentStatus) -> None:
        """Let go what is held; what nobody asked to hold may go back by itself, in days."""
        if attempt.holds_unasked and how is PaymentStatus.EXPIRED:
            return  # The payer was in time, and the money is being taken.
        try:
            await self._captures.release(scope, attempt)
        except CaptureIsNotSupported:
            if attempt.captures_later:
                raise
            await self._pages.close(scope, attempt)

    async def _mark_closed(
        self, scope: Scope, payment_id: PaymentId, how: PaymentStatus
    ) -> Sequence[PaymentAttempt]:
        """Note first how it ends, so that whatever closes its last page ends it that way."""
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            attempts = await work.attempts.of_payment(payment_id)
            payment.close(how, attempts)
            await self._observations.follow(work, payment, attempts)
            await work.commit()
        return attempts
