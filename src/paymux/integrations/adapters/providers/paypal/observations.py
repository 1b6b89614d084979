"""What an order, as PayPal reports it, says about our attempt."""

import re
from collections.abc import Sequence, Set
from datetime import UTC, datetime
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.currencies import from_amount
from paymux.integrations.adapters.providers.paypal.errors import unknown
from paymux.integrations.adapters.providers.paypal.saved_methods import kept_by
from paymux.integrations.adapters.providers.paypal.wire import (
    Authorization,
    Capture,
    Movement,
    Order,
    Payments,
    Refund,
)
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus
from paymux.payments.ports.currencies import ProviderSentOddAmount

ORDER_ID: Final = re.compile(r"[A-Z0-9]{1,36}")
"""As the API description has it; nothing else is ever put into a path."""

MOVEMENT_ID: Final = re.compile(r"[A-Z0-9-]{1,64}")
_METHOD: Final = re.compile(r"[a-z0-9_]{1,32}")
_REASON: Final = re.compile(r"[A-Z_]{1,64}")
_OURS: Final = re.compile(r"[\x21-\x7e]{1,127}")

# A refund later does not undo that the money was taken.
_TAKEN: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_REFUSED: Final = frozenset({"DECLINED", "FAILED"})
_HELD: Final = frozenset({"CREATED", "PARTIALLY_CAPTURED"})
_WITHOUT_CAPTURE: Final = {
    "CREATED": ObservedStatus.PENDING,
    "SAVED": ObservedStatus.PENDING,
    "PAYER_ACTION_REQUIRED": ObservedStatus.PENDING,
    "APPROVED": ObservedStatus.APPROVED,
    "VOIDED": ObservedStatus.CANCELED,
}
_HOLD_WITHOUT_CAPTURE: Final = {
    "PENDING": ObservedStatus.PENDING,
    "DENIED": ObservedStatus.DECLINED,
    "VOIDED": ObservedStatus.CANCELED,
    "EXPIRED": ObservedStatus.CANCELED,
}


def observe(order: Order) -> Observation | Failure:
    """Read what was held and taken before the order's status: it may be completed without.

    The amount is what was taken; what is held, while nothing was taken and all of it can be.
    """
    captures, hold = captures_of(order), hold_of(order)
    try:
        if hold is not None and not _is_over(hold, captures):
            money = _sum(_of(captures, _TAKEN) or [hold])
            return _observation(order, ObservedStatus.AUTHORIZED, hold, amount=money)
        return (
            _taken(order, _of(captures, _TAKEN))
            or _waiting(order, _of(captures, {"PENDING"}))
            or _without_money(order, hold, _of(captures, _REFUSED))
        )
    except ProviderSentOddAmount as error:
        return odd_amount(error)


def observe_capture(order: Order, capture: Capture, is_final: bool) -> Observation | Failure:
    """Say what was taken of a held amount so far, `capture` being the latest of it.

    The order need not show it yet.
    """
    others = [each for each in captures_of(order) if each.id != capture.id]
    taken, hold = _of([*others, capture], _TAKEN), hold_of(order)
    try:
        money = _sum(taken)
        if (
            is_final
            or hold is None
            or _is_over(hold, taken)
            or money.amount >= _sum([hold]).amount
        ):
            return _observation(order, ObservedStatus.SUCCEEDED, taken[0], amount=money)
        return _observation(order, ObservedStatus.AUTHORIZED, hold, amount=money)
    except ProviderSentOddAmount as error:
        return odd_amount(error)


def captures_of(order: Order) -> Sequence[Capture]:
    """Return what was taken, or tried to be, the oldest first."""
    found = [each for payments in _payments(order) for each in payments.captures or ()]
    return sorted(found, key=lambda each: each.create_time or "")


def hold_of(order: Order) -> Authorization | None:
    """Return the authorisation of an order that has one; a later one replaces an earlier."""
    found = [each for payments in _payments(order) for each in payments.authorizations or ()]
    return max(found, key=lambda each: each.create_time or "", default=None)


