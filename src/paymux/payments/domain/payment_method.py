"""A payer's instrument that a provider keeps, to be charged later."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.payments.domain.mandate import Mandate, is_within


class PaymentMethodStatus(StrEnum):
    """Whether it can be charged. `pending`: its provider still confirms it."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


class PaymentMethodIsNotActive(PaymuxError):
    """The method was revoked, or its provider has not confirmed it yet.

    `GET /v1/payment-methods/{id}` says which. Charge another method of the customer, or have them
    save one by a payment with `save_payment_method`.
    """

    code = "payment_method_not_active"
    category = Category.UNPROCESSABLE

    def __init__(self, status: PaymentMethodStatus) -> None:
        message = f"The payment method is {status}; only an active one can be charged."
        super().__init__(message, field="payment_method_id")


class PaymentMethodIsOfAnotherCustomer(PaymuxError):
    """The method named was saved by another customer than the one named.

    `GET /v1/payment-methods?customer_id=` lists the methods of one customer.
    """

    code = "payment_method_of_another_customer"
    category = Category.UNPROCESSABLE

    def __init__(self) -> None:
        message = "This payment method belongs to another customer."
        super().__init__(message, field="payment_method_id")


class PaymentMethodHasExpired(PaymuxError):
    """The month that the instrument ends in is over.

    Have the customer save another one.
    """

    code = "payment_method_expired"
    category = Category.UNPROCESSABLE

    def __init__(self, expires_on: str) -> None:
        super().__init__(f"The payment method ended in {expires_on}.", field="payment_method_id")


class ChargeExceedsMandate(PaymuxError):
    """More is to be taken, or in another currency, than the payer or their bank agreed to.

    Charge no more than the method's `max_charge`, or make a payment that the payer pays by its
    link.
    """

    code = "charge_exceeds_mandate"
    category = Category.UNPROCESSABLE

    def __init__(self, most: Money) -> None:
        super().__init__(f"One charge of this method may take {most} at most.", field="amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodFacts:
    """What a provider tells of the instrument; None says nothing.

    `customer_reference`: the provider's customer it belongs to. `label`: what the payer knows it
    by. `expires_on`: the month it ends, `2027-04`. `max_amount`: the most that the provider lets
    one charge take.
    """

    customer_reference: str | None = None
    mandate_reference: str | None = None
    kind: str | None = None
    label: str | None = None
    expires_on: str | None = None
    max_amount: Money | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class PaymentMethod:
    """The provider's token, and the consent it was given with; never a card number.

    `provider_reference`: the token. `payment_id`: the payment it was last saved with. `told_at`:
    when the provider said the facts we keep. `is_forgotten`: its provider has deleted it too.
    """

    id: PaymentMethodId
    customer_id: CustomerId
    connection_id: ConnectionId
    provider: str
    provider_reference: str
    payment_id: PaymentId
    mandate: Mandate
    created_at: datetime
    facts: MethodFacts = MethodFacts()
    status: PaymentMethodStatus = PaymentMethodStatus.PENDING
    told_at: datetime | None = None
    revoked_at: datetime | None = None
    is_forgotten: bool = False

    @property
    def is_revoked(self) -> bool:
        """Whether it is over with it; nothing leads back."""
        return self.status is PaymentMethodStatus.REVOKED

    @property
    def max_charge(self) -> Money | None:
        """The most that one charge may take: what the payer agreed to, or their bank if less."""
        agreed, allowed = self.mandate.max_charge, self.facts.max_amount
        if agreed is None or allowed is None or not is_within(allowed, agreed):
            return agreed or allowed
        return allowed

    def learn(self, status: PaymentMethodStatus, facts: MethodFacts, told_at: datetime) -> bool:
        """Take in a report; tell whether it is news.

        The status only climbs: pending, active, revoked. Of the facts, those told last stand,
        whatever the order they arrive in; what a report leaves out, another one fills in.
        """
        before = (self.status, self.facts, self.told_at)
        if _RANK[status] > _RANK[self.status]:
            self.status = status
            self.revoked_at = told_at if self.is_revoked else None
        is_newer = self.told_at is None or told_at > self.told_at
        first, then = (facts, self.facts) if is_newer else (self.facts, facts)
        self.facts = _filled(first, then)
        self.told_at = told_at if is_newer else self.told_at
        return before != (self.status, self.facts, self.told_at)

    def agree_again(self, mandate: Mandate, payment_id: PaymentId) -> bool:
        """Note that the payer saved it once more; their last word counts. Tells if it is news."""
        before, now = self.mandate.agreed_at, mandate.agreed_at
        if before is None or now is None or now <= before:
            return False
        self.mandate, self.payment_id = mandate, payment_id
        return True

    def revoke(self, now: datetime) -> bool:
        """Have nobody charge it any more; tell whether that is news."""
        if self.is_revoked:
            return False
        self.status, self.revoked_at = PaymentMethodStatus.REVOKED, now
        return True

    def refusal(self, amount: Money, now: datetime) -> PaymuxError | None:
        """Say why it cannot be charged so much now, or None when it can."""
        if self.status is not PaymentMethodStatus.ACTIVE:
            return PaymentMethodIsNotActive(self.status)
        ends = self.facts.expires_on
        if ends is not None and ends < f"{now:%Y-%m}":
            return PaymentMethodHasExpired(ends)
        for most in (self.mandate.max_charge, self.facts.max_amount):
            if most is not None and not is_within(amount, most):
                return ChargeExceedsMandate(most)
        return None


_RANK = {status: rank for rank, status in enumerate(PaymentMethodStatus)}


def _filled(facts: MethodFacts, others: MethodFacts) -> MethodFacts:
    return MethodFacts(
        customer_reference=facts.customer_reference or others.customer_reference,
        mandate_reference=facts.mandate_reference or others.mandate_reference,
        kind=facts.kind or others.kind,
        label=facts.label or others.label,
        expires_on=facts.expires_on or others.expires_on,
        max_amount=facts.max_amount or others.max_amount,
    )
