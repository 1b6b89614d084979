"""Stripe's objects, field for field as they appear in replies and events."""

import msgspec

API_VERSION = "2026-10-28.endive"
Metadata = dict[str, str]


class Enabled(msgspec.Struct, kw_only=True):
    """The many sub-objects that only say whether something is on."""

    enabled: bool = False


class AutomaticTax(msgspec.Struct, kw_only=True):
    """Tax is never computed here."""

    enabled: bool = False
    liability: None = None
    provider: None = None
    status: None = None


class CustomText(msgspec.Struct, kw_only=True):
    """Accepted and not shown."""

    after_submit: None = None
    shipping_address: None = None
    submit: None = None
    terms_of_service_acceptance: None = None


class TotalDetails(msgspec.Struct, kw_only=True):
    """Neither discounts nor tax nor shipping change the total here."""

    amount_discount: int = 0
    amount_shipping: int = 0
    amount_tax: int = 0


class Address(msgspec.Struct, kw_only=True):
    """A postal address; every part may be missing."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class CustomerDetails(msgspec.Struct, kw_only=True):
    """Who paid, as told on the pay page."""

    address: Address | None = None
    business_name: str | None = None
    email: str | None = None
    individual_name: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_exempt: str = "none"
    tax_ids: list[str] = []


class Session(msgspec.Struct, kw_only=True):
    """checkout.session."""

    id: str
    created: int
    expires_at: int
    amount_subtotal: int
    amount_total: int
    currency: str
    success_url: str
    url: str | None
    object: str = "checkout.session"
    adaptive_pricing: Enabled | None = None
    after_expiration: None = None
    allow_promotion_codes: bool | None = None
    automatic_tax: AutomaticTax = msgspec.field(default_factory=AutomaticTax)
    billing_address_collection: str | None = None
    cancel_url: str | None = None
    client_reference_id: str | None = None
    client_secret: str | None = None
    collected_information: None = None
    consent: None = None
    consent_collection: None = None
    custom_fields: list[str] = []
    custom_text: CustomText = msgspec.field(default_factory=CustomText)
    customer: str | None = None
    customer_account: str | None = None
    customer_creation: str | None = "if_required"
    customer_details: CustomerDetails | None = None
    customer_email: str | None = None
    discounts: list[str] = []
    invoice: str | None = None
    invoice_creation: None = None
    livemode: bool = False
    locale: str | None = None
    metadata: Metadata = {}
    mode: str = "payment"
    origin_context: str | None = None
    payment_intent: str | None = None
    payment_link: str | None = None
    payment_method_collection: str | None = "if_required"
    payment_method_options: dict[str, str] = {}
    payment_method_types: tuple[str, ...] = ("card",)
    payment_status: str = "unpaid"
    phone_number_collection: Enabled = msgspec.field(default_factory=Enabled)
    recovered_from: str | None = None
    setup_intent: str | None = None
    shipping_address_collection: None = None
    shipping_cost: None = None
    shipping_options: list[str] = []
    status: str = "open"
    submit_type: str | None = None
    subscription: str | None = None
    total_details: TotalDetails = msgspec.field(default_factory=TotalDetails)
    ui_mode: str = "hosted_page"
    wallet_options: None = None


class LineItem(msgspec.Struct, kw_only=True):
    """One line of a Checkout Session."""

    id: str
    amount_subtotal: int
    amount_total: int
    currency: str
    description: str
    quantity: int
    object: str = "item"
    adjustable_quantity: None = None
    amount_discount: int = 0
    amount_tax: int = 0
    metadata: Metadata = {}


class LastPaymentError(msgspec.Struct, kw_only=True):
    """Why the latest try failed."""

    charge: str
    message: str = "Your card was declined."
    type: str = "card_error"
    code: str = "card_declined"
    decline_code: str = "generic_decline"
    doc_url: str = "https://stripe.com/docs/error-codes/card-declined"


class PaymentIntent(msgspec.Struct, kw_only=True):
    """payment_intent."""

    id: str
    amount: int
    created: int
    currency: str
    client_secret: str
    object: str = "payment_intent"
    amount_capturable: int = 0
    amount_details: dict[str, dict[str, str]] = {}
    amount_received: int = 0
    application: str | None = None
    application_fee_amount: int | None = None
    automatic_payment_methods: None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    capture_method: str = "automatic_async"
    confirmation_method: str = "automatic"
    customer: str | None = None
    description: str | None = None
    last_payment_error: LastPaymentError | None = None
    latest_charge: str | None = None
    livemode: bool = False
    metadata: Metadata = {}
    next_action: None = None
    on_behalf_of: str | None = None
    payment_method: str | None = None
    payment_method_options: dict[str, str] = {}
    payment_method_types: tuple[str, ...] = ("card",)
    processing: None = None
    receipt_email: str | None = None
    review: str | None = None
    setup_future_usage: str | None = None
    shipping: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: str = "requires_payment_method"
    transfer_data: None = None
    transfer_group: str | None = None


class BillingDetails(msgspec.Struct, kw_only=True):
    """Billing details of a charge."""

    address: Address = msgspec.field(default_factory=Address)
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_id: str | None = None


class ChargedCard(msgspec.Struct, kw_only=True):
    """The one card that payers have here, as a charge tells of it."""

    brand: str = "visa"
    country: str = "US"
    exp_month: int = 12
    exp_year: int = 2034
    fingerprint: str = "Xt5EWLLDS7FJjR1c"
    funding: str = "credit"
    last4: str = "4242"
    network: str = "visa"


class ChargedMethod(msgspec.Struct, kw_only=True):
    """How a charge was paid."""

    card: ChargedCard = msgspec.field(default_factory=ChargedCard)
    type: str = "card"


class Charge(msgspec.Struct, kw_only=True):
    """charge."""

    id: str
    amount: int
    created: int
    currency: str
    payment_intent: str
    object: str = "charge"
    amount_captured: int = 0
    amount_refunded: int = 0
    balance_transaction: str | None = None
    billing_details: BillingDetails = msgspec.field(default_factory=BillingDetails)
    captured: bool = False
    customer: str | None = None
    description: str | None = None
    disputed: bool = False
    failure_code: str | None = None
    failure_message: str | None = None
    livemode: bool = False
    metadata: Metadata = {}
    paid: bool = False
    payment_method: str | None = None
    payment_method_details: ChargedMethod = msgspec.field(default_factory=ChargedMethod)
    receipt_email: str | None = None
    receipt_url: str | None = None
    refunded: bool = False
    status: str = "succeeded"


class InvoiceSettings(msgspec.Struct, kw_only=True):
    """Defaults of a customer's invoices."""

    custom_fields: None = None
    default_payment_method: None = None
    footer: None = None
    rendering_options: None = None


