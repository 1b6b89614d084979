"""What an operator says of a payment that was brought before them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from paymux.kernel.errors import Category, PaymuxError
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.refund import Refund

Subject = PaymentAttempt | Capture | Refund | DisputeResponse
"""What can be unresolved."""


class Verdict(StrEnum):
    """How a review is resolved.

    `accept`: what the provider shows now is applied. `succeeded`, `never_happened`: the
    operator says so, against nothing that is known better. `handled`: nothing is to change.
    """

    ACCEPT = "accept"
    SUCCEEDED = "succeeded"
    NEVER_HAPPENED = "never_happened"
    HANDLED = "handled"


DECLARED = frozenset({Verdict.SUCCEEDED, Verdict.NEVER_HAPPENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A verdict on one subject of a payment, or on the whole of it. `actor`: the key used."""

    verdict: Verdict
    evidence: str
    actor: str
    subject_id: str | None = None
    provider_reference: str | None = None


class EvidenceIsNotConfirmed(PaymuxError):
    """The provider does not show what was said, or not now.

    Look once more at the provider; what it cannot show, an admin may declare.
    """

    code = "evidence_not_confirmed"
    category = Category.UNPROCESSABLE

    def __init__(self, why: str) -> None:
        super().__init__(f"The provider does not confirm this: {why}.", field="provider_reference")


class EndIsKnown(PaymuxError):
    """What became of it is known already, and what is known is never taken back.

    `open` in `GET /v1/reviews` lists what can be resolved; else resolve with `handled`.
    """

    code = "end_is_known"
    category = Category.CONFLICT

    def __init__(self, status: str) -> None:
        super().__init__(f"It is known to be {status}.", field="subject_id")


class SomethingIsUnresolved(PaymuxError):
    """Nothing is handled while it is unknown what became of a call.

    Resolve each of `open` in `GET /v1/reviews` instead.
    """

    code = "something_is_unresolved"
    category = Category.CONFLICT

    def __init__(self, subject_id: str) -> None:
        super().__init__(f"What became of {subject_id} is still unknown.", field="subject_id")


def is_open(subject: Subject) -> bool:
    """Tell whether an operator may say how it ended."""
    if isinstance(subject, Capture | DisputeResponse):
        return subject.is_unresolved
    if isinstance(subject, PaymentAttempt):
        return subject.is_open and subject.status is not AttemptStatus.AUTHORIZED
    return subject.is_open


def open_subjects(subjects: Sequence[Subject]) -> Iterator[Subject]:
    """Return everything whose end an operator may state."""
    return (subject for subject in subjects if is_open(subject))
