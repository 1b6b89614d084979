"""Registration links, tokens and charges: what we send and read.

A registration link is an invoice of type `link`; there is no published schema of any of this.
https://razorpay.com/docs/api/payments/recurring-payments/cards/create-authorization-transaction/
https://razorpay.com/docs/api/payments/recurring-payments/cards/tokens/
https://razorpay.com/docs/api/payments/recurring-payments/cards/create-subsequent-payments/
"""

import msgspec

from paymux.integrations.adapters.providers.razorpay.wire import Card, Contact, Notes


class Invoice(msgspec.Struct, frozen=True):
    """A registration link."""

    id: str
    status: str
    amount: int
    currency: str = "INR"
    amount_paid: int | None = 0
    receipt: str | None = None
    short_url: str | None = None
    expire_by: int | None = None
    notes: Notes = None
    order_id: str | None = None
    created_at: int | None = None


class Invoices(msgspec.Struct, frozen=True):
    """Some invoices."""

    items: list[Invoice]


class RecurringDetails(msgspec.Struct, frozen=True):
    """Whether a token may be charged: initiated, confirmed, rejected, cancelled or paused."""

    status: str | None = None
    failure_reason: str | None = None


class Token(msgspec.Struct, frozen=True):
    """A saved card; webhooks leave out the details, and whose it is."""

    id: str
    method: str | None = None
    card: Card | None = None
    recurring: bool | str | None = None
    recurring_details: RecurringDetails | None = None
    max_amount: int | None = None
    customer_id: str | None = None


class Deleted(msgspec.Struct, frozen=True):
    """What became of a token that was to be deleted."""

    deleted: bool


class Charged(msgspec.Struct, frozen=True):
    """The payment that a charge made, whatever became of it."""

    razorpay_payment_id: str


class Mandate(msgspec.Struct, frozen=True):
    """What the payer agrees to; without an expiry it lasts as long as the card."""

    method: str
    max_amount: int
    frequency: str


class NewRegistration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `POST /v1/subscription_registration/auth_links`."""

    customer: Contact
    type: str
    amount: int
    currency: str
    description: str
    subscription_registration: Mandate
    receipt: str
    sms_notify: bool
    email_notify: bool
    notes: dict[str, str]
    expire_by: int | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/orders` for a charge."""

    amount: int
    currency: str
    receipt: str
    payment_capture: bool
    notes: dict[str, str]


class NewCharge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `POST /v1/payments/create/recurring`."""

    amount: int
    currency: str
    order_id: str
    customer_id: str
    token: str
    recurring: bool
    notes: dict[str, str]
    description: str | None = None
    email: str | None = None
    contact: str | None = None
