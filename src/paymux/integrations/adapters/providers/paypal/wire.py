"""PayPal's JSON, with only the fields we read or write; unknown fields are let through.

Replies are lenient (`null` and absent mean the same); requests are spelled out in full.
"""

from collections.abc import Sequence

import msgspec


class Amount(msgspec.Struct, frozen=True):
    """PayPal's `money`: a currency and a decimal string."""

    currency_code: str
    value: str


class Link(msgspec.Struct, frozen=True):
    """One of the links PayPal hangs on its objects."""

    href: str = ""
    rel: str = ""


class StatusDetails(msgspec.Struct, frozen=True):
    """Why a capture is pending or denied."""

    reason: str | None = None


class RelatedIds(msgspec.Struct, frozen=True):
    """Ids of the objects around a capture."""

    order_id: str | None = None


class SupplementaryData(msgspec.Struct, frozen=True):
    """Where PayPal keeps the related ids."""

    related_ids: RelatedIds | None = None


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """The money movement within an order."""

    id: str
    status: str
    amount: Amount | None = None
    status_details: StatusDetails | None = None
    supplementary_data: SupplementaryData | None = None
    links: Sequence[Link] | None = None
    create_time: str | None = None
    update_time: str | None = None


class Payments(msgspec.Struct, frozen=True):
    """What was taken within a purchase unit."""

    captures: Sequence[Capture] | None = None


class PurchaseUnit(msgspec.Struct, frozen=True):
    """A part of an order; ours have exactly one."""

    custom_id: str | None = None
    payments: Payments | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as PayPal reports it."""

    id: str
    status: str
    purchase_units: Sequence[PurchaseUnit] | None = None
    payment_source: dict[str, msgspec.Raw] | None = None
    links: Sequence[Link] | None = None
    create_time: str | None = None
    update_time: str | None = None


class ExperienceContext(msgspec.Struct, frozen=True, kw_only=True):
    """How PayPal's page behaves and where it sends the payer back to."""

    return_url: str
    cancel_url: str
    user_action: str = "PAY_NOW"
    shipping_preference: str = "NO_SHIPPING"


class PayPalWallet(msgspec.Struct, frozen=True):
    """Payment with a PayPal account."""

    experience_context: ExperienceContext


class PaymentSource(msgspec.Struct, frozen=True):
    """What the payer pays with."""

    paypal: PayPalWallet


class NewPurchaseUnit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one purchase unit of an order we create."""

    reference_id: str
    custom_id: str
    invoice_id: str
    amount: Amount
    description: str | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /v2/checkout/orders`."""

    purchase_units: Sequence[NewPurchaseUnit]
    payment_source: PaymentSource
    intent: str = "CAPTURE"


class NewCapture(msgspec.Struct, frozen=True):
    """Body of `POST /v2/checkout/orders/{id}/capture`: the payer's own choice of source."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An OAuth 2 access token."""

    access_token: str
    expires_in: int
    app_id: str | None = None

    def __repr__(self) -> str:
        """Never show the token itself."""
        return f"Token(expires_in={self.expires_in})"


class ErrorDetail(msgspec.Struct, frozen=True):
    """One issue of an error reply."""

    issue: str | None = None
    description: str | None = None
    field: str | None = None


class ErrorReply(msgspec.Struct, frozen=True, kw_only=True):
    """An error reply of the API, or (`error`) of its token endpoint."""

    name: str | None = None
    message: str | None = None
    debug_id: str | None = None
    details: Sequence[ErrorDetail] | None = None
    error: str | None = None
    error_description: str | None = None


class EventResource(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is about: an order, a capture or a reversed approval."""

    id: str | None = None
    order_id: str | None = None
    supplementary_data: SupplementaryData | None = None
    links: Sequence[Link] | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of a webhook delivery; the resource differs with the event type."""

    id: str
    event_type: str
    create_time: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")


class EventType(msgspec.Struct, frozen=True):
    """A kind of event an endpoint asks for."""

    name: str


class NewEndpoint(msgspec.Struct, frozen=True):
    """Body of `POST /v1/notifications/webhooks`."""

    url: str
    event_types: Sequence[EventType]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A registered webhook endpoint; its id is also what deliveries are verified with."""

    id: str
    url: str
    event_types: Sequence[EventType] | None = None


class EndpointList(msgspec.Struct, frozen=True):
    """Reply of `GET /v1/notifications/webhooks`."""

    webhooks: Sequence[Endpoint] | None = None


class EndpointChange(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of `PATCH /v1/notifications/webhooks/{id}`."""

    value: Sequence[EventType]
    op: str = "replace"
    path: str = "/event_types"
