"""Disputes that no webhook told of, where a provider lists disputes but no events."""

import logging
from datetime import datetime
from typing import Final

import msgspec

from paymux.integrations.adapters.breakage import breakage
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.ports.recovery import DisputesTaken
from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.disputes import DisputePage, DisputeReport, HandlesDisputes
from paymux.payments.ports.inbound import ObservationSource, Observed, ObservesDisputes

logger = logging.getLogger(__name__)

_NEWS: Final = frozenset({Observed.APPLIED, Observed.AMOUNT_MISMATCH})


class ConnectorDisputes:
    """Asks the connector, and tells payments what it lists; every failure is an answer."""

    def __init__(
        self, *, registry: ConnectorRegistry, payments: ObservesDisputes, clock: Clock
    ) -> None:
        self._registry = registry
        self._payments = payments
        self._clock = clock

    async def take_in(
        self, scope: Scope, connection_id: ConnectionId, since: datetime, until: datetime
    ) -> DisputesTaken | None:
        """Have payments observe every dispute opened in that time; None where none are listed."""
        try:
            connector = (await self._registry.get(scope, connection_id)).connector
        except PaymuxError as refusal:
            return DisputesTaken(reason=f"connection: {refusal.code}")
        if not isinstance(connector, HandlesDisputes):
            return None
        listed, recovered, cursor = 0, 0, None
        while True:
            began = self._clock.now()
            page = await _list(connector, since, until, cursor)
            if isinstance(page, Failure):
                return DisputesTaken(listed, recovered, page.code)
            listed += len(page.disputes)
            for report in page.disputes:
                recovered += await self._tell(scope, connection_id, report, began)
            if page.next_cursor in {None, cursor}:
                return DisputesTaken(listed, recovered)
            cursor = page.next_cursor

    async def _tell(
        self, scope: Scope, connection_id: ConnectionId, report: DisputeReport, seen_at: datetime
    ) -> bool:
        """Tell of one dispute, which is so since when it says, at least since we asked."""
        dated = msgspec.structs.replace(report, occurred_at=report.occurred_at or seen_at)
        poll = ObservationSource.POLL
        return await self._payments.observe_dispute(scope, connection_id, dated, poll) in _NEWS


async def _list(
    connector: HandlesDisputes, since: datetime, until: datetime, cursor: str | None
) -> DisputePage | Failure:
    try:
        return await connector.list_disputes(since, until, cursor)
    except Exception as error:  # noqa: BLE001 - a plug-in's bug; it is asked again later
        logger.error("A connector failed to list disputes: %s", breakage(error))  # noqa: TRY400
        return Failure(outcome=Outcome.UNKNOWN, code="connector_failed", message="It failed.")
