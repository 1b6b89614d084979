"""What is decided after each kind of call, and that it is kept."""

import pytest

from paymux.payments.application.decisions import decide, decide_in_place
from paymux.payments.domain.decision import Decision
from paymux.payments.ports.connectors import Outcome
from tests.unit.payments.holding import HoldingHouse
from tests.unit.payments.providers import failure
from tests.unit.payments.refund_house import RefundHouse

_OPEN = {Outcome.UNKNOWN, Outcome.IN_PROGRESS, Outcome.DONE_ALREADY}


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_may_have_happened_is_never_tried_elsewhere(
    outcome: Outcome, replay: bool, elsewhere: bool
) -> None:
    decision = decide(failure(outcome), replay=replay, elsewhere=elsewhere)
    if outcome in _OPEN:
        assert decision in {Decision.VERIFY, Decision.RETRY_SAME_KEY, Decision.CONVERGE}
    assert not (replay and decision is Decision.FAIL_OVER)


@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_call_that_can_be_made_nowhere_else_goes_nowhere_else(
    outcome: Outcome, replay: bool
) -> None:
    here = decide_in_place(failure(outcome), replay=replay)
    assert here not in {Decision.FAIL_OVER, Decision.ASK_PAYER}
    usual = decide(failure(outcome), replay=replay, elsewhere=False)
    assert here in {usual, Decision.STOP}


async def test_what_was_decided_about_a_refund_is_kept_once_and_counted() -> None:
    house = RefundHouse()
    house.provider.will("refund", failure(Outcome.UNKNOWN))
    refund = await house.give_back()
    await house.check(refund.id)
    (kept,) = house.tables.decisions
    assert (kept.operation, kept.subject_id) == ("refund", refund.id)
    assert (kept.decision, kept.reason_code) == (Decision.VERIFY, "it_unknown")
    assert kept.times_made == len(house.provider.requests)


async def test_what_was_decided_about_a_capture_is_kept() -> None:
    house = HoldingHouse()
    await house.held()
    house.provider.will("capture", failure(Outcome.REJECTED))
    capture = await house.capture()
    (kept,) = house.tables.decisions
    assert (kept.operation, kept.subject_id) == ("capture", capture.id)
    assert (kept.decision, kept.outcome) == (Decision.STOP, Outcome.REJECTED)
