"""Facts that payments publishes, in the words other contexts may use."""

from datetime import datetime
from enum import StrEnum

import msgspec

from paymux.kernel.ids import PaymentId
from paymux.kernel.money import Money


class PaymentEventType(StrEnum):
    """What happened to a payment."""

    CREATED = "payment.created"
    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"
    CANCELED = "payment.canceled"
    EXPIRED = "payment.expired"
    NEEDS_REVIEW = "payment.needs_review"


class PaymentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. A payment has each fact at most once: `payment.succeeded` is its settlement."""

    type: PaymentEventType
    payment_id: PaymentId
    amount: Money
    customer_id: str | None
    reference: str | None
    occurred_at: datetime
