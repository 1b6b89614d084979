"""Refunds, at normal speed, each with its own idempotency key.

https://razorpay.com/docs/api/refunds/normal-refunds-idempotent/ says that a key makes a refund
safe to repeat, but not for how long. So a repeated call looks among the payment's refunds for
ours first, and sends the same key only when it is not there.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.refund_reports import refund_of, report
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.payments.ports.connectors import Failure, NotFound, Outcome, RefundReport
from paymux.payments.ports.refunds import RefundQuery, RefundRequest

SETTLING: Final = timedelta(minutes=2)
"""A request whose reply was given up may still be at work behind Razorpay's gateways, which
end it within a minute; until then its absence proves nothing."""

_ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{10,255}")
_PER_PAGE: Final = 100
_MOST_PAGES: Final = 20
_LONGEST_NOTE: Final = 255
_PERHAPS_OURS: Final = frozenset(
    {"payment_fully_refunded", "refund_exceeds_captured", "idempotency_key_reused"}
)
"""Refusals that this very refund may have caused when it was made before."""


async def refund(transport: RazorpayTransport, request: RefundRequest) -> RefundReport | Failure:
    """Give the money back, or report the refund this request made before."""
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    if request.replay:
        earlier = await _find(transport, request.payment_reference, request.refund_id)
        if not isinstance(earlier, NotFound):
            return _made_before(earlier, request)
    made = await transport.refund(
        request.payment_reference, _new_refund(request), request.idempotency_key
    )
    if isinstance(made, Failure):
        return await _refused(transport, request, made)
    return _reported(made, request)


async def look_up(
    transport: RazorpayTransport, query: RefundQuery, now: datetime
) -> RefundReport | NotFound | Failure:
    """Read the refund by its id, else find ours among all refunds of the payment."""
    if not _ID.fullmatch(query.payment_reference):
        return failure("reference_malformed", field="payment_reference")
    if query.provider_reference is not None:
        return await _read(transport, query.provider_reference, query.payment_reference)
    refunds = await _all(transport, query.payment_reference)
    if isinstance(refunds, Failure):
        return refunds
    ours = _ours(refunds, query.refund_id)
    if ours is not None:
        return report(ours)
    if now - query.created_at < SETTLING:
        return failure("refund_under_way")
    return await _proven_absent(transport, query.payment_reference, refunds)


async def _proven_absent(
    transport: RazorpayTransport, payment_id: str, refunds: Sequence[wire.Refund]
) -> NotFound | Failure:
    """Return NotFound only when the list accounts for all that the payment says was refunded."""
    payment = await transport.payment(payment_id)
    if isinstance(payment, Failure):
        return payment
    listed = sum(each.amount for each in refunds)
    return failure("odd_lookup") if (payment.amount_refunded or 0) > listed else NotFound()


async def _refused(
    transport: RazorpayTransport, request: RefundRequest, refused: Failure
) -> RefundReport | Failure:
    if refused.code not in _PERHAPS_OURS:
        return refused
    found = await _find(transport, request.payment_reference, request.refund_id)
    if not isinstance(found, NotFound):
        return _made_before(found, request)
    if refused.code == "idempotency_key_reused":
        return refused
    return msgspec.structs.replace(refused, outcome=Outcome.REJECTED)


def _made_before(found: wire.Refund | Failure, request: RefundRequest) -> RefundReport | Failure:
    if isinstance(found, Failure):
        # Whatever hid the earlier refund from us, it may be there: never "not sent".
        return msgspec.structs.replace(found, outcome=Outcome.UNKNOWN)
    return _reported(found, request)


def _reported(made: wire.Refund, request: RefundRequest) -> RefundReport | Failure:
    is_it = made.payment_id == request.payment_reference and refund_of(made) == request.refund_id
    if not is_it or made.amount != CURRENCIES.to_wire(request.amount):
        return failure("refund_differs")
    return report(made)


async def _read(
    transport: RazorpayTransport, refund_id: str, payment_id: str
) -> RefundReport | Failure:
    if not _ID.fullmatch(refund_id):
        return failure("reference_malformed", field="provider_reference")
    found = await transport.refund_by_id(refund_id)
    if isinstance(found, Failure):
        return found
    return report(found) if found.payment_id == payment_id else failure("refund_differs")


async def _find(
    transport: RazorpayTransport, payment_id: str, refund_id: str
) -> wire.Refund | NotFound | Failure:
    refunds = await _all(transport, payment_id)
    if isinstance(refunds, Failure):
        return refunds
    return _ours(refunds, refund_id) or NotFound()


async def _all(transport: RazorpayTransport, payment_id: str) -> Sequence[wire.Refund] | Failure:
    """Read every page: newer refunds may push older ones on, but none off the list."""
    refunds: dict[str, wire.Refund] = {}
    for number in range(_MOST_PAGES):
        page = await transport.refunds_of(payment_id, _PER_PAGE, number * _PER_PAGE)
        if isinstance(page, Failure):
            return page
        if any(each.payment_id != payment_id for each in page.items):
            return failure("odd_lookup")
        refunds.update((each.id, each) for each in page.items)
        if len(page.items) < _PER_PAGE:
            return [*refunds.values()]
    return failure("odd_lookup")


def _ours(refunds: Sequence[wire.Refund], refund_id: str) -> wire.Refund | None:
    return next((each for each in refunds if refund_of(each) == refund_id), None)


def _refusal(request: RefundRequest) -> Failure | None:
    if not _ID.fullmatch(request.payment_reference):
        return failure("reference_malformed", field="payment_reference")
    if not _KEY.fullmatch(request.idempotency_key):
        return failure("idempotency_key_malformed")
    refused = CURRENCIES.refusal(request.amount)
    return None if refused is None else failure("amount_not_supported", str(refused))


def _new_refund(request: RefundRequest) -> wire.NewRefund:
    notes = {
        "refund_id": request.refund_id,
        "payment_id": request.payment_id,
        "attempt_id": request.attempt_id,
    }
    if request.reason:
        notes["reason"] = request.reason[:_LONGEST_NOTE]
    return wire.NewRefund(
        amount=CURRENCIES.to_wire(request.amount),
        speed="normal",
        receipt=request.refund_id,
        notes=notes,
    )
