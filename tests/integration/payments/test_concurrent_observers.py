"""Invariant 3 on a real database: reports that come at once end as if they had queued up."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import cast

import asyncpg
import pytest

from paymux.kernel.money import Money
from paymux.payments.application.jobs import Schedule
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import PaymentStatus, Review
from paymux.payments.ports.connectors import Observation, ObservedStatus
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.outbound import UnitsOfWork
from tests.integration.conftest import Database
from tests.integration.payments.records import (
    BANK,
    MINE,
    OTHER_BANK,
    PRICE,
    RIVAL,
    Books,
    StoppedClock,
    attempt,
    payment,
)

PAID = Observation(
    status=ObservedStatus.SUCCEEDED,
    provider_reference="ses_1",
    payment_reference="mov_1",
    amount=PRICE,
    method="card",
)
DECLINED = Observation(
    status=ObservedStatus.DECLINED, provider_reference="ses_1", reason_code="card_declined"
)
SOURCES = list(ObservationSource)
SCHEDULE = Schedule(first=timedelta(seconds=30), rounds=(timedelta(minutes=2),))


@pytest.fixture
async def observations(ledger: Books) -> Observations:
    """One payment whose payer is on the provider's page."""
    await ledger.keep(
        payment(status=PaymentStatus.REQUIRES_ACTION), attempt(provider_reference="ses_1")
    )
    # A protocol's attributes can be assigned to, so for mypy no narrower class fits it.
    units_of_work = cast("UnitsOfWork", ledger.work)
    return Observations(
        units_of_work=units_of_work,
        methods=MethodObservations(
            units_of_work=units_of_work, clock=StoppedClock(), ids=ledger.ids
        ),
        clock=StoppedClock(),
        ids=ledger.ids,
        schedule=SCHEDULE,
    )


async def hear(observations: Observations, *heard: Observation) -> list[Observed]:
    """Have them all arrive at once, through every door in turn."""
    return await asyncio.gather(
        *(
            observations.observe(MINE, BANK, each, SOURCES[number % len(SOURCES)])
            for number, each in enumerate(heard)
        )
    )


async def events(database: Database) -> list[str]:
    superuser = await asyncpg.connect(database.superuser_url)
    rows = await superuser.fetch("SELECT type FROM events ORDER BY type")
    await superuser.close()
    return [row["type"] for row in rows]


async def test_one_of_many_settles_and_the_others_repeat(
    observations: Observations, ledger: Books, database: Database
) -> None:
    effects = await hear(observations, *[PAID] * 9)
    assert Counter(effects) == {Observed.APPLIED: 1, Observed.REPEATED: 8}
    assert await events(database) == ["payment.succeeded"]
    async with ledger.work() as work:
        found = await work.payments.get(payment().id)
        timeline = await work.timeline.of_payment(payment().id)
    assert (found.status, found.amount_captured) == (PaymentStatus.SUCCEEDED, PRICE.amount)
    assert [entry.times_seen for entry in timeline] == [3, 3, 3]


async def test_good_and_bad_news_at_once_end_well(
    observations: Observations, ledger: Books, database: Database
) -> None:
    await hear(observations, *[DECLINED, PAID] * 4)
    async with ledger.work() as work:
        found = await work.payments.get(payment().id)
        [tried] = await work.attempts.of_payment(payment().id)
        timeline = await work.timeline.of_payment(payment().id)
    assert found.status is PaymentStatus.SUCCEEDED
    assert (tried.status, tried.reason_code) == (AttemptStatus.SUCCEEDED, None)
    assert (await events(database)).count("payment.succeeded") == 1
    assert sum(entry.times_seen for entry in timeline) == 8


async def test_money_that_came_twice_at_once_is_settled_once_and_shown_to_a_person(
    observations: Observations, ledger: Books, database: Database
) -> None:
    again = Observation(
        status=ObservedStatus.SUCCEEDED,
        provider_reference="ses_1",
        payment_reference="mov_2",
        amount=PRICE,
    )
    effects = await hear(observations, PAID, again)
    assert sorted(effects) == [Observed.APPLIED, Observed.SECOND_SUCCESS]
    async with ledger.work() as work:
        found = await work.payments.get(payment().id)
    assert (found.amount_captured, found.review) == (PRICE.amount, Review.SECOND_SUCCESS)
    assert await events(database) == ["payment.needs_review", "payment.succeeded"]


async def test_an_observer_waits_for_whoever_holds_the_payment(
    observations: Observations, ledger: Books
) -> None:
    async with ledger.work() as holder:
        await holder.payments.lock(payment().id)
        waiting = asyncio.create_task(
            observations.observe(MINE, BANK, PAID, ObservationSource.WEBHOOK)
        )
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
    assert await waiting is Observed.APPLIED


async def test_a_wrong_amount_settles_nothing(
    observations: Observations, ledger: Books, database: Database
) -> None:
    short = Observation(
        status=ObservedStatus.SUCCEEDED, provider_reference="ses_1", amount=Money(1, "USD")
    )
    assert set(await hear(observations, *[short] * 4)) == {Observed.AMOUNT_MISMATCH}
    async with ledger.work() as work:
        found = await work.payments.get(payment().id)
    assert (found.status, found.amount_captured) == (PaymentStatus.REQUIRES_ACTION, 0)
    assert found.review is Review.AMOUNT_MISMATCH
    assert await events(database) == ["payment.needs_review"]


async def test_an_approval_leaves_one_job_however_often_it_is_heard(
    observations: Observations, database: Database
) -> None:
    approved = Observation(status=ObservedStatus.APPROVED, provider_reference="ses_1")
    await hear(observations, *[approved] * 6)
    superuser = await asyncpg.connect(database.superuser_url)
    jobs = await superuser.fetch("SELECT entrypoint FROM pgqueuer")
    await superuser.close()
    assert [job["entrypoint"] for job in jobs] == ["payments.complete"]


async def test_a_report_of_another_tenant_or_connection_reaches_nothing(
    observations: Observations, ledger: Books, database: Database
) -> None:
    webhook = ObservationSource.WEBHOOK
    assert await observations.observe(RIVAL, BANK, PAID, webhook) is Observed.SUBJECT_UNKNOWN
    assert await observations.observe(MINE, OTHER_BANK, PAID, webhook) is Observed.SUBJECT_UNKNOWN
    async with ledger.work() as work:
        assert (await work.payments.get(payment().id)).amount_captured == 0
        assert not await work.timeline.of_payment(payment().id)
    assert not await events(database)
