"""Saved payment methods: read, delete, have forgotten."""

from logging import getLogger

from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, PaymentMethodId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.jobs import FORGET_METHOD, Schedule
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.provider_calls import INCAPABLE, ProviderCalls, ProviderIsNotReady
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.payment_method import PaymentMethod, PaymentMethodStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.outbound import UnitsOfWork
from paymux.payments.ports.payment_methods import PaymentMethodFilter
from paymux.payments.ports.saved_methods import ChargesSavedMethods

logger = getLogger(__name__)


class PaymentMethods:
    """The use cases of a saved method; it is made by paying, and charged by `Charges`."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        calls: ProviderCalls,
        observations: MethodObservations,
        schedule: Schedule,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._calls = calls
        self._observations = observations
        self._schedule = schedule
        self._clock = clock

    async def get(self, scope: Scope, method_id: PaymentMethodId) -> PaymentMethod:
        """Return a saved method, a revoked one too; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await work.payment_methods.get(method_id)

    async def list(
        self, scope: Scope, which: PaymentMethodFilter, page: PageRequest
    ) -> Page[PaymentMethod]:
        """Return saved methods, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.payment_methods.list(which, page)

    async def has_methods(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether the connection keeps methods that nobody has revoked."""
        async with self._units_of_work(scope) as work:
            return await work.payment_methods.any_kept(connection_id)

    async def delete(self, scope: Scope, method_id: PaymentMethodId) -> None:
        """Revoke a method here at once, and have its provider forget it.

        A provider that does not answer is told again by a job. Refuses an unknown id.
        """
        async with self._units_of_work(scope) as work:
            method = await work.payment_methods.lock(method_id)
            if not method.revoke(self._clock.now()):
                return
            await work.payment_methods.save(method)
            revoked = PaymentMethodStatus.REVOKED
            entry = self._observations.entry(method, revoked, Source.US, Effect.APPLIED)
            await work.timeline.add(entry)
            await self._observations.tell(work, method)
            await work.jobs.enqueue(FORGET_METHOD, method.id, after=self._schedule.begin())
            await work.commit()
        try:
            await self.forget(scope, method_id)
        except PaymuxError as refusal:
            logger.info("A method is yet to be forgotten.", extra={"code": refusal.code})

    async def forget(self, scope: Scope, method_id: PaymentMethodId) -> None:
        """Have the provider delete a revoked method; repeatable.

        Raises ProviderIsNotReady when it is to be told again.
        """
        method = await self.get(scope, method_id)
        if method.is_forgotten or not method.is_revoked:
            return
        token, customer = method.provider_reference, method.facts.customer_reference
        try:
            reply = await self._calls.make(
                scope,
                method.connection_id,
                ChargesSavedMethods,
                lambda connector: connector.forget_method(token, customer),
            )
        except ThingIsNotFound:
            return  # The connection is gone, and its secrets with it: nobody can be told.
        if isinstance(reply, Failure) and reply is not INCAPABLE:
            raise ProviderIsNotReady(reply)
        async with self._units_of_work(scope) as work:
            method = await work.payment_methods.lock(method_id)
            method.is_forgotten = True
            await work.payment_methods.save(method)
            await work.commit()
