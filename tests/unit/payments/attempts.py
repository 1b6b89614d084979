"""Attempts, payments and reports to begin a test with."""

from datetime import UTC, datetime

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, PaymentLinkId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.payment import Payment, PaymentLink

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRICE = Money(1999, "USD")
ANOTHER_PRICE = Money(1998, "USD")


def attempt(
    status: AttemptStatus = AttemptStatus.PENDING, attempt_id: str = "att_1"
) -> PaymentAttempt:
    return PaymentAttempt(
        id=AttemptId(attempt_id),
        payment_id=PaymentId("pay_1"),
        connection_id=ConnectionId("con_1"),
        provider="acme",
        amount=PRICE,
        idempotency_key=f"paymux-{attempt_id}",
        request=b"{}",
        created_at=NOW,
        replay_until=NOW,
        status=status,
        amount_captured=PRICE.amount if status is AttemptStatus.SUCCEEDED else 0,
    )


def payment() -> Payment:
    return Payment(
        id=PaymentId("pay_1"),
        amount=PRICE,
        description="Pro plan",
        link=PaymentLink(PaymentLinkId("lnk_1"), "token"),
        created_at=NOW,
        updated_at=NOW,
    )


def paid(payment_reference: str | None = "mov_1", amount: Money | None = PRICE) -> Report:
    return Report(
        status=AttemptStatus.SUCCEEDED,
        provider_reference="ses_1",
        payment_reference=payment_reference,
        amount=amount,
        method="card",
    )


def said(status: AttemptStatus, reason: str | None = None) -> Report:
    return Report(status=status, provider_reference="ses_1", reason_code=reason)


def approval() -> Report:
    return Report(status=AttemptStatus.PENDING, provider_reference="ses_1", approved=True)


def refusal(completion_round: int) -> Report:
    return Report(status=AttemptStatus.PENDING, refused_round=completion_round)
