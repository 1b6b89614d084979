"""What an order, as PayPal reports it, says about our attempt."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.currencies import from_amount
from paymux.integrations.adapters.providers.paypal.errors import unknown
from paymux.integrations.adapters.providers.paypal.wire import Capture, Order
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus
from paymux.payments.ports.currencies import ProviderSentOddAmount

ORDER_ID: Final = re.compile(r"[A-Z0-9]{1,36}")
"""As the API description has it; nothing else is ever put into a path."""

CAPTURE_ID: Final = re.compile(r"[A-Z0-9-]{1,64}")
_METHOD: Final = re.compile(r"[a-z0-9_]{1,32}")
_REASON: Final = re.compile(r"[A-Z_]{1,64}")
_OURS: Final = re.compile(r"[\x21-\x7e]{1,127}")

# A refund later does not undo that the money was taken.
_TAKEN: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_REFUSED: Final = frozenset({"DECLINED", "FAILED"})
_WITHOUT_CAPTURE: Final = {
    "CREATED": ObservedStatus.PENDING,
    "SAVED": ObservedStatus.PENDING,
    "PAYER_ACTION_REQUIRED": ObservedStatus.PENDING,
    "APPROVED": ObservedStatus.APPROVED,
    "VOIDED": ObservedStatus.CANCELED,
}


def observe(order: Order) -> Observation | Failure:
    """Read the captures before the order's status: a completed order may have taken nothing."""
    captures = _captures(order)
    try:
        return (
            _taken(order, [each for each in captures if each.status in _TAKEN])
            or _waiting(order, [each for each in captures if each.status == "PENDING"])
            or _by_status(order, [each for each in captures if each.status in _REFUSED])
        )
    except ProviderSentOddAmount as error:
        return unknown("odd_amount", f"PayPal reported an amount it does not take: {error}.")


def reason_of(capture: Capture) -> str | None:
    """Return why PayPal holds or refuses a capture, as a code of ours."""
    reason = capture.status_details.reason if capture.status_details else None
    return reason.lower() if reason and _REASON.fullmatch(reason) else None


def instant(text: str | None) -> datetime | None:
    """Read a time; None when there is none, or it is no time with an offset."""
    try:
        moment = msgspec.convert(text, datetime | None)
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else None
    except (msgspec.ValidationError, OverflowError):
        return None


def _captures(order: Order) -> Sequence[Capture]:
    return [
        capture
        for unit in order.purchase_units or ()
        for capture in (unit.payments.captures if unit.payments else None) or ()
    ]


def _taken(order: Order, captures: Sequence[Capture]) -> Observation | Failure | None:
    if not captures:
        return None
    amounts = [from_amount(each.amount) for each in captures if each.amount is not None]
    if len(amounts) < len(captures) or len({amount.currency for amount in amounts}) > 1:
        return unknown("odd_amount", "PayPal reported captures without a common amount.")
    money = Money(sum(amount.amount for amount in amounts), amounts[0].currency)
    return _observation(order, ObservedStatus.SUCCEEDED, captures[0], amount=money)


def _waiting(order: Order, captures: Sequence[Capture]) -> Observation | None:
    return _observation(order, ObservedStatus.PENDING, captures[0]) if captures else None


def _by_status(order: Order, refused: Sequence[Capture]) -> Observation | Failure:
    """A refused capture is final once the order is; before, the payer may choose again."""
    if order.status == "COMPLETED":
        if refused:
            return _observation(order, ObservedStatus.DECLINED, refused[-1])
        return unknown("capture_not_reported", "PayPal completed the order but shows no capture.")
    status = _WITHOUT_CAPTURE.get(order.status)
    if status is None:
        return unknown("unrecognised_status", "PayPal reported an order status we do not know.")
    observed = _observation(order, status, refused[-1] if refused else None)
    return msgspec.structs.replace(observed, payment_reference=None)


def _observation(
    order: Order, status: ObservedStatus, capture: Capture | None, amount: Money | None = None
) -> Observation:
    told = capture or order
    return Observation(
        status=status,
        attempt_id=_attempt_id(order),
        provider_reference=order.id,
        payment_reference=_payment_reference(capture),
        amount=amount,
        method=_method(order),
        reason_code=reason_of(capture) if capture and amount is None else None,
        occurred_at=instant(told.update_time or told.create_time),
    )


def _attempt_id(order: Order) -> str | None:
    ids = (unit.custom_id for unit in order.purchase_units or ())
    return next((each for each in ids if each and _OURS.fullmatch(each)), None)


def _payment_reference(capture: Capture | None) -> str | None:
    return capture.id if capture and CAPTURE_ID.fullmatch(capture.id) else None


def _method(order: Order) -> str | None:
    return next((name for name in order.payment_source or () if _METHOD.fullmatch(name)), None)
