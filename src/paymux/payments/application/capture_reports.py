"""From what a connector says of a capture or void to what is known of it."""

from dataclasses import replace
from typing import Final

from paymux.payments.application.decisions import SILENT_ON_EARLIER_CALLS
from paymux.payments.application.reports import report_of_observation
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.capture import CaptureKind, CaptureStatus
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome

_STATUS_OF_FAILURE: Final = {
    Outcome.NOT_SENT: CaptureStatus.NOT_SENT,
    Outcome.NOT_PROCESSED: CaptureStatus.UNKNOWN,
    Outcome.IN_PROGRESS: CaptureStatus.UNKNOWN,
    Outcome.UNKNOWN: CaptureStatus.UNKNOWN,
    Outcome.DONE_ALREADY: CaptureStatus.UNKNOWN,
    Outcome.DECLINED_SOFT: CaptureStatus.REJECTED,
    Outcome.DECLINED_HARD: CaptureStatus.REJECTED,
    Outcome.NEEDS_PAYER: CaptureStatus.REJECTED,
    Outcome.CREDENTIALS: CaptureStatus.NOT_SENT,
    Outcome.REJECTED: CaptureStatus.REJECTED,
}


def news_of(
    kind: CaptureKind, reply: Observation | Failure, *, replay: bool = False
) -> tuple[CaptureStatus, str | None, str | None]:
    """Say what a reply means for the call itself: its status and why.

    An observation tells of the attempt, and the call's row has followed that; if the row still
    has no end, the provider has not done it yet. That a replay did not get through is no proof
    that the first call did not (invariant 4).
    """
    if not isinstance(reply, Failure):
        if kind is CaptureKind.VOID and reply.status is ObservedStatus.CANCELED:
            return CaptureStatus.SUCCEEDED, None, None
        return CaptureStatus.UNKNOWN, "not_done_yet", None
    is_silent = replay and reply.outcome in SILENT_ON_EARLIER_CALLS
    status = CaptureStatus.UNKNOWN if is_silent else _STATUS_OF_FAILURE[reply.outcome]
    return status, reply.code, reply.message


def report_of_void(reply: Observation) -> Report:
    """Say what the reply to a void means for the attempt: canceled by it is let go by it."""
    report = report_of_observation(reply)
    return replace(report, released=report.status is AttemptStatus.CANCELED)
