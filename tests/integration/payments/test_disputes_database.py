"""Disputes in a real PostgreSQL: kept as they were, apart by tenant and mode."""

from dataclasses import asdict, replace
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import DisputeId, DisputeResponseId
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.dispute import (
    Dispute,
    DisputeAction,
    DisputeNews,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
)
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.ports.dispute_books import DisputeFilter
from paymux.payments.ports.events import DisputeEvent, DisputeEventType
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
    entry,
    numbered,
    payment,
)

NEWS = DisputeNews(
    status=DisputeStatus.NEEDS_RESPONSE,
    stage=DisputeStage.CHARGEBACK,
    amount=Money(500, "USD"),
    reason=DisputeReason.FRAUDULENT,
    reason_code="größer 🛒",
    evidence_due_at=LATER,
    actions=frozenset(DisputeAction),
    opened_at=NOW,
    at=NOW,
)
LEAST = DisputeNews(
    status=DisputeStatus.NEEDS_RESPONSE,
    stage=DisputeStage.INQUIRY,
    amount=Money(0, "EUR"),
    reason=DisputeReason.OTHER,
)


def dispute(number: int = 1, *said: DisputeNews) -> Dispute:
    known = Dispute(
        id=DisputeId(numbered("dsp", number)),
        payment_id=payment().id,
        attempt_id=attempt().id,
        connection_id=BANK,
        provider="bank",
        provider_reference=f"dp_{number}",
        payment_reference="mov_1",
        created_at=NOW,
        updated_at=NOW,
    )
    for news in said or (NEWS,):
        known.apply(news, LATER)
    return known


def response(number: int = 1, status: CallStatus = CallStatus.UNKNOWN) -> DisputeResponse:
    return DisputeResponse(
        id=DisputeResponseId(numbered("dre", number)),
        dispute_id=dispute().id,
        payment_id=payment().id,
        attempt_id=attempt().id,
        connection_id=BANK,
        kind=ResponseKind.EVIDENCE,
        amount=Money(500, "USD"),
        stage=DisputeStage.CHARGEBACK,
        evidence_due_at=LATER,
        was_under_review=True,
        idempotency_key=f"paymux-dre-{number}",
        request=bytes(range(256)),
        created_at=NOW,
        replay_until=LATER,
        status=status,
        reason_code="lost",
        reason_message="The line broke.",
    )


FULL = dispute(
    1,
    NEWS,
    replace(NEWS, status=DisputeStatus.UNDER_REVIEW, evidence_due_at=None),
    replace(NEWS, status=DisputeStatus.LOST),
)


async def keep(ledger: Books, *things: Dispute | DisputeResponse) -> None:
    async with ledger.work() as work:
        for one in things:
            if isinstance(one, Dispute):
                await work.disputes.add(one)
            else:
                await work.dispute_responses.add(one)
        await work.commit()


@pytest.mark.parametrize("kept", [FULL, dispute(1, LEAST)], ids=["all of it", "the least"])
async def test_a_dispute_comes_back_as_it_was(ledger: Books, kept: Dispute) -> None:
    await keep(ledger, kept)
    async with ledger.work() as work:
        found = await work.disputes.get(kept.id)
        assert asdict(found) == asdict(kept)
        assert found.current == kept.current
        assert [asdict(one) for one in await work.disputes.of_payment(payment().id)] == [
            asdict(kept)
        ]


async def test_a_response_comes_back_as_it_was(ledger: Books) -> None:
    await keep(ledger, response())
    async with ledger.work() as work:
        assert asdict(await work.dispute_responses.get(response().id)) == asdict(response())
        (one,) = await work.dispute_responses.of_payment(payment().id)
        assert asdict(one) == asdict(response())


async def test_changes_are_kept(ledger: Books) -> None:
    await keep(ledger, dispute(), response())
    async with ledger.work() as work:
        known, answer = await work.disputes.get(dispute().id), response()
        known.apply(replace(NEWS, status=DisputeStatus.WON), LATER)
        answer.conclude(CallStatus.SUCCEEDED)
        await work.disputes.save(known)
        await work.dispute_responses.save(answer)
        await work.commit()
    async with ledger.work() as work:
        assert (await work.disputes.get(dispute().id)).status is DisputeStatus.WON
        assert (await work.dispute_responses.get(answer.id)).status == "succeeded"


@pytest.mark.parametrize("stranger", [RIVAL, LIVE])
async def test_nobody_else_sees_a_dispute(ledger: Books, stranger: Scope) -> None:
    await keep(ledger, FULL)
    async with ledger.work(stranger) as work:
        with pytest.raises(ThingIsNotFound):
            await work.disputes.get(FULL.id)
        assert not await work.disputes.of_payment(payment().id)
        assert await work.disputes.find(BANK, "dp_1") is None
        assert not (await work.disputes.list(DisputeFilter(), PageRequest(limit=5))).items


