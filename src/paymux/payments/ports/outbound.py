"""What payments needs from the rest of the world."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

import msgspec

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId
from paymux.kernel.scope import Scope
from paymux.kernel.work import AtomicWork
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.failover_policy import FailoverPolicy
from paymux.payments.domain.payment import PaymentStatus
from paymux.payments.ports.books import Attempts, Captures, Decisions, Payments, Refunds, Timeline
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


class Events(Protocol):
    """Our own facts, for whoever wants to be told."""

    async def add(self, event: Fact) -> None:
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
        once: bool = ...,
    ) -> None:
        """Ask for `name` to be run about `subject_id`, not before `after` has passed.

        `once`: but not if the very same job, detail and all, waits or runs already.
        """
        ...


class UnitOfWork(AtomicWork, Protocol):
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
