"""Payments: create, read, cancel, expire."""

from dataclasses import replace

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, PaymentId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.beginnings import begin_payment
from paymux.payments.application.charges import Charges
from paymux.payments.application.closings import Closings
from paymux.payments.application.drafts import Drafts, NewPayment
from paymux.payments.application.failover import Failover
from paymux.payments.application.observations import Observations
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.routing import choose
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import CaptureMode, Payment, PaymentStatus
from paymux.payments.ports.books import PaymentFilter
from paymux.payments.ports.connectors import Payer
from paymux.payments.ports.outbound import Connections, Payers, UnitOfWork, UnitsOfWork


class Payments:
    """The use cases of a payment. Handlers, jobs and batch scripts call these same methods."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        payers: Payers,
        observations: Observations,
        drafts: Drafts,
        failover: Failover,
        charges: Charges,
        closings: Closings,
    ) -> None:
        self._charges = charges
        self._failover = failover
        self._closings = closings
        self._units_of_work = units_of_work
        self._connections = connections
        self._payers = payers
        self._observations = observations
        self._drafts = drafts

    async def create(
        self, scope: Scope, new: NewPayment, origin: Origin | None = None
    ) -> PaymentDetails:
        """Create a payment and open its hosted page, or charge a saved method.

        A page that saves its payer's method is opened once the payer has agreed, by the link.
        Refuses an unknown customer, a reference used before, an amount or currency that no
        connection takes. A provider that fails or does not answer is no refusal: the payment
        exists, and its status and attempt say what is known. A repeated origin finishes what
        its earlier run began, and creates nothing more.
        """
        details = await self._create(scope, new, origin)
        # What was decided on the way is part of the answer, and worth another read.
        return details if details.went_smoothly else await self.get(scope, details.payment.id)

    async def _create(
        self, scope: Scope, new: NewPayment, origin: Origin | None
    ) -> PaymentDetails:
        if origin is not None and origin.is_repeated:
            begun = await self._resumed(scope, PaymentId(origin.id("pay")))
            if begun is not None:
                return begun
        self._drafts.refuse_odd_expiry(new)
        new.refuse_contradictions()
        if new.off_session:
            return await self._charges.create(scope, new, origin)
        usable = await self._connections.usable(scope)
        connection, *others = choose(
            usable,
            new.amount,
            new.connection_id,
            captures_later=new.capture is CaptureMode.MANUAL,
            saves_method=new.mandate is not None,
        )
        # Secrets that cannot be opened are found out here, before anything is stored.
        await self._connections.connector(scope, connection.id)
        payer = await self._payer(scope, new, connection.id)
        payment = self._drafts.payment(new, origin)
        if payment.saves_method or await self._failover.choices(scope, payment):
            payment.follow([], payment.created_at)
            await self._begin(scope, payment)
            return PaymentDetails(payment, ())
        attempt = self._drafts.attempt(payment, connection, payer)
        await self._begin(scope, payment, attempt)
        return await self._failover.open(scope, payment, attempt, others, payer)

    async def get(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        """Return a payment with its attempts and timeline; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            attempts = await work.attempts.of_payment(payment_id)
            timeline = await work.timeline.of_payment(payment_id)
            decisions = await work.decisions.of_payment(payment_id)
            refunds = await work.refunds.of_payment(payment_id) if payment.amount_captured else ()
            has_held = any(attempt.has_held for attempt in attempts)
            captures = await work.captures.of_payment(payment_id) if has_held else ()
            details = PaymentDetails(payment, attempts, timeline, refunds, decisions, captures)
            return await _with_disputes(work, details) if payment.disputed else details

    async def list(self, scope: Scope, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        """Return payments, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.payments.list(which, page)

    async def has_open_attempts(self, scope: Scope, connection_id: ConnectionId) -> bool:
        """Tell whether money may still move over the connection."""
        async with self._units_of_work(scope) as work:
            return (
                await work.attempts.any_open(connection_id)
                or await work.refunds.any_open(connection_id)
                or await work.disputes.any_open(connection_id)
            )

    async def cancel(
        self, scope: Scope, payment_id: PaymentId, origin: Origin | None = None
    ) -> PaymentDetails:
        """Close the payment so that nobody can pay it any more, and let go what it holds.

        Refuses a payment that has ended, also one that the payer was just quicker to pay, and
        one whose provider has not answered yet.
        """
        return await self._close(scope, payment_id, PaymentStatus.CANCELED, origin)

    async def expire(
        self, scope: Scope, payment_id: PaymentId, origin: Origin | None = None
    ) -> PaymentDetails:
        """Close the payment because its time has come.

        Refuses what `cancel` refuses, and a payment whose payer was in time.
        """
        return await self._close(scope, payment_id, PaymentStatus.EXPIRED, origin)

    async def _close(
        self, scope: Scope, payment_id: PaymentId, how: PaymentStatus, origin: Origin | None
    ) -> PaymentDetails:
        if origin is not None and origin.is_repeated:
            details = await self.get(scope, payment_id)
            if details.payment.status is how:
                return details  # Closed by the run that died before it could say so.
        await self._closings.close(scope, payment_id, how)
        return await self.get(scope, payment_id)

    async def _resumed(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails | None:
        """Finish what was begun with a payment; None when there is no such payment."""
        try:
            details = await self.get(scope, payment_id)
        except ThingIsNotFound:
            return None
        if details.payment.off_session:
            await self._charges.resume(scope, details)
        else:
            await self._failover.resume(scope, details)
        return await self.get(scope, payment_id)

    async def _begin(
        self, scope: Scope, payment: Payment, attempt: PaymentAttempt | None = None
    ) -> None:
        """Make the payment and its attempt durable before the provider hears of them."""
        async with self._units_of_work(scope) as work:
            await begin_payment(work, self._observations, payment, attempt)
            await work.commit()

    async def _payer(
        self, scope: Scope, new: NewPayment, connection_id: ConnectionId
    ) -> Payer | None:
        if new.customer_id is None:
            return None
        payer = await self._payers.find(scope, new.customer_id)
        if new.mandate is not None:
            return payer  # The provider hears of them when they have agreed.
        return await self._connections.known_payer(scope, connection_id, payer)


async def _with_disputes(work: UnitOfWork, details: PaymentDetails) -> PaymentDetails:
    payment_id = details.payment.id
    disputes = await work.disputes.of_payment(payment_id)
    responses = await work.dispute_responses.of_payment(payment_id)
    return replace(details, disputes=disputes, responses=responses)
