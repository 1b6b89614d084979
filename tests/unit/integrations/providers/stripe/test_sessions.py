from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.sessions import observe, session_params
from paymux.integrations.adapters.providers.stripe.wire import Session
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    CheckoutRequest,
    Failure,
    Observation,
    ObservedStatus,
    Payer,
)

CREATED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REQUEST = CheckoutRequest(
    payment_id="pay_1",
    attempt_id="att_1",
    idempotency_key="key-1",
    amount=Money(1000, "USD"),
    description="Order 1",
    return_url="https://pay.example/return",
    cancel_url="https://pay.example/cancel",
    created_at=CREATED,
)


def session(**fields: object) -> Session:
    plain = {
        "id": "cs_test_1",
        "status": "open",
        "payment_status": "unpaid",
        "amount_total": 1000,
        "currency": "usd",
        "metadata": {"payment_id": "pay_1", "attempt_id": "att_1"},
    }
    return msgspec.convert({**plain, **fields}, Session)


def seen(**fields: object) -> Observation:
    observation = observe(session(**fields))
    assert isinstance(observation, Observation)
    return observation


def intent(status: str, **fields: object) -> dict[str, object]:
    return {"id": "pi_1", "status": status, "currency": "usd", **fields}


def test_the_same_request_always_composes_the_same_parameters() -> None:
    again = msgspec.structs.replace(REQUEST, replay=True)
    assert session_params(REQUEST) == session_params(again)


def test_both_the_session_and_its_payment_carry_our_ids() -> None:
    params = session_params(REQUEST)
    ids = {"payment_id": "pay_1", "attempt_id": "att_1"}
    assert params["client_reference_id"] == "att_1"
    assert params["metadata"] == ids
    assert params["payment_intent_data"]["metadata"] == ids


def test_only_a_payment_that_is_captured_later_is_held() -> None:
    later = session_params(msgspec.structs.replace(REQUEST, captures_later=True))
    assert later["payment_intent_data"]["capture_method"] == "manual"
    assert "capture_method" not in session_params(REQUEST)["payment_intent_data"]


def test_the_one_line_has_the_price_in_stripes_units() -> None:
    params = session_params(msgspec.structs.replace(REQUEST, amount=Money(700, "ISK")))
    (line,) = params["line_items"]
    assert line["price_data"]["unit_amount"] == 70000
    assert line["price_data"]["currency"] == "isk"
    assert line["quantity"] == 1


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (timedelta(minutes=1), timedelta(minutes=40)),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=7), timedelta(hours=23, minutes=50)),
    ],
)
def test_the_end_is_moved_to_what_stripe_allows_with_room_for_delay_and_clocks(
    asked: timedelta, sent: timedelta
) -> None:
    params = session_params(msgspec.structs.replace(REQUEST, expires_at=CREATED + asked))
    assert params["expires_at"] == int((CREATED + sent).timestamp())


def test_without_an_end_stripes_own_applies() -> None:
    assert "expires_at" not in session_params(REQUEST)


def test_a_known_customer_is_named_and_an_unknown_one_only_by_address() -> None:
    known = Payer(customer_id="cus_a", email="a@example.com", provider_reference="cus_S1")
    params = session_params(msgspec.structs.replace(REQUEST, payer=known))
    assert params["customer"] == "cus_S1"
    assert "customer_email" not in params
    unknown = msgspec.structs.replace(known, provider_reference=None)
    params = session_params(msgspec.structs.replace(REQUEST, payer=unknown))
    assert params["customer_email"] == "a@example.com"
    assert "customer" not in params


def test_an_empty_description_is_replaced_and_a_long_one_cut() -> None:
    def name(description: str) -> str:
        params = session_params(msgspec.structs.replace(REQUEST, description=description))
        return params["line_items"][0]["price_data"]["product_data"]["name"]

    assert name("  ") == "Payment pay_1"
    assert name("x" * 999) == "x" * 250


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, ObservedStatus.PENDING),
        ({"payment_intent": intent("requires_payment_method")}, ObservedStatus.PENDING),
        ({"status": "expired"}, ObservedStatus.EXPIRED),
        ({"status": "complete"}, ObservedStatus.PENDING),
        ({"status": "complete", "payment_status": "paid"}, ObservedStatus.SUCCEEDED),
        ({"status": "expired", "payment_status": "paid"}, ObservedStatus.SUCCEEDED),
        (
            {"status": "complete", "payment_intent": intent("processing")},
            ObservedStatus.PENDING,
        ),
        (
            {"status": "complete", "payment_intent": intent("succeeded", amount_received=1000)},
            ObservedStatus.SUCCEEDED,
        ),
        (
            {
                "status": "complete",
                "payment_intent": intent("requires_capture", amount_capturable=1000),
            },
            ObservedStatus.AUTHORIZED,
        ),
        ({"status": "complete", "payment_intent": intent("canceled")}, ObservedStatus.CANCELED),
        (
            {
                "status": "complete",
                "payment_intent": intent(
                    "requires_payment_method", last_payment_error={"code": "debit_not_authorized"}
                ),
            },
            ObservedStatus.DECLINED,
        ),
    ],
)
def test_every_state_of_a_session_has_its_status(
    fields: dict[str, object], status: ObservedStatus
) -> None:
    observation = seen(**fields)
    assert observation.status is status
    assert observation.attempt_id == "att_1"
    assert observation.provider_reference == "cs_test_1"
    with_money = status in {ObservedStatus.SUCCEEDED, ObservedStatus.AUTHORIZED}
    assert observation.amount == (Money(1000, "USD") if with_money else None)


def test_a_state_that_nobody_documents_is_not_guessed_at() -> None:
    failure = observe(session(status="dreaming"))
    assert isinstance(failure, Failure)
    assert failure.code == "unreadable_reply"


def test_a_failed_try_on_an_open_page_is_pending_with_its_reason() -> None:
    error = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "No money."}
    observation = seen(payment_intent=intent("requires_payment_method", last_payment_error=error))
    assert observation.status is ObservedStatus.PENDING
    assert (observation.reason_code, observation.reason_message) == (
        "insufficient_funds",
        "No money.",
    )


def test_what_was_received_counts_and_not_what_was_asked() -> None:
    charge = {"id": "ch_1", "created": 1000000000, "payment_method_details": {"type": "card"}}
    paid = intent("succeeded", amount_received=990, latest_charge=charge)
    observation = seen(status="complete", payment_status="paid", payment_intent=paid)
    assert observation.amount == Money(990, "USD")
    assert observation.payment_reference == "pi_1"
    assert observation.method == "card"
    assert observation.occurred_at == datetime.fromtimestamp(1000000000, UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"amount_total": 70001, "currency": "isk"},
        {"amount_total": -5},
        {"amount_total": 10**17},
        {"currency": "zzz"},
    ],
)
def test_an_amount_against_the_currencys_rules_is_a_failure(fields: dict[str, object]) -> None:
    failure = observe(session(status="complete", payment_status="paid", **fields))
    assert isinstance(failure, Failure)
    assert failure.code == "odd_amount"


def test_a_paid_session_without_an_amount_cannot_be_read() -> None:
    failure = observe(session(status="complete", payment_status="paid", amount_total=None))
    assert isinstance(failure, Failure)
    assert failure.code == "unreadable_reply"
