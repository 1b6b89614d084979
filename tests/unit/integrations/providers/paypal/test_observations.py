import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.paypal.observations import instant, observe
from paymux.integrations.adapters.providers.paypal.wire import Order
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    AUTHORIZATION,
    CAPTURE,
    ORDER,
    a_capture,
    a_held_order,
    a_paid_order,
    an_authorization,
    an_order,
    money,
)


def observed(order: dict[str, object]) -> Observation:
    observation = observe(msgspec.json.decode(json.dumps(order), type=Order))
    assert isinstance(observation, Observation)
    return observation


def failed(order: dict[str, object]) -> Failure:
    failure = observe(msgspec.json.decode(json.dumps(order), type=Order))
    assert isinstance(failure, Failure)
    assert failure.outcome is Outcome.UNKNOWN
    return failure


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ("CREATED", ObservedStatus.PENDING),
        ("SAVED", ObservedStatus.PENDING),
        ("PAYER_ACTION_REQUIRED", ObservedStatus.PENDING),
        ("APPROVED", ObservedStatus.APPROVED),
        ("VOIDED", ObservedStatus.CANCELED),
    ],
)
def test_an_order_without_captures_is_what_its_status_says(
    status: str, seen: ObservedStatus
) -> None:
    observation = observed(an_order(status))
    assert observation.status is seen
    assert (observation.attempt_id, observation.provider_reference) == (ATTEMPT, ORDER)
    assert (observation.amount, observation.payment_reference) == (None, None)


def test_a_completed_capture_is_money() -> None:
    observation = observed(a_paid_order())
    assert observation.status is ObservedStatus.SUCCEEDED
    assert observation.amount == Money(10000, "USD")
    assert observation.payment_reference == CAPTURE
    assert observation.method == "paypal"
    assert observation.reason_code is None
    assert observation.occurred_at == datetime(2026, 11, 23, 8, 5, 2, tzinfo=UTC)


@pytest.mark.parametrize("status", ["REFUNDED", "PARTIALLY_REFUNDED"])
def test_a_refunded_capture_was_taken_all_the_same(status: str) -> None:
    observation = observed(a_paid_order(a_capture(status)))
    assert (observation.status, observation.amount) == (
        ObservedStatus.SUCCEEDED,
        Money(10000, "USD"),
    )


def test_a_completed_order_with_a_pending_capture_has_taken_nothing_yet() -> None:
    held = a_capture("PENDING", status_details={"reason": "ECHECK"})
    observation = observed(a_paid_order(held))
    assert observation.status is ObservedStatus.PENDING
    assert (observation.reason_code, observation.payment_reference) == ("echeck", CAPTURE)


@pytest.mark.parametrize("status", ["DECLINED", "FAILED"])
def test_a_completed_order_with_a_refused_capture_is_declined(status: str) -> None:
    refused = a_capture(status, status_details={"reason": "OTHER"})
    observation = observed(a_paid_order(refused))
    assert observation.status is ObservedStatus.DECLINED
    assert (observation.reason_code, observation.amount) == ("other", None)


def test_a_refused_capture_is_not_final_while_the_payer_may_choose_again() -> None:
    refused = a_capture("DECLINED", status_details={"reason": "OTHER"})
    observation = observed(a_paid_order(refused, status="PAYER_ACTION_REQUIRED"))
    assert observation.status is ObservedStatus.PENDING
    assert (observation.reason_code, observation.payment_reference) == ("other", None)


def test_money_after_a_refused_capture_is_money() -> None:
    second = a_capture(id="4C679366HH908993F")
    observation = observed(a_paid_order(a_capture("DECLINED"), second))
    assert observation.status is ObservedStatus.SUCCEEDED
    assert observation.payment_reference == "4C679366HH908993F"


def test_several_captures_are_added_up() -> None:
    assert observed(a_paid_order(a_capture(), a_capture())).amount == Money(20000, "USD")


