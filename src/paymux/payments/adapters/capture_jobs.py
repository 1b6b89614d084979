"""The jobs about captures and voids, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import AttemptId, CaptureId
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.capture_drafts import CaptureIsNotSupported
from paymux.payments.application.captures import Captures
from paymux.payments.application.jobs import CHECK_CAPTURE, RELEASE, TAKE
from paymux.payments.application.late_holds import LateHolds
from paymux.payments.domain.capture import CaptureIsUnderWay
from paymux.payments.domain.keyed_call import CallStatus
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler, RunLater


class CaptureJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(
        self, *, captures: Captures, capture_calls: CaptureCalls, late_holds: LateHolds
    ) -> None:
        self._captures = captures
        self._late_holds = late_holds
        self._capture_calls = capture_calls

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {CHECK_CAPTURE: self.check, RELEASE: self.release, TAKE: self.take}

    async def check(self, job: Job) -> None:
        """Ask the provider what became of a capture or void."""
        done = job.detail.get("round", 0)
        await self._capture_calls.check(job.scope, CaptureId(job.subject_id), done)

    async def release(self, job: Job) -> None:
        """Let go what is held twice; without voids the provider does it by itself, in days."""
        try:
            attempt_id = AttemptId(job.subject_id)
            void = await self._captures.release_second_hold(job.scope, attempt_id)
        except CaptureIsNotSupported:
            return
        except CaptureIsUnderWay as refusal:
            raise RunLater(refusal.code, for_ever=True) from None
        if void.status is CallStatus.NOT_SENT:
            raise RunLater(void.reason_code or void.status, for_ever=True)

    async def take(self, job: Job) -> None:
        """Take what a bank held late, though it was to be taken at once."""
        done = job.detail.get("round", 0)
        await self._late_holds.settle(job.scope, AttemptId(job.subject_id), done)
