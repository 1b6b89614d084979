"""What a worker makes of the jobs of payments."""

from datetime import timedelta

import pytest

from paymux.payments.adapters.jobs import PaymentJobs
from paymux.payments.ports.connectors import ObservedStatus, Outcome
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import RunLater
from tests.unit.payments.house import SCOPE, House, T
from tests.unit.payments.providers import ClosesPages, TakesApprovedMoney, failure, seen


async def _run(house: House[T], name: str, subject_id: str, **detail: int) -> None:
    job = Job(
        name=f"payments.{name}",
        tenant_id=SCOPE.tenant_id,
        mode=SCOPE.mode,
        subject_id=subject_id,
        detail=detail,
    )
    jobs = PaymentJobs(payments=house.payments, attempts=house.attempts, pages=house.pages)
    await jobs.handlers()[job.name](job)


async def test_a_check_counts_its_rounds(closing: House[ClosesPages]) -> None:
    await closing.create()
    await _run(closing, "check", closing.attempt_id, round=5)
    assert closing.jobs("payments.check")[-1].detail == {"round": 6}


async def test_a_completion_in_vain_is_run_later_as_the_provider_asked(
    approving: House[TakesApprovedMoney],
) -> None:
    await approving.create()
    await approving.observe(seen(ObservedStatus.APPROVED))
    approving.provider.will(
        "complete", failure(Outcome.NOT_PROCESSED, 7), seen(ObservedStatus.SUCCEEDED)
    )
    with pytest.raises(RunLater) as wish:
        await _run(approving, "complete", approving.attempt_id)
    assert (wish.value.reason, wish.value.delay) == ("it_not_processed", timedelta(seconds=7))
    for _ in range(2):
        await _run(approving, "complete", approving.attempt_id)
    assert approving.payment.status == "succeeded"
    assert len(approving.provider.asked["complete"]) == 2


async def test_a_payment_expires_once(closing: House[ClosesPages]) -> None:
    await closing.create()
    for _ in range(2):
        await _run(closing, "expire", closing.payment_id)
    assert closing.payment.status == "expired"
    assert len(closing.provider.asked["expire"]) == 1


async def test_a_payment_that_was_paid_does_not_expire(closing: House[ClosesPages]) -> None:
    await closing.create()
    await closing.observe(seen(ObservedStatus.SUCCEEDED, "mov_1"))
    await _run(closing, "expire", closing.payment_id)
    assert closing.payment.status == "succeeded"


async def test_expiry_waits_for_the_provider(closing: House[ClosesPages]) -> None:
    await closing.create()
    closing.provider.will("expire", failure(Outcome.NOT_SENT))
    with pytest.raises(RunLater, match="it_not_sent") as wish:
        await _run(closing, "expire", closing.payment_id)
    assert wish.value.for_ever


async def test_what_a_provider_has_turned_down_is_not_asked_for_ever(
    closing: House[ClosesPages],
) -> None:
    await closing.create()
    closing.provider.will("expire", failure(Outcome.REJECTED))
    with pytest.raises(RunLater, match="it_rejected") as wish:
        await _run(closing, "expire", closing.payment_id)
    assert not wish.value.for_ever


async def test_expiry_waits_for_an_unanswered_call(closing: House[ClosesPages]) -> None:
    closing.provider.will("create", failure(Outcome.UNKNOWN))
    closing.provider.will("look_up", failure(Outcome.UNKNOWN))
    await closing.create()
    with pytest.raises(RunLater, match="payment_unresolved"):
        await _run(closing, "expire", closing.payment_id)
