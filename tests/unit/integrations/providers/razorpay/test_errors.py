import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.declines import DECLINES, code_of, is_final
from paymux.integrations.adapters.providers.razorpay.error_map import ERROR_MAP
from paymux.integrations.adapters.providers.razorpay.errors import (
    MAX_MESSAGE,
    Refusal,
    classify,
    scrub,
)
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.reasons import Reason


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
    assert (failed.outcome, failed.code) == (Outcome.DECLINED_SOFT, "invalid_otp")
    failed = refused("Authentication failed", reason="authentication_failed")
    assert (failed.outcome, failed.code) == (Outcome.DECLINED_SOFT, "payer_authentication_failed")


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
        assert rule.reason is not None, code


@pytest.mark.parametrize(
    ("reason", "outcome", "ours"),
    [
        ("insufficient_funds", Outcome.DECLINED_SOFT, Reason.INSUFFICIENT_FUNDS),
        ("card_expired", Outcome.DECLINED_SOFT, Reason.EXPIRED_METHOD),
        ("payment_mandate_not_active", Outcome.DECLINED_SOFT, Reason.METHOD_REVOKED),
        ("debit_instrument_blocked", Outcome.DECLINED_HARD, Reason.PAYER_ACCOUNT_RESTRICTED),
        ("payment_risk_check_failed", Outcome.DECLINED_HARD, Reason.SUSPECTED_FRAUD),
        ("customer_action_required", Outcome.NEEDS_PAYER, Reason.AUTHENTICATION_REQUIRED),
        ("payment_timed_out", Outcome.UNKNOWN, Reason.TRY_AGAIN_LATER),
    ],
)
def test_a_banks_reason_tells_more_than_its_words(
    reason: str, outcome: Outcome, ours: Reason
) -> None:
    failed = refused("The consent is required", reason=reason)
    assert (failed.code, failed.outcome) == (reason, outcome)
    assert ERROR_MAP[failed.code].reason is ours


def test_only_a_bank_that_says_why_has_said_no_for_good() -> None:
    assert is_final("insufficient_funds")
    assert not is_final("payment_failed")
    assert not is_final("a_reason_of_tomorrow")
    assert all(
        is_final(code) == (r.outcome is not Outcome.UNKNOWN) for code, r in DECLINES.items()
    )


def test_classes_of_errors_are_no_reason_of_a_bank() -> None:
    assert code_of("BAD_REQUEST_ERROR") == code_of("GATEWAY_ERROR") == "payment_failed"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Operation not allowed for Invoice in cancelled status.", "link_already_closed"),
        ("Operation not allowed for Invoice in paid status.", "link_already_paid"),
        ("Amount exceeds maximum amount allowed", "amount_exceeds_mandate"),
        ("Card does not support recurring payments.", "card_not_for_recurring"),
        ("Action not allowed as deadline to respond has elapsed.", "dispute_deadline_over"),
        ("Action not allowed when dispute is in under_review status.", "dispute_not_open"),
        ("contest amount cannot be greater than dispute amount.", "contest_exceeds_dispute"),
        ("The selected action is invalid.", "dispute_action_invalid"),
        (
            "Invalid file id provided or merchant is unauthorized to access the fileId(s)"
            " provided",
            "document_not_usable",
        ),
        ("invalid_proof_type is/are not required and should not be sent.", "field_not_wanted"),
    ],
)
def test_words_about_saved_cards_and_disputes_have_their_codes(words: str, code: str) -> None:
    """From the pages on registration links, recurring payments, invoices and disputes."""
    assert refused(words).code == code
