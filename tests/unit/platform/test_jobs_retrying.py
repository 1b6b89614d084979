"""How long a failing job waits, and when it is held."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.kernel.ids import TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import RetryPolicy

_policies = st.builds(
    RetryPolicy,
    max_tries=st.integers(1, 100),
    base=st.timedeltas(timedelta(milliseconds=1), timedelta(hours=1)),
    ceiling=st.timedeltas(timedelta(seconds=1), timedelta(days=1)),
)


@given(_policies, st.integers(0, 200))
def test_a_wait_is_jittered_and_never_beyond_the_ceiling(policy: RetryPolicy, tries: int) -> None:
    wait = policy.delay(tries)
    most = min(policy.base * 2 ** min(tries, 20), policy.ceiling)
    assert most / 2 - timedelta(microseconds=1) <= wait <= most <= policy.ceiling


def test_waits_grow_with_the_tries_and_differ_between_jobs() -> None:
    policy = RetryPolicy(base=timedelta(seconds=2))
    longest = [max(policy.delay(tries) for _ in range(50)) for tries in range(8)]
    assert longest == sorted(longest)
    assert len({policy.delay(5) for _ in range(50)}) > 40


@pytest.mark.parametrize("mode", Mode)
def test_a_job_is_the_same_after_its_way_through_the_queue(mode: Mode) -> None:
    job = Job(
        name="payments.check",
        tenant_id=TenantId("ten_1"),
        mode=mode,
        subject_id="att_1",
        detail={"round": 3},
    )
    assert msgspec.json.decode(msgspec.json.encode(job), type=Job) == job
    assert job.scope == Scope(TenantId("ten_1"), mode)
