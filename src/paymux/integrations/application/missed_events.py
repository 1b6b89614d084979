"""Webhooks that never reached us: listed at the provider, and put into the inbox."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from paymux.integrations.ports.recovery import (
    KEEPS_NO_EVENTS,
    DueRecoveries,
    EventsAreNotListed,
    EventsPage,
    KeepsEvents,
    ListsProviderEvents,
    RecoveryUnitsOfWork,
    TakesInDisputes,
)
from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope

RECOVER: Final = "integrations.recover_events"
"""The job about one connection whose events are to be looked through."""

_MOST_AT_ONCE: Final = 100
_WINDOW: Final = timedelta(days=1)
_JITTER: Final = 0.2


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What was looked through, and what of it had never reached us; `reason`: why it stopped."""

    since: datetime
    until: datetime
    listed: int = 0
    recovered: int = 0
    reason: str | None = None


class MissedEvents:
    """Looks through what providers say they told us. Repeatable at any time, by anybody.

    A provider that keeps no events is asked for its disputes; its payments are polled.
    """

    def __init__(
        self,
        *,
        units_of_work: RecoveryUnitsOfWork,
        lists: ListsProviderEvents,
        disputes: TakesInDisputes,
        inbox: KeepsEvents,
        due: DueRecoveries,
        clock: Clock,
        every: timedelta,
        chance: Callable[[], float] = lambda: 0.5,
    ) -> None:
        self._units_of_work = units_of_work
        self._lists = lists
        self._disputes = disputes
        self._inbox = inbox
        self._due = due
        self._clock = clock
        self._every = every
        self._chance = chance

    async def plan_due(self) -> int:
        """Leave a job for each connection whose turn has come; returns how many.

        When its turn comes next is stored with the job: nothing is planned twice, whoever asks,
        and nothing is forgotten, whoever stops.
        """
        found = await self._due.due(self._clock.now(), self._every, _MOST_AT_ONCE)
        return sum([await self._plan(scope, connection_id) for scope, connection_id in found])

    async def recover(self, scope: Scope, connection_id: ConnectionId) -> RecoveryReport:
        """Put what never reached us into the inbox; refuses a connection that is gone.

        A provider that fails is no refusal: what was found until then is kept.
        """
        until = self._clock.now()
        async with self._units_of_work(scope) as work:
            since = (await work.recoveries.lock(connection_id)).since(until)
            await work.commit()
        report = RecoveryReport(since, until)
        while report.reason is None and since < until:
            end = min(since + _WINDOW, until)
            report = await self._window(scope, connection_id, (since, end), report)
            if report.reason is None:
                await self._reach(scope, connection_id, end)
            since = end
        if report.reason == KEEPS_NO_EVENTS:
            return await self._disputes_of(scope, connection_id, report)
        return report

    async def _disputes_of(
        self, scope: Scope, connection_id: ConnectionId, report: RecoveryReport
    ) -> RecoveryReport:
        """Look through the disputes instead of the events; the report says so."""
        taken = await self._disputes.take_in(scope, connection_id, report.since, report.until)
        if taken is None:
            return report
        if taken.reason is None:
            await self._reach(scope, connection_id, report.until)
        reason = taken.reason or report.reason
        return replace(report, listed=taken.listed, recovered=taken.recovered, reason=reason)

    async def _window(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        window: tuple[datetime, datetime],
        report: RecoveryReport,
    ) -> RecoveryReport:
        listed, recovered, cursor = report.listed, report.recovered, None
        while True:
            page = await self._lists.page(scope, connection_id, *window, cursor)
            if isinstance(page, EventsAreNotListed):
                return RecoveryReport(report.since, report.until, listed, recovered, page.reason)
            listed += len(page.events)
            recovered += await self._take_in(scope, connection_id, page)
            if page.next_cursor in {None, cursor}:
                return RecoveryReport(report.since, report.until, listed, recovered)
            cursor = page.next_cursor

    async def _take_in(self, scope: Scope, connection_id: ConnectionId, page: EventsPage) -> int:
        async with self._units_of_work(scope) as work:
            ids = {event.event_id for event in page.events}
            known = await work.provider_events.known(connection_id, ids)
        missed = [event for event in page.events if event.event_id not in known]
        for event in missed:
            await self._inbox.put(scope, event)
        return len(missed)

    async def _reach(self, scope: Scope, connection_id: ConnectionId, moment: datetime) -> None:
        async with self._units_of_work(scope) as work:
            recovery = await work.recoveries.lock(connection_id)
            recovery.reach(moment)
            await work.recoveries.save(recovery)
            await work.commit()

    async def _plan(self, scope: Scope, connection_id: ConnectionId) -> bool:
        now = self._clock.now()
        async with self._units_of_work(scope) as work:
            recovery = await work.recoveries.lock(connection_id)
            if recovery.due_at > now:
                return False
            recovery.due_at = now + self._every * (1 + _JITTER * (2 * self._chance() - 1))
            await work.recoveries.save(recovery)
            await work.jobs.enqueue(RECOVER, connection_id)
            await work.commit()
        return True
