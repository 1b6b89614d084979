"""From what a connector says of a capture or void to what is known of it."""

from dataclasses import replace

from paymux.payments.application.call_reports import DONE, CallNews, news_of_failure
from paymux.payments.application.reports import report_of_observation
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.capture import CaptureKind
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus


def news_of(kind: CaptureKind, reply: Observation | Failure, *, replay: bool = False) -> CallNews:
    """Say what a reply means for the call itself: its status and why.

    An observation tells of the attempt, and the call's row has followed that; if the row still
    has no end, the provider has not done it yet.
    """
    if isinstance(reply, Failure):
        return news_of_failure(reply, replay=replay)
    if kind is CaptureKind.VOID and reply.status is ObservedStatus.CANCELED:
        return DONE
    return CallStatus.UNKNOWN, "not_done_yet", None


def report_of_void(reply: Observation) -> Report:
    """Say what the reply to a void means for the attempt: canceled by it is let go by it."""
    report = report_of_observation(reply)
    return replace(report, released=report.status is AttemptStatus.CANCELED)
