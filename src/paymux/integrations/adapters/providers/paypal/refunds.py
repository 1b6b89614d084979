"""Captured money is given back: at once, or by eCheck some days later.

https://developer.paypal.com/docs/api/payments/v2/#captures_refund
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.checkouts import (
    Checkouts,
    one_line,
    request_id,
)
from paymux.integrations.adapters.providers.paypal.currencies import (
    CURRENCIES,
    from_amount,
    to_amount,
)
from paymux.integrations.adapters.providers.paypal.errors import rejected, unknown
from paymux.integrations.adapters.providers.paypal.observations import (
    MOVEMENT_ID,
    captures_of,
    refunds_of,
)
from paymux.integrations.adapters.providers.paypal.refund_reports import refund_id_of, report
from paymux.integrations.adapters.providers.paypal.subjects import CAPTURES, Subjects, capture_of
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import Capture, NewRefund, Order, Refund
from paymux.kernel.clock import Clock
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Failure,
    NotFound,
    Outcome,
    RefundReport,
)
from paymux.payments.ports.currencies import ProviderSentOddAmount
from paymux.payments.ports.refunds import RefundQuery, RefundRequest

REFUNDS: Final = "/v2/payments/refunds"
_LONGEST_NOTE: Final = 255
_SHOWS_AFTER: Final = timedelta(hours=1)
_MAY_BE_DONE: Final = frozenset({Outcome.DONE_ALREADY, Outcome.REJECTED})
_GIVEN_BACK: Final = frozenset({"COMPLETED", "PENDING"})
_REFUNDABLE: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED"})
_ELSEWHERE: Final = frozenset(
    {
        "capture_fully_refunded",
        "invalid_resource_id",
        "pending_capture",
        "refund_amount_exceeded",
        "refund_not_allowed",
    }
)


class Refunds:
    """Makes and finds refunds."""

    def __init__(
        self, transport: Transport, checkouts: Checkouts, subjects: Subjects, clock: Clock
    ) -> None:
        self._transport = transport
        self._checkouts = checkouts
        self._subjects = subjects
        self._clock = clock

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        """Give it back; for 45 days the same request id gives the same refund."""
        refusal = CURRENCIES.part_refusal(request.amount)
        if refusal is not None:
            return rejected(refusal.code, refusal.detail, "amount")
        if not MOVEMENT_ID.fullmatch(request.payment_reference):
            return rejected("invalid_reference", "This is not the id of a capture at PayPal.")
        made = await self._make(request, request.payment_reference, request.idempotency_key)
        if isinstance(made, Refund):
            return report(made, request.payment_reference)
        if made.outcome in _MAY_BE_DONE or made.code in _ELSEWHERE:
            return await self._made_before(request, made)
        return made

    async def look_up(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        """Read the refund, or look for it among those of its order."""
        if query.provider_reference is not None:
            refund = await self.read(query.provider_reference)
            if isinstance(refund, Failure):
                return refund
            return report(refund, query.payment_reference)
        order = await self._subjects.order_around(query.payment_reference)
        if order is None:
            return unknown("refund_not_found", "PayPal does not say what was paid with.")
        if isinstance(order, Failure):
            return order
        ours = _refund_of(order, query.refund_id)
        return report(ours, query.payment_reference) if ours else self._absent(query, order)

    async def read(self, refund_id: str) -> Refund | Failure:
        """Get the refund, and nothing but that refund."""
        if not MOVEMENT_ID.fullmatch(refund_id):
            return rejected("invalid_reference", "This is not the id of a refund at PayPal.")
        refund = await self._transport.fetch(Call("GET", f"{REFUNDS}/{refund_id}"), Refund)
        if isinstance(refund, Refund) and refund.id != refund_id:
            return unknown("another_refund", "PayPal answered with another refund.")
        return refund

    async def _make(self, request: RefundRequest, capture_id: str, key: str) -> Refund | Failure:
        body = msgspec.json.encode(new_refund(request))
        call = Call("POST", f"{CAPTURES}/{capture_id}/refund", body, request_id(key))
        return await self._transport.fetch(call, Refund)

    async def _made_before(
        self, request: RefundRequest, failure: Failure
    ) -> RefundReport | Failure:
        """Look for this very refund, and else for another capture that has enough left."""
        if request.provider_reference is None:
            return failure
        order = await self._checkouts.read(request.provider_reference)
        if isinstance(order, Failure):
            certain = failure.outcome is Outcome.REJECTED and not request.replay
            return failure if certain else unknown(failure.code, failure.message)
        ours = _refund_of(order, request.refund_id)
        if ours is not None:
            return report(ours, request.payment_reference)
        refused = msgspec.structs.replace(failure, outcome=Outcome.REJECTED)
        return await self._from_another(request, order, refused)

    async def _from_another(
        self, request: RefundRequest, order: Order, refused: Failure
    ) -> RefundReport | Failure:
        """Several captures of one authorisation are refunded one by one, each with its own key."""
        if refused.code not in _ELSEWHERE:
            return refused
        other = _with_enough_left(order, request)
        if other is None:
            return _more_than_one_has_left(order) or refused
        made = await self._make(request, other.id, f"{request.idempotency_key}:{other.id}")
        return made if isinstance(made, Failure) else report(made, request.payment_reference)

    def _absent(self, query: RefundQuery, order: Order) -> NotFound | Failure:
        """Believe that there is none once PayPal has had the time to show it."""
        if self._clock.now() < query.created_at + _SHOWS_AFTER:
            return unknown("refund_not_shown", "PayPal does not show this refund, or not yet.")
        shown = {capture_of(each) for each in refunds_of(order)}
        if all(each.id in shown for each in captures_of(order) if "REFUNDED" in each.status):
            return NotFound()
        return unknown("refunds_not_listed", "PayPal does not list the refunds of this payment.")


def new_refund(request: RefundRequest) -> NewRefund:
    """Build the refund from the request alone; its invoice id is a second guard."""
    return NewRefund(
        amount=to_amount(request.amount),
        custom_id=request.refund_id,
        invoice_id=request.refund_id,
        note_to_payer=one_line(request.reason or "", _LONGEST_NOTE),
    )


def _refund_of(order: Order, refund_id: str) -> Refund | None:
    return next((each for each in refunds_of(order) if refund_id_of(each) == refund_id), None)


def _with_enough_left(order: Order, request: RefundRequest) -> Capture | None:
    others = [each for each in _refundable(order) if each.id != request.payment_reference]
    return next((each for each in others if _left(order, each) >= request.amount.amount), None)


def _refundable(order: Order) -> Sequence[Capture]:
    return [each for each in captures_of(order) if each.status in _REFUNDABLE]


def _more_than_one_has_left(order: Order) -> Failure | None:
    """Say how much can be given back at once, where that is less than the payment has left."""
    currencies = {each.amount.currency_code for each in _refundable(order) if each.amount}
    parts = [_left(order, each) for each in _refundable(order)]
    if len(currencies) != 1 or sum(part > 0 for part in parts) <= 1:
        return None
    most = to_amount(Money(max(parts), *currencies))
    message = (
        "PayPal took this payment in several captures and gives back from one at a time: "
        f"at most {most.value} {most.currency_code} at once. Refund it in parts."
    )
    return rejected("refund_exceeds_one_capture", message, "amount")


def _left(order: Order, capture: Capture) -> int:
    """Return what is left of a capture; nothing, when PayPal's amounts cannot be read."""
    gone = [
        each
        for each in refunds_of(order)
        if capture_of(each) == capture.id and each.status in _GIVEN_BACK
    ]
    movements: Sequence[Capture | Refund] = [capture, *gone]
    try:
        taken, *back = [from_amount(each.amount).amount for each in movements if each.amount]
    except (ProviderSentOddAmount, ValueError):
        return 0
    return taken - sum(back) if len(back) == len(gone) else 0
