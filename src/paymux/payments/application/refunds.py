"""Refunds: give money back, read."""

from collections.abc import Sequence

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.jobs import CHECK_REFUND, Schedule
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import (
    NewRefund,
    PaymentIsNotRefundable,
    RefundDrafts,
)
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import SETTLED, AttemptStatus
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.refund import (
    HOLDING,
    Refund,
    RefundCause,
    RefundStatus,
    amount_to_refund,
)
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.books import RefundFilter
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.outbound import Connections, UnitOfWork, UnitsOfWork
from paymux.payments.ports.plugins import Capabilities, Operation


class Refunds:
    """The use cases of a refund. Handlers, jobs and batch scripts call these same methods."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        calls: RefundCalls,
        observations: RefundObservations,
        drafts: RefundDrafts,
        schedule: Schedule,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._calls = calls
        self._observations = observations
        self._drafts = drafts
        self._schedule = schedule

    async def create(self, scope: Scope, new: NewRefund, origin: Origin | None = None) -> Refund:
        """Give back some or all of what a payment captured.

        Refuses an unknown payment, one that captured nothing, and more than is left. A provider
        that refuses, fails or does not answer is no refusal: the refund exists, and its status
        says what is known. A request that died half-way is finished.
        """
        if origin is not None and origin.is_repeated:
            begun = await self._begun(scope, RefundId(origin.id("ref")))
            if begun is not None:
                return begun
        attempt = await self._paid(scope, new.payment_id)
        capabilities = await self._capabilities(scope, attempt.connection_id)
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(new.payment_id)
            attempt = _paid(payment, await work.attempts.of_payment(payment.id))
            refunds = await work.refunds.of_payment(payment.id)
            amount = amount_to_refund(payment, refunds, new.amount)
            refund = self._drafts.requested(
                payment, attempt, amount, capabilities, reason=new.reason, origin=origin
            )
            await self._begin(work, refund)
            await work.commit()
        return await self._calls.make(scope, refund)

    async def get(self, scope: Scope, refund_id: RefundId) -> Refund:
        """Return a refund; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await work.refunds.get(refund_id)

    async def list(self, scope: Scope, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        """Return refunds, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.refunds.list(which, page)

    async def refund_second_success(self, scope: Scope, attempt_id: AttemptId) -> Refund:
        """Give back what an attempt took after another had taken the payment's money.

        Idempotent: what is on its way back already is not given back again. Refuses an attempt
        that took nothing twice. Raises ProviderIsNotReady when it is to be tried again later.
        """
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
        capabilities = await self._capabilities(scope, attempt.connection_id)
        async with self._units_of_work(scope) as work:
            await work.payments.lock(attempt.payment_id)
            attempt = await work.attempts.get(attempt_id)
            refunds = await work.refunds.of_payment(attempt.payment_id)
            under_way, left = _given_back(attempt, refunds)
            if not left.amount:
                return under_way[-1]
            refund = self._drafts.of_second_success(attempt, left, capabilities)
            await self._begin(work, refund)
            await work.commit()
        return _made(await self._calls.make(scope, refund))

    async def _paid(self, scope: Scope, payment_id: PaymentId) -> PaymentAttempt:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            return _paid(payment, await work.attempts.of_payment(payment_id))

    async def _begun(self, scope: Scope, refund_id: RefundId) -> Refund | None:
        """Return what an earlier run of the same request began, as it stands now."""
        try:
            refund = await self.get(scope, refund_id)
        except ThingIsNotFound:
            return None
        return await self._calls.refresh(scope, refund, Source.POLL)

    async def _begin(self, work: UnitOfWork, refund: Refund) -> None:
        """Make the refund durable before the provider hears of it."""
        await self._observations.begin(work, refund)
        await work.jobs.enqueue(CHECK_REFUND, refund.id, after=self._schedule.begin())

    async def _capabilities(self, scope: Scope, connection_id: ConnectionId) -> Capabilities:
        """Ask what can be done; secrets that cannot be opened are found out here too."""
        capabilities = await self._connections.capabilities(scope, connection_id)
        if Operation.REFUND not in capabilities.operations:
            why = "its provider cannot give money back"
            raise PaymentIsNotRefundable(why)
        return capabilities


def _paid(payment: Payment, attempts: Sequence[PaymentAttempt]) -> PaymentAttempt:
    """Return the attempt that took the payment's money."""
    paid = [attempt for attempt in attempts if attempt.status in SETTLED]
    if not payment.amount_captured or not paid:
        why = "nothing has been captured"
        raise PaymentIsNotRefundable(why)
    return paid[0]


def _given_back(
    attempt: PaymentAttempt, refunds: Sequence[Refund]
) -> tuple[Sequence[Refund], Money]:
    """Return what of a second success is on its way back, and how much is left of it."""
    if attempt.status is not AttemptStatus.DUPLICATE:
        why = "this attempt took no money that another had taken already"
        raise PaymentIsNotRefundable(why)
    under_way = [
        one
        for one in refunds
        if one.attempt_id == attempt.id
        and one.cause is RefundCause.SECOND_SUCCESS
        and one.status in HOLDING
    ]
    held = sum(one.amount.amount for one in under_way)
    return under_way, Money(max(attempt.amount.amount - held, 0), attempt.amount.currency)


def _made(refund: Refund) -> Refund:
    if refund.status is RefundStatus.NOT_SENT:
        code, message = refund.reason_code or "not_sent", refund.reason_message or ""
        raise ProviderIsNotReady(Failure(outcome=Outcome.NOT_SENT, code=code, message=message))
    return refund
