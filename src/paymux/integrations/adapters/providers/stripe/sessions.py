"""A Checkout Session: how we compose one, and what each state of one means.

https://docs.stripe.com/api/checkout/sessions and
https://docs.stripe.com/payments/checkout/fulfill-orders.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import own_failure, reason, unreadable
from paymux.integrations.adapters.providers.stripe.transport import NewSession
from paymux.integrations.adapters.providers.stripe.wire import Charge, PaymentIntent, Session
from paymux.kernel.money import AmountIsOutOfRange, Money
from paymux.payments.ports.connectors import (
    CheckoutRequest,
    Failure,
    Observation,
    ObservedStatus,
)
from paymux.payments.ports.currencies import ProviderSentOddAmount

SHORTEST_LIFE: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(hours=24)
# Stripe counts from when the request arrives, which is after `created_at` and by another clock.
SLACK: Final = timedelta(minutes=10)
_MAX_NAME: Final = 250
_WITH_MONEY: Final = {ObservedStatus.SUCCEEDED, ObservedStatus.AUTHORIZED}


def session_params(request: CheckoutRequest) -> NewSession:
    """Compose the session; the same request always gives the same parameters."""
    ours = {"payment_id": request.payment_id, "attempt_id": request.attempt_id}
    description = request.description.strip() or f"Payment {request.payment_id}"
    params: NewSession = {
        "mode": "payment",
        "client_reference_id": request.attempt_id,
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.amount.currency.lower(),
                    "unit_amount": CURRENCIES.to_wire(request.amount),
                    "product_data": {"name": description[:_MAX_NAME]},
                },
            }
        ],
        "metadata": ours,
        # A session's metadata is not copied to its payment.
        "payment_intent_data": {"metadata": ours},
    }
    if request.expires_at is not None:
        params["expires_at"] = unix(_clamped(request.expires_at, request.created_at))
    if request.payer and request.payer.provider_reference:
        params["customer"] = request.payer.provider_reference
    elif request.payer and request.payer.email:
        params["customer_email"] = request.payer.email
    return params


def observe(session: Session, occurred_at: datetime | None = None) -> Observation | Failure:
    """Say what a session means; `occurred_at` when the report itself has a time."""
    intent = session.payment_intent if isinstance(session.payment_intent, PaymentIntent) else None
    status = _status(session, intent)
    if status is None:
        return unreadable()
    amount = _amount(session, intent, status) if status in _WITH_MONEY else None
    if isinstance(amount, Failure):
        return amount
    charge = intent.latest_charge if intent and isinstance(intent.latest_charge, Charge) else None
    code, message = _reason(intent, status)
    return Observation(
        status=status,
        attempt_id=attempt_of(session.metadata),
        provider_reference=session.id,
        payment_reference=_reference(session.payment_intent),
        amount=amount,
        method=_method(session, charge),
        reason_code=code,
        reason_message=message,
        occurred_at=occurred_at or _paid_at(charge, status),
    )


def attempt_of(metadata: dict[str, str] | None) -> str | None:
    """Return the attempt that an object of ours belongs to; None for anyone else's object."""
    return (metadata or {}).get("attempt_id") or None


def moment(timestamp: int | None) -> datetime | None:
    """Return Stripe's time as ours."""
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)


def unix(when: datetime) -> int:
    """Return our time as Stripe's."""
    return int(when.timestamp())


def _clamped(expires_at: datetime, created_at: datetime) -> datetime:
    shortest, longest = created_at + SHORTEST_LIFE + SLACK, created_at + LONGEST_LIFE - SLACK
    return min(max(expires_at, shortest), longest)


def _status(session: Session, intent: PaymentIntent | None) -> ObservedStatus | None:
    match session.payment_status, session.status:
        case (("paid" | "no_payment_required"), _):
            return ObservedStatus.SUCCEEDED
        case _, "expired":
            return ObservedStatus.EXPIRED
        case _, "complete" if intent is not None:
            return _status_of_delayed(intent)
        case _, ("open" | "complete"):
            return ObservedStatus.PENDING
        case _:
            return None


def _status_of_delayed(intent: PaymentIntent) -> ObservedStatus:
    """Say what a completed but unpaid session is: its method reports days later."""
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


def _amount(
    session: Session, intent: PaymentIntent | None, status: ObservedStatus
) -> Money | Failure:
    wire, currency = session.amount_total, session.currency
    if intent is not None and intent.currency is not None:
        captured = status is ObservedStatus.SUCCEEDED
        wire = intent.amount_received if captured else intent.amount_capturable
        currency = intent.currency
    if wire is None or currency is None:
        return unreadable()
    try:
        return CURRENCIES.from_wire(wire, currency)
    except (ProviderSentOddAmount, AmountIsOutOfRange):
        return own_failure("odd_amount")


def _reason(intent: PaymentIntent | None, status: ObservedStatus) -> tuple[str | None, str | None]:
    if intent is None or intent.last_payment_error is None or status in _WITH_MONEY:
        return None, None
    return reason(intent.last_payment_error)


def _reference(intent: str | PaymentIntent | None) -> str | None:
    return intent.id if isinstance(intent, PaymentIntent) else intent


def _method(session: Session, charge: Charge | None) -> str | None:
    if charge and charge.payment_method_details:
        return charge.payment_method_details.type
    offered = session.payment_method_types or []
    return offered[0] if len(offered) == 1 else None


def _paid_at(charge: Charge | None, status: ObservedStatus) -> datetime | None:
    return moment(charge.created) if charge and status in _WITH_MONEY else None
