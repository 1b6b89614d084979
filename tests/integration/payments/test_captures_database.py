"""Captures and voids in a real PostgreSQL: kept as they were, one under way at a time."""

from dataclasses import asdict

import asyncpg
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import CaptureId, PaymentId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.capture import Capture, CaptureKind
from paymux.payments.domain.keyed_call import UNRESOLVED, CallStatus
from paymux.payments.domain.payment import CaptureMode
from paymux.platform.database.statements import KeyIsTaken
from tests.integration.payments.records import (
    BANK,
    LATER,
    NOW,
    RIVAL,
    Books,
    attempt,
    changed,
    numbered,
    payment,
)


def capture(number: int = 1, **given: object) -> Capture:
    least = Capture(
        id=CaptureId(numbered("cap", number)),
        payment_id=payment().id,
        attempt_id=attempt().id,
        connection_id=BANK,
        kind=CaptureKind.CAPTURE,
        amount=Money(500, "USD"),
        is_final=False,
        taken_before=0,
        idempotency_key=f"paymux-cap-{number}",
        request=bytes(range(256)),
        created_at=NOW,
        replay_until=LATER,
    )
    return changed(least, given)


FULL = capture(
    kind=CaptureKind.VOID,
    is_final=True,
    taken_before=300,
    status=CallStatus.REJECTED,
    reason_code="größer",
    reason_message="It was taken before.",
)


async def keep(ledger: Books, *captures: Capture) -> None:
    async with ledger.work() as work:
        for one in captures:
            await work.captures.add(one)
        await work.commit()


@pytest.mark.parametrize("kept", [capture(), FULL], ids=["the least", "all of it"])
async def test_a_capture_comes_back_as_it_was(ledger: Books, kept: Capture) -> None:
    await keep(ledger, kept)
    async with ledger.work() as work:
        assert asdict(await work.captures.get(kept.id)) == asdict(kept)
        [found] = await work.captures.of_payment(payment().id)
        assert asdict(found) == asdict(kept)


async def test_changes_of_a_capture_are_kept(ledger: Books) -> None:
    await keep(ledger, capture())
    async with ledger.work() as work:
        found = await work.captures.get(capture().id)
        assert found.conclude(CallStatus.SUCCEEDED)
        await work.captures.save(found)
        await work.commit()
    async with ledger.work() as work:
        assert (await work.captures.get(capture().id)).status is CallStatus.SUCCEEDED


@pytest.mark.parametrize("first", sorted(UNRESOLVED))
async def test_a_second_one_under_way_is_refused_by_the_database(
    ledger: Books, first: CallStatus
) -> None:
    await keep(ledger, capture(1, status=first))
    for second in sorted(UNRESOLVED):
        with pytest.raises(KeyIsTaken, match="uq_captures_one_under_way"):
            await keep(ledger, capture(2, status=second, kind=CaptureKind.VOID))
    await keep(ledger, capture(3, payment_id=PaymentId(numbered("pay", 2))))


async def test_any_number_may_lie_behind_it_oldest_first(ledger: Books) -> None:
    ended = sorted(set(CallStatus) - UNRESOLVED)
    ours = [capture(number, status=status) for number, status in enumerate(ended)]
    await keep(ledger, capture(9), *reversed(ours))
    async with ledger.work() as work:
        found = await work.captures.of_payment(payment().id)
    assert [one.status for one in found] == [*ended, CallStatus.IN_FLIGHT]


async def test_another_tenant_finds_none(ledger: Books) -> None:
    await keep(ledger, capture())
    async with ledger.work(RIVAL) as work:
        assert not await work.captures.of_payment(payment().id)
        with pytest.raises(ThingIsNotFound):
            await work.captures.get(capture().id)


async def test_what_was_taken_over_an_attempt_is_kept_and_bounded(ledger: Books) -> None:
    held = attempt(
        status=AttemptStatus.CANCELED, captures_later=True, amount_captured=700, released=True
    )
    await ledger.keep(payment(capture=CaptureMode.MANUAL), held)
    async with ledger.work() as work:
        assert asdict(await work.attempts.get(held.id)) == asdict(held)
        assert (await work.payments.get(payment().id)).capture is CaptureMode.MANUAL
        held.amount_captured = held.amount.amount + 1
        with pytest.raises(asyncpg.CheckViolationError, match="captured_within_amount"):
            await work.attempts.save(held)
