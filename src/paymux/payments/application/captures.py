"""Captures and voids: what is done with authorised money."""

from logging import getLogger
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import CaptureId, Ids, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_drafts import CaptureTerms, draft, refuse_incapable
from paymux.payments.application.capture_reports import news_of, report_of_void
from paymux.payments.application.jobs import CHECK_CAPTURE, Schedule
from paymux.payments.application.observations import Heard, Observations
from paymux.payments.application.reports import guarded, report_of_observation
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import (
    Capture,
    CaptureKind,
    PaymentIsNotAuthorized,
    refuse_unless_held,
)
from paymux.payments.domain.payment import Review
from paymux.payments.domain.timeline import Source
from paymux.payments.ports import captures as port
from paymux.payments.ports.connectors import Failure, Observation, Outcome
from paymux.payments.ports.outbound import Connections, UnitsOfWork

logger = getLogger(__name__)

_INCAPABLE: Final = Failure(
    outcome=Outcome.REJECTED,
    code="capability_missing",
    message="The provider cannot do this.",
)


class Captures:
    """Takes authorised money, or lets it go. No call is made in a transaction.

    Each call has a row with its key and its exact bytes before it is made, and at most one of
    a payment is under way. Every reply ends in `Observations`, and the row follows the money.
    """

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        attempts: Attempts,
        observations: Observations,
        schedule: Schedule,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._attempts = attempts
        self._observations = observations
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
    ) -> Capture:
        """Take what is held, all that is left unless told; the rest is let go when final.

        Refuses a payment that holds no money or has a capture or void under way, more than is
        left, and parts that the provider does not do. A provider that fails is no refusal: the
        capture's status says what is known.
        """
        attempt = await self._held(scope, payment_id)
        return await self._make(
            scope, attempt, CaptureTerms(CaptureKind.CAPTURE, amount, is_final)
        )

    async def void(self, scope: Scope, payment_id: PaymentId) -> Capture:
        """Let all that is held and not taken go; refuses what `capture` refuses."""
        return await self.release(scope, await self._held(scope, payment_id))

    async def release(self, scope: Scope, attempt: PaymentAttempt) -> Capture:
        """Let go what this very attempt holds."""
        return await self._make(scope, attempt, CaptureTerms(CaptureKind.VOID))

    async def check(self, scope: Scope, capture_id: CaptureId, done: int = 0) -> None:
        """Ask what became of a capture or void, and plan the next time while that is unknown.

        One that is still unknown when the schedule is used up stays so, and the payment goes
        before a person (invariant 4).
        """
        capture = await self.get(scope, capture_id)
        if not capture.is_unresolved:
            return
        try:
            await self.refresh(scope, capture, Source.POLL)
        except PaymuxError as refusal:
            # A connection that cannot be used must not end the watch over its captures.
            logger.warning("A capture could not be checked.", extra={"code": refusal.code})
        await self._plan_next_check(scope, capture, done)

    async def refresh(self, scope: Scope, capture: Capture, source: Source) -> Capture:
        """Learn what became of it: by the same call while its key lives, else by looking."""
        if self._clock.now() < capture.replay_until:
            reply = await self._send(scope, capture, replay=True)
            capture = await self._learn(scope, capture, reply, Source.REPLY, replay=True)
            if not capture.is_unresolved:
                return capture
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(capture.attempt_id)
        found = await self._attempts.look_up(scope, attempt)
        if not isinstance(found, Observation):
            return capture
        capture = await self._learn(scope, capture, found, source)
        if capture.is_unresolved and capture.absence_proves(self._clock.now()):
            gone = Failure(
                outcome=Outcome.NOT_SENT, code="not_found_at_provider", message="It is not there."
            )
            capture = await self._learn(scope, capture, gone, source)
        return capture

    async def get(self, scope: Scope, capture_id: CaptureId) -> Capture:
        """Return one capture or void; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await work.captures.get(capture_id)

    async def _held(self, scope: Scope, payment_id: PaymentId) -> PaymentAttempt:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            for attempt in await work.attempts.of_payment(payment_id):
                if attempt.holds_money:
                    return attempt
        raise PaymentIsNotAuthorized(payment.status)

    async def _make(self, scope: Scope, attempt: PaymentAttempt, terms: CaptureTerms) -> Capture:
        capture = await self._begin(scope, attempt, terms)
        reply = await self._send(scope, capture)
        capture = await self._learn(scope, capture, reply, Source.REPLY)
        if capture.is_unresolved:
            return await self.refresh(scope, capture, Source.POLL)
        return capture

    async def _begin(self, scope: Scope, attempt: PaymentAttempt, terms: CaptureTerms) -> Capture:
        """Make the call durable before the provider hears of it, alone under the row lock."""
        abilities = await self._connections.capabilities(scope, attempt.connection_id)
        # Secrets that cannot be opened are found out here, before anything is stored.
        refuse_incapable(
            await self._connections.connector(scope, attempt.connection_id), terms.kind
        )
        async with self._units_of_work(scope) as work:
            await work.payments.lock(attempt.payment_id)
            attempt = await work.attempts.get(attempt.id)
            refuse_unless_held(attempt, await work.captures.of_payment(attempt.payment_id))
            capture_id = CaptureId(self._ids.new("cap"))
            capture = draft(capture_id, attempt, terms, abilities, self._clock.now())
            await work.captures.add(capture)
            await work.jobs.enqueue(CHECK_CAPTURE, capture.id, after=self._schedule.first)
            await work.commit()
        return capture

    async def _send(
        self, scope: Scope, capture: Capture, *, replay: bool = False
    ) -> Observation | Failure:
        connector = await self._connections.connector(scope, capture.connection_id)
        if capture.kind is CaptureKind.CAPTURE and isinstance(connector, port.Captures):
            taking = msgspec.json.decode(capture.request, type=port.CaptureRequest)
            taking = msgspec.structs.replace(taking, replay=replay)
            return await guarded(connector.capture(taking))
        if capture.kind is CaptureKind.VOID and isinstance(connector, port.Voids):
            letting_go = msgspec.json.decode(capture.request, type=port.VoidRequest)
            letting_go = msgspec.structs.replace(letting_go, replay=replay)
            return await guarded(connector.void(letting_go))
        return _INCAPABLE

    async def _learn(
        self,
        scope: Scope,
        capture: Capture,
        reply: Observation | Failure,
        source: Source,
        *,
        replay: bool = False,
    ) -> Capture:
        """Apply a reply in one transaction: to the attempt, and to the row, which follows it."""
        async with self._units_of_work(scope) as work:
            await work.payments.lock(capture.payment_id)
            if isinstance(reply, Observation):
                is_void = capture.kind is CaptureKind.VOID and source is Source.REPLY
                report = report_of_void(reply) if is_void else report_of_observation(reply)
                heard = Heard(report, source, reply.occurred_at)
                await self._observations.record(
                    work, capture.payment_id, capture.attempt_id, heard
                )
            capture = await work.captures.get(capture.id)
            if capture.conclude(*news_of(capture.kind, reply, replay=replay)):
                await work.captures.save(capture)
            await work.commit()
        return capture

    async def _plan_next_check(self, scope: Scope, capture: Capture, done: int) -> None:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(capture.payment_id)
            if not (await work.captures.get(capture.id)).is_unresolved:
                return
            if self._schedule.is_used_up(done):
                attempts = await work.attempts.of_payment(payment.id)
                await self._observations.follow(work, payment, attempts, Review.UNRESOLVED)
            wait = self._schedule.next(done)
            await work.jobs.enqueue(
                CHECK_CAPTURE, capture.id, after=wait, detail={"round": done + 1}
            )
            await work.commit()
