"""A call that is stored with its key before its provider hears of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId


class CallStatus(StrEnum):
    """Where one call stands."""

    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    SUCCEEDED = "succeeded"


UNRESOLVED: Final = frozenset({CallStatus.IN_FLIGHT, CallStatus.UNKNOWN})
"""The provider may have done it. At most one call about one thing is in one of these."""

QUIET: Final = timedelta(minutes=15)
"""How long after our last possible call nothing of it can arrive at the provider any more."""

_RANK: Final = {status: rank for rank, status in enumerate(CallStatus)}


@dataclass(slots=True, eq=False, kw_only=True)
class KeyedCall:
    """One call about an attempt's money. Owns its idempotency key.

    `request`: the call exactly as first sent. `replay_until`: how long that call can be repeated
    without being carried out twice.
    """

    payment_id: PaymentId
    attempt_id: AttemptId
    connection_id: ConnectionId
    idempotency_key: str
    request: bytes
    created_at: datetime
    replay_until: datetime
    status: CallStatus = CallStatus.IN_FLIGHT
    reason_code: str | None = None
    reason_message: str | None = None

    @property
    def is_unresolved(self) -> bool:
        """Whether the provider may have done it without our knowing."""
        return self.status in UNRESOLVED

    def absence_proves(self, now: datetime) -> bool:
        """Tell whether things that are as they were prove by now that no call arrived."""
        return now >= self.replay_until + QUIET

    def conclude(
        self, status: CallStatus, code: str | None = None, message: str | None = None
    ) -> bool:
        """Climb to a status; tell whether that is news. Nothing leads back down."""
        if _RANK[status] <= _RANK[self.status]:
            return False
        self.status, self.reason_code, self.reason_message = status, code, message
        return True
