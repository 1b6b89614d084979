"""Refunds in a real PostgreSQL: kept as they were, apart by tenant and mode."""

from dataclasses import asdict

import asyncpg
import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import RefundId
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.refund import OPEN, Refund, RefundCause, RefundStatus
from paymux.payments.ports.books import RefundFilter
from paymux.payments.ports.events import RefundEvent, RefundEventType
from paymux.platform.database.statements import KeyIsTaken
from tests.integration.conftest import Database
from tests.integration.payments.records import (
    BANK,
    LATER,
    LIVE,
    NOW,
    OTHER_BANK,
    RIVAL,
    Books,
    attempt,
    changed,
    entry,
    numbered,
    payment,
)


def refund(number: int = 1, **given: object) -> Refund:
    least = Refund(
        id=RefundId(numbered("ref", number)),
        payment_id=payment().id,
        attempt_id=attempt().id,
        connection_id=BANK,
        provider="bank",
        payment_reference="mov_1",
        amount=Money(500, "USD"),
        idempotency_key=f"paymux-ref-{number}",
        request=bytes(range(256)),
        created_at=NOW,
        replay_until=LATER,
    )
    return changed(least, given)


FULL = refund(
    cause=RefundCause.SECOND_SUCCESS,
    reason="größer 🛒",
    status=RefundStatus.FAILED,
    provider_reference="re_1",
    reason_code="lost_card",
    reason_message="The card is lost.",
)


async def keep(ledger: Books, *refunds: Refund) -> None:
    async with ledger.work() as work:
        for one in refunds:
            await work.refunds.add(one)
        await work.commit()


@pytest.mark.parametrize("kept", [FULL, refund()], ids=["all of it", "the least"])
async def test_a_refund_comes_back_as_it_was(ledger: Books, kept: Refund) -> None:
    await keep(ledger, kept)
    async with ledger.work() as work:
        assert asdict(await work.refunds.get(kept.id)) == asdict(kept)
        assert [asdict(one) for one in await work.refunds.of_payment(payment().id)] == [
            asdict(kept)
        ]


async def test_changes_of_a_refund_are_kept(ledger: Books) -> None:
    await keep(ledger, refund())
    async with ledger.work() as work:
        found = await work.refunds.get(refund().id)
        found.status, found.provider_reference = RefundStatus.PENDING, "re_1"
        await work.refunds.save(found)
        assert asdict(await work.refunds.get(refund().id)) == asdict(found)
        await work.commit()
    async with ledger.work() as work:
        assert (await work.refunds.get(refund().id)).status is RefundStatus.PENDING


@pytest.mark.parametrize("stranger", [RIVAL, LIVE])
async def test_nobody_else_sees_a_refund(ledger: Books, stranger: Scope) -> None:
    await keep(ledger, FULL)
    async with ledger.work(stranger) as work:
        with pytest.raises(ThingIsNotFound):
            await work.refunds.get(FULL.id)
        assert not await work.refunds.of_payment(payment().id)
        assert await work.refunds.find(BANK, FULL.id, "re_1") is None
        page = await work.refunds.list(RefundFilter(), PageRequest(limit=5))
        assert not page.items


async def test_row_level_security_guards_refunds(ledger: Books, database: Database) -> None:
    await keep(ledger, refund())
    connection = await asyncpg.connect(database.app_url)
    await connection.execute("SELECT set_config('paymux.tenant_id', $1, false)", RIVAL.tenant_id)
    assert await connection.fetch("SELECT id FROM refunds") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(
            "INSERT INTO refunds SELECT (r).* FROM (SELECT jsonb_populate_record(null::refunds,"
            " $1::jsonb) AS r) AS made",
            msgspec.json.encode(await _row(database)).decode(),
        )
    await connection.close()


async def _row(database: Database) -> dict[str, object]:
    superuser = await asyncpg.connect(database.superuser_url)
    found = await superuser.fetchval("SELECT to_jsonb(r) - 'id' FROM refunds r")
    await superuser.close()
    return {**msgspec.json.decode(found), "id": "ref_2", "idempotency_key": "another"}


