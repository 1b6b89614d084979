"""An error map with one code for each outcome, and the ports around it in memory."""

from collections.abc import Sequence

import msgspec

from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.replies import Replies
from paymux.payments.ports.advice import REASON_OF_OUTCOME
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.error_maps import ErrorMaps, ErrorOverride, Overrides, UnmappedCode
from paymux.payments.ports.outbound import Breakers, Connections
from paymux.payments.ports.plugins import ErrorRule
from tests.unit.payments.memory import StoppedClock

ERROR_MAPS: ErrorMaps = {
    "acme": {
        f"it_{outcome}": ErrorRule(outcome, f"It is {outcome}.", REASON_OF_OUTCOME[outcome])
        for outcome in Outcome
    }
}


class MemoryOverrides:
    def __init__(self) -> None:
        self.rows: dict[Scope, dict[tuple[str, str], ErrorOverride]] = {}

    async def get(self, scope: Scope) -> Overrides:
        return self.rows.get(scope, {})

    async def put(self, scope: Scope, override: ErrorOverride) -> None:
        self.rows.setdefault(scope, {})[override.provider, override.code] = override

    async def remove(self, scope: Scope, provider: str, code: str) -> None:
        self.rows.get(scope, {}).pop((provider, code), None)


class MemoryUnmapped:
    def __init__(self) -> None:
        self.seen: dict[tuple[Scope, ConnectionId, str], UnmappedCode] = {}

    async def count(self, scope: Scope, seen: UnmappedCode) -> None:
        key = (scope, seen.connection_id, seen.code)
        before = self.seen.get(key)
        if before is not None:
            seen = msgspec.structs.replace(
                seen,
                times_seen=before.times_seen + seen.times_seen,
                first_seen_at=before.first_seen_at,
            )
        self.seen[key] = seen

    async def of_provider(self, scope: Scope, provider: str) -> Sequence[UnmappedCode]:
        mine = [one for (whose, _, _), one in self.seen.items() if whose == scope]
        return [one for one in reversed(mine) if one.provider == provider]


class MemoryHealth:
    """Which connections' credentials are refused."""

    def __init__(self) -> None:
        self.flagged: dict[ConnectionId, Failure] = {}

    async def refused(self, scope: Scope, connection_id: ConnectionId, failure: Failure) -> None:  # noqa: ARG002
        self.flagged.setdefault(connection_id, failure)

    async def accepted(self, scope: Scope, connection_id: ConnectionId) -> None:  # noqa: ARG002
        self.flagged.pop(connection_id, None)


def calls_over(connections: Connections, breakers: Breakers) -> ProviderCalls:
    """Calls by a tenant that reads every row as it is."""
    replies = Replies(
        connections=connections,
        maps=ERROR_MAPS,
        overrides=MemoryOverrides(),
        unmapped=MemoryUnmapped(),
        health=MemoryHealth(),
        clock=StoppedClock(),
    )
    return ProviderCalls(connections=connections, breakers=breakers, replies=replies)
