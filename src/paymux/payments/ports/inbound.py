"""What other contexts may ask of payments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.ids import ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
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


class PaymentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments to show; None does not filter. `needs_review`: only those with a review."""

    status: str | None = None
    customer_id: str | None = None
    connection_id: str | None = None
    reference: str | None = None
    needs_review: bool = False


class PaymentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as one line of a list."""

    id: str
    status: str
    amount: Money
    description: str
    reference: str | None
    customer_id: str | None
    review: str | None
    created_at: datetime


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try over one connection, perhaps a charge of the saved `payment_method_id`.

    `advice`: what the merchant can do about it.
    """

    id: str
    connection_id: str
    provider: str
    status: str
    payment_method_id: str | None
    provider_reference: str | None
    payment_reference: str | None
    method: str | None
    reason_code: str | None
    reason_message: str | None
    checkout_expires_at: datetime | None
    created_at: datetime
    advice: str | None = None


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back, or on its way. `advice`: what the merchant can do about it."""

    id: str
    status: str
    amount: Money
    cause: str
    reason: str | None
    provider_reference: str | None
    reason_code: str | None
    reason_message: str | None
    created_at: datetime
    advice: str | None = None


class DisputeView(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer contests. `response`: where our last answer to it stands, if there is one."""

    id: str
    status: str
    stage: str
    amount: Money
    reason: str
    reason_code: str | None
    provider_reference: str
    evidence_due_at: datetime | None
    response: str | None
    created_at: datetime


class TimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """One observation: who said what, when, and what it changed.

    `refund_id`, `dispute_id`: of what, if it was not of the attempt itself.

    `actor`: the key of the person who said it, if a person did.
    """

    attempt_id: str | None
    refund_id: str | None
    payment_method_id: str | None
    dispute_id: str | None
    source: str
    status: str
    effect: str
    amount: Money | None
    provider_reference: str | None
    payment_reference: str | None
    reason_code: str | None
    reason_message: str | None
    times_seen: int
    occurred_at: datetime | None
    recorded_at: datetime
    last_seen_at: datetime | None
    actor: str | None = None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with all that was tried and all that was heard. `can_cancel`: it is still open."""

    id: str
    status: str
    amount: Money
    amount_captured: Money
    amount_refunded: Money
    description: str
    link_token: str
    reference: str | None
    customer_id: str | None
    connection_id: str | None
    review: str | None
    can_cancel: bool
    metadata: Mapping[str, str]
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    attempts: Sequence[AttemptView]
    refunds: Sequence[RefundView]
    disputes: Sequence[DisputeView]
    timeline: Sequence[TimelineView]


@runtime_checkable
class ShowsPayments(Protocol):
    """Shows a tenant's payments to people, who may cancel them."""

    def statuses(self) -> Sequence[str]:
        """Return every status a payment can have."""
        ...

    async def page(
        self, scope: Scope, query: PaymentQuery, page: PageRequest
    ) -> Page[PaymentSummary]:
        """Return payments, newest first; raises InputIsInvalid for a status there is not."""
        ...

    async def show(self, scope: Scope, payment_id: PaymentId) -> PaymentView:
        """Return one payment; raises ThingIsNotFound."""
        ...

    async def cancel(self, scope: Scope, payment_id: PaymentId) -> None:
        """Close the payment so that nobody can pay it; raises a refusal when that is too late."""
        ...


class Period(StrEnum):
    """How far an overview looks back."""

    DAY = "24h"
    WEEK = "7d"


class PaymentsInTime(msgspec.Struct, frozen=True):
    """How many of the payments created from `starts_at` on now have which status."""

    starts_at: datetime
    by_status: Mapping[str, int]


class ConnectionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the attempts over one connection."""

    connection_id: str
    succeeded: int
    ended_otherwise: int
    open: int


class PaymentsOverview(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a period. `steps`: equal stretches of it, oldest first, without gaps."""

    since: datetime
    by_status: Mapping[str, int]
    steps: Sequence[PaymentsInTime]
    connections: Sequence[ConnectionRecord]
    to_review: int


@runtime_checkable
class SurveysPayments(Protocol):
    """Counts a tenant's payments."""

    async def survey(self, scope: Scope, period: Period) -> PaymentsOverview:
        """Count the payments and attempts made in the period that ends now."""
        ...