class Customer(msgspec.Struct, kw_only=True):
    """customer."""

    id: str
    created: int
    object: str = "customer"
    address: Address | None = None
    balance: int = 0
    currency: str | None = None
    default_source: str | None = None
    delinquent: bool = False
    description: str | None = None
    discount: None = None
    email: str | None = None
    invoice_prefix: str | None = None
    invoice_settings: InvoiceSettings = msgspec.field(default_factory=InvoiceSettings)
    livemode: bool = False
    metadata: Metadata = {}
    name: str | None = None
    next_invoice_sequence: int = 1
    phone: str | None = None
    preferred_locales: list[str] = []
    shipping: None = None
    tax_exempt: str = "none"
    test_clock: str | None = None


class WebhookEndpoint(msgspec.Struct, kw_only=True):
    """webhook_endpoint; the secret is added to the reply of its creation only."""

    id: str
    created: int
    enabled_events: list[str]
    url: str
    api_version: str | None = None
    object: str = "webhook_endpoint"
    application: str | None = None
    description: str | None = None
    livemode: bool = False
    metadata: Metadata = {}
    status: str = "enabled"


class EventData(msgspec.Struct, kw_only=True):
    """The object as it was when the event happened."""

    object: msgspec.Raw


class EventRequest(msgspec.Struct, kw_only=True):
    """The API request that caused the event, if one did."""

    id: str | None = None
    idempotency_key: str | None = None


class Event(msgspec.Struct, kw_only=True):
    """event."""

    id: str
    created: int
    data: EventData
    type: str
    api_version: str = API_VERSION
    object: str = "event"
    livemode: bool = False
    pending_webhooks: int = 0
    request: EventRequest = msgspec.field(default_factory=EventRequest)
