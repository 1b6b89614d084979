"""One try of a payment over one connection."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt_report import (
    LIVE,
    OPEN,
    SETTLED,
    UNRESOLVED,
    AttemptStatus,
    Effect,
    Report,
)

_LONGEST_WAY: Final = timedelta(days=30)
"""No bank takes longer to bring money that was on its way."""

_LATEST_AUTHORISATION: Final = timedelta(days=7)
"""No bank authorises a payment that failed later than this; most within three days."""

_SETTLING: Final = SETTLED | {AttemptStatus.DUPLICATE}
"""What only a report of the very amount may make of it."""

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
    AttemptStatus.DUPLICATE: 11,
}
"""How much a status knows. An attempt only ever climbs, so reports may come in any order, any
number of times, and end alike. Success stands above every kind of failure because a provider
may report a failure and take the money later; that it was refused, or never sent, stands below
any report that it exists."""


_RANK_OF_RELEASED: Final = 9.5
"""That held money was let go is known after it was held, and said of no money that was taken."""


@dataclass(slots=True, eq=False, kw_only=True)
class PaymentAttempt:
    """Owns the idempotency key and, once there is one, the provider's hosted page.

    `request`: the call exactly as first sent, so that a repetition is the same to the letter.
    `replay_until`: how long that call can be repeated without opening a second page.
    `completion_round`: how often taking the approved money was refused; each has its own key.
    `captures_later`: the payer's money is held until we are told to take it, or let it go.
    `released`: what was held was let go.
    `amount_captured`: the most that was ever reported as taken.

    `payment_method_id`: the saved method that it charges; without one it is a hosted page.
    `answered`: its own call was answered, so that what follows from it is decided.
    `needs_payer`: its issuer wants the payer present.
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
    captures_later: bool = False
    amount_captured: int = 0
    released: bool = False
    payment_method_id: PaymentMethodId | None = None
    answered: bool = False
    needs_payer: bool = False

    @property
    def is_charge(self) -> bool:
        """Whether it charges a saved method, with no page that anybody could open or close."""
        return self.payment_method_id is not None

    @property
    def is_undecided(self) -> bool:
        """Whether it is known from elsewhere that it was declined, but not what follows.

        Whether another method may do is in the answer to our own call, and a webhook may be
        quicker than that. Until then the payment has neither failed nor gone on.
        """
        return self.is_charge and self.status is AttemptStatus.DECLINED and not self.answered

    @property
    def is_live(self) -> bool:
        """Whether money may still move, or has moved, through this attempt."""
        return self.status in LIVE

    @property
    def is_unresolved(self) -> bool:
        """Whether the provider may have it without our knowing, or what follows is not known."""
        return self.status in UNRESOLVED or self.is_undecided

    @property
    def is_under_way(self) -> bool:
        """Whether money may move through it without anybody's doing, and nobody can stop it."""
        return self.is_unresolved or (self.is_charge and self.status is AttemptStatus.PENDING)

    @property
    def takes_payer(self) -> bool:
        """Whether the payer can go to the provider's page now."""
        return self.status is AttemptStatus.PENDING and self.checkout_url is not None

    @property
    def can_be_superseded(self) -> bool:
        """Whether the payer may be sent elsewhere: no money is on its way here."""
        return self.status is AttemptStatus.PENDING and not (self.approved or self.is_charge)

    @property
    def awaits_completion(self) -> bool:
        """Whether the payer has agreed and the money waits for us."""
        return self.status is AttemptStatus.PENDING and self.approved

    @property
    def holds_money(self) -> bool:
        """Whether the payer's money waits for us to take it, or to let it go."""
        return self.status is AttemptStatus.AUTHORIZED

    @property
    def holds_unasked(self) -> bool:
        """Whether money waits for us that was to be taken at once: a bank was late."""
        return self.holds_money and not self.captures_later

    @property
    def has_held(self) -> bool:
        """Whether its money is, or may have been, held for a while."""
        is_or_was = self.status in {AttemptStatus.AUTHORIZED, AttemptStatus.DUPLICATE}
        return self.captures_later or self.released or is_or_was

    @property
    def holds_in_vain(self) -> bool:
        """Whether it holds money that another attempt has; there is nothing to give back yet."""
        is_duplicate = self.status is AttemptStatus.DUPLICATE
        return is_duplicate and self.amount_captured == 0 and not self.released

    @property
    def holds_no_more(self) -> bool:
        """Whether what was held is known to have been taken, or let go."""
        return self.status is AttemptStatus.SUCCEEDED or self.released

    @property
    def leaves_page(self) -> bool:
        """Whether its page may still be open though nobody is to pay on it any more."""
        has_lost_hold = self.released and self.status is AttemptStatus.CANCELED
        is_left = has_lost_hold and not self.captures_later
        return is_left or self.status is AttemptStatus.SUPERSEDED

    @property
    def has_taken(self) -> bool:
        """Whether it is over and has taken money."""
        return self.status is AttemptStatus.SUCCEEDED or (
            self.released and self.amount_captured > 0
        )

    @property
    def completion_key(self) -> str:
        """The idempotency key for taking the money the payer agreed to."""
        return f"{self.idempotency_key}-complete-{self.completion_round}"

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come, so that it has to be watched."""
        return self.status in OPEN

    @property
    def is_watched(self) -> bool:
        """Whether it is asked about from time to time.

        A superseded page may be paid yet, and what is held in vain may be taken after all.
        """
        is_watched = self.is_open or self.is_undecided or self.holds_in_vain
        return is_watched or self.status is AttemptStatus.SUPERSEDED

    def is_worth_asking(self, now: datetime) -> bool:
        """Whether it is still asked about: money may be on its way to a page that is closed.

        A call of ours may have taken it, or begun to, before we closed the page; a bank debit
        takes days, and a try that failed may yet be authorised, days after its page has ended.
        """
        has_page = self.provider_reference is not None and not self.is_charge
        is_closed = self.status in {AttemptStatus.CANCELED, AttemptStatus.EXPIRED}
        may_be_paid = has_page and is_closed and not self.released
        longest = _LONGEST_WAY if self.approved else _LATEST_AUTHORISATION
        return self.is_watched or (may_be_paid and now < self.created_at + longest)

    def apply(self, report: Report) -> Effect:
        """Take in a report: monotonic and idempotent, whatever the order (invariant 3).

        Money that differs from ours never settles (invariant 6): the attempt then stays live
        and unsettled, and the payment goes to review.
        """
        if report.status in _SETTLING and not self._can_be(report.amount):
            return Effect.AMOUNT_MISMATCH
        second = self._is_second_success(report)
        before = self._knowledge()
        self._learn(report)
        self._climb(report)
        if second:
            return Effect.SECOND_SUCCESS
        return Effect.REPEATED if self._knowledge() == before else Effect.APPLIED

    def _can_be(self, amount: Money | None) -> bool:
        """Tell whether so much money is ours; less may be taken where we say how much."""
        if amount is None or amount.currency != self.amount.currency:
            return False
        if self.captures_later:
            return 0 < amount.amount <= self.amount.amount
        return amount == self.amount

    def taken_by(self, report: Report) -> int:
        """Return how much a report says was taken; all of it held means none of it taken."""
        if report.status not in _SETTLING or report.amount is None:
            return 0
        is_held = report.is_held or report.status is AttemptStatus.AUTHORIZED
        return 0 if is_held and report.amount == self.amount else report.amount.amount

    def _is_second_success(self, report: Report) -> bool:
        """Tell whether one hosted page has taken money twice; captures have their own ids."""
        return (
            not self.captures_later
            and self.status is report.status is AttemptStatus.SUCCEEDED
            and None not in {self.payment_reference, report.payment_reference}
            and self.payment_reference != report.payment_reference
        )

    def _learn(self, report: Report) -> None:
        self.provider_reference = self.provider_reference or report.provider_reference
        self.checkout_url = self.checkout_url or report.checkout_url
        self.checkout_expires_at = self.checkout_expires_at or report.checkout_expires_at
        self.approved = self.approved or report.approved
        self.answered = self.answered or report.answered
        self.needs_payer = self.needs_payer or report.needs_payer
        self.amount_captured = max(self.amount_captured, self.taken_by(report))
        if report.refused_round == self.completion_round:
            self.approved = False
            self.completion_round += 1

    def _climb(self, report: Report) -> None:
        released = report.released and report.status is AttemptStatus.CANCELED
        was_ever_released = self.released or released
        rank, own_rank = _rank(report.status, released), _rank(self.status, self.released)
        if rank > own_rank:
            self.status, self.released = report.status, released
            self.reason_code, self.reason_message = report.reason_code, report.reason_message
            self.payment_reference, self.method = _money_of(report, released)
        elif rank == own_rank:
            self._prefer_reason(report)
            payment_reference, method = _money_of(report, released)
            self.payment_reference = _least(self.payment_reference, payment_reference)
            self.method = _least(self.method, method)
        if self.status is AttemptStatus.DUPLICATE:
            self.released = was_ever_released and self.amount_captured == 0

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
            self.amount_captured,
            self.released,
            self.answered,
            self.needs_payer,
        )


def _rank(status: AttemptStatus, released: bool) -> float:
    is_over = released and status is AttemptStatus.CANCELED
    return _RANK_OF_RELEASED if is_over else _RANK[status]


def _money_of(report: Report, released: bool) -> tuple[str | None, str | None]:
    """Which movement of money a report is about; one that failed is only in the timeline."""
    if report.status in _SETTLING or released:
        return report.payment_reference, report.method
    return None, None


def _least(left: str | None, right: str | None) -> str | None:
    """Choose one of two, the same in every order; something beats nothing."""
    return min((text for text in (left, right) if text is not None), default=None)
