"""What a refund knows, and what it makes of a report: any order, any repetition, one state."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.refund import (
    HOLDING,
    OPEN,
    Refund,
    RefundCause,
    RefundExceedsCapturedAmount,
    RefundNews,
    RefundStatus,
    amount_to_refund,
    refundable,
    refunded,
)
from tests.unit.payments.attempts import ANOTHER_PRICE, NOW, PRICE
from tests.unit.payments.refund_house import paid_payment


def _refund(
    status: RefundStatus = RefundStatus.IN_FLIGHT,
    amount: int = PRICE.amount,
    cause: RefundCause = RefundCause.REQUESTED,
) -> Refund:
    return Refund(
        id=RefundId("ref_1"),
        payment_id=PaymentId("pay_1"),
        attempt_id=AttemptId("att_1"),
        connection_id=ConnectionId("con_1"),
        provider="acme",
        payment_reference="mov_1",
        amount=Money(amount, "USD"),
        idempotency_key="paymux-ref_1",
        request=b"{}",
        created_at=NOW,
        replay_until=NOW,
        status=status,
        cause=cause,
    )


def _news(
    status: RefundStatus, reason: str | None = None, amount: Money | None = PRICE
) -> RefundNews:
    return RefundNews(status=status, provider_reference="re_1", amount=amount, reason_code=reason)


@st.composite
def _any_news(draw: st.DrawFn) -> RefundNews:
    return RefundNews(
        status=draw(st.sampled_from(RefundStatus)),
        provider_reference=draw(st.sampled_from([None, "re_1"])),
        amount=draw(st.sampled_from([PRICE, PRICE, ANOTHER_PRICE, None])),
        reason_code=draw(st.sampled_from([None, "expired_card", "lost_card"])),
        reason_message=draw(st.sampled_from([None, "No."])),
    )


def _state(news: Sequence[RefundNews]) -> tuple[object, ...]:
    one = _refund()
    for each in news:
        one.apply(each)
    return tuple(getattr(one, name) for name in Refund.__slots__)


@settings(max_examples=100, deadline=None)
@given(st.lists(_any_news(), min_size=2, max_size=4), st.data())
def test_every_order_of_reports_ends_alike(news: list[RefundNews], data: st.DataObject) -> None:
    expected = _state(news)
    for order in permutations(news):
        again = data.draw(st.lists(st.sampled_from(news), max_size=3))
        assert _state([*order, *again]) == expected


def test_all_720_orders_of_six_reports_with_repetitions_end_alike() -> None:
    usual = (
        _news(RefundStatus.UNKNOWN, "read_timeout"),
        _news(RefundStatus.PENDING),
        _news(RefundStatus.SUCCEEDED),
        _news(RefundStatus.FAILED, "expired_card"),
        _news(RefundStatus.FAILED, "lost_card"),
        _news(RefundStatus.SUCCEEDED, amount=ANOTHER_PRICE),
    )
    expected = _state(usual)
    assert {RefundStatus.FAILED, "lost_card"} <= set(expected)
    for order in permutations(usual):
        assert _state(order) == expected
        assert _state([each for each in order for _ in range(2)]) == expected
        assert _state([*order, *reversed(order)]) == expected


def test_a_refund_that_succeeded_may_fail_later_but_not_the_other_way_round() -> None:
    for order in permutations([RefundStatus.SUCCEEDED, RefundStatus.FAILED]):
        one = _refund()
        for status in order:
            one.apply(_news(status))
        assert one.status is RefundStatus.FAILED


@pytest.mark.parametrize("ours", [RefundStatus.NOT_SENT, RefundStatus.REJECTED])
def test_any_report_that_it_exists_outweighs_that_it_does_not(ours: RefundStatus) -> None:
    one = _refund()
    one.apply(RefundNews(status=ours, reason_code="refused"))
    one.apply(_news(RefundStatus.PENDING))
    assert (one.status, one.reason_code) == (RefundStatus.PENDING, None)


@pytest.mark.parametrize("amount", [None, ANOTHER_PRICE, Money(PRICE.amount, "EUR")])
def test_a_success_of_another_amount_teaches_nothing(amount: Money | None) -> None:
    one = _refund()
    assert one.apply(_news(RefundStatus.SUCCEEDED, amount=amount)) is Effect.AMOUNT_MISMATCH
    assert (one.status, one.provider_reference) == (RefundStatus.IN_FLIGHT, None)


def test_a_repeated_report_changes_nothing() -> None:
    for status in RefundStatus:
        one = _refund()
        one.apply(_news(status, "why"))
        assert one.apply(_news(status, "why")) is Effect.REPEATED


@pytest.mark.parametrize("status", RefundStatus)
def test_only_a_refund_that_ended_without_success_frees_its_money(status: RefundStatus) -> None:
    one = _refund(status, 500)
    left = refundable(paid_payment(), [one]).amount
    assert left == PRICE.amount - 500 * (status in HOLDING)
    assert refunded([one]) == 500 * (status is RefundStatus.SUCCEEDED)
    assert one.is_open == (status in OPEN)


def test_what_was_taken_twice_and_given_back_is_no_part_of_the_payment() -> None:
    surplus = _refund(RefundStatus.SUCCEEDED, cause=RefundCause.SECOND_SUCCESS)
    assert refunded([surplus]) == 0
    assert refundable(paid_payment(), [surplus]) == PRICE


def test_all_that_is_left_is_given_back_unless_told() -> None:
    payment, parts = paid_payment(), [_refund(RefundStatus.PENDING, 999)]
    assert amount_to_refund(payment, parts, None) == Money(1000, "USD")
    assert amount_to_refund(payment, parts, 1) == Money(1, "USD")


@pytest.mark.parametrize(("held", "wanted"), [(999, 1001), (1999, None), (1999, 1), (0, 2000)])
def test_more_than_is_left_is_refused(held: int, wanted: int | None) -> None:
    parts = [_refund(RefundStatus.SUCCEEDED, held)]
    with pytest.raises(RefundExceedsCapturedAmount) as refusal:
        amount_to_refund(paid_payment(), parts, wanted)
    assert refusal.value.field == "amount"