@pytest.mark.parametrize(
    "captures",
    [
        [a_capture(amount={"currency_code": "USD", "value": "1.005"})],
        [a_capture(amount={"currency_code": "XXX", "value": "1.00"})],
        [a_capture(amount=None)],
        [a_capture(), a_capture(amount={"currency_code": "EUR", "value": "1.00"})],
    ],
)
def test_money_that_cannot_be_counted_is_not_reported(captures: list[dict[str, object]]) -> None:
    assert failed(a_paid_order(*captures)).code == "odd_amount"


def test_a_completed_order_that_shows_no_capture_proves_nothing() -> None:
    assert failed(an_order("COMPLETED")).code == "capture_not_reported"


def test_a_status_nobody_documents_proves_nothing() -> None:
    assert failed(an_order("LOST")).code == "unrecognised_status"


@pytest.mark.parametrize("custom", ["", "a\x00b", "x" * 128, "ü", None])
def test_a_foreign_reference_is_not_passed_on(custom: str | None) -> None:
    order = an_order("CREATED", purchase_units=[{"custom_id": custom}])
    assert observed(order).attempt_id is None


@pytest.mark.parametrize(
    "text",
    [None, "", "yesterday", "2026-11-23", "2026-11-23T08:00:00", "0001-01-01T00:00:00+14:00"],
)
def test_what_is_no_time_is_no_time(text: str | None) -> None:
    assert instant(text) is None


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(["COMPLETED", "APPROVED", "X"]),
    st.fixed_dictionaries(
        {},
        optional={
            "purchase_units": JSON,
            "links": JSON,
            "payment_source": JSON,
            "create_time": st.text() | st.datetimes().map(str),
        },
    ),
)
def test_no_readable_order_is_beyond_words(status: str, changes: dict[str, object]) -> None:
    raw = json.dumps(an_order(status) | changes).encode()
    try:
        order = msgspec.json.decode(raw, type=Order)
    except msgspec.MsgspecError:
        return
    assert isinstance(observe(order), Observation | Failure)


@pytest.mark.parametrize(
    ("hold", "captures", "status", "cents"),
    [
        ("CREATED", [], ObservedStatus.AUTHORIZED, 10000),
        ("PARTIALLY_CAPTURED", [False], ObservedStatus.AUTHORIZED, 4000),
        ("PARTIALLY_CAPTURED", [False, True], ObservedStatus.SUCCEEDED, 8000),
        ("CAPTURED", [False], ObservedStatus.SUCCEEDED, 4000),
        ("VOIDED", [False, False], ObservedStatus.SUCCEEDED, 8000),
        ("VOIDED", [], ObservedStatus.CANCELED, None),
        ("EXPIRED", [], ObservedStatus.CANCELED, None),
        ("DENIED", [], ObservedStatus.DECLINED, None),
        ("PENDING", [], ObservedStatus.PENDING, None),
    ],
)
def test_held_money_is(
    hold: str, captures: list[bool], status: ObservedStatus, cents: int | None
) -> None:
    parts = [
        a_capture(id=f"C{position}", amount=money("40.00"), final_capture=final)
        for position, final in enumerate(captures)
    ]
    observation = observed(a_held_order(*parts, hold=an_authorization(hold)))
    assert observation.status is status
    assert observation.amount == (None if cents is None else Money(cents, "USD"))
    taken = status is ObservedStatus.SUCCEEDED
    assert observation.payment_reference == ("C0" if taken else AUTHORIZATION)


@pytest.mark.parametrize(
    ("part", "status"),
    [("PENDING", ObservedStatus.PENDING), ("DECLINED", ObservedStatus.DECLINED)],
)
def test_a_capture_of_held_money_may_wait_or_fail(part: str, status: ObservedStatus) -> None:
    order = a_held_order(a_capture(part), hold=an_authorization("CAPTURED"))
    assert observed(order).status is status


@pytest.mark.parametrize("hold", ["CAPTURED", "SOMETHING"])
def test_a_hold_that_does_not_say_what_became_of_it_is_unknown(hold: str) -> None:
    assert failed(a_held_order(hold=an_authorization(hold))).code == "unrecognised_status"


def test_a_hold_without_an_amount_is_odd() -> None:
    assert failed(a_held_order(hold=an_authorization(amount=None))).code == "odd_amount"
