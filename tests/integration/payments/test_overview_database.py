"""Payments and attempts counted by a real PostgreSQL, each tenant's and mode's alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import (
    AttemptId,
    ConnectionId,
    PaymentId,
    PaymentLinkId,
    TenantId,
    TimeSortedIds,
)
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.payments.adapters.persistence.overview import SqlOverviewUnitOfWork
from paymux.payments.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment, PaymentLink, PaymentStatus, Review
from paymux.payments.ports.books import PaymentFilter
from paymux.payments.ports.outbound import AttemptCount, PaymentCount

SINCE = datetime(2026, 11, 22, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINE = Scope(TenantId("ten_00000000000000000000000001"), Mode.TEST)
LIVE = Scope(MINE.tenant_id, Mode.LIVE)
RIVAL = Scope(TenantId("ten_00000000000000000000000002"), Mode.TEST)
BANK = ConnectionId("con_00000000000000000000000001")
PRICE = Money(1999, "USD")


class MovingClock:
    def __init__(self) -> None:
        self.time = SINCE

    def now(self) -> datetime:
        return self.time


class Books:
    """Writes payments at any time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._clock = MovingClock()
        self._ids = TimeSortedIds(self._clock)

    async def add(
        self,
        scope: Scope,
        at: datetime,
        status: PaymentStatus = PaymentStatus.SUCCEEDED,
        attempt: AttemptStatus = AttemptStatus.SUCCEEDED,
        review: Review | None = None,
    ) -> PaymentId:
        self._clock.time = at
        payment = Payment(
            id=PaymentId(self._ids.new("pay")),
            amount=PRICE,
            description="Pro plan",
            link=PaymentLink(PaymentLinkId(self._ids.new("lnk")), self._ids.token()),
            created_at=at,
            updated_at=at,
            status=status,
            review=review,
        )
        async with SqlUnitOfWork(self._engine, self._ids, scope) as work:
            await work.payments.add(payment)
            await work.attempts.add(self._attempt(payment, attempt))
            await work.commit()
        return payment.id

    def _attempt(self, payment: Payment, status: AttemptStatus) -> PaymentAttempt:
        return PaymentAttempt(
            id=AttemptId(self._ids.new("att")),
            payment_id=payment.id,
            connection_id=BANK,
            provider="bank",
            amount=PRICE,
            idempotency_key=self._ids.token(),
            request=b"{}",
            created_at=payment.created_at,
            replay_until=payment.created_at,
            status=status,
        )

    async def to_review(self, scope: Scope) -> list[str]:
        async with SqlUnitOfWork(self._engine, self._ids, scope) as work:
            which = PaymentFilter(needs_review=True)
            return [one.id for one in (await work.payments.list(which, PageRequest())).items]


@pytest.fixture
def books(engine: AsyncEngine) -> Books:
    return Books(engine)


async def test_payments_are_counted_by_the_step_they_were_made_in(
    books: Books, engine: AsyncEngine
) -> None:
    await books.add(MINE, SINCE - timedelta(milliseconds=1))
    await books.add(MINE, SINCE)
    await books.add(MINE, SINCE + HOUR - timedelta(milliseconds=1))
    await books.add(MINE, SINCE + HOUR)
    await books.add(MINE, SINCE + HOUR, PaymentStatus.FAILED, AttemptStatus.DECLINED)
    async with SqlOverviewUnitOfWork(engine, MINE) as work:
        found = await work.counts.payments(SINCE, HOUR)
    assert {(one.starts_at, one.status): one.count for one in found} == {
        (SINCE, PaymentStatus.SUCCEEDED): 2,
        (SINCE + HOUR, PaymentStatus.SUCCEEDED): 1,
        (SINCE + HOUR, PaymentStatus.FAILED): 1,
    }
    assert all(isinstance(one, PaymentCount) for one in found)


async def test_attempts_are_counted_by_connection(books: Books, engine: AsyncEngine) -> None:
    await books.add(MINE, SINCE - HOUR)
    await books.add(MINE, SINCE)
    await books.add(MINE, SINCE + HOUR, PaymentStatus.FAILED, AttemptStatus.DECLINED)
    async with SqlOverviewUnitOfWork(engine, MINE) as work:
        found = await work.counts.attempts(SINCE)
    assert set(found) == {
        AttemptCount(BANK, AttemptStatus.SUCCEEDED, 1),
        AttemptCount(BANK, AttemptStatus.DECLINED, 1),
    }


async def test_what_is_to_be_reviewed_is_counted_and_listed_whenever_it_was_made(
    books: Books, engine: AsyncEngine
) -> None:
    old = await books.add(MINE, SINCE - 900 * HOUR, review=Review.UNRESOLVED)
    new = await books.add(MINE, SINCE, review=Review.AMOUNT_MISMATCH)
    await books.add(MINE, SINCE)
    async with SqlOverviewUnitOfWork(engine, MINE) as work:
        assert await work.counts.to_review() == 2
    assert await books.to_review(MINE) == [new, old]


@pytest.mark.parametrize("scope", [LIVE, RIVAL], ids=["other mode", "other tenant"])
async def test_nobody_elses_payments_are_counted(
    books: Books, engine: AsyncEngine, scope: Scope
) -> None:
    await books.add(MINE, SINCE, review=Review.UNRESOLVED)
    async with SqlOverviewUnitOfWork(engine, scope) as work:
        assert not await work.counts.payments(SINCE, HOUR)
        assert not await work.counts.attempts(SINCE)
        assert await work.counts.to_review() == 0
    assert not await books.to_review(scope)
