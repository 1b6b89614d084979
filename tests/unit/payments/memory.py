"""The outbound ports of payments in memory, with transactions that roll back."""

from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import (
    AttemptId,
    CaptureId,
    ConnectionId,
    CustomerId,
    DisputeId,
    DisputeResponseId,
    PaymentId,
    PaymentMethodId,
    RefundId,
)
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.decision import DecisionEntry
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.failover_policy import FailoverPolicy
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.payment_method import PaymentMethod
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.timeline import TimelineEntry
from paymux.payments.ports.books import (
    Attempts,
    Captures,
    Decisions,
    PaymentFilter,
    Payments,
    RefundFilter,
    Refunds,
    Timeline,
)
from paymux.payments.ports.connectors import Outcome, Payer
from paymux.payments.ports.dispute_books import DisputeFilter, DisputeResponses, Disputes
from paymux.payments.ports.events import (
    DisputeEvent,
    Fact,
    PaymentEvent,
    PaymentMethodEvent,
    RefundEvent,
)
from paymux.payments.ports.outbound import Events, Jobs
from paymux.payments.ports.payment_methods import PaymentMethodFilter, PaymentMethods
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
    refunds: dict[str, Refund] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)
    payment_methods: dict[str, PaymentMethod] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    dispute_responses: dict[str, DisputeResponse] = field(default_factory=dict)
    events: list[Fact] = field(default_factory=list)
    decisions: list[DecisionEntry] = field(default_factory=list)
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
        if which.needs_review:
            found = [one for one in found if one.review is not None]
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

    async def find_paid(
        self, connection_id: ConnectionId, payment_reference: str
    ) -> PaymentAttempt | None:
        mine = [copy(one) for one in self._rows.values() if one.connection_id == connection_id]
        return next((one for one in mine if one.payment_reference == payment_reference), None)

    async def _live(self, payment_id: PaymentId) -> bool:
        return any(one.is_live for one in await self.of_payment(payment_id))


class MemoryRefunds:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.refunds

    async def get(self, refund_id: RefundId) -> Refund:
        if refund_id not in self._rows:
            kind = "refund"
            raise ThingIsNotFound(kind, refund_id)
        return copy(self._rows[refund_id])

    async def add(self, refund: Refund) -> None:
        assert refund.id not in self._rows
        self._rows[refund.id] = copy(refund)

    async def save(self, refund: Refund) -> None:
        assert refund.id in self._rows
        self._rows[refund.id] = copy(refund)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        mine = [copy(one) for one in self._rows.values() if one.payment_id == payment_id]
        return sorted(mine, key=lambda one: one.id)

    async def list(self, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        assert page.cursor is None
        found = [one for one in self._rows.values() if which.status in {None, one.status}]
        return Page([copy(one) for one in reversed(found)][: page.limit])

    async def find(
        self,
        connection_id: ConnectionId,
        refund_id: RefundId | None,
        provider_reference: str,
    ) -> Refund | None:
        mine = [copy(one) for one in self._rows.values() if one.connection_id == connection_id]
        theirs = [one for one in mine if one.provider_reference == provider_reference]
        ours = [one for one in mine if one.id == refund_id]
        return next(iter([*theirs, *ours]), None)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        mine = [one for one in self._rows.values() if one.connection_id == connection_id]
        return any(one.is_open for one in mine)


class MemoryCaptures:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.captures

    async def get(self, capture_id: CaptureId) -> Capture:
        if capture_id not in self._rows:
            kind = "capture"
            raise ThingIsNotFound(kind, capture_id)
        return copy(self._rows[capture_id])

    async def add(self, capture: Capture) -> None:
        others = await self.of_payment(capture.payment_id)
        assert not any(one.is_unresolved for one in others)
        self._rows[capture.id] = copy(capture)

    async def save(self, capture: Capture) -> None:
        assert capture.id in self._rows
        self._rows[capture.id] = copy(capture)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Capture]:
        mine = [copy(one) for one in self._rows.values() if one.payment_id == payment_id]
        return sorted(mine, key=lambda one: one.id)


class MemoryDisputes:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.disputes

    async def get(self, dispute_id: DisputeId) -> Dispute:
        if dispute_id not in self._rows:
            kind = "dispute"
            raise ThingIsNotFound(kind, dispute_id)
        return copy(self._rows[dispute_id])

    async def add(self, dispute: Dispute) -> None:
        assert await self.find(dispute.connection_id, dispute.provider_reference) is None
        self._rows[dispute.id] = copy(dispute)

    async def save(self, dispute: Dispute) -> None:
        assert dispute.id in self._rows
        self._rows[dispute.id] = copy(dispute)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        mine = [copy(one) for one in self._rows.values() if one.payment_id == payment_id]
        return sorted(mine, key=lambda one: one.id)

    async def list(self, which: DisputeFilter, page: PageRequest) -> Page[Dispute]:
        assert page.cursor is None
        found = [one for one in self._rows.values() if which.status in {None, one.status}]
        return Page([copy(one) for one in reversed(found)][: page.limit])

    async def find(self, connection_id: ConnectionId, provider_reference: str) -> Dispute | None:
        mine = [copy(one) for one in self._rows.values() if one.connection_id == connection_id]
        return next((one for one in mine if one.provider_reference == provider_reference), None)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        mine = [one for one in self._rows.values() if one.connection_id == connection_id]
        return any(one.is_open for one in mine)


