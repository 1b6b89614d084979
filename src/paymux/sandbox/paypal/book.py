"""One PayPal account's objects."""

import msgspec

from paymux.sandbox.paypal.params import ExperienceContext, PurchaseUnitParams


class Money(msgspec.Struct):
    """An amount as PayPal writes it."""

    currency_code: str
    value: str


class Link(msgspec.Struct):
    """A related resource."""

    href: str
    rel: str
    method: str


class Receivable(msgspec.Struct):
    """What is left of a capture after the fee."""

    gross_amount: Money
    paypal_fee: Money
    net_amount: Money


class SellerProtection(msgspec.Struct):
    """Protection every sandbox capture has."""

    status: str = "ELIGIBLE"
    dispute_categories: tuple[str, ...] = ("ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION")


class StatusDetails(msgspec.Struct):
    """Why a capture is not complete."""

    reason: str


class Capture(msgspec.Struct, kw_only=True, omit_defaults=True):
    """capture."""

    id: str
    status: str
    amount: Money
    create_time: str
    update_time: str
    links: list[Link]
    final_capture: bool | None = None
    status_details: StatusDetails | None = None
    invoice_id: str | None = None
    custom_id: str | None = None
    seller_protection: SellerProtection | None = None
    seller_receivable_breakdown: Receivable | None = None


class OrderRecord(msgspec.Struct, kw_only=True):
    """An order with what its replies do not show.

    `silent`: it was approved with webhooks switched off, so its captures tell nobody either.
    """

    id: str
    status: str
    intent: str
    units: list[PurchaseUnitParams]
    created: float
    create_time: str
    api_base: str
    has_source: bool
    context: ExperienceContext
    update_time: str | None = None
    payer_id: str | None = None
    funding: str = "none"
    silent: bool = False
    approved_at: float | None = None
    captures: list[str] = []


class WebhookRecord(msgspec.Struct, kw_only=True):
    """A webhook; `api_base` is where its certificate URL points."""

    id: str
    url: str
    event_types: list[str]
    api_base: str


class Stored(msgspec.Struct, kw_only=True):
    """What a PayPal-Request-Id led to; nothing while it is being worked on."""

    at: float
    order_id: str | None = None


class PayPalBook(msgspec.Struct, kw_only=True):
    """Everything one account has."""

    orders: dict[str, OrderRecord] = {}
    captures: dict[str, Capture] = {}
    invoice_ids: set[str] = set()
    webhooks: dict[str, WebhookRecord] = {}
    events: dict[str, msgspec.Raw] = {}
    requests: dict[str, Stored] = {}
    tokens: dict[str, float] = {}
