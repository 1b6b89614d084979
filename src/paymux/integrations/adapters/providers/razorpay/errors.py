"""What Razorpay's refusals amount to.

Razorpay has three error codes and tells the cases apart in `description` only, so each
documented description has a code of our own (`descriptions.py`). The form of a refusal:
https://razorpay.com/docs/errors/.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay.declines import DECLINES, code_of
from paymux.integrations.adapters.providers.razorpay.descriptions import DESCRIPTIONS
from paymux.integrations.adapters.providers.razorpay.error_map import ERROR_MAP
from paymux.integrations.adapters.providers.razorpay.wire import Error, ErrorReply
from paymux.payments.ports.connectors import Failure

MAX_MESSAGE: Final = 500
_MAX_RETRY_AFTER: Final = 3600
_CARD_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){12,18}")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")

_STATUSES: Final[Mapping[int, str]] = {
    401: "authentication_failed",
    403: "access_denied",
    409: "conflict",
    429: "too_many_requests",
}
_SAID_WITH_ANY_STATUS: Final = frozenset(
    {
        "idempotency_key_reused",
        "idempotency_record_unread",
        "request_body_unread",
        "merchant_not_found",
    }
)
"""The words of these tell more than the status they come with."""

_UNDOCUMENTED: Final[Mapping[int, str]] = {404: "not_found"}
_REASONS: Final[Mapping[str, str]] = {
    "input_validation_failed": "input_validation_failed",
    "recurring_payment_not_enabled": "recurring_not_enabled",
}


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A reply that is not a success, as it came."""

    status: int
    body: bytes
    retry_after: str | None = None
    request_id: str | None = None


def classify(refusal: Refusal, secrets: Sequence[str] = ()) -> Failure:
    """Say what a refusal amounts to, by its HTTP status first and its description second."""
    error = _read_error(refusal.body)
    return failure(
        _code_of(refusal.status, error),
        scrub((error and error.description) or "", secrets),
        field=scrub((error and error.field) or "", secrets)[:100] or None,
        retry_after_seconds=_seconds(refusal.retry_after),
        provider_request_id=_request_id(refusal.request_id),
    )


def failure(
    code: str,
    message: str = "",
    *,
    field: str | None = None,
    retry_after_seconds: float | None = None,
    provider_request_id: str | None = None,
) -> Failure:
    """Return the failure of one row of the error map."""
    rule = ERROR_MAP[code]
    return Failure(
        outcome=rule.outcome,
        code=code,
        message=message or rule.meaning,
        field=field,
        retry_after_seconds=retry_after_seconds,
        provider_request_id=provider_request_id,
    )


def scrub(text: str, secrets: Sequence[str]) -> str:
    """Return the text without secrets, card numbers and control characters, shortened."""
    for secret in secrets:
        text = text.replace(secret, "[removed]")
    text = _CARD_NUMBER.sub("[removed]", text)
    return "".join(c if c.isprintable() else " " for c in text).strip()[:MAX_MESSAGE]


def _code_of(status: int, error: Error | None) -> str:
    said = _documented(error) if error else None
    if said in _SAID_WITH_ANY_STATUS:
        return said
    return _STATUSES.get(status) or _by_class(status, error, said)


def _by_class(status: int, error: Error | None, said: str | None) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return "redirect_refused"
    code = ((error and error.code) or "").upper()
    if code == "GATEWAY_ERROR":
        return "gateway_error"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code == "SERVER_ERROR":
        return "server_error"
    if error is None or not code or status == HTTPStatus.REQUEST_TIMEOUT:
        # Not from the API itself but from something before it, which proves nothing.
        return "unreadable_reply"
    return said or _UNDOCUMENTED.get(status, "bad_request_error")


def _documented(error: Error) -> str | None:
    declined = code_of(error.reason or "")
    if error.reason and declined in DECLINES:
        return declined
    description = " ".join((error.description or "").lower().split())
    for pattern, code in DESCRIPTIONS:
        if pattern.search(description):
            return code
    return _REASONS.get((error.reason or "").lower())


def _read_error(body: bytes) -> Error | None:
    try:
        return msgspec.json.decode(body, type=ErrorReply).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _seconds(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"[0-9]{1,6}", text):
        return None
    return float(min(int(text), _MAX_RETRY_AFTER))


def _request_id(text: str | None) -> str | None:
    return text if text is not None and _REQUEST_ID.fullmatch(text) else None
