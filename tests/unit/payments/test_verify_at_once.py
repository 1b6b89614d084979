"""An unknown outcome is looked into at once, besides the checks that follow the schedule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from paymux.payments.ports.connectors import ObservedStatus, Outcome
from tests.unit.payments.house import SCHEDULE, SCOPE, House
from tests.unit.payments.providers import PAGE, OpensPages, failure, seen

_AT_ONCE = timedelta(0)


def _verifications(house: House[OpensPages]) -> list[timedelta]:
    return [job.after for job in house.jobs("payments.verify")]


async def _verify(house: House[OpensPages]) -> None:
    await house.attempts.verify(SCOPE, house.attempt_id)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.DONE_ALREADY])
async def test_a_call_that_was_not_answered_is_verified_at_once(
    house: House[OpensPages], outcome: Outcome
) -> None:
    house.provider.will("create", failure(outcome))
    await house.create()
    assert _verifications(house) == [_AT_ONCE]
    assert house.store.log[-2:] == ["create", "commit"]


@pytest.mark.parametrize("outcome", [Outcome.NOT_PROCESSED, Outcome.IN_PROGRESS])
async def test_a_provider_that_is_busy_gets_the_time_it_asks_for(
    house: House[OpensPages], outcome: Outcome
) -> None:
    house.provider.will("create", failure(outcome, retry_after=7))
    await house.create()
    assert _verifications(house) == [timedelta(seconds=7)]


async def test_a_provider_that_is_busy_gets_a_breath_when_it_asks_for_none(
    house: House[OpensPages],
) -> None:
    house.provider.will("create", failure(Outcome.NOT_PROCESSED))
    await house.create()
    assert _verifications(house) == [timedelta(seconds=2)]


@pytest.mark.parametrize("reply", [PAGE, failure(Outcome.REJECTED), failure(Outcome.NOT_SENT)])
async def test_what_is_known_is_not_verified(house: House[OpensPages], reply: object) -> None:
    house.provider.will("create", reply)
    await house.create()
    assert _verifications(house) == []


async def test_verifying_resolves_it(house: House[OpensPages]) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN), PAGE)
    await house.create()
    await _verify(house)
    assert house.payment.status == "requires_action"


async def test_verifying_in_vain_grows_no_second_chain(house: House[OpensPages]) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.create()
    for _ in range(3):
        await _verify(house)
    assert _verifications(house) == [_AT_ONCE]
    assert [job.after for job in house.jobs("payments.check")] == [SCHEDULE.first]


async def test_verifying_what_is_resolved_meanwhile_asks_nobody(
    house: House[OpensPages],
) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    await house.create()
    await house.observe(seen(ObservedStatus.PENDING, attempt_id=house.attempt_id))
    await _verify(house)
    assert len(house.provider.requests) == 1


async def test_a_connection_that_is_gone_does_not_fail_the_job(house: House[OpensPages]) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    await house.create()
    house.connections.connectors.clear()
    await _verify(house)
    assert house.attempt.is_unresolved


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_every_wait_is_up_to_a_fifth_shorter_or_longer(chance: float, share: float) -> None:
    schedule = replace(SCHEDULE, chance=lambda: chance)
    assert schedule.begin() == SCHEDULE.first * share
    assert [schedule.next(done) for done in range(3)] == [
        wait * share for wait in (*SCHEDULE.rounds, SCHEDULE.rounds[-1])
    ]
