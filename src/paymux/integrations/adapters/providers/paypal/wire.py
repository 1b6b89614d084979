"""PayPal's JSON, with only the fields we read or write; unknown fields are let through.

Replies are lenient (`null` and absent mean the same); requests are spelled out in full.
"""

from collections.abc import Sequence

import msgspec

from paymux.integrations.adapters.providers.paypal.vault_wire import NewAttributes


class Amount(msgspec.Struct, frozen=True):
    """PayPal's `money`: a currency and a decimal string."""

    currency_code: str
    value: str


class Link(msgspec.Struct, frozen=True):
    """One of the links PayPal hangs on its objects."""

    href: str = ""
    rel: str = ""


class StatusDetails(msgspec.Struct, frozen=True):
    """Why a movement of money is pending or denied."""

    reason: str | None = None


class RelatedIds(msgspec.Struct, frozen=True):
    """Ids of the objects around a movement of money."""

    order_id: str | None = None


class SupplementaryData(msgspec.Struct, frozen=True):
    """Where PayPal keeps the related ids."""

    related_ids: RelatedIds | None = None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What authorisations, captures and refunds have in common."""

    id: str
    status: str
    amount: Amount | None = None
    status_details: StatusDetails | None = None
    supplementary_data: SupplementaryData | None = None
    custom_id: str | None = None
    invoice_id: str | None = None
    links: Sequence[Link] | None = None
    create_time: str | None = None
    update_time: str | None = None


class Authorization(Movement, frozen=True, kw_only=True):
    """Money that the payer's bank holds for us."""


class Capture(Movement, frozen=True, kw_only=True):
    """Money that was taken."""

    final_capture: bool | None = None


class Refund(Movement, frozen=True, kw_only=True):
    """Money that was given back."""


class Payments(msgspec.Struct, frozen=True, kw_only=True):
    """What was held, taken and given back within a purchase unit."""

    authorizations: Sequence[Authorization] | None = None
    captures: Sequence[Capture] | None = None
    refunds: Sequence[Refund] | None = None


class PurchaseUnit(msgspec.Struct, frozen=True):
    """A part of an order; ours have exactly one."""

    custom_id: str | None = None
    payments: Payments | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as PayPal reports it."""

    id: str
    status: str
    intent: str | None = None
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


class PayPalWallet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payment with a PayPal account: on PayPal's page, or, by `vault_id`, one that is kept."""

    experience_context: ExperienceContext | None = None
    attributes: NewAttributes | None = None
    vault_id: str | None = None


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


class Completion(msgspec.Struct, frozen=True):
    """Body of `POST /v2/checkout/orders/{id}/capture` and `/authorize`.

    It is empty: the payer's own choice of source.
    """


class NewCapture(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /v2/payments/authorizations/{id}/capture`."""

    amount: Amount
    invoice_id: str
    final_capture: bool


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Body of `POST /v2/payments/captures/{id}/refund`."""

    amount: Amount
    custom_id: str
    invoice_id: str
    note_to_payer: str | None = None


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
