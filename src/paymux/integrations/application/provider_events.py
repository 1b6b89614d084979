"""The inbox: process, list, inspect, replay."""

from datetime import timedelta
from typing import Final

from paymux.integrations.domain.provider_event import ProviderEvent, ProviderEventStatus
from paymux.integrations.ports.inbox import (
    AppliesEvents,
    Effect,
    InboxUnitsOfWork,
    ProviderEventFilter,
)
from paymux.kernel.clock import Clock
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ProviderEventId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope

PROCESS: Final = "integrations.process_event"
"""The job about one event that has come in."""

_STATUS: Final = {
    Effect.APPLIED: ProviderEventStatus.PROCESSED,
    Effect.IGNORED: ProviderEventStatus.IGNORED,
}


class EventIsNotProcessed(PaymuxError):
    """The event could not be applied now; it stays in the inbox and is tried again.

    Workers alone meet this, and need no help: the event is applied later, or parked.
    """

    code = "event_not_processed"
    category = Category.UNAVAILABLE

    def __init__(self, reason: str, delay: timedelta | None) -> None:
        super().__init__(f"The event could not be applied now: {reason}.")
        self.reason = reason
        self.delay = delay


class ProviderEvents:
    """What happens to an event after its 2xx. Nothing is ever dropped."""

    def __init__(
        self,
        *,
        units_of_work: InboxUnitsOfWork,
        meanings: AppliesEvents,
        clock: Clock,
        most_tries: int = 8,
    ) -> None:
        self._units_of_work = units_of_work
        self._meanings = meanings
        self._clock = clock
        self._most_tries = most_tries

    async def process(self, scope: Scope, event_id: ProviderEventId) -> None:
        """Apply a waiting event; one that is done is left alone.

        Raises EventIsNotProcessed while it is worth trying again; then it is parked.
        """
        event = await self.get(scope, event_id)
        if not event.is_waiting:
            return
        meaning = await self._meanings.apply(scope, event)
        async with self._units_of_work(scope) as work:
            event = await work.provider_events.lock(event_id)
            if not event.is_waiting:
                return  # The same job ran twice, and the other was quicker.
            if meaning.effect in _STATUS:
                event.finish(_STATUS[meaning.effect], meaning.reason, self._clock.now())
            else:
                reason = meaning.reason or meaning.effect
                event.fail(reason, self._most_tries, self._clock.now())
            await work.provider_events.save(event)
            await work.commit()
        if event.is_waiting:
            raise EventIsNotProcessed(event.reason or meaning.effect, meaning.delay)

    async def get(self, scope: Scope, event_id: ProviderEventId) -> ProviderEvent:
        """Return an event with its raw body; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await work.provider_events.get(event_id)

    async def list(
        self, scope: Scope, which: ProviderEventFilter, page: PageRequest
    ) -> Page[ProviderEvent]:
        """Return events, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.provider_events.list(which, page)

    async def count(self, scope: Scope, status: ProviderEventStatus) -> int:
        """Count the events of a status; refuses nothing."""
        async with self._units_of_work(scope) as work:
            return await work.provider_events.count(status)

    async def replay(self, scope: Scope, event_id: ProviderEventId) -> ProviderEvent:
        """Have an event processed once more, whatever became of it; applying is idempotent."""
        async with self._units_of_work(scope) as work:
            event = await work.provider_events.lock(event_id)
            event.reset()
            await work.provider_events.save(event)
            await work.jobs.enqueue(PROCESS, event_id)
            await work.commit()
        return event
