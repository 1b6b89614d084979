"""What a provider's package exposes under the entry-point group `paymux.providers`."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Connector, Outcome
from paymux.payments.ports.currencies import ProviderCurrencies
from paymux.payments.ports.reasons import Reason

ENTRY_POINT_GROUP: Final = "paymux.providers"

SECRET: Final = msgspec.Meta(
    min_length=1, max_length=512, extra_json_schema={"writeOnly": True, "format": "password"}
)
"""Annotate a secret credential with this: `key: Annotated[str, SECRET]`."""

C = TypeVar("C", bound=msgspec.Struct)


class Operation(StrEnum):
    """The operations a provider may have; each is one method of a capability protocol.

    SAVE_METHOD is a hosted page that keeps the instrument it is paid with.
    """

    CHECK_ACCOUNT = "check_account"
    CREATE_CHECKOUT = "create_checkout"
    COMPLETE_CHECKOUT = "complete_checkout"
    EXPIRE_CHECKOUT = "expire_checkout"
    LOOK_UP = "look_up"
    PUT_CUSTOMER = "put_customer"
    VERIFY_WEBHOOK = "verify_webhook"
    REGISTER_WEBHOOK = "register_webhook"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    LIST_EVENTS = "list_events"
    SAVE_METHOD = "save_method"
    CHARGE = "charge"
    FORGET_METHOD = "forget_method"
    LOOK_UP_DISPUTE = "look_up_dispute"
    LIST_DISPUTES = "list_disputes"
    ACCEPT_DISPUTE = "accept_dispute"
    SUBMIT_EVIDENCE = "submit_evidence"


class Idempotency(msgspec.Struct, frozen=True, kw_only=True):
    """How one operation is kept from happening twice.

    `header`: the provider's idempotency header, when it has one. `key_lives_seconds`: how
    long it remembers a key. `replays_errors`: a stored 5xx is given again for the same key.
    `unique_reference`: the request field that the provider keeps unique. `looks_up_by_reference`:
    the object can be found by our own reference.
    """

    header: str | None = None
    key_lives_seconds: int | None = None
    replays_errors: bool = False
    unique_reference: str | None = None
    looks_up_by_reference: bool = False


class PartialCaptures(StrEnum):
    """Whether less than the authorised amount can be taken, and in how many steps."""

    NONE = "none"
    ONCE = "once"
    SEVERAL = "several"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can do as its package declares it; an account may offer less.

    `checkout_lives_seconds`: shortest and longest life of a hosted page that may be asked for.
    `saving_currencies`: the only ones in which methods are saved; None: all that it takes.
    """

    operations: frozenset[Operation]
    methods: frozenset[str]
    currencies: ProviderCurrencies
    idempotency: Mapping[Operation, Idempotency]
    checkout_lives_seconds: tuple[int, int] | None = None
    partial_captures: PartialCaptures = PartialCaptures.NONE
    saving_currencies: frozenset[str] | None = None


class UsableConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that may take a new payment now. `display_name`: the provider's, for payers."""

    id: ConnectionId
    provider: str
    capabilities: Capabilities
    display_name: str = ""


class ErrorRule(msgspec.Struct, frozen=True):
    """What one documented provider code amounts to, and which of our reasons it is."""

    outcome: Outcome
    meaning: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class ConnectorEnvironment:
    """What a connector may use of the process it runs in.

    `webhook_verifiers`: secrets or ids that deliveries are verified with, newest first.
    `base_url` and `ca_pem`: a stand-in to talk to and its certificate authority, both set by
    the operator only, in test mode only. `threads`: the bounded pool for blocking SDKs.
    Timeouts are in seconds; `call_timeout` covers one whole call.
    """

    mode: Mode
    clock: Clock
    threads: Executor
    webhook_verifiers: tuple[str, ...] = ()
    webhook_tolerance_seconds: int = 300
    connect_timeout: float = 5.0
    call_timeout: float = 20.0
    base_url: str | None = None
    ca_pem: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPlugin(Generic[C]):
    """One provider. Immutable; holds no credentials.

    `credentials`: a msgspec Struct with `forbid_unknown_fields`; a secret field's JSON Schema
    says `writeOnly: true` (`SECRET` below). `error_map`: every documented code of the
    operations we use. `webhook_steps`: what a person does when the endpoint cannot be
    registered over the API, given our URL and the verifier to enter there.
    """

    slug: str
    display_name: str
    credentials: type[C]
    capabilities: Capabilities
    error_map: Mapping[str, ErrorRule]
    connect: Callable[[C, ConnectorEnvironment], Connector]
    webhook_steps: Callable[[str, str], Sequence[str]] = lambda _url, _verifier: ()
