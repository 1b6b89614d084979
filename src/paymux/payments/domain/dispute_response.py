"""The merchant's answer to a dispute: give in, or hand in evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import DisputeId, DisputeResponseId
from paymux.kernel.money import Money
from paymux.payments.domain.dispute import (
    Dispute,
    DisputeAction,
    DisputeNews,
    DisputeStage,
    DisputeStatus,
)
from paymux.payments.domain.keyed_call import CallStatus, KeyedCall


class ResponseKind(StrEnum):
    """What is done about the dispute."""

    ACCEPT = "accept"
    EVIDENCE = "evidence"


_ACTION_OF: Final = {
    ResponseKind.ACCEPT: DisputeAction.ACCEPT,
    ResponseKind.EVIDENCE: DisputeAction.SUBMIT_EVIDENCE,
}
_OVERTAKEN: Final = "overtaken"
_WENT_ON: Final = "The dispute went on before it was known whether this had arrived."


class DisputeIsOver(PaymuxError):
    """The dispute has ended; nothing can be said about it any more.

    Get the dispute: its `status` says how it ended.
    """

    code = "dispute_over"
    category = Category.CONFLICT

    def __init__(self, status: DisputeStatus) -> None:
        super().__init__(f"The dispute has ended: {status}.")


class DisputeDeadlineHasPassed(PaymuxError):
    """The provider takes no response any more and will decide without one.

    Answer before `evidence_due_at`; `GET /v1/disputes?due_before=…` lists what is due.
    """

    code = "dispute_deadline_passed"
    category = Category.CONFLICT

    def __init__(self, due: datetime) -> None:
        super().__init__(f"The response was due at {due.isoformat(timespec='seconds')}.")


class DisputeActionIsNotOffered(PaymuxError):
    """The provider does not take this response to the dispute now.

    `actions` of the dispute lists what it takes. While it is `under_review` there is nothing to
    do but wait; what `actions` never offers has to be done in the provider's dashboard.
    """

    code = "dispute_action_not_offered"
    category = Category.CONFLICT

    def __init__(self, action: DisputeAction, status: DisputeStatus) -> None:
        what = action.replace("_", " ")
        super().__init__(f"The provider does not offer to {what} now: the dispute is {status}.")


class DisputeResponseIsUnderWay(PaymuxError):
    """What became of the response before is not known yet.

    Try again shortly. Paymux goes on asking the provider by itself.
    """

    code = "dispute_response_under_way"
    category = Category.CONFLICT
    passes = True

    def __init__(self) -> None:
        super().__init__("A response to this dispute is still under way; try again shortly.")


@dataclass(slots=True, eq=False, kw_only=True)
class DisputeResponse(KeyedCall):
    """One call about a dispute.

    `stage`, `evidence_due_at` and `was_under_review`: what the dispute was when it was made.
    """

    id: DisputeResponseId
    dispute_id: DisputeId
    kind: ResponseKind
    amount: Money
    stage: DisputeStage
    evidence_due_at: datetime | None
    was_under_review: bool

    def follow(self, dispute: Dispute) -> bool:
        """Conclude from what is known of the dispute; tell whether that is news.

        At most one response is unresolved, so what moved meanwhile is its doing. What was
        concluded from the dispute having gone on gives way to news of an earlier review.
        """
        if not self.is_unresolved and self.reason_code != _OVERTAKEN:
            return False
        if self._is_done(dispute):
            return self.conclude(CallStatus.SUCCEEDED)
        if not dispute.is_open or self._is_past(dispute.current):
            return self.conclude(CallStatus.REJECTED, _OVERTAKEN, _WENT_ON)
        return False

    def _is_done(self, dispute: Dispute) -> bool:
        if self.kind is ResponseKind.ACCEPT:
            return dispute.status is DisputeStatus.LOST
        review = dispute.review
        is_answer = review is not None and self._is_reviewed_by(review)
        return is_answer or dispute.status is DisputeStatus.WON

    def _is_reviewed_by(self, review: DisputeNews) -> bool:
        if self.was_under_review or review.stage is not self.stage:
            return False
        if review.at is not None:
            return review.at >= self.created_at.replace(microsecond=0)
        return review.evidence_due_at is not None and (
            review.evidence_due_at == self.evidence_due_at
        )

    def _is_past(self, now: DisputeNews) -> bool:
        """Tell whether the provider has come to another demand since."""
        if now.stage is not self.stage:
            return True
        mine, theirs = self.evidence_due_at, now.evidence_due_at
        return mine is not None and theirs is not None and theirs > mine


def refuse_unless_offered(
    dispute: Dispute, responses: Sequence[DisputeResponse], kind: ResponseKind, now: datetime
) -> None:
    """Raise unless the provider takes such a response now and none is under way."""
    if any(one.is_unresolved for one in responses):
        raise DisputeResponseIsUnderWay
    known = dispute.current
    if not known.is_open:
        raise DisputeIsOver(known.status)
    if dispute.needs_response and known.evidence_due_at and now >= known.evidence_due_at:
        raise DisputeDeadlineHasPassed(known.evidence_due_at)
    action = _ACTION_OF[kind]
    if action not in known.actions:
        raise DisputeActionIsNotOffered(action, known.status)
