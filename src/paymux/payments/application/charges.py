"""Charges of saved methods, their payer absent: one after the other if need be."""

from collections.abc import Sequence
from dataclasses import dataclass

from paymux.kernel.clock import Clock
from paymux.kernel.ids import CustomerId
from paymux.kernel.origin import Origin
from paymux.kernel.scope import Scope
from paymux.payments.application.attempt_requests import charge_of
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.beginnings import begin_payment
from paymux.payments.application.drafts import CustomerIsRequired, Drafts, NewPayment
from paymux.payments.application.method_routing import (
    Chargeable,
    Demand,
    NoPaymentMethodCanBeCharged,
    chargeable,
    why_not,
)
from paymux.payments.application.observations import Observations
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import CaptureMode, Payment
from paymux.payments.domain.payment_method import PaymentMethod, PaymentMethodIsOfAnotherCustomer
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Payer
from paymux.payments.ports.outbound import Connections, FailoverPolicies, Payers, UnitsOfWork


@dataclass(frozen=True, slots=True)
class _Plan:
    """What else may be charged; `begun`: how many attempts a run that died had begun."""

    others: Sequence[Chargeable]
    payer: Payer | None
    begun: int = 0


class Charges:
    """Charges a customer's saved methods. An unknown charge never goes on elsewhere."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        policies: FailoverPolicies,
        payers: Payers,
        attempts: Attempts,
        observations: Observations,
        drafts: Drafts,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._policies = policies
        self._payers = payers
        self._attempts = attempts
        self._observations = observations
        self._drafts = drafts
        self._clock = clock

    async def create(
        self, scope: Scope, new: NewPayment, origin: Origin | None = None
    ) -> PaymentDetails:
        """Create a payment and charge the method named, else the customer's own, best first.

        Refuses an unknown customer or method, another customer's method, one that is not active
        or has ended, and more than its mandate allows. A provider that declines, fails or does
        not answer is no refusal: the payment says what is known.
        """
        if new.customer_id is None:
            raise CustomerIsRequired
        payer = await self._payers.find(scope, new.customer_id)
        first, *others = await self._choices(scope, new, new.customer_id)
        # Secrets that cannot be opened are found out here, before anything is stored.
        await self._connections.connector(scope, first.connection.id)
        payment = self._drafts.payment(new, origin)
        attempt = self._drafts.charge(payment, first, payer)
        async with self._units_of_work(scope) as work:
            method = await work.payment_methods.lock(first.method.id)
            refusal = method.refusal(new.amount, self._clock.now())
            if refusal is not None:
                raise refusal  # It was revoked since it was chosen.
            await begin_payment(work, self._observations, payment, attempt)
            await work.commit()
        return await self._run(scope, payment, attempt, _Plan(others, payer))

    async def resume(self, scope: Scope, details: PaymentDetails) -> None:
        """Bring to an end what a request that died half-way had begun, within the budget."""
        payment, last = details.payment, details.attempts[-1]
        if not (last.is_charge and last.is_unresolved):
            return
        if self._clock.now() >= last.replay_until:
            await self._attempts.refresh(scope, last, Source.REPLY)
            return
        others = await self._others(scope, payment, details.attempts)
        payer = charge_of(last, replay=True).payer
        await self._run(scope, payment, last, _Plan(others, payer, len(details.attempts)))

    async def _run(
        self, scope: Scope, payment: Payment, attempt: PaymentAttempt, plan: _Plan
    ) -> PaymentDetails:
        """Make the call of a stored attempt; go on to others within the tenant's budget."""
        policy = await self._policies.get(scope)
        until = payment.created_at + policy.max_elapsed
        replay = plan.begun > 0
        for other in plan.others[: max(policy.max_attempts - max(plan.begun, 1), 0)]:
            if self._clock.now() >= until:
                break
            successor = self._drafts.charge(payment, other, plan.payer)
            details = await self._attempts.make(scope, attempt, replay=replay, successor=successor)
            if not details.has(successor.id):
                return details
            attempt, replay = successor, False
        return await self._attempts.make(scope, attempt, replay=replay)

    async def _choices(
        self, scope: Scope, new: NewPayment, customer_id: CustomerId
    ) -> Sequence[Chargeable]:
        usable, now = await self._connections.usable(scope), self._clock.now()
        demand = _demand(new)
        if new.payment_method_id is not None:
            async with self._units_of_work(scope) as work:
                method = await work.payment_methods.get(new.payment_method_id)
            if method.customer_id != customer_id:
                raise PaymentMethodIsOfAnotherCustomer
            refusal = why_not(usable, method, demand, now)
            if refusal is not None:
                raise refusal
            return chargeable(usable, [method], demand, now)
        methods = await self._methods_of(scope, customer_id)
        able = chargeable(usable, methods, demand, now)
        if not able:
            reasons = [why_not(usable, method, demand, now) for method in methods]
            raise NoPaymentMethodCanBeCharged([one.detail for one in reasons if one is not None])
        return able

    async def _others(
        self, scope: Scope, payment: Payment, attempts: Sequence[PaymentAttempt]
    ) -> Sequence[Chargeable]:
        """Return what has not been tried yet for a payment that named no method."""
        if payment.customer_id is None or payment.payment_method_id is not None:
            return ()
        demand = Demand(
            amount=payment.amount,
            captures_later=payment.captures_later,
            connection_id=payment.connection_id,
        )
        tried = {attempt.payment_method_id for attempt in attempts}
        methods = await self._methods_of(scope, payment.customer_id)
        untried = [method for method in methods if method.id not in tried]
        usable = await self._connections.usable(scope)
        return chargeable(usable, untried, demand, self._clock.now())

    async def _methods_of(self, scope: Scope, customer_id: CustomerId) -> Sequence[PaymentMethod]:
        async with self._units_of_work(scope) as work:
            return await work.payment_methods.of_customer(customer_id)


def _demand(new: NewPayment) -> Demand:
    return Demand(
        amount=new.amount,
        captures_later=new.capture is CaptureMode.MANUAL,
        connection_id=new.connection_id,
    )
