"""The provider port: the calls a connector can make, and what may come back.

A connector speaks for one connection. It implements the capability protocols it has and no
others; `isinstance` against a protocol tells. Every call is safe to repeat with the same
arguments. A refusal is a value (`Failure`), never an exception: an exception out of a
connector is a bug, and callers treat it as an unknown outcome.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.money import Money
from paymux.kernel.scope import Mode


class Outcome(StrEnum):
    """What a call that did not simply succeed amounted to (architecture, section 5)."""

    NOT_SENT = "not_sent"
    NOT_PROCESSED = "not_processed"
    IN_PROGRESS = "in_progress"
    UNKNOWN = "unknown"
    DONE_ALREADY = "done_already"
    DECLINED_SOFT = "declined_soft"
    DECLINED_HARD = "declined_hard"
    NEEDS_PAYER = "needs_payer"
    CREDENTIALS = "credentials"
    REJECTED = "rejected"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A call that did not succeed.

    `code`: the provider's own code, lower case, else ours (`read_timeout`). `message`: safe
    to show the merchant; no secret, no card number. `field`: the request field blamed.
    """

    outcome: Outcome
    code: str
    message: str
    field: str | None = None
    retry_after_seconds: float | None = None
    provider_request_id: str | None = None


class ObservedStatus(StrEnum):
    """What a provider says of an attempt, in our words.

    `approved`: the payer has agreed and the money moves only once we complete the checkout.
    `declined` is final for the attempt; a decline after which the payer may try again on the
    same hosted page is `pending` with a `reason_code`.
    """

    PENDING = "pending"
    APPROVED = "approved"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"


class SavedMethodStatus(StrEnum):
    """Whether a saved method can be charged. `pending`: the provider still confirms it."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


class SavedMethod(msgspec.Struct, frozen=True, kw_only=True):
    """One report on an instrument that the provider keeps so that it can be charged later.

    `provider_reference`: the provider's token. `customer_reference`: the provider's customer it
    belongs to; `mandate_reference`: the consent, where the provider gives it an id. `kind`:
    `card`, `wallet`, `upi`...; `label`: what the payer knows it by, never a whole number
    (`Visa 4242`). `expires_on`: the month it ends, `2027-04`. `max_amount`: the most that the
    mandate lets one charge take. `attempt_id`: the attempt it was saved with, where it tells.
    """

    status: SavedMethodStatus
    provider_reference: str
    customer_reference: str | None = None
    mandate_reference: str | None = None
    kind: str | None = None
    label: str | None = None
    expires_on: str | None = None
    max_amount: Money | None = None
    attempt_id: str | None = None
    occurred_at: datetime | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One report on an attempt.

    `attempt_id`: our reference as the provider echoed it. `provider_reference`: the hosted
    session, link or order; `payment_reference`: the money movement within it, once there is
    one. At least one of the first two is set. `amount`: what the payer paid; always set when
    `status` is authorized or succeeded. Where the money is captured later, succeeded tells all
    that was taken; authorized tells all that is held while nothing was taken, and then all that
    was taken so far, its `payment_reference` being the authorisation. Canceled with a
    `payment_reference`: held money was let go, by a void or because its time was over.
    `occurred_at`: the provider's time, when it tells. `saved_method`: the instrument the payer
    let us keep as they paid. `needs_payer`: this charge of a saved method was declined because
    its issuer wants the payer present; declined ones only.
    """

    status: ObservedStatus
    attempt_id: str | None = None
    provider_reference: str | None = None
    payment_reference: str | None = None
    amount: Money | None = None
    method: str | None = None
    saved_method: SavedMethod | None = None
    needs_payer: bool = False
    reason_code: str | None = None
    reason_message: str | None = None
    occurred_at: datetime | None = None


