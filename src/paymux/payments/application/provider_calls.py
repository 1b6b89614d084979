"""The one way from payments to a provider."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import getLogger
from typing import Final, TypeVar

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.application.replies import Replies
from paymux.payments.application.reports import REPEATABLE, patience
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.outbound import Breakers, Connections

logger = getLogger(__name__)

C = TypeVar("C")
T = TypeVar("T")

INCAPABLE: Final = Failure(
    outcome=Outcome.REJECTED,
    code="capability_missing",
    message="The provider of this connection cannot do this.",
)
_BREAKER_OPEN: Final = Failure(
    outcome=Outcome.NOT_SENT,
    code="breaker_open",
    message="The provider failed a moment ago and is given time to recover.",
)
_TOO_SLOW: Final = Failure(
    outcome=Outcome.UNKNOWN,
    code="no_answer_in_time",
    message="The provider took longer to answer than we could wait.",
)


class ProviderIsNotReady(PaymuxError):
    """The provider could not do it now; the same call is to be made again later.

    Make the same call again after a moment; made twice it does no harm.
    """

    code = "provider_not_ready"
    category = Category.PROVIDER_FAILED

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"The provider could not do it now ({failure.code}); try again later.")
        self.reason = failure.code
        self.delay = patience(failure)
        self.is_repeatable = failure.outcome in REPEATABLE


class ProviderCalls:
    """Makes calls, spares providers that fail, and notes how each call went."""

    def __init__(self, *, connections: Connections, breakers: Breakers, replies: Replies) -> None:
        self._connections = connections
        self._breakers = breakers
        self._replies = replies

    async def make(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        capability: type[C],
        call: Callable[[C], Awaitable[T]],
        *,
        spares: bool = False,
        looks_only: bool = False,
        within: float | None = None,
    ) -> T | Failure:
        """Make one call of a connector; INCAPABLE when it lacks the capability.

        A failure comes back as the tenant reads it. `spares`: not while the breaker is open,
        because it could be made elsewhere. `looks_only`: it changes nothing, so its failure is
        left as it is. `within`: seconds we can wait. Raises only what keeps us from the
        connector (a connection that is gone, secrets that cannot be opened) or the database.
        """
        connector = await self._connections.connector(scope, connection_id)
        if not isinstance(connector, capability):
            return INCAPABLE
        if spares and not self._breakers.allows(connection_id):
            return _BREAKER_OPEN
        reply = await _answered(call(connector), within)
        self._breakers.note(connection_id, reply.outcome if isinstance(reply, Failure) else None)
        return await self._replies.taken(scope, connection_id, reply, looks_only=looks_only)

    async def can(self, scope: Scope, connection_id: ConnectionId, capability: type) -> bool:
        """Tell whether the connector of a connection has the capability."""
        return isinstance(await self._connections.connector(scope, connection_id), capability)


async def _answered(call: Awaitable[T], within: float | None) -> T | Failure:
    """Await a connector's call; an exception out of it is a bug and leaves the outcome open."""
    clock = asyncio.timeout(within)
    try:
        async with clock:
            return await call
    except Exception as error:
        if clock.expired():
            return _TOO_SLOW
        logger.exception("A connector raised instead of answering.")
        return Failure(
            outcome=Outcome.UNKNOWN,
            code="connector_error",
            message=f"The connector failed with {type(error).__name__}.",
        )
