"""What we do next after a call that did not simply succeed, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from paymux.kernel.ids import AttemptId, ConnectionId, DecisionId, PaymentId


class Decision(StrEnum):
    """The next step (architecture, section 5)."""

    FAIL_OVER = "fail_over"
    RETRY_SAME_KEY = "retry_same_key"
    VERIFY = "verify"
    CONVERGE = "converge"
    ASK_PAYER = "ask_payer"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEntry:
    """One decision as it is kept.

    `operation` and `outcome`: which call amounted to what. `subject_id`: what the call was
    about: the attempt itself, or what is of it. `reason_code`: the provider's code,
    else ours. `given_outcome`: what the provider's package made of the code, where the tenant
    reads it otherwise. `next_connection_id`: where the payment went on, when it failed over.
    `times_made`: how often the same was decided of the same, last at `last_made_at`.
    """

    id: DecisionId
    payment_id: PaymentId
    attempt_id: AttemptId
    connection_id: ConnectionId
    operation: str
    outcome: str
    decision: Decision
    reason_code: str
    made_at: datetime
    last_made_at: datetime
    subject_id: str
    next_connection_id: ConnectionId | None = None
    times_made: int = 1
    given_outcome: str | None = None
