"""The outbound ports of payments in memory, with transactions that roll back."""

from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, CustomerId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.timeline import TimelineEntry
from paymux.payments.ports.connectors import Payer
from paymux.payments.ports.events import PaymentEvent
from paymux.payments.ports.outbound import (
    Attempts,
    Events,
    Jobs,
    PaymentFilter,
    Payments,
    Timeline,
)
from tests.unit.payments.attempts import NOW


class StoppedClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def go_on(self, wait: timedelta) -> None:
        self.time += wait


@dataclass(frozen=True)
class PlannedJob:
    name: str
    subject_id: str
    after: timedelta
    detail: Mapping[str, int]


@dataclass
class Tables:
    payments: dict[str, Payment] = field(default_factory=dict)
    attempts: dict[str, PaymentAttempt] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    events: list[PaymentEvent] = field(default_factory=list)
    jobs: list[PlannedJob] = field(default_factory=list)


@dataclass
class Store:
    """What is committed, per scope; `log` tells transactions and calls in their order."""

    committed: dict[Scope, Tables] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    open_transactions: int = 0

    def of(self, scope: Scope) -> Tables:
        return self.committed.setdefault(scope, Tables())

    def unit_of_work(self, scope: Scope) -> "MemoryUnitOfWork":
        return MemoryUnitOfWork(self, scope)

    def called(self, name: str) -> None:
        assert self.open_transactions == 0, f"{name} was called within a transaction"
        self.log.append(name)


class MemoryPayments:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.payments
        self._locked: set[str] = set()

    async def add(self, payment: Payment) -> None:
        self._rows[payment.id] = copy(payment)

    async def get(self, payment_id: PaymentId) -> Payment:
        if payment_id not in self._rows:
            kind = "payment"
            raise ThingIsNotFound(kind, payment_id)
        return copy(self._rows[payment_id])

    async def lock(self, payment_id: PaymentId) -> Payment:
        self._locked.add(payment_id)
        return await self.get(payment_id)

    async def save(self, payment: Payment) -> None:
        assert payment.id in self._locked
        self._rows[payment.id] = copy(payment)

    async def list(self, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        assert page.cursor is None
        found = [one for one in self._rows.values() if which.status in {None, one.status}]
        return Page([copy(one) for one in reversed(found)][: page.limit])


class MemoryAttempts:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.attempts

    async def add(self, attempt: PaymentAttempt) -> None:
        assert not (attempt.is_live and await self._live(attempt.payment_id))
        self._rows[attempt.id] = copy(attempt)

    async def save(self, attempt: PaymentAttempt) -> None:
        assert attempt.id in self._rows
        self._rows[attempt.id] = copy(attempt)

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        if attempt_id not in self._rows:
            kind = "attempt"
            raise ThingIsNotFound(kind, attempt_id)
        return copy(self._rows[attempt_id])

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        mine = [copy(one) for one in self._rows.values() if one.payment_id == payment_id]
        return sorted(mine, key=lambda one: one.id)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        return any(
            one.is_open for one in self._rows.values() if one.connection_id == connection_id
        )

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        mine = [copy(one) for one in self._rows.values() if one.connection_id == connection_id]
        ours = [one for one in mine if one.id == attempt_id]
        theirs = [one for one in mine if one.provider_reference == (provider_reference or "")]
        return next(iter([*ours, *theirs]), None)

    async def _live(self, payment_id: PaymentId) -> bool:
        return any(one.is_live for one in await self.of_payment(payment_id))


class MemoryTimeline:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.timeline

    async def add(self, entry: TimelineEntry) -> None:
        if entry.fingerprint not in {one.fingerprint for one in self._rows}:
            self._rows.append(entry)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[TimelineEntry]:
        return [one for one in self._rows if one.payment_id == payment_id]


class MemoryEvents:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.events

    async def add(self, event: PaymentEvent) -> None:
        known = {(one.type, one.payment_id) for one in self._rows}
        if (event.type, event.payment_id) not in known:
            self._rows.append(event)


class MemoryJobs:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.jobs

    async def enqueue(
        self,
        name: str,
        subject_id: str,
        *,
        after: timedelta = timedelta(0),
        detail: Mapping[str, int] | None = None,
    ) -> None:
        self._rows.append(PlannedJob(name, subject_id, after, detail or {}))


class MemoryUnitOfWork:
    """A copy of the tables that takes their place on commit."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._tables = deepcopy(store.of(scope))
        self.payments: Payments = MemoryPayments(self._tables)
        self.attempts: Attempts = MemoryAttempts(self._tables)
        self.timeline: Timeline = MemoryTimeline(self._tables)
        self.events: Events = MemoryEvents(self._tables)
        self.jobs: Jobs = MemoryJobs(self._tables)

    async def __aenter__(self) -> Self:
        self._store.open_transactions += 1
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.open_transactions -= 1

    async def commit(self) -> None:
        self._store.committed[self._scope] = deepcopy(self._tables)
        self._store.log.append("commit")


class MemoryPayers:
    def __init__(self) -> None:
        self.known: dict[str, Payer] = {}

    async def find(self, scope: Scope, customer_id: CustomerId) -> Payer:  # noqa: ARG002
        if customer_id not in self.known:
            kind = "customer"
            raise ThingIsNotFound(kind, customer_id)
        return self.known[customer_id]


class MemoryLinks:
    """Finds a payment by its token, whoever's it is."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, token: str) -> tuple[Scope, PaymentId] | None:
        for scope, tables in self._store.committed.items():
            for payment in tables.payments.values():
                if payment.link.token == token:
                    return scope, payment.id
        return None
