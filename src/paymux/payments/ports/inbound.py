"""What other contexts may ask of payments."""

from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Observation


class ObservationSource(StrEnum):
    """Through which door an observation came."""

    RETURN_URL = "return_url"
    WEBHOOK = "webhook"
    POLL = "poll"


class Observed(StrEnum):
    """What became of an observation."""

    APPLIED = "applied"
    REPEATED = "repeated"
    AMOUNT_MISMATCH = "amount_mismatch"
    SECOND_SUCCESS = "second_success"
    SUBJECT_UNKNOWN = "subject_unknown"


class ObservesPayments(Protocol):
    """Takes in what providers report."""

    async def observe(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        observation: Observation,
        source: ObservationSource,
    ) -> Observed:
        """Apply a report to the attempt of this connection; any order, any repetition.

        SUBJECT_UNKNOWN when the connection has no such attempt, or not yet.
        """
        ...


class KnowsOpenAttempts(Protocol):
    """Tells what would be lost with a connection."""

    async def has_open_attempts(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        ...


class PayerView(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer may know of a payment. `checkout_url`: where to pay, while that is possible."""

    status: str
    amount: Money
    description: str
    checkout_url: str | None
    return_url: str | None
    cancel_url: str | None


@runtime_checkable
class OpensPaymentLinks(Protocol):
    """Serves the payer's pages."""

    async def open(self, token: str) -> PayerView | None:
        """Say where the payer goes now; None for an unknown token."""
        ...

    async def returned(self, token: str) -> PayerView | None:
        """Learn from the provider how it went, now that the payer is back from its page."""
        ...
