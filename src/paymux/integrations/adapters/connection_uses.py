"""What hangs on a connection in payments."""

from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.inbound import KnowsOpenAttempts, KnowsSavedMethods


class PaymentsOverConnections:
    """Answers integrations' own port by asking payments."""

    def __init__(self, payments: KnowsOpenAttempts, methods: KnowsSavedMethods) -> None:
        self._payments = payments
        self._methods = methods

    async def has_open_payments(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        return await self._payments.has_open_attempts(scope, connection_id)

    async def has_saved_methods(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether customers could be charged no more without the connection."""
        return await self._methods.has_methods(scope, connection_id)
