"""Counting what happened lately."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import pytest

from paymux.kernel.ids import ConnectionId, TenantId, TimeSortedIds, earliest_id
from paymux.kernel.scope import Mode, Scope
from paymux.payments.application.overview import Overview
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import PaymentStatus
from paymux.payments.ports.outbound import AttemptCount, CountsPayments, PaymentCount
from paymux.payments.ports.views import ConnectionRecord, Period

NOW = datetime(2026, 11, 23, 12, 34, 56, 789, tzinfo=UTC)
SCOPE = Scope(TenantId("ten_1"), Mode.TEST)
ONE, OTHER = ConnectionId("con_1"), ConnectionId("con_2")


class StoppedClock:
    def __init__(self, time: datetime = NOW) -> None:
        self._time = time

    def now(self) -> datetime:
        return self._time


class FakeCounts:
    def __init__(self) -> None:
        self.found: list[PaymentCount] = []
        self.tried: list[AttemptCount] = []
        self.asked: tuple[datetime, timedelta] | None = None

    async def payments(self, since: datetime, step: timedelta) -> Sequence[PaymentCount]:
        self.asked = since, step
        return self.found

    async def attempts(self, since: datetime) -> Sequence[AttemptCount]:
        assert self.asked is not None
        assert since == self.asked[0]
        return self.tried

    async def to_review(self) -> int:
        return 3


class FakeUnitOfWork:
    def __init__(self, counts: FakeCounts) -> None:
        self.counts: CountsPayments = counts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@pytest.fixture
def counts() -> FakeCounts:
    return FakeCounts()


@pytest.fixture
def overview(counts: FakeCounts) -> Overview:
    return Overview(units_of_work=lambda _: FakeUnitOfWork(counts), clock=StoppedClock())


@pytest.mark.parametrize(
    ("period", "since", "steps", "last"),
    [
        (
            Period.DAY,
            datetime(2026, 11, 22, 13, tzinfo=UTC),
            24,
            datetime(2026, 11, 23, 12, tzinfo=UTC),
        ),
        (Period.WEEK, datetime(2026, 11, 17, tzinfo=UTC), 7, datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
async def test_a_period_is_whole_steps_and_ends_with_the_one_under_way(
    overview: Overview, period: Period, since: datetime, steps: int, last: datetime
) -> None:
    survey = await overview.survey(SCOPE, period)
    assert survey.since == survey.steps[0].starts_at == since
    assert len(survey.steps) == steps
    assert survey.steps[-1].starts_at == last
    assert survey.to_review == 3


async def test_counts_fall_into_their_steps_and_add_up(
    overview: Overview, counts: FakeCounts
) -> None:
    early = datetime(2026, 11, 22, 13, tzinfo=UTC)
    late = datetime(2026, 11, 23, 12, tzinfo=UTC)
    counts.found = [
        PaymentCount(early, PaymentStatus.SUCCEEDED, 2),
        PaymentCount(late, PaymentStatus.SUCCEEDED, 3),
        PaymentCount(late, PaymentStatus.EXPIRED, 1),
    ]
    survey = await overview.survey(SCOPE, Period.DAY)
    assert survey.by_status == {"succeeded": 5, "expired": 1}
    assert survey.steps[0].by_status == {"succeeded": 2}
    assert survey.steps[-1].by_status == {"succeeded": 3, "expired": 1}
    assert not any(step.by_status for step in survey.steps[1:-1])


async def test_attempts_have_succeeded_ended_otherwise_or_are_open(
    overview: Overview, counts: FakeCounts
) -> None:
    counts.tried = [
        AttemptCount(OTHER, AttemptStatus.SUCCEEDED, 1),
        *(AttemptCount(ONE, status, 1) for status in AttemptStatus),
    ]
    survey = await overview.survey(SCOPE, Period.DAY)
    assert survey.connections == [
        ConnectionRecord(connection_id=ONE, succeeded=1, ended_otherwise=7, open=4),
        ConnectionRecord(connection_id=OTHER, succeeded=1, ended_otherwise=0, open=0),
    ]


def test_the_earliest_id_of_an_instant_is_before_every_id_made_then_and_after_those_before() -> (
    None
):
    bound = earliest_id("pay", NOW)
    assert TimeSortedIds(StoppedClock()).new("pay") >= bound
    before = StoppedClock(NOW - timedelta(milliseconds=1))
    assert TimeSortedIds(before).new("pay") < bound
    assert len(bound) == len(TimeSortedIds(StoppedClock()).new("pay"))
