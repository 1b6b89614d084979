"""Payments: create, read, cancel, expire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.errors import InputIsInvalid
from paymux.kernel.ids import AttemptId, ConnectionId, CustomerId, Ids, PaymentId, PaymentLinkId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.jobs import CHECK, EXPIRE
from paymux.payments.application.observations import Observations, PaymentDetails
from paymux.payments.application.routing import choose, replay_until
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import Payment, PaymentIsClosed, PaymentLink, PaymentStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import CheckoutRequest, Payer
from paymux.payments.ports.outbound import (
    Connections,
    Payers,
    PaymentFilter,
    UnitsOfWork,
    UsableConnection,
)

SHORTEST_LIFE: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(days=180)


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to collect through a hosted page.

    `connection_id`: use this connection and no other. `return_url`, `cancel_url`: where the
    payer goes afterwards. `reference`: the caller's own, unique per tenant and mode.
    `expires_at`: 30 minutes to 180 days ahead; None leaves it to the provider.
    """

    amount: Money
    description: str
    customer_id: CustomerId | None = None
    connection_id: ConnectionId | None = None
    reference: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    expires_at: datetime | None = None
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentTimes:
    """When an attempt is first checked, and how our own URLs are made."""

    first_check: timedelta
    link_url: Callable[[str], str]


class Payments:
    """The use cases of a payment. Handlers, jobs and batch scripts call these same methods."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        connections: Connections,
        payers: Payers,
        attempts: Attempts,
        observations: Observations,
        times: PaymentTimes,
        stamps: tuple[Clock, Ids],
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._payers = payers
        self._attempts = attempts
        self._observations = observations
        self._times = times
        self._clock, self._ids = stamps

    async def create(self, scope: Scope, new: NewPayment) -> PaymentDetails:
        """Create a payment and open its hosted page.

        Refuses an unknown customer, a reference used before, an amount or currency that no
        connection takes. A provider that fails or does not answer is no refusal: the payment
        exists, and its status and attempt say what is known.
        """
        if new.expires_at is not None:
            self._refuse_odd_expiry(new.expires_at)
        usable = await self._connections.usable(scope)
        connection = choose(usable, new.amount, new.connection_id)
        payer = await self._payer(scope, new.customer_id, connection.id)
        payment = self._payment(new)
        attempt = self._attempt(payment, connection, payer)
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

    async def cancel(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        """Close the payment so that nobody can pay it any more.

        Refuses a payment that has ended, also one that the payer was just quicker to pay, and
        one whose provider has not answered yet.
        """
        return await self._close(scope, payment_id, PaymentStatus.CANCELED)

    async def expire(self, scope: Scope, payment_id: PaymentId) -> None:
        """Close the payment because its time has come; one that has ended is left alone."""
        try:
            await self._close(scope, payment_id, PaymentStatus.EXPIRED)
        except PaymentIsClosed:
            return

    async def _close(
        self, scope: Scope, payment_id: PaymentId, how: PaymentStatus
    ) -> PaymentDetails:
        details = await self.get(scope, payment_id)
        if details.payment.is_closed:
            raise PaymentIsClosed(details.payment.status)
        for attempt in details.attempts:
            if attempt.is_unresolved:
                await self._attempts.refresh(scope, attempt, Source.POLL)
        for attempt in (await self.get(scope, payment_id)).attempts:
            if attempt.is_open and not attempt.is_unresolved:
                await self._attempts.close(scope, attempt)
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            attempts = await work.attempts.of_payment(payment_id)
            payment.close(how, attempts)
            await self._observations.follow(work, payment, attempts)
            await work.commit()
        return await self.get(scope, payment_id)

    async def _begin(self, scope: Scope, payment: Payment, attempt: PaymentAttempt) -> None:
        """Make the payment and its attempt durable before the provider hears of them."""
        async with self._units_of_work(scope) as work:
            await work.payments.add(payment)
            await work.attempts.add(attempt)
            await work.events.add(self._observations.created(payment))
            await work.jobs.enqueue(CHECK, attempt.id, after=self._times.first_check)
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

    def _payment(self, new: NewPayment) -> Payment:
        now = self._clock.now()
        return Payment(
            id=PaymentId(self._ids.new("pay")),
            amount=new.amount,
            description=new.description,
            link=PaymentLink(PaymentLinkId(self._ids.new("lnk")), self._ids.token()),
            created_at=now,
            updated_at=now,
            customer_id=new.customer_id,
            reference=new.reference,
            connection_id=new.connection_id,
            return_url=new.return_url,
            cancel_url=new.cancel_url,
            expires_at=new.expires_at,
            metadata=new.metadata,
        )

    def _attempt(
        self, payment: Payment, connection: UsableConnection, payer: Payer | None
    ) -> PaymentAttempt:
        attempt_id = AttemptId(self._ids.new("att"))
        link_url = self._times.link_url(payment.link.token)
        request = CheckoutRequest(
            payment_id=payment.id,
            attempt_id=attempt_id,
            idempotency_key=f"paymux-{attempt_id}",
            amount=payment.amount,
            description=payment.description,
            return_url=f"{link_url}/return",
            cancel_url=f"{link_url}/back",
            created_at=payment.created_at,
            expires_at=payment.expires_at,
            payer=payer,
        )
        return PaymentAttempt(
            id=attempt_id,
            payment_id=payment.id,
            connection_id=connection.id,
            provider=connection.provider,
            amount=payment.amount,
            idempotency_key=request.idempotency_key,
            request=msgspec.json.encode(request),
            created_at=payment.created_at,
            replay_until=replay_until(connection.capabilities, payment.created_at),
        )

    def _refuse_odd_expiry(self, expires_at: datetime) -> None:
        ahead = expires_at - self._clock.now()
        if not SHORTEST_LIFE <= ahead <= LONGEST_LIFE:
            raise InputIsInvalid(
                "expires_at must be 30 minutes to 180 days ahead.", field="expires_at"
            )
