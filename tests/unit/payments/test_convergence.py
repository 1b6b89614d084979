"""Invariants 3 and 6: any order and any repetition of reports ends in one state."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paymux.kernel.money import Money
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus, Effect, Report
from paymux.payments.domain.payment import Payment, PaymentStatus, Review
from tests.unit.payments.attempts import (
    ANOTHER_PRICE,
    NOW,
    PRICE,
    approval,
    attempt,
    paid,
    payment,
    said,
)

_REVIEW_OF = {
    Effect.AMOUNT_MISMATCH: Review.AMOUNT_MISMATCH,
    Effect.SECOND_SUCCESS: Review.SECOND_SUCCESS,
}
_OPENED = Report(
    status=AttemptStatus.PENDING,
    provider_reference="ses_1",
    checkout_url="https://pay.example/ses_1",
    checkout_expires_at=NOW + timedelta(days=1),
)

_reasons = st.sampled_from([None, "insufficient_funds", "expired", "payer_left"])
_failing = st.sampled_from(
    [
        status
        for status in AttemptStatus
        if status not in {AttemptStatus.SUCCEEDED, AttemptStatus.AUTHORIZED}
    ]
)
_settling = st.sampled_from([AttemptStatus.SUCCEEDED, AttemptStatus.AUTHORIZED])


@st.composite
def _reports(draw: st.DrawFn) -> Report:
    if draw(st.booleans()):
        return Report(
            status=draw(_settling),
            provider_reference=draw(st.sampled_from([None, "ses_1"])),
            payment_reference=draw(st.sampled_from([None, "mov_1", "mov_2"])),
            amount=draw(st.sampled_from([PRICE, PRICE, ANOTHER_PRICE, None])),
            method=draw(st.sampled_from([None, "card", "upi"])),
        )
    return Report(
        status=draw(_failing),
        provider_reference=draw(st.sampled_from([None, "ses_1"])),
        checkout_url=draw(st.sampled_from([None, "https://pay.example/ses_1"])),
        payment_reference=draw(st.sampled_from([None, "mov_1", "mov_2"])),
        reason_code=draw(_reasons),
        reason_message=draw(st.sampled_from([None, "No.", "Not now."])),
        approved=draw(st.booleans()),
    )


def _told(reports: Sequence[Report]) -> tuple[Payment, PaymentAttempt]:
    """Apply reports as the application does, and check each step on the way."""
    whole, one = payment(), attempt(AttemptStatus.IN_FLIGHT)
    for report in reports:
        has_settled = one.status is AttemptStatus.SUCCEEDED
        effect = one.apply(report)
        assert one.status is AttemptStatus.SUCCEEDED or not has_settled
        if effect in _REVIEW_OF:
            whole.ask_for_review(_REVIEW_OF[effect])
        whole.follow([one], NOW)
    return whole, one


def _state(reports: Sequence[Report]) -> tuple[object, ...]:
    whole, one = _told(reports)
    return (
        *(getattr(one, name) for name in PaymentAttempt.__slots__),
        whole.status,
        whole.review,
        whole.amount_captured,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(_reports(), min_size=2, max_size=4), st.data())
def test_every_order_of_reports_ends_alike(reports: list[Report], data: st.DataObject) -> None:
    expected = _state(reports)
    for order in permutations(reports):
        again = data.draw(st.lists(st.sampled_from(reports), max_size=3))
        assert _state([*order, *again]) == expected


_USUAL = (
    _OPENED,
    said(AttemptStatus.PENDING, "card_declined"),
    approval(),
    said(AttemptStatus.EXPIRED, "abandoned"),
    said(AttemptStatus.DECLINED, "fraud"),
    paid(),
)


def test_all_720_orders_of_six_usual_reports_settle_once() -> None:
    expected = _state(_USUAL)
    assert PaymentStatus.SUCCEEDED in expected
    for order in permutations(_USUAL):
        assert _state(order) == expected
        assert _state([*order, *order]) == expected
        assert _state([each for each in order for _ in range(2)]) == expected


def test_every_order_with_a_mismatch_among_it_goes_to_review_unsettled() -> None:
    reports = (_OPENED, paid(amount=ANOTHER_PRICE), said(AttemptStatus.PENDING, "declined"))
    states = {_state(order) for order in permutations([*reports, reports[1]])}
    assert len(states) == 1
    assert {PaymentStatus.REQUIRES_ACTION, Review.AMOUNT_MISMATCH, 0} <= set(states.pop())


@pytest.mark.parametrize("amount", [None, ANOTHER_PRICE])
@pytest.mark.parametrize("status", [AttemptStatus.SUCCEEDED, AttemptStatus.AUTHORIZED])
def test_money_that_differs_teaches_nothing(amount: Money | None, status: AttemptStatus) -> None:
    one = attempt()
    report = Report(status=status, payment_reference="mov_9", amount=amount)
    assert one.apply(report) is Effect.AMOUNT_MISMATCH
    assert (one.status, one.payment_reference) == (AttemptStatus.PENDING, None)


@pytest.mark.parametrize(
    "ended",
    [
        AttemptStatus.DECLINED,
        AttemptStatus.CANCELED,
        AttemptStatus.EXPIRED,
        AttemptStatus.REJECTED,
        AttemptStatus.NOT_SENT,
        AttemptStatus.SUPERSEDED,
        AttemptStatus.UNKNOWN,
    ],
)
def test_a_success_that_comes_late_settles(ended: AttemptStatus) -> None:
    whole, one = _told([said(ended, "for_some_reason"), paid()])
    assert (one.status, one.payment_reference) == (AttemptStatus.SUCCEEDED, "mov_1")
    assert (whole.status, whole.amount_captured) == (PaymentStatus.SUCCEEDED, PRICE.amount)
    assert one.reason_code is None


@pytest.mark.parametrize("how", [PaymentStatus.CANCELED, PaymentStatus.EXPIRED])
def test_a_success_after_our_own_closing_settles(how: PaymentStatus) -> None:
    whole, one = payment(), attempt()
    whole.close(how, [one])
    for report, status in ((said(AttemptStatus.CANCELED), how), (paid(), PaymentStatus.SUCCEEDED)):
        one.apply(report)
        whole.follow([one], NOW)
        assert whole.status is status


def test_nothing_leads_away_from_success() -> None:
    for status in AttemptStatus:
        one = attempt()
        one.apply(paid())
        assert one.apply(said(status)) is not Effect.SECOND_SUCCESS
        assert one.status is AttemptStatus.SUCCEEDED


def test_a_second_success_on_one_page_is_flagged_in_either_order() -> None:
    for first, second in (("mov_1", "mov_2"), ("mov_2", "mov_1")):
        one = attempt()
        assert one.apply(paid(first)) is Effect.APPLIED
        assert one.apply(paid(first)) is Effect.REPEATED
        assert one.apply(paid(second)) is Effect.SECOND_SUCCESS
        assert one.payment_reference == "mov_1"


def test_two_attempts_that_both_succeeded_go_to_review() -> None:
    whole = payment()
    both = [attempt(AttemptStatus.SUCCEEDED, "att_1"), attempt(AttemptStatus.SUCCEEDED, "att_2")]
    whole.follow(both, NOW)
    assert (whole.status, whole.review) == (PaymentStatus.SUCCEEDED, Review.SECOND_SUCCESS)
    assert whole.amount_captured == PRICE.amount
