"""What Razorpay says and hears, with only the fields we read or send.

Replies are lenient: unknown fields are ignored, absent ones have a default. Razorpay sends
`notes` as an object, as an empty list or as null (webhooks and API samples disagree).
"""

import msgspec

Notes = dict[str, object] | list[object] | None


class LinkPayment(msgspec.Struct, frozen=True):
    """One try to pay, as listed inside a payment link."""

    payment_id: str
    amount: int
    status: str
    method: str | None = None
    created_at: int | None = None
    reason: str | None = None
    message: str | None = None


class PaymentLink(msgspec.Struct, frozen=True):
    """A payment link; amounts in the currency's smallest unit."""

    id: str
    status: str
    amount: int
    currency: str = "INR"
    amount_paid: int | None = 0
    reference_id: str | None = None
    short_url: str | None = None
    expire_by: int | None = None
    updated_at: int | None = None
    notes: Notes = None
    payments: list[LinkPayment] | None = None
    order_id: str | None = None


class PaymentLinks(msgspec.Struct, frozen=True):
    """A list of payment links; the key must be there for an empty list to prove anything."""

    payment_links: list[PaymentLink]


class Card(msgspec.Struct, frozen=True):
    """What may be known of a card."""

    last4: str | int | None = None
    network: str | None = None
    expiry_month: str | int | None = None
    expiry_year: str | int | None = None


class Payment(msgspec.Struct, frozen=True):
    """A payment. `captured` tells money that was taken from money that was only held."""

    id: str
    amount: int
    currency: str
    status: str
    method: str | None = None
    notes: Notes = None
    error_code: str | None = None
    error_description: str | None = None
    error_reason: str | None = None
    created_at: int | None = None
    captured: bool | None = None
    amount_refunded: int | None = 0
    order_id: str | None = None
    customer_id: str | None = None
    token_id: str | None = None
    card: Card | None = None


class Payments(msgspec.Struct, frozen=True):
    """The payments of an order."""

    items: list[Payment]


class Refund(msgspec.Struct, frozen=True):
    """A refund; samples of old leave out the status, and some leave the currency empty."""

    id: str
    amount: int
    payment_id: str
    currency: str | None = None
    status: str | None = None
    receipt: str | None = None
    notes: Notes = None
    created_at: int | None = None


class Refunds(msgspec.Struct, frozen=True):
    """One page of a payment's refunds, newest first."""

    items: list[Refund]


class Order(msgspec.Struct, frozen=True):
    """An order."""

    id: str
    amount: int
    currency: str
    status: str
    amount_paid: int | None = 0
    notes: Notes = None
    receipt: str | None = None
    created_at: int | None = None


class Orders(msgspec.Struct, frozen=True):
    """Some orders."""

    items: list[Order]


class Customer(msgspec.Struct, frozen=True):
    """A customer."""

    id: str


class PaymentsPage(msgspec.Struct, frozen=True):
    """The first page of payments; read only to prove the credentials."""

    entity: str


class Error(msgspec.Struct, frozen=True):
    """The error object (https://razorpay.com/docs/errors/#error-structure)."""

    code: str | None = None
    description: str | None = None
    field: str | None = None
    reason: str | None = None


class ErrorReply(msgspec.Struct, frozen=True):
    """The body of every refusal."""

    error: Error


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who pays, for the merchant's dashboard; the payer types it again on the page."""

    name: str | None = None
    email: str | None = None
    contact: str | None = None


class Notify(msgspec.Struct, frozen=True):
    """Whether Razorpay itself tells the payer of the link."""

    sms: bool
    email: bool


class NewPaymentLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `POST /v1/payment_links`."""

    amount: int
    currency: str
    reference_id: str
    accept_partial: bool
    notify: Notify
    reminder_enable: bool
    notes: dict[str, str]
    callback_url: str
    callback_method: str
    description: str | None = None
    customer: Contact | None = None
    expire_by: int | None = None


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/payments/{id}/refund`."""

    amount: int
    speed: str
    receipt: str
    notes: dict[str, str]


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `POST /v1/customers`; `fail_existing` "0" gives back an existing one."""

    fail_existing: str
    notes: dict[str, str]
    name: str | None = None
    email: str | None = None
    contact: str | None = None


def note(notes: Notes, key: str) -> str | None:
    """Return one note when there is a text under that key."""
    value = notes.get(key) if isinstance(notes, dict) else None
    return value if isinstance(value, str) and value else None
