"""A payment follows its attempts, and can be closed by us."""

import pytest

from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import (
    CLOSED,
    PaymentIsClosed,
    PaymentIsUnresolved,
    PaymentStatus,
    Review,
)
from tests.unit.payments.attempts import NOW, attempt, payment


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["in_flight"], "processing"),
        (["unknown"], "processing"),
        (["pending"], "requires_action"),
        (["authorized"], "authorized"),
        (["succeeded"], "succeeded"),
        (["declined"], "failed"),
        (["rejected"], "failed"),
        ([], "requires_action"),
        (["not_sent"], "requires_action"),
        (["superseded"], "requires_action"),
        (["canceled"], "requires_action"),
        (["expired"], "requires_action"),
        (["expired", "pending"], "requires_action"),
        (["pending", "declined"], "requires_action"),
        (["superseded", "unknown"], "processing"),
        (["succeeded", "pending"], "succeeded"),
        (["canceled", "declined"], "failed"),
    ],
)
def test_the_status_follows_from_the_attempts(statuses: list[str], expected: str) -> None:
    whole = payment()
    whole.follow([attempt(AttemptStatus(status)) for status in statuses], NOW)
    assert whole.status == expected
    assert whole.is_closed == (whole.status in CLOSED)
    assert whole.amount_captured == (whole.amount.amount if "succeeded" in statuses else 0)


@pytest.mark.parametrize("status", ["succeeded", "declined", "rejected"])
def test_what_has_ended_cannot_be_closed(status: str) -> None:
    whole = payment()
    whole.follow([attempt(AttemptStatus(status))], NOW)
    with pytest.raises(PaymentIsClosed, match=whole.status):
        whole.close(PaymentStatus.CANCELED, [attempt(AttemptStatus(status))])


@pytest.mark.parametrize("status", ["in_flight", "unknown"])
def test_what_is_not_known_cannot_be_closed(status: str) -> None:
    with pytest.raises(PaymentIsUnresolved):
        payment().close(PaymentStatus.CANCELED, [attempt(AttemptStatus(status))])


def test_closing_takes_effect_with_the_end_of_the_last_page() -> None:
    whole, page = payment(), attempt()
    whole.close(PaymentStatus.EXPIRED, [page])
    whole.follow([page], NOW)
    assert whole.status == "requires_action"
    with pytest.raises(PaymentIsUnresolved):
        whole.refuse_unless(PaymentStatus.EXPIRED)
    page.status = AttemptStatus.CANCELED
    whole.follow([page], NOW)
    assert whole.status == "expired"
    whole.refuse_unless(PaymentStatus.EXPIRED)


def test_a_payer_who_was_quicker_than_the_closing_is_said_so() -> None:
    whole, page = payment(), attempt()
    whole.close(PaymentStatus.CANCELED, [page])
    page.status = AttemptStatus.SUCCEEDED
    whole.follow([page], NOW)
    with pytest.raises(PaymentIsClosed, match="succeeded"):
        whole.refuse_unless(PaymentStatus.CANCELED)


def test_of_several_reasons_for_review_the_same_one_stays() -> None:
    for order in ([*Review], [*reversed(Review)]):
        whole = payment()
        for why in order:
            whole.ask_for_review(why)
        assert whole.review is min(Review)
