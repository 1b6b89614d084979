import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.errors import (
    ERROR_MAP,
    MAX_MESSAGE,
    Refusal,
    classify,
    scrub,
)
from paymux.payments.ports.connectors import Failure, Outcome


def refused(
    description: str | None = None,
    *,
    status: int = 400,
    code: str | None = "BAD_REQUEST_ERROR",
    reason: str | None = None,
    field: str | None = None,
    retry_after: str | None = None,
    request_id: str | None = None,
) -> Failure:
    error = {"code": code, "description": description, "reason": reason, "field": field}
    body = msgspec.json.encode({"error": error})
    return classify(
        Refusal(status=status, body=body, retry_after=retry_after, request_id=request_id)
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, Outcome.CREDENTIALS),
        (403, Outcome.CREDENTIALS),
        (409, Outcome.IN_PROGRESS),
        (429, Outcome.NOT_PROCESSED),
        (400, Outcome.REJECTED),
        (404, Outcome.REJECTED),
        (422, Outcome.REJECTED),
        (500, Outcome.UNKNOWN),
        (502, Outcome.UNKNOWN),
        (503, Outcome.UNKNOWN),
        (504, Outcome.UNKNOWN),
        (302, Outcome.UNKNOWN),
    ],
)
def test_the_status_decides_where_the_description_is_silent(status: int, outcome: Outcome) -> None:
    assert refused(status=status).outcome is outcome


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_refusal_that_is_not_the_apis_own_proves_nothing(status: int) -> None:
    failed = classify(Refusal(status=status, body=b"<html>nginx</html>"))
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize("code", ["GATEWAY_ERROR", "SERVER_ERROR", "gateway_error"])
def test_an_error_of_the_gateway_is_unknown_whatever_its_status(code: str) -> None:
    assert refused(status=400, code=code).outcome is Outcome.UNKNOWN


def test_a_wrong_key_is_told_by_description_too() -> None:
    assert refused("The api key provided is invalid").code == "api_key_invalid"
    assert refused("Authentication failed").code == "authentication_failed"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("The total refund amount is greater than the refund payment amount", "exceeds"),
        ("The payment status should be captured for action to be taken", "not_captured"),
        ("Your account does not have enough balance to carry out the refund", "balance"),
        ("Only payments which have been authorized and not yet captured can be", "not_authorized"),
        ("This payment has already been captured", "captured_before"),
    ],
)
def test_words_that_razorpay_is_known_to_use_have_their_codes(words: str, code: str) -> None:
    assert code in refused(words).code


@pytest.mark.parametrize("status", [400, 409, 500])
def test_words_about_keys_tell_more_than_their_status(status: int) -> None:
    words = "Different request with the same idempotency key has already been processed."
    assert refused(words, status=status).outcome is Outcome.DONE_ALREADY


def test_a_payers_failed_authentication_is_not_taken_for_ours() -> None:
    failed = refused("Authentication failed due to incorrect otp", reason="invalid_otp")
    assert failed.outcome is Outcome.REJECTED


def test_the_reason_decides_where_the_description_is_new() -> None:
    assert refused("x", reason="input_validation_failed").code == "input_validation_failed"
    assert refused("x", reason="conflict").code == "bad_request_error"


def test_the_providers_words_and_field_are_passed_on() -> None:
    failed = refused("The amount is invalid", field="amount", request_id="req_1")
    assert failed == Failure(
        outcome=Outcome.REJECTED,
        code="bad_request_error",
        message="The amount is invalid",
        field="amount",
        provider_request_id="req_1",
    )


def test_without_words_of_the_provider_the_meaning_stands_in() -> None:
    assert refused(None, status=500).message == ERROR_MAP["server_error"].meaning


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("99999", 3600.0), ("-1", None), ("soon", None), ("", None), (None, None)],
)
def test_retry_after_is_read_with_care(header: str | None, seconds: float | None) -> None:
    assert refused(status=429, retry_after=header).retry_after_seconds == seconds


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"error": "no"}', b'{"error": {"code": 7}}', b"\xff"]
)
def test_odd_bodies_are_survived(body: bytes) -> None:
    assert classify(Refusal(status=500, body=body)).code == "server_error"


def test_an_odd_request_id_is_dropped() -> None:
    assert refused(request_id="a b\r\nc").provider_request_id is None


def test_messages_are_scrubbed_and_short() -> None:
    text = scrub("no 4111-1111-1111-1111 nor s3cret\nhere " + "x" * 900, ["s3cret"])
    assert text.startswith("no [removed] nor [removed] here ")
    assert len(text) == MAX_MESSAGE


def test_every_code_is_lower_case_and_says_what_it_means() -> None:
    for code, rule in ERROR_MAP.items():
        assert code == code.lower()
        assert rule.meaning.endswith(".")
