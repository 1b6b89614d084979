"""What providers' codes amount to, and which single rows a tenant reads otherwise."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.plugins import ErrorRule
from paymux.payments.ports.reasons import Reason

ErrorMaps = Mapping[str, Mapping[str, ErrorRule]]
"""The error map of every installed provider, by its slug."""


class ErrorOverride(msgspec.Struct, frozen=True, kw_only=True):
    """One row that a tenant reads otherwise. `set_by`: the key of the person who said so."""

    provider: str
    code: str
    outcome: Outcome
    reason: Reason | None
    set_by: str
    set_at: datetime


Overrides = Mapping[tuple[str, str], ErrorOverride]
"""A tenant's rows, by provider and code."""


class ErrorOverrides(Protocol):
    """The rows that each tenant reads otherwise, in each mode."""

    async def get(self, scope: Scope) -> Overrides:
        """Return the tenant's rows; a second old at most."""
        ...

    async def put(self, scope: Scope, override: ErrorOverride) -> None:
        """Store the row in place of the one before."""
        ...

    async def remove(self, scope: Scope, provider: str, code: str) -> None:
        """Forget the row; none is no matter."""
        ...


class UnmappedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that came in over a connection and stands in no error map.

    `outcome`: what the connector's own rule made of it the last time; None when it came with a
    report, not as the answer to a call.
    """

    provider: str
    connection_id: ConnectionId
    code: str
    outcome: Outcome | None
    times_seen: int
    first_seen_at: datetime
    last_seen_at: datetime


class UnmappedCodes(Protocol):
    """Codes that no error map has, counted."""

    async def count(self, scope: Scope, seen: UnmappedCode) -> None:
        """Add `times_seen` to what was counted of this code before."""
        ...

    async def of_provider(self, scope: Scope, provider: str) -> Sequence[UnmappedCode]:
        """Return the codes, the last seen first."""
        ...
