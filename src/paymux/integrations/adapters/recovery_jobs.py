"""The job that looks for events that never reached us, as the worker runs it."""

from collections.abc import Mapping
from contextlib import suppress

from paymux.integrations.application.missed_events import RECOVER, MissedEvents
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler


class RecoveryJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, missed_events: MissedEvents) -> None:
        self._missed_events = missed_events

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {RECOVER: self.recover}

    async def recover(self, job: Job) -> None:
        """Look through a connection's events; one that is gone meanwhile has none."""
        with suppress(ThingIsNotFound):
            await self._missed_events.recover(job.scope, ConnectionId(job.subject_id))