def refunds_of(order: Order) -> Sequence[Refund]:
    """Return what was given back, or tried to be."""
    return [each for payments in _payments(order) for each in payments.refunds or ()]


def odd_amount(error: ProviderSentOddAmount) -> Failure:
    """Build the failure of a reply whose amount is none of PayPal's currencies'."""
    return unknown("odd_amount", f"PayPal reported an amount it does not take: {error}.")


def reason_of(capture: Movement) -> str | None:
    """Return why PayPal holds or refuses a movement of money, as a code of ours."""
    reason = capture.status_details.reason if capture.status_details else None
    return reason.lower() if reason and _REASON.fullmatch(reason) else None


def instant(text: str | None) -> datetime | None:
    """Read a time; None when there is none, or it is no time with an offset."""
    try:
        moment = msgspec.convert(text, datetime | None)
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else None
    except (msgspec.ValidationError, OverflowError):
        return None


def _payments(order: Order) -> Sequence[Payments]:
    return [unit.payments for unit in order.purchase_units or () if unit.payments]


def _of(captures: Sequence[Capture], statuses: Set[str]) -> Sequence[Capture]:
    return [each for each in captures if each.status in statuses]


def _is_over(hold: Authorization, captures: Sequence[Capture]) -> bool:
    """Tell whether nothing more can be taken: a final capture may leave a part of it."""
    final = any(each.final_capture for each in _of(captures, _TAKEN))
    return final or hold.status not in _HELD


def _sum(movements: Sequence[Movement]) -> Money:
    """Add up; raises ProviderSentOddAmount where there is no common amount."""
    amounts = [from_amount(each.amount) for each in movements if each.amount is not None]
    if len(amounts) < len(movements) or len({amount.currency for amount in amounts}) != 1:
        raise ProviderSentOddAmount(0, "of no one currency")
    return Money(sum(amount.amount for amount in amounts), amounts[0].currency)


def _taken(order: Order, captures: Sequence[Capture]) -> Observation | None:
    if not captures:
        return None
    return _observation(order, ObservedStatus.SUCCEEDED, captures[0], amount=_sum(captures))


def _waiting(order: Order, captures: Sequence[Capture]) -> Observation | None:
    return _observation(order, ObservedStatus.PENDING, captures[0]) if captures else None


def _without_money(
    order: Order, hold: Authorization | None, refused: Sequence[Capture]
) -> Observation | Failure:
    if hold is None:
        return _by_status(order, refused)
    status = _HOLD_WITHOUT_CAPTURE.get(hold.status)
    if refused and status is None:
        return _observation(order, ObservedStatus.DECLINED, refused[-1])
    if status is None:
        return unknown("unrecognised_status", "PayPal reported a hold without what became of it.")
    return _observation(order, status, hold)


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
    order: Order, status: ObservedStatus, movement: Movement | None, amount: Money | None = None
) -> Observation:
    told = movement or order
    attempt_id = attempt_of(order)
    return Observation(
        status=status,
        attempt_id=attempt_id,
        provider_reference=order.id,
        payment_reference=_payment_reference(movement),
        amount=amount,
        method=_method(order),
        saved_method=kept_by(order, attempt_id),
        reason_code=reason_of(movement) if movement and amount is None else None,
        occurred_at=instant(told.update_time or told.create_time),
    )


def attempt_of(order: Order) -> str | None:
    """Return our id of the attempt as the order echoes it."""
    ids = (unit.custom_id for unit in order.purchase_units or ())
    return next((each for each in ids if each and _OURS.fullmatch(each)), None)


def _payment_reference(movement: Movement | None) -> str | None:
    return movement.id if movement and MOVEMENT_ID.fullmatch(movement.id) else None


def _method(order: Order) -> str | None:
    return next((name for name in order.payment_source or () if _METHOD.fullmatch(name)), None)
