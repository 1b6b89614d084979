"""Payments and what belongs to them, to be put into a database."""

from collections.abc import Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import (
    AttemptId,
    ConnectionId,
    CustomerId,
    ObservationId,
    PaymentId,
    PaymentLinkId,
    TenantId,
    TimeSortedIds,
)
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode, Scope
from paymux.payments.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus, Effect
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.payment import Payment, PaymentLink, PaymentStatus, Review
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.timeline import Source, TimelineEntry

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MINE = Scope(TenantId("ten_00000000000000000000000001"), Mode.TEST)
LIVE = Scope(MINE.tenant_id, Mode.LIVE)
RIVAL = Scope(TenantId("ten_00000000000000000000000002"), Mode.TEST)
BANK = ConnectionId("con_00000000000000000000000001")
OTHER_BANK = ConnectionId("con_00000000000000000000000002")
CUSTOMER = CustomerId("cus_00000000000000000000000001")
PRICE = Money(1999, "USD")

T = TypeVar("T", Capture, Payment, PaymentAttempt, Refund, TimelineEntry)


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def changed(thing: T, given: Mapping[str, object]) -> T:
    made = copy(thing)
    for name, value in given.items():
        object.__setattr__(made, name, value)
    return made


def numbered(prefix: str, number: int) -> str:
    return f"{prefix}_{number:026d}"


def payment(number: int = 1, **given: object) -> Payment:
    least = Payment(
        id=PaymentId(numbered("pay", number)),
        amount=PRICE,
        description="Pro plan",
        link=PaymentLink(PaymentLinkId(numbered("lnk", number)), f"token-{number}"),
        created_at=NOW,
        updated_at=NOW,
    )
    return changed(least, given)


def full_payment() -> Payment:
    return payment(
        status=PaymentStatus.SUCCEEDED,
        customer_id=CUSTOMER,
        reference="order-1042",
        connection_id=BANK,
        return_url="https://shop.example/done",
        cancel_url="https://shop.example/back",
        expires_at=LATER,
        metadata={"cart": "42", "größe": "XL 🛒"},
        amount_captured=1999,
        amount_refunded=500,
        review=Review.SECOND_SUCCESS,
        closed_as=PaymentStatus.CANCELED,
        updated_at=LATER,
    )


def attempt(
    number: int = 1, status: AttemptStatus = AttemptStatus.PENDING, **given: object
) -> PaymentAttempt:
    least = PaymentAttempt(
        id=AttemptId(numbered("att", number)),
        payment_id=PaymentId(numbered("pay", 1)),
        connection_id=BANK,
        provider="bank",
        amount=PRICE,
        idempotency_key=f"paymux-{number}",
        request=b'{"amount":1999}',
        created_at=NOW,
        replay_until=LATER,
        status=status,
    )
    return changed(least, given)


def full_attempt() -> PaymentAttempt:
    return attempt(
        status=AttemptStatus.SUCCEEDED,
        request=bytes(range(256)),
        provider_reference="ses_1",
        payment_reference="mov_1",
        checkout_url="https://bank.example/ses_1",
        checkout_expires_at=LATER,
        method="card",
        reason_code="late",
        reason_message="It came late.",
        approved=True,
        completion_round=2,
    )


def entry(number: int = 1, **given: object) -> TimelineEntry:
    least = TimelineEntry(
        id=ObservationId(numbered("obs", number)),
        payment_id=PaymentId(numbered("pay", 1)),
        attempt_id=AttemptId(numbered("att", 1)),
        source=Source.WEBHOOK,
        status="succeeded",
        effect=Effect.APPLIED,
        recorded_at=NOW,
        amount=PRICE,
    )
    return changed(least, given)


class Books:
    """Units of work over one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.ids = TimeSortedIds(StoppedClock())

    def work(self, scope: Scope = MINE) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.engine, self.ids, scope)

    async def keep(self, *things: Payment | PaymentAttempt, scope: Scope = MINE) -> None:
        async with self.work(scope) as work:
            for thing in things:
                if isinstance(thing, Payment):
                    await work.payments.add(thing)
                else:
                    await work.attempts.add(thing)
            await work.commit()
