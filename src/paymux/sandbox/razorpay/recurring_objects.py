"""Registration links and tokens, field for field as in the samples of Razorpay's pages.

razorpay.com/docs/api/payments/recurring-payments/cards/create-authorization-transaction,
…/cards/tokens and …/webhooks.
"""

import msgspec

from paymux.sandbox.razorpay.objects import Notes


class InvoiceCustomer(msgspec.Struct, kw_only=True):
    """Whom a registration link is for."""

    id: str
    name: str
    email: str
    contact: str
    gstin: None = None
    billing_address: None = None
    shipping_address: None = None
    customer_name: str
    customer_email: str
    customer_contact: str


class Invoice(msgspec.Struct, kw_only=True):
    """invoice, of type `link`."""

    id: str
    entity: str = "invoice"
    receipt: str | None = None
    invoice_number: str | None = None
    customer_id: str
    customer_details: InvoiceCustomer
    order_id: str
    line_items: list[str] = []
    payment_id: str | None = None
    status: str = "issued"
    expire_by: int | None = None
    issued_at: int | None = None
    paid_at: int | None = None
    cancelled_at: int | None = None
    expired_at: int | None = None
    sms_status: str | None = None
    email_status: str | None = None
    date: int
    terms: str | None = None
    partial_payment: bool = False
    gross_amount: int
    tax_amount: int = 0
    taxable_amount: int = 0
    amount: int
    amount_paid: int = 0
    amount_due: int
    currency: str
    currency_symbol: str = "₹"
    description: str | None = None
    notes: Notes | list[str] = []
    comment: str | None = None
    short_url: str
    view_less: bool = True
    billing_start: int | None = None
    billing_end: int | None = None
    type: str = "link"
    group_taxes_discounts: bool = False
    created_at: int
    idempotency_key: None = None


class Flows(msgspec.Struct, kw_only=True):
    """How a card may be used."""

    otp: bool = True
    recurring: bool = True


class TokenCard(msgspec.Struct, kw_only=True):
    """The card behind a token."""

    entity: str = "card"
    name: str
    last4: str = "8950"
    network: str = "Visa"
    type: str = "credit"
    issuer: str = "STCB"
    international: bool = False
    emi: bool = False
    sub_type: str = "consumer"
    expiry_month: int = 12
    expiry_year: int = 2030
    flows: Flows = msgspec.field(default_factory=Flows)


class RecurringDetails(msgspec.Struct, kw_only=True):
    """Whether a token may be charged."""

    status: str = "initiated"
    failure_reason: str | None = None


class Token(msgspec.Struct, kw_only=True):
    """token."""

    id: str
    entity: str = "token"
    token: str
    bank: None = None
    wallet: None = None
    method: str = "card"
    card: TokenCard
    recurring: bool = True
    recurring_details: RecurringDetails = msgspec.field(default_factory=RecurringDetails)
    auth_type: None = None
    mrn: None = None
    used_at: int
    created_at: int
    expired_at: int = 1_924_991_999
    dcc_enabled: bool = False
    max_amount: int


class KeptCard(msgspec.Struct, kw_only=True):
    """A token, whose it is, and how charges of it end."""

    token: Token
    customer_id: str
    behaviour: str = "succeed"
