"""Authorised money is taken once, or let go, whatever the provider answers."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from paymux.kernel.ids import AttemptId, ConnectionId, RefundId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin
from paymux.payments.application.capture_drafts import CaptureIsNotSupported
from paymux.payments.application.routing import ManualCaptureIsNotSupported
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.capture import (
    CaptureExceedsAuthorizedAmount,
    CaptureIsUnderWay,
    OnlyOneCaptureIsSupported,
    PartialCaptureIsNotSupported,
    PaymentIsNotAuthorized,
)
from paymux.payments.domain.payment import PaymentIsAuthorized, PaymentStatus, Review
from paymux.payments.domain.refund import Refund, RefundCause, RefundStatus
from paymux.payments.ports.connectors import Failure, ObservedStatus, Outcome
from paymux.payments.ports.inbound import Observed
from paymux.payments.ports.plugins import Operation, PartialCaptures
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.holding import HOLD, ORDER, Afterwards, HoldingHouse, observed
from tests.unit.payments.house import SCHEDULE, SCOPE, House
from tests.unit.payments.providers import Idle, OpensPages, failure, usable

WHOLE = PRICE.amount
LOST = failure(Outcome.UNKNOWN)


@pytest.fixture(name="held")
async def _held() -> HoldingHouse:
    house = HoldingHouse()
    await house.held()
    return house


async def test_money_is_held_until_it_is_captured(held: HoldingHouse) -> None:
    assert (held.payment.status, held.payment.amount_captured) == ("authorized", 0)
    assert held.provider.requests[0].captures_later
    capture = await held.capture()
    assert (capture.status, capture.amount) == ("succeeded", PRICE)
    assert (held.payment.status, held.payment.amount_captured) == ("succeeded", WHOLE)
    assert held.payment.review is None
    assert held.events == ["payment.created", "payment.authorized", "payment.succeeded"]


async def test_the_call_is_durable_with_its_key_before_it_is_made(held: HoldingHouse) -> None:
    held.store.log.clear()
    capture = await held.capture()
    assert held.store.log == ["commit", "capture", "commit"]
    [sent] = held.provider.captures
    assert sent.idempotency_key == capture.idempotency_key == f"paymux-{capture.id}"
    assert msgspec.json.encode(sent) == capture.request
    assert (sent.payment_reference, sent.provider_reference) == (HOLD, "ses_1")
    [job] = held.jobs("captures.check")
    assert (job.subject_id, job.after) == (capture.id, SCHEDULE.first)


async def test_less_is_taken_and_the_rest_let_go(held: HoldingHouse) -> None:
    await held.capture(500)
    assert (held.payment.status, held.payment.amount_captured) == ("succeeded", 500)
    assert held.payment.review is None
    with pytest.raises(PaymentIsNotAuthorized, match="succeeded"):
        await held.capture()


async def test_several_captures_take_no_more_than_is_held(held: HoldingHouse) -> None:
    await held.capture(500, is_final=False)
    assert (held.payment.status, held.payment.amount_captured) == ("authorized", 500)
    with pytest.raises(CaptureExceedsAuthorizedAmount, match=r"14\.99 USD"):
        await held.capture(1500)
    await held.capture()
    assert (held.payment.status, held.payment.amount_captured) == ("succeeded", WHOLE)
    assert held.payment.review is None
    assert sum(held.provider.taken.values()) == WHOLE


@pytest.mark.parametrize("amount", [0, WHOLE + 1])
async def test_nothing_and_too_much_are_refused_before_any_call(
    held: HoldingHouse, amount: int
) -> None:
    with pytest.raises(CaptureExceedsAuthorizedAmount):
        await held.capture(amount)
    assert not held.provider.captures
    assert not held.tables.captures


async def test_parts_are_refused_where_the_provider_has_none() -> None:
    house = HoldingHouse(PartialCaptures.NONE)
    await house.held()
    with pytest.raises(PartialCaptureIsNotSupported):
        await house.capture(500)
    assert not house.provider.captures
    assert (await house.capture()).status == "succeeded"


async def test_a_second_part_is_refused_where_the_provider_has_one() -> None:
    house = HoldingHouse(PartialCaptures.ONCE)
    await house.held()
    with pytest.raises(OnlyOneCaptureIsSupported):
        await house.capture(500, is_final=False)
    await house.capture(500)
    assert house.payment.amount_captured == 500


async def test_what_is_not_held_cannot_be_captured(house: House[OpensPages]) -> None:
    await house.create()
    with pytest.raises(PaymentIsNotAuthorized, match="requires_action"):
        await house.captures.capture(SCOPE, house.payment_id)


async def test_a_connection_that_cannot_hold_money_is_not_considered(
    house: House[OpensPages],
) -> None:
    with pytest.raises(ManualCaptureIsNotSupported):
        await house.create(msgspec.structs.replace(ORDER, connection_id=ConnectionId("con_1")))
    house.connections.found.append(
        usable("con_2", operations=(Operation.CREATE_CHECKOUT, Operation.CAPTURE))
    )
    house.connections.connectors["con_2"] = house.provider
    await house.create(ORDER)
    assert house.attempt.connection_id == "con_2"


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.CREDENTIALS])
async def test_what_was_never_sent_may_be_tried_again(
    held: HoldingHouse, outcome: Outcome
) -> None:
    held.provider.will("capture", failure(outcome), None)
    assert (await held.capture()).status == "not_sent"
    assert held.payment.status == "authorized"
    again = await held.capture()
    assert (again.status, held.payment.amount_captured) == ("succeeded", WHOLE)
    first, second = held.provider.captures
    assert first.idempotency_key != second.idempotency_key


@pytest.mark.parametrize(
    "outcome", [Outcome.REJECTED, Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD]
)
async def test_what_is_turned_down_takes_nothing(held: HoldingHouse, outcome: Outcome) -> None:
    held.provider.will("capture", failure(outcome))
    capture = await held.capture()
    assert (capture.status, capture.reason_code) == ("rejected", f"it_{outcome}")
    assert (held.payment.status, held.payment.amount_captured) == ("authorized", 0)


@pytest.mark.parametrize("answer", [LOST, RuntimeError("bug")], ids=["lost", "raised"])
async def test_an_answer_lost_after_the_effect_is_replayed_at_once_with_the_same_key(
    held: HoldingHouse, answer: Failure | Exception
) -> None:
    held.provider.will("capture", Afterwards(answer), None)
    capture = await held.capture(500)
    assert (capture.status, held.payment.amount_captured) == ("succeeded", 500)
    first, again = held.provider.captures
    assert again == msgspec.structs.replace(first, replay=True)
    assert sum(held.provider.taken.values()) == 500


async def test_it_is_looked_up_where_a_replay_does_not_get_through(held: HoldingHouse) -> None:
    held.provider.will("capture", Afterwards(LOST), failure(Outcome.NOT_SENT))
    assert (await held.capture()).status == "succeeded"
    assert held.payment.amount_captured == WHOLE


async def test_while_one_is_unknown_there_is_no_other(held: HoldingHouse) -> None:
    held.provider.will("capture", LOST)
    held.provider.will("look_up", LOST)
    assert (await held.capture(500)).status == "unknown"
    for another in (held.capture, held.void):
        with pytest.raises(CaptureIsUnderWay):
            await another()
    assert held.payment.status == "authorized"


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.NOT_PROCESSED])
async def test_a_replay_that_does_not_get_through_says_nothing_of_the_first_call(
    held: HoldingHouse, outcome: Outcome
) -> None:
    held.provider.will("capture", LOST, failure(outcome))
    assert (await held.capture()).status == "unknown"
    held.provider.will("capture", None)
    await held.check_capture()
    assert (held.last.status, held.payment.amount_captured) == ("succeeded", WHOLE)


async def test_money_still_held_proves_nothing_while_a_call_may_arrive(
    held: HoldingHouse,
) -> None:
    held.provider.will("capture", LOST)
    await held.capture()
    held.clock.go_on(timedelta(hours=23, minutes=40))
    await held.check_capture(1)
    assert held.last.status == "unknown"
    held.clock.go_on(timedelta(minutes=10))
    await held.check_capture(2)
    assert (held.last.status, held.last.reason_code) == ("not_sent", "not_found_at_provider")
    assert held.payment.status == "authorized"


async def test_checks_go_on_as_planned_and_then_ask_a_person(held: HoldingHouse) -> None:
    held.provider.will("capture", LOST)
    held.provider.will("look_up", LOST)
    await held.capture()
    for done in range(3):
        await held.check_capture(done)
    planned = [(job.after, job.detail) for job in held.jobs("captures.check")]
    assert planned == [
        (SCHEDULE.first, {}),
        (SCHEDULE.rounds[0], {"round": 1}),
        (SCHEDULE.rounds[1], {"round": 2}),
        (SCHEDULE.rounds[1], {"round": 3}),
    ]
    assert (held.payment.status, held.payment.review) == ("authorized", Review.UNRESOLVED)
    assert held.last.status == "unknown"


async def test_a_request_that_died_half_way_is_finished_and_not_repeated(
    held: HoldingHouse,
) -> None:
    origin = Origin(stem="0" * 26)
    held.provider.will("capture", Afterwards(LOST))
    held.provider.will("look_up", LOST)
    await held.captures.capture(SCOPE, held.payment_id, 500, is_final=False, origin=origin)
    held.provider.will("capture", None)
    for _ in range(2):
        again = await held.captures.capture(
            SCOPE,
            held.payment_id,
            500,
            is_final=False,
            origin=Origin(stem="0" * 26, is_repeated=True),
        )
        assert (again.id, again.status) == (origin.id("cap"), "succeeded")
    assert list(held.provider.taken.values()) == [500]


async def test_a_request_that_died_before_it_began_is_begun(held: HoldingHouse) -> None:
    origin = Origin(stem="0" * 26, is_repeated=True)
    void = await held.captures.void(SCOPE, held.payment_id, origin)
    assert (void.id, void.status) == (origin.id("cap"), "succeeded")


async def test_a_connection_that_is_gone_does_not_end_the_watch(held: HoldingHouse) -> None:
    held.provider.will("capture", LOST)
    held.provider.will("look_up", LOST)
    await held.capture()
    held.connections.connectors.clear()
    await held.check_capture()
    assert len(held.jobs("captures.check")) == 2


async def test_a_webhook_settles_what_the_reply_did_not(held: HoldingHouse) -> None:
    held.provider.will("capture", Afterwards(LOST))
    held.provider.will("look_up", LOST)
    assert (await held.capture(500, is_final=False)).status == "unknown"
    await held.observe(held.provider.state)
    assert (held.last.status, held.payment.amount_captured) == ("succeeded", 500)
    await held.check_capture()
    assert len(held.provider.captures) == 2
    held.provider.will("capture", None)
    assert (await held.capture()).status == "succeeded"
    assert (held.payment.amount_captured, held.payment.review) == (WHOLE, None)


async def test_a_capture_that_is_not_done_yet_stays_under_way(held: HoldingHouse) -> None:
    held.provider.will("capture", held.provider.state)
    capture = await held.capture()
    assert (capture.status, capture.reason_code) == ("unknown", "not_done_yet")


async def test_money_taken_by_another_hand_settles(held: HoldingHouse) -> None:
    await held.observe(observed(ObservedStatus.SUCCEEDED, WHOLE))
    assert (held.payment.status, held.payment.amount_captured) == ("succeeded", WHOLE)
    assert held.payment.review is None


@pytest.mark.parametrize("status", [ObservedStatus.SUCCEEDED, ObservedStatus.AUTHORIZED])
async def test_less_taken_than_anybody_asked_for_goes_to_review(
    held: HoldingHouse, status: ObservedStatus
) -> None:
    await held.observe(observed(status, 700))
    assert held.payment.amount_captured == 700
    assert held.payment.review is Review.AMOUNT_MISMATCH


async def test_more_taken_than_we_asked_for_goes_to_review(held: HoldingHouse) -> None:
    await held.capture(500)
    await held.observe(observed(ObservedStatus.SUCCEEDED, WHOLE))
    assert (held.payment.amount_captured, held.payment.review) == (WHOLE, "amount_mismatch")


@pytest.mark.parametrize(("amount", "currency"), [(WHOLE + 1, "USD"), (WHOLE, "EUR")])
async def test_more_than_is_held_settles_nothing(
    held: HoldingHouse, amount: int, currency: str
) -> None:
    await held.observe(observed(ObservedStatus.SUCCEEDED, amount, currency))
    assert (held.payment.status, held.payment.amount_captured) == ("authorized", 0)
    assert held.payment.review is Review.AMOUNT_MISMATCH


async def test_a_void_ends_the_payment_as_canceled(held: HoldingHouse) -> None:
    void = await held.void()
    assert (void.kind, void.status, void.amount) == ("void", "succeeded", PRICE)
    assert (held.payment.status, held.attempt.status) == ("canceled", "canceled")
    assert held.events[-1] == "payment.canceled"
    with pytest.raises(PaymentIsNotAuthorized):
        await held.capture()


async def test_a_report_from_before_the_void_changes_nothing(held: HoldingHouse) -> None:
    before = held.provider.state
    await held.void()
    await held.observe(before)
    assert (held.payment.status, held.attempt.status) == ("canceled", "canceled")


async def test_a_void_whose_answer_is_lost_is_found_by_looking(held: HoldingHouse) -> None:
    held.provider.will("void", Afterwards(LOST), failure(Outcome.NOT_SENT))
    assert (await held.void()).status == "succeeded"
    assert held.payment.status == "canceled"


async def test_a_void_is_repeated_with_or_without_a_key(held: HoldingHouse) -> None:
    held.allow(PartialCaptures.SEVERAL, kept={})
    held.provider.will("void", LOST, failure(Outcome.NOT_SENT), None)
    assert (await held.void()).status == "unknown"
    held.clock.go_on(timedelta(days=2))
    await held.check_capture()
    assert (held.last.status, held.payment.status) == ("succeeded", "canceled")


async def test_a_hold_that_runs_out_cancels_the_payment(held: HoldingHouse) -> None:
    held.provider.is_over = held.provider.is_let_go = True
    await held.check()
    assert held.payment.status == "canceled"


async def test_the_rest_can_be_let_go_after_a_part_was_taken(held: HoldingHouse) -> None:
    await held.capture(500, is_final=False)
    void = await held.void()
    assert (void.status, void.amount.amount) == ("succeeded", WHOLE - 500)
    assert (held.payment.status, held.payment.amount_captured) == ("succeeded", 500)
    assert held.payment.review is None


async def test_a_void_after_the_money_was_taken_is_turned_down(held: HoldingHouse) -> None:
    held.provider.taken["by another hand"] = WHOLE
    held.provider.is_over = True
    assert (await held.void()).status == "rejected"
    assert (held.payment.status, held.payment.amount_captured) == ("succeeded", WHOLE)


async def test_to_cancel_what_is_held_is_to_void_it(held: HoldingHouse) -> None:
    details = await held.payments.cancel(SCOPE, held.payment_id)
    assert details.payment.status is PaymentStatus.CANCELED
    assert [(one.kind, one.status) for one in details.captures] == [("void", "succeeded")]
    assert held.provider.is_let_go


async def test_what_is_held_does_not_expire_with_the_link(held: HoldingHouse) -> None:
    with pytest.raises(PaymentIsAuthorized):
        await held.payments.expire(SCOPE, held.payment_id)
    assert held.payment.closed_as is None
    assert (await held.capture()).status == "succeeded"


async def test_a_provider_without_voids_says_so_before_anything_is_stored(
    held: HoldingHouse,
) -> None:
    held.connections.connectors["con_1"] = Idle()
    with pytest.raises(CaptureIsNotSupported, match="void"):
        await held.void()
    assert not held.tables.captures


async def test_what_a_second_page_holds_is_let_go_once(held: HoldingHouse) -> None:
    second = AttemptId("att_second")
    held.tables.attempts[second] = replace(
        held.attempt, id=second, provider_reference="ses_2", status=AttemptStatus.SUPERSEDED
    )
    hold = msgspec.structs.replace(held.provider.state, provider_reference="ses_2")
    assert await held.observe(hold) is Observed.SECOND_SUCCESS
    [job] = held.jobs("captures.release")
    assert job.subject_id == second
    assert not held.jobs("payments.give_back")
    for _ in range(2):
        void = await held.captures.release_second_hold(SCOPE, second)
        assert (void.attempt_id, void.status) == (second, "succeeded")
    assert len(held.tables.captures) == 1
    assert (held.payment.status, held.payment.amount_captured) == ("authorized", 0)


async def test_what_was_given_back_counts_as_far_as_it_is_known_to_be_taken(
    held: HoldingHouse,
) -> None:
    await held.capture(500, is_final=False)
    gone = Refund(
        id=RefundId("ref_1"),
        payment_id=held.payment_id,
        attempt_id=held.attempt_id,
        connection_id=held.attempt.connection_id,
        provider="acme",
        payment_reference=HOLD,
        amount=Money(700, "USD"),
        idempotency_key="provider-ref_1",
        request=b"",
        created_at=NOW,
        replay_until=NOW,
        cause=RefundCause.PROVIDER,
        status=RefundStatus.SUCCEEDED,
    )
    held.tables.refunds[gone.id] = gone
    held.payment.give_back(700, NOW)
    assert held.payment.amount_refunded == 500
    await held.capture()
    assert (held.payment.amount_captured, held.payment.amount_refunded) == (WHOLE, 700)
