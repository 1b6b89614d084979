"""One Stripe account's objects."""

import msgspec

from paymux.sandbox.stripe.dispute_object import Dispute, File
from paymux.sandbox.stripe.method_objects import PaymentMethod
from paymux.sandbox.stripe.objects import (
    Charge,
    Customer,
    Event,
    LineItem,
    PaymentIntent,
    Session,
    WebhookEndpoint,
)
from paymux.sandbox.stripe.params import PaymentIntentData
from paymux.sandbox.stripe.refund_object import Refund


class SessionRecord(msgspec.Struct, kw_only=True):
    """A session with what its replies do not show; `delayed`: paid by a bank debit."""

    session: Session
    lines: list[LineItem]
    intent_data: PaymentIntentData
    page_url: str
    delayed: bool = False


class Secret(msgspec.Struct, kw_only=True):
    """A signing secret; the one being rolled away has an end."""

    value: str
    ends_at: float | None = None


class EndpointRecord(msgspec.Struct, kw_only=True):
    """An endpoint with its secrets, newest first."""

    endpoint: WebhookEndpoint
    secrets: list[Secret]


class EventRecord(msgspec.Struct, kw_only=True):
    """An event with the endpoints that have not confirmed it."""

    event: Event
    waiting: set[str]


class StoredReply(msgspec.Struct, kw_only=True):
    """The first reply given to an idempotency key; no body while it is being worked on."""

    endpoint: str
    fingerprint: str
    at: float
    status: int | None = None
    body: bytes = b""


class StripeBook(msgspec.Struct, kw_only=True):
    """Everything one account has; `behaviours`: how charges of a saved method end."""

    sessions: dict[str, SessionRecord] = {}
    payment_intents: dict[str, PaymentIntent] = {}
    session_of_intent: dict[str, str] = {}
    charges: dict[str, Charge] = {}
    refunds: dict[str, Refund] = {}
    refunds_are_pending: bool = False
    disputes: dict[str, Dispute] = {}
    files: dict[str, File] = {}
    payment_methods: dict[str, PaymentMethod] = {}
    behaviours: dict[str, str] = {}
    customers: dict[str, Customer] = {}
    deleted_customers: set[str] = set()
    endpoints: dict[str, EndpointRecord] = {}
    events: dict[str, EventRecord] = {}
    replies: dict[str, StoredReply] = {}

    def session_of(self, intent_id: str) -> SessionRecord | None:
        """The page that an intent was paid on; a charge of a saved method has none."""
        return self.sessions.get(self.session_of_intent.get(intent_id, ""))
