"""Finding out what became of an attempt; unknown never becomes failed by a timer."""

from datetime import timedelta

import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId
from paymux.payments.domain.payment import Review
from paymux.payments.ports.connectors import NotFound, ObservedStatus, Outcome
from paymux.payments.ports.plugins import Idempotency
from tests.unit.payments.house import SCHEDULE, SCOPE, House
from tests.unit.payments.providers import (
    CONNECTION,
    PAGE,
    OnlyOpensPages,
    OpensPages,
    failure,
    seen,
    usable,
)

_DAY = timedelta(days=1)


async def _unanswered(house: House[OpensPages]) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.create()


async def test_a_replay_sends_the_same_request_with_the_same_key(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    house.provider.will("create", PAGE)
    await house.check()
    first, again = house.provider.requests
    assert not first.replay
    assert again == msgspec.structs.replace(first, replay=True)
    assert (house.attempt.status, house.payment.status) == ("pending", "requires_action")


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.NOT_SENT,
        Outcome.NOT_PROCESSED,
        Outcome.CREDENTIALS,
        Outcome.UNKNOWN,
        Outcome.IN_PROGRESS,
        Outcome.DONE_ALREADY,
    ],
)
async def test_a_replay_that_does_not_get_through_says_nothing_of_the_first_call(
    house: House[OpensPages], outcome: Outcome
) -> None:
    await _unanswered(house)
    house.provider.will("create", failure(outcome))
    await house.check()
    assert (house.attempt.status, house.payment.status) == ("unknown", "processing")


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.DECLINED_HARD])
async def test_a_replay_that_is_turned_down_proves_that_nothing_was_opened(
    house: House[OpensPages], outcome: Outcome
) -> None:
    await _unanswered(house)
    house.provider.will("create", failure(outcome))
    await house.check()
    assert house.payment.status == "failed"


