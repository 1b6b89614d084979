"""Payments in a real PostgreSQL: what goes in comes out, to its own scope only."""

import asyncio
from dataclasses import asdict

import asyncpg
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import PaymentId
from paymux.kernel.money import MAX_AMOUNT, Money
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.payments import PaymentWasChanged, ReferenceIsTaken
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment, PaymentStatus, Review
from paymux.payments.ports.books import PaymentFilter
from tests.integration.payments.records import (
    BANK,
    CUSTOMER,
    LATER,
    LIVE,
    OTHER_BANK,
    RIVAL,
    Books,
    attempt,
    changed,
    full_payment,
    numbered,
    payment,
)

OTHERS = pytest.mark.parametrize("scope", [LIVE, RIVAL], ids=["other mode", "other tenant"])


def told(one: Payment) -> dict[str, object]:
    return asdict(one) | {"version": None}


@pytest.mark.parametrize("kept", [full_payment(), payment()], ids=["all of it", "the least of it"])
async def test_a_payment_comes_back_as_it_was(ledger: Books, kept: Payment) -> None:
    await ledger.keep(kept)
    async with ledger.work() as work:
        assert told(await work.payments.get(kept.id)) == told(kept)
        assert told(await work.payments.lock(kept.id)) == told(kept)


async def test_the_largest_amount_fits(ledger: Books) -> None:
    dear = payment(amount=Money(MAX_AMOUNT, "USD"), amount_captured=MAX_AMOUNT)
    await ledger.keep(dear)
    async with ledger.work() as work:
        assert told(await work.payments.get(dear.id)) == told(dear)


async def test_changes_of_a_locked_payment_are_kept_and_counted(ledger: Books) -> None:
    await ledger.keep(payment())
    async with ledger.work() as work:
        locked = await work.payments.lock(payment().id)
        locked.status, locked.updated_at = PaymentStatus.FAILED, LATER
        locked.ask_for_review(Review.UNRESOLVED)
        await work.payments.save(locked)
        await work.commit()
    async with ledger.work() as work:
        found = await work.payments.get(locked.id)
    assert told(found) == told(locked)
    assert found.version == locked.version + 1


async def test_what_is_not_committed_never_was(ledger: Books) -> None:
    async with ledger.work() as work:
        await work.payments.add(payment())
    async with ledger.work() as work:
        with pytest.raises(ThingIsNotFound):
            await work.payments.get(payment().id)


@OTHERS
async def test_nobody_else_finds_it(ledger: Books, scope: Scope) -> None:
    await ledger.keep(payment())
    async with ledger.work(scope) as work:
        with pytest.raises(ThingIsNotFound):
            await work.payments.get(payment().id)
        with pytest.raises(ThingIsNotFound):
            await work.payments.lock(payment().id)
        assert not (await work.payments.list(PaymentFilter(), PageRequest())).items


async def test_a_reference_is_given_once(ledger: Books) -> None:
    await ledger.keep(payment(1, reference="order-1"), payment(2), payment(3))
    with pytest.raises(ReferenceIsTaken) as refusal:
        await ledger.keep(payment(4, reference="order-1"))
    assert refusal.value.field == "reference"


@OTHERS
async def test_another_scope_may_use_the_same_reference(ledger: Books, scope: Scope) -> None:
    await ledger.keep(payment(1, reference="order-1"))
    await ledger.keep(payment(2, reference="order-1"), scope=scope)
    async with ledger.work(scope) as work:
        found = await work.payments.list(PaymentFilter(reference="order-1"), PageRequest())
    assert [one.id for one in found.items] == [numbered("pay", 2)]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (PaymentFilter(), [5, 4, 3, 2, 1]),
        (PaymentFilter(status=PaymentStatus.SUCCEEDED), [4, 1]),
        (PaymentFilter(status=PaymentStatus.EXPIRED), []),
        (PaymentFilter(customer_id=CUSTOMER), [5, 1]),
        (PaymentFilter(reference="order-2"), [2]),
        (PaymentFilter(connection_id=OTHER_BANK), [3, 1]),
        (PaymentFilter(needs_review=True), [3]),
        (PaymentFilter(status=PaymentStatus.SUCCEEDED, customer_id=CUSTOMER), [1]),
    ],
)
async def test_a_list_is_filtered_newest_first(
    ledger: Books, which: PaymentFilter, expected: list[int]
) -> None:
    succeeded, tried = PaymentStatus.SUCCEEDED, PaymentId(numbered("pay", 3))
    await ledger.keep(
        payment(1, status=succeeded, customer_id=CUSTOMER),
        payment(2, reference="order-2"),
        payment(3, review=Review.UNRESOLVED),
        payment(4, status=succeeded),
        payment(5, customer_id=CUSTOMER),
        attempt(1, AttemptStatus.DECLINED, connection_id=OTHER_BANK),
        attempt(2, AttemptStatus.PENDING, connection_id=BANK),
        attempt(3, AttemptStatus.PENDING, connection_id=OTHER_BANK, payment_id=tried),
    )
    async with ledger.work() as work:
        found = await work.payments.list(which, PageRequest())
    assert [one.id for one in found.items] == [numbered("pay", number) for number in expected]
    assert found.next_cursor is None


async def test_pages_go_on_where_the_last_ended_although_payments_are_added(
    ledger: Books,
) -> None:
    await ledger.keep(*(payment(number) for number in range(1, 6)))
    seen: list[str] = []
    request = PageRequest(2)
    for newer in (6, 7, 8):
        async with ledger.work() as work:
            page = await work.payments.list(PaymentFilter(), request)
        seen += [one.id for one in page.items]
        await ledger.keep(payment(newer))
        request = PageRequest(2, page.next_cursor)
    assert seen == [numbered("pay", number) for number in (5, 4, 3, 2, 1)]
    assert request.cursor is None


async def test_somebody_who_did_not_lock_cannot_write_over_what_happened_since(
    ledger: Books,
) -> None:
    await ledger.keep(payment())
    async with ledger.work() as slow:
        stale = await slow.payments.get(payment().id)
        async with ledger.work() as quick:
            fresh = await quick.payments.lock(payment().id)
            fresh.status = PaymentStatus.SUCCEEDED
            await quick.payments.save(fresh)
            await quick.commit()
        stale.status = PaymentStatus.FAILED
        with pytest.raises(PaymentWasChanged):
            await slow.payments.save(stale)
    async with ledger.work() as work:
        assert (await work.payments.get(payment().id)).status is PaymentStatus.SUCCEEDED


async def test_a_lock_is_waited_for_and_then_shows_what_was_written(ledger: Books) -> None:
    await ledger.keep(payment())

    async def second() -> PaymentStatus:
        async with ledger.work() as work:
            return (await work.payments.lock(payment().id)).status

    async with ledger.work() as first:
        locked = await first.payments.lock(payment().id)
        waiting = asyncio.create_task(second())
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        locked.status = PaymentStatus.SUCCEEDED
        await first.payments.save(locked)
        await first.commit()
    assert await waiting is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Money(0, "USD")},
        {"amount_captured": 2000},
        {"amount_captured": -1},
        {"amount_captured": 1000, "amount_refunded": 1001},
    ],
)
async def test_impossible_sums_are_refused_by_the_database(
    ledger: Books, wrong: dict[str, object]
) -> None:
    with pytest.raises(asyncpg.PostgresError, match=r"ck_payments_(amount|captured|refunded)"):
        await ledger.keep(changed(payment(), wrong))
