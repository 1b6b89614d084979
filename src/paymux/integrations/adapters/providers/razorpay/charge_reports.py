"""What the payments of an order say of the charge it was made for.

A bank that says why it declined has said no for good. After anything else a failed payment may
still be authorised, for three days, and then it is captured or goes back by itself
(https://razorpay.com/docs/payments/payments/late-authorisation/): until then it is pending.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from paymux.integrations.adapters.providers.razorpay.declines import DECLINES, code_of, is_final
from paymux.integrations.adapters.providers.razorpay.errors import failure, scrub
from paymux.integrations.adapters.providers.razorpay.observations import instant, money_of
from paymux.integrations.adapters.providers.razorpay.wire import Payment, note
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome

CHARGE_NOTE: Final = "charge"
"""The note of a payment that charged a saved card."""

LATE: Final = timedelta(days=3)
"""How long a failed payment may still be authorised."""

_STATUSES: Final[Mapping[str, ObservedStatus]] = {
    "created": ObservedStatus.PENDING,
    "authorized": ObservedStatus.AUTHORIZED,
    "captured": ObservedStatus.SUCCEEDED,
    "refunded": ObservedStatus.SUCCEEDED,
}
_PREFERENCE: Final = ("captured", "refunded", "authorized", "created", "failed")
_DECLINED: Final = (Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.NEEDS_PAYER)


def is_charge(payment: Payment) -> bool:
    """Tell whether a payment charged a saved card, and not on a hosted page."""
    return note(payment.notes, CHARGE_NOTE) is not None


def told_best(payments: Sequence[Payment]) -> Payment | Failure:
    """Return the payment that decides: an order takes the money of one only."""
    if any(each.status not in _PREFERENCE for each in payments):
        return failure("odd_status")
    return min(payments, key=lambda each: (_PREFERENCE.index(each.status), _is_over(each)))


def observe(payment: Payment, now: datetime, at: datetime | None = None) -> Observation | Failure:
    """Report a charge. Its order is what it is looked up by."""
    status = _status(payment, now)
    if status is None:
        return failure("odd_status")
    money = money_of(payment.amount, payment.currency)
    if isinstance(money, Failure):
        return money
    has_moved = status not in (ObservedStatus.PENDING, ObservedStatus.DECLINED)
    failed = payment.status == "failed"
    return Observation(
        status=status,
        attempt_id=note(payment.notes, "attempt_id"),
        provider_reference=payment.order_id,
        payment_reference=payment.id if has_moved else None,
        amount=money if has_moved else None,
        method=scrub(payment.method, ())[:100] if payment.method else None,
        needs_payer=status is ObservedStatus.DECLINED and _needs_payer(payment),
        reason_code=reason_of(payment) if failed else None,
        reason_message=scrub(payment.error_description or "", ()) or None if failed else None,
        occurred_at=at or instant(payment.created_at),
    )


def as_refusal(observed: Observation) -> Observation | Failure:
    """Return a declined charge as the failure that the one who charges is told."""
    if observed.status is not ObservedStatus.DECLINED:
        return observed
    code = observed.reason_code or "payment_failed"
    rule = DECLINES.get(code)
    outcome = rule.outcome if rule and rule.outcome in _DECLINED else Outcome.DECLINED_SOFT
    meaning = rule.meaning if rule else "The payment failed."
    return Failure(outcome=outcome, code=code, message=observed.reason_message or meaning)


def reason_of(payment: Payment) -> str:
    """Return why a payment failed, as a code of the error map where it is documented."""
    return scrub(code_of(payment.error_reason or payment.error_code or "payment_failed"), ())[:100]


def _status(payment: Payment, now: datetime) -> ObservedStatus | None:
    if payment.status == "refunded" and payment.captured is False:
        # It was only held, nobody captured it, and it went back by itself.
        return ObservedStatus.CANCELED
    if payment.status == "failed":
        over = is_final(reason_of(payment)) or _is_too_late(payment, now)
        return ObservedStatus.DECLINED if over else ObservedStatus.PENDING
    return _STATUSES.get(payment.status)


def _needs_payer(payment: Payment) -> bool:
    rule = DECLINES.get(reason_of(payment))
    return rule is not None and rule.outcome is Outcome.NEEDS_PAYER


def _is_too_late(payment: Payment, now: datetime) -> bool:
    created = instant(payment.created_at)
    return created is not None and now - created > LATE


def _is_over(payment: Payment) -> bool:
    return payment.status == "failed" and is_final(reason_of(payment))
