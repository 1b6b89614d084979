"""A tenant's configured account at a provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from paymux.integrations.domain.account import Account
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Mode

MAX_PRIORITY: Final = 1000
DEFAULT_PRIORITY: Final = 100
_ACCEPTED_VERIFIERS: Final = 2
_SHOWN: Final = 4
_LONG_ENOUGH_TO_SHOW_SOME: Final = 12


class LabelIsTaken(PaymuxError):
    """Another connection of this tenant and mode has the label.

    Choose another label.
    """

    code = "label_taken"
    category = Category.CONFLICT

    def __init__(self, label: str) -> None:
        super().__init__(f"Another connection is already called {label!r}.", field="label")


class ConnectionWasChanged(PaymuxError):
    """Somebody else changed the connection in the meantime."""

    code = "connection_changed"
    category = Category.CONFLICT
    passes = True

    def __init__(self, connection_id: ConnectionId) -> None:
        super().__init__(f"Connection {connection_id} was changed meanwhile; read it again.")


class WebhookStatus(StrEnum):
    """How our endpoint came to be known to the provider; pending: it is about to be."""

    PENDING = "pending"
    REGISTERED = "registered"
    MANUAL = "manual"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Our endpoint at the provider.

    `steps`: what a person does there, its verifier masked. `reason`: why registering failed.
    """

    status: WebhookStatus
    url: str
    provider_reference: str | None = None
    steps: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted secrets, and the name of the key that sealed them."""

    key_version: str
    blob: bytes = field(repr=False)


ERASED: Final = Sealed("", b"")
"""What a deleted connection keeps of its secrets."""


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Opened secrets: short-lived, never stored, never shown.

    `credentials`: the provider's credentials as JSON. `verifiers`: what webhooks are verified
    with, newest first; the one before it stays accepted while the provider still uses it.
    """

    credentials: str
    verifiers: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Secrets(hidden)"

    def with_credentials(self, credentials: str) -> "Secrets":
        """Return the same verifiers with other credentials."""
        return Secrets(credentials, self.verifiers)

    def with_verifier(self, verifier: str) -> "Secrets":
        """Return the same credentials with a newer verifier; the previous one is kept."""
        others = (known for known in self.verifiers if known != verifier)
        return Secrets(self.credentials, (verifier, *others)[:_ACCEPTED_VERIFIERS])


@dataclass(frozen=True, slots=True)
class Attention:
    """That a person has to see to a connection: since when, and what the provider says."""

    since: datetime
    code: str
    message: str


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    """One account of a tenant at a provider. Of two enabled ones, higher priority goes first.

    `hints`: what of the credentials may be shown. `version` grows with every stored change.
    `attention`: its provider refused the credentials, and has not accepted them since.
    """

    id: ConnectionId
    provider: str
    label: str
    mode: Mode
    enabled: bool
    priority: int
    sealed: Sealed
    hints: Mapping[str, str]
    account: Account
    webhook: Webhook
    created_at: datetime
    updated_at: datetime
    version: int = 1
    deleted_at: datetime | None = None
    attention: Attention | None = None

    def change(
        self, now: datetime, *, label: str | None, priority: int | None, enabled: bool | None
    ) -> None:
        """Take over what is given; None leaves a thing as it is."""
        self.label = self.label if label is None else label
        self.priority = self.priority if priority is None else priority
        self.enabled = self.enabled if enabled is None else enabled
        self.updated_at = now

    def take_credentials(
        self, now: datetime, sealed: Sealed, hints: Mapping[str, str], account: Account
    ) -> None:
        """Replace the credentials by ones the provider has accepted."""
        self.sealed, self.hints, self.account = sealed, hints, account
        self.attention = None
        self.updated_at = now

    def take_webhook(self, now: datetime, webhook: Webhook, sealed: Sealed) -> None:
        """Replace what is known of our endpoint, and the verifiers sealed with it."""
        self.webhook, self.sealed = webhook, sealed
        self.updated_at = now

    def reseal(self, sealed: Sealed) -> None:
        """Keep the same secrets under another key."""
        self.sealed = sealed

    def ask_for_attention(self, attention: Attention) -> bool:
        """Note that a person has to see to it; tell whether that is news."""
        if self.attention is not None:
            return False
        self.attention = attention
        return True

    def has_been_seen_to(self) -> bool:
        """Note that the provider accepts its credentials; tell whether that is news."""
        was_wanting, self.attention = self.attention is not None, None
        return was_wanting

    def delete(self, now: datetime) -> None:
        """Forget the secrets for good; the row stays for what refers to it."""
        self.enabled = False
        self.sealed, self.hints = ERASED, {}
        self.deleted_at = self.updated_at = now


def masked(secret: str) -> str:
    """Return what may be shown of a secret: its last characters, when it is long enough."""
    if len(secret) < _LONG_ENOUGH_TO_SHOW_SOME:
        return "****"
    return "****" + secret[-_SHOWN:]
