"""Request parameters of charges without a page."""

from typing import Annotated, Literal

from msgspec import Meta

from paymux.sandbox.stripe.params import Closed, Currency, NotEmpty, ShortMetadata, Strict


class AutomaticMethods(Closed):
    """Whether methods are those of the dashboard, and may send their payer away."""

    enabled: bool
    allow_redirects: Literal["always", "never"] | None = None


class IntentCreate(Strict):
    """POST /v1/payment_intents."""

    amount: Annotated[int, Meta(ge=1)]
    currency: Currency
    allowed_payment_method_types: list[str] | None = None
    amount_details: object = None
    application_fee_amount: object = None
    automatic_payment_methods: AutomaticMethods | None = None
    capture_method: Literal["automatic", "automatic_async", "manual"] | None = None
    confirm: bool = False
    confirmation_method: Literal["automatic", "manual"] | None = None
    confirmation_token: object = None
    customer: NotEmpty | None = None
    customer_account: object = None
    description: Annotated[str, Meta(max_length=1000)] | None = None
    error_on_requires_action: bool | None = None
    excluded_payment_method_types: list[str] | None = None
    hooks: object = None
    mandate: str | None = None
    mandate_data: object = None
    metadata: ShortMetadata = {}
    off_session: bool | Literal["one_off", "recurring"] | None = None
    on_behalf_of: object = None
    payment_details: object = None
    payment_method: NotEmpty | None = None
    payment_method_configuration: object = None
    payment_method_data: object = None
    payment_method_options: object = None
    radar_options: object = None
    receipt_email: str | None = None
    return_url: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    shipping: object = None
    statement_descriptor: Annotated[str, Meta(max_length=22)] | None = None
    statement_descriptor_suffix: Annotated[str, Meta(max_length=22)] | None = None
    transfer_data: object = None
    transfer_group: str | None = None
    use_stripe_sdk: object = None
