"""Attempts, observations and facts in a real PostgreSQL."""

from collections.abc import Iterable
from dataclasses import asdict

import asyncpg
import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, PaymentId
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import LIVE as LIVE_STATUSES
from paymux.payments.domain.attempt_report import OPEN, AttemptStatus, Effect
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.payments.ports.events import PaymentEvent, PaymentEventType
from paymux.platform.database.statements import KeyIsTaken
from tests.integration.conftest import Database
from tests.integration.payments.records import (
    BANK,
    LATER,
    MINE,
    NOW,
    OTHER_BANK,
    PRICE,
    RIVAL,
    Books,
    attempt,
    entry,
    full_attempt,
    numbered,
    payment,
)

PAID = PaymentEvent(
    type=PaymentEventType.SUCCEEDED,
    payment_id=payment().id,
    amount=PRICE,
    customer_id=None,
    reference="order-1",
    occurred_at=NOW,
)


def told(things: Iterable[PaymentAttempt | TimelineEntry]) -> list[dict[str, object]]:
    return [asdict(thing) for thing in things]


@pytest.mark.parametrize("kept", [full_attempt(), attempt()], ids=["all of it", "the least"])
async def test_an_attempt_comes_back_as_it_was(ledger: Books, kept: PaymentAttempt) -> None:
    await ledger.keep(payment(), kept)
    async with ledger.work() as work:
        assert told([await work.attempts.get(kept.id)]) == told([kept])
        assert told(await work.attempts.of_payment(payment().id)) == told([kept])


async def test_changes_of_an_attempt_are_kept(ledger: Books) -> None:
    await ledger.keep(payment(), attempt())
    async with ledger.work() as work:
        [found] = await work.attempts.of_payment(payment().id)
        found.status, found.method, found.approved = AttemptStatus.SUCCEEDED, "upi", True
        await work.attempts.save(found)
        await work.commit()
    async with ledger.work() as work:
        assert told([await work.attempts.get(found.id)]) == told([found])


@pytest.mark.parametrize("first", sorted(LIVE_STATUSES))
async def test_a_second_live_attempt_is_refused_by_the_database(
    ledger: Books, first: AttemptStatus
) -> None:
    await ledger.keep(payment(), attempt(1, first))
    for second in sorted(LIVE_STATUSES):
        with pytest.raises(KeyIsTaken, match="uq_payment_attempts_one_live"):
            await ledger.keep(attempt(2, second))
    async with ledger.work() as work:
        assert [one.status for one in await work.attempts.of_payment(payment().id)] == [first]


async def test_any_number_of_dead_attempts_may_lie_beside_a_live_one(ledger: Books) -> None:
    dead = sorted(set(AttemptStatus) - LIVE_STATUSES)
    await ledger.keep(payment(), *(attempt(number, each) for number, each in enumerate(dead)))
    await ledger.keep(attempt(90), payment(2), attempt(91, payment_id=payment(2).id))
    async with ledger.work() as work:
        found = await work.attempts.of_payment(payment().id)
    assert [one.status for one in found] == [*dead, AttemptStatus.PENDING]


async def test_a_dead_attempt_cannot_come_alive_beside_another(ledger: Books) -> None:
    await ledger.keep(payment(), attempt(1, AttemptStatus.EXPIRED), attempt(2))
    async with ledger.work() as work:
        dead, _ = await work.attempts.of_payment(payment().id)
        dead.status = AttemptStatus.SUCCEEDED
        with pytest.raises(KeyIsTaken, match="one_live"):
            await work.attempts.save(dead)


@pytest.mark.parametrize("status", AttemptStatus)
async def test_a_connection_is_in_use_while_an_end_is_to_come(
    ledger: Books, status: AttemptStatus
) -> None:
    await ledger.keep(payment(), attempt(1, status))
    async with ledger.work() as work:
        assert await work.attempts.any_open(BANK) is (status in OPEN)
        assert not await work.attempts.any_open(OTHER_BANK)
    async with ledger.work(RIVAL) as work:
        assert not await work.attempts.any_open(BANK)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (numbered("att", 1), None, 1),
        (None, "ses_2", 2),
        (numbered("att", 1), "ses_2", 1),
        (numbered("att", 9), "ses_2", 2),
        (None, None, None),
        (numbered("att", 9), "ses_9", None),
        (numbered("att", 3), None, None),  # on another connection
        (None, "ses_3", None),
    ],
)
async def test_an_attempt_is_found_by_our_id_else_by_theirs_on_its_connection_only(
    ledger: Books, ours: str | None, theirs: str | None, expected: int | None
) -> None:
    others = {number: PaymentId(numbered("pay", number)) for number in (2, 3)}
    await ledger.keep(
        attempt(1),
        attempt(2, provider_reference="ses_2", payment_id=others[2]),
        attempt(3, provider_reference="ses_3", payment_id=others[3], connection_id=OTHER_BANK),
    )
    async with ledger.work() as work:
        found = await work.attempts.find(BANK, AttemptId(ours) if ours else None, theirs)
    assert (found and found.id) == (expected and numbered("att", expected))


