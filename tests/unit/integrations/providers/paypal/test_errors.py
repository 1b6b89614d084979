import inspect
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.paypal import errors
from paymux.integrations.adapters.providers.paypal.errors import classify, scrub
from paymux.integrations.adapters.providers.paypal.issues import (
    ERROR_MAP,
    ISSUES,
    OWN_CODES,
    STATUS_REASONS,
)
from paymux.payments.ports.connectors import Outcome


def body(name: str = "UNPROCESSABLE_ENTITY", *issues: str) -> bytes:
    details = [{"issue": each, "description": f"About {each}."} for each in issues]
    return json.dumps({"name": name, "message": "No.", "details": details}).encode()


@pytest.mark.parametrize(
    ("status", "content", "outcome", "code"),
    [
        (400, body("INVALID_REQUEST", "INVALID_STRING_LENGTH"), "rejected", None),
        (401, body("AUTHENTICATION_FAILURE"), "credentials", "authentication_failure"),
        (401, body("AUTHENTICATION_FAILURE", "INVALID_ACCOUNT_STATUS"), "credentials", None),
        (403, body("NOT_AUTHORIZED", "PERMISSION_DENIED"), "credentials", None),
        (404, body("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"), "unknown", None),
        (409, body("RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS"), "in_progress", None),
        (409, b"", "in_progress", "http_409"),
        (422, body("UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED"), "done_already", None),
        (422, body("UNPROCESSABLE_ENTITY", "DUPLICATE_INVOICE_ID"), "done_already", None),
        (422, body("UNPROCESSABLE_ENTITY", "ORDER_COMPLETION_IN_PROGRESS"), "in_progress", None),
        (422, body("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED"), "needs_payer", None),
        (422, body("UNPROCESSABLE_ENTITY", "TRANSACTION_REFUSED"), "declined_soft", None),
        (422, body("UNPROCESSABLE_ENTITY", "COMPLIANCE_VIOLATION"), "declined_hard", None),
        (422, body("UNPROCESSABLE_ENTITY", "A_NEW_ISSUE"), "rejected", "a_new_issue"),
        (429, body("RATE_LIMIT_REACHED"), "not_processed", "rate_limit_reached"),
        (429, body("UNPROCESSABLE_ENTITY", "COMPLIANCE_VIOLATION"), "not_processed", None),
        (500, body("INTERNAL_SERVER_ERROR"), "unknown", "internal_server_error"),
        (500, body("UNPROCESSABLE_ENTITY", "DECIMAL_PRECISION"), "unknown", None),
        (503, b"<html>busy</html>", "unknown", "http_503"),
        (302, b"", "unknown", "http_302"),
        (418, b"{}", "rejected", "http_418"),
    ],
)
def test_a_reply_amounts_to(status: int, content: bytes, outcome: str, code: str | None) -> None:
    failure = classify(status, {}, content)
    issue = json.loads(content)["details"] if code is None else []
    assert failure.outcome == Outcome(outcome)
    assert failure.code == (code or issue[0]["issue"].lower())


def test_a_documented_issue_beside_an_unknown_one_decides() -> None:
    failure = classify(422, {}, body("UNPROCESSABLE_ENTITY", "SOMETHING", "INSTRUMENT_DECLINED"))
    assert failure.code == "instrument_declined"


def test_the_merchant_learns_field_reason_and_debug_id() -> None:
    detail = {"issue": "INVALID_STRING_LENGTH", "description": "Too long.", "field": "/a/0/b"}
    content = json.dumps({"name": "INVALID_REQUEST", "message": "Bad.", "details": [detail]})
    failure = classify(400, {"PayPal-Debug-Id": "f8c17a2b"}, content.encode())
    assert (failure.message, failure.field) == ("Bad. Too long.", "/a/0/b")
    assert failure.provider_request_id == "f8c17a2b"


def test_an_oauth_error_is_read_too() -> None:
    content = b'{"error":"invalid_client","error_description":"Client Authentication failed"}'
    failure = classify(401, {}, content)
    assert (failure.code, failure.message) == ("invalid_client", "Client Authentication failed")


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("99999", 3600.0), ("soon", None)])
def test_retry_after_is_believed_within_reason(header: str, seconds: float | None) -> None:
    assert classify(429, {"Retry-After": header}, b"").retry_after_seconds == seconds


def test_neither_secret_nor_card_number_is_shown() -> None:
    shown = scrub("key s3cr3t card 4111 1111 1111 1111 or 4111111111111111\x00!", ("s3cr3t",))
    assert shown == "key [secret] card [number] or [number] !"


def test_a_long_message_is_cut() -> None:
    assert len(scrub("x" * 100_000, ())) == 500


@given(st.integers(100, 999), st.binary(max_size=200))
def test_no_reply_is_beyond_words(status: int, content: bytes) -> None:
    failure = classify(status, {"PayPal-Debug-Id": "\x00"}, content)
    assert failure.code == failure.code.lower()
    assert failure.message.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(
    st.fixed_dictionaries(
        {}, optional={"name": JSON, "message": JSON, "details": JSON, "debug_id": JSON}
    )
)
def test_no_error_body_is_beyond_words(reply: dict[str, object]) -> None:
    failure = classify(422, {}, json.dumps(reply).encode())
    assert failure.message.isprintable()
    assert len(failure.message) <= 500


def test_every_row_of_the_error_map_has_a_reason_and_stands_once() -> None:
    assert all(rule.reason and rule.meaning.endswith(".") for rule in ERROR_MAP.values())
    tables = (ISSUES, STATUS_REASONS, OWN_CODES)
    assert sum(map(len, tables)) == len(ERROR_MAP)


def test_what_is_said_of_money_is_not_taken_for_an_issue() -> None:
    assert classify(422, {}, body("UNPROCESSABLE_ENTITY", "OTHER")).outcome is Outcome.REJECTED


def test_every_code_that_we_give_ourselves_is_in_the_error_map() -> None:
    given = re.compile(
        r"(?:rejected|unknown|not_sent|RequestWasNotSent|ReplyWasLost)\(\s*(?:code=)?\"([a-z_]+)\""
    )
    package = Path(inspect.getfile(errors)).parent
    codes = {code for file in package.glob("*.py") for code in given.findall(file.read_text())}
    assert len(codes) > 20
    assert codes <= ERROR_MAP.keys()
