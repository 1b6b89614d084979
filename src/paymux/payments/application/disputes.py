"""Disputes: read, give in, defend, be reminded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import getLogger

from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError, ThingIsNotFound
from paymux.kernel.ids import DisputeId, DisputeResponseId, Ids
from paymux.kernel.origin import Origin, new_id
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.dispute_calls import DisputeCalls
from paymux.payments.application.dispute_drafts import (
    draft,
    refuse_incapable,
    refuse_odd_documents,
)
from paymux.payments.application.dispute_observations import DAILY, DisputeObservations
from paymux.payments.application.jobs import CHECK_RESPONSE, WATCH_DISPUTE, Schedule
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import (
    DisputeResponse,
    ResponseKind,
    refuse_unless_offered,
)
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.dispute_books import DisputeFilter
from paymux.payments.ports.disputes import Evidence
from paymux.payments.ports.events import DisputeEventType
from paymux.payments.ports.outbound import Connections, UnitOfWork, UnitsOfWork

logger = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DisputeDetails:
    """A dispute with every response to it, oldest first."""

    dispute: Dispute
    responses: Sequence[DisputeResponse]


class Disputes:
    """The use cases of a dispute. Each response has a row with its key and bytes before its call.

    At most one response to a dispute is under way: the row lock sees to it, and an index.
    """

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        calls: DisputeCalls,
        observations: DisputeObservations,
        schedule: Schedule,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._calls = calls
        self._observations = observations
        self._schedule = schedule
        self._clock = clock
        self._ids = ids

    async def list(self, scope: Scope, which: DisputeFilter, page: PageRequest) -> Page[Dispute]:
        """Return disputes, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.disputes.list(which, page)

    async def get(self, scope: Scope, dispute_id: DisputeId) -> DisputeDetails:
        """Return a dispute with the responses to it; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await _details(work, dispute_id)

    async def accept(
        self,
        scope: Scope,
        dispute_id: DisputeId,
        note: str | None = None,
        origin: Origin | None = None,
    ) -> DisputeResponse:
        """Give in: the payer keeps the money.

        Refuses a dispute that has ended, whose deadline has passed, that has a response under
        way, or whose provider takes none now. A provider that fails is no refusal: the
        response's status says what is known. A request that died half-way is finished.
        """
        return await self._asked(scope, dispute_id, note, origin)

    async def defend(
        self,
        scope: Scope,
        dispute_id: DisputeId,
        evidence: Evidence,
        origin: Origin | None = None,
    ) -> DisputeResponse:
        """Hand in evidence, for good; refuses what `accept` refuses, and odd documents."""
        refuse_odd_documents(evidence)
        return await self._asked(scope, dispute_id, evidence, origin)

    async def remind(self, scope: Scope, dispute_id: DisputeId, due: int) -> None:
        """Tell that a response is due soon, once; nothing when it is not, or not any more."""
        async with self._units_of_work(scope) as work:
            dispute = await work.disputes.get(dispute_id)
            known = dispute.current
            wanted = datetime.fromtimestamp(due, UTC)
            is_due = known.evidence_due_at and known.evidence_due_at.replace(microsecond=0)
            if not dispute.needs_response or is_due != wanted:
                return
            kind = DisputeEventType.DUE_SOON
            await work.events.add(self._observations.event(dispute, kind, wanted.isoformat()))
            await work.commit()

    async def watch(self, scope: Scope, dispute_id: DisputeId, done: int = 0) -> None:
        """See how an open dispute stands, and look again tomorrow until it has ended."""
        async with self._units_of_work(scope) as work:
            dispute = await work.disputes.get(dispute_id)
        if not dispute.is_open:
            return
        try:
            await self._calls.look(scope, dispute, Source.POLL)
        except PaymuxError as refusal:
            # A connection that cannot be used must not end the watch over its disputes.
            logger.warning("A dispute could not be looked up.", extra={"code": refusal.code})
        async with self._units_of_work(scope) as work:
            detail = {"round": done + 1}
            await work.jobs.enqueue(
                WATCH_DISPUTE, dispute_id, after=DAILY, detail=detail, once=True
            )
            await work.commit()

    async def _asked(
        self,
        scope: Scope,
        dispute_id: DisputeId,
        answer: Evidence | str | None,
        origin: Origin | None,
    ) -> DisputeResponse:
        if origin is not None and origin.is_repeated:
            begun = await self._begun(scope, DisputeResponseId(origin.id("dre")))
            if begun is not None:
                return begun
        return await self._make(scope, dispute_id, answer, origin)

    async def _begun(self, scope: Scope, response_id: DisputeResponseId) -> DisputeResponse | None:
        """Return what an earlier run of the same request began, as it stands now."""
        try:
            async with self._units_of_work(scope) as work:
                response = await work.dispute_responses.get(response_id)
        except ThingIsNotFound:
            return None
        return await self._calls.refresh(scope, response, Source.POLL)

    async def _make(
        self,
        scope: Scope,
        dispute_id: DisputeId,
        answer: Evidence | str | None,
        origin: Origin | None,
    ) -> DisputeResponse:
        """Make the call durable before the provider hears of it, alone under the row lock."""
        kind = ResponseKind.EVIDENCE if isinstance(answer, Evidence) else ResponseKind.ACCEPT
        dispute = (await self.get(scope, dispute_id)).dispute
        abilities = await self._connections.capabilities(scope, dispute.connection_id)
        # Secrets that cannot be opened are found out here, before anything is stored.
        connector = await self._connections.connector(scope, dispute.connection_id)
        refuse_incapable(connector, abilities, kind)
        async with self._units_of_work(scope) as work:
            await work.payments.lock(dispute.payment_id)
            now, known = self._clock.now(), await _details(work, dispute_id)
            refuse_unless_offered(known.dispute, known.responses, kind, now)
            response_id = DisputeResponseId(new_id(self._ids, "dre", origin))
            response = draft(response_id, known.dispute, answer, abilities, now)
            await work.dispute_responses.add(response)
            await work.jobs.enqueue(CHECK_RESPONSE, response.id, after=self._schedule.begin())
            await work.commit()
        return await self._calls.make(scope, response)


async def _details(work: UnitOfWork, dispute_id: DisputeId) -> DisputeDetails:
    dispute = await work.disputes.get(dispute_id)
    responses = await work.dispute_responses.of_payment(dispute.payment_id)
    return DisputeDetails(dispute, [one for one in responses if one.dispute_id == dispute.id])
