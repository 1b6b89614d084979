"""What is done about one dispute at its provider: look, answer, find out what became of that."""

from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.ids import DisputeResponseId
from paymux.kernel.scope import Scope
from paymux.payments.application.decisions import CallMade, DecisionDrafts
from paymux.payments.application.dispute_drafts import OPERATION_OF
from paymux.payments.application.dispute_observations import DisputeObservations
from paymux.payments.application.dispute_reports import heard_as_it_is, news_of_reply
from paymux.payments.application.jobs import CHECK_RESPONSE
from paymux.payments.application.provider_calls import INCAPABLE, ProviderCalls
from paymux.payments.application.watch import Kind, Watch
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeReport,
    EvidenceRequest,
    HandlesDisputes,
)
from paymux.payments.ports.outbound import UnitsOfWork

_GONE: Final = Failure(
    outcome=Outcome.NOT_SENT,
    code="not_found_at_provider",
    message="The provider still waits for a response, long after the call.",
)


class DisputeCalls:
    """Makes the calls of disputes. No call is made in a transaction.

    Every reply that tells of the dispute ends in `DisputeObservations`, and responses follow.
    """

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        calls: ProviderCalls,
        observations: DisputeObservations,
        decisions: DecisionDrafts,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._calls = calls
        self._observations = observations
        self._decisions = decisions
        self._watch = watch
        self._clock = clock
        self._watched: Kind[DisputeResponseId, DisputeResponse] = Kind(
            job=CHECK_RESPONSE,
            get=lambda work, response_id: work.dispute_responses.get(response_id),
            is_open=lambda response: response.is_unresolved,
            refresh=self.refresh,
        )

    async def make(self, scope: Scope, response: DisputeResponse) -> DisputeResponse:
        """Make the call of a stored response, and verify at once what is unknown."""
        reply = await self._send(scope, response)
        response = await self._learn(scope, response, reply)
        if response.is_unresolved:
            return await self.refresh(scope, response, Source.POLL)
        return response

    async def check(self, scope: Scope, response_id: DisputeResponseId, done: int = 0) -> None:
        """Ask what became of it after round `done`, and plan the next time while it is open."""
        await self._watch.check(scope, self._watched, response_id, done)

    async def refresh(
        self, scope: Scope, response: DisputeResponse, source: Source
    ) -> DisputeResponse:
        """Learn what became of it: by the same call while its key lives, else by looking."""
        if not response.is_unresolved:
            return response
        if self._clock.now() < response.replay_until:
            reply = await self._send(scope, response, replay=True)
            response = await self._learn(scope, response, reply, replay=True)
            if not response.is_unresolved:
                return response
        async with self._units_of_work(scope) as work:
            dispute = await work.disputes.get(response.dispute_id)
        found = await self.look(scope, dispute, source)
        async with self._units_of_work(scope) as work:
            response = await work.dispute_responses.get(response.id)
        is_seen = isinstance(found, DisputeReport)
        if is_seen and response.is_unresolved and response.absence_proves(self._clock.now()):
            return await self._learn(scope, response, _GONE)
        return response

    async def look(
        self, scope: Scope, dispute: Dispute, source: Source
    ) -> DisputeReport | NotFound | Failure | None:
        """See how a dispute stands at its provider, and learn it; None where it cannot be asked.

        A failure changes nothing.
        """
        began = self._clock.now()
        found = await self.look_up(scope, dispute)
        if isinstance(found, DisputeReport):
            heard = heard_as_it_is(found, source, began)
            await self._observations.learn(scope, dispute, heard)
        return found

    async def look_up(
        self, scope: Scope, dispute: Dispute
    ) -> DisputeReport | NotFound | Failure | None:
        """Ask the provider for a dispute; None where it cannot be asked. Applies nothing."""
        found = await self._calls.make(
            scope,
            dispute.connection_id,
            HandlesDisputes,
            lambda connector: connector.look_up_dispute(dispute.provider_reference),
            looks_only=True,
        )
        return None if found is INCAPABLE else found

    async def _send(
        self, scope: Scope, response: DisputeResponse, *, replay: bool = False
    ) -> DisputeReport | Failure:
        if response.kind is ResponseKind.ACCEPT:
            giving_in = msgspec.json.decode(response.request, type=AcceptRequest)
            giving_in = msgspec.structs.replace(giving_in, replay=replay)
            return await self._calls.make(
                scope,
                response.connection_id,
                HandlesDisputes,
                lambda connector: connector.accept_dispute(giving_in),
            )
        defence = msgspec.json.decode(response.request, type=EvidenceRequest)
        defence = msgspec.structs.replace(defence, replay=replay)
        return await self._calls.make(
            scope,
            response.connection_id,
            HandlesDisputes,
            lambda connector: connector.submit_evidence(defence),
        )

    async def _learn(
        self,
        scope: Scope,
        response: DisputeResponse,
        reply: DisputeReport | Failure,
        *,
        replay: bool = False,
    ) -> DisputeResponse:
        """Apply a reply in one transaction: to the response, and to its dispute."""
        async with self._units_of_work(scope) as work:
            await work.payments.lock(response.payment_id)
            response = await work.dispute_responses.get(response.id)
            if response.conclude(*news_of_reply(reply, replay=replay)):
                await work.dispute_responses.save(response)
            if isinstance(reply, DisputeReport):
                attempt = await work.attempts.get(response.attempt_id)
                heard = heard_as_it_is(reply, Source.REPLY, self._clock.now())
                await self._observations.record(work, attempt, heard)
            elif reply is not _GONE:
                call = _call_of(response)
                await work.decisions.add(self._decisions.in_place(call, reply, replay=replay))
            await work.commit()
        return response


def _call_of(response: DisputeResponse) -> CallMade:
    return CallMade(
        payment_id=response.payment_id,
        attempt_id=response.attempt_id,
        connection_id=response.connection_id,
        subject_id=response.id,
        operation=OPERATION_OF[response.kind],
    )