async def test_two_attempts_never_share_a_providers_reference(ledger: Books) -> None:
    one, other = AttemptStatus.EXPIRED, AttemptStatus.PENDING
    await ledger.keep(attempt(1, one, provider_reference="ses_1"))
    await ledger.keep(attempt(2, one, provider_reference="ses_1", connection_id=OTHER_BANK))
    with pytest.raises(KeyIsTaken, match="provider_reference"):
        await ledger.keep(attempt(3, other, provider_reference="ses_1"))


async def test_another_tenant_finds_no_attempt(ledger: Books) -> None:
    await ledger.keep(payment(), full_attempt())
    async with ledger.work(RIVAL) as work:
        assert not await work.attempts.of_payment(payment().id)
        assert await work.attempts.find(BANK, full_attempt().id, "ses_1") is None
        with pytest.raises(ThingIsNotFound):
            await work.attempts.get(full_attempt().id)


async def test_observations_come_back_oldest_first_as_they_were(ledger: Books) -> None:
    full = entry(
        1,
        source=Source.POLL,
        effect=Effect.AMOUNT_MISMATCH,
        recorded_at=LATER,
        last_seen_at=LATER,
        occurred_at=NOW,
        provider_reference="ses_1",
        payment_reference="mov_1",
        reason_code="late",
        reason_message="It came late.",
    )
    least = entry(2, amount=None, last_seen_at=NOW)
    async with ledger.work() as work:
        await work.timeline.add(full)
        await work.timeline.add(least)
        await work.timeline.add(entry(3, payment_id=PaymentId(numbered("pay", 2)), status="x"))
        await work.commit()
    async with ledger.work() as work:
        assert told(await work.timeline.of_payment(payment().id)) == told([least, full])
    async with ledger.work(RIVAL) as work:
        assert not await work.timeline.of_payment(payment().id)


async def test_what_is_said_again_is_counted(ledger: Books) -> None:
    for number, at in ((1, NOW), (2, NOW), (3, LATER)):
        async with ledger.work() as work:
            await work.timeline.add(entry(number, recorded_at=at))
            await work.timeline.add(entry(number + 10, source=Source.POLL, recorded_at=at))
            await work.commit()
    async with ledger.work() as work:
        first, second = await work.timeline.of_payment(payment().id)
    assert (first.id, first.times_seen) == (numbered("obs", 1), 3)
    assert (first.recorded_at, first.last_seen_at) == (NOW, LATER)
    assert (second.source, second.times_seen) == (Source.POLL, 3)


async def test_a_fact_is_stored_once_with_all_that_it_tells(
    ledger: Books, database: Database
) -> None:
    for scope in (MINE, MINE, RIVAL):
        async with ledger.work(scope) as work:
            await work.events.add(PAID)
            await work.commit()
    async with ledger.work() as work:
        await work.events.add(msgspec.structs.replace(PAID, type=PaymentEventType.NEEDS_REVIEW))
    superuser = await asyncpg.connect(database.superuser_url)
    rows = await superuser.fetch("SELECT * FROM events ORDER BY tenant_id")
    await superuser.close()
    assert [row["tenant_id"] for row in rows] == [MINE.tenant_id, RIVAL.tenant_id]
    assert (rows[0]["mode"], rows[0]["subject_id"]) == ("test", payment().id)
    assert (rows[0]["type"], rows[0]["occurred_at"]) == ("payment.succeeded", NOW)
    assert msgspec.json.decode(rows[0]["data"], type=PaymentEvent) == PAID
    assert rows[0]["id"].startswith("evt_")
