"""The jobs that saved payment methods leave behind, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import PaymentMethodId
from paymux.payments.adapters.jobs import later
from paymux.payments.application.jobs import FORGET_METHOD
from paymux.payments.application.payment_methods import PaymentMethods
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler


class PaymentMethodJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, payment_methods: PaymentMethods) -> None:
        self._payment_methods = payment_methods

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {FORGET_METHOD: self.forget}

    async def forget(self, job: Job) -> None:
        """Have the provider delete a revoked method."""
        try:
            await self._payment_methods.forget(job.scope, PaymentMethodId(job.subject_id))
        except ProviderIsNotReady as refusal:
            raise later(refusal) from None
