"""What Stripe's refusals amount to. https://docs.stripe.com/error-low-level."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.stripe.codes import ROWS
from paymux.integrations.adapters.providers.stripe.wire import ErrorReply, PaymentError
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyIsNotTaken
from paymux.payments.ports.plugins import ErrorRule

MAX_MESSAGE: Final = 500
MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# After these the same request with the same key gets the answer that went missing.
UNANSWERED: Final = frozenset({"read_timeout", "connection_lost", "unreadable_reply"})
_KEYS: Final = re.compile(r"\b(?:sk|rk|pk|whsec)_[\w*]+")
_CARD_NUMBERS: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_CODE_BY_STATUS: Final = {
    401: "authentication_error",
    403: "permission_error",
    409: "idempotency_key_in_use",
    429: "rate_limit",
}
_OUTCOME_BY_STATUS: Final = {
    401: Outcome.CREDENTIALS,
    403: Outcome.CREDENTIALS,
    409: Outcome.IN_PROGRESS,
    429: Outcome.NOT_PROCESSED,
}
_SUCCESS: Final = 2
_CLIENT_ERROR: Final = 4
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")


def _rules() -> dict[str, ErrorRule]:
    rules: dict[str, ErrorRule] = {}
    for outcome, why, rows in ROWS:
        for row in rows.strip().splitlines():
            code, _, meaning = row.partition(": ")
            rules[code] = ErrorRule(outcome, meaning, why)
    return rules


ERROR_MAP: Final[Mapping[str, ErrorRule]] = _rules()


def scrubbed(message: str) -> str:
    """Return the message without keys, card numbers and control characters, and not too long."""
    message = _CARD_NUMBERS.sub("[number removed]", _KEYS.sub("[key removed]", message))
    return _UNPRINTABLE.sub(" ", message)[:MAX_MESSAGE]


def reason(error: PaymentError, fallback: str | None = None) -> tuple[str | None, str | None]:
    """Return the most specific code of an error, and its message."""
    code = error.decline_code or error.code or fallback or error.type
    return (
        _code(code) if code else None,
        scrubbed(error.message) if error.message else None,
    )


def refused(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Classify a reply that is not 2xx."""
    try:
        error = msgspec.json.decode(body, type=ErrorReply).error
    except MALFORMED:
        return unreadable(status, headers)
    code, message = reason(error, _CODE_BY_STATUS.get(status))
    code = code or "api_error"
    return Failure(
        outcome=_outcome(status, code, error),
        code=code,
        message=message or f"Stripe answered {status}.",
        field=error.param[:255] if error.param else None,
        retry_after_seconds=_retry_after(headers),
        provider_request_id=_request_id(headers),
    )


def _outcome(status: int, code: str, error: PaymentError) -> Outcome:
    if status in _OUTCOME_BY_STATUS:
        return _OUTCOME_BY_STATUS[status]
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return _declined(code, error)
    if status // 100 != _CLIENT_ERROR or error.type == "idempotency_error":
        return Outcome.UNKNOWN
    rule = ERROR_MAP.get(code)
    return rule.outcome if rule else Outcome.REJECTED


def _declined(code: str, error: PaymentError) -> Outcome:
    rule = ERROR_MAP.get(code) or ERROR_MAP.get(error.code or "")
    if rule and rule.outcome in {Outcome.DECLINED_HARD, Outcome.NEEDS_PAYER}:
        return rule.outcome
    return Outcome.DECLINED_SOFT


def declined(error: PaymentError) -> Failure:
    """Return the refusal that a payment's last error is, as its reply would have said it."""
    code, message = reason(error, "card_declined")
    code = code or "card_declined"
    return Failure(
        outcome=_declined(code, error), code=code, message=message or "The payment was declined."
    )


def is_success(status: int) -> bool:
    """Say whether the status promises the object that was asked for."""
    return status // 100 == _SUCCESS


def unreadable(status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Failure:
    """Return the failure for a reply that is not what Stripe documents."""
    throttled = status == HTTPStatus.TOO_MANY_REQUESTS
    return Failure(
        outcome=Outcome.NOT_PROCESSED if throttled else Outcome.UNKNOWN,
        code="rate_limit" if throttled else "unreadable_reply",
        message=f"Stripe's answer ({int(status)}) could not be read.",
        retry_after_seconds=_retry_after(headers or {}),
        provider_request_id=_request_id(headers or {}),
    )


def own_failure(code: str) -> Failure:
    """Return a failure that we find ourselves, by its row in the error map."""
    rule = ERROR_MAP[code]
    return Failure(
        outcome=rule.outcome, code=code, message=f"{rule.meaning[0].upper()}{rule.meaning[1:]}."
    )


def refused_amount(refusal: CurrencyIsNotTaken | AmountIsNotTaken) -> Failure:
    """Return the failure for an amount that Stripe's units cannot express."""
    return Failure(
        outcome=Outcome.REJECTED, code=refusal.code, message=str(refusal), field=refusal.field
    )


def _code(code: str) -> str:
    return _UNPRINTABLE.sub(" ", code).lower()[:100]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return float(value) if re.fullmatch(r"[0-9]{1,5}", value) else None


def _request_id(headers: Mapping[str, str]) -> str | None:
    value = _UNPRINTABLE.sub("", headers.get("Request-Id", ""))[:100]
    return value or None
