"""Whoever looks at a payment sees what its provider knows, as far as that answers in time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from logging import getLogger
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.observations import PaymentDetails
from paymux.payments.application.payments import Payments
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.domain.attempt import AttemptStatus, PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.outbound import Breakers

logger = getLogger(__name__)

_READER_WAITS_SECONDS: Final = 3.0
_REST: Final = timedelta(seconds=5)
_STILL_IN_HAND: Final = timedelta(seconds=60)
_MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Open:
    """One call whose outcome is not known, and how to find out."""

    id: str
    connection_id: ConnectionId
    began: datetime
    is_in_flight: bool
    refresh: Callable[[], Awaitable[object]]


class Reconciliation:
    """Finds out about unknown outcomes when somebody asks, besides the checks that are planned.

    Bounded: three seconds in all, at most one try in five seconds for each call, and none where
    the breaker is open. That it fails is no refusal.
    """

    def __init__(
        self,
        *,
        payments: Payments,
        attempts: Attempts,
        capture_calls: CaptureCalls,
        refund_calls: RefundCalls,
        breakers: Breakers,
        clock: Clock,
        patience: float = _READER_WAITS_SECONDS,
    ) -> None:
        self._payments = payments
        self._attempts = attempts
        self._capture_calls = capture_calls
        self._refund_calls = refund_calls
        self._breakers = breakers
        self._clock = clock
        self._patience = patience
        self._asked: OrderedDict[str, datetime] = OrderedDict()

    async def get(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        """Return a payment as it is after asking about what is unknown; refuses an unknown id."""
        details = await self._payments.get(scope, payment_id)
        if await self.refresh(scope, details):
            return await self._payments.get(scope, payment_id)
        return details

    async def refresh(self, scope: Scope, details: PaymentDetails) -> bool:
        """Ask about every unknown outcome of a payment; tell whether anybody was asked."""
        due = [one for one in self._unknown(scope, details) if self._is_due(one)]
        if not due:
            return False
        try:
            async with asyncio.timeout(self._patience):
                for one in due:
                    await _ask(one)
        except TimeoutError:
            logger.info("A provider took too long for a reader to wait.")
        return True

    def _unknown(self, scope: Scope, details: PaymentDetails) -> Iterator[_Open]:
        poll = Source.POLL
        for attempt in details.attempts:
            if attempt.is_unresolved:
                ask = partial(self._attempts.refresh, scope, attempt, poll)
                yield _open(attempt, ask)
        for capture in details.captures:
            if capture.is_unresolved:
                yield _open(capture, partial(self._capture_calls.refresh, scope, capture, poll))
        for refund in details.refunds:
            if refund.is_unresolved:
                yield _open(refund, partial(self._refund_calls.refresh, scope, refund, poll))

    def _is_due(self, one: _Open) -> bool:
        """Tell whether to ask now; a call that may be in another request's hands is left alone."""
        now = self._clock.now()
        if one.is_in_flight and now < one.began + _STILL_IN_HAND:
            return False
        last = self._asked.get(one.id)
        if last is not None and now < last + _REST:
            return False
        if self._breakers.is_open(one.connection_id):
            return False
        self._asked[one.id] = now
        self._asked.move_to_end(one.id)
        if len(self._asked) > _MOST_REMEMBERED:
            self._asked.popitem(last=False)
        return True


def _open(
    call: PaymentAttempt | Capture | Refund, refresh: Callable[[], Awaitable[object]]
) -> _Open:
    is_in_flight = call.status.value == AttemptStatus.IN_FLIGHT.value
    return _Open(call.id, call.connection_id, call.created_at, is_in_flight, refresh)


async def _ask(one: _Open) -> None:
    try:
        await one.refresh()
    except PaymuxError as refusal:
        # The reader is shown what we know; the check that is planned asks again.
        logger.warning("An unknown outcome stays so.", extra={"code": refusal.code})
