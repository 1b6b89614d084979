"""What the API says of saved payment methods, and what it wants to hear."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from paymux.kernel.money import MAX_AMOUNT, Money
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment_method import PaymentMethod, PaymentMethodStatus
from paymux.platform.http.fields import LaterMoment, Moment, example, identifier

_WORDS = "I agree that Shop Ltd saves this payment method and charges it each month for Pro."


class MostMoney(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that one later charge may take."""

    amount: Annotated[
        int, Meta(ge=1, le=MAX_AMOUNT, description="In minor units.", examples=[5000])
    ]
    currency: Annotated[
        str, Meta(pattern="^[A-Z]{3}$", description="The payment's.", examples=["USD"])
    ]


class SavingWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have the payer's method saved, so that it can be charged later without them."""

    consent: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1000,
            description="The words that the payer agrees to, on our page, before they pay: what "
            "is charged, how often, and how they can end it.",
            examples=[_WORDS],
        ),
    ]
    max_charge: MostMoney | None = None

    def to_mandate(self) -> Mandate:
        """Return what the payer is to be asked; raises CurrencyIsUnknown."""
        most = self.max_charge
        return Mandate(
            words=self.consent,
            max_charge=Money(most.amount, most.currency) if most is not None else None,
        )


class SavingBody(Struct, frozen=True, kw_only=True):
    """What the payer is asked, and when they agreed; null until they have."""

    consent: Annotated[str, example(_WORDS)]
    max_charge: MostMoney | None
    agreed_at: Annotated[datetime, Meta(tz=True)] | None


class ConsentBody(Struct, frozen=True, kw_only=True):
    """The consent that a method was saved with: its words, when, and the payment it came with."""

    words: Annotated[str, example(_WORDS)]
    agreed_at: Moment | None
    payment_id: Annotated[str, identifier("pay")]


class PaymentMethodBody(Struct, frozen=True, kw_only=True):
    """A saved payment method.

    `label`: what the payer knows it by. `max_charge`: the most that one charge may take, by the
    payer's consent or their bank's. `pending`: the provider still confirms it. `revoked_at`: since
    when nobody can charge it any more.
    """

    id: Annotated[str, identifier("pm")]
    customer_id: Annotated[str, identifier("cus")]
    connection_id: Annotated[str, identifier("con")]
    provider: Annotated[str, example("example")]
    status: Annotated[PaymentMethodStatus, example("active")]
    kind: Annotated[str, example("card")] | None
    label: Annotated[str, example("Visa 4242")] | None
    expires_on: Annotated[str, example("2029-04")] | None
    max_charge: MostMoney | None
    consent: ConsentBody
    provider_reference: Annotated[str, example("pm_1QpT9xKc2")]
    revoked_at: Annotated[datetime, Meta(tz=True)] | None
    created_at: LaterMoment


def _most(money: Money | None) -> MostMoney | None:
    return None if money is None else MostMoney(amount=money.amount, currency=money.currency)


def saving_body(mandate: Mandate | None) -> SavingBody | None:
    """Return what the API says of a payment that saves its payer's method."""
    if mandate is None:
        return None
    return SavingBody(
        consent=mandate.words, max_charge=_most(mandate.max_charge), agreed_at=mandate.agreed_at
    )


def payment_method_body(method: PaymentMethod) -> PaymentMethodBody:
    """Return what the API says of a saved method."""
    return PaymentMethodBody(
        id=method.id,
        customer_id=method.customer_id,
        connection_id=method.connection_id,
        provider=method.provider,
        status=method.status,
        kind=method.facts.kind,
        label=method.facts.label,
        expires_on=method.facts.expires_on,
        max_charge=_most(method.max_charge),
        consent=ConsentBody(
            words=method.mandate.words,
            agreed_at=method.mandate.agreed_at,
            payment_id=method.payment_id,
        ),
        provider_reference=method.provider_reference,
        revoked_at=method.revoked_at,
        created_at=method.created_at,
    )
