"""What refunds say of themselves (https://razorpay.com/docs/webhooks/refunds/)."""

from datetime import datetime
from typing import Final

from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.event_wire import Payload
from paymux.integrations.adapters.providers.razorpay.observations import instant, money_of
from paymux.integrations.adapters.providers.razorpay.wire import Refund, note
from paymux.kernel.ids import has_id_shape
from paymux.payments.ports.connectors import Failure, RefundReport, RefundStatus
from paymux.payments.ports.webhooks import Ignored

EVENTS: Final = ("refund.created", "refund.processed", "refund.failed")

_STATUSES: Final = {
    "pending": RefundStatus.PENDING,
    "processed": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
}
_TOLD_BY_NAME: Final = {
    "refund.processed": RefundStatus.SUCCEEDED,
    "refund.failed": RefundStatus.FAILED,
}


def report(
    refund: Refund, status: RefundStatus | None = None, at: datetime | None = None
) -> RefundReport | Failure:
    """Report a refund; `status`: what an event's name says, which is never older than it."""
    status = status or _STATUSES.get(refund.status or "")
    if status is None:
        return failure("odd_status")
    money = money_of(refund.amount, refund.currency) if refund.currency else None
    if isinstance(money, Failure):
        return money
    failed = status is RefundStatus.FAILED
    return RefundReport(
        status=status,
        provider_reference=refund.id,
        payment_reference=refund.payment_id,
        refund_id=refund_of(refund),
        amount=money,
        reason_code="refund_failed" if failed else None,
        reason_message="Razorpay could not give the money back." if failed else None,
        occurred_at=at or instant(refund.created_at),
    )


def refund_of(refund: Refund) -> str | None:
    """Return our refund's id, or None for one that was made by other means."""
    noted = note(refund.notes, "refund_id")
    receipt = refund.receipt or ""
    return noted or (receipt if has_id_shape(receipt) else None)


def translate_refund(
    name: str, payload: Payload, at: datetime | None
) -> RefundReport | Ignored | Failure:
    """Say what a refund's event means, for a payment over one of our links."""
    if payload.refund is None:
        return failure("unreadable_reply", "The event carries no refund.")
    payment = payload.payment.entity if payload.payment else None
    if payment is not None and payment.captured is False:
        return Ignored("money that was only held went back by itself")
    refund = payload.refund.entity
    is_ours = payment is None or note(payment.notes, "attempt_id") or refund_of(refund)
    if not is_ours:
        return Ignored("the payment is not for one of our links")
    return report(refund, _TOLD_BY_NAME.get(name), at)
