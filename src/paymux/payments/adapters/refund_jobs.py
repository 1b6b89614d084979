"""The jobs about refunds, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import AttemptId, RefundId
from paymux.payments.adapters.jobs import later
from paymux.payments.application.jobs import CHECK_REFUND, GIVE_BACK
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refunds import Refunds
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler


class RefundJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, refunds: Refunds, refund_calls: RefundCalls) -> None:
        self._refunds = refunds
        self._refund_calls = refund_calls

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {CHECK_REFUND: self.check, GIVE_BACK: self.give_back}

    async def check(self, job: Job) -> None:
        """Ask the provider what became of a refund."""
        done = job.detail.get("round", 0)
        await self._refund_calls.check(job.scope, RefundId(job.subject_id), done)

    async def give_back(self, job: Job) -> None:
        """Give back what an attempt took after another had."""
        try:
            await self._refunds.refund_second_success(job.scope, AttemptId(job.subject_id))
        except ProviderIsNotReady as refusal:
            raise later(refusal) from None
