"""What other contexts and callers get to see of providers, connections and the inbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.ids import ConnectionId, ProviderEventId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


class CurrencyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One currency a provider takes; all three figures in the provider's own units."""

    code: str
    exponent: int
    multiple_of: int
    minimum: int


class IdempotencyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation is kept from happening twice at the provider."""

    header: str | None = None
    key_lives_seconds: int | None = None
    replays_errors: bool = False
    unique_reference: str | None = None
    looks_up_by_reference: bool = False


class CapabilityDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can do as its package declares it; an account may offer less."""

    operations: Sequence[str]
    methods: Sequence[str]
    currencies: Sequence[CurrencyDescription]
    idempotency: Mapping[str, IdempotencyDescription]
    checkout_lives_seconds: tuple[int, int] | None = None


class ProviderDescription(msgspec.Struct, frozen=True, kw_only=True):
    """An installed provider. `credentials_schema`: JSON Schema; secrets say `writeOnly`."""

    slug: str
    display_name: str
    capabilities: CapabilityDescription
    credentials_schema: dict[str, object]


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's account at a provider. `hints`: what may be shown of the credentials.

    `refused_since` and `refused_because`: the provider does not accept the credentials.
    """

    id: str
    provider: str
    label: str
    enabled: bool
    priority: int
    hints: Mapping[str, str]
    account_reference: str | None
    account_name: str | None
    account_country: str | None
    webhook_status: str
    webhook_url: str
    webhook_reason: str | None
    webhook_steps: Sequence[str]
    created_at: datetime
    updated_at: datetime
    refused_since: datetime | None = None
    refused_because: str | None = None


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """How a live check of a connection went; `problem` is None when it works."""

    checked_at: datetime
    duration_ms: int
    account_name: str | None
    problem: str | None


@runtime_checkable
class ShowsConnections(Protocol):
    """Shows a tenant's connections to people, who may test them."""

    async def page(self, scope: Scope, page: PageRequest) -> Page[ConnectionView]:
        """Return connections, newest first."""
        ...

    async def show(self, scope: Scope, connection_id: ConnectionId) -> ConnectionView:
        """Return one connection; raises ThingIsNotFound."""
        ...

    async def test(self, scope: Scope, connection_id: ConnectionId) -> CheckView:
        """Check the account live; moves no money. Raises ThingIsNotFound."""
        ...


class ProviderEventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which provider events to show; None does not filter."""

    status: str | None = None
    connection_id: str | None = None
    event_type: str | None = None


class ProviderEventSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One inbound event as one line of a list."""

    id: str
    connection_id: str
    provider: str
    event_id: str
    event_type: str
    status: str
    reason: str | None
    tries: int
    occurred_at: datetime | None
    received_at: datetime
    processed_at: datetime | None


class ProviderEventView(msgspec.Struct, frozen=True):
    """One inbound event with its body as it came, secrets and all: redact it before showing."""

    summary: ProviderEventSummary
    body: bytes


class InboxBacklog(msgspec.Struct, frozen=True):
    """How many events wait to be processed, and how many were parked for a person."""

    waiting: int
    parked: int


@runtime_checkable
class ShowsProviderEvents(Protocol):
    """Shows a tenant's inbox to people, who may replay an event."""

    def statuses(self) -> Sequence[str]:
        """Return every status an event can have."""
        ...

    async def page(
        self, scope: Scope, query: ProviderEventQuery, page: PageRequest
    ) -> Page[ProviderEventSummary]:
        """Return events, newest first; raises InputIsInvalid for a status there is not."""
        ...

    async def show(self, scope: Scope, event_id: ProviderEventId) -> ProviderEventView:
        """Return one event; raises ThingIsNotFound."""
        ...

    async def replay(self, scope: Scope, event_id: ProviderEventId) -> None:
        """Have the event processed once more; raises ThingIsNotFound."""
        ...

    async def backlog(self, scope: Scope) -> InboxBacklog:
        """Count what is not done."""
        ...
