"""Captures and voids: what a merchant does with money that is held."""

from paymux.kernel.clock import Clock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, CaptureId, Ids, PaymentId
from paymux.kernel.origin import Origin, new_id
from paymux.kernel.scope import Scope
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.capture_drafts import CaptureTerms, draft, refuse_incapable
from paymux.payments.application.jobs import CHECK_CAPTURE, Schedule
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import (
    Capture,
    CaptureKind,
    PaymentIsNotAuthorized,
    refuse_unless_held,
)
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.outbound import Connections, UnitsOfWork

_VOID = CaptureTerms(CaptureKind.VOID)
_WHOLE = CaptureTerms(CaptureKind.CAPTURE)


class Captures:
    """The use cases of held money. Each call has a row with its key and bytes before it is made.

    At most one call of a payment is under way: the row lock sees to it, and an index.
    """

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        calls: CaptureCalls,
        schedule: Schedule,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._calls = calls
        self._schedule = schedule
        self._clock = clock
        self._ids = ids

    async def capture(
        self,
        scope: Scope,
        payment_id: PaymentId,
        amount: int | None = None,
        *,
        is_final: bool = True,
        origin: Origin | None = None,
    ) -> Capture:
        """Take what is held, all that is left unless told; the rest is let go when final.

        Refuses a payment that holds no money or has a capture or void under way, more than is
        left, and parts that the provider does not do. A provider that fails is no refusal: the
        capture's status says what is known. A request that died half-way is finished.
        """
        terms = CaptureTerms(CaptureKind.CAPTURE, amount, is_final)
        return await self._asked(scope, payment_id, terms, origin)

    async def void(
        self, scope: Scope, payment_id: PaymentId, origin: Origin | None = None
    ) -> Capture:
        """Let all that is held and not taken go; refuses what `capture` refuses."""
        return await self._asked(scope, payment_id, _VOID, origin)

    async def take(self, scope: Scope, attempt: PaymentAttempt) -> Capture:
        """Take all that this very attempt holds; refuses what `capture` refuses."""
        return await self._make(scope, attempt, _WHOLE, None)

    async def release(self, scope: Scope, attempt: PaymentAttempt) -> Capture:
        """Let go what this very attempt holds; refuses what `void` refuses."""
        return await self._make(scope, attempt, _VOID, None)

    async def release_second_hold(self, scope: Scope, attempt_id: AttemptId) -> Capture:
        """Let go what an attempt holds that another had taken, or held, before; once.

        Refuses an attempt that holds nothing twice, and what `void` refuses.
        """
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
            captures = await work.captures.of_payment(attempt.payment_id)
        for capture in captures:
            if capture.attempt_id == attempt_id and capture.is_worth_waiting_for:
                return capture
        return await self.release(scope, attempt)

    async def get(self, scope: Scope, capture_id: CaptureId) -> Capture:
        """Return one capture or void; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await work.captures.get(capture_id)

    async def _asked(
        self, scope: Scope, payment_id: PaymentId, terms: CaptureTerms, origin: Origin | None
    ) -> Capture:
        if origin is not None and origin.is_repeated:
            begun = await self._begun(scope, CaptureId(origin.id("cap")))
            if begun is not None:
                return begun
        return await self._make(scope, await self._held(scope, payment_id), terms, origin)

    async def _begun(self, scope: Scope, capture_id: CaptureId) -> Capture | None:
        """Return what an earlier run of the same request began, as it stands now."""
        try:
            capture = await self.get(scope, capture_id)
        except ThingIsNotFound:
            return None
        return await self._calls.refresh(scope, capture, Source.POLL)

    async def _held(self, scope: Scope, payment_id: PaymentId) -> PaymentAttempt:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            for attempt in await work.attempts.of_payment(payment_id):
                if attempt.holds_money:
                    return attempt
        raise PaymentIsNotAuthorized(payment.status)

    async def _make(
        self, scope: Scope, attempt: PaymentAttempt, terms: CaptureTerms, origin: Origin | None
    ) -> Capture:
        """Make the call durable before the provider hears of it, alone under the row lock."""
        abilities = await self._connections.capabilities(scope, attempt.connection_id)
        # Secrets that cannot be opened are found out here, before anything is stored.
        connector = await self._connections.connector(scope, attempt.connection_id)
        refuse_incapable(connector, terms.kind)
        async with self._units_of_work(scope) as work:
            await work.payments.lock(attempt.payment_id)
            attempt = await work.attempts.get(attempt.id)
            refuse_unless_held(attempt, await work.captures.of_payment(attempt.payment_id))
            capture_id = CaptureId(new_id(self._ids, "cap", origin))
            capture = draft(capture_id, attempt, terms, abilities, self._clock.now())
            await work.captures.add(capture)
            await work.jobs.enqueue(CHECK_CAPTURE, capture.id, after=self._schedule.begin())
            await work.commit()
        return await self._calls.make(scope, capture)
