"""Razorpay's entities, field for field as they appear in replies and webhooks."""

import msgspec

Notes = dict[str, str | float | bool | None]


class Order(msgspec.Struct, kw_only=True):
    """order."""

    id: str
    amount: int
    currency: str
    created_at: int
    entity: str = "order"
    amount_paid: int = 0
    amount_due: int = 0
    receipt: str | None = None
    offer_id: str | None = None
    status: str = "created"
    attempts: int = 0
    notes: Notes | list[str] = []


class AcquirerData(msgspec.Struct, kw_only=True):
    """The bank's own reference."""

    bank_transaction_id: str | None = None


class Payment(msgspec.Struct, kw_only=True):
    """payment."""

    id: str
    amount: int
    currency: str
    created_at: int
    contact: str
    entity: str = "payment"
    status: str = "created"
    order_id: str | None = None
    invoice_id: str | None = None
    international: bool = False
    method: str = "netbanking"
    amount_refunded: int = 0
    refund_status: str | None = None
    captured: bool = False
    description: str | None = None
    card_id: str | None = None
    bank: str | None = "HDFC"
    wallet: str | None = None
    vpa: str | None = None
    email: str | None = None
    notes: Notes | list[str] = []
    fee: int | None = None
    tax: int | None = None
    error_code: str | None = None
    error_description: str | None = None
    error_source: str | None = None
    error_step: str | None = None
    error_reason: str | None = None
    customer_id: str | msgspec.UnsetType = msgspec.UNSET
    token_id: str | msgspec.UnsetType = msgspec.UNSET
    acquirer_data: AcquirerData = msgspec.field(default_factory=AcquirerData)


class RefundAcquirerData(msgspec.Struct, kw_only=True):
    """The number under which the payer's bank knows a refund; there is none at first."""

    arn: str | None = None


class Refund(msgspec.Struct, kw_only=True):
    """refund."""

    id: str
    amount: int
    currency: str
    payment_id: str
    created_at: int
    entity: str = "refund"
    notes: Notes | list[str] = []
    receipt: str | None = None
    acquirer_data: RefundAcquirerData = msgspec.field(default_factory=RefundAcquirerData)
    batch_id: None = None
    status: str = "pending"
    speed_processed: str = "normal"
    speed_requested: str = "normal"


class LinkCustomer(msgspec.Struct, kw_only=True):
    """Who a link is for."""

    contact: str = ""
    email: str = ""
    name: str = ""


class Notify(msgspec.Struct, kw_only=True):
    """Over which channels Razorpay tells the payer; nothing is sent here."""

    email: bool = False
    sms: bool = False
    whatsapp: bool = False


class LinkPayment(msgspec.Struct, kw_only=True):
    """A payment as its link shows it."""

    amount: int
    created_at: int
    method: str
    payment_id: str
    status: str


class PaymentLink(msgspec.Struct, kw_only=True):
    """payment_link."""

    id: str
    amount: int
    currency: str
    created_at: int
    short_url: str
    accept_partial: bool = False
    amount_paid: int = 0
    callback_method: str = ""
    callback_url: str = ""
    cancelled_at: int = 0
    customer: LinkCustomer = msgspec.field(default_factory=LinkCustomer)
    description: str = ""
    expire_by: int = 0
    expired_at: int = 0
    first_min_partial_amount: int = 0
    notes: Notes | None = None
    notify: Notify = msgspec.field(default_factory=Notify)
    order_id: str | msgspec.UnsetType = msgspec.UNSET
    payments: list[LinkPayment] | None = None
    reference_id: str = ""
    reminder_enable: bool = False
    reminders: list[str] = []
    status: str = "created"
    updated_at: int = 0
    upi_link: bool = False
    user_id: str = ""
    whatsapp_link: bool = False


class Customer(msgspec.Struct, kw_only=True):
    """customer."""

    id: str
    created_at: int
    entity: str = "customer"
    name: str = ""
    email: str = ""
    contact: str = ""
    gstin: str | None = None
    notes: Notes | list[str] = []
