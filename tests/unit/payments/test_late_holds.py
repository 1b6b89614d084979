"""Money that a bank holds late, though it was to be taken at once: taken once, or it goes back."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from paymux.kernel.ids import AttemptId
from paymux.payments.adapters.capture_jobs import CaptureJobs
from paymux.payments.application.drafts import NewPayment
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.payment import PaymentIsAuthorized, PaymentIsUnresolved
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.inbound import Observed
from paymux.payments.ports.plugins import PartialCaptures
from paymux.platform.jobs.queue import Job
from tests.unit.payments.attempts import PRICE, attempt
from tests.unit.payments.holding import HOLD, Afterwards, HoldingHouse, HoldsMoney
from tests.unit.payments.house import SCHEDULE, SCOPE, House
from tests.unit.payments.memory import Store
from tests.unit.payments.providers import ClosesPages, failure, seen

WHOLE = PRICE.amount
GONE = msgspec.structs.replace(seen(ObservedStatus.CANCELED), payment_reference=HOLD)
ORDER = NewPayment(amount=PRICE, description="Pro plan")


class TakesLate(ClosesPages):
    """Takes money at once, and lets nothing go; what a bank holds late it takes when told to."""

    def __init__(self, store: Store, books: HoldsMoney) -> None:
        super().__init__(store)
        self._books = books

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        return await self._books.create_checkout(request)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        return await self._books.look_up(query)

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        return await self._books.capture(request)


@pytest.fixture(name="late")
async def _late() -> HoldingHouse:
    """A payment that was to be taken at once, and whose bank held the money late."""
    house = HoldingHouse(PartialCaptures.NONE)
    house.allow(PartialCaptures.NONE, kept={})
    closes = TakesLate(house.store, house.provider)
    house.connections.connectors["con_1"] = closes
    await house.create(ORDER)
    await house.observe(seen(ObservedStatus.EXPIRED))
    await house.observe(house.provider.state)
    return house


async def _settle(house: HoldingHouse, done: int = 0) -> None:
    await house.late_holds.settle(SCOPE, house.attempt_id, done)


async def test_it_is_taken_by_a_job_and_nobody_is_told_before(late: HoldingHouse) -> None:
    assert (late.payment.status, late.payment.amount_captured) == ("authorized", 0)
    [job] = late.jobs("captures.take")
    assert (job.subject_id, job.after) == (late.attempt_id, SCHEDULE.first)
    late.store.log.clear()
    await _settle(late)
    assert late.store.log == ["commit", "capture", "commit"]
    assert late.provider.captures[0].idempotency_key == late.last.idempotency_key
    assert (late.payment.status, late.payment.amount_captured) == ("succeeded", WHOLE)
    assert late.last.status == "succeeded"
    assert late.payment.review is None
    assert late.events == ["payment.created", "payment.succeeded"]


async def test_it_is_taken_once_however_often_it_is_asked_for(late: HoldingHouse) -> None:
    for _ in range(3):
        await _settle(late)
        await late.observe(late.provider.state)
    assert len(late.provider.captures) == len(late.tables.captures) == 1
    assert len(late.jobs("captures.take")) == 1


async def test_the_job_takes_it(late: HoldingHouse) -> None:
    jobs = CaptureJobs(
        captures=late.captures, capture_calls=late.capture_calls, late_holds=late.late_holds
    )
    job = Job(
        name="captures.take",
        tenant_id=SCOPE.tenant_id,
        mode=SCOPE.mode,
        subject_id=late.attempt_id,
    )
    await jobs.handlers()[job.name](job)
    assert late.payment.status == "succeeded"


async def test_what_is_taken_by_another_hand_first_needs_no_call(late: HoldingHouse) -> None:
    late.provider.taken["by itself"] = WHOLE
    late.provider.is_over = True
    await late.observe(late.provider.state)
    await _settle(late)
    assert not late.provider.captures
    assert late.payment.status == "succeeded"


async def test_a_call_that_was_not_sent_is_made_again_with_growing_waits(
    late: HoldingHouse,
) -> None:
    late.provider.will("capture", failure(Outcome.NOT_SENT))
    waits = []
    for done in range(3):
        await _settle(late, done)
        waits.append(late.jobs("captures.take")[-1].after)
    assert waits == [SCHEDULE.next(0), SCHEDULE.next(1), SCHEDULE.next(2)]
    late.provider.will("capture", None)
    await _settle(late, 3)
    assert late.payment.status == "succeeded"


async def test_an_answer_that_was_lost_is_verified_by_the_same_call(late: HoldingHouse) -> None:
    lost = failure(Outcome.UNKNOWN)
    late.provider.will("capture", lost, lost, None)
    await _settle(late)
    assert late.last.status == "unknown"
    await _settle(late, 1)
    assert len(late.tables.captures) == 1
    late.clock.go_on(timedelta(days=1))
    await late.check_capture()
    assert [one.idempotency_key for one in late.provider.captures] == [
        late.last.idempotency_key
    ] * 3
    assert (late.last.status, late.payment.status) == ("succeeded", "succeeded")


async def test_an_answer_lost_after_the_effect_takes_nothing_more(late: HoldingHouse) -> None:
    late.provider.will("capture", Afterwards(failure(Outcome.UNKNOWN)), None)
    await _settle(late)
    assert sum(late.provider.taken.values()) == WHOLE
    assert late.payment.status == "succeeded"


async def test_what_the_provider_refuses_to_take_is_watched_until_it_went_back(
    late: HoldingHouse,
) -> None:
    late.provider.will("capture", failure(Outcome.REJECTED))
    await _settle(late)
    assert late.last.status == "rejected"
    assert len(late.jobs("captures.take")) == 1
    late.provider.will("look_up", GONE)
    checks = len(late.jobs("payments.check"))
    await late.check()
    assert (late.attempt.status, late.attempt.released) == ("canceled", True)
    assert late.payment.status == "requires_action", "the link opens the next page"
    assert len(late.jobs("payments.check")) == checks
    [job] = late.jobs("payments.close")
    assert job.subject_id == late.attempt_id


async def test_its_page_is_closed_after_it_went_back(late: HoldingHouse) -> None:
    await late.observe(GONE)
    connector = late.connections.connectors["con_1"]
    assert isinstance(connector, ClosesPages)
    await late.pages.close_superseded(SCOPE, late.attempt_id)
    assert len(connector.asked["expire"]) == 1
    assert late.attempt.released


async def test_a_hold_that_comes_after_the_watch_has_ended_is_watched_again() -> None:
    house = HoldingHouse()
    await house.create(ORDER)
    await house.observe(seen(ObservedStatus.EXPIRED))
    watched = len(house.jobs("payments.check"))
    await house.observe(house.provider.state)
    assert len(house.jobs("payments.check")) == watched + 1


async def test_held_for_a_canceled_payment_it_is_not_taken(late: HoldingHouse) -> None:
    with pytest.raises(PaymentIsUnresolved):
        await late.payments.cancel(SCOPE, late.payment_id)
    await _settle(late)
    assert not late.provider.captures
    assert len(late.jobs("captures.take")) == 1
    await late.observe(GONE)
    assert late.payment.status == "canceled"


async def test_held_for_a_canceled_payment_it_is_let_go_where_that_can_be() -> None:
    house = HoldingHouse()
    await house.create(ORDER)
    house.connections.connectors["con_1"] = closes = ClosesPages(house.store)
    closes.will("expire", seen(ObservedStatus.CANCELED))
    await house.payments.cancel(SCOPE, house.payment_id)
    house.connections.connectors["con_1"] = house.provider
    await house.observe(house.provider.state)
    assert house.payment.status == "authorized"
    await _settle(house)
    assert house.provider.is_let_go
    assert not house.provider.captures
    assert house.payment.status == "canceled"


async def test_it_is_taken_although_the_link_has_run_out(late: HoldingHouse) -> None:
    with pytest.raises(PaymentIsAuthorized):
        await late.payments.expire(SCOPE, late.payment_id)
    await _settle(late)
    assert late.payment.status == "succeeded"


async def test_a_link_that_ran_out_has_expired_once_the_money_went_back(
    late: HoldingHouse,
) -> None:
    with pytest.raises(PaymentIsAuthorized):
        await late.payments.expire(SCOPE, late.payment_id)
    await late.observe(GONE)
    assert late.payment.status == "expired"


async def test_held_while_another_attempt_has_the_money_it_is_let_go_not_given_back(
    late: HoldingHouse,
) -> None:
    await _settle(late)
    second = AttemptId("att_second")
    late.tables.attempts[second] = replace(
        late.attempt,
        id=second,
        provider_reference="ses_2",
        payment_reference=None,
        status=AttemptStatus.SUPERSEDED,
        amount_captured=0,
    )
    hold = msgspec.structs.replace(
        HoldsMoney(Store()).state, provider_reference="ses_2", payment_reference="aut_2"
    )
    assert await late.observe(hold) is Observed.SECOND_SUCCESS
    assert [job.subject_id for job in late.jobs("captures.release")] == [second]
    assert not late.jobs("payments.give_back")
    assert late.tables.attempts[second].is_watched
    gone = msgspec.structs.replace(GONE, provider_reference="ses_2", payment_reference="aut_2")
    await late.observe(gone)
    assert late.tables.attempts[second].released
    assert not late.tables.attempts[second].is_watched
    assert (late.payment.status, late.payment.amount_captured) == ("succeeded", WHOLE)


async def test_a_provider_that_takes_nothing_later_leaves_it_as_it_is(
    closing: House[ClosesPages],
) -> None:
    await closing.create(ORDER)
    await closing.observe(seen(ObservedStatus.AUTHORIZED, HOLD))
    await closing.late_holds.settle(SCOPE, closing.attempt_id)
    assert not closing.tables.captures
    assert closing.payment.status == "authorized"


_DUPLICATES = (
    Report(status=AttemptStatus.DUPLICATE, payment_reference="aut_1", amount=PRICE, is_held=True),
    Report(status=AttemptStatus.CANCELED, payment_reference="aut_1", released=True),
    Report(status=AttemptStatus.DUPLICATE, payment_reference="aut_2", amount=PRICE),
    Report(status=AttemptStatus.EXPIRED),
)


@pytest.mark.parametrize("chosen", [(0, 1), (0, 1, 3), (0, 1, 2), (0, 2, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("captures_later", [False, True])
def test_what_is_known_of_a_second_hold_is_the_same_in_every_order(
    chosen: tuple[int, ...], captures_later: bool
) -> None:
    ends = set()
    for order in permutations([_DUPLICATES[number] for number in chosen]):
        one = attempt(AttemptStatus.SUPERSEDED)
        one.captures_later = captures_later
        for report in (*order, *order):
            one.apply(report)
        ends.add((one.status, one.released, one.payment_reference, one.amount_captured))
    [(status, released, _, taken)] = ends
    assert (status, released) == (AttemptStatus.DUPLICATE, 1 in chosen and taken == 0)