class MemoryDisputeResponses:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.dispute_responses

    async def get(self, response_id: DisputeResponseId) -> DisputeResponse:
        if response_id not in self._rows:
            kind = "response"
            raise ThingIsNotFound(kind, response_id)
        return copy(self._rows[response_id])

    async def add(self, response: DisputeResponse) -> None:
        others = [one for one in self._rows.values() if one.dispute_id == response.dispute_id]
        assert not any(one.is_unresolved for one in others)
        self._rows[response.id] = copy(response)

    async def save(self, response: DisputeResponse) -> None:
        assert response.id in self._rows
        self._rows[response.id] = copy(response)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DisputeResponse]:
        mine = [copy(one) for one in self._rows.values() if one.payment_id == payment_id]
        return sorted(mine, key=lambda one: one.id)


class MemoryTimeline:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.timeline

    async def add(self, entry: TimelineEntry) -> bool:
        known = {(one.attempt_id, one.fingerprint) for one in self._rows}
        is_new = (entry.attempt_id, entry.fingerprint) not in known
        if is_new:
            self._rows.append(entry)
        return is_new

    async def of_payment(self, payment_id: PaymentId) -> Sequence[TimelineEntry]:
        return [one for one in self._rows if one.payment_id == payment_id]


class MemoryDecisions:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.decisions

    async def add(self, entry: DecisionEntry) -> None:
        for number, one in enumerate(self._rows):
            if _said(one) == _said(entry):
                self._rows[number] = replace(one, times_made=one.times_made + 1)
                return
        self._rows.append(entry)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DecisionEntry]:
        return [one for one in self._rows if one.payment_id == payment_id]


def _said(entry: DecisionEntry) -> tuple[str, ...]:
    what = entry.subject_id, entry.operation, entry.outcome
    return *what, entry.decision, entry.reason_code


class MemoryEvents:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.events

    async def add(self, event: Fact) -> None:
        known = {(one.type, _subject_of(one)) for one in self._rows}
        if (event.type, _subject_of(event)) not in known:
            self._rows.append(event)


def _subject_of(event: Fact) -> str:
    match event:
        case RefundEvent():
            return event.refund_id
        case PaymentMethodEvent():
            return event.payment_method_id
        case DisputeEvent():
            return f"{event.dispute_id} {event.occasion}"
        case PaymentEvent():
            return event.payment_id


class MemoryPaymentMethods:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.payment_methods

    async def get(self, method_id: PaymentMethodId) -> PaymentMethod:
        if method_id not in self._rows:
            kind = "payment method"
            raise ThingIsNotFound(kind, method_id)
        return copy(self._rows[method_id])

    async def lock(self, method_id: PaymentMethodId) -> PaymentMethod:
        return await self.get(method_id)

    async def find(
        self, connection_id: ConnectionId, provider_reference: str
    ) -> PaymentMethod | None:
        found = [
            copy(one)
            for one in self._rows.values()
            if (one.connection_id, one.provider_reference) == (connection_id, provider_reference)
        ]
        found.sort(key=lambda one: one.id, reverse=True)
        return next(iter(sorted(found, key=lambda one: one.is_revoked)), None)

    async def add(self, method: PaymentMethod) -> None:
        known = await self.find(method.connection_id, method.provider_reference)
        assert known is None or known.is_revoked or method.is_revoked
        self._rows[method.id] = copy(method)

    async def save(self, method: PaymentMethod) -> None:
        assert method.id in self._rows
        self._rows[method.id] = copy(method)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[PaymentMethod]:
        mine = [copy(one) for one in self._rows.values() if one.customer_id == customer_id]
        kept = [one for one in mine if not one.is_revoked]
        return sorted(kept, key=lambda one: one.id, reverse=True)

    async def any_kept(self, connection_id: ConnectionId) -> bool:
        mine = [one for one in self._rows.values() if one.connection_id == connection_id]
        return any(not one.is_revoked for one in mine)

    async def list(self, which: PaymentMethodFilter, page: PageRequest) -> Page[PaymentMethod]:
        assert page.cursor is None
        found = [
            copy(one)
            for one in self._rows.values()
            if which.status in {None, one.status} and which.customer_id in {None, one.customer_id}
        ]
        return Page([*reversed(found)][: page.limit])


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
        once: bool = False,
    ) -> None:
        same = [(one.name, one.subject_id, one.detail) for one in self._rows]
        if not once or (name, subject_id, detail or {}) not in same:
            self._rows.append(PlannedJob(name, subject_id, after, detail or {}))


class MemoryUnitOfWork:
    """A copy of the tables that takes their place on commit."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._tables = deepcopy(store.of(scope))
        self.payments: Payments = MemoryPayments(self._tables)
        self.attempts: Attempts = MemoryAttempts(self._tables)
        self.refunds: Refunds = MemoryRefunds(self._tables)
        self.captures: Captures = MemoryCaptures(self._tables)
        self.payment_methods: PaymentMethods = MemoryPaymentMethods(self._tables)
        self.disputes: Disputes = MemoryDisputes(self._tables)
        self.dispute_responses: DisputeResponses = MemoryDisputeResponses(self._tables)
        self.timeline: Timeline = MemoryTimeline(self._tables)
        self.decisions: Decisions = MemoryDecisions(self._tables)
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


class MemoryBreakers:
    """Lets everything through but for what is in `open`."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.noted: list[tuple[str, Outcome | None]] = []

    def allows(self, connection_id: ConnectionId) -> bool:
        return connection_id not in self.open

    def is_open(self, connection_id: ConnectionId) -> bool:
        return connection_id in self.open

    def note(self, connection_id: ConnectionId, outcome: Outcome | None) -> None:
        self.noted.append((connection_id, outcome))


class MemoryPolicies:
    """One policy for everybody."""

    def __init__(self) -> None:
        self.policy = FailoverPolicy()

    async def get(self, scope: Scope) -> FailoverPolicy:  # noqa: ARG002
        return self.policy

    async def put(self, scope: Scope, policy: FailoverPolicy) -> None:  # noqa: ARG002
        self.policy = policy
