"""Request parameters of the operations that move money after the payer has left."""

from typing import Annotated, Literal

from msgspec import Meta

from paymux.sandbox.stripe.params import Page, Range, ShortMetadata, Strict


class CaptureIntent(Strict):
    """POST /v1/payment_intents/{intent}/capture."""

    amount_details: object = None
    amount_to_capture: Annotated[int, Meta(ge=1)] | None = None
    application_fee_amount: object = None
    final_capture: bool | None = None
    hooks: object = None
    metadata: ShortMetadata | Literal[""] | None = None
    payment_details: object = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_data: object = None


class CancelIntent(Strict):
    """POST /v1/payment_intents/{intent}/cancel."""

    cancellation_reason: (
        Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | None
    ) = None


class RefundCreate(Strict):
    """POST /v1/refunds."""

    amount: Annotated[int, Meta(ge=1)] | None = None
    charge: str | None = None
    currency: object = None
    customer: object = None
    instructions_email: str | None = None
    metadata: ShortMetadata | Literal[""] | None = None
    origin: object = None
    payment_intent: str | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    refund_application_fee: object = None
    reverse_transfer: object = None


class RefundList(Page):
    """GET /v1/refunds."""

    charge: str | None = None
    created: Range | int | None = None
    payment_intent: str | None = None
