"""What is made durable before any provider hears of a payment."""

from paymux.payments.application.jobs import EXPIRE
from paymux.payments.application.observations import Observations
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import Payment
from paymux.payments.ports.outbound import UnitOfWork


async def begin_payment(
    work: UnitOfWork,
    observations: Observations,
    payment: Payment,
    attempt: PaymentAttempt | None = None,
) -> None:
    """Store a new payment with its first attempt, if it has one already, and tell of it."""
    await work.payments.add(payment)
    if attempt is not None:
        await observations.begin(work, attempt)
    await work.events.add(observations.created(payment))
    if payment.expires_at is not None:
        wait = payment.expires_at - payment.created_at
        await work.jobs.enqueue(EXPIRE, payment.id, after=wait)
