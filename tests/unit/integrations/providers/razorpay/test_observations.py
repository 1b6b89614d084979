from datetime import UTC, datetime

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.observations import (
    as_link_payment,
    instant,
    observe_link,
    observe_payment,
)
from paymux.integrations.adapters.providers.razorpay.wire import Payment, PaymentLink
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    PAYMENT,
    a_link,
    a_payment,
)


def observe(status: str = "created", **changes: object) -> Observation:
    observed = observe_link(link(status, **changes))
    assert isinstance(observed, Observation)
    return observed


def link(status: str, **changes: object) -> PaymentLink:
    return msgspec.convert(a_link(status, **changes), PaymentLink)


def tried(status: str, payment_id: str = "pay_1", at: int = 1795420850) -> dict[str, object]:
    return {
        "payment_id": payment_id,
        "amount": 50000,
        "status": status,
        "method": "upi",
        "created_at": at,
    }


def test_a_paid_link_has_succeeded_with_what_was_paid() -> None:
    assert observe("paid", payments=[tried("failed"), tried("captured", "pay_2")]) == Observation(
        status=ObservedStatus.SUCCEEDED,
        attempt_id=ATTEMPT,
        provider_reference="plink_ExjpAUN3gVHrPJ",
        payment_reference="pay_2",
        amount=Money(50000, "INR"),
        method="upi",
        occurred_at=datetime.fromtimestamp(1795420900, UTC),
    )


@pytest.mark.parametrize(
    ("status", "observed"),
    [
        ("created", ObservedStatus.PENDING),
        ("partially_paid", ObservedStatus.PENDING),
        ("expired", ObservedStatus.EXPIRED),
        ("cancelled", ObservedStatus.CANCELED),
    ],
)
def test_each_status_of_an_unpaid_link(status: str, observed: ObservedStatus) -> None:
    observation = observe(status)
    assert (observation.status, observation.amount) == (observed, None)


@pytest.mark.parametrize("payments", [None, []])
def test_a_paid_link_that_lists_no_payment_has_still_succeeded(payments: object) -> None:
    assert observe("paid", payments=payments).payment_reference is None


@pytest.mark.parametrize("status", ["created", "paid", "expired"])
def test_money_that_is_only_held_is_authorized(status: str) -> None:
    observation = observe(status, payments=[tried("authorized")], amount_paid=0)
    assert observation.status is ObservedStatus.AUTHORIZED
    assert observation.amount == Money(50000, "INR")
    assert observation.payment_reference == "pay_1"


def test_a_failed_payment_leaves_the_link_pending_with_a_reason() -> None:
    observation = observe(payments=[tried("failed")])
    assert observation.status is ObservedStatus.PENDING
    assert observation.reason_code == "payment_failed"
    assert observation.payment_reference is None


@pytest.mark.parametrize("status", ["created", "expired", "cancelled"])
def test_money_that_was_taken_late_is_never_overlooked(status: str) -> None:
    observation = observe(status, payments=[tried("captured")])
    assert observation.status is ObservedStatus.SUCCEEDED
    assert observation.amount == Money(50000, "INR")


def test_money_that_was_given_back_again_was_still_paid() -> None:
    observation = observe("paid", payments=[tried("refunded")])
    assert observation.status is ObservedStatus.SUCCEEDED
    assert (observation.payment_reference, observation.amount) == ("pay_1", Money(50000, "INR"))


@pytest.mark.parametrize("status", ["created", "expired", "cancelled"])
def test_held_money_that_went_back_by_itself_was_never_paid(status: str) -> None:
    assert observe(status, payments=[tried("refunded")]).amount is None
    payment = msgspec.convert(a_payment("refunded", captured=False), Payment)
    gone = as_link_payment(payment)
    seen = observe(status, payments=[gone])
    assert (seen.status, seen.amount) == (ObservedStatus.CANCELED, None)
    observation = observe_payment(payment, None)
    assert isinstance(observation, Observation)
    assert observation.status is ObservedStatus.CANCELED
    assert observation.payment_reference == seen.payment_reference == payment.id


def test_a_hold_that_went_back_says_nothing_once_another_is_there() -> None:
    gone = as_link_payment(msgspec.convert(a_payment("refunded", captured=False), Payment))
    for status in ("authorized", "captured"):
        payments = [gone, tried(status, "pay_9", 9)]
        assert observe("created", payments=payments).payment_reference == "pay_9"


def test_the_payment_that_was_taken_is_told_before_one_that_was_given_back() -> None:
    payments = [tried("captured", "pay_1", 1), tried("refunded", "pay_2", 2)]
    assert observe("paid", payments=payments).payment_reference == "pay_1"


def test_part_of_the_money_is_pending_and_told() -> None:
    observation = observe("partially_paid", amount_paid=100)
    assert observation.status is ObservedStatus.PENDING
    assert (observation.amount, observation.reason_code) == (Money(100, "INR"), "partially_paid")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "teleported"}, "odd_status"),
        ({"status": "paid", "currency": "XYZ"}, "odd_amount"),
        ({"status": "paid", "amount_paid": 0}, "odd_amount"),
        ({"status": "paid", "amount_paid": -5}, "odd_amount"),
        ({"status": "paid", "amount_paid": 10**17}, "odd_amount"),
    ],
)
def test_what_razorpay_does_not_document_is_unknown(changes: dict[str, object], code: str) -> None:
    failed = observe_link(msgspec.convert(a_link() | changes, PaymentLink))
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, code)


@pytest.mark.parametrize(
    ("currency", "wire", "money"),
    [
        ("INR", 100, Money(100, "INR")),
        ("usd", 1000, Money(1000, "USD")),
        ("JPY", 295, Money(295, "JPY")),
        ("KWD", 295990, Money(295990, "KWD")),
        ("ISK", 500, Money(500, "ISK")),
        ("UGX", 5000, Money(5000, "UGX")),
        ("MGA", 1000, Money(1000, "MGA")),
        ("HUF", 12300, Money(12300, "HUF")),
        ("TWD", 12300, Money(12300, "TWD")),
    ],
)
def test_amounts_are_read_as_razorpay_counts(currency: str, wire: int, money: Money) -> None:
    assert observe("paid", currency=currency, amount=wire, amount_paid=wire).amount == money


@pytest.mark.parametrize("notes", [[], {}, None, ["attempt_id"], {"attempt_id": 7}])
def test_notes_of_any_shape_are_survived(notes: object) -> None:
    assert observe(notes=notes).attempt_id == ATTEMPT
    assert observe(notes=notes, reference_id="TS1989").attempt_id is None


def test_the_attempt_is_found_in_the_notes_when_somebody_changed_the_reference() -> None:
    assert observe(reference_id="", notes={"attempt_id": ATTEMPT}).attempt_id == ATTEMPT


def test_a_reference_that_is_not_ours_is_no_attempt() -> None:
    assert observe(reference_id="TS1989", notes=[]).attempt_id is None
    assert observe(reference_id="", notes={"payment_id": PAYMENT}).attempt_id is None


@pytest.mark.parametrize("seconds", [None, 0, -1, 2**62])
def test_a_time_that_is_none_is_none(seconds: int | None) -> None:
    assert instant(seconds) is None
