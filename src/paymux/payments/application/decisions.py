"""From what a call amounted to, to what is done next: the one table."""

from dataclasses import dataclass
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.ids import AttemptId, ConnectionId, DecisionId, Ids, PaymentId
from paymux.payments.application.overrides import given_outcome
from paymux.payments.domain.decision import Decision, DecisionEntry
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.plugins import Operation

_DECISION_OF: Final = {
    Outcome.NOT_SENT: Decision.FAIL_OVER,
    Outcome.NOT_PROCESSED: Decision.RETRY_SAME_KEY,
    Outcome.IN_PROGRESS: Decision.RETRY_SAME_KEY,
    Outcome.UNKNOWN: Decision.VERIFY,
    Outcome.DONE_ALREADY: Decision.CONVERGE,
    Outcome.DECLINED_SOFT: Decision.ASK_PAYER,
    Outcome.DECLINED_HARD: Decision.STOP,
    Outcome.NEEDS_PAYER: Decision.ASK_PAYER,
    Outcome.CREDENTIALS: Decision.FAIL_OVER,
    Outcome.REJECTED: Decision.STOP,
}

SILENT_ON_EARLIER_CALLS: Final = frozenset(
    {Outcome.NOT_SENT, Outcome.NOT_PROCESSED, Outcome.CREDENTIALS}
)
"""Outcomes of a repeated call that say nothing of what its first sending did."""


def decide(
    failure: Failure, *, replay: bool, elsewhere: bool, is_charge: bool = False
) -> Decision:
    """Return what is done next.

    `replay`: the call had been made before, so what this sending did not do, that one may have
    done. `elsewhere`: another connection could take the payment. `is_charge`: its payer is
    absent, so nobody can be asked for another method; one may be saved. When in doubt: VERIFY.
    """
    if replay and failure.outcome in SILENT_ON_EARLIER_CALLS:
        return Decision.VERIFY
    if failure.outcome is Outcome.NOT_PROCESSED and elsewhere:
        return Decision.FAIL_OVER
    if failure.outcome is Outcome.DECLINED_SOFT and is_charge:
        return Decision.FAIL_OVER if elsewhere else Decision.STOP
    return _DECISION_OF[failure.outcome]


def decide_in_place(failure: Failure, *, replay: bool) -> Decision:
    """Return what is done next after a call that can be made nowhere else.

    What was taken over one connection is captured, let go and given back over that one only.
    """
    decision = decide(failure, replay=replay, elsewhere=False)
    goes_on = decision in {Decision.FAIL_OVER, Decision.ASK_PAYER}
    return Decision.STOP if goes_on else decision


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMade:
    """Which call a decision is about; `subject_id`: the attempt, or what is of it."""

    payment_id: PaymentId
    attempt_id: AttemptId
    connection_id: ConnectionId
    subject_id: str
    operation: Operation


class DecisionDrafts:
    """Words decisions so that they can be kept."""

    def __init__(self, *, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def entry(
        self,
        call: CallMade,
        failure: Failure,
        decision: Decision,
        next_connection_id: ConnectionId | None = None,
    ) -> DecisionEntry:
        """Return the decision with what led to it."""
        now = self._clock.now()
        return DecisionEntry(
            id=DecisionId(self._ids.new("dec")),
            payment_id=call.payment_id,
            attempt_id=call.attempt_id,
            connection_id=call.connection_id,
            operation=call.operation,
            subject_id=call.subject_id,
            outcome=failure.outcome,
            decision=decision,
            reason_code=failure.code,
            made_at=now,
            last_made_at=now,
            next_connection_id=next_connection_id,
            given_outcome=given_outcome(failure),
        )

    def in_place(self, call: CallMade, failure: Failure, *, replay: bool) -> DecisionEntry:
        """Return what was decided after a call that can be made nowhere else."""
        return self.entry(call, failure, decide_in_place(failure, replay=replay))
