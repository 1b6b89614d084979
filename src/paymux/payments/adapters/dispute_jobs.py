"""The jobs about disputes, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import DisputeId, DisputeResponseId
from paymux.payments.application.dispute_calls import DisputeCalls
from paymux.payments.application.disputes import Disputes
from paymux.payments.application.jobs import CHECK_RESPONSE, REMIND, WATCH_DISPUTE
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler


class DisputeJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, disputes: Disputes, dispute_calls: DisputeCalls) -> None:
        self._disputes = disputes
        self._dispute_calls = dispute_calls

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {CHECK_RESPONSE: self.check, WATCH_DISPUTE: self.watch, REMIND: self.remind}

    async def check(self, job: Job) -> None:
        """Ask the provider what became of a response."""
        done = job.detail.get("round", 0)
        await self._dispute_calls.check(job.scope, DisputeResponseId(job.subject_id), done)

    async def watch(self, job: Job) -> None:
        """See how an open dispute stands."""
        done = job.detail.get("round", 0)
        await self._disputes.watch(job.scope, DisputeId(job.subject_id), done)

    async def remind(self, job: Job) -> None:
        """Say that a response is due soon."""
        due = job.detail.get("due", 0)
        await self._disputes.remind(job.scope, DisputeId(job.subject_id), due)
