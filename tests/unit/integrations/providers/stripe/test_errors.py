import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.stripe.codes import ROWS
from paymux.integrations.adapters.providers.stripe.errors import (
    ERROR_MAP,
    MAX_MESSAGE,
    refused,
    scrubbed,
    unreadable,
)
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.reasons import Reason

# https://docs.stripe.com/declines/codes, all of it.
DECLINE_CODES = """
approve_with_id authentication_not_handled authentication_required call_issuer
card_not_supported card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again
duplicate_transaction expired_card fraudulent generic_decline incorrect_address incorrect_cvc
incorrect_number incorrect_pin incorrect_zip insufficient_funds invalid_account invalid_amount
invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number invalid_pin
issuer_not_available lost_card merchant_blacklist mobile_device_authentication_required
new_account_information_available no_action_taken not_permitted offline_pin_required
online_or_offline_pin_required pickup_card pin_try_exceeded previously_declined_do_not_retry
processing_error reenter_transaction restricted_card revocation_of_all_authorizations
revocation_of_authorization security_violation service_not_allowed stolen_card
stop_payment_order testmode_decline transaction_not_allowed try_again_later
withdrawal_count_limit_exceeded
"""


def refusal(status: int, headers: dict[str, str], **error: str) -> Failure:
    return refused(status, headers, json.dumps({"error": error}).encode())


def test_no_code_has_two_rows_and_every_row_says_what_it_means() -> None:
    rows = [row for _, _, text in ROWS for row in text.strip().splitlines()]
    assert len(rows) == len(ERROR_MAP)
    assert all(rule.meaning for rule in ERROR_MAP.values())


def test_every_row_names_one_of_our_reasons() -> None:
    assert all(isinstance(rule.reason, Reason) for rule in ERROR_MAP.values())


@pytest.mark.parametrize("code", DECLINE_CODES.split())
def test_every_card_decline_code_is_soft_or_hard_or_wants_the_payer(code: str) -> None:
    ends = {Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.NEEDS_PAYER}
    assert ERROR_MAP[code].outcome in ends
    assert refusal(402, {}, type="card_error", code="card_declined", decline_code=code) == Failure(
        outcome=ERROR_MAP[code].outcome, code=code, message="Stripe answered 402."
    )


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        ("insufficient_funds", Outcome.DECLINED_SOFT, Reason.INSUFFICIENT_FUNDS),
        ("expired_card", Outcome.DECLINED_SOFT, Reason.EXPIRED_METHOD),
        ("stolen_card", Outcome.DECLINED_HARD, Reason.LOST_OR_STOLEN),
        ("authentication_required", Outcome.NEEDS_PAYER, Reason.AUTHENTICATION_REQUIRED),
        ("charge_disputed", Outcome.REJECTED, Reason.DISPUTED),
        ("rate_limit", Outcome.NOT_PROCESSED, Reason.PROVIDER_BUSY),
        ("read_timeout", Outcome.UNKNOWN, Reason.PROVIDER_UNREACHABLE),
        ("api_key_expired", Outcome.CREDENTIALS, Reason.CREDENTIALS_INVALID),
    ],
)
def test_a_row_says_what_a_code_amounts_to_and_why(
    code: str, outcome: Outcome, reason: Reason
) -> None:
    assert (ERROR_MAP[code].outcome, ERROR_MAP[code].reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("status", "error", "outcome", "code"),
    [
        (400, {"code": "parameter_missing"}, Outcome.REJECTED, "parameter_missing"),
        (400, {"code": "never_heard_of"}, Outcome.REJECTED, "never_heard_of"),
        (400, {"type": "invalid_request_error"}, Outcome.REJECTED, "invalid_request_error"),
        (400, {"code": "rate_limit"}, Outcome.NOT_PROCESSED, "rate_limit"),
        (400, {"code": "amount_too_small"}, Outcome.REJECTED, "amount_too_small"),
        (400, {"code": "testmode_charges_only"}, Outcome.CREDENTIALS, "testmode_charges_only"),
        (400, {"type": "idempotency_error"}, Outcome.UNKNOWN, "idempotency_error"),
        (404, {"code": "resource_missing"}, Outcome.REJECTED, "resource_missing"),
        (401, {"type": "invalid_request_error"}, Outcome.CREDENTIALS, "authentication_error"),
        (401, {"code": "api_key_expired"}, Outcome.CREDENTIALS, "api_key_expired"),
        (403, {"type": "invalid_request_error"}, Outcome.CREDENTIALS, "permission_error"),
        (409, {"type": "idempotency_error"}, Outcome.IN_PROGRESS, "idempotency_key_in_use"),
        (409, {"code": "idempotency_key_in_use"}, Outcome.IN_PROGRESS, "idempotency_key_in_use"),
        (429, {"code": "lock_timeout"}, Outcome.NOT_PROCESSED, "lock_timeout"),
        (429, {}, Outcome.NOT_PROCESSED, "rate_limit"),
        (500, {"type": "api_error"}, Outcome.UNKNOWN, "api_error"),
        (503, {"code": "lock_timeout"}, Outcome.UNKNOWN, "lock_timeout"),
        (302, {}, Outcome.UNKNOWN, "api_error"),
        (402, {"code": "card_declined"}, Outcome.DECLINED_SOFT, "card_declined"),
        (402, {"code": "new_in_2027"}, Outcome.DECLINED_SOFT, "new_in_2027"),
        (402, {"code": "authentication_required"}, Outcome.NEEDS_PAYER, "authentication_required"),
    ],
)
def test_a_refusal_amounts_to_its_documented_outcome(
    status: int, error: dict[str, str], outcome: Outcome, code: str
) -> None:
    failure = refusal(status, {}, **error)
    assert (failure.outcome, failure.code) == (outcome, code)


