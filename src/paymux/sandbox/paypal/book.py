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


class Payable(msgspec.Struct):
    """What a refund costs the merchant."""

    gross_amount: Money
    paypal_fee: Money
    net_amount: Money


class StatusDetails(msgspec.Struct):
    """Why a movement of money is not complete."""

    reason: str


class RelatedIds(msgspec.Struct, omit_defaults=True):
    """What a movement of money belongs to."""

    order_id: str
    authorization_id: str | None = None


class SupplementaryData(msgspec.Struct):
    """Where PayPal keeps the related ids."""

    related_ids: RelatedIds


class Authorization(msgspec.Struct, kw_only=True, omit_defaults=True):
    """authorization."""

    id: str
    status: str
    amount: Money
    create_time: str
    update_time: str
    expiration_time: str
    links: list[Link]
    invoice_id: str | None = None
    custom_id: str | None = None
    seller_protection: SellerProtection | None = None
    supplementary_data: SupplementaryData | None = None


class Refund(msgspec.Struct, kw_only=True, omit_defaults=True):
    """refund."""

    id: str
    status: str
    amount: Money
    create_time: str
    update_time: str
    links: list[Link]
    status_details: StatusDetails | None = None
    invoice_id: str | None = None
    custom_id: str | None = None
    note_to_payer: str | None = None
    seller_payable_breakdown: Payable | None = None


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
    supplementary_data: SupplementaryData | None = None


class OrderRecord(msgspec.Struct, kw_only=True):
    """An order with what its replies do not show.

    `silent`: it was approved with webhooks switched off, so its captures tell nobody either.
    `keeps_account`: its payer agrees that the account is kept, which it is by `kept_at`.
    """

    id: str
    account_id: str = ""
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
    keeps_account: bool = False
    customer_id: str | None = None
    kept_at: float | None = None
    kept_id: str | None = None
    authorizations: list[str] = []
    captures: list[str] = []
    refunds: list[str] = []


class KeptAccount(msgspec.Struct, kw_only=True):
    """A payment token. `behaviour`: how charges of it end, as the operator settles."""

    id: str
    customer_id: str
    payer_id: str
    order_id: str
    created: float
    behaviour: str = "succeed"


class DisputeRecord(msgspec.Struct, kw_only=True):
    """A dispute. `due`: until when the merchant may answer."""

    id: str
    account_id: str
    capture_id: str
    custom_id: str | None
    api_base: str
    reason: str
    status: str
    stage: str
    amount: Money
    gross: Money
    created: float
    updated: float
    due: float
    outcome: str | None = None
    evidences: list[dict[str, object]] = []


class WebhookRecord(msgspec.Struct, kw_only=True):
    """A webhook; `api_base` is where its certificate URL points."""

    id: str
    url: str
    event_types: list[str]
    api_base: str


class Stored(msgspec.Struct, kw_only=True):
    """What a PayPal-Request-Id led to; nothing while it is being worked on."""

    at: float
    made: str | None = None


class PayPalBook(msgspec.Struct, kw_only=True):
    """Everything one account has.

    `order_of`: the order of an authorisation or capture; `hold_of`: the authorisation of a
    capture; `refunded_of`: the capture of a refund.
    """

    orders: dict[str, OrderRecord] = {}
    authorizations: dict[str, Authorization] = {}
    captures: dict[str, Capture] = {}
    refunds: dict[str, Refund] = {}
    order_of: dict[str, str] = {}
    hold_of: dict[str, str] = {}
    refunded_of: dict[str, str] = {}
    refunds_are_pending: bool = False
    invoice_ids: set[str] = set()
    refund_invoice_ids: set[str] = set()
    disputes: dict[str, DisputeRecord] = {}
    kept_accounts: dict[str, KeptAccount] = {}
    vault_is_slow: bool = False
    webhooks: dict[str, WebhookRecord] = {}
    events: dict[str, msgspec.Raw] = {}
    event_times: dict[str, float] = {}
    requests: dict[str, Stored] = {}
    tokens: dict[str, float] = {}
