"""What is done about one capture or void at its provider: make, resolve."""

from dataclasses import replace
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.ids import CaptureId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_reports import news_of, report_of_void
from paymux.payments.application.decisions import CallMade, DecisionDrafts
from paymux.payments.application.jobs import CHECK_CAPTURE
from paymux.payments.application.observations import Observations
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.reports import Heard
from paymux.payments.application.watch import Kind, Watch
from paymux.payments.domain.capture import Capture, CaptureKind
from paymux.payments.domain.timeline import Source
from paymux.payments.ports import captures as port
from paymux.payments.ports.connectors import Failure, Observation, Outcome
from paymux.payments.ports.outbound import UnitsOfWork
from paymux.payments.ports.plugins import Operation

_GONE: Final = Failure(
    outcome=Outcome.NOT_SENT,
    code="not_found_at_provider",
    message="The provider still holds the money, long after the call.",
)


class CaptureCalls:
    """Makes the calls of captures and voids. No call is made in a transaction.

    Every reply that tells of the money ends in `Observations`, and the row follows the money.
    """

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        calls: ProviderCalls,
        attempts: Attempts,
        observations: Observations,
        decisions: DecisionDrafts,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._decisions = decisions
        self._units_of_work = units_of_work
        self._calls = calls
        self._attempts = attempts
        self._observations = observations
        self._watch = watch
        self._clock = clock
        self._watched: Kind[CaptureId, Capture] = Kind(
            job=CHECK_CAPTURE,
            get=lambda work, capture_id: work.captures.get(capture_id),
            is_open=lambda capture: capture.is_unresolved,
            refresh=self.refresh,
        )

    async def make(self, scope: Scope, capture: Capture) -> Capture:
        """Make the call of a stored capture or void, and verify at once what is unknown."""
        reply = await self._send(scope, capture)
        capture = await self._learn(scope, capture, reply, Source.REPLY)
        if capture.is_unresolved:
            return await self.refresh(scope, capture, Source.POLL)
        return capture

    async def check(self, scope: Scope, capture_id: CaptureId, done: int = 0) -> None:
        """Ask what became of it after round `done`, and plan the next time while it is open."""
        await self._watch.check(scope, self._watched, capture_id, done)

    async def refresh(self, scope: Scope, capture: Capture, source: Source) -> Capture:
        """Learn what became of it: by the same call while its key lives, else by looking."""
        if not capture.is_unresolved:
            return capture
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
            return await self._learn(scope, capture, _GONE, source)
        return capture

    async def _send(
        self, scope: Scope, capture: Capture, *, replay: bool = False
    ) -> Observation | Failure:
        connection = capture.connection_id
        if capture.kind is CaptureKind.CAPTURE:
            taking = msgspec.json.decode(capture.request, type=port.CaptureRequest)
            taking = msgspec.structs.replace(taking, replay=replay)
            return await self._calls.make(
                scope, connection, port.Captures, lambda connector: connector.capture(taking)
            )
        letting_go = msgspec.json.decode(capture.request, type=port.VoidRequest)
        letting_go = msgspec.structs.replace(letting_go, replay=replay)
        return await self._calls.make(
            scope, connection, port.Voids, lambda connector: connector.void(letting_go)
        )

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
                heard = Heard.of(reply, source)
                heard = replace(heard, report=report_of_void(reply)) if is_void else heard
                await self._observations.record(
                    work, capture.payment_id, capture.attempt_id, heard
                )
            elif source is Source.REPLY:
                call = _call_of(capture)
                await work.decisions.add(self._decisions.in_place(call, reply, replay=replay))
            capture = await work.captures.get(capture.id)
            if capture.conclude(*news_of(capture.kind, reply, replay=replay)):
                await work.captures.save(capture)
            await work.commit()
        return capture


def _call_of(capture: Capture) -> CallMade:
    is_void = capture.kind is CaptureKind.VOID
    return CallMade(
        payment_id=capture.payment_id,
        attempt_id=capture.attempt_id,
        connection_id=capture.connection_id,
        subject_id=capture.id,
        operation=Operation.VOID if is_void else Operation.CAPTURE,
    )
