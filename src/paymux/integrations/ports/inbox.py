"""What the inbox of provider events needs from the rest of the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from paymux.integrations.domain.provider_event import ProviderEvent, ProviderEventStatus
from paymux.kernel.ids import ConnectionId, ProviderEventId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.kernel.work import AtomicWork


class Effect(StrEnum):
    """What an event did. `too_early`: its subject is not known, or not known yet."""

    APPLIED = "applied"
    IGNORED = "ignored"
    TOO_EARLY = "too_early"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event did, why, and how long the provider wants to be left alone."""

    effect: Effect
    reason: str | None = None
    delay: timedelta | None = None


class AppliesEvents(Protocol):
    """Finds out what an event means and tells those it concerns."""

    async def apply(self, scope: Scope, event: ProviderEvent) -> Meaning:
        """Translate and apply an event; repeatable. May call the provider."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEventFilter:
    """Which events to list; None does not filter."""

    status: ProviderEventStatus | None = None
    connection_id: ConnectionId | None = None
    event_type: str | None = None


class StoredProviderEvents(Protocol):
    """Provider events, in one scope."""

    async def get(self, event_id: ProviderEventId) -> ProviderEvent:
        """Return the event; raises ThingIsNotFound."""
        ...

    async def lock(self, event_id: ProviderEventId) -> ProviderEvent:
        """Return the event with its row locked until the transaction ends."""
        ...

    async def save(self, event: ProviderEvent) -> None:
        """Store the changes of a locked event."""
        ...

    async def list(self, which: ProviderEventFilter, page: PageRequest) -> Page[ProviderEvent]:
        """Return events, newest first."""
        ...

    async def count(self, status: ProviderEventStatus) -> int:
        """Count the events of a status; meant for those that do not pile up."""
        ...


class Jobs(Protocol):
    """Work to be done after the transaction, if it commits."""

    async def enqueue(
        self,
        name: str,
        subject_id: str,
        *,
        after: timedelta = ...,
        detail: Mapping[str, int] = ...,
    ) -> None:
        """Ask for `name` to be run about `subject_id`, not before `after` has passed."""
        ...


class InboxUnitOfWork(AtomicWork, Protocol):
    """One transaction over the inbox; rolls back unless committed."""

    provider_events: StoredProviderEvents
    jobs: Jobs


InboxUnitsOfWork = Callable[[Scope], InboxUnitOfWork]
