"""A payer contests a payment: what is known of it, whatever the order it was heard in."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from paymux.kernel.ids import AttemptId, ConnectionId, DisputeId, PaymentId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import Effect


class DisputeStatus(StrEnum):
    """Whose turn it is, or how it ended. `closed`: no money moved because of it."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class DisputeStage(StrEnum):
    """How far it has gone; a stage follows only those before it."""

    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    PRE_ARBITRATION = "pre_arbitration"
    ARBITRATION = "arbitration"


class DisputeReason(StrEnum):
    """Why the payer contests, in our words."""

    FRAUDULENT = "fraudulent"
    UNRECOGNIZED = "unrecognized"
    DUPLICATE = "duplicate"
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    NOT_REFUNDED = "not_refunded"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    WRONG_AMOUNT = "wrong_amount"
    OTHER = "other"


class DisputeAction(StrEnum):
    """What the provider lets the merchant do about it now."""

    ACCEPT = "accept"
    SUBMIT_EVIDENCE = "submit_evidence"


OPEN: Final = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW})
"""Its end is still to come, so it has to be watched."""

_STAGES: Final = list(DisputeStage)
_STATUSES: Final = list(DisputeStatus)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_REOPENED: Final = timedelta(hours=1)
"""How much later than its end, in the same stage, it has to be open to have been taken up again:
what a provider says in the moments around an end may be older than it claims to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeNews:
    """One report: what the dispute was `at` a time, as far as that is known."""

    status: DisputeStatus
    stage: DisputeStage
    amount: Money
    reason: DisputeReason
    reason_code: str | None = None
    evidence_due_at: datetime | None = None
    actions: frozenset[DisputeAction] = frozenset()
    opened_at: datetime | None = None
    at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come."""
        return self.status in OPEN

    @property
    def stage_rank(self) -> int:
        """How far it has gone."""
        return _STAGES.index(self.stage)

    @property
    def rank(self) -> tuple[object, ...]:
        """A total order: of two reports of one kind, in any order, the same one stays."""
        return (
            self.stage_rank,
            self.at or _NEVER,
            self.evidence_due_at or _NEVER,
            _STATUSES.index(self.status),
            self.amount.amount,
            self.amount.currency,
            self.reason,
            self.reason_code or "",
            sorted(self.actions),
            self.opened_at or _NEVER,
        )

    @property
    def round(self) -> tuple[DisputeStage, datetime | None]:
        """Which demand of the provider this is about: one stage may have several."""
        return self.stage, self.evidence_due_at

    def follows(self, review: "DisputeNews") -> bool:
        """Tell whether this demand for a response came after that review.

        A later deadline says so; where that tells nothing, a later time.
        """
        if self.stage is not review.stage:
            return self.stage_rank > review.stage_rank
        mine, theirs = self.evidence_due_at, review.evidence_due_at
        if mine is not None and theirs is not None and mine != theirs:
            return mine > theirs
        return self.at is not None and review.at is not None and self.at > review.at

    def reopens(self, end: "DisputeNews") -> bool:
        """Tell whether the dispute went on after that end: in a later stage, or much later.

        Where a provider names the first stage of a chargeback only, an end that came after an
        appeal has ended that too.
        """
        is_timed = self.at is not None and end.at is not None
        if self.stage is not end.stage:
            is_over = end.stage is not DisputeStage.INQUIRY and is_timed and _is_after(end, self)
            return self.stage_rank > end.stage_rank and not is_over
        return is_timed and _is_after(self, end, _REOPENED)


@dataclass(slots=True, eq=False, kw_only=True)
class Dispute:
    """What a payer contests, as its provider keeps it.

    Of every kind of report the latest is kept: the last `demand` for a response, the last
    `review`, the `end`. What it is now follows from those three alone, so reports may come in
    any order and any number of times. `payment_reference`: the movement of money contested.
    """

    id: DisputeId
    payment_id: PaymentId
    attempt_id: AttemptId
    connection_id: ConnectionId
    provider: str
    provider_reference: str
    payment_reference: str
    created_at: datetime
    updated_at: datetime
    opened_at: datetime | None = None
    demand: DisputeNews | None = None
    review: DisputeNews | None = None
    end: DisputeNews | None = None

    @property
    def current(self) -> DisputeNews:
        """What it is now."""
        now = self._open()
        if self.end is not None and (now is None or not now.reopens(self.end)):
            return self.end
        if now is None:
            raise LookupError(self.id)
        return now

    @property
    def status(self) -> DisputeStatus:
        """Whose turn it is, or how it ended."""
        return self.current.status

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come, so that it has to be watched."""
        return self.current.is_open

    @property
    def needs_response(self) -> bool:
        """Whether it is our turn."""
        return self.status is DisputeStatus.NEEDS_RESPONSE

    @property
    def amounts(self) -> frozenset[Money]:
        """Every amount that was last said to be contested."""
        said = (self.demand, self.review, self.end)
        return frozenset(news.amount for news in said if news is not None)

    def apply(self, news: DisputeNews, now: datetime) -> Effect:
        """Take in a report: monotonic and idempotent, whatever the order (invariant 3)."""
        before = self._says()
        if news.at is not None:
            # Some providers tell whole seconds only, and those have to compare with ours.
            news = replace(news, at=news.at.replace(microsecond=0))
        self._keep(news)
        known = (one for one in (self.opened_at, news.opened_at) if one is not None)
        self.opened_at = min(known, default=None)
        if self._says() == before:
            return Effect.REPEATED
        self.updated_at = now
        return Effect.APPLIED

    def _keep(self, news: DisputeNews) -> None:
        match news.status:
            case DisputeStatus.NEEDS_RESPONSE:
                self.demand = _later(self.demand, news)
            case DisputeStatus.UNDER_REVIEW:
                self.review = _later(self.review, news)
            case DisputeStatus.WON | DisputeStatus.LOST | DisputeStatus.CLOSED:
                self.end = _later(self.end, news)

    def _open(self) -> DisputeNews | None:
        if self.demand is None or self.review is None:
            return self.demand or self.review
        return self.demand if self.demand.follows(self.review) else self.review

    def _says(self) -> DisputeNews | None:
        """Return what it is now but for when that was last seen; None before anything is heard."""
        if self.demand is self.review is self.end is None:
            return None
        return replace(self.current, at=None, opened_at=self.opened_at)


def _is_after(one: DisputeNews, other: DisputeNews, by: timedelta = timedelta()) -> bool:
    """Tell whether one was said later than the other, by more than that."""
    return (one.at or _NEVER) > (other.at or _NEVER) + by


def _later(known: DisputeNews | None, news: DisputeNews) -> DisputeNews:
    return news if known is None or news.rank > known.rank else known


def can_be_of(amount: Money, attempt: PaymentAttempt) -> bool:
    """Tell whether so much of this attempt's money can be contested (invariant 6)."""
    is_same = amount.currency == attempt.amount.currency
    return is_same and 0 < amount.amount <= attempt.amount.amount
