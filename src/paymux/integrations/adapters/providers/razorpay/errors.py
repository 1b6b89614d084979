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

from paymux.integrations.adapters.providers.razorpay.descriptions import DESCRIPTIONS
from paymux.integrations.adapters.providers.razorpay.wire import Error, ErrorReply
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.plugins import ErrorRule

MAX_MESSAGE: Final = 500
_MAX_RETRY_AFTER: Final = 3600
_CARD_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){12,18}")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")

ERROR_MAP: Final[Mapping[str, ErrorRule]] = {
    "api_key_invalid": ErrorRule(Outcome.CREDENTIALS, "The key or its secret is wrong."),
    "authentication_failed": ErrorRule(Outcome.CREDENTIALS, "The key or its secret is wrong."),
    "key_mode_mismatch": ErrorRule(Outcome.CREDENTIALS, "The key is for the other mode."),
    "access_denied": ErrorRule(Outcome.CREDENTIALS, "Our address is not allowed for this key."),
    "feature_not_enabled": ErrorRule(Outcome.CREDENTIALS, "The account may not use this API."),
    "live_mode_disabled": ErrorRule(Outcome.CREDENTIALS, "The account may not go live yet."),
    "merchant_suspended": ErrorRule(Outcome.CREDENTIALS, "The account is suspended."),
    "reference_id_already_attempted": ErrorRule(
        Outcome.DONE_ALREADY, "A link with this reference exists: read it."
    ),
    "link_already_paid": ErrorRule(Outcome.DONE_ALREADY, "The payer was first: read the link."),
    "link_already_closed": ErrorRule(Outcome.DONE_ALREADY, "Nobody can pay on it any more."),
    "customer_already_exists": ErrorRule(
        Outcome.REJECTED, "Another customer has this e-mail address and phone number."
    ),
    "field_required": ErrorRule(Outcome.REJECTED, "A mandatory field is missing."),
    "wrong_input_fields": ErrorRule(Outcome.REJECTED, "A field is not known or not well formed."),
    "note_too_long": ErrorRule(Outcome.REJECTED, "A note is longer than 255 characters."),
    "expires_too_soon": ErrorRule(Outcome.REJECTED, "Expiry is less than 15 minutes ahead."),
    "amount_too_small": ErrorRule(Outcome.REJECTED, "The amount is below the minimum."),
    "international_not_activated": ErrorRule(
        Outcome.REJECTED, "The account takes no currency but INR."
    ),
    "upi_link_not_in_test_mode": ErrorRule(Outcome.REJECTED, "UPI links need live mode."),
    "upi_link_needs_inr": ErrorRule(Outcome.REJECTED, "UPI links are for INR only."),
    "upi_link_cannot_be_partial": ErrorRule(Outcome.REJECTED, "UPI links take no part payment."),
    "contact_too_short": ErrorRule(Outcome.REJECTED, "A phone number needs 8 digits."),
    "capability_missing": ErrorRule(
        Outcome.REJECTED, "A payment link takes the money at once: it cannot only authorise it."
    ),
    "payment_fully_refunded": ErrorRule(
        Outcome.DONE_ALREADY, "All of it was given back, perhaps by this very refund: look it up."
    ),
    "refund_exceeds_captured": ErrorRule(
        Outcome.REJECTED, "More than what is left of the captured amount."
    ),
    "payment_too_old_to_refund": ErrorRule(
        Outcome.REJECTED, "The bank gives nothing back after six months."
    ),
    "payment_not_captured": ErrorRule(Outcome.REJECTED, "Only captured money is given back."),
    "balance_too_low": ErrorRule(Outcome.REJECTED, "The merchant's balance is less than that."),
    "idempotency_key_reused": ErrorRule(
        Outcome.DONE_ALREADY, "Another request was carried out under this key: look it up."
    ),
    "idempotency_key_malformed": ErrorRule(
        Outcome.REJECTED, "A key has at least 10 letters, digits, hyphens or underscores."
    ),
    "idempotency_record_unread": ErrorRule(
        Outcome.UNKNOWN, "Razorpay could not tell whether this was done before: ask again."
    ),
    "request_body_unread": ErrorRule(Outcome.UNKNOWN, "Razorpay failed to read the request."),
    "merchant_not_found": ErrorRule(Outcome.CREDENTIALS, "The key belongs to no merchant."),
    "payment_captured_before": ErrorRule(
        Outcome.DONE_ALREADY, "The money was taken before: read the payment."
    ),
    "payment_not_authorized": ErrorRule(Outcome.REJECTED, "No money is held for this payment."),
    "capture_not_in_full": ErrorRule(Outcome.REJECTED, "All that is authorised is taken, once."),
    "amount_not_an_integer": ErrorRule(Outcome.REJECTED, "An amount is a whole number."),
    "field_not_wanted": ErrorRule(Outcome.REJECTED, "A field is not known to Razorpay."),
    "id_invalid": ErrorRule(Outcome.REJECTED, "The id is not well formed."),
    "id_does_not_exist": ErrorRule(Outcome.REJECTED, "The account has no such object."),
    "input_validation_failed": ErrorRule(Outcome.REJECTED, "A field is not well formed."),
    "not_found": ErrorRule(Outcome.REJECTED, "There is no such object or address."),
    "bad_request_error": ErrorRule(Outcome.REJECTED, "The request was refused."),
    "conflict": ErrorRule(Outcome.IN_PROGRESS, "The same request is still being processed."),
    "too_many_requests": ErrorRule(Outcome.NOT_PROCESSED, "Too many requests: try again later."),
    "gateway_error": ErrorRule(Outcome.UNKNOWN, "A bank or network failed; it may have worked."),
    "server_error": ErrorRule(Outcome.UNKNOWN, "Razorpay failed; it may have worked."),
    "unreadable_reply": ErrorRule(Outcome.UNKNOWN, "The reply is not what Razorpay documents."),
    "redirect_refused": ErrorRule(Outcome.UNKNOWN, "The reply points elsewhere; not followed."),
    "read_timeout": ErrorRule(Outcome.UNKNOWN, "No reply in time; it may have worked."),
    "connection_lost": ErrorRule(Outcome.UNKNOWN, "The connection broke before the reply."),
    "reference_too_long": ErrorRule(Outcome.REJECTED, "A reference has at most 40 characters."),
    "reference_malformed": ErrorRule(Outcome.REJECTED, "That is no reference of Razorpay's."),
    "amount_not_supported": ErrorRule(Outcome.REJECTED, "Razorpay does not take this amount."),
    "customer_not_reachable": ErrorRule(
        Outcome.REJECTED, "Razorpay tells customers apart by e-mail and phone; one is needed."
    ),
    "email_too_long": ErrorRule(Outcome.REJECTED, "An e-mail address has at most 64 characters."),
    "contact_too_long": ErrorRule(Outcome.REJECTED, "A phone number has at most 15 characters."),
    "odd_amount": ErrorRule(Outcome.UNKNOWN, "The reported amount breaks the currency's rules."),
    "odd_status": ErrorRule(Outcome.UNKNOWN, "The reported status is not documented."),
    "odd_lookup": ErrorRule(Outcome.UNKNOWN, "The list holds links that were not asked for."),
    "refund_differs": ErrorRule(Outcome.UNKNOWN, "The refund is not the one that was asked for."),
    "refund_under_way": ErrorRule(
        Outcome.IN_PROGRESS, "A refund asked for so recently may yet come into being."
    ),
    "link_differs": ErrorRule(Outcome.UNKNOWN, "The link under our reference is not the one."),
    "not_sent_connect_timeout": ErrorRule(Outcome.NOT_SENT, "No connection in time."),
    "not_sent_tls_failed": ErrorRule(Outcome.NOT_SENT, "No trusted connection."),
    "not_sent_no_connection": ErrorRule(Outcome.NOT_SENT, "The host is not known or refuses."),
    "not_sent_pool_busy": ErrorRule(Outcome.NOT_SENT, "No thread was free in time."),
    "not_sent_closing": ErrorRule(Outcome.NOT_SENT, "The connector is being closed."),
}

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
_REASONS: Final[Mapping[str, str]] = {"input_validation_failed": "input_validation_failed"}


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
