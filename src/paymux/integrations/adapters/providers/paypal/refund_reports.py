"""What a refund, as PayPal reports it, says about ours."""

import re
from typing import Final

from paymux.integrations.adapters.providers.paypal.currencies import from_amount
from paymux.integrations.adapters.providers.paypal.errors import unknown, unreadable
from paymux.integrations.adapters.providers.paypal.observations import (
    MOVEMENT_ID,
    instant,
    odd_amount,
    reason_of,
)
from paymux.integrations.adapters.providers.paypal.wire import Refund
from paymux.payments.ports.connectors import Failure, RefundReport, RefundStatus
from paymux.payments.ports.currencies import ProviderSentOddAmount

_OURS: Final = re.compile(r"[\x21-\x7e]{1,127}")
_STATUSES: Final = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "PENDING": RefundStatus.PENDING,
    "FAILED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.CANCELED,
}


def report(refund: Refund, payment_reference: str | None) -> RefundReport | Failure:
    """Say what became of a refund, under the reference that its payment has with us."""
    status = _STATUSES.get(refund.status)
    if status is None:
        return unknown("unrecognised_status", "PayPal reported a refund status we do not know.")
    if not MOVEMENT_ID.fullmatch(refund.id):
        return unreadable({})
    try:
        amount = from_amount(refund.amount) if refund.amount else None
    except ProviderSentOddAmount as error:
        return odd_amount(error)
    return RefundReport(
        status=status,
        provider_reference=refund.id,
        payment_reference=payment_reference,
        refund_id=refund_id_of(refund),
        amount=amount,
        reason_code=None if status is RefundStatus.SUCCEEDED else reason_of(refund),
        occurred_at=instant(refund.update_time or refund.create_time),
    )


def refund_id_of(refund: Refund) -> str | None:
    """Return our id of the refund, which we give it twice.

    One that the merchant makes at PayPal has the two ids of the order, which differ.
    """
    ours = refund.custom_id
    return ours if ours and ours == refund.invoice_id and _OURS.fullmatch(ours) else None
