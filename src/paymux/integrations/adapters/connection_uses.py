"""What hangs on a connection in payments."""

from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.inbound import KnowsOpenAttempts


class PaymentsOverConnections:
    """Answers integrations' own port by asking payments."""

    def __init__(self, payments: KnowsOpenAttempts) -> None:
        self._payments = payments

    async def has_open_payments(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        return await self._payments.has_open_attempts(scope, connection_id)
