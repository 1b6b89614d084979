"""Events that never reached us are listed at the provider and put into the inbox, once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import pytest

from paymux.integrations.adapters.event_lists import ConnectorEventLists
from paymux.integrations.adapters.missed_disputes import ConnectorDisputes
from paymux.integrations.adapters.registry import ConnectorRegistry, Registered
from paymux.integrations.application.missed_events import RECOVER, MissedEvents, RecoveryReport
from paymux.integrations.domain.connection import Sealed
from paymux.integrations.domain.event_recovery import OVERLAP, EventRecovery
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.integrations.ports.inbox import Jobs
from paymux.integrations.ports.recovery import EventRecoveries, KnowsEvents
from paymux.kernel.errors import PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, TimeSortedIds
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Connector, Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
    EvidenceRequest,
)
from paymux.payments.ports.event_lists import EventPage, ListedEvent
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.webhooks import VerifiedWebhook
from tests.unit.integrations.inbox.memory import CONNECTION, NOW, SCOPE, Deaf, MemoryJobs

EVERY = timedelta(minutes=15)
LIMITED = Failure(outcome=Outcome.NOT_PROCESSED, code="rate_limited", message="Slow down.")


class _Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class Keeps:
    """A provider that keeps events and gives two on a page, newest first."""

    def __init__(self, *events: tuple[str, datetime]) -> None:
        self.events = list(events)
        self.asked: list[tuple[datetime, datetime, str | None]] = []
        self.failures: list[Failure | Exception] = []

    async def list_events(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        self.asked.append((since, until, cursor))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        found = [one for one in reversed(self.events) if since <= one[1] <= until]
        begin = int(cursor or 0)
        rest = found[begin + 2 :]
        page = [_listed(one[0]) for one in found[begin : begin + 2]]
        return EventPage(events=page, next_cursor=str(begin + 2) if rest else None)

    async def close(self) -> None: ...


def _listed(event_id: str) -> ListedEvent:
    identity = VerifiedWebhook(
        event_id=event_id, event_type="paid", fallback_identity=f"print of {event_id}"
    )
    return ListedEvent(identity=identity, body=event_id.encode())


class _Registry(ConnectorRegistry):
    def __init__(self, connector: Connector | PaymuxError) -> None:
        self.one = connector

    async def get(
        self, scope: Scope, connection_id: ConnectionId, max_age: float = 1.0
    ) -> Registered:
        assert (scope, connection_id) == (SCOPE, CONNECTION)
        assert max_age
        if isinstance(self.one, PaymuxError):
            raise self.one
        return Registered("acme", Sealed("v1", b"x"), self.one, 0.0)


@dataclass
class _Books:
    recovery: EventRecovery | None
    inbox: list[ProviderEvent] = field(default_factory=list)
    jobs: list[tuple[str, str]] = field(default_factory=list)

    async def put(self, scope: Scope, event: ProviderEvent) -> None:
        assert scope == SCOPE
        self.inbox.append(event)

    async def due(
        self, now: datetime, first_after: timedelta, limit: int
    ) -> Sequence[tuple[Scope, ConnectionId]]:
        assert (first_after, limit) == (EVERY, 100)
        assert now
        return [(SCOPE, CONNECTION)]

    async def lock(self, connection_id: ConnectionId) -> EventRecovery:
        if self.recovery is None:
            kind = "connection"
            raise ThingIsNotFound(kind, connection_id)
        return self.recovery

    async def save(self, recovery: EventRecovery) -> None:
        self.recovery = recovery

    async def known(
        self, connection_id: ConnectionId, event_ids: Collection[str]
    ) -> Collection[str]:
        assert connection_id == CONNECTION
        return {one.event_id for one in self.inbox} & {*event_ids}


class _Work:
    def __init__(self, books: _Books) -> None:
        self._books = books
        self._jobs = MemoryJobs()
        self.recoveries: EventRecoveries = books
        self.provider_events: KnowsEvents = books
        self.jobs: Jobs = self._jobs

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        self._books.jobs.extend(self._jobs.planned)


class _Payments:
    """Knows the money of one payment, and every dispute of it from the second time on."""

    def __init__(self) -> None:
        self.told: list[DisputeReport] = []

    async def observe_dispute(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: DisputeReport,
        source: ObservationSource,
    ) -> Observed:
        assert (scope, connection_id, source) == (SCOPE, CONNECTION, ObservationSource.POLL)
        if report.payment_reference != "mov_1":
            return Observed.SUBJECT_UNKNOWN
        is_new = report not in self.told
        self.told.append(report)
        return Observed.APPLIED if is_new else Observed.REPEATED


class ListsDisputes(Deaf):
    """A provider that keeps no events and gives one dispute on a page."""

    def __init__(self, *payment_references: str) -> None:
        self.contested = payment_references
        self.asked: list[tuple[datetime, datetime, str | None]] = []
        self.failure: Failure | Exception | None = None

    async def list_disputes(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        self.asked.append((since, until, cursor))
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure is not None:
            return self.failure
        number = int(cursor or 0)
        page = [_dispute(f"dp_{number}", one) for one in self.contested[number : number + 1]]
        has_more = number + 1 < len(self.contested)
        return DisputePage(disputes=page, next_cursor=str(number + 1) if has_more else None)

    async def look_up_dispute(self, provider_reference: str) -> DisputeReport | NotFound | Failure:
        raise AssertionError(provider_reference)

    async def accept_dispute(self, request: AcceptRequest) -> DisputeReport | Failure:
        raise AssertionError(request)

    async def submit_evidence(self, request: EvidenceRequest) -> DisputeReport | Failure:
        raise AssertionError(request)


def _dispute(reference: str, payment_reference: str) -> DisputeReport:
    return DisputeReport(
        status=DisputeStatus.NEEDS_RESPONSE,
        stage=DisputeStage.CHARGEBACK,
        provider_reference=reference,
        payment_reference=payment_reference,
        amount=Money(1999, "INR"),
        reason=DisputeReason.OTHER,
    )


class _House:
    def __init__(
        self, connector: Connector | PaymuxError, known_since: timedelta = timedelta(hours=1)
    ) -> None:
        self.clock = _Clock()
        self.books = _Books(
            EventRecovery(connection_id=CONNECTION, watermark=NOW - known_since, due_at=NOW)
        )
        self.registry = _Registry(connector)
        self.payments = _Payments()
        self.missed = MissedEvents(
            units_of_work=lambda scope: _Work(self.books),  # noqa: ARG005
            lists=ConnectorEventLists(
                registry=self.registry, clock=self.clock, ids=TimeSortedIds(self.clock)
            ),
            disputes=ConnectorDisputes(
                registry=self.registry, payments=self.payments, clock=self.clock
            ),
            inbox=self.books,
            due=self.books,
            clock=self.clock,
            every=EVERY,
        )

    async def recover(self) -> RecoveryReport:
        return await self.missed.recover(SCOPE, CONNECTION)

    @property
    def inbox(self) -> list[str]:
        return [event.event_id for event in self.books.inbox]

    @property
    def watermark(self) -> datetime:
        assert self.books.recovery is not None
        return self.books.recovery.watermark


def _ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


async def test_events_that_never_came_are_put_into_the_inbox_as_webhooks_are() -> None:
    house = _House(Keeps(("evt_1", _ago(50)), ("evt_2", _ago(40)), ("evt_3", _ago(30))))
    report = await house.recover()
    assert (report.listed, report.recovered, report.reason) == (3, 3, None)
    assert sorted(house.inbox) == ["evt_1", "evt_2", "evt_3"]
    event = next(one for one in house.books.inbox if one.event_id == "evt_2")
    assert (event.connection_id, event.provider, event.body) == (CONNECTION, "acme", b"evt_2")
    assert (event.fallback_identity, event.event_type) == ("print of evt_2", "paid")
    assert event.id.startswith("pev_")


async def test_what_reached_us_is_not_put_there_again() -> None:
    keeps = Keeps(("evt_1", _ago(50)))
    house = _House(keeps)
    await house.recover()
    keeps.events.append(("evt_2", _ago(1)))
    report = await house.recover()
    assert (report.listed, report.recovered) == (1, 1)
    assert house.inbox == ["evt_1", "evt_2"]


async def test_the_next_time_begins_a_little_before_where_the_last_one_ended() -> None:
    keeps = Keeps()
    house = _House(keeps)
    await house.recover()
    assert keeps.asked == [(NOW - timedelta(hours=1) - OVERLAP, NOW, None)]
    assert house.watermark == NOW
    house.clock.time += timedelta(minutes=30)
    await house.recover()
    assert keeps.asked[-1][0] == NOW - OVERLAP


@pytest.mark.parametrize("failure", [LIMITED, RuntimeError("a bug")])
async def test_a_provider_that_fails_is_asked_for_the_same_again(
    failure: Failure | Exception,
) -> None:
    keeps = Keeps(("evt_1", _ago(50)))
    keeps.failures = [failure]
    house = _House(keeps)
    before = house.watermark
    report = await house.recover()
    assert report.reason in {"rate_limited", "connector_failed"}
    assert house.watermark == before
    assert (await house.recover()).recovered == 1


async def test_a_long_gap_is_looked_through_by_the_day_and_kept_day_by_day() -> None:
    keeps = Keeps(("evt_1", _ago(3 * 24 * 60)))
    house = _House(keeps, timedelta(days=4))
    report = await house.recover()
    assert (len(keeps.asked), report.recovered) == (5, 1)
    keeps = Keeps()
    house = _House(keeps, timedelta(days=4))
    begun = house.watermark
    house.registry.one = _FailsLater(keeps)
    assert (await house.recover()).reason == "rate_limited"
    assert begun < house.watermark < NOW


class _FailsLater:
    """Answers once, then no more."""

    def __init__(self, keeps: Keeps) -> None:
        self._keeps = keeps

    async def list_events(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        if len(self._keeps.asked) > 1:
            return LIMITED
        return await self._keeps.list_events(since, until, cursor)

    async def close(self) -> None: ...


async def test_no_more_is_asked_for_than_providers_keep() -> None:
    keeps = Keeps()
    house = _House(keeps, timedelta(days=400))
    await house.recover()
    assert keeps.asked[0][0] == NOW - timedelta(days=29)


async def test_a_provider_that_keeps_no_events_is_left_to_polling() -> None:
    report = await _House(Deaf()).recover()
    assert report.reason == "provider_keeps_no_events"


async def test_a_provider_that_keeps_no_events_is_asked_for_its_disputes() -> None:
    lists = ListsDisputes("mov_1", "mov_of_others", "mov_1")
    house = _House(lists)
    report = await house.recover()
    assert (report.listed, report.recovered) == (3, 2)
    assert report.reason == "provider_keeps_no_events"
    assert [one.occurred_at for one in house.payments.told] == [NOW, NOW]
    assert lists.asked[0] == (NOW - timedelta(hours=1) - OVERLAP, NOW, None)
    assert house.watermark == NOW
    again = await house.recover()
    assert (again.since, again.recovered) == (NOW - OVERLAP, 0)


@pytest.mark.parametrize("failure", [LIMITED, RuntimeError("bug")])
async def test_disputes_that_are_not_listed_are_asked_for_again(
    failure: Failure | Exception,
) -> None:
    lists = ListsDisputes("mov_1")
    lists.failure = failure
    house = _House(lists)
    before = house.watermark
    report = await house.recover()
    assert report.reason in {"rate_limited", "connector_failed"}
    assert house.watermark == before
    lists.failure = None
    assert (await house.recover()).recovered == 1


async def test_a_connection_that_cannot_be_opened_is_no_refusal() -> None:
    report = await _House(ThingIsNotFound("connection", CONNECTION)).recover()
    assert report.reason == "connection: not_found"


async def test_a_connection_that_is_gone_is_refused() -> None:
    house = _House(Deaf())
    house.books.recovery = None
    with pytest.raises(ThingIsNotFound):
        await house.recover()


async def test_a_job_is_left_when_its_turn_has_come_and_only_then() -> None:
    house = _House(Deaf())
    assert await house.missed.plan_due() == 1
    assert await house.missed.plan_due() == 0
    assert house.books.jobs == [(RECOVER, CONNECTION)]
    house.clock.time += EVERY
    assert await house.missed.plan_due() == 1
