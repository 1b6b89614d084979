"""A payment with all that belongs to it, as it stood at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from paymux.kernel.ids import AttemptId
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.decision import DecisionEntry
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.resolution import Subject
from paymux.payments.domain.timeline import TimelineEntry


@dataclass(frozen=True, slots=True)
class PaymentDetails:
    """A payment with all that was tried and all that was heard."""

    payment: Payment
    attempts: Sequence[PaymentAttempt]
    timeline: Sequence[TimelineEntry] = ()
    refunds: Sequence[Refund] = ()
    decisions: Sequence[DecisionEntry] = ()
    captures: Sequence[Capture] = ()
    disputes: Sequence[Dispute] = ()
    responses: Sequence[DisputeResponse] = ()

    @property
    def subjects(self) -> Sequence[Subject]:
        """Everything of it that a provider was, or is, to do."""
        return (*self.attempts, *self.captures, *self.refunds, *self.responses)

    def attempt(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Return one of the attempts."""
        return next(attempt for attempt in self.attempts if attempt.id == attempt_id)

    def has(self, attempt_id: AttemptId) -> bool:
        """Tell whether the attempt is one of them."""
        return any(attempt.id == attempt_id for attempt in self.attempts)

    @property
    def went_smoothly(self) -> bool:
        """Whether every call of it simply succeeded, so that nothing had to be decided."""
        return all(attempt.reason_code is None for attempt in self.attempts)

    @property
    def live(self) -> PaymentAttempt | None:
        """The one attempt through which money may move, or has moved."""
        return next((attempt for attempt in self.attempts if attempt.is_live), None)
