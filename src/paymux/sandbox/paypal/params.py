"""Request bodies of PayPal's Orders v2 and Webhooks v1; unknown fields are ignored, as there."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from paymux.sandbox.paypal import errors
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Refusal

Parameters = TypeVar("Parameters")
Value = Annotated[str, Meta(max_length=32, pattern=r"^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$")]
Text127 = Annotated[str, Meta(min_length=1, max_length=127)]
# Brackets would be an IPv6 host, which no return URL or webhook has.
Url = Annotated[str, Meta(pattern=r"^https?://[^\s\[\]/?#]+([/?#][^\s]*)?$", max_length=2048)]


class MoneyParams(msgspec.Struct, omit_defaults=True):
    """An amount."""

    currency_code: Annotated[str, Meta(min_length=3, max_length=3)]
    value: Value


class Breakdown(msgspec.Struct, omit_defaults=True):
    """What an amount is made of."""

    item_total: MoneyParams | None = None
    shipping: MoneyParams | None = None
    handling: MoneyParams | None = None
    tax_total: MoneyParams | None = None
    insurance: MoneyParams | None = None
    shipping_discount: MoneyParams | None = None
    discount: MoneyParams | None = None


class Amount(MoneyParams, omit_defaults=True):
    """The amount of a purchase unit."""

    breakdown: Breakdown | None = None


class Item(msgspec.Struct, omit_defaults=True):
    """A line of a purchase unit."""

    name: Text127
    unit_amount: MoneyParams
    quantity: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,9}$", max_length=10)]
    tax: MoneyParams | None = None
    description: Annotated[str, Meta(max_length=127)] | None = None
    sku: Annotated[str, Meta(max_length=127)] | None = None
    category: Literal["DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION"] | None = None


class PurchaseUnitParams(msgspec.Struct, omit_defaults=True):
    """What is bought."""

    amount: Amount
    reference_id: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    description: Text127 | None = None
    custom_id: Text127 | None = None
    invoice_id: Text127 | None = None
    soft_descriptor: Annotated[str, Meta(min_length=1, max_length=22)] | None = None
    items: list[Item] | None = None


class ExperienceContext(msgspec.Struct):
    """How the payer is treated, and where the payer goes afterwards."""

    brand_name: Text127 | None = None
    locale: (
        Annotated[
            str,
            Meta(
                min_length=2,
                max_length=10,
                pattern=r"^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$",
            ),
        ]
        | None
    ) = None
    shipping_preference: Literal["GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"] | None = (
        None
    )
    return_url: Url | None = None
    cancel_url: Url | None = None
    landing_page: Literal["LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE", "BILLING"] | None = None
    user_action: Literal["CONTINUE", "PAY_NOW"] | None = None
    payment_method_preference: Literal["UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"] | None = None


class VaultInstruction(msgspec.Struct):
    """How the account is kept that an order is paid with."""

    usage_type: Literal["MERCHANT", "PLATFORM"]
    store_in_vault: Literal["ON_SUCCESS"] | None = None
    customer_type: Literal["CONSUMER", "BUSINESS"] = "CONSUMER"
    permit_multiple_payment_tokens: bool = False
    description: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class CustomerParams(msgspec.Struct):
    """A customer by the id that PayPal gave it."""

    id: Annotated[str, Meta(max_length=22, pattern=r"^[0-9a-zA-Z_-]+$")] | None = None


class WalletAttributes(msgspec.Struct):
    """What is done with the account besides paying."""

    customer: CustomerParams | None = None
    vault: VaultInstruction | None = None


class Wallet(msgspec.Struct):
    """PayPal itself as the source of payment, or by `vault_id` an account that is kept."""

    experience_context: ExperienceContext | None = None
    email_address: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    attributes: WalletAttributes | None = None
    vault_id: Annotated[str, Meta(max_length=255, pattern=r"^[0-9a-zA-Z_-]+$")] | None = None
    billing_agreement_id: str | None = None


class PaymentSource(msgspec.Struct):
    """Where the money comes from; what is not `paypal` is seen and refused."""

    paypal: Wallet | None = None
    card: dict[str, object] | None = None
    token: dict[str, object] | None = None
    venmo: dict[str, object] | None = None


class ApplicationContext(msgspec.Struct):
    """The deprecated place of the return URLs."""

    return_url: Url | None = None
    cancel_url: Url | None = None
    brand_name: Text127 | None = None


class OrderCreate(msgspec.Struct):
    """POST /v2/checkout/orders."""

    intent: Literal["CAPTURE", "AUTHORIZE"]
    purchase_units: Annotated[list[PurchaseUnitParams], Meta(min_length=1, max_length=10)]
    payment_source: PaymentSource | None = None
    application_context: ApplicationContext | None = None


class CaptureAuthorization(msgspec.Struct):
    """POST /v2/payments/authorizations/{authorization_id}/capture."""

    amount: MoneyParams | None = None
    invoice_id: Text127 | None = None
    final_capture: bool = False
    note_to_payer: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    soft_descriptor: Annotated[str, Meta(max_length=22)] | None = None


class RefundCreate(msgspec.Struct):
    """POST /v2/payments/captures/{capture_id}/refund; without an amount all that is left."""

    amount: MoneyParams | None = None
    custom_id: Text127 | None = None
    invoice_id: Text127 | None = None
    note_to_payer: Annotated[str, Meta(min_length=1, max_length=255)] | None = None


class EventType(msgspec.Struct):
    """The name of an event."""

    name: str


class WebhookCreate(msgspec.Struct):
    """POST /v1/notifications/webhooks."""

    url: Url
    event_types: Annotated[list[EventType], Meta(min_length=1, max_length=500)]


class WebhookChange(msgspec.Struct):
    """One operation of PATCH /v1/notifications/webhooks/{webhook_id}; URLs are not changed."""

    op: Literal["replace"]
    path: Literal["/event_types"]
    value: Annotated[list[EventType], Meta(min_length=1, max_length=500)]


class VerifySignature(msgspec.Struct):
    """POST /v1/notifications/verify-webhook-signature; the event's bytes are kept as they came."""

    auth_algo: str
    cert_url: str
    transmission_id: str
    transmission_sig: str
    transmission_time: str
    webhook_id: str
    webhook_event: msgspec.Raw


