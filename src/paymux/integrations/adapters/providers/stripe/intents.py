"""A PaymentIntent: what each state of it means, and how much money is in it.

https://docs.stripe.com/payments/paymentintents/lifecycle.
"""

from datetime import datetime

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import own_failure, reason, unreadable
from paymux.integrations.adapters.providers.stripe.times import moment
from paymux.integrations.adapters.providers.stripe.wire import Charge, PaymentIntent
from paymux.kernel.money import AmountIsOutOfRange, Money
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus
from paymux.payments.ports.currencies import ProviderSentOddAmount

WITH_MONEY = frozenset({ObservedStatus.SUCCEEDED, ObservedStatus.AUTHORIZED})


def attempt_of(metadata: dict[str, str] | None) -> str | None:
    """Return the attempt that an object of ours belongs to; None for anyone else's object."""
    return (metadata or {}).get("attempt_id") or None


def observe_intent(
    intent: PaymentIntent, reference: str | None = None, occurred_at: datetime | None = None
) -> Observation | Failure:
    """Say what the payment of a completed session is; `reference` when the session is known."""
    if intent.status is None:
        return unreadable()
    status = status_of(intent)
    amount = money_of(intent, status) if status in WITH_MONEY else None
    if isinstance(amount, Failure):
        return amount
    charge = intent.latest_charge if isinstance(intent.latest_charge, Charge) else None
    code, message = why(intent, status)
    return Observation(
        status=status,
        attempt_id=attempt_of(intent.metadata),
        provider_reference=reference,
        payment_reference=intent.id,
        amount=amount,
        method=method_of(charge),
        reason_code=code,
        reason_message=message,
        occurred_at=occurred_at or paid_at(charge, status),
    )


def observe_charge(charge: Charge, occurred_at: datetime | None) -> Observation | Failure:
    """Say that authorised money was taken, and how much of it."""
    amount = counted(charge.amount_captured, charge.currency)
    if isinstance(amount, Failure):
        return amount
    return Observation(
        status=ObservedStatus.SUCCEEDED,
        attempt_id=attempt_of(charge.metadata),
        payment_reference=charge.payment_intent,
        amount=amount,
        method=method_of(charge),
        occurred_at=occurred_at,
    )


def status_of(intent: PaymentIntent) -> ObservedStatus:
    """Say what the payment is once its session is completed."""
    match intent.status:
        case "succeeded":
            return ObservedStatus.SUCCEEDED
        case "requires_capture":
            return ObservedStatus.AUTHORIZED
        case "canceled":
            return ObservedStatus.CANCELED
        case "requires_payment_method" if intent.last_payment_error is not None:
            return ObservedStatus.DECLINED
        case _:
            return ObservedStatus.PENDING


def money_of(intent: PaymentIntent, status: ObservedStatus) -> Money | Failure:
    """Return what was really received, or what is held."""
    succeeded = status is ObservedStatus.SUCCEEDED
    return counted(
        intent.amount_received if succeeded else intent.amount_capturable, intent.currency
    )


def counted(wire: int | None, currency: str | None) -> Money | Failure:
    """Return Stripe's amount as ours."""
    if wire is None or currency is None:
        return unreadable()
    try:
        return CURRENCIES.from_wire(wire, currency)
    except (ProviderSentOddAmount, AmountIsOutOfRange):
        return own_failure("odd_amount")


def why(intent: PaymentIntent | None, status: ObservedStatus) -> tuple[str | None, str | None]:
    """Return why there is no money: a code and a message."""
    if intent is None or status in WITH_MONEY:
        return None, None
    if intent.last_payment_error is not None:
        return reason(intent.last_payment_error)
    return (intent.cancellation_reason or "")[:100] or None, None


def method_of(charge: Charge | None) -> str | None:
    """Return how the charge was paid, when it tells."""
    details = charge.payment_method_details if charge else None
    return details.type if details else None


def paid_at(charge: Charge | None, status: ObservedStatus) -> datetime | None:
    """Return when the money moved."""
    return moment(charge.created) if charge and status in WITH_MONEY else None
