"""Facts that payments publishes, in the words other contexts may use."""

from datetime import datetime
from enum import StrEnum

import msgspec

from paymux.kernel.ids import PaymentId, RefundId
from paymux.kernel.money import Money


class PaymentEventType(StrEnum):
    """What happened to a payment."""

    CREATED = "payment.created"
    AUTHORIZED = "payment.authorized"
    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"
    CANCELED = "payment.canceled"
    EXPIRED = "payment.expired"
    NEEDS_REVIEW = "payment.needs_review"
    REVIEW_RESOLVED = "payment.review_resolved"


class PaymentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. A payment has each fact at most once: `payment.succeeded` is its settlement."""

    type: PaymentEventType
    payment_id: PaymentId
    amount: Money
    customer_id: str | None
    reference: str | None
    occurred_at: datetime


class RefundEventType(StrEnum):
    """What happened to a refund. It failed when nothing was given back, for whatever reason."""

    CREATED = "refund.created"
    SUCCEEDED = "refund.succeeded"
    FAILED = "refund.failed"


class RefundEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. A refund has each fact at most once; it may fail after it has succeeded.

    `cause`: who wanted it; `second_success` is what we gave back by ourselves because it was
    taken once too often. `reason`: the merchant's words. `reason_code`: why it failed.
    """

    type: RefundEventType
    refund_id: RefundId
    payment_id: PaymentId
    amount: Money
    cause: str
    status: str
    reason: str | None
    reason_code: str | None
    occurred_at: datetime
