"""What payments needs from the rest of the world."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

import msgspec

from paymux.kernel.ids import (
    AttemptId,
    CaptureId,
    ConnectionId,
    CustomerId,
    PaymentId,
    RefundId,
)
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt import AttemptStatus, PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.decision import DecisionEntry
from paymux.payments.domain.failover_policy import FailoverPolicy
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.refund import Refund, RefundStatus
from paymux.payments.domain.timeline import TimelineEntry
from paymux.payments.ports.connectors import Connector, Failure, Outcome, Payer
from paymux.payments.ports.dispute_books import DisputeResponses, Disputes
from paymux.payments.ports.events import Fact
from paymux.payments.ports.payment_methods import PaymentMethods
from paymux.payments.ports.plugins import Capabilities, UsableConnection


class Connections(Protocol):
    """The tenant's connections, as payments needs them."""

    async def usable(self, scope: Scope) -> Sequence[UsableConnection]:
        """Return the enabled connections, highest priority first."""
        ...

    async def connector(self, scope: Scope, connection_id: ConnectionId) -> Connector:
        """Return the connector of a connection, disabled ones included.

        Raises ThingIsNotFound when the connection is gone.
        """
        ...

    async def provider(self, scope: Scope, connection_id: ConnectionId) -> str:
        """Return the slug of a connection's provider, disabled connections included.

        Raises ThingIsNotFound when the connection is gone.
        """
        ...

    async def capabilities(self, scope: Scope, connection_id: ConnectionId) -> Capabilities:
        """Say what the provider of a connection can do, disabled connections included.

        Raises ThingIsNotFound when the connection is gone.
        """
        ...

    async def known_payer(self, scope: Scope, connection_id: ConnectionId, payer: Payer) -> Payer:
        """Make the payer a customer at the connection where that exists; repeatable.

        A provider that refuses or fails leaves the payer as it was: no payment waits for it.
        """
        ...


class Breakers(Protocol):
    """Which connections are not worth a call just now."""

    def allows(self, connection_id: ConnectionId) -> bool:
        """Tell whether to call; once in a while one call is let through to see."""
        ...

    def is_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether no call is worth planning; lets none through."""
        ...

    def note(self, connection_id: ConnectionId, outcome: Outcome | None) -> None:
        """Take in how a call went; None is success."""
        ...


class ConnectionHealth(Protocol):
    """Who wants to know whether providers accept the connections' credentials."""

    async def refused(self, scope: Scope, connection_id: ConnectionId, failure: Failure) -> None:
        """Note that the credentials were refused: a person has to see to it. Repeatable."""
        ...

    async def accepted(self, scope: Scope, connection_id: ConnectionId) -> None:
        """Note that a call went well; cheap when it did before."""
        ...


class FailoverPolicies(Protocol):
    """How far each tenant wants us to go."""

    async def get(self, scope: Scope) -> FailoverPolicy:
        """Return the tenant's policy, or the default; a second old at most."""
        ...

    async def put(self, scope: Scope, policy: FailoverPolicy) -> None:
        """Store the policy in place of the one before."""
        ...


class Payers(Protocol):
    """Who pays: the tenant's customers."""

    async def find(self, scope: Scope, customer_id: CustomerId) -> Payer:
        """Return the customer as a payer; raises ThingIsNotFound."""
        ...


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments to list; None does not filter."""

    status: PaymentStatus | None = None
    customer_id: CustomerId | None = None
    reference: str | None = None
    connection_id: ConnectionId | None = None
    needs_review: bool = False


class Payments(Protocol):
    """Payments with their link, in one scope."""

    async def add(self, payment: Payment) -> None:
        """Store a new payment; raises ReferenceIsTaken for a reference used before."""
        ...

    async def get(self, payment_id: PaymentId) -> Payment:
        """Return the payment; raises ThingIsNotFound."""
        ...

    async def lock(self, payment_id: PaymentId) -> Payment:
        """Return the payment with its row locked until the transaction ends."""
        ...

    async def save(self, payment: Payment) -> None:
        """Store the changes of a locked payment."""
        ...

    async def list(self, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        """Return payments, newest first."""
        ...


class Attempts(Protocol):
    """Attempts, in one scope."""

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Return the attempt; raises ThingIsNotFound."""
        ...

    async def add(self, attempt: PaymentAttempt) -> None:
        """Store a new attempt; the database refuses a second live one of the same payment."""
        ...

    async def save(self, attempt: PaymentAttempt) -> None:
        """Store the changes of an attempt whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        """Return the attempts of a payment, oldest first."""
        ...

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether an attempt of this connection is live and not settled."""
        ...

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        """Find the attempt of this connection by our id, else by the provider's reference."""
        ...

    async def find_paid(
        self, connection_id: ConnectionId, payment_reference: str
    ) -> PaymentAttempt | None:
        """Find the attempt of this connection through which that movement of money went.

        Also one of several movements of one attempt, if it was ever reported as taken.
        """
        ...


class RefundFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which refunds to list; None does not filter."""

    payment_id: PaymentId | None = None
    status: RefundStatus | None = None


class Refunds(Protocol):
    """Refunds, in one scope."""

    async def get(self, refund_id: RefundId) -> Refund:
        """Return the refund; raises ThingIsNotFound."""
        ...

    async def add(self, refund: Refund) -> None:
        """Store a new refund of a locked payment."""
        ...

    async def save(self, refund: Refund) -> None:
        """Store the changes of a refund whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Return the refunds of a payment, oldest first."""
        ...

    async def list(self, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        """Return refunds, newest first."""
        ...

    async def find(
        self,
        connection_id: ConnectionId,
        refund_id: RefundId | None,
        provider_reference: str,
    ) -> Refund | None:
        """Find the refund of this connection by the provider's reference, else by our id."""
        ...

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether a refund over this connection has not come to its end."""
        ...


class Timeline(Protocol):
    """Every observation of a payment, repeats counted."""

    async def add(self, entry: TimelineEntry) -> bool:
        """Store the entry and tell that it is new; one said before only raises its count."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[TimelineEntry]:
        """Return the entries, oldest first."""
        ...


class Decisions(Protocol):
    """What was decided after calls that did not simply succeed."""

    async def add(self, entry: DecisionEntry) -> None:
        """Store the decision; one that was made before only raises its count."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DecisionEntry]:
        """Return the decisions, oldest first."""
        ...


class Events(Protocol):
    """Our own facts, for whoever wants to be told."""

    async def add(self, event: Fact) -> None:
        """Store the event; the same fact is stored once."""
        ...


class Captures(Protocol):
    """Captures and voids, in one scope."""

    async def get(self, capture_id: CaptureId) -> Capture:
        """Return the capture or void; raises ThingIsNotFound."""
        ...

    async def add(self, capture: Capture) -> None:
        """Store a new one of a locked payment; the database refuses a second unresolved one."""
        ...

    async def save(self, capture: Capture) -> None:
        """Store the changes of one whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Capture]:
        """Return the captures and voids of a payment, oldest first."""
        ...


class Jobs(Protocol):
    """Work to be done after the transaction, if it commits."""

    async def enqueue(
        self,
        name: str,
        subject_id: str,
        *,
        after: timedelta = ...,
        detail: Mapping[str, int] = ...,
        once: bool = ...,
    ) -> None:
        """Ask for `name` to be run about `subject_id`, not before `after` has passed.

        `once`: but not if the very same job, detail and all, waits or runs already.
        """
        ...


class UnitOfWork(Protocol):
    """One transaction; rolls back unless committed."""

    payments: Payments
    attempts: Attempts
    timeline: Timeline
    refunds: Refunds
    decisions: Decisions
    captures: Captures
    payment_methods: PaymentMethods
    disputes: Disputes
    dispute_responses: DisputeResponses
    events: Events
    jobs: Jobs

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Make everything durable, or nothing."""
        ...


UnitsOfWork = Callable[[Scope], UnitOfWork]


class PaymentCount(msgspec.Struct, frozen=True):
    """How many payments made in the step that begins then now have a status."""

    starts_at: datetime
    status: PaymentStatus
    count: int


class AttemptCount(msgspec.Struct, frozen=True):
    """How many attempts over a connection now have a status."""

    connection_id: ConnectionId
    status: AttemptStatus
    count: int


class CountsPayments(Protocol):
    """Counts what one scope has, in one read."""

    async def payments(self, since: datetime, step: timedelta) -> Sequence[PaymentCount]:
        """Count payments made since then by status and by the step they were made in."""
        ...

    async def attempts(self, since: datetime) -> Sequence[AttemptCount]:
        """Count attempts made since then by status and connection."""
        ...

    async def to_review(self) -> int:
        """Count the payments that a person has to look at, whenever they were made."""
        ...


class OverviewUnitOfWork(Protocol):
    """One read over everything an overview counts."""

    counts: CountsPayments

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


OverviewUnitsOfWork = Callable[[Scope], OverviewUnitOfWork]


class LinkDirectory(Protocol):
    """Finds a payment before the tenant is known."""

    async def find(self, token: str) -> tuple[Scope, PaymentId] | None:
        """Return whose payment a link token opens."""
        ...
