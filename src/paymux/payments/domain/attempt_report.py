"""Where an attempt may stand, and what is reported of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from paymux.kernel.money import Money


class AttemptStatus(StrEnum):
    """Where one try stands.

    `superseded`: the payer was sent elsewhere; it stays watched. `duplicate`: it took money
    that another attempt had taken already; that money is given back.
    """

    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    CANCELED = "canceled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"


LIVE: Final = frozenset(
    {
        AttemptStatus.IN_FLIGHT,
        AttemptStatus.UNKNOWN,
        AttemptStatus.PENDING,
        AttemptStatus.AUTHORIZED,
        AttemptStatus.SUCCEEDED,
    }
)
"""At most one attempt of a payment is in one of these (invariant 1)."""


OPEN: Final = LIVE - {AttemptStatus.SUCCEEDED}
"""Its end is still to come, so it has to be watched."""


UNRESOLVED: Final = frozenset({AttemptStatus.IN_FLIGHT, AttemptStatus.UNKNOWN})
"""We do not know yet whether the provider has it."""


SETTLED: Final = frozenset({AttemptStatus.AUTHORIZED, AttemptStatus.SUCCEEDED})
"""It has the payer's money, or the right to take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is now known of an attempt. None says nothing.

    `approved`: the payer agreed, and we are to take the money. `refused_round`: in this round
    we tried to take it and the provider would not; the payer has to agree once more.
    `is_held`: the money is held for us; what `amount` says beyond that was taken.
    `released`: held money was let go. `answered`: our own call was answered, or can be no more.
    `needs_payer`: the issuer wants the payer present.
    """

    status: AttemptStatus
    provider_reference: str | None = None
    payment_reference: str | None = None
    checkout_url: str | None = None
    checkout_expires_at: datetime | None = None
    amount: Money | None = None
    method: str | None = None
    reason_code: str | None = None
    reason_message: str | None = None
    approved: bool = False
    refused_round: int | None = None
    is_held: bool = False
    released: bool = False
    answered: bool = False
    needs_payer: bool = False


class Effect(StrEnum):
    """What a report changed."""

    APPLIED = "applied"
    REPEATED = "repeated"
    AMOUNT_MISMATCH = "amount_mismatch"
    SECOND_SUCCESS = "second_success"
