"""What comes back from providers, as the tenant reads it."""

from logging import getLogger
from typing import TypeVar

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.application.overrides import overridden
from paymux.payments.application.reason_book import is_our_code
from paymux.payments.ports.connectors import Failure, Observation, Outcome, RefundReport
from paymux.payments.ports.error_maps import (
    ErrorMaps,
    ErrorOverrides,
    UnmappedCode,
    UnmappedCodes,
)
from paymux.payments.ports.outbound import ConnectionHealth, Connections

logger = getLogger(__name__)

T = TypeVar("T")


class Replies:
    """Takes in every reply: reads failures by the tenant's rows, and passes on what is odd."""

    def __init__(
        self,
        *,
        connections: Connections,
        maps: ErrorMaps,
        overrides: ErrorOverrides,
        unmapped: UnmappedCodes,
        health: ConnectionHealth,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._maps = maps
        self._overrides = overrides
        self._unmapped = unmapped
        self._health = health
        self._clock = clock
        self._warned: set[tuple[str, str]] = set()

    async def taken(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        reply: T | Failure,
        *,
        looks_only: bool = False,
    ) -> T | Failure:
        """Return the reply as the tenant reads it; a failed look-up is left as it is."""
        await self.heard(scope, connection_id, reply)
        if isinstance(reply, Failure) and not looks_only:
            provider = await self._connections.provider(scope, connection_id)
            rows = await self._overrides.get(scope)
            reply = overridden(reply, rows.get((provider, reply.code)))
        try:
            await self._tell(scope, connection_id, reply)
        except Exception:
            # What the provider said counts for more than what follows from it for others.
            logger.exception("The health of a connection could not be noted.")
        return reply

    async def heard(self, scope: Scope, connection_id: ConnectionId, reply: object) -> None:
        """Count the code of a reply or report, if it is in no error map; never raises."""
        code = _code_of(reply)
        if code is None or is_our_code(code):
            return
        try:
            provider = await self._connections.provider(scope, connection_id)
            if code not in self._maps.get(provider, {}):
                outcome = reply.outcome if isinstance(reply, Failure) else None
                await self._count(scope, connection_id, provider, code, outcome)
        except Exception:
            logger.exception("An unmapped code could not be counted.")

    async def _tell(self, scope: Scope, connection_id: ConnectionId, reply: object) -> None:
        if not isinstance(reply, Failure):
            await self._health.accepted(scope, connection_id)
        elif reply.outcome is Outcome.CREDENTIALS:
            await self._health.refused(scope, connection_id, reply)

    async def _count(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        provider: str,
        code: str,
        outcome: Outcome | None,
    ) -> None:
        if (provider, code) not in self._warned:
            self._warned.add((provider, code))
            logger.warning(
                "A code is in no error map.", extra={"provider": provider, "error_code": code}
            )
        now = self._clock.now()
        seen = UnmappedCode(
            provider=provider,
            connection_id=connection_id,
            code=code,
            outcome=outcome,
            times_seen=1,
            first_seen_at=now,
            last_seen_at=now,
        )
        await self._unmapped.count(scope, seen)


def _code_of(reply: object) -> str | None:
    match reply:
        case Failure(code=code):
            return code
        case Observation(reason_code=code) | RefundReport(reason_code=code):
            return code
        case _:
            return None
