"""What payment links, payments and orders say of an attempt.

A payment's `failed` is not the end: the payer may try again on the same page, and a late
authorisation may still turn it (https://razorpay.com/docs/payments/payments/late-authorization/).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.declines import code_of
from paymux.integrations.adapters.providers.razorpay.errors import failure, scrub
from paymux.integrations.adapters.providers.razorpay.wire import (
    LinkPayment,
    Order,
    Payment,
    PaymentLink,
    note,
)
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import has_id_shape
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus
from paymux.payments.ports.currencies import ProviderSentOddAmount

_YEAR_2100: Final = 4_102_444_800
_WENT_BACK: Final = "went_back"
"""Our word for what Razorpay calls refunded though it was never captured."""

_LINK_STATUSES: Final = {
    "created": ObservedStatus.PENDING,
    "partially_paid": ObservedStatus.PENDING,
    "cancelled": ObservedStatus.CANCELED,
    "expired": ObservedStatus.EXPIRED,
}
_PAYMENT_STATUSES: Final = {
    "created": ObservedStatus.PENDING,
    "failed": ObservedStatus.PENDING,
    _WENT_BACK: ObservedStatus.CANCELED,
    "authorized": ObservedStatus.AUTHORIZED,
    "captured": ObservedStatus.SUCCEEDED,
    "refunded": ObservedStatus.SUCCEEDED,
}


def observe_link(
    link: PaymentLink, beside: Sequence[LinkPayment] = (), at: datetime | None = None
) -> Observation | Failure:
    """Report a link; `beside`: payments that came beside it, for not every list is complete."""
    payments = [*(link.payments or ()), *beside]
    payments.sort(key=lambda each: each.created_at or 0)
    taken = _taken(link, payments)
    paid = link.amount_paid or sum({p.payment_id: p.amount for p in taken}.values())
    held = [p for p in payments if p.status == "authorized"]
    if held and not taken:
        return _of_link(link, ObservedStatus.AUTHORIZED, held[-1], held[-1].amount, at)
    if link.status == "paid" or _has_taken_enough(link, paid):
        return _of_link(link, ObservedStatus.SUCCEEDED, _last(taken or payments), paid, at)
    status = _LINK_STATUSES.get(link.status)
    if status is None:
        return failure("odd_status")
    let_go = [each for each in payments if each.status == _WENT_BACK]
    if let_go and not paid:
        return _of_link(link, ObservedStatus.CANCELED, let_go[-1], paid, at)
    return _of_link(link, status, _last(payments), paid, at)


def observe_payment(payment: Payment, at: datetime | None) -> Observation | Failure:
    """Report a payment that says in its notes which attempt it is for."""
    tried = as_link_payment(payment)
    status = _PAYMENT_STATUSES.get(tried.status)
    if status is None:
        return failure("odd_status")
    pending = status is ObservedStatus.PENDING
    money = None if pending else money_of(payment.amount, payment.currency)
    if isinstance(money, Failure):
        return money
    return Observation(
        status=status,
        attempt_id=note(payment.notes, "attempt_id"),
        payment_reference=None if pending else payment.id,
        amount=money,
        method=_short(payment.method),
        reason_code=tried.reason,
        reason_message=tried.message,
        occurred_at=at or instant(payment.created_at),
    )


def observe_order(
    order: Order, payment: Payment | None, attempt_id: str, at: datetime | None
) -> Observation | Failure:
    """Report a paid order."""
    if order.status != "paid":
        return failure("odd_status")
    money = money_of(order.amount_paid or 0, order.currency)
    if isinstance(money, Failure):
        return money
    return Observation(
        status=ObservedStatus.SUCCEEDED,
        attempt_id=attempt_id,
        payment_reference=payment.id if payment else None,
        amount=money,
        method=_short(payment.method) if payment else None,
        occurred_at=at,
    )


def attempt_of(link: PaymentLink) -> str | None:
    """Return our attempt's id, or None for a link that the merchant made by other means."""
    noted = note(link.notes, "attempt_id")
    if link.reference_id and (noted or has_id_shape(link.reference_id)):
        return link.reference_id
    return noted


def as_link_payment(payment: Payment) -> LinkPayment:
    """Return a payment as a link would list it, with why it failed.

    Money that was only held and went back by itself was never paid.
    """
    went_back = payment.status == "refunded" and payment.captured is False
    failed = payment.status == "failed"
    reason = code_of(payment.error_reason or payment.error_code or "payment_failed")
    return LinkPayment(
        payment_id=payment.id,
        amount=payment.amount,
        status=_WENT_BACK if went_back else payment.status,
        method=payment.method,
        created_at=payment.created_at,
        reason=_short(reason) if failed else None,
        message=scrub(payment.error_description or "", ()) or None if failed else None,
    )


def instant(seconds: int | None) -> datetime | None:
    """Return Unix seconds as a time; Razorpay writes 0 for never."""
    if seconds is None or not 0 < seconds < _YEAR_2100:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _taken(link: PaymentLink, payments: Sequence[LinkPayment]) -> Sequence[LinkPayment]:
    """Return the payments whose money was taken; given back later only if the link was paid."""
    captured = [each for each in payments if each.status == "captured"]
    was_paid = link.status == "paid" or bool(link.amount_paid)
    given_back = [each for each in payments if each.status == "refunded"] if was_paid else []
    return captured or given_back


def _has_taken_enough(link: PaymentLink, paid: int) -> bool:
    """Tell whether money moved although the link is not `paid`: late, or seen half-way."""
    return paid > 0 and (paid >= link.amount or link.status in ("expired", "cancelled"))


def _of_link(
    link: PaymentLink,
    status: ObservedStatus,
    payment: LinkPayment | None,
    paid: int,
    at: datetime | None,
) -> Observation | Failure:
    takes_money = status in (ObservedStatus.AUTHORIZED, ObservedStatus.SUCCEEDED)
    names_money = takes_money or (payment is not None and payment.status == _WENT_BACK)
    money = money_of(paid, link.currency) if takes_money or paid else None
    if isinstance(money, Failure):
        return money
    reason, message = _reason(status, payment, paid)
    return Observation(
        status=status,
        attempt_id=attempt_of(link),
        provider_reference=link.id,
        payment_reference=payment.payment_id if payment and names_money else None,
        amount=money,
        method=_short(payment.method) if payment else None,
        reason_code=reason,
        reason_message=message,
        occurred_at=at or instant(link.updated_at),
    )


def _reason(
    status: ObservedStatus, payment: LinkPayment | None, paid: int
) -> tuple[str | None, str | None]:
    if status is not ObservedStatus.PENDING:
        return None, None
    if paid:
        return "partially_paid", "Only part of the amount has been paid."
    if payment is not None and payment.status == "failed":
        return payment.reason or "payment_failed", payment.message
    return None, None


def money_of(amount: int, currency: str) -> Money | Failure:
    """Return an amount that Razorpay reports, unless it breaks the currency's rules."""
    if amount <= 0:
        return failure("odd_amount")
    try:
        return CURRENCIES.from_wire(amount, currency)
    except (ProviderSentOddAmount, PaymuxError):
        return failure("odd_amount")


def _last(payments: Sequence[LinkPayment]) -> LinkPayment | None:
    return payments[-1] if payments else None


def _short(text: str | None) -> str | None:
    return scrub(text, ())[:100] or None if text else None
