"""What payments needs from the rest of the world."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

import msgspec

from paymux.kernel.ids import AttemptId, ConnectionId, CustomerId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt import AttemptStatus, PaymentAttempt
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.timeline import TimelineEntry
from paymux.payments.ports.connectors import Connector, Payer
from paymux.payments.ports.events import PaymentEvent
from paymux.payments.ports.plugins import UsableConnection


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

    async def known_payer(self, scope: Scope, connection_id: ConnectionId, payer: Payer) -> Payer:
        """Make the payer a customer at the connection where that exists; repeatable.

        A provider that refuses or fails leaves the payer as it was: no payment waits for it.
        """
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


class Timeline(Protocol):
    """Every observation of a payment, repeats counted."""

    async def add(self, entry: TimelineEntry) -> None:
        """Store the entry; one that says the same as an earlier one raises its count."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[TimelineEntry]:
        """Return the entries, oldest first."""
        ...


class Events(Protocol):
    """Our own facts, for whoever wants to be told."""

    async def add(self, event: PaymentEvent) -> None:
        """Store the event; the same fact is stored once."""
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
    ) -> None:
        """Ask for `name` to be run about `subject_id`, not before `after` has passed."""
        ...


class UnitOfWork(Protocol):
    """One transaction; rolls back unless committed."""

    payments: Payments
    attempts: Attempts
    timeline: Timeline
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
