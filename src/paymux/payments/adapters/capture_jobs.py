"""The jobs about captures and voids, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import CaptureId
from paymux.payments.application.captures import Captures
from paymux.payments.application.jobs import CHECK_CAPTURE
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler


class CaptureJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, captures: Captures) -> None:
        self._captures = captures

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {CHECK_CAPTURE: self.check}

    async def check(self, job: Job) -> None:
        """Ask the provider what became of a capture or void."""
        done = job.detail.get("round", 0)
        await self._captures.check(job.scope, CaptureId(job.subject_id), done)
