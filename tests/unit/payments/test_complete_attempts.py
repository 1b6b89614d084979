"""Taking money that the payer has agreed to, once."""

from datetime import timedelta

import pytest

from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.application.reports import Heard, report_of_completion
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import ObservedStatus, Outcome
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.providers import CONNECTION, OpensPages, TakesApprovedMoney, failure, seen

Approving = House[TakesApprovedMoney]
_APPROVED = seen(ObservedStatus.APPROVED)


async def _approved(house: Approving) -> None:
    await house.create()
    await house.observe(_APPROVED)


async def _complete(house: Approving) -> None:
    await house.attempts.complete(SCOPE, house.attempt_id)


async def test_an_approval_asks_for_completion_once_however_often_it_is_told(
    approving: Approving,
) -> None:
    await approving.create()
    for _ in range(3):
        await approving.observe(_APPROVED)
    (job,) = approving.jobs("payments.complete")
    assert (job.subject_id, job.after) == (approving.attempt_id, timedelta(0))
    assert approving.payment.status == "requires_action"


async def test_completing_takes_the_money_once_with_its_own_key(approving: Approving) -> None:
    await _approved(approving)
    key = approving.attempt.completion_key
    await _complete(approving)
    await _complete(approving)
    assert approving.provider.asked["complete"] == [("ses_1", key)]
    assert approving.payment.status == "succeeded"
    assert approving.events == ["payment.created", "payment.succeeded"]


async def test_money_the_payer_did_not_agree_to_is_not_taken(approving: Approving) -> None:
    await approving.create()
    await _complete(approving)
    assert "complete" not in approving.provider.asked


async def test_money_is_never_taken_for_a_payment_that_has_ended(approving: Approving) -> None:
    await _approved(approving)
    await approving.payments.cancel(SCOPE, approving.payment_id)
    await _complete(approving)
    assert "complete" not in approving.provider.asked
    assert approving.payment.status == "canceled"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.NOT_SENT,
        Outcome.NOT_PROCESSED,
        Outcome.IN_PROGRESS,
        Outcome.UNKNOWN,
        Outcome.DONE_ALREADY,
        Outcome.CREDENTIALS,
    ],
)
async def test_a_completion_that_may_not_have_arrived_is_to_be_repeated_with_its_key(
    approving: Approving, outcome: Outcome
) -> None:
    await _approved(approving)
    approving.provider.will("complete", failure(outcome, 7200), seen(ObservedStatus.SUCCEEDED))
    with pytest.raises(ProviderIsNotReady) as refusal:
        await _complete(approving)
    assert refusal.value.reason == f"it_{outcome}"
    assert refusal.value.delay == timedelta(hours=1)
    assert approving.payment.status == "requires_action"
    await _complete(approving)
    first, again = approving.provider.asked["complete"]
    assert first == again
    assert approving.payment.status == "succeeded"


async def test_an_exception_out_of_the_connector_is_to_be_repeated_too(
    approving: Approving,
) -> None:
    await _approved(approving)
    approving.provider.will("complete", RuntimeError())
    with pytest.raises(ProviderIsNotReady) as refusal:
        await _complete(approving)
    assert refusal.value.delay is None


@pytest.mark.parametrize(
    "reply",
    [
        failure(Outcome.NEEDS_PAYER),
        failure(Outcome.DECLINED_SOFT),
        seen(ObservedStatus.PENDING),
    ],
)
async def test_a_refused_completion_asks_the_payer_again_under_a_new_key(
    approving: Approving, reply: object
) -> None:
    await _approved(approving)
    approving.provider.will("complete", reply, seen(ObservedStatus.SUCCEEDED, "mov_2"))
    await _complete(approving)
    assert not approving.attempt.approved
    assert approving.payment.status == "requires_action"
    await approving.observe(_APPROVED)
    assert len(approving.jobs("payments.complete")) == 2
    await _complete(approving)
    (_, first), (_, second) = approving.provider.asked["complete"]
    assert first != second
    assert approving.payment.status == "succeeded"


async def test_a_late_word_of_an_old_refusal_does_not_undo_a_new_approval(
    approving: Approving,
) -> None:
    await _approved(approving)
    stale = approving.attempt
    approving.provider.will("complete", failure(Outcome.NEEDS_PAYER))
    await _complete(approving)
    await approving.observe(_APPROVED)
    report = report_of_completion(failure(Outcome.NEEDS_PAYER), stale.completion_round)
    await approving.observations.learn(SCOPE, stale, Heard(report, Source.REPLY))
    assert approving.attempt.awaits_completion


@pytest.mark.parametrize("outcome", [Outcome.DECLINED_HARD, Outcome.REJECTED])
async def test_a_completion_that_is_refused_for_good_fails_the_payment(
    approving: Approving, outcome: Outcome
) -> None:
    await _approved(approving)
    approving.provider.will("complete", failure(outcome))
    await _complete(approving)
    assert (approving.attempt.status, approving.payment.status) == ("declined", "failed")


async def test_money_that_is_under_way_is_neither_refused_nor_taken_again(
    approving: Approving,
) -> None:
    await _approved(approving)
    approving.provider.will("complete", seen(ObservedStatus.PENDING, "mov_1"))
    await _complete(approving)
    assert approving.attempt.completion_round == 0
    assert approving.attempt.status is AttemptStatus.PENDING


async def test_a_check_that_finds_an_approval_takes_the_money_at_once(
    approving: Approving,
) -> None:
    await approving.create()
    approving.provider.will("look_up", _APPROVED)
    await approving.check()
    assert approving.payment.status == "succeeded"
    assert len(approving.jobs("payments.complete")) == 1


async def test_a_check_leaves_a_completion_in_vain_to_its_job(approving: Approving) -> None:
    await approving.create()
    approving.provider.will("look_up", _APPROVED)
    approving.provider.will("complete", failure(Outcome.UNKNOWN))
    await approving.check()
    assert approving.payment.status == "requires_action"
    assert len(approving.jobs("payments.complete")) == 1
    assert len(approving.jobs("payments.check")) == 2


async def test_a_provider_that_completes_nothing_is_not_asked_to(
    house: House[OpensPages],
) -> None:
    await house.create()
    await house.observe(_APPROVED)
    assert house.connections.connectors[CONNECTION] is house.provider
    await house.attempts.complete(SCOPE, house.attempt_id)
    assert house.payment.status == "requires_action"


async def test_money_on_its_way_is_noticed_after_the_payment_was_canceled(
    approving: Approving,
) -> None:
    await _approved(approving)
    await approving.payments.cancel(SCOPE, approving.payment_id)
    await approving.check(done=1)
    assert approving.jobs("payments.check")[-1].detail == {"round": 2}
    approving.provider.will("look_up", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    await approving.check(done=2)
    assert approving.payment.status == "succeeded"


async def test_what_was_agreed_to_and_canceled_is_not_asked_about_for_ever(
    approving: Approving,
) -> None:
    await _approved(approving)
    await approving.payments.cancel(SCOPE, approving.payment_id)
    approving.clock.go_on(timedelta(days=31))
    await approving.check(done=1)
    assert "round" not in approving.jobs("payments.check")[-1].detail
