"""Invariant 5 on a real database: refunds that come at once never exceed what was taken."""

import asyncio
from collections import Counter
from typing import cast

import asyncpg
import pytest
from msgspec.structs import replace

from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.money import Money
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import NewRefund, RefundDrafts
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.refunds import Refunds
from paymux.payments.application.watch import Watch
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.refund import Refund, RefundExceedsCapturedAmount
from paymux.payments.ports.connectors import Failure, NotFound, Outcome, RefundReport, RefundStatus
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.outbound import UnitsOfWork
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from tests.integration.conftest import Database
from tests.integration.payments.records import BANK, MINE, Books, StoppedClock, attempt, payment
from tests.unit.payments.error_fakes import calls_over
from tests.unit.payments.memory import MemoryBreakers
from tests.unit.payments.providers import MemoryConnections
from tests.unit.payments.refund_house import SCHEDULE, refunding

TAKEN = 1999


class Bank:
    """Gives back whatever is asked for, and remembers by key; every third answer is lost."""

    def __init__(self) -> None:
        self.made: dict[str, RefundReport] = {}
        self.calls = 0

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        await asyncio.sleep(0)
        self.calls += 1
        report = RefundReport(
            status=RefundStatus.SUCCEEDED,
            provider_reference=f"re_{request.refund_id}",
            payment_reference=request.payment_reference,
            refund_id=request.refund_id,
            amount=request.amount,
        )
        self.made.setdefault(request.idempotency_key, report)
        if self.calls % 3 == 0:
            return Failure(outcome=Outcome.UNKNOWN, code="read_timeout", message="No answer.")
        return report

    async def look_up_refund(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        found = [one for one in self.made.values() if one.refund_id == query.refund_id]
        return found[0] if found else NotFound()

    async def close(self) -> None: ...

    @property
    def given_back(self) -> int:
        """What left the account."""
        return sum(one.amount.amount for one in self.made.values() if one.amount)


class Till:
    """The services of refunds over the database, and one payment that is paid."""

    def __init__(self, ledger: Books) -> None:
        self.ledger, self.bank, clock = ledger, Bank(), StoppedClock()
        ids = TimeSortedIds(clock)
        # A protocol's attributes can be assigned to, so for mypy no narrower class fits it.
        units_of_work = cast("UnitsOfWork", ledger.work)
        connections = MemoryConnections(self.bank)
        connections.connectors = {BANK: self.bank}
        connections.found = [replace(refunding(), id=BANK)]
        drafts = RefundDrafts(clock=clock, ids=ids)
        observations = Observations(
            units_of_work=units_of_work,
            methods=MethodObservations(units_of_work=units_of_work, clock=clock, ids=ids),
            clock=clock,
            ids=ids,
            schedule=SCHEDULE,
        )
        self.observations = RefundObservations(
            units_of_work=units_of_work,
            observations=observations,
            drafts=drafts,
            clock=clock,
            ids=ids,
        )
        self.calls = RefundCalls(
            units_of_work=units_of_work,
            calls=calls_over(connections, MemoryBreakers()),
            observations=self.observations,
            decisions=DecisionDrafts(clock=clock, ids=ids),
            watch=Watch(units_of_work=units_of_work, observations=observations, schedule=SCHEDULE),
            clock=clock,
        )
        self.refunds = Refunds(
            units_of_work=units_of_work,
            connections=connections,
            calls=self.calls,
            observations=self.observations,
            drafts=drafts,
            schedule=SCHEDULE,
        )

    async def give_back(self, amount: int) -> Refund | None:
        new = NewRefund(payment_id=payment().id, amount=amount)
        try:
            return await self.refunds.create(MINE, new)
        except RefundExceedsCapturedAmount:
            return None

    async def payment(self) -> Payment:
        async with self.ledger.work() as work:
            return await work.payments.get(payment().id)


@pytest.fixture
async def till(ledger: Books) -> Till:
    """A payment that took TAKEN."""
    paid = attempt(
        status=AttemptStatus.SUCCEEDED, provider_reference="ses_1", payment_reference="mov_1"
    )
    await ledger.keep(payment(status=PaymentStatus.SUCCEEDED, amount_captured=TAKEN), paid)
    return Till(ledger)


async def test_64_partial_refunds_at_once_never_exceed_what_was_taken(till: Till) -> None:
    refunds = await asyncio.gather(*(till.give_back(100) for _ in range(64)))
    made = [one for one in refunds if one is not None]
    assert len(made) == TAKEN // 100
    assert {one.status for one in made} == {"succeeded"}
    assert (await till.payment()).amount_refunded == till.bank.given_back == 1900
    rest = await till.give_back(99)
    assert rest is not None
    assert await till.give_back(1) is None
    assert (await till.payment()).amount_refunded == till.bank.given_back == TAKEN


async def test_refunds_of_many_sizes_at_once_never_exceed_what_was_taken(till: Till) -> None:
    sizes = [1 + 37 * number % 400 for number in range(64)]
    refunds = await asyncio.gather(*(till.give_back(size) for size in sizes))
    given = sum(one.amount.amount for one in refunds if one is not None)
    assert 0 < given <= TAKEN
    assert (await till.payment()).amount_refunded == till.bank.given_back == given


async def test_one_report_through_many_doors_is_taken_in_once(
    till: Till, database: Database
) -> None:
    report = RefundReport(
        status=RefundStatus.SUCCEEDED,
        provider_reference="re_dashboard",
        payment_reference="mov_1",
        amount=Money(500, "USD"),
    )
    webhook = ObservationSource.WEBHOOK
    effects = await asyncio.gather(
        *(till.observations.observe_refund(MINE, BANK, report, webhook) for _ in range(16))
    )
    assert Counter(effects) == {Observed.APPLIED: 1, Observed.REPEATED: 15}
    assert (await till.payment()).amount_refunded == 500
    superuser = await asyncpg.connect(database.superuser_url)
    facts = await superuser.fetch("SELECT type FROM events ORDER BY type")
    await superuser.close()
    assert [fact["type"] for fact in facts] == ["refund.created", "refund.succeeded"]


async def test_refunds_and_their_webhooks_at_once_are_counted_once(till: Till) -> None:
    async def hear() -> None:
        for _ in range(12):
            for report in [*till.bank.made.values()]:
                webhook = ObservationSource.WEBHOOK
                await till.observations.observe_refund(MINE, BANK, report, webhook)
            await asyncio.sleep(0.01)

    await asyncio.gather(hear(), hear(), *(till.give_back(300) for _ in range(12)))
    assert (await till.payment()).amount_refunded == till.bank.given_back == 1800
    async with till.ledger.work() as work:
        assert len(await work.refunds.of_payment(payment().id)) == 6


async def test_a_crash_after_the_refund_was_stored_makes_it_once(till: Till) -> None:
    refund = await till.give_back(500)
    assert refund is not None
    async with till.ledger.work() as work:
        # As a crash between the call and its record leaves it.
        await work.payments.lock(payment().id)
        lost = await work.refunds.get(refund.id)
        lost.status, lost.provider_reference = lost.status.IN_FLIGHT, None
        await work.refunds.save(lost)
        await work.commit()
    await till.calls.check(MINE, refund.id)
    assert till.bank.given_back == 500
    async with till.ledger.work() as work:
        assert (await work.refunds.get(refund.id)).status == "succeeded"
