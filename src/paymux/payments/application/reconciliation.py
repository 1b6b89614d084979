"""Whoever looks at a payment sees what its provider knows, as far as that answers in time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from logging import getLogger
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId, DisputeId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.dispute_calls import DisputeCalls
from paymux.payments.application.disputes import DisputeDetails, Disputes
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.payments import Payments
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.outbound import Breakers

logger = getLogger(__name__)

_READER_WAITS_SECONDS: Final = 3.0
_REST: Final = timedelta(seconds=5)
_STILL_IN_HAND: Final = timedelta(seconds=60)
_MOST_REMEMBERED: Final = 10_000
_POLL: Final = Source.POLL


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
        disputes: Disputes,
        dispute_calls: DisputeCalls,
        breakers: Breakers,
        clock: Clock,
        patience: float = _READER_WAITS_SECONDS,
    ) -> None:
        self._payments = payments
        self._attempts = attempts
        self._capture_calls = capture_calls
        self._refund_calls = refund_calls
        self._disputes = disputes
        self._dispute_calls = dispute_calls
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

    async def dispute(self, scope: Scope, dispute_id: DisputeId) -> DisputeDetails:
        """Return a dispute as it is after looking, while it is open; refuses an unknown id."""
        details = await self._disputes.get(scope, dispute_id)
        if await self._ask_about(self._open_of(scope, details)):
            return await self._disputes.get(scope, dispute_id)
        return details

    async def refresh(self, scope: Scope, details: PaymentDetails) -> bool:
        """Ask about every unknown outcome of a payment; tell whether anybody was asked."""
        return await self._ask_about(self._unknown(scope, details))

    async def _ask_about(self, calls: Iterator[_Open]) -> bool:
        due = [one for one in calls if self._is_due(one)]
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
        for attempt in details.attempts:
            yield from _open(attempt, partial(self._attempts.refresh, scope, attempt, _POLL))
        for capture in details.captures:
            yield from _open(capture, partial(self._capture_calls.refresh, scope, capture, _POLL))
        for refund in details.refunds:
            yield from _open(refund, partial(self._refund_calls.refresh, scope, refund, _POLL))
        yield from self._unanswered(scope, details.responses)

    def _unanswered(self, scope: Scope, responses: Sequence[DisputeResponse]) -> Iterator[_Open]:
        for one in responses:
            yield from _open(one, partial(self._dispute_calls.refresh, scope, one, _POLL))

    def _open_of(self, scope: Scope, details: DisputeDetails) -> Iterator[_Open]:
        """What is unknown of a dispute; else how the dispute stands, while it is open."""
        dispute, unanswered = details.dispute, [*self._unanswered(scope, details.responses)]
        if unanswered or not dispute.is_open:
            return iter(unanswered)
        look = partial(self._dispute_calls.look, scope, dispute, _POLL)
        began = dispute.created_at
        return iter([_Open(dispute.id, dispute.connection_id, began, False, look)])

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
    call: PaymentAttempt | Capture | Refund | DisputeResponse,
    refresh: Callable[[], Awaitable[object]],
) -> Iterator[_Open]:
    if call.is_unresolved:
        is_in_flight = call.status.value == AttemptStatus.IN_FLIGHT.value
        if isinstance(call, PaymentAttempt):
            # Its decline was heard of, but whoever charges it may be about to go on elsewhere.
            is_in_flight = is_in_flight or call.is_undecided
        yield _Open(call.id, call.connection_id, call.created_at, is_in_flight, refresh)


async def _ask(one: _Open) -> None:
    try:
        await one.refresh()
    except PaymuxError as refusal:
        # The reader is shown what we know; the check that is planned asks again.
        logger.warning("An unknown outcome stays so.", extra={"code": refusal.code})
