"""Stripe's payment methods, field for field as they appear in replies and events."""

import msgspec

from paymux.sandbox.stripe.objects import BillingDetails, Metadata


class CardChecks(msgspec.Struct, kw_only=True):
    """What the issuer checked."""

    address_line1_check: str | None = None
    address_postal_code_check: str | None = None
    cvc_check: str | None = "pass"


class Networks(msgspec.Struct, kw_only=True):
    """The networks a card can be charged over."""

    available: tuple[str, ...] = ("visa",)
    preferred: str | None = None


class ThreeDSecureUsage(msgspec.Struct, kw_only=True):
    """Whether the card can do 3-D Secure."""

    supported: bool = True


class Card(msgspec.Struct, kw_only=True):
    """The one card that payers have here."""

    brand: str = "visa"
    checks: CardChecks = msgspec.field(default_factory=CardChecks)
    country: str = "US"
    display_brand: str = "visa"
    exp_month: int = 12
    exp_year: int = 2034
    fingerprint: str = "Xt5EWLLDS7FJjR1c"
    funding: str = "credit"
    generated_from: None = None
    last4: str = "4242"
    networks: Networks = msgspec.field(default_factory=Networks)
    regulated_status: str | None = None
    three_d_secure_usage: ThreeDSecureUsage = msgspec.field(default_factory=ThreeDSecureUsage)
    wallet: None = None


class PaymentMethod(msgspec.Struct, kw_only=True):
    """payment_method; without a customer it cannot be used again."""

    id: str
    created: int
    object: str = "payment_method"
    allow_redisplay: str = "limited"
    billing_details: BillingDetails = msgspec.field(default_factory=BillingDetails)
    card: Card = msgspec.field(default_factory=Card)
    customer: str | None = None
    customer_account: str | None = None
    livemode: bool = False
    metadata: Metadata = {}
    type: str = "card"
