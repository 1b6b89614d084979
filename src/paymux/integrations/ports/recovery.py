"""What recovering events that never reached us needs from the rest of the world."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from paymux.integrations.domain.event_recovery import EventRecovery
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.integrations.ports.inbox import Jobs
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.kernel.work import AtomicWork


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Some events as the provider keeps them; `next_cursor` is None on the last page."""

    events: Sequence[ProviderEvent]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EventsAreNotListed:
    """The provider does not keep events, or did not list them now."""

    reason: str


KEEPS_NO_EVENTS: Final = "provider_keeps_no_events"


class ListsProviderEvents(Protocol):
    """Reads what providers say they have told us."""

    async def page(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        since: datetime,
        until: datetime,
        cursor: str | None,
    ) -> EventsPage | EventsAreNotListed:
        """Return one page of what happened in that time; calls the provider, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class DisputesTaken:
    """How many disputes were listed, and how many of them said what was not known.

    `reason`: why not all could be listed.
    """

    listed: int = 0
    recovered: int = 0
    reason: str | None = None


class TakesInDisputes(Protocol):
    """Reads which disputes providers have, for those that keep no events."""

    async def take_in(
        self, scope: Scope, connection_id: ConnectionId, since: datetime, until: datetime
    ) -> DisputesTaken | None:
        """Take in the disputes opened in that time; None where none are listed; never raises."""
        ...


class KeepsEvents(Protocol):
    """The inbox."""

    async def put(self, scope: Scope, event: ProviderEvent) -> None:
        """Return once the event is durable, or was before; it is processed as a webhook is."""
        ...


class EventRecoveries(Protocol):
    """How far each connection's events are known, in one scope."""

    async def lock(self, connection_id: ConnectionId) -> EventRecovery:
        """Return it with its row locked, made when there is none; raises ThingIsNotFound."""
        ...

    async def save(self, recovery: EventRecovery) -> None:
        """Store the changes of a locked one."""
        ...


class KnowsEvents(Protocol):
    """What the inbox has, in one scope."""

    async def known(
        self, connection_id: ConnectionId, event_ids: Collection[str]
    ) -> Collection[str]:
        """Return which of the provider's event ids are in the inbox."""
        ...


class RecoveryUnitOfWork(AtomicWork, Protocol):
    """One transaction; rolls back unless committed."""

    @property
    def recoveries(self) -> EventRecoveries:
        """How far events are known."""
        ...

    @property
    def provider_events(self) -> KnowsEvents:
        """What the inbox has."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Work to be done after the transaction, if it commits."""
        ...


RecoveryUnitsOfWork = Callable[[Scope], RecoveryUnitOfWork]


class DueRecoveries(Protocol):
    """Finds connections of all tenants whose turn has come."""

    async def due(
        self, now: datetime, first_after: timedelta, limit: int
    ) -> Sequence[tuple[Scope, ConnectionId]]:
        """Return those that are due, longest first; a new one is due `first_after` its making."""
        ...
