"""The payer's consent that the method they pay with is saved and charged later."""

from paymux.kernel.clock import Clock
from paymux.kernel.ids import Ids, ObservationId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.outbound import UnitsOfWork

_AGREED = "consent_given"


class Consents:
    """Notes what a payer agreed to, and when, before any page is opened to them."""

    def __init__(self, *, units_of_work: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._ids = ids

    async def agree(self, scope: Scope, payment_id: PaymentId) -> None:
        """Note the payer's consent; again, or where none is due, it changes nothing."""
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            now = self._clock.now()
            if not payment.agree(now) or payment.mandate is None:
                return
            await work.payments.save(payment)
            entry = TimelineEntry(
                id=ObservationId(self._ids.new("obs")),
                payment_id=payment.id,
                attempt_id=None,
                source=Source.PAYER,
                status=_AGREED,
                effect=Effect.APPLIED,
                recorded_at=now,
                amount=payment.mandate.max_charge,
                reason_message=payment.mandate.words,
            )
            await work.timeline.add(entry)
            await work.commit()
