"""Payments: create, read, cancel, expire."""

from collections.abc import Sequence

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.drafts import Drafts, NewPayment
from paymux.payments.application.jobs import CHECK, EXPIRE, Schedule
from paymux.payments.application.observations import Observations, PaymentDetails
from paymux.payments.application.routing import choose
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import Payment, PaymentIsClosed, PaymentStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Payer
from paymux.payments.ports.outbound import Connections, Payers, PaymentFilter, UnitsOfWork


class Payments:
    """The use cases of a payment. Handlers, jobs and batch scripts call these same methods."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        payers: Payers,
        attempts: Attempts,
        observations: Observations,
        drafts: Drafts,
        schedule: Schedule,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._payers = payers
        self._attempts = attempts
        self._observations = observations
        self._drafts = drafts
        self._schedule = schedule

    async def create(self, scope: Scope, new: NewPayment) -> PaymentDetails:
        """Create a payment and open its hosted page.

        Refuses an unknown customer, a reference used before, an amount or currency that no
        connection takes. A provider that fails or does not answer is no refusal: the payment
        exists, and its status and attempt say what is known.
        """
        self._drafts.refuse_odd_expiry(new)
        usable = await self._connections.usable(scope)
        connection = choose(usable, new.amount, new.connection_id)
        # Secrets that cannot be opened are found out here, before anything is stored.
        await self._connections.connector(scope, connection.id)
        payer = await self._payer(scope, new.customer_id, connection.id)
        payment = self._drafts.payment(new)
        attempt = self._drafts.attempt(payment, connection, payer)
        await self._begin(scope, payment, attempt)
        return await self._attempts.open_checkout(scope, attempt)

    async def get(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        """Return a payment with its attempts and timeline; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            attempts = await work.attempts.of_payment(payment_id)
            return PaymentDetails(payment, attempts, await work.timeline.of_payment(payment_id))

    async def list(self, scope: Scope, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        """Return payments, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.payments.list(which, page)

    async def has_open_attempts(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        async with self._units_of_work(scope) as work:
            return await work.attempts.any_open(connection_id)

    async def cancel(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        """Close the payment so that nobody can pay it any more.

        Refuses a payment that has ended, also one that the payer was just quicker to pay, and
        one whose provider has not answered yet.
        """
        return await self._close(scope, payment_id, PaymentStatus.CANCELED)

    async def expire(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        """Close the payment because its time has come; refuses what `cancel` refuses."""
        return await self._close(scope, payment_id, PaymentStatus.EXPIRED)

    async def _close(
        self, scope: Scope, payment_id: PaymentId, how: PaymentStatus
    ) -> PaymentDetails:
        details = await self.get(scope, payment_id)
        if details.payment.is_closed:
            raise PaymentIsClosed(details.payment.status)
        for attempt in details.attempts:
            if attempt.is_unresolved:
                await self._attempts.refresh(scope, attempt, Source.POLL)
        for attempt in await self._mark_closed(scope, payment_id, how):
            if attempt.is_open:
                await self._attempts.close(scope, attempt)
        details = await self.get(scope, payment_id)
        details.payment.refuse_unless(how)
        return details

    async def _mark_closed(
        self, scope: Scope, payment_id: PaymentId, how: PaymentStatus
    ) -> Sequence[PaymentAttempt]:
        """Note first how it ends, so that whatever closes its last page ends it that way."""
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            attempts = await work.attempts.of_payment(payment_id)
            payment.close(how, attempts)
            await self._observations.follow(work, payment, attempts)
            await work.commit()
        return attempts

    async def _begin(self, scope: Scope, payment: Payment, attempt: PaymentAttempt) -> None:
        """Make the payment and its attempt durable before the provider hears of them."""
        async with self._units_of_work(scope) as work:
            await work.payments.add(payment)
            await work.attempts.add(attempt)
            await work.events.add(self._observations.created(payment))
            await work.jobs.enqueue(CHECK, attempt.id, after=self._schedule.first)
            if payment.expires_at is not None:
                wait = payment.expires_at - payment.created_at
                await work.jobs.enqueue(EXPIRE, payment.id, after=wait)
            await work.commit()

    async def _payer(
        self, scope: Scope, customer_id: CustomerId | None, connection_id: ConnectionId
    ) -> Payer | None:
        if customer_id is None:
            return None
        payer = await self._payers.find(scope, customer_id)
        return await self._connections.known_payer(scope, connection_id, payer)
