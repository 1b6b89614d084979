"""What other contexts may ask of payments."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Observation, RefundReport, SavedMethod
from paymux.payments.ports.disputes import DisputeReport


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


class ObservesRefunds(Protocol):
    """Takes in what providers report of refunds."""

    async def observe_refund(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: RefundReport,
        source: ObservationSource,
    ) -> Observed:
        """Apply a report to the refund of this connection; any order, any repetition.

        A refund that was made at the provider itself is recorded. SUBJECT_UNKNOWN when the
        connection has no payment of that reference, or not yet.
        """
        ...


class ObservesSavedMethods(Protocol):
    """Takes in what providers report of saved methods."""

    async def observe_saved_method(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: SavedMethod,
        source: ObservationSource,
    ) -> Observed:
        """Apply a report to the saved method of this connection; any order, any repetition.

        SUBJECT_UNKNOWN when nothing of ours saved it, or not yet.
        """
        ...


class ObservesDisputes(Protocol):
    """Takes in what providers report of disputes."""

    async def observe_dispute(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: DisputeReport,
        source: ObservationSource,
    ) -> Observed:
        """Apply a report to the dispute of this connection; any order, any repetition.

        A dispute that was not known is recorded. SUBJECT_UNKNOWN when the connection has no
        payment of that reference, or not yet.
        """
        ...


class KnowsSavedMethods(Protocol):
    """Tells which customers could be charged no more without a connection."""

    async def has_methods(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether the connection keeps methods that nobody has revoked."""
        ...


class KnowsOpenAttempts(Protocol):
    """Tells what would be lost with a connection."""

    async def has_open_attempts(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        ...


class PayerChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One way to pay, for the payer to choose."""

    connection_id: str
    name: str


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer is asked to agree to. `max_charge`: the most one later charge may take."""

    words: str
    max_charge: Money | None = None


class PayerView(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer may know of a payment.

    `checkout_url`: where to pay, while that is possible. `choices`: the ways to pay, when the
    tenant lets the payer choose. `advice`: what the payer can do after a try that did not go
    well; our words, never the provider's. `consent`: what the payer has to agree to before they
    pay.
    """

    status: str
    amount: Money
    description: str
    checkout_url: str | None
    return_url: str | None
    cancel_url: str | None
    choices: Sequence[PayerChoice] = ()
    advice: str | None = None
    consent: Consent | None = None


@runtime_checkable
class OpensPaymentLinks(Protocol):
    """Serves the payer's pages."""

    async def open(self, token: str) -> PayerView | None:
        """Say where the payer goes now; None for an unknown token."""
        ...

    async def agree(self, token: str) -> PayerView | None:
        """Note that the payer agrees that their method is saved, and go on as `open` does."""
        ...

    async def choose(self, token: str, connection_id: str) -> PayerView | None:
        """Open a page over the connection the payer chose, in place of the one before."""
        ...

    async def returned(self, token: str) -> PayerView | None:
        """Learn from the provider how it went, now that the payer is back from its page."""
        ...