@pytest.mark.parametrize(
    ("decline_code", "outcome"),
    [
        ("insufficient_funds", Outcome.DECLINED_SOFT),
        ("generic_decline", Outcome.DECLINED_SOFT),
        ("fraudulent", Outcome.DECLINED_HARD),
        ("stolen_card", Outcome.DECLINED_HARD),
        ("do_not_honor", Outcome.DECLINED_HARD),
        ("new_in_2027", Outcome.DECLINED_SOFT),
    ],
)
def test_the_decline_code_is_more_telling_than_the_code(
    decline_code: str, outcome: Outcome
) -> None:
    failure = refusal(402, {}, type="card_error", code="card_declined", decline_code=decline_code)
    assert (failure.outcome, failure.code) == (outcome, decline_code)


def test_the_field_the_request_id_and_the_wait_are_passed_on() -> None:
    headers = {"Request-Id": "req_1", "Retry-After": "7"}
    failure = refusal(429, headers, message="Slow down", param="line_items[0]")
    assert failure.field == "line_items[0]"
    assert failure.provider_request_id == "req_1"
    assert failure.retry_after_seconds == 7.0
    assert failure.message == "Slow down"


def test_a_wait_that_is_not_in_seconds_is_ignored() -> None:
    headers = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert refusal(429, headers).retry_after_seconds is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"error":"no"}', b'{"error":{"code":7}}', b"\xff", b"[" * 99999],
)
def test_a_refusal_that_cannot_be_read_proves_nothing(body: bytes) -> None:
    failure = refused(400, {}, body)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


def test_even_an_unreadable_throttling_is_known_to_have_done_nothing() -> None:
    assert unreadable(429).outcome is Outcome.NOT_PROCESSED


def test_messages_lose_keys_card_numbers_and_control_characters() -> None:
    failure = refusal(
        401,
        {},
        message="Bad key sk_test_51Habc, secret whsec_x9, card 4242 4242 4242 4242\x00, 42-42.",
    )
    assert failure.message == (
        "Bad key [key removed], secret [key removed], card [number removed] , 42-42."
    )


@given(st.text(max_size=2000))
def test_no_message_is_too_long_or_unprintable(message: str) -> None:
    clean = scrubbed(message)
    assert len(clean) <= MAX_MESSAGE
    assert "\x00" not in clean


@given(st.integers(100, 599), st.binary(max_size=200))
def test_whatever_comes_back_is_a_failure(status: int, body: bytes) -> None:
    assert refused(status, {}, body).code
