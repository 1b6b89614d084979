"""What an attempt knows, and what it makes of a report."""

from datetime import timedelta

import pytest

from paymux.payments.domain.attempt_report import LIVE, OPEN, AttemptStatus, Effect, Report
from tests.unit.payments.attempts import NOW, approval, attempt, paid, refusal, said


@pytest.mark.parametrize("status", AttemptStatus)
def test_every_status_says_whether_it_is_live_open_and_resolved(status: AttemptStatus) -> None:
    one = attempt(status)
    assert one.is_live == (status in LIVE)
    assert one.is_open == (status in OPEN) == (one.is_live and status != "succeeded")
    assert one.is_unresolved == (status in {"in_flight", "unknown"})


def test_a_page_takes_the_payer_only_while_it_is_pending() -> None:
    one = attempt(AttemptStatus.IN_FLIGHT)
    assert not one.takes_payer
    one.apply(Report(status=AttemptStatus.PENDING, checkout_url="https://pay.example/1"))
    assert one.takes_payer
    one.apply(said(AttemptStatus.EXPIRED))
    assert not one.takes_payer


def test_what_the_first_reply_told_of_the_page_stays() -> None:
    one = attempt(AttemptStatus.IN_FLIGHT)
    one.apply(
        Report(
            status=AttemptStatus.PENDING,
            provider_reference="ses_1",
            checkout_url="https://pay.example/1",
            checkout_expires_at=NOW + timedelta(hours=1),
        )
    )
    one.apply(Report(status=AttemptStatus.EXPIRED))
    assert one.provider_reference == "ses_1"
    assert one.checkout_url == "https://pay.example/1"
    assert one.checkout_expires_at == NOW + timedelta(hours=1)


def test_a_repeated_report_changes_nothing() -> None:
    for report in (said(AttemptStatus.DECLINED, "fraud"), paid(), approval()):
        one = attempt()
        assert one.apply(report) is Effect.APPLIED
        assert one.apply(report) is Effect.REPEATED


def test_a_report_of_less_than_is_known_changes_nothing() -> None:
    one = attempt(AttemptStatus.DECLINED)
    for status in (AttemptStatus.UNKNOWN, AttemptStatus.NOT_SENT, AttemptStatus.REJECTED):
        assert one.apply(Report(status=status, reason_code="late")) is Effect.REPEATED
    assert (one.status, one.reason_code) == (AttemptStatus.DECLINED, None)


def test_the_reason_of_a_lower_status_does_not_outlive_it() -> None:
    one = attempt()
    one.apply(said(AttemptStatus.PENDING, "card_declined"))
    assert one.reason_code == "card_declined"
    one.apply(said(AttemptStatus.EXPIRED, "abandoned"))
    assert one.reason_code == "abandoned"
    one.apply(paid())
    assert one.reason_code is None


def test_only_money_that_moved_names_a_movement_and_a_method() -> None:
    one = attempt()
    one.apply(Report(status=AttemptStatus.DECLINED, payment_reference="mov_failed", method="card"))
    assert (one.payment_reference, one.method) == (None, None)
    one.apply(paid("mov_2"))
    assert (one.payment_reference, one.method) == ("mov_2", "card")


def test_something_known_of_the_movement_beats_nothing_in_either_order() -> None:
    for first, second in ((None, "mov_1"), ("mov_1", None)):
        one = attempt()
        one.apply(paid(first))
        assert one.apply(paid(second)) is not Effect.SECOND_SUCCESS
        assert one.payment_reference == "mov_1"


def test_an_approval_awaits_completion_until_it_has_an_end() -> None:
    one = attempt()
    one.apply(approval())
    assert one.awaits_completion
    one.apply(paid())
    assert not one.awaits_completion


def test_a_refused_completion_asks_the_payer_again_under_a_new_key() -> None:
    one = attempt()
    one.apply(approval())
    first_key = one.completion_key
    assert one.apply(refusal(0)) is Effect.APPLIED
    assert not one.awaits_completion
    one.apply(approval())
    assert one.awaits_completion
    assert one.completion_key != first_key


def test_one_refusal_told_twice_costs_no_later_approval() -> None:
    one = attempt()
    one.apply(approval())
    one.apply(refusal(0))
    one.apply(approval())
    second_key = one.completion_key
    assert one.apply(refusal(0)) is Effect.REPEATED
    assert one.awaits_completion
    assert one.completion_key == second_key
