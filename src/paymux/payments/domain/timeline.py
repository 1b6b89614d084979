"""The history of a payment: every observation, repeats counted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from paymux.kernel.ids import (
    AttemptId,
    DisputeId,
    ObservationId,
    PaymentId,
    PaymentMethodId,
    RefundId,
)
from paymux.kernel.money import Money
from paymux.payments.domain.attempt_report import Effect


class Source(StrEnum):
    """Who told us."""

    REPLY = "reply"
    RETURN_URL = "return_url"
    WEBHOOK = "webhook"
    POLL = "poll"
    US = "us"
    OPERATOR = "operator"
    PAYER = "payer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that was reported, and what it changed.

    `attempt_id`: None for what was said of the payment before anything was tried. `refund_id`,
    `payment_method_id`, `dispute_id`: what it is about, if it is about one. `actor`: the key of
    the person who said it, if a person did.
    """

    id: ObservationId
    payment_id: PaymentId
    attempt_id: AttemptId | None
    source: Source
    status: str
    effect: Effect
    recorded_at: datetime
    occurred_at: datetime | None = None
    provider_reference: str | None = None
    payment_reference: str | None = None
    amount: Money | None = None
    reason_code: str | None = None
    reason_message: str | None = None
    refund_id: RefundId | None = None
    payment_method_id: PaymentMethodId | None = None
    dispute_id: DisputeId | None = None
    actor: str | None = None
    times_seen: int = 1
    last_seen_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for two reports that say the same from the same source."""
        said: tuple[str | None, ...] = (
            self.source.value,
            self.status,
            self.provider_reference,
            self.payment_reference,
            str(self.amount),
            self.reason_code,
            self.reason_message,
        )
        if self.refund_id is not None:
            said = (*said, self.refund_id)
        if self.payment_method_id is not None:
            said = (*said, self.payment_method_id)
        if self.dispute_id is not None:
            said = (*said, self.dispute_id)
        if self.actor is not None:
            said = (*said, self.actor)
        return sha256(repr(said).encode()).hexdigest()
