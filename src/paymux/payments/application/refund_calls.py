"""What is done with one refund at its provider: send, verify, watch."""

from dataclasses import replace

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.ids import RefundId
from paymux.kernel.scope import Scope
from paymux.payments.application.decisions import CallMade, DecisionDrafts
from paymux.payments.application.jobs import CHECK_REFUND
from paymux.payments.application.provider_calls import INCAPABLE, ProviderCalls
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.refund_reports import (
    TO_VERIFY_AT_ONCE,
    heard_of_answer,
    heard_of_reply,
    heard_of_us,
)
from paymux.payments.application.watch import Kind, Watch
from paymux.payments.domain.refund import Refund, RefundStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Failure, NotFound, RefundReport
from paymux.payments.ports.outbound import UnitsOfWork
from paymux.payments.ports.plugins import Operation
from paymux.payments.ports.refunds import RefundQuery, RefundRequest, Refunds


class RefundCalls:
    """Drives refunds; every reply ends in `RefundObservations`. No call is in a transaction."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        calls: ProviderCalls,
        observations: RefundObservations,
        decisions: DecisionDrafts,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._decisions = decisions
        self._units_of_work = units_of_work
        self._calls = calls
        self._observations = observations
        self._watch = watch
        self._clock = clock
        self._watched: Kind[RefundId, Refund] = Kind(
            job=CHECK_REFUND,
            get=lambda work, refund_id: work.refunds.get(refund_id),
            is_open=lambda refund: refund.is_open,
            refresh=self.refresh,
        )

    async def make(self, scope: Scope, refund: Refund) -> Refund:
        """Give the money back; when the answer leaves that open, find out at once."""
        refund, reply = await self._send(scope, refund, replay=False)
        is_worth_asking = isinstance(reply, Failure) and reply.outcome in TO_VERIFY_AT_ONCE
        if refund.is_unresolved and is_worth_asking:
            return await self.refresh(scope, refund, Source.POLL)
        return refund

    async def check(self, scope: Scope, refund_id: RefundId, done: int = 0) -> None:
        """Ask what became of it after round `done`, and plan the next time while it is open."""
        await self._watch.check(scope, self._watched, refund_id, done)

    async def refresh(self, scope: Scope, refund: Refund, source: Source) -> Refund:
        """Learn the refund's present state from the provider; a failure changes nothing."""
        if refund.is_unresolved and self._clock.now() < refund.replay_until:
            refund, _ = await self._send(scope, refund, replay=True)
            if not refund.is_unresolved:
                return refund
        found = await self.look_up(scope, refund)
        if isinstance(found, RefundReport):
            heard = heard_of_answer(refund, found, source)
            return await self._observations.learn(scope, refund, heard)
        if isinstance(found, NotFound) and refund.is_gone_if_absent(self._clock.now()):
            code = "not_found_at_provider"
            heard = heard_of_us(refund, RefundStatus.NOT_SENT, code, source=source)
            return await self._observations.learn(scope, refund, heard)
        return refund

    async def _send(
        self, scope: Scope, refund: Refund, *, replay: bool
    ) -> tuple[Refund, RefundReport | Failure]:
        request = msgspec.json.decode(refund.request, type=RefundRequest)
        request = msgspec.structs.replace(request, replay=replay)
        reply = await self._calls.make(
            scope, refund.connection_id, Refunds, lambda connector: connector.refund(request)
        )
        heard = heard_of_reply(refund, reply, replay=replay)
        if isinstance(reply, Failure):
            decision = self._decisions.in_place(_call_of(refund), reply, replay=replay)
            heard = replace(heard, decision=decision)
        return await self._observations.learn(scope, refund, heard), reply

    async def look_up(
        self, scope: Scope, refund: Refund
    ) -> RefundReport | NotFound | Failure | None:
        """Ask the provider for a refund; None where it cannot be asked. Applies nothing."""
        query = RefundQuery(
            refund_id=refund.id,
            payment_reference=refund.payment_reference,
            created_at=refund.created_at,
            provider_reference=refund.provider_reference,
        )
        found = await self._calls.make(
            scope,
            refund.connection_id,
            Refunds,
            lambda connector: connector.look_up_refund(query),
            looks_only=True,
        )
        return None if found is INCAPABLE else found


def _call_of(refund: Refund) -> CallMade:
    return CallMade(
        payment_id=refund.payment_id,
        attempt_id=refund.attempt_id,
        connection_id=refund.connection_id,
        subject_id=refund.id,
        operation=Operation.REFUND,
    )
