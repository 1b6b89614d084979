"""What payments shows to those who look on: pages of payments, one payment, and how it goes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.ids import PaymentId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


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
