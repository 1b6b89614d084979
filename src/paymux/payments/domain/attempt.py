"""One try of a payment over one connection."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId
from paymux.kernel.money import Money


class AttemptStatus(StrEnum):
    """Where one try stands."""

    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    CANCELED = "canceled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


LIVE: Final = frozenset(
    {
        AttemptStatus.IN_FLIGHT,
        AttemptStatus.UNKNOWN,
        AttemptStatus.PENDING,
        AttemptStatus.AUTHORIZED,
        AttemptStatus.SUCCEEDED,
    }
)
"""At most one attempt of a payment is in one of these (invariant 1)."""

OPEN: Final = LIVE - {AttemptStatus.SUCCEEDED}
"""Its end is still to come, so it has to be watched."""

UNRESOLVED: Final = frozenset({AttemptStatus.IN_FLIGHT, AttemptStatus.UNKNOWN})
"""We do not know yet whether the provider has it."""

_SETTLING: Final = frozenset({AttemptStatus.AUTHORIZED, AttemptStatus.SUCCEEDED})

_RANK: Final = {
    AttemptStatus.IN_FLIGHT: 0,
    AttemptStatus.UNKNOWN: 1,
    AttemptStatus.NOT_SENT: 2,
    AttemptStatus.REJECTED: 3,
    AttemptStatus.PENDING: 4,
    AttemptStatus.SUPERSEDED: 5,
    AttemptStatus.EXPIRED: 6,
    AttemptStatus.CANCELED: 7,
    AttemptStatus.DECLINED: 8,
    AttemptStatus.AUTHORIZED: 9,
    AttemptStatus.SUCCEEDED: 10,
}
"""How much a status knows. An attempt only ever climbs, so reports may come in any order, any
number of times, and end alike. Success stands above every kind of failure because a provider
may report a failure and take the money later; that it was refused, or never sent, stands below
any report that it exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is now known of an attempt. None says nothing.

    `approved`: the payer agreed, and we are to take the money. `refused_round`: in this round
    we tried to take it and the provider would not; the payer has to agree once more.
    """

    status: AttemptStatus
    provider_reference: str | None = None
    payment_reference: str | None = None
    checkout_url: str | None = None
    checkout_expires_at: datetime | None = None
    amount: Money | None = None
    method: str | None = None
    reason_code: str | None = None
    reason_message: str | None = None
    approved: bool = False
    refused_round: int | None = None


class Effect(StrEnum):
    """What a report changed."""

    APPLIED = "applied"
    REPEATED = "repeated"
    AMOUNT_MISMATCH = "amount_mismatch"
    SECOND_SUCCESS = "second_success"


@dataclass(slots=True, eq=False, kw_only=True)
class PaymentAttempt:
    """Owns the idempotency key and, once there is one, the provider's hosted page.

    `request`: the call exactly as first sent, so that a repetition is the same to the letter.
    `replay_until`: how long that call can be repeated without opening a second page.
    `completion_round`: how often taking the approved money was refused; each has its own key.
    """

    id: AttemptId
    payment_id: PaymentId
    connection_id: ConnectionId
    provider: str
    amount: Money
    idempotency_key: str
    request: bytes
    created_at: datetime
    replay_until: datetime
    status: AttemptStatus = AttemptStatus.IN_FLIGHT
    provider_reference: str | None = None
    payment_reference: str | None = None
    checkout_url: str | None = None
    checkout_expires_at: datetime | None = None
    method: str | None = None
    reason_code: str | None = None
    reason_message: str | None = None
    approved: bool = False
    completion_round: int = 0

    @property
    def is_live(self) -> bool:
        """Whether money may still move, or has moved, through this attempt."""
        return self.status in LIVE

    @property
    def is_unresolved(self) -> bool:
        """Whether the provider may have it without our knowing."""
        return self.status in UNRESOLVED

    @property
    def takes_payer(self) -> bool:
        """Whether the payer can go to the provider's page now."""
        return self.status is AttemptStatus.PENDING and self.checkout_url is not None

    @property
    def awaits_completion(self) -> bool:
        """Whether the payer has agreed and the money waits for us."""
        return self.status is AttemptStatus.PENDING and self.approved

    @property
    def completion_key(self) -> str:
        """The idempotency key for taking the money the payer agreed to."""
        return f"{self.idempotency_key}-complete-{self.completion_round}"

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come, so that it has to be watched."""
        return self.status in OPEN

    def apply(self, report: Report) -> Effect:
        """Take in a report: monotonic and idempotent, whatever the order (invariant 3).

        Money that differs from ours never settles (invariant 6): the attempt then stays live
        and unsettled, and the payment goes to review.
        """
        if report.status in _SETTLING and report.amount != self.amount:
            return Effect.AMOUNT_MISMATCH
        second = self._is_second_success(report)
        before = self._knowledge()
        self._learn(report)
        self._climb(report)
        if second:
            return Effect.SECOND_SUCCESS
        return Effect.REPEATED if self._knowledge() == before else Effect.APPLIED

    def _is_second_success(self, report: Report) -> bool:
        """Tell whether one hosted page has taken money twice."""
        return (
            self.status is report.status is AttemptStatus.SUCCEEDED
            and None not in {self.payment_reference, report.payment_reference}
            and self.payment_reference != report.payment_reference
        )

    def _learn(self, report: Report) -> None:
        self.provider_reference = self.provider_reference or report.provider_reference
        self.checkout_url = self.checkout_url or report.checkout_url
        self.checkout_expires_at = self.checkout_expires_at or report.checkout_expires_at
        self.approved = self.approved or report.approved
        if report.refused_round == self.completion_round:
            self.approved = False
            self.completion_round += 1

    def _climb(self, report: Report) -> None:
        if _RANK[report.status] > _RANK[self.status]:
            self.status = report.status
            self.reason_code, self.reason_message = report.reason_code, report.reason_message
            self.payment_reference, self.method = _money_of(report)
        elif report.status is self.status:
            self._prefer_reason(report)
            payment_reference, method = _money_of(report)
            self.payment_reference = _least(self.payment_reference, payment_reference)
            self.method = _least(self.method, method)

    def _prefer_reason(self, report: Report) -> None:
        """Of several reasons for one status keep the same one in every order."""
        reason = (report.reason_code or "", report.reason_message or "")
        if reason > (self.reason_code or "", self.reason_message or ""):
            self.reason_code, self.reason_message = report.reason_code, report.reason_message

    def _knowledge(self) -> tuple[object, ...]:
        return (
            self.status,
            self.provider_reference,
            self.payment_reference,
            self.checkout_url,
            self.checkout_expires_at,
            self.method,
            self.reason_code,
            self.reason_message,
            self.approved,
            self.completion_round,
        )


def _money_of(report: Report) -> tuple[str | None, str | None]:
    """Which movement of money a report is about; one that failed is only in the timeline."""
    if report.status in _SETTLING:
        return report.payment_reference, report.method
    return None, None


def _least(left: str | None, right: str | None) -> str | None:
    """Choose one of two, the same in every order; something beats nothing."""
    return min((text for text in (left, right) if text is not None), default=None)
