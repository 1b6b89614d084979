"""Held money on a real database: whatever comes at once, it is taken once, or let go."""

import asyncio
from collections import Counter
from typing import cast

import pytest
from msgspec.structs import replace

from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.money import Money
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.captures import Captures
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.application.watch import Watch
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.capture import (
    Capture,
    CaptureExceedsAuthorizedAmount,
    CaptureIsUnderWay,
    PaymentIsNotAuthorized,
)
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.domain.payment import CaptureMode, Payment, PaymentStatus
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.inbound import ObservationSource
from paymux.payments.ports.outbound import UnitsOfWork
from tests.integration.payments.records import BANK, MINE, Books, StoppedClock, attempt, payment
from tests.unit.payments.holding import HoldingHouse
from tests.unit.payments.house import SCHEDULE

HELD = 1999
REFUSED = (CaptureIsUnderWay, PaymentIsNotAuthorized, CaptureExceedsAuthorizedAmount)


class Bank:
    """Takes each key once; every third answer is lost on its way back."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}
        self.is_over = False
        self.calls = 0

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        await asyncio.sleep(0.001)
        if request.idempotency_key not in self.taken:
            assert not self.is_over, "It was asked for money that it does not hold any more."
            self.taken[request.idempotency_key] = request.amount.amount
            self.is_over = request.is_final or self.total == HELD
        return self._answer()

    async def void(self, request: VoidRequest) -> Observation | Failure:
        await asyncio.sleep(0.001)
        assert request.payment_reference == "aut_1"
        self.is_over = True
        return self._answer()

    async def look_up(self, query: AttemptQuery) -> Observation:
        assert query.provider_reference == "ses_1"
        return self.state

    async def close(self) -> None: ...

    @property
    def total(self) -> int:
        """What it took in all."""
        return sum(self.taken.values())

    @property
    def state(self) -> Observation:
        """What it says of the attempt now."""
        ended = ObservedStatus.SUCCEEDED if self.total else ObservedStatus.CANCELED
        amount = Money(self.total or HELD, "USD")
        return Observation(
            status=ended if self.is_over else ObservedStatus.AUTHORIZED,
            provider_reference="ses_1",
            payment_reference="aut_1",
            amount=amount,
        )

    def _answer(self) -> Observation | Failure:
        assert self.total <= HELD
        self.calls += 1
        if self.calls % 3 == 0:
            return Failure(outcome=Outcome.UNKNOWN, code="read_timeout", message="No answer.")
        return self.state


class Till:
    """The services of captures over the database, and one payment whose money is held."""

    def __init__(self, ledger: Books) -> None:
        self.ledger, self.bank, clock = ledger, Bank(), StoppedClock()
        ids = TimeSortedIds(clock)
        house = HoldingHouse()
        connections = house.connections
        connections.connectors = {BANK: self.bank}
        connections.found = [replace(connections.found[0], id=BANK)]
        # A protocol's attributes can be assigned to, so for mypy no narrower class fits it.
        units_of_work = cast("UnitsOfWork", ledger.work)
        self.observations = Observations(
            units_of_work=units_of_work,
            methods=MethodObservations(units_of_work=units_of_work, clock=clock, ids=ids),
            clock=clock,
            ids=ids,
            schedule=SCHEDULE,
        )
        watch = Watch(
            units_of_work=units_of_work, observations=self.observations, schedule=SCHEDULE
        )
        attempts = Attempts(
            units_of_work=units_of_work,
            calls=house.calls,
            observations=self.observations,
            decisions=house.decisions,
            watch=watch,
            clock=clock,
        )
        self.calls = CaptureCalls(
            units_of_work=units_of_work,
            calls=house.calls,
            attempts=attempts,
            observations=self.observations,
            decisions=house.decisions,
            watch=watch,
            clock=clock,
        )
        self.captures = Captures(
            units_of_work=units_of_work,
            connections=connections,
            calls=self.calls,
            schedule=SCHEDULE,
            clock=clock,
            ids=ids,
        )

    async def take(self, amount: int | None = None, *, is_final: bool = True) -> str:
        """Capture, and say what came of it."""
        try:
            capture = await self.captures.capture(MINE, payment().id, amount, is_final=is_final)
        except REFUSED as refusal:
            return refusal.code
        return capture.status

    async def let_go(self) -> str:
        """Void, and say what came of it."""
        try:
            return (await self.captures.void(MINE, payment().id)).status
        except REFUSED as refusal:
            return refusal.code

    async def hear(self) -> None:
        """Have the provider's webhooks arrive meanwhile."""
        for _ in range(8):
            webhook = ObservationSource.WEBHOOK
            await self.observations.observe(MINE, BANK, self.bank.state, webhook)
            await asyncio.sleep(0.01)

    async def found(self) -> tuple[Payment, list[Capture]]:
        """Return what the database says."""
        async with self.ledger.work() as work:
            captures = await work.captures.of_payment(payment().id)
            return await work.payments.get(payment().id), [*captures]


@pytest.fixture
async def till(ledger: Books) -> Till:
    """A payment that holds HELD."""
    held = attempt(
        status=AttemptStatus.AUTHORIZED,
        provider_reference="ses_1",
        payment_reference="aut_1",
        captures_later=True,
    )
    await ledger.keep(payment(status=PaymentStatus.AUTHORIZED, capture=CaptureMode.MANUAL), held)
    return Till(ledger)


async def test_64_captures_at_once_take_the_amount_once(till: Till) -> None:
    ends = Counter(await asyncio.gather(*(till.take() for _ in range(64))))
    assert ends.pop("succeeded") == 1
    assert set(ends) <= {"capture_under_way", "payment_not_authorized"}
    found, captures = await till.found()
    assert (found.status, found.amount_captured, found.review) == ("succeeded", HELD, None)
    assert [one.status for one in captures] == ["succeeded"]
    assert till.bank.total == HELD


async def test_parts_taken_at_once_never_exceed_what_is_held(till: Till) -> None:
    for _ in range(12):
        await asyncio.gather(*(till.take(200, is_final=False) for _ in range(8)), till.hear())
    found, captures = await till.found()
    done = [one for one in captures if one.status is CallStatus.SUCCEEDED]
    assert found.amount_captured == till.bank.total == sum(one.amount.amount for one in done)
    assert found.amount_captured == 1800
    assert await till.take() == "succeeded"
    assert till.bank.total == HELD
    assert (await till.found())[0].review is None


async def test_captures_voids_and_webhooks_at_once_end_one_way(till: Till) -> None:
    await asyncio.gather(
        *(one() for _ in range(16) for one in (till.take, till.let_go, till.hear))
    )
    found, captures = await till.found()
    assert [one.status for one in captures] == ["succeeded"]
    assert found.status == ("succeeded" if till.bank.total else "canceled")
    assert found.amount_captured == till.bank.total
    assert found.review is None


async def test_a_crash_after_the_call_takes_nothing_twice(till: Till) -> None:
    assert await till.take(500, is_final=False) == "succeeded"
    async with till.ledger.work() as work:
        # As a crash between the call and its record leaves it.
        await work.payments.lock(payment().id)
        [lost] = await work.captures.of_payment(payment().id)
        lost.status = CallStatus.IN_FLIGHT
        await work.captures.save(lost)
        await work.commit()
    assert await till.take() == "capture_under_way"
    await till.calls.check(MINE, lost.id)
    _, [found] = await till.found()
    assert (found.status, till.bank.total) == ("succeeded", 500)
