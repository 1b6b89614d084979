"""What PayPal's refusals amount to: every documented code, and the one place that applies it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.issues import GENERAL, ISSUES
from paymux.integrations.adapters.providers.paypal.wire import ErrorReply
from paymux.payments.ports.connectors import Failure, Outcome

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_DIGITS: Final = re.compile(r"(?:[0-9][ -]?){12,18}[0-9]")
_FIELD: Final = re.compile(r"[A-Za-z0-9_@='/. \[\]-]{1,200}")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_MESSAGE_LENGTH: Final = 500
_LONGEST_WAIT: Final = 3600.0
_SERVER_ERRORS: Final = 500
_SUCCESSES: Final = range(200, 300)
_REFUSALS: Final = range(400, 500)
_BY_STATUS: Final = {
    401: Outcome.CREDENTIALS,
    403: Outcome.CREDENTIALS,
    404: Outcome.UNKNOWN,
    408: Outcome.UNKNOWN,
    409: Outcome.IN_PROGRESS,
    425: Outcome.UNKNOWN,
    429: Outcome.NOT_PROCESSED,
}
_DECIDED_BY_STATUS: Final = frozenset({408, 429})


def classify(
    status: int, headers: Mapping[str, str], content: bytes, secrets: tuple[str, ...] = ()
) -> Failure:
    """Say what a reply other than a success amounts to."""
    reply = _reply(content)
    code = _code(reply, status)
    return Failure(
        outcome=_outcome(status, code),
        code=code,
        message=_message(reply, status, secrets),
        field=_field(reply),
        retry_after_seconds=_retry_after(headers),
        provider_request_id=_request_id(headers, reply),
    )


def not_sent(code: str, message: str) -> Failure:
    """Build the failure of a call of which nothing left this machine."""
    return Failure(outcome=Outcome.NOT_SENT, code=code, message=message)


def unknown(code: str, message: str) -> Failure:
    """Build the failure of a call that may have had its effect."""
    return Failure(outcome=Outcome.UNKNOWN, code=code, message=message)


def rejected(code: str, message: str, field: str | None = None) -> Failure:
    """Build the failure of a call that PayPal would refuse, or that we do not make."""
    return Failure(outcome=Outcome.REJECTED, code=code, message=message, field=field)


def unreadable(headers: Mapping[str, str]) -> Failure:
    """Build the failure of a call that succeeded, or not, in words we cannot read."""
    return Failure(
        outcome=Outcome.UNKNOWN,
        code="unreadable_reply",
        message="PayPal's reply could not be read.",
        provider_request_id=_request_id(headers, ErrorReply()),
    )


def _outcome(status: int, code: str) -> Outcome:
    """Let a status that leaves no choice decide, then the documented code, then the status."""
    if status >= _SERVER_ERRORS or not (status in _SUCCESSES or status in _REFUSALS):
        # "might have created a transaction": https://developer.paypal.com/api/rest/responses/
        return Outcome.UNKNOWN
    if status in _DECIDED_BY_STATUS:
        return _BY_STATUS[status]
    rule = ISSUES.get(code)
    return rule.outcome if rule else _BY_STATUS.get(status, Outcome.REJECTED)


def _reply(content: bytes) -> ErrorReply:
    try:
        return msgspec.json.decode(content, type=ErrorReply)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ErrorReply()


def _codes(reply: ErrorReply) -> Iterator[str]:
    """Yield what the reply calls its error, the finest name first."""
    for detail in reply.details or ():
        yield detail.issue or ""
    yield reply.name or ""
    yield reply.error or ""


def _code(reply: ErrorReply, status: int) -> str:
    """Prefer a documented code to a finer one, unless it says no more than the status."""
    codes = [code.lower() for code in _codes(reply) if _CODE.fullmatch(code)]
    telling = [code for code in codes if code in ISSUES and code not in GENERAL]
    return next(iter(telling or codes), f"http_{status}")


def _message(reply: ErrorReply, status: int, secrets: tuple[str, ...]) -> str:
    details = [detail.description or detail.issue or "" for detail in reply.details or ()]
    spoken = [reply.message or reply.error_description or "", *details]
    text = " ".join(part for part in spoken if part) or f"PayPal answered {status}."
    return scrub(text, secrets)


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Make a provider's words safe to show: no secret, no card number, of bounded length."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    shown = "".join(each if each.isprintable() else " " for each in text[: _MESSAGE_LENGTH * 8])
    return _DIGITS.sub("[number]", shown)[:_MESSAGE_LENGTH]


def _field(reply: ErrorReply) -> str | None:
    fields = (detail.field or "" for detail in reply.details or ())
    return next((field for field in fields if _FIELD.fullmatch(field)), None)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return min(float(value), _LONGEST_WAIT) if re.fullmatch(r"[0-9]{1,9}", value) else None


def _request_id(headers: Mapping[str, str], reply: ErrorReply) -> str | None:
    candidates = (headers.get("PayPal-Debug-Id", ""), reply.debug_id or "")
    return next((each for each in candidates if _REQUEST_ID.fullmatch(each)), None)