async def test_a_refund_is_found_by_the_providers_reference_first(ledger: Books) -> None:
    theirs = refund(2, provider_reference="re_1")
    await keep(ledger, refund(), theirs)
    async with ledger.work() as work:
        for ours, reference, expected in (
            (refund().id, "re_1", theirs.id),
            (None, "re_1", theirs.id),
            (refund().id, "re_9", refund().id),
            (refund().id, "", refund().id),
        ):
            found = await work.refunds.find(BANK, ours, reference)
            assert found is not None
            assert found.id == expected
        assert await work.refunds.find(OTHER_BANK, refund().id, "re_1") is None
        assert await work.refunds.find(BANK, None, "re_9") is None
        assert await work.refunds.find(BANK, None, "") is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"idempotency_key": "paymux-ref-1"}, "uq_refunds_tenant_id_idempotency_key"),
        ({"provider_reference": "re_1"}, "uq_refunds_tenant_id_connection_id_provider_reference"),
        ({"amount": Money(0, "USD")}, "ck_refunds_amount_positive"),
    ],
)
async def test_the_database_refuses_what_should_never_be(
    ledger: Books, given: dict[str, object], why: str
) -> None:
    await keep(ledger, refund(provider_reference="re_1"))
    with pytest.raises((KeyIsTaken, asyncpg.CheckViolationError), match=why):
        await keep(ledger, refund(2, **given))


async def test_refunds_are_listed_newest_first_and_filtered(ledger: Books) -> None:
    other = payment(2).id
    await keep(ledger, refund(1), refund(2, payment_id=other), refund(3))
    await keep(ledger, refund(4, status=RefundStatus.SUCCEEDED))
    async with ledger.work() as work:
        first = await work.refunds.list(RefundFilter(), PageRequest(limit=3))
        rest = await work.refunds.list(
            RefundFilter(), PageRequest(limit=3, cursor=first.next_cursor)
        )
        of_other = await work.refunds.list(RefundFilter(payment_id=other), PageRequest(limit=3))
        done = RefundFilter(status=RefundStatus.SUCCEEDED)
        succeeded = await work.refunds.list(done, PageRequest(limit=3))
    listed = [one.id for one in (*first.items, *rest.items)]
    assert listed == [numbered("ref", number) for number in (4, 3, 2, 1)]
    assert [one.id for one in of_other.items] == [numbered("ref", 2)]
    assert [one.id for one in succeeded.items] == [numbered("ref", 4)]


@pytest.mark.parametrize("status", RefundStatus)
async def test_a_connection_is_in_use_while_a_refund_has_not_ended(
    ledger: Books, status: RefundStatus
) -> None:
    await keep(ledger, refund(status=status))
    async with ledger.work() as work:
        assert await work.refunds.any_open(BANK) == (status in OPEN)
        assert not await work.refunds.any_open(OTHER_BANK)


async def test_the_attempt_of_a_movement_of_money_is_found_on_its_connection(
    ledger: Books,
) -> None:
    paid = attempt(status=AttemptStatus.SUCCEEDED, payment_reference="mov_1")
    await ledger.keep(payment(), paid)
    async with ledger.work() as work:
        found = await work.attempts.find_paid(BANK, "mov_1")
        assert found is not None
        assert found.id == paid.id
        assert await work.attempts.find_paid(OTHER_BANK, "mov_1") is None
        assert await work.attempts.find_paid(BANK, "mov_2") is None
    async with ledger.work(RIVAL) as work:
        assert await work.attempts.find_paid(BANK, "mov_1") is None


async def test_what_is_heard_of_a_refund_is_kept_beside_what_is_heard_of_the_attempt(
    ledger: Books,
) -> None:
    said = {"status": "succeeded", "amount": Money(500, "USD")}
    async with ledger.work() as work:
        for number, of in ((1, None), (2, refund(1).id), (3, refund(2).id), (4, refund(1).id)):
            await work.timeline.add(entry(number, refund_id=of, **said))
        await work.commit()
    async with ledger.work() as work:
        told = await work.timeline.of_payment(payment().id)
    assert [(one.refund_id, one.times_seen) for one in told] == [
        (None, 1),
        (refund(1).id, 2),
        (refund(2).id, 1),
    ]


async def test_a_fact_about_a_refund_is_stored_once(ledger: Books, database: Database) -> None:
    made = RefundEvent(
        type=RefundEventType.CREATED,
        refund_id=refund().id,
        payment_id=payment().id,
        amount=Money(500, "USD"),
        cause="requested",
        status="in_flight",
        reason=None,
        reason_code=None,
        occurred_at=NOW,
    )
    for event in (made, made, msgspec.structs.replace(made, refund_id=refund(2).id)):
        async with ledger.work() as work:
            await work.events.add(event)
            await work.commit()
    superuser = await asyncpg.connect(database.superuser_url)
    rows = await superuser.fetch("SELECT subject_id, type, data FROM events ORDER BY subject_id")
    await superuser.close()
    assert [row["subject_id"] for row in rows] == [refund().id, refund(2).id]
    assert msgspec.json.decode(rows[0]["data"], type=RefundEvent) == made
