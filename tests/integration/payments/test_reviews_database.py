"""What operators are asked and say, in a real PostgreSQL."""

import asyncio

from paymux.kernel.pages import PageRequest
from paymux.payments.domain.payment import PaymentIsNotInReview, Review
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.books import PaymentFilter
from tests.integration.payments.records import LATER, NOW, Books, entry, payment

_WAITING = PaymentFilter(needs_review=True)


async def test_a_review_comes_back_as_it_was(ledger: Books) -> None:
    resolved = frozenset({Review.SECOND_SUCCESS, Review.AMOUNT_MISMATCH})
    asked = payment(review=Review.UNRESOLVED, review_since=NOW, reviews_resolved=resolved)
    await ledger.keep(asked)
    async with ledger.work() as work:
        found = await work.payments.get(asked.id)
    assert (found.review, found.review_since) == (Review.UNRESOLVED, NOW)
    assert found.reviews_resolved == resolved


async def test_only_what_waits_for_a_person_is_in_the_queue(ledger: Books) -> None:
    await ledger.keep(payment(1, review=Review.UNRESOLVED, review_since=NOW))
    await ledger.keep(payment(2, reviews_resolved=frozenset({Review.UNRESOLVED})))
    async with ledger.work() as work:
        page = await work.payments.list(_WAITING, PageRequest())
    assert [one.id for one in page.items] == [payment(1).id]


async def test_of_many_operators_one_resolves_it(ledger: Books) -> None:
    await ledger.keep(payment(review=Review.UNRESOLVED, review_since=NOW))

    async def resolve() -> bool:
        async with ledger.work() as work:
            locked = await work.payments.lock(payment().id)
            try:
                locked.resolve_review()
            except PaymentIsNotInReview:
                return False
            await work.payments.save(locked)
            await work.commit()
        return True

    assert sum(await asyncio.gather(*(resolve() for _ in range(8)))) == 1


async def test_what_a_person_says_carries_their_key_and_counts_for_each_of_them(
    ledger: Books,
) -> None:
    async with ledger.work() as work:
        assert await work.timeline.add(entry(1, source=Source.OPERATOR, actor="key_1"))
        assert await work.timeline.add(entry(2, source=Source.OPERATOR, actor="key_2"))
        again = entry(3, source=Source.OPERATOR, actor="key_1", recorded_at=LATER)
        assert not await work.timeline.add(again)
        await work.commit()
    async with ledger.work() as work:
        found = await work.timeline.of_payment(payment().id)
    assert [(one.actor, one.times_seen) for one in found] == [("key_1", 2), ("key_2", 1)]
