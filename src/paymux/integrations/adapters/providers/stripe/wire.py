"""What we read of Stripe's objects, and nothing else; unknown fields pass unseen.

Shapes: https://docs.stripe.com/api, version 2026-10-28.endive.
"""

from typing import Annotated, Final

import msgspec

API_VERSION: Final = "2026-10-28.endive"
"""The one version we send and understand; the SDK's own default is not relied upon."""

Timestamp = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"\A[!-~]+\Z")]


class PaymentError(msgspec.Struct, frozen=True):
    """Why the last try to pay failed; also the `error` of an error reply."""

    type: str | None = None
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    param: str | None = None


class ErrorReply(msgspec.Struct, frozen=True):
    """The body of every reply that is not 2xx."""

    error: PaymentError


class MethodFacts(msgspec.Struct, frozen=True):
    """What one kind of method tells of itself.

    `generated_sepa_debit`: what a bank transfer leaves to be charged later in its own stead.
    """

    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    bank_name: str | None = None
    email: str | None = None
    iban_last4: str | None = None
    generated_sepa_debit: object = None


class MethodDetails(msgspec.Struct, frozen=True, kw_only=True):
    """How a charge was paid; of the kinds, those that can be kept and tell something."""

    type: str | None = None
    acss_debit: MethodFacts | None = None
    au_becs_debit: MethodFacts | None = None
    bacs_debit: MethodFacts | None = None
    bancontact: MethodFacts | None = None
    card: MethodFacts | None = None
    ideal: MethodFacts | None = None
    link: MethodFacts | None = None
    nz_bank_account: MethodFacts | None = None
    sepa_debit: MethodFacts | None = None
    sofort: MethodFacts | None = None
    us_bank_account: MethodFacts | None = None


class Charge(msgspec.Struct, frozen=True):
    """One movement of money."""

    id: Identifier
    created: Timestamp | None = None
    currency: str | None = None
    captured: bool = False
    amount_captured: int | None = None
    payment_intent: str | None = None
    payment_method: str | None = None
    payment_method_details: MethodDetails | None = None
    metadata: dict[str, str] | None = None


class Customer(msgspec.Struct, frozen=True):
    """A customer."""

    id: Identifier


class PaymentMethod(MethodDetails, frozen=True, kw_only=True):
    """A method as it is kept, and for whom; of nobody any more once it is detached."""

    id: Identifier
    customer: str | Customer | None = None


class PaymentIntent(msgspec.Struct, frozen=True):
    """One payment, behind a session or made of a saved method.

    Behind a session there is none before the payer first confirms.
    """

    id: Identifier
    status: str | None = None
    currency: str | None = None
    amount_received: int = 0
    amount_capturable: int = 0
    last_payment_error: PaymentError | None = None
    capture_method: str | None = None
    cancellation_reason: str | None = None
    latest_charge: str | Charge | None = None
    customer: str | Customer | None = None
    setup_future_usage: str | None = None
    metadata: dict[str, str] | None = None


class IntentPage(msgspec.Struct, frozen=True):
    """One page of payments, newest first."""

    data: list[PaymentIntent]
    has_more: bool


class Session(msgspec.Struct, frozen=True):
    """A Checkout Session."""

    id: Identifier
    status: str | None = None
    payment_status: str | None = None
    url: str | None = None
    amount_total: int | None = None
    currency: str | None = None
    metadata: dict[str, str] | None = None
    payment_intent: str | PaymentIntent | None = None
    payment_method_types: list[str] | None = None
    expires_at: Timestamp | None = None


class ListedSession(msgspec.Struct, frozen=True):
    """A session in a list, of whoever created it."""

    id: Identifier
    client_reference_id: str | None = None


class SessionPage(msgspec.Struct, frozen=True):
    """One page of a list of sessions, newest first."""

    data: list[ListedSession]
    has_more: bool


class Refund(msgspec.Struct, frozen=True):
    """Money given back, or on its way."""

    id: Identifier
    amount: int
    currency: str
    status: str | None = None
    created: Timestamp | None = None
    payment_intent: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None


class RefundPage(msgspec.Struct, frozen=True):
    """One page of refunds, newest first."""

    data: list[Refund]
    has_more: bool


class BusinessProfile(msgspec.Struct, frozen=True):
    """How the account presents itself."""

    name: str | None = None


class Account(msgspec.Struct, frozen=True):
    """The account behind the key."""

    id: Identifier
    country: str | None = None
    business_profile: BusinessProfile | None = None


class Balance(msgspec.Struct, frozen=True):
    """The account's balance, read only to learn that the key works."""

    livemode: bool


class Endpoint(msgspec.Struct, frozen=True):
    """A webhook endpoint; `secret` is told once, when it is created."""

    id: Identifier
    url: str | None = None
    secret: str | None = None


class EndpointPage(msgspec.Struct, frozen=True):
    """One page of webhook endpoints."""

    data: list[Endpoint]
    has_more: bool


class Deleted(msgspec.Struct, frozen=True):
    """The answer to a deletion."""

    id: Identifier


class Subject(msgspec.Struct, frozen=True):
    """The part of an event's object that is the same in every API version."""

    id: Identifier
    object: str
    metadata: dict[str, str] | None = None


class EventData(msgspec.Struct, frozen=True):
    """What the event is about, left undecoded until its type is known."""

    object: msgspec.Raw


class Event(msgspec.Struct, frozen=True, tag_field="object", tag="event"):
    """A webhook's body."""

    id: Identifier
    type: Identifier
    livemode: bool
    created: Timestamp
    data: EventData
    api_version: str | None = None


class RawEventPage(msgspec.Struct, frozen=True):
    """One page of events, newest first, each as it would have been delivered."""

    data: list[msgspec.Raw]
    has_more: bool
