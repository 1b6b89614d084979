"""From a call that failed to what is known of it: the one translation."""

from typing import Final

from paymux.payments.application.decisions import SILENT_ON_EARLIER_CALLS
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.ports.connectors import Failure, Outcome

CallNews = tuple[CallStatus, str | None, str | None]
"""What became of a call, and why: in a code, and in words."""

DONE: Final[CallNews] = CallStatus.SUCCEEDED, None, None

_STATUS_OF_FAILURE: Final = {
    Outcome.NOT_SENT: CallStatus.NOT_SENT,
    Outcome.NOT_PROCESSED: CallStatus.UNKNOWN,
    Outcome.IN_PROGRESS: CallStatus.UNKNOWN,
    Outcome.UNKNOWN: CallStatus.UNKNOWN,
    Outcome.DONE_ALREADY: CallStatus.UNKNOWN,
    Outcome.DECLINED_SOFT: CallStatus.REJECTED,
    Outcome.DECLINED_HARD: CallStatus.REJECTED,
    Outcome.NEEDS_PAYER: CallStatus.REJECTED,
    Outcome.CREDENTIALS: CallStatus.NOT_SENT,
    Outcome.REJECTED: CallStatus.REJECTED,
}


def news_of_failure(failure: Failure, *, replay: bool) -> CallNews:
    """Say what a failure means for the call itself.

    That a replay did not get through is no proof that the first call did not (invariant 4).
    """
    is_silent = replay and failure.outcome in SILENT_ON_EARLIER_CALLS
    status = CallStatus.UNKNOWN if is_silent else _STATUS_OF_FAILURE[failure.outcome]
    return status, failure.code, failure.message
