"""What happened lately, in numbers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt_report import LIVE, AttemptStatus
from paymux.payments.ports.outbound import AttemptCount, OverviewUnitsOfWork, PaymentCount
from paymux.payments.ports.views import ConnectionRecord, PaymentsInTime, PaymentsOverview, Period

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_STEPS: Final = {Period.DAY: (_HOUR, 24), Period.WEEK: (_DAY, 7)}


class Overview:
    """Counts payments and attempts; the last step of a period is the one under way."""

    def __init__(self, *, units_of_work: OverviewUnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    async def survey(self, scope: Scope, period: Period) -> PaymentsOverview:
        """Count the payments and attempts made in the period that ends now; refuses nothing."""
        step, steps = _STEPS[period]
        since = _start_of(step, self._clock.now()) - step * (steps - 1)
        async with self._units_of_work(scope) as work:
            payments = await work.counts.payments(since, step)
            attempts = await work.counts.attempts(since)
            to_review = await work.counts.to_review()
        return PaymentsOverview(
            since=since,
            by_status=_total(payments),
            steps=_in_time(payments, [since + step * number for number in range(steps)]),
            connections=_records(attempts),
            to_review=to_review,
        )


def _start_of(step: timedelta, now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour if step is _HOUR else hour.replace(hour=0)


def _total(counts: Sequence[PaymentCount]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total[one.status.value] += one.count
    return dict(total)


def _in_time(
    counts: Sequence[PaymentCount], starts: Sequence[datetime]
) -> Sequence[PaymentsInTime]:
    return [
        PaymentsInTime(start, _total([one for one in counts if one.starts_at == start]))
        for start in starts
    ]


def _records(counts: Sequence[AttemptCount]) -> Sequence[ConnectionRecord]:
    by_connection: defaultdict[ConnectionId, Counter[AttemptStatus]] = defaultdict(Counter)
    for one in counts:
        by_connection[one.connection_id][one.status] += one.count
    return [_record(*item) for item in sorted(by_connection.items())]


def _record(connection_id: ConnectionId, counts: Counter[AttemptStatus]) -> ConnectionRecord:
    succeeded = counts[AttemptStatus.SUCCEEDED]
    still_open = sum(counts[status] for status in LIVE) - succeeded
    return ConnectionRecord(
        connection_id=connection_id,
        succeeded=succeeded,
        open=still_open,
        ended_otherwise=counts.total() - succeeded - still_open,
    )
