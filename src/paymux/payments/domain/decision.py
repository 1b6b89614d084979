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

    `operation` and `outcome`: which call amounted to what. `reason_code`: the provider's code,
    else ours. `next_connection_id`: where the payment went on, when it failed over.
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
    next_connection_id: ConnectionId | None = None
