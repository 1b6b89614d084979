"""The jobs about captures and voids, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import CaptureId
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.jobs import CHECK_CAPTURE
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler


class CaptureJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, capture_calls: CaptureCalls) -> None:
        self._capture_calls = capture_calls

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {CHECK_CAPTURE: self.check}

    async def check(self, job: Job) -> None:
        """Ask the provider what became of a capture or void."""
        done = job.detail.get("round", 0)
        await self._capture_calls.check(job.scope, CaptureId(job.subject_id), done)
