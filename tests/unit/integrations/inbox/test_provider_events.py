"""What becomes of an event after its 2xx."""

from datetime import timedelta

import pytest

from paymux.integrations.adapters.jobs import IntegrationJobs
from paymux.integrations.application.provider_events import (
    PROCESS,
    EventIsNotProcessed,
    ProviderEvents,
)
from paymux.integrations.domain.provider_event import ProviderEventStatus
from paymux.integrations.ports.inbox import Effect, Meaning, ProviderEventFilter
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ProviderEventId
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import RunLater
from tests.unit.integrations.inbox.memory import (
    NOW,
    SCOPE,
    ScriptedMeanings,
    StoppedClock,
    Store,
    event,
)

_TOO_EARLY = Meaning(Effect.TOO_EARLY, "subject_unknown")
_FAILED = Meaning(Effect.FAILED, "read_timeout", timedelta(seconds=9))


def _inbox(store: Store, meanings: ScriptedMeanings, most_tries: int = 3) -> ProviderEvents:
    return ProviderEvents(
        units_of_work=store.unit_of_work,
        meanings=meanings,
        clock=StoppedClock(),
        most_tries=most_tries,
    )


@pytest.mark.parametrize(
    ("effect", "status"),
    [
        (Effect.APPLIED, ProviderEventStatus.PROCESSED),
        (Effect.IGNORED, ProviderEventStatus.IGNORED),
    ],
)
async def test_an_event_that_is_done_is_noted_and_left_alone(
    effect: Effect, status: ProviderEventStatus
) -> None:
    store, meanings = Store(), ScriptedMeanings(Meaning(effect, "why"))
    one = store.put(event())
    for _ in range(2):
        await _inbox(store, meanings).process(SCOPE, one.id)
    done = store.events[SCOPE, one.id]
    assert (done.status, done.reason, done.processed_at) == (status, "why", NOW)
    assert meanings.asked == 1


@pytest.mark.parametrize("vain", [_TOO_EARLY, _FAILED])
async def test_an_event_in_vain_is_tried_again_and_then_parked(vain: Meaning) -> None:
    store = Store()
    one = store.put(event())
    inbox = _inbox(store, ScriptedMeanings(vain))
    for tries in (1, 2):
        with pytest.raises(EventIsNotProcessed) as refusal:
            await inbox.process(SCOPE, one.id)
        assert (refusal.value.reason, refusal.value.delay) == (vain.reason, vain.delay)
        kept = store.events[SCOPE, one.id]
        assert (kept.status, kept.tries, kept.reason) == ("received", tries, vain.reason)
    await inbox.process(SCOPE, one.id)
    parked = store.events[SCOPE, one.id]
    assert (parked.status, parked.tries, parked.processed_at) == ("parked", 3, NOW)


async def test_an_event_that_came_too_early_is_applied_in_time() -> None:
    store = Store()
    one = store.put(event())
    inbox = _inbox(store, ScriptedMeanings(_TOO_EARLY, Meaning(Effect.APPLIED)))
    with pytest.raises(EventIsNotProcessed):
        await inbox.process(SCOPE, one.id)
    await inbox.process(SCOPE, one.id)
    assert store.events[SCOPE, one.id].status is ProviderEventStatus.PROCESSED


async def test_of_two_runs_of_one_job_the_slower_changes_nothing() -> None:
    store = Store()
    one = store.put(event())

    class Overtaken(ScriptedMeanings):
        async def apply(self, *_: object) -> Meaning:
            quicker = store.events[SCOPE, one.id]
            quicker.finish(ProviderEventStatus.PROCESSED, "applied", NOW)
            return _FAILED

    await _inbox(store, Overtaken(), most_tries=1).process(SCOPE, one.id)
    kept = store.events[SCOPE, one.id]
    assert (kept.status, kept.reason) == (ProviderEventStatus.PROCESSED, "applied")


@pytest.mark.parametrize("vain", [_TOO_EARLY, Meaning(Effect.APPLIED)])
async def test_an_event_is_replayed_from_the_start_whatever_became_of_it(vain: Meaning) -> None:
    store = Store()
    one = store.put(event())
    inbox = _inbox(store, ScriptedMeanings(vain, Meaning(Effect.IGNORED)), most_tries=1)
    await inbox.process(SCOPE, one.id)
    again = await inbox.replay(SCOPE, one.id)
    assert (again.status, again.tries, again.reason) == ("received", 0, None)
    assert again.processed_at is None
    assert store.jobs == [(PROCESS, one.id)]
    await inbox.process(SCOPE, one.id)
    assert store.events[SCOPE, one.id].status is ProviderEventStatus.IGNORED


async def test_events_are_read_listed_and_counted_in_their_scope_only() -> None:
    store = Store()
    one = store.put(event(1))
    store.put(event(2), Scope(SCOPE.tenant_id, Mode.LIVE))
    inbox = _inbox(store, ScriptedMeanings())
    assert (await inbox.get(SCOPE, one.id)).body == one.body
    found = await inbox.list(SCOPE, ProviderEventFilter(), PageRequest())
    assert [it.id for it in found.items] == [one.id]
    assert await inbox.count(SCOPE, ProviderEventStatus.RECEIVED) == 1
    assert await inbox.count(SCOPE, ProviderEventStatus.PARKED) == 0
    for use in (inbox.get, inbox.process, inbox.replay):
        with pytest.raises(ThingIsNotFound):
            await use(SCOPE, ProviderEventId("pev_2"))


async def test_a_worker_runs_an_event_in_vain_later_as_the_provider_asked() -> None:
    store = Store()
    one = store.put(event())
    jobs = IntegrationJobs(provider_events=_inbox(store, ScriptedMeanings(_FAILED)))
    job = Job(name=PROCESS, tenant_id=SCOPE.tenant_id, mode=SCOPE.mode, subject_id=one.id)
    with pytest.raises(RunLater) as wish:
        await jobs.handlers()[PROCESS](job)
    assert (wish.value.reason, wish.value.delay) == ("read_timeout", timedelta(seconds=9))
