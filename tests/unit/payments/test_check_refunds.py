"""Watching refunds: resolved with the same key, else looked up, else before a person."""

from datetime import timedelta

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.payments.adapters.refund_jobs import RefundJobs
from paymux.payments.application.refund_drafts import PaymentIsNotRefundable
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Review
from paymux.payments.domain.refund import Refund, RefundCause
from paymux.payments.ports.connectors import NotFound, Outcome, RefundStatus
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import RunLater
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.memory import PlannedJob
from tests.unit.payments.providers import CONNECTION, failure
from tests.unit.payments.refund_house import (
    KEY_LIVES,
    SCHEDULE,
    SCOPE,
    RefundHouse,
    paid_attempt,
    refund_report,
)


@pytest.fixture(name="house")
def _house() -> RefundHouse:
    return RefundHouse()


async def _unknown(house: RefundHouse) -> Refund:
    house.provider.will("refund", failure(Outcome.NOT_PROCESSED))
    return await house.give_back()


async def test_an_unresolved_refund_is_sent_again_while_its_key_lives(house: RefundHouse) -> None:
    refund = await _unknown(house)
    house.provider.will("refund", None)
    await house.check(refund.id)
    assert house.refund.status == "succeeded"
    assert [request.replay for request in house.provider.requests] == [False, True]
    assert len({request.idempotency_key for request in house.provider.requests}) == 1
    assert len(house.jobs) == 1


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.CREDENTIALS])
async def test_a_replay_that_does_not_get_through_proves_nothing_of_the_first_call(
    house: RefundHouse, outcome: Outcome
) -> None:
    refund = await _unknown(house)
    house.provider.will("refund", failure(outcome))
    await house.check(refund.id)
    assert house.refund.status == "unknown"


async def test_a_refund_whose_key_has_died_is_only_looked_up(house: RefundHouse) -> None:
    refund = await _unknown(house)
    house.clock.go_on(KEY_LIVES)
    house.provider.will("look_up_refund", refund_report())
    await house.check(refund.id)
    assert house.refund.status == "succeeded"
    assert len(house.provider.requests) == 1


async def test_proven_absence_frees_the_money_once_nothing_can_arrive_any_more(
    house: RefundHouse,
) -> None:
    refund = await _unknown(house)
    house.provider.will("look_up_refund", NotFound())
    last_replay = KEY_LIVES - timedelta(minutes=30)
    for wait in (timedelta(), last_replay, timedelta(minutes=14)):
        house.clock.go_on(wait)
        await house.check(refund.id)
        assert house.refund.is_unresolved
    house.clock.go_on(timedelta(minutes=1))
    await house.check(refund.id)
    assert (house.refund.status, house.refund.reason_code) == ("not_sent", "not_found_at_provider")
    assert house.events[-1] == "refund.failed"


async def test_a_pending_refund_is_watched_to_its_end(house: RefundHouse) -> None:
    pending = refund_report(RefundStatus.PENDING)
    house.provider.will("refund", pending)
    refund = await house.give_back()
    house.provider.will("look_up_refund", pending, refund_report())
    await house.check(refund.id)
    assert house.jobs[-1] == PlannedJob(
        "refunds.check", refund.id, timedelta(minutes=2), {"round": 1}
    )
    await house.check(refund.id, 1)
    assert (house.refund.status, house.payment.amount_refunded) == ("succeeded", 1999)
    assert len(house.jobs) == 2


async def test_a_pending_refund_is_no_case_for_a_person_however_long_it_takes(
    house: RefundHouse,
) -> None:
    pending = refund_report(RefundStatus.PENDING)
    house.provider.will("refund", pending)
    house.provider.will("look_up_refund", pending)
    await house.check((await house.give_back()).id, 99)
    assert house.payment.review is None


async def test_what_stays_unknown_to_the_end_goes_before_a_person_and_stays_watched(
    house: RefundHouse,
) -> None:
    refund = await _unknown(house)
    await house.check(refund.id, len(SCHEDULE.rounds) - 1)
    assert house.payment.review is None
    await house.check(refund.id, len(SCHEDULE.rounds))
    assert house.refund.is_unresolved
    assert house.payment.review is Review.UNRESOLVED
    assert house.jobs[-1].after == SCHEDULE.rounds[-1]


async def test_a_connection_that_is_gone_does_not_end_the_watch(house: RefundHouse) -> None:
    refund = await _unknown(house)
    del house.connections.connectors[CONNECTION]
    await house.check(refund.id)
    assert house.jobs[-1].detail == {"round": 1}


async def test_a_refund_that_has_ended_is_left_alone(house: RefundHouse) -> None:
    refund = await house.give_back()
    await house.check(refund.id)
    assert len(house.jobs) == 1
    assert "look_up_refund" not in house.provider.asked


async def test_what_was_taken_twice_is_given_back_once_beside_the_payment(
    house: RefundHouse,
) -> None:
    late = paid_attempt("att_2", AttemptStatus.DUPLICATE, "mov_2")
    house.keep(late)
    refund = await house.refunds.refund_second_success(SCOPE, late.id)
    again = await house.refunds.refund_second_success(SCOPE, late.id)
    assert refund.id == again.id
    assert (refund.cause, refund.amount) == (RefundCause.SECOND_SUCCESS, PRICE)
    assert [request.payment_reference for request in house.provider.requests] == ["mov_2"]
    assert house.payment.amount_refunded == 0
    assert house.events == ["refund.created", "refund.succeeded"]
    assert (await house.give_back()).amount == PRICE


@pytest.mark.parametrize("attempt_id", ["att_1", "att_9"])
async def test_money_that_was_taken_once_is_never_given_back_by_itself(
    house: RefundHouse, attempt_id: str
) -> None:
    with pytest.raises((PaymentIsNotRefundable, ThingIsNotFound)):
        await house.refunds.refund_second_success(SCOPE, paid_attempt(attempt_id).id)
    assert not house.tables.refunds


def _job(subject_id: str, **detail: int) -> Job:
    return Job(
        name="any",
        tenant_id=SCOPE.tenant_id,
        mode=SCOPE.mode,
        subject_id=subject_id,
        detail=detail,
    )


async def test_the_jobs_check_refunds_and_give_back_until_it_is_done(house: RefundHouse) -> None:
    house.keep(paid_attempt("att_2", AttemptStatus.DUPLICATE, "mov_2"))
    jobs = RefundJobs(refunds=house.refunds, refund_calls=house.calls)
    handlers = jobs.handlers()
    house.provider.will("refund", failure(Outcome.NOT_SENT), refund_report(RefundStatus.PENDING))
    with pytest.raises(RunLater):
        await handlers["payments.give_back"](_job("att_2"))
    await handlers["payments.give_back"](_job("att_2"))
    _, refund = house.tables.refunds.values()
    house.provider.will("look_up_refund", refund_report())
    await handlers["refunds.check"](_job(refund.id, round=1))
    assert [one.status for one in house.tables.refunds.values()] == ["not_sent", "succeeded"]
