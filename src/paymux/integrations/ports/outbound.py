"""What integrations needs from the rest of the world."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from paymux.integrations.domain.account import Account
from paymux.integrations.domain.connection import Connection, Sealed, Secrets
from paymux.integrations.ports.events import ConnectionEvent
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId, TenantId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.kernel.work import AtomicWork

CredentialValue = str | int | bool | None


class SealIsBroken(PaymuxError):
    """The sealed secrets were swapped, altered, downgraded or sealed by somebody else.

    This does not happen by itself. Whoever runs this installation restores the connection from a
    backup, and finds out who wrote to the database.
    """

    code = "seal_broken"
    category = Category.UNAVAILABLE

    def __init__(self, connection_id: ConnectionId) -> None:
        super().__init__(
            f"The stored credentials of connection {connection_id} are not what was sealed."
        )


class KeyVersionIsUnknown(PaymuxError):
    """The key that sealed the secrets is no longer in the key ring.

    Whoever runs this installation puts that key back into `PAYMUX_ENCRYPTION_KEYS`.
    """

    code = "key_version_unknown"
    category = Category.UNAVAILABLE

    def __init__(self, key_version: str) -> None:
        super().__init__(f"The encryption key {key_version!r} is not in the key ring.")


class Vault(Protocol):
    """Seals secrets so that they open only for the same connection of the same tenant."""

    @property
    def newest_key(self) -> str:
        """The name of the key that seals from now on."""
        ...

    def seal(self, tenant_id: TenantId, connection_id: ConnectionId, secrets: Secrets) -> Sealed:
        """Seal with the newest key; twice the same gives two different blobs."""
        ...

    def open(self, tenant_id: TenantId, connection_id: ConnectionId, sealed: Sealed) -> Secrets:
        """Return the secrets; raises SealIsBroken or KeyVersionIsUnknown."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """All that is needed to speak to a provider for one connection, stored or not yet."""

    connection_id: ConnectionId
    provider: str
    mode: Mode
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class AcceptedCredentials:
    """Credentials that fit the schema: as JSON to be sealed, and what of them may be shown."""

    secrets: Secrets
    hints: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegisteredEndpoint:
    """Our endpoint as the provider keeps it, and what its deliveries are verified with."""

    provider_reference: str
    verifier: str = field(repr=False)


class ProviderAccounts(Protocol):
    """The accounts at the providers, asked outside any transaction."""

    def accept(
        self, provider: str, credentials: Mapping[str, CredentialValue]
    ) -> AcceptedCredentials:
        """Hold credentials against the provider's schema; asks nobody.

        Raises ProviderIsNotInstalled, CredentialIsInvalid.
        """
        ...

    async def check(self, access: Access) -> Account:
        """Prove that the credentials work; moves no money. Raises AccountIsNotUsable."""
        ...

    async def register_webhook(
        self, access: Access, url: str, idempotency_key: str
    ) -> RegisteredEndpoint | None:
        """Register our endpoint; None when the provider has no API for that.

        Repeatable with the same key. Raises WebhookIsNotRegistered.
        """
        ...

    async def unregister_webhook(self, access: Access, provider_reference: str) -> bool:
        """Remove our endpoint, and tell whether it is gone; never raises."""
        ...

    def webhook_steps(self, provider: str, url: str, verifier: str) -> Sequence[str]:
        """Say what a person does at the provider instead."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFilter:
    """Which connections to list; None does not filter."""

    provider: str | None = None
    enabled: bool | None = None


class StoredConnections(Protocol):
    """Connections that are not deleted, in one scope."""

    async def add(self, connection: Connection) -> None:
        """Store a new connection; raises LabelIsTaken."""
        ...

    async def get(self, connection_id: ConnectionId) -> Connection:
        """Return the connection; raises ThingIsNotFound."""
        ...

    async def lock(self, connection_id: ConnectionId) -> Connection:
        """Return the connection with its row locked until the transaction ends."""
        ...

    async def save(self, connection: Connection) -> None:
        """Store the changes; raises LabelIsTaken, and ConnectionWasChanged for a stale one."""
        ...

    async def enabled(self) -> Sequence[Connection]:
        """Return the enabled connections, highest priority first, then oldest first."""
        ...

    async def list(self, which: ConnectionFilter, page: PageRequest) -> Page[Connection]:
        """Return connections, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLink:
    """One of our things as a provider knows it over one connection."""

    connection_id: ConnectionId
    entity_kind: str
    entity_id: str
    provider_reference: str
    created_at: datetime


class EntityLinks(Protocol):
    """Which of our things is which of the provider's; unique in both directions."""

    async def find(
        self, connection_id: ConnectionId, entity_kind: str, entity_id: str
    ) -> EntityLink | None:
        """Return how the provider knows our thing, if it does."""
        ...

    async def add(self, link: EntityLink) -> None:
        """Store the link; one that is there already, on either side, wins silently."""
        ...


class Events(Protocol):
    """Our own facts, for whoever wants to be told."""

    async def add(self, event_id: str, event: ConnectionEvent) -> None:
        """Store the fact."""
        ...


class UnitOfWork(AtomicWork, Protocol):
    """One transaction; rolls back unless committed."""

    connections: StoredConnections
    entity_links: EntityLinks
    events: Events


UnitsOfWork = Callable[[Scope], UnitOfWork]


class ConnectionIsInUse(PaymuxError):
    """Payments are still open over the connection, and could not be followed without it.

    Disable it, so that no new ones come; delete it when they have ended.
    """

    code = "connection_in_use"
    category = Category.CONFLICT

    def __init__(self, connection_id: ConnectionId) -> None:
        super().__init__(
            f"Payments are still open over connection {connection_id}: disable it, and delete it "
            "when they have ended."
        )


class ConnectionKeepsMethods(PaymuxError):
    """The connection keeps saved payment methods, which nobody could charge without it.

    Disable it, so that nothing is charged over it; or delete the methods, with
    `DELETE /v1/payment-methods/{id}`, and then the connection.
    """

    code = "connection_keeps_payment_methods"
    category = Category.CONFLICT

    def __init__(self, connection_id: ConnectionId) -> None:
        super().__init__(f"Connection {connection_id} keeps saved payment methods.")


class ConnectionUses(Protocol):
    """What hangs on a connection in other contexts."""

    async def has_open_payments(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        ...

    async def has_saved_methods(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether customers could be charged no more without the connection."""
        ...


class ConnectionLookup(Protocol):
    """Finds connections before the tenant is known."""

    async def find(self, connection_id: ConnectionId) -> Scope | None:
        """Return whose connection it is; None when there is none, or it is deleted."""
        ...

    async def not_sealed_with(
        self, key_version: str, after: ConnectionId | None, limit: int
    ) -> Sequence[ConnectionId]:
        """Return connections of all tenants sealed with other keys, by id, after one id."""
        ...
