"""From what a call amounted to, to what is done next: the one table."""

from typing import Final

from paymux.payments.domain.decision import Decision
from paymux.payments.ports.connectors import Failure, Outcome

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


def decide(failure: Failure, *, replay: bool, elsewhere: bool) -> Decision:
    """Return what is done next.

    `replay`: the call had been made before, so what this sending did not do, that one may have
    done. `elsewhere`: another connection could take the payment. When in doubt: VERIFY.
    """
    if replay and failure.outcome in SILENT_ON_EARLIER_CALLS:
        return Decision.VERIFY
    if failure.outcome is Outcome.NOT_PROCESSED and elsewhere:
        return Decision.FAIL_OVER
    return _DECISION_OF[failure.outcome]
