"""Request parameters of every operation served; a name that is not here is refused.

Parameters typed `object` are taken and not acted upon, as their effect shows nowhere in
the objects the sandbox keeps.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ShortMetadata = dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=500)]]
NotEmpty = Annotated[str, Meta(min_length=1)]
Currency = Annotated[str, Meta(min_length=3, max_length=3)]


class Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Parameters that refuse names they do not know."""

    expand: list[str] = []


class Closed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nested parameters that refuse names they do not know."""


class Range(Closed):
    """A span of creation times."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


class Page(Strict):
    """Cursor pagination."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None


class Retrieve(Strict):
    """Parameters of every retrieval."""


class ProductData(Closed):
    """An unnamed product of a line."""

    name: NotEmpty
    description: NotEmpty | None = None
    images: object = None
    metadata: ShortMetadata = {}
    tax_code: object = None
    tax_details: object = None
    unit_label: object = None


class PriceData(Closed):
    """A price made up for a line."""

    currency: Currency
    product: str | None = None
    product_data: ProductData | None = None
    recurring: object = None
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] | None = None
    unit_amount: int | None = None
    unit_amount_decimal: str | None = None


class LineItemParams(Closed):
    """One line of a session to be created."""

    adjustable_quantity: object = None
    metadata: ShortMetadata = {}
    price: str | None = None
    price_data: PriceData | None = None
    quantity: int | None = None
    tax_rates: object = None


class PaymentIntentData(Closed):
    """What the session's PaymentIntent is given."""

    application_fee_amount: int | None = None
    capture_method: Literal["automatic", "automatic_async", "manual"] | None = None
    description: str | None = None
    metadata: ShortMetadata = {}
    on_behalf_of: object = None
    receipt_email: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    shipping: object = None
    statement_descriptor: Annotated[str, Meta(max_length=22)] | None = None
    statement_descriptor_suffix: Annotated[str, Meta(max_length=22)] | None = None
    transfer_data: object = None
    transfer_group: str | None = None


class SessionCreate(Strict):
    """POST /v1/checkout/sessions."""

    adaptive_pricing: object = None
    after_expiration: object = None
    allow_promotion_codes: bool | None = None
    allowed_payment_method_types: list[str] | None = None
    automatic_tax: object = None
    billing_address_collection: Literal["auto", "required"] | None = None
    branding_settings: object = None
    cancel_url: str | None = None
    client_reference_id: Annotated[str, Meta(max_length=200)] | None = None
    consent_collection: object = None
    currency: Currency | None = None
    custom_fields: object = None
    custom_text: object = None
    customer: NotEmpty | None = None
    customer_account: object = None
    customer_creation: Literal["always", "if_required"] | None = None
    customer_email: NotEmpty | None = None
    customer_update: object = None
    discounts: object = None
    excluded_payment_method_types: list[str] | None = None
    expires_at: int | None = None
    integration_identifier: object = None
    invoice_creation: object = None
    line_items: list[LineItemParams] | None = None
    locale: str | None = None
    managed_payments: object = None
    metadata: ShortMetadata = {}
    mode: Literal["payment", "setup", "subscription"] | None = None
    name_collection: object = None
    optional_items: object = None
    origin_context: Literal["mobile_app", "web"] | None = None
    payment_intent_data: PaymentIntentData | None = None
    payment_method_collection: Literal["always", "if_required"] | None = None
    payment_method_configuration: object = None
    payment_method_data: object = None
    payment_method_options: object = None
    permissions: object = None
    phone_number_collection: object = None
    redirect_on_completion: Literal["always", "if_required", "never"] | None = None
    return_url: str | None = None
    saved_payment_method_options: object = None
    setup_intent_data: object = None
    shipping_address_collection: object = None
    shipping_options: object = None
    submit_type: Literal["auto", "book", "donate", "pay", "subscribe"] | None = None
    subscription_data: object = None
    success_url: NotEmpty | None = None
    tax_id_collection: object = None
    ui_mode: Literal["elements", "embedded_page", "form", "hosted_page"] | None = None
    wallet_options: object = None


class SessionList(Page):
    """GET /v1/checkout/sessions."""

    created: Range | int | None = None
    customer: str | None = None
    customer_account: str | None = None
    customer_details: dict[str, str] | None = None
    payment_intent: str | None = None
    payment_link: str | None = None
    status: Literal["complete", "expired", "open"] | None = None
    subscription: str | None = None


class PaymentIntentList(Page):
    """GET /v1/payment_intents."""

    created: Range | int | None = None
    customer: str | None = None
    customer_account: str | None = None


class AddressParams(Closed):
    """An address to be stored."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class CustomerFields(Strict):
    """What can be said of a customer at any time."""

    address: AddressParams | Literal[""] | None = None
    balance: int | None = None
    business_name: object = None
    cash_balance: object = None
    description: Annotated[str, Meta(max_length=350)] | None = None
    email: Annotated[str, Meta(max_length=512)] | None = None
    individual_name: object = None
    invoice_prefix: str | None = None
    invoice_settings: object = None
    metadata: ShortMetadata | Literal[""] | None = None
    name: Annotated[str, Meta(max_length=256)] | None = None
    next_invoice_sequence: int | None = None
    phone: Annotated[str, Meta(max_length=20)] | None = None
    preferred_locales: list[str] | None = None
    shipping: object = None
    source: object = None
    tax: object = None
    tax_exempt: Literal["", "exempt", "none", "reverse"] | None = None
    validate: bool | None = None


class CustomerUpdate(CustomerFields):
    """POST /v1/customers/{customer}."""

    default_source: object = None


class CustomerCreate(CustomerFields):
    """POST /v1/customers."""

    payment_method: object = None
    tax_id_data: object = None
    test_clock: object = None


class CustomerList(Page):
    """GET /v1/customers."""

    created: Range | int | None = None
    email: str | None = None
    test_clock: str | None = None


class WebhookEndpointCreate(Strict):
    """POST /v1/webhook_endpoints."""

    enabled_events: list[str]
    url: NotEmpty
    api_version: str | None = None
    connect: bool | None = None
    description: str | None = None
    metadata: ShortMetadata | Literal[""] | None = None


class WebhookEndpointUpdate(Strict):
    """POST /v1/webhook_endpoints/{webhook_endpoint}."""

    description: str | None = None
    disabled: bool | None = None
    enabled_events: list[str] | None = None
    metadata: ShortMetadata | Literal[""] | None = None
    url: NotEmpty | None = None


class EventList(Page):
    """GET /v1/events."""

    created: Range | int | None = None
    delivery_success: bool | None = None
    type: str | None = None
    types: Annotated[list[str], Meta(max_length=20)] | None = None
