"""A provider that fails is left alone for a while, and asked again by one call at a time."""

import pytest

from paymux.integrations.adapters.breakers import Breakers
from paymux.kernel.ids import ConnectionId
from paymux.payments.ports.connectors import Outcome

ONE, OTHER = ConnectionId("con_1"), ConnectionId("con_2")


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="breakers")
def _breakers(clock: Clock) -> Breakers:
    return Breakers(clock, lambda: 1.0)  # no jitter


def fail(breakers: Breakers, times: int, outcome: Outcome = Outcome.NOT_SENT) -> None:
    for _ in range(times):
        breakers.note(ONE, outcome)


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.UNKNOWN])
def test_five_technical_failures_in_a_row_open_it(breakers: Breakers, outcome: Outcome) -> None:
    fail(breakers, 4, outcome)
    assert breakers.allows(ONE)
    fail(breakers, 1, outcome)
    assert not breakers.allows(ONE)
    assert breakers.allows(OTHER)


@pytest.mark.parametrize("outcome", [None, *(set(Outcome) - {Outcome.NOT_SENT, Outcome.UNKNOWN})])
def test_an_answer_of_any_kind_shows_that_the_provider_is_up(
    breakers: Breakers, outcome: Outcome | None
) -> None:
    fail(breakers, 4)
    breakers.note(ONE, outcome)
    fail(breakers, 4)
    assert breakers.allows(ONE)


def test_after_a_rest_one_call_is_let_through_and_its_end_decides(
    breakers: Breakers, clock: Clock
) -> None:
    fail(breakers, 5)
    clock.seconds += 2.1
    assert breakers.allows(ONE)
    assert not breakers.allows(ONE)
    breakers.note(ONE, None)
    assert breakers.allows(ONE)
    assert breakers.allows(ONE)


def test_every_rest_is_longer_than_the_last_up_to_a_minute(
    breakers: Breakers, clock: Clock
) -> None:
    fail(breakers, 5)
    for rest in (2, 4, 8, 16, 32, 60, 60):
        assert not breakers.allows(ONE)
        clock.seconds += rest - 0.1
        assert not breakers.allows(ONE)
        clock.seconds += 0.2
        assert breakers.allows(ONE)
        fail(breakers, 1)


def test_a_probe_that_never_ends_is_followed_by_another(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 5)
    clock.seconds += 2.1
    assert breakers.allows(ONE)
    clock.seconds += 60.1
    assert breakers.allows(ONE)


def test_rests_are_jittered_by_half(clock: Clock) -> None:
    breakers = Breakers(clock, lambda: 0.0)
    fail(breakers, 5)
    clock.seconds += 1.1
    assert breakers.allows(ONE)


def test_asking_whether_it_rests_lets_no_call_through(breakers: Breakers, clock: Clock) -> None:
    assert not breakers.is_open(ONE)
    fail(breakers, 5)
    assert breakers.is_open(ONE)
    clock.seconds += 2.1
    assert not breakers.is_open(ONE)
    assert not breakers.is_open(ONE)
    assert breakers.allows(ONE)
    assert not breakers.allows(ONE)
