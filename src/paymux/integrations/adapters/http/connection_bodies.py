"""What the API says of connections, and what it wants to hear."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from paymux.integrations.application.connections import (
    CheckReport,
    ConnectionChange,
    NewConnection,
)
from paymux.integrations.application.webhook_endpoints import Connected
from paymux.integrations.domain.account import Account
from paymux.integrations.domain.connection import (
    DEFAULT_PRIORITY,
    MAX_PRIORITY,
    Attention,
    Connection,
    WebhookStatus,
)
from paymux.kernel.scope import Mode
from paymux.platform.http.fields import LaterMoment, Moment, example, example_id, identifier

# `$` alone would let a line break follow.
SLUG: Final = r"^[a-z][a-z0-9_-]{1,31}$(?!\n)"

Label = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?$(?!\n)",
        description="Yours; unique among the connections of the mode.",
        examples=["Cards, Germany"],
    ),
]
Priority = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_PRIORITY,
        description="Of several connections that can take a payment, the highest goes first.",
        examples=[DEFAULT_PRIORITY],
    ),
]
CredentialName = Annotated[str, Meta(min_length=1, max_length=64)]
CredentialText = Annotated[str, Meta(max_length=4096)]
Credentials = Annotated[
    dict[CredentialName, CredentialText | int | bool | None],
    Meta(
        max_length=30,
        description="As the provider's `credentials_schema` says (`GET /v1/providers/{slug}`). "
        "Checked live, then write-only.",
        examples=[{"secret_key": "sk_test_4f9QmB7xKz"}],
        extra_json_schema={"writeOnly": True},
    ),
]
WebhookSecret = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$(?!\n)",
        description="What deliveries are verified with, of an endpoint that you have set up at "
        "the provider. The one before it stays accepted too.",
        examples=["whsec_4f9QmB7xKzT2"],
        extra_json_schema={"writeOnly": True},
    ),
]


class CreateConnectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account at a provider to connect."""

    provider: Annotated[
        str,
        Meta(pattern=SLUG, description="The slug of an installed provider.", examples=["example"]),
    ]
    label: Label
    credentials: Credentials
    priority: Priority = DEFAULT_PRIORITY
    enabled: bool = True
    webhook_secret: WebhookSecret | None = None

    def to_command(self) -> NewConnection:
        """Return the request as the application takes it."""
        return NewConnection(
            provider=self.provider,
            label=self.label,
            credentials=self.credentials,
            priority=self.priority,
            enabled=self.enabled,
            webhook_secret=self.webhook_secret,
        )


class UpdateConnectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; a field left out stays as it is."""

    label: Label | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    enabled: Annotated[bool, example(True)] | UnsetType = UNSET
    credentials: Credentials | UnsetType = UNSET
    webhook_secret: WebhookSecret | UnsetType = UNSET

    def to_command(self) -> ConnectionChange:
        """Return the request as the application takes it."""
        return ConnectionChange(
            label=None if isinstance(self.label, UnsetType) else self.label,
            priority=None if isinstance(self.priority, UnsetType) else self.priority,
            enabled=None if isinstance(self.enabled, UnsetType) else self.enabled,
            credentials=None if isinstance(self.credentials, UnsetType) else self.credentials,
            webhook_secret=(
                None if isinstance(self.webhook_secret, UnsetType) else self.webhook_secret
            ),
        )


class AccountBody(Struct, frozen=True, kw_only=True):
    """The account behind the credentials, as the provider told."""

    reference: Annotated[str, example("acct_1bHMHFFt")] | None
    name: Annotated[str, example("Zebra Books")] | None
    country: Annotated[str, example("DE")] | None


_WEBHOOK_URL: Final = f"https://pay.example/webhooks/example/{example_id('con')}"


class WebhookBody(Struct, frozen=True, kw_only=True):
    """Our endpoint at the provider.

    `steps`: what to do there by hand. `verifier`: to be entered there; shown only in the answer
    to the request that made it.
    """

    status: Annotated[WebhookStatus, example("registered")]
    url: Annotated[str, example(_WEBHOOK_URL)]
    provider_reference: Annotated[str, example("we_50ZrdorNcu")] | None
    reason: str | None
    steps: Annotated[list[str], example([])]
    verifier: str | None


class AttentionBody(Struct, frozen=True, kw_only=True):
    """That a person has to see to a connection: the provider refuses its credentials.

    `code` and `message` are the provider's. A call that works, `POST .../test` that succeeds and
    new credentials each take it away.
    """

    since: LaterMoment
    code: Annotated[str, example("api_key_expired")]
    message: Annotated[str, example("Expired API Key provided.")]


class ConnectionBody(Struct, frozen=True, kw_only=True):
    """A connection. `credentials`: secrets masked but for their last four characters."""

    id: Annotated[str, identifier("con")]
    provider: Annotated[str, example("example")]
    label: Label
    mode: Annotated[Mode, example("test")]
    enabled: bool
    priority: Annotated[int, example(DEFAULT_PRIORITY)]
    credentials: Annotated[dict[str, str], example({"secret_key": "****B7xK"})]
    account: AccountBody
    webhook: WebhookBody
    needs_attention: Annotated[AttentionBody | None, example(None)]
    created_at: Moment
    updated_at: LaterMoment


class CheckBody(Struct, frozen=True, kw_only=True):
    """How a live check went. `code` and `message` say why it did not succeed."""

    succeeded: bool
    checked_at: Moment
    duration_ms: Annotated[int, example(212)]
    account: AccountBody | None
    code: str | None
    message: str | None


class RecoveryBody(Struct, frozen=True, kw_only=True):
    """What of a provider's events was looked through.

    `listed`: how many there are that we understand. `recovered`: how many of them had never
    reached us. `reason`: why not all could be looked through, if so.
    """

    since: Moment
    until: LaterMoment
    listed: Annotated[int, example(41)]
    recovered: Annotated[int, example(2)]
    reason: Annotated[str | None, example(None)]


def connection_body(connection: Connection) -> ConnectionBody:
    """Return a connection as every reader may see it."""
    return connected_body(Connected(connection))


def connected_body(connected: Connected) -> ConnectionBody:
    """Return a connection with what is said only once."""
    connection, webhook = connected.connection, connected.connection.webhook
    return ConnectionBody(
        id=connection.id,
        provider=connection.provider,
        label=connection.label,
        mode=connection.mode,
        enabled=connection.enabled,
        priority=connection.priority,
        credentials=dict(connection.hints),
        account=_account_body(connection.account),
        webhook=WebhookBody(
            status=webhook.status,
            url=webhook.url,
            provider_reference=webhook.provider_reference,
            reason=webhook.reason,
            steps=list(connected.steps or webhook.steps),
            verifier=connected.verifier,
        ),
        needs_attention=_attention_body(connection.attention),
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )


def _attention_body(attention: Attention | None) -> AttentionBody | None:
    if attention is None:
        return None
    return AttentionBody(since=attention.since, code=attention.code, message=attention.message)


def check_body(report: CheckReport) -> CheckBody:
    """Return how a live check went."""
    refusal = report.refusal
    return CheckBody(
        succeeded=refusal is None,
        checked_at=report.checked_at,
        duration_ms=report.duration_ms,
        account=None if report.account is None else _account_body(report.account),
        code=None if refusal is None else refusal.code,
        message=None if refusal is None else refusal.detail,
    )


def _account_body(account: Account) -> AccountBody:
    return AccountBody(reference=account.reference, name=account.name, country=account.country)
