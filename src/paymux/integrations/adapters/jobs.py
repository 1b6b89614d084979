"""The jobs of integrations, as the worker runs them."""

from collections.abc import Mapping

from paymux.integrations.application.provider_events import (
    PROCESS,
    EventIsNotProcessed,
    ProviderEvents,
)
from paymux.kernel.ids import ProviderEventId
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler, RunLater


class IntegrationJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, provider_events: ProviderEvents) -> None:
        self._provider_events = provider_events

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {PROCESS: self.process}

    async def process(self, job: Job) -> None:
        """Apply an event that has come in."""
        try:
            await self._provider_events.process(job.scope, ProviderEventId(job.subject_id))
        except EventIsNotProcessed as refusal:
            raise RunLater(refusal.reason, refusal.delay) from None