async def test_a_look_up_after_a_replay_in_vain_may_find_it(house: House[OpensPages]) -> None:
    await _unanswered(house)
    house.provider.will("create", failure(Outcome.DONE_ALREADY))
    house.provider.will("look_up", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    await house.check()
    assert house.payment.status == "succeeded"


async def test_absence_right_after_a_replay_proves_nothing(house: House[OpensPages]) -> None:
    await _unanswered(house)
    house.provider.will("look_up", NotFound())
    await house.check()
    assert house.attempt.status == "unknown"


@pytest.mark.parametrize(
    ("kept", "life"),
    [
        (Idempotency(key_lives_seconds=86_400), timedelta(hours=23, minutes=30)),
        (Idempotency(key_lives_seconds=60), timedelta(0)),
        (Idempotency(), timedelta(0)),
        (None, timedelta(0)),
    ],
)
async def test_a_call_is_repeated_only_while_its_key_surely_lives(
    house: House[OpensPages], kept: Idempotency | None, life: timedelta
) -> None:
    house.connections.found = [usable(idempotency=kept)]
    await _unanswered(house)
    house.clock.go_on(life)
    await house.check()
    assert len(house.provider.requests) == 1
    assert len(house.provider.asked["look_up"]) == 1


async def test_a_provider_that_finds_by_our_reference_is_asked_again_for_ever(
    house: House[OpensPages],
) -> None:
    house.connections.found = [usable(idempotency=Idempotency(looks_up_by_reference=True))]
    await _unanswered(house)
    house.clock.go_on(365 * _DAY)
    await house.check()
    assert len(house.provider.requests) == 2


async def test_proven_absence_ends_an_unknown_attempt(house: House[OpensPages]) -> None:
    await _unanswered(house)
    house.clock.go_on(_DAY)
    house.provider.will("look_up", NotFound())
    await house.check()
    assert (house.attempt.status, house.payment.status) == ("not_sent", "requires_action")
    assert house.attempt.reason_code == "not_found_at_provider"


async def test_absence_of_what_was_seen_before_changes_nothing(
    house: House[OpensPages],
) -> None:
    await house.create()
    house.provider.will("look_up", NotFound())
    await house.check()
    assert house.attempt.status == "pending"


async def test_checks_follow_the_schedule_and_never_stop_while_it_is_open(
    house: House[OpensPages],
) -> None:
    await house.create()
    for done in range(4):
        await house.check(done)
    planned = house.jobs("payments.check")
    assert [job.after for job in planned] == [
        SCHEDULE.first,
        timedelta(minutes=2),
        timedelta(hours=1),
        timedelta(hours=1),
        timedelta(hours=1),
    ]
    assert [job.detail.get("round", 0) for job in planned] == [0, 1, 2, 3, 4]
    assert house.payment.review is None


async def test_unknown_stays_unknown_when_the_schedule_is_used_up_and_asks_a_person(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    house.clock.go_on(_DAY)
    for done in range(6):
        await house.check(done)
        assert (house.attempt.status, house.payment.status) == ("unknown", "processing")
        assert (house.payment.review is Review.UNRESOLVED) == (done >= 2)
    assert house.events == ["payment.created", "payment.needs_review"]


async def test_an_attempt_that_has_ended_is_checked_no_more(house: House[OpensPages]) -> None:
    await house.create()
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1"))
    planned = len(house.tables.jobs)
    await house.check()
    assert "look_up" not in house.provider.asked
    assert len(house.tables.jobs) == planned


async def test_a_check_that_runs_twice_goes_on_once(house: House[OpensPages]) -> None:
    await _unanswered(house)
    for _ in range(2):
        await house.check(done=3)
    rounds = [job.detail.get("round") for job in house.jobs("payments.check")]
    assert rounds == [None, 4]


async def test_a_check_that_finds_the_end_plans_no_other(house: House[OpensPages]) -> None:
    await house.create()
    house.provider.will("look_up", seen(ObservedStatus.DECLINED))
    await house.check()
    assert (house.attempt.status, house.payment.status) == ("declined", "failed")
    assert len(house.jobs("payments.check")) == 1


@pytest.mark.parametrize("end", [ObservedStatus.EXPIRED, ObservedStatus.CANCELED])
async def test_a_page_that_is_closed_is_asked_about_until_no_bank_authorises_a_try_any_more(
    house: House[OpensPages], end: ObservedStatus
) -> None:
    await house.create()
    house.provider.will("look_up", seen(end))
    await house.check()
    assert house.attempt.status.value == end.value
    assert len(house.jobs("payments.check")) == 2
    house.provider.will("look_up", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    house.clock.go_on(timedelta(days=3))
    await house.check()
    assert (house.attempt.status, house.payment.status) == ("succeeded", "succeeded")


async def test_a_page_that_was_closed_a_week_ago_is_left_alone(house: House[OpensPages]) -> None:
    await house.create()
    house.provider.will("look_up", seen(ObservedStatus.EXPIRED))
    await house.check()
    house.clock.go_on(timedelta(days=7))
    asked = len(house.provider.asked["look_up"])
    await house.check()
    assert len(house.provider.asked["look_up"]) == asked


@pytest.mark.parametrize("reply", [failure(Outcome.UNKNOWN), RuntimeError("broken")])
async def test_a_look_up_that_fails_changes_nothing(
    house: House[OpensPages], reply: object
) -> None:
    await house.create()
    house.provider.will("look_up", reply)
    await house.check()
    assert house.payment.status == "requires_action"
    assert len(house.jobs("payments.check")) == 2


async def test_a_provider_that_cannot_look_up_is_waited_for(house: House[OpensPages]) -> None:
    house.connections.connectors[CONNECTION] = OnlyOpensPages(house.provider)
    await house.create()
    await house.check()
    assert house.payment.status == "requires_action"
    assert len(house.jobs("payments.check")) == 2


async def test_an_unknown_attempt_cannot_be_checked(house: House[OpensPages]) -> None:
    with pytest.raises(ThingIsNotFound):
        await house.attempts.check(SCOPE, AttemptId("att_9"))


async def test_a_connection_that_cannot_be_used_does_not_end_the_watch(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    house.connections.connectors.clear()
    planned = len(house.jobs("payments.check"))
    await house.check(len(SCHEDULE.rounds))
    assert (house.attempt.status, house.payment.review) == ("unknown", Review.UNRESOLVED)
    assert len(house.jobs("payments.check")) == planned + 1
