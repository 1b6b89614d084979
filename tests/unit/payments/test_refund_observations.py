"""What providers report of refunds: ours, and those made in their own dashboards."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Review
from paymux.payments.domain.refund import Refund, RefundCause, RefundExceedsCapturedAmount
from paymux.payments.ports.connectors import Outcome, RefundReport, RefundStatus
from paymux.payments.ports.inbound import Observed
from tests.unit.payments.attempts import ANOTHER_PRICE, payment
from tests.unit.payments.providers import failure
from tests.unit.payments.refund_house import RefundHouse, paid_attempt, refund_report

PART = Money(500, "USD")


@pytest.fixture(name="house")
def _house() -> RefundHouse:
    return RefundHouse()


async def _pending(house: RefundHouse, amount: int = 500) -> Refund:
    reference = f"re_{amount}"
    reply = refund_report(RefundStatus.PENDING, reference, Money(amount, "USD"))
    house.provider.will("refund", reply)
    return await house.give_back(amount)


async def test_a_pending_refund_succeeds_by_webhook_once(house: RefundHouse) -> None:
    await _pending(house)
    assert house.payment.amount_refunded == 0
    done = refund_report(reference="re_500", amount=PART)
    assert await house.observe(done) is Observed.APPLIED
    assert await house.observe(done) is Observed.REPEATED
    assert house.payment.amount_refunded == 500
    assert house.events == ["refund.created", "refund.succeeded"]


async def test_a_refund_that_fails_after_it_succeeded_frees_its_money_again(
    house: RefundHouse,
) -> None:
    refund = await house.give_back()
    failed = refund_report(
        RefundStatus.FAILED, refund.provider_reference or "", reason="lost_or_stolen_card"
    )
    assert await house.observe(failed) is Observed.APPLIED
    assert house.payment.amount_refunded == 0
    assert house.refund.reason_code == "lost_or_stolen_card"
    assert house.events == ["refund.created", "refund.succeeded", "refund.failed"]
    assert (await house.give_back()).status == "succeeded"


async def test_our_reference_finds_a_refund_whose_reply_was_lost(house: RefundHouse) -> None:
    house.provider.will("refund", failure(Outcome.UNKNOWN))
    refund = await house.give_back()
    assert await house.observe(refund_report(refund_id=refund.id)) is Observed.APPLIED
    assert (house.refund.status, house.refund.provider_reference) == ("succeeded", "re_1")


async def test_a_report_that_may_be_of_one_in_flight_waits_for_its_end(house: RefundHouse) -> None:
    house.provider.will("refund", failure(Outcome.IN_PROGRESS))
    refund = await house.give_back()
    assert await house.observe(refund_report()) is Observed.SUBJECT_UNKNOWN
    await house.observe(refund_report(refund_id=refund.id))
    assert await house.observe(refund_report()) is Observed.REPEATED
    assert len(house.tables.refunds) == 1


async def test_a_refund_made_in_the_dashboard_is_taken_in_once(house: RefundHouse) -> None:
    assert await house.observe(refund_report(amount=PART)) is Observed.APPLIED
    assert await house.observe(refund_report(amount=PART)) is Observed.REPEATED
    assert house.refund.cause is RefundCause.PROVIDER
    assert (house.refund.attempt_id, house.refund.request) == ("att_1", b"")
    assert house.payment.amount_refunded == 500
    assert house.events == ["refund.created", "refund.succeeded"]
    with pytest.raises(RefundExceedsCapturedAmount):
        await house.give_back(1500)


@pytest.mark.parametrize(
    "report",
    [
        msgspec.structs.replace(refund_report(), payment_reference="mov_9"),
        msgspec.structs.replace(refund_report(), payment_reference=None),
        refund_report(amount=None),
        refund_report(amount=Money(1999, "EUR")),
    ],
)
async def test_a_report_of_nothing_that_we_know_is_kept_for_later(
    house: RefundHouse, report: RefundReport
) -> None:
    assert await house.observe(report) is Observed.SUBJECT_UNKNOWN
    assert not house.tables.refunds
    assert not house.tables.timeline


async def test_another_connection_knows_no_refund_of_this_one(house: RefundHouse) -> None:
    other = ConnectionId("con_2")
    assert await house.observe(refund_report(), other) is Observed.SUBJECT_UNKNOWN


async def test_a_refund_that_is_heard_of_before_the_payment_is_too_early(
    house: RefundHouse,
) -> None:
    house.keep(payment())
    assert await house.observe(refund_report()) is Observed.SUBJECT_UNKNOWN


async def test_another_amount_than_was_asked_for_settles_nothing(house: RefundHouse) -> None:
    await _pending(house)
    wrong = refund_report(reference="re_500", amount=ANOTHER_PRICE)
    assert await house.observe(wrong) is Observed.AMOUNT_MISMATCH
    assert (house.refund.status, house.payment.amount_refunded) == ("pending", 0)
    assert house.payment.review is Review.AMOUNT_MISMATCH
    assert "payment.needs_review" in house.events


async def test_two_refunds_at_the_provider_for_one_of_ours_are_both_counted_and_shown(
    house: RefundHouse,
) -> None:
    refund = await house.give_back(500)
    again = refund_report(reference="re_again", amount=PART, refund_id=refund.id)
    assert await house.observe(again) is Observed.APPLIED
    assert house.payment.amount_refunded == 1000
    assert house.payment.review is Review.SECOND_REFUND
    assert await house.observe(again) is Observed.REPEATED
    assert len(house.tables.refunds) == 2


async def test_more_given_back_than_taken_is_counted_up_to_that_and_shown(
    house: RefundHouse,
) -> None:
    await house.give_back()
    await house.observe(refund_report(reference="re_2", amount=PART))
    assert house.payment.amount_refunded == 1999
    assert house.payment.review is Review.OVER_REFUNDED


async def test_what_a_second_success_took_is_given_back_beside_the_payment(
    house: RefundHouse,
) -> None:
    house.keep(paid_attempt("att_2", AttemptStatus.DUPLICATE, "mov_2"))
    report = msgspec.structs.replace(refund_report(), payment_reference="mov_2")
    assert await house.observe(report) is Observed.APPLIED
    assert house.refund.cause is RefundCause.SECOND_SUCCESS
    assert (house.payment.amount_refunded, house.payment.review) == (0, None)


async def test_what_is_heard_of_refunds_stands_in_the_timeline(house: RefundHouse) -> None:
    refund = await _pending(house)
    await house.observe(refund_report(reference="re_500", amount=PART))
    told = [(one.source, one.status, one.refund_id, one.amount) for one in house.tables.timeline]
    assert told == [
        ("reply", "pending", refund.id, PART),
        ("webhook", "succeeded", refund.id, PART),
    ]
    first, second = house.tables.timeline
    assert first.fingerprint != second.fingerprint


_REPORTS = [
    refund_report(RefundStatus.PENDING, "re_500", PART),
    refund_report(RefundStatus.SUCCEEDED, "re_500", PART),
    refund_report(RefundStatus.SUCCEEDED, "re_theirs", Money(300, "USD")),
    refund_report(RefundStatus.FAILED, "re_theirs", Money(300, "USD"), reason="lost"),
    refund_report(RefundStatus.SUCCEEDED, "re_500", ANOTHER_PRICE),
    refund_report(RefundStatus.SUCCEEDED, "re_more", Money(200, "USD")),
]


async def _state(order: list[RefundReport]) -> tuple[object, ...]:
    house = RefundHouse()
    await _pending(house)
    for report in order:
        await house.observe(report)
    refunds = {
        one.provider_reference: (one.status, one.amount, one.cause, one.reason_code)
        for one in house.tables.refunds.values()
    }
    paid = house.payment
    return (
        refunds,
        paid.amount_refunded,
        paid.review,
        sorted(set(house.events) - {"refund.failed"}),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(_REPORTS), max_size=4), st.permutations(_REPORTS))
async def test_every_order_of_reports_with_repetitions_ends_alike(
    again: list[RefundReport], order: list[RefundReport]
) -> None:
    expected = await _state(_REPORTS)
    assert expected[1:3] == (700, Review.AMOUNT_MISMATCH)
    assert await _state([*order, *again]) == expected
