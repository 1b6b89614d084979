"""Captured money that is given back, in whole or in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.keyed_call import QUIET
from paymux.payments.domain.payment import Payment


class RefundStatus(StrEnum):
    """Where one refund stands."""

    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"


class RefundCause(StrEnum):
    """Who wanted it: the merchant through us, or at the provider itself, or we ourselves.

    A second success is money that was taken once too often: it was never part of what the
    payment captured, so giving it back is no part of what the payment refunded.
    """

    REQUESTED = "requested"
    PROVIDER = "provider"
    SECOND_SUCCESS = "second_success"


UNRESOLVED: Final = frozenset({RefundStatus.IN_FLIGHT, RefundStatus.UNKNOWN})
"""We do not know yet whether the provider has it."""

OPEN: Final = UNRESOLVED | {RefundStatus.PENDING}
"""Its end is still to come, so it has to be watched."""

HOLDING: Final = OPEN | {RefundStatus.SUCCEEDED}
"""The money is on its way back, or may be: nobody else can give it back."""

_RANK: Final = {
    RefundStatus.IN_FLIGHT: 0,
    RefundStatus.UNKNOWN: 1,
    RefundStatus.NOT_SENT: 2,
    RefundStatus.REJECTED: 3,
    RefundStatus.PENDING: 4,
    RefundStatus.CANCELED: 5,
    RefundStatus.SUCCEEDED: 6,
    RefundStatus.FAILED: 7,
}
"""How much a status knows; a refund only ever climbs, so reports may come in any order. Failure
stands above success because a bank may send a refund back days after it was told as done; that
it was refused, or never sent, stands below any report that it exists."""


class RefundExceedsCapturedAmount(PaymuxError):
    """More is asked for than was taken and is not given back, or on its way back, already.

    Ask for no more than the amount named, or leave out `amount` to give back all that is left.
    What is held by a refund that is `unknown` or `pending` is free again should that one fail.
    """

    code = "refund_exceeds_captured_amount"
    category = Category.UNPROCESSABLE

    def __init__(self, left: Money) -> None:
        super().__init__(f"At most {left} can still be given back.", field="amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNews:
    """What is now known of a refund. None says nothing."""

    status: RefundStatus
    provider_reference: str | None = None
    amount: Money | None = None
    reason_code: str | None = None
    reason_message: str | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Refund:
    """Owns the idempotency key of the call that gives the money back.

    `request`: the call exactly as first sent; empty for a refund made at the provider itself.
    `replay_until`: how long that call can be repeated without a second refund. `reason`: the
    merchant's words. `reason_code`, `reason_message`: why it did not end well, if so.
    """

    id: RefundId
    payment_id: PaymentId
    attempt_id: AttemptId
    connection_id: ConnectionId
    provider: str
    payment_reference: str
    amount: Money
    idempotency_key: str
    request: bytes
    created_at: datetime
    replay_until: datetime
    cause: RefundCause = RefundCause.REQUESTED
    reason: str | None = None
    status: RefundStatus = RefundStatus.IN_FLIGHT
    provider_reference: str | None = None
    reason_code: str | None = None
    reason_message: str | None = None

    @property
    def is_unresolved(self) -> bool:
        """Whether the provider may have it without our knowing."""
        return self.status in UNRESOLVED

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come, so that it has to be watched."""
        return self.status in OPEN

    def is_gone_if_absent(self, now: datetime) -> bool:
        """Whether the provider's not having it proves that it was never made.

        As long as a call may still arrive, absence proves nothing.
        """
        return self.is_unresolved and now >= self.replay_until + QUIET

    @property
    def counts(self) -> bool:
        """Whether it gives back money that the payment captured."""
        return self.cause is not RefundCause.SECOND_SUCCESS

    def apply(self, news: RefundNews) -> Effect:
        """Take in a report: monotonic and idempotent, whatever the order (invariant 3).

        An amount that differs from ours settles nothing (invariant 6): the refund keeps holding
        its money, and the payment goes to review.
        """
        if self._differs(news):
            return Effect.AMOUNT_MISMATCH
        before = self._knowledge()
        self.provider_reference = self.provider_reference or news.provider_reference
        self._climb(news)
        return Effect.REPEATED if self._knowledge() == before else Effect.APPLIED

    def _differs(self, news: RefundNews) -> bool:
        if news.amount is None:
            return news.status is RefundStatus.SUCCEEDED
        return news.amount != self.amount

    def _climb(self, news: RefundNews) -> None:
        if _RANK[news.status] > _RANK[self.status]:
            self.status = news.status
            self.reason_code, self.reason_message = news.reason_code, news.reason_message
        elif news.status is self.status:
            # Of several reasons for one status keep the same one in every order.
            reason = (news.reason_code or "", news.reason_message or "")
            if reason > (self.reason_code or "", self.reason_message or ""):
                self.reason_code, self.reason_message = news.reason_code, news.reason_message

    def _knowledge(self) -> tuple[object, ...]:
        return (self.status, self.provider_reference, self.reason_code, self.reason_message)


def refunded(refunds: Sequence[Refund]) -> int:
    """Return how much of what a payment captured has been given back."""
    return sum(
        one.amount.amount for one in refunds if one.counts and one.status is RefundStatus.SUCCEEDED
    )


def refundable(payment: Payment, refunds: Sequence[Refund]) -> Money:
    """Return how much nobody has given back yet, nor may be giving back just now."""
    held = sum(one.amount.amount for one in refunds if one.counts and one.status in HOLDING)
    return Money(max(payment.amount_captured - held, 0), payment.amount.currency)


def amount_to_refund(payment: Payment, refunds: Sequence[Refund], wanted: int | None) -> Money:
    """Return how much to give back, all that is left unless told; refuses more than that."""
    left = refundable(payment, refunds)
    amount = left.amount if wanted is None else wanted
    if not 0 < amount <= left.amount:
        raise RefundExceedsCapturedAmount(left)
    return Money(amount, left.currency)
