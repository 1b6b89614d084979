"""A Checkout Session: how we compose one, and what each state of one means.

https://docs.stripe.com/api/checkout/sessions and
https://docs.stripe.com/payments/checkout/fulfill-orders.
"""

from datetime import datetime, timedelta
from typing import Final

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import unreadable
from paymux.integrations.adapters.providers.stripe.intents import (
    WITH_MONEY,
    attempt_of,
    counted,
    method_of,
    money_of,
    paid_at,
    status_of,
    why,
)
from paymux.integrations.adapters.providers.stripe.saved_methods import kept_by
from paymux.integrations.adapters.providers.stripe.times import SLACK, unix
from paymux.integrations.adapters.providers.stripe.transport import NewSession
from paymux.integrations.adapters.providers.stripe.wire import Charge, PaymentIntent, Session
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    CheckoutRequest,
    Failure,
    Observation,
    ObservedStatus,
)

SHORTEST_LIFE: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(hours=24)
SAVING_MARK: Final = {"saves_method": "true"}
_MAX_NAME: Final = 250
# These can be saved, but send their payer away with every payment; a charge has no such payer.
_REDIRECTING: Final = (
    "alipay", "amazon_pay", "cashapp", "kakao_pay", "klarna", "kr_card", "naver_pay", "paypal",
    "revolut_pay", "satispay", "twint",
)  # fmt: skip


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
        "metadata": {**ours, **SAVING_MARK} if request.saves_method else ours,
        # A session's metadata is not copied to its payment.
        "payment_intent_data": {"metadata": ours},
    }
    if request.captures_later:
        params["payment_intent_data"]["capture_method"] = "manual"
    if request.expires_at is not None:
        params["expires_at"] = unix(_clamped(request.expires_at, request.created_at))
    if request.payer and request.payer.provider_reference:
        params["customer"] = request.payer.provider_reference
    elif request.payer and request.payer.email:
        params["customer_email"] = request.payer.email
    if request.saves_method:
        _keep_the_method(params)
    return params


def _keep_the_method(params: NewSession) -> None:
    """Have the method kept for later, and offer none that could not be charged later.

    A method belongs to a customer; where we know none, Stripe shall make one.
    """
    params["payment_intent_data"]["setup_future_usage"] = "off_session"
    params["excluded_payment_method_types"] = [*_REDIRECTING]
    if "customer" not in params:
        params["customer_creation"] = "always"


def saves_method(metadata: dict[str, str] | None) -> bool:
    """Say whether a session of ours keeps the method it is paid with."""
    return SAVING_MARK.items() <= (metadata or {}).items()


def observe(session: Session, occurred_at: datetime | None = None) -> Observation | Failure:
    """Say what a session means; `occurred_at` when the report itself has a time."""
    intent = session.payment_intent if isinstance(session.payment_intent, PaymentIntent) else None
    status = _status(session, intent)
    if status is None:
        return unreadable()
    amount = _amount(session, intent, status) if status in WITH_MONEY else None
    if isinstance(amount, Failure):
        return amount
    charge = intent.latest_charge if intent and isinstance(intent.latest_charge, Charge) else None
    code, message = why(intent, status)
    return Observation(
        status=status,
        attempt_id=attempt_of(session.metadata),
        provider_reference=session.id,
        payment_reference=_reference(session.payment_intent),
        amount=amount,
        method=_method(session, charge),
        saved_method=kept_by(intent, charge) if intent and status in WITH_MONEY else None,
        reason_code=code,
        reason_message=message,
        occurred_at=occurred_at or paid_at(charge, status),
    )


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
            return status_of(intent)
        case _, ("open" | "complete"):
            return ObservedStatus.PENDING
        case _:
            return None


def _amount(
    session: Session, intent: PaymentIntent | None, status: ObservedStatus
) -> Money | Failure:
    if intent is not None and intent.currency is not None:
        return money_of(intent, status)
    return counted(session.amount_total, session.currency)


def _reference(intent: str | PaymentIntent | None) -> str | None:
    return intent.id if isinstance(intent, PaymentIntent) else intent


def _method(session: Session, charge: Charge | None) -> str | None:
    offered = session.payment_method_types or []
    return method_of(charge) or (offered[0] if len(offered) == 1 else None)