@pytest.mark.parametrize("table", ["disputes", "dispute_responses"])
async def test_row_level_security_guards_both_tables(
    ledger: Books, database: Database, table: str
) -> None:
    await keep(ledger, dispute(), response())
    connection = await asyncpg.connect(database.app_url)
    await connection.execute("SELECT set_config('paymux.tenant_id', $1, false)", RIVAL.tenant_id)
    assert await connection.fetch(f"SELECT id FROM {table}") == []  # noqa: S608 - ours
    await connection.close()


async def test_one_dispute_of_a_provider_is_kept_once(ledger: Books) -> None:
    again = dispute(2)
    again.provider_reference = "dp_1"
    await keep(ledger, dispute())
    with pytest.raises(KeyIsTaken):
        await keep(ledger, again)


async def test_a_second_response_under_way_is_refused(ledger: Books) -> None:
    await keep(ledger, response(1, CallStatus.REJECTED), response(2))
    with pytest.raises(KeyIsTaken, match="one_under_way"):
        await keep(ledger, response(3, CallStatus.IN_FLIGHT))
    await keep(ledger, response(4, CallStatus.SUCCEEDED))


async def test_disputes_are_found_by_what_is_asked_of_them(ledger: Books) -> None:
    won = dispute(2, replace(NEWS, status=DisputeStatus.WON))
    undated = dispute(3, LEAST)
    await keep(ledger, dispute(), won, undated)
    async with ledger.work() as work:
        for which, expected in (
            (DisputeFilter(), [undated, won, dispute()]),
            (DisputeFilter(status=DisputeStatus.WON), [won]),
            (DisputeFilter(payment_id=payment(2).id), []),
            (DisputeFilter(due_before=LATER + timedelta(seconds=1)), [dispute()]),
            (DisputeFilter(due_before=LATER), []),
        ):
            page = await work.disputes.list(which, PageRequest(limit=5))
            assert [one.id for one in page.items] == [one.id for one in expected], which
        found = await work.disputes.find(BANK, "dp_2")
        assert found is not None
        assert found.id == won.id
        assert await work.disputes.find(OTHER_BANK, "dp_2") is None


async def test_only_an_open_dispute_needs_its_connection(ledger: Books) -> None:
    await keep(ledger, dispute(1, replace(NEWS, status=DisputeStatus.CLOSED)))
    async with ledger.work() as work:
        assert not await work.disputes.any_open(BANK)
    await keep(ledger, dispute(2))
    async with ledger.work() as work:
        assert await work.disputes.any_open(BANK)
        assert not await work.disputes.any_open(OTHER_BANK)


async def test_the_flag_of_a_payment_and_entries_of_disputes_are_kept(ledger: Books) -> None:
    await ledger.keep(payment(disputed=True))
    async with ledger.work() as work:
        assert (await work.payments.get(payment().id)).disputed
        await work.timeline.add(entry(dispute_id=dispute().id))
        (told,) = await work.timeline.of_payment(payment().id)
        assert told.dispute_id == dispute().id


async def test_one_more_movement_of_an_attempt_is_found_by_what_was_reported(
    ledger: Books,
) -> None:
    paid = attempt(status=AttemptStatus.SUCCEEDED, payment_reference="mov_1")
    await ledger.keep(payment(), paid)
    async with ledger.work() as work:
        await work.timeline.add(entry(1, payment_reference="mov_2"))
        await work.timeline.add(entry(2, payment_reference="mov_3", status="pending"))
        for reference, expected in (("mov_1", paid.id), ("mov_2", paid.id), ("mov_3", None)):
            found = await work.attempts.find_paid(BANK, reference)
            assert (found and found.id) == expected
        assert await work.attempts.find_paid(OTHER_BANK, "mov_2") is None


async def test_a_fact_of_a_dispute_is_stored_once_for_each_occasion(
    ledger: Books, database: Database
) -> None:
    fact = DisputeEvent(
        type=DisputeEventType.NEEDS_RESPONSE,
        dispute_id=dispute().id,
        payment_id=payment().id,
        amount=Money(500, "USD"),
        status="needs_response",
        stage="chargeback",
        reason="other",
        reason_code=None,
        evidence_due_at=None,
        occasion="first",
        occurred_at=NOW,
    )
    async with ledger.work() as work:
        for occasion in ("first", "first", "second"):
            await work.events.add(msgspec.structs.replace(fact, occasion=occasion))
        await work.commit()
    owner = await asyncpg.connect(database.superuser_url)
    assert await owner.fetchval("SELECT count(*) FROM events") == 2
    await owner.close()
