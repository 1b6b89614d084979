"""Facts that payments publishes, in the words other contexts may use."""

from datetime import datetime
from enum import StrEnum

import msgspec

from paymux.kernel.ids import (
    ConnectionId,
    CustomerId,
    DisputeId,
    PaymentId,
    PaymentMethodId,
    RefundId,
)
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


class PaymentMethodEventType(StrEnum):
    """What happened to a saved method: it can be charged from now on, or never again."""

    SAVED = "payment_method.saved"
    REVOKED = "payment_method.revoked"


class PaymentMethodEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `payment_id`: the payment it was saved with. `label`: what its payer knows it by.

    A saved method has each fact at most once.
    """

    type: PaymentMethodEventType
    payment_method_id: PaymentMethodId
    payment_id: PaymentId
    customer_id: CustomerId
    connection_id: ConnectionId
    provider: str
    kind: str | None
    label: str | None
    occurred_at: datetime


class DisputeEventType(StrEnum):
    """What happened to a dispute."""

    OPENED = "dispute.opened"
    NEEDS_RESPONSE = "dispute.needs_response"
    DUE_SOON = "dispute.due_soon"
    UNDER_REVIEW = "dispute.under_review"
    WON = "dispute.won"
    LOST = "dispute.lost"
    CLOSED = "dispute.closed"


class DisputeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. But for `dispute.opened` a dispute may have it again: `occasion` tells them apart.

    `amount`: what is contested. `reason_code`: the provider's own. `evidence_due_at`: until
    when the merchant may answer.
    """

    type: DisputeEventType
    dispute_id: DisputeId
    payment_id: PaymentId
    amount: Money
    status: str
    stage: str
    reason: str
    reason_code: str | None
    evidence_due_at: datetime | None
    occasion: str
    occurred_at: datetime


Fact = PaymentEvent | RefundEvent | PaymentMethodEvent | DisputeEvent
"""Whatever payments publishes."""
