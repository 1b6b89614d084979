"""The one function through which everything that is learned of a saved method goes."""

from logging import getLogger
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.ids import AttemptId, ConnectionId, Ids, ObservationId, PaymentMethodId
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.payment_method import MethodFacts, PaymentMethod, PaymentMethodStatus
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.connectors import SavedMethod
from paymux.payments.ports.events import PaymentMethodEvent, PaymentMethodEventType
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.outbound import UnitOfWork, UnitsOfWork

logger = getLogger(__name__)

_EVENT_OF_STATUS: Final = {
    PaymentMethodStatus.ACTIVE: PaymentMethodEventType.SAVED,
    PaymentMethodStatus.REVOKED: PaymentMethodEventType.REVOKED,
}


class MethodObservations:
    """Applies reports to saved methods: any order, any repetition, the same end."""

    def __init__(self, *, units_of_work: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._ids = ids

    async def observe_saved_method(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: SavedMethod,
        source: ObservationSource,
    ) -> Observed:
        """Apply what a provider reports by itself; SUBJECT_UNKNOWN when it is not ours yet.

        Found by the attempt it was saved with, else by the provider's token.
        """
        async with self._units_of_work(scope) as work:
            effect = await self._observe(work, connection_id, report, Source(source))
            await work.commit()
        return Observed.SUBJECT_UNKNOWN if effect is None else Observed(effect)

    async def _observe(
        self, work: UnitOfWork, connection_id: ConnectionId, report: SavedMethod, source: Source
    ) -> Effect | None:
        if report.attempt_id is not None:
            attempt_id = AttemptId(report.attempt_id)
            attempt = await work.attempts.find(connection_id, attempt_id, None)
            if attempt is not None:
                payment = await work.payments.lock(attempt.payment_id)
                return await self.take_in(work, payment, attempt, report, source)
        method = await work.payment_methods.find(connection_id, report.provider_reference)
        if method is None:
            return None
        return await self._learn(work, method, report, source)

    async def take_in(
        self,
        work: UnitOfWork,
        payment: Payment,
        attempt: PaymentAttempt,
        report: SavedMethod,
        source: Source,
    ) -> Effect:
        """Keep the method that the payer of a locked payment let us keep.

        What nobody has agreed to is not kept, whatever its provider did.
        """
        mandate, customer_id = payment.mandate, payment.customer_id
        if mandate is None or mandate.agreed_at is None or customer_id is None:
            return Effect.REPEATED
        found = await work.payment_methods.find(attempt.connection_id, report.provider_reference)
        if found is not None and found.customer_id != customer_id:
            logger.warning("A saved method is another customer's already.")
            return Effect.REPEATED
        if found is not None and not _is_over_before(found, payment):
            found.agree_again(mandate, payment.id)
            return await self._learn(work, found, report, source, attempt)
        method = PaymentMethod(
            id=PaymentMethodId(self._ids.new("pm")),
            customer_id=customer_id,
            connection_id=attempt.connection_id,
            provider=attempt.provider,
            provider_reference=report.provider_reference,
            payment_id=payment.id,
            mandate=mandate,
            created_at=self._clock.now(),
        )
        await work.payment_methods.add(method)
        return await self._learn(work, method, report, source, attempt)

    async def _learn(
        self,
        work: UnitOfWork,
        method: PaymentMethod,
        report: SavedMethod,
        source: Source,
        attempt: PaymentAttempt | None = None,
    ) -> Effect:
        before = method.status
        now = self._clock.now()
        facts = MethodFacts(
            customer_reference=report.customer_reference,
            mandate_reference=report.mandate_reference,
            kind=report.kind,
            label=report.label,
            expires_on=report.expires_on,
            max_amount=report.max_amount,
        )
        is_news = method.learn(
            PaymentMethodStatus(report.status), facts, report.occurred_at or now
        )
        await work.payment_methods.save(method)
        effect = Effect.APPLIED if is_news else Effect.REPEATED
        said = (PaymentMethodStatus(report.status), source, effect)
        if is_news or attempt is not None:
            await work.timeline.add(self.entry(method, *said, attempt=attempt, report=report))
        if method.status is not before:
            await self.tell(work, method)
        return effect

    async def tell(self, work: UnitOfWork, method: PaymentMethod) -> None:
        """Tell what has become of a method."""
        kind = _EVENT_OF_STATUS.get(method.status)
        if kind is None:
            return
        event = PaymentMethodEvent(
            type=kind,
            payment_method_id=method.id,
            payment_id=method.payment_id,
            customer_id=method.customer_id,
            connection_id=method.connection_id,
            provider=method.provider,
            kind=method.facts.kind,
            label=method.facts.label,
            occurred_at=self._clock.now(),
        )
        await work.events.add(event)

    def entry(
        self,
        method: PaymentMethod,
        status: PaymentMethodStatus,
        source: Source,
        effect: Effect,
        *,
        attempt: PaymentAttempt | None = None,
        report: SavedMethod | None = None,
    ) -> TimelineEntry:
        """Return what the timeline of the payment that it was saved with says of it."""
        return TimelineEntry(
            id=ObservationId(self._ids.new("obs")),
            payment_id=method.payment_id,
            attempt_id=attempt.id if attempt is not None else None,
            payment_method_id=method.id,
            source=source,
            status=status.value,
            effect=effect,
            recorded_at=self._clock.now(),
            occurred_at=report.occurred_at if report is not None else None,
            provider_reference=method.provider_reference,
        )


def _is_over_before(method: PaymentMethod, payment: Payment) -> bool:
    """Tell whether it was revoked before its payer saved the same instrument again."""
    return method.is_revoked and method.payment_id != payment.id