def read(call: Call, wanted: type[Parameters]) -> Parameters:
    """The body of a request; raises Refusal with PayPal's own complaint."""
    declared = call.request.headers.get("content-type", "").partition(";")[0].strip()
    if call.request.body and declared != "application/json":
        raise Refusal(errors.failure(415))
    try:
        return msgspec.json.decode(call.request.body or b"{}", type=wanted)
    except msgspec.ValidationError as problem:
        raise _complaint(str(problem)) from problem
    except msgspec.DecodeError as problem:
        raise errors.issue(code="MALFORMED_REQUEST_JSON", status=400, location="body") from problem


def _complaint(problem: str) -> Refusal:
    said, _, where = problem.partition(" - at `$")
    field = where.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/") or "/"
    if "missing required field" in said:
        name = said.split("`")[1]
        field = f"{field.rstrip('/')}/{name}"
        return errors.issue("MISSING_REQUIRED_PARAMETER", status=400, field=field)
    if "`array` of length" in said:
        code = "INVALID_ARRAY_MAX_ITEMS" if "<=" in said else "INVALID_ARRAY_MIN_ITEMS"
        return errors.issue(code, status=400, field=field)
    if "length" in said:
        return errors.issue("INVALID_STRING_LENGTH", status=400, field=field)
    if "enum" in said:
        return errors.issue("INVALID_PARAMETER_VALUE", status=400, field=field)
    return errors.issue("INVALID_PARAMETER_SYNTAX", status=400, field=field)