class RefundStatus(StrEnum):
    """What a provider says of a refund. A refund that succeeded may still fail days later."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class RefundReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report on a refund.

    `refund_id`: our reference as the provider echoed it; None for a refund that somebody made
    in the provider's dashboard. `provider_reference`: the provider's id of the refund.
    `payment_reference`: the movement of money that is given back. `amount`: how much.
    """

    status: RefundStatus
    provider_reference: str
    payment_reference: str | None = None
    refund_id: str | None = None
    amount: Money | None = None
    reason_code: str | None = None
    reason_message: str | None = None
    occurred_at: datetime | None = None


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays. `provider_reference`: the customer at this connection, when there is one."""

    customer_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    provider_reference: str | None = None


class CheckoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A hosted page to open. The same request is sent again, field for field, on a retry.

    `replay`: an earlier call may have reached the provider; a connector whose provider has no
    idempotency key for this call then looks for the earlier object before it creates one.
    `return_url` and `cancel_url` are ours and carry no secret of the tenant. `captures_later`:
    only authorise the amount; the money is taken by `Captures`, or let go by `Voids`.
    `saves_method`: the payer agrees that the instrument they pay with is kept and charged later;
    `max_charge`: the most that one later charge may take, where the provider wants to know.
    """

    payment_id: str
    attempt_id: str
    idempotency_key: str
    amount: Money
    description: str
    return_url: str
    cancel_url: str
    created_at: datetime
    expires_at: datetime | None = None
    payer: Payer | None = None
    replay: bool = False
    captures_later: bool = False
    saves_method: bool = False
    max_charge: Money | None = None


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """An open hosted page: where the payer goes, and until when the provider keeps it."""

    provider_reference: str
    url: str
    expires_at: datetime | None = None


class AttemptQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which attempt to look up: by the provider's reference, else by ours.

    `is_charge`: it is a charge of a saved method, made for the customer of that reference; else
    it is a hosted page, which keeps the instrument when `saves_method`.
    """

    attempt_id: str
    created_at: datetime
    provider_reference: str | None = None
    is_charge: bool = False
    customer_reference: str | None = None
    saves_method: bool = False


class NotFound(msgspec.Struct, frozen=True):
    """The provider proves that the attempt never reached it."""


class AccountReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says about the account behind the credentials."""

    account_reference: str | None = None
    display_name: str | None = None
    country: str | None = None
    mode: Mode | None = None


class CustomerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to create or update at the provider."""

    customer_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class CustomerReference(msgspec.Struct, frozen=True):
    """The provider's id of a customer."""

    provider_reference: str


class Connector(Protocol):
    """What every connector has, besides its capabilities."""

    async def close(self) -> None:
        """Release sockets and sessions; calls in flight may fail."""
        ...


@runtime_checkable
class ChecksAccount(Protocol):
    """Can prove that its credentials work, without moving money."""

    async def check_account(self) -> AccountReport | Failure:
        """Make one authenticated read."""
        ...


@runtime_checkable
class CreatesCheckouts(Protocol):
    """Can open a hosted page for one payment."""

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        """Open the page, or find the one this very attempt opened before; never a second."""
        ...


@runtime_checkable
class CompletesCheckouts(Protocol):
    """Its provider moves the money only when told to after the payer has approved."""

    async def complete_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        """Take the approved money, or report that it was taken before; never twice."""
        ...


@runtime_checkable
class ExpiresCheckouts(Protocol):
    """Can close a hosted page so that nobody pays on it any more."""

    async def expire_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        """Close the page and report what the attempt then is: succeeded if the payer was first."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """Can tell what became of an attempt."""

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read the attempt at the provider. NotFound only when that proves its absence."""
        ...


@runtime_checkable
class SyncsCustomers(Protocol):
    """Its provider keeps customers."""

    async def put_customer(
        self, customer: CustomerRecord, idempotency_key: str, provider_reference: str | None
    ) -> CustomerReference | Failure:
        """Create the customer, or update it when the reference is known; never a second."""
        ...
