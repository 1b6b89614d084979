"""What Acorn's refusals amount to."""

from typing import Final

import msgspec

from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.plugins import ErrorRule
from paymux.payments.ports.reasons import Reason
from paymux_example.wire import Problem

ERROR_MAP: Final = {
    "not_sent": ErrorRule(
        Outcome.NOT_SENT, "There was no connection to Acorn.", Reason.PROVIDER_UNREACHABLE
    ),
    "no_reply": ErrorRule(
        Outcome.UNKNOWN, "The connection broke; it may have worked.", Reason.PROVIDER_ERROR
    ),
    "unreadable_reply": ErrorRule(
        Outcome.UNKNOWN, "The reply is not what Acorn documents.", Reason.PROVIDER_ERROR
    ),
    "bad_key": ErrorRule(
        Outcome.CREDENTIALS, "The key is wrong or revoked.", Reason.CREDENTIALS_INVALID
    ),
    "no_such_payment": ErrorRule(Outcome.REJECTED, "There is no such payment.", Reason.NOT_FOUND),
    "bad_request": ErrorRule(
        Outcome.REJECTED, "A field is missing or malformed.", Reason.REQUEST_INVALID
    ),
    "slow_down": ErrorRule(Outcome.NOT_PROCESSED, "Too many requests.", Reason.PROVIDER_BUSY),
}


def failure(code: str, message: str = "") -> Failure:
    """Return the failure of one row of the map."""
    rule = ERROR_MAP[code]
    return Failure(outcome=rule.outcome, code=code, message=message[:500] or rule.meaning)


def refusal(body: bytes) -> Failure:
    """Read a reply that is not a success."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return failure("unreadable_reply")
    known = problem.error in ERROR_MAP
    return failure(problem.error if known else "unreadable_reply", problem.message)
