"""What providers report by themselves, with an ear for codes that no error map has."""

from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.application.replies import Replies
from paymux.payments.ports.connectors import Observation, RefundReport
from paymux.payments.ports.inbound import (
    ObservationSource,
    Observed,
    ObservesPayments,
    ObservesRefunds,
)


class HeardCodes:
    """Passes reports on, and counts the codes of those that were news."""

    def __init__(
        self, *, payments: ObservesPayments, refunds: ObservesRefunds, replies: Replies
    ) -> None:
        self._payments = payments
        self._refunds = refunds
        self._replies = replies

    async def observe(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        observation: Observation,
        source: ObservationSource,
    ) -> Observed:
        """Apply a report of an attempt."""
        observed = await self._payments.observe(scope, connection_id, observation, source)
        if observed is Observed.APPLIED:
            await self._replies.heard(scope, connection_id, observation)
        return observed

    async def observe_refund(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: RefundReport,
        source: ObservationSource,
    ) -> Observed:
        """Apply a report of a refund."""
        observed = await self._refunds.observe_refund(scope, connection_id, report, source)
        if observed is Observed.APPLIED:
            await self._replies.heard(scope, connection_id, report)
        return observed
