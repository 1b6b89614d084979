"""The jobs that payments leaves behind, as the worker runs them."""

from collections.abc import Mapping

from paymux.kernel.ids import AttemptId, PaymentId
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.jobs import CHECK, CLOSE, COMPLETE, EXPIRE, VERIFY
from paymux.payments.application.pages import Pages
from paymux.payments.application.payments import Payments
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.domain.payment import (
    PaymentIsAuthorized,
    PaymentIsClosed,
    PaymentIsUnresolved,
)
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler, RunLater


class PaymentJobs:
    """Each handler is one call of an application service, repeatable."""

    def __init__(self, *, payments: Payments, attempts: Attempts, pages: Pages) -> None:
        self._payments = payments
        self._attempts = attempts
        self._pages = pages

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every job name."""
        return {
            CHECK: self.check,
            VERIFY: self.verify,
            COMPLETE: self.complete,
            CLOSE: self.close,
            EXPIRE: self.expire,
        }

    async def check(self, job: Job) -> None:
        """Ask the provider what became of an attempt."""
        done = job.detail.get("round", 0)
        await self._attempts.check(job.scope, AttemptId(job.subject_id), done)

    async def verify(self, job: Job) -> None:
        """Find out what became of a call that was not answered."""
        await self._attempts.verify(job.scope, AttemptId(job.subject_id))

    async def complete(self, job: Job) -> None:
        """Take the money of an approved attempt."""
        try:
            await self._attempts.complete(job.scope, AttemptId(job.subject_id))
        except ProviderIsNotReady as refusal:
            raise later(refusal) from None

    async def close(self, job: Job) -> None:
        """Close the page of an attempt whose payer has been sent elsewhere."""
        try:
            await self._pages.close_superseded(job.scope, AttemptId(job.subject_id))
        except ProviderIsNotReady as refusal:
            raise later(refusal) from None

    async def expire(self, job: Job) -> None:
        """Close a payment whose time has come; one that has ended is left alone."""
        try:
            await self._payments.expire(job.scope, PaymentId(job.subject_id))
        except (PaymentIsClosed, PaymentIsAuthorized):
            return
        except ProviderIsNotReady as refusal:
            raise later(refusal) from None
        except PaymentIsUnresolved as refusal:
            raise RunLater(refusal.code, for_ever=True) from None


def later(refusal: ProviderIsNotReady) -> RunLater:
    """Return the wish to make the call again: until it works, unless it was turned down."""
    return RunLater(refusal.reason, refusal.delay, for_ever=refusal.is_repeatable)
