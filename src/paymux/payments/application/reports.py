"""From what a connector says to what an attempt learns: the one translation."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from paymux.payments.application.decisions import SILENT_ON_EARLIER_CALLS
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.decision import Decision, DecisionEntry
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import (
    Checkout,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
    SavedMethod,
)

_STATUS_OF_OBSERVATION: Final = {
    ObservedStatus.PENDING: AttemptStatus.PENDING,
    ObservedStatus.APPROVED: AttemptStatus.PENDING,
    ObservedStatus.AUTHORIZED: AttemptStatus.AUTHORIZED,
    ObservedStatus.SUCCEEDED: AttemptStatus.SUCCEEDED,
    ObservedStatus.DECLINED: AttemptStatus.DECLINED,
    ObservedStatus.CANCELED: AttemptStatus.CANCELED,
    ObservedStatus.EXPIRED: AttemptStatus.EXPIRED,
}

_STATUS_OF_FAILURE: Final = {
    Outcome.NOT_SENT: AttemptStatus.NOT_SENT,
    Outcome.NOT_PROCESSED: AttemptStatus.UNKNOWN,
    Outcome.IN_PROGRESS: AttemptStatus.UNKNOWN,
    Outcome.UNKNOWN: AttemptStatus.UNKNOWN,
    Outcome.DONE_ALREADY: AttemptStatus.UNKNOWN,
    Outcome.DECLINED_SOFT: AttemptStatus.DECLINED,
    Outcome.DECLINED_HARD: AttemptStatus.DECLINED,
    Outcome.NEEDS_PAYER: AttemptStatus.PENDING,
    Outcome.CREDENTIALS: AttemptStatus.NOT_SENT,
    Outcome.REJECTED: AttemptStatus.REJECTED,
}

REPEATABLE: Final = frozenset(
    {
        Outcome.NOT_SENT,
        Outcome.NOT_PROCESSED,
        Outcome.IN_PROGRESS,
        Outcome.UNKNOWN,
        Outcome.DONE_ALREADY,
        Outcome.CREDENTIALS,
    }
)
"""Outcomes after which the same call with the same key is worth making again."""


_BREATH: Final = timedelta(seconds=2)
"""What a provider gets that is busy and does not say for how long."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A report, who made it, when the thing it tells of happened, and what we decided on it.

    `verify_after`: when to find out, if this leaves the attempt unresolved. `saved_method`: what
    the payer let us keep.
    """

    report: Report
    source: Source
    occurred_at: datetime | None = None
    decision: DecisionEntry | None = None
    verify_after: timedelta | None = None
    saved_method: SavedMethod | None = None

    @classmethod
    def of(cls, observation: Observation, source: Source) -> "Heard":
        """Return what a connector observed, as it is to be applied."""
        report = report_of_observation(observation)
        saved = observation.saved_method
        return cls(report, source, observation.occurred_at, saved_method=saved)


def report_of_checkout(
    reply: Checkout | Failure, decision: Decision | None = None, *, replay: bool = False
) -> Report:
    """Say what the reply to `create_checkout` means for the attempt.

    That a replay did not get through is no proof that the first call did not (invariant 4).
    When we go on elsewhere, this attempt is known to have done nothing.
    """
    if isinstance(reply, Failure):
        report = report_of_failure(reply)
        if replay and reply.outcome in SILENT_ON_EARLIER_CALLS:
            return replace(report, status=AttemptStatus.UNKNOWN)
        if decision is Decision.FAIL_OVER:
            return replace(report, status=AttemptStatus.NOT_SENT)
        return report
    return Report(
        status=AttemptStatus.PENDING,
        provider_reference=reply.provider_reference,
        checkout_url=reply.url,
        checkout_expires_at=reply.expires_at,
    )


def report_of_charge(
    reply: Observation | Failure, decision: Decision | None = None, *, replay: bool = False
) -> Report:
    """Say what the reply to `charge` means for the attempt; a decline stays one, go on or not.

    Who wants their payer has taken nothing, and never will: the payer pays on a page.
    """
    if isinstance(reply, Observation):
        return replace(report_of_observation(reply), answered=True)
    report = report_of_failure(reply)
    if replay and reply.outcome in SILENT_ON_EARLIER_CALLS:
        return replace(report, status=AttemptStatus.UNKNOWN)
    if reply.outcome is Outcome.NEEDS_PAYER:
        report = replace(report, status=AttemptStatus.DECLINED, needs_payer=True)
    elif decision is Decision.FAIL_OVER and report.status is not AttemptStatus.DECLINED:
        report = replace(report, status=AttemptStatus.NOT_SENT)
    return replace(report, answered=report.status is not AttemptStatus.UNKNOWN)


def report_of_failure(failure: Failure) -> Report:
    """Say what a call that did not succeed means for the attempt it should have started."""
    return Report(
        status=_STATUS_OF_FAILURE[failure.outcome],
        reason_code=failure.code,
        reason_message=failure.message,
    )


def report_of_completion(reply: Observation | Failure, completion_round: int) -> Report:
    """Say what the reply to `complete_checkout` means: taken, or to be approved once more."""
    if isinstance(reply, Failure):
        needs_payer = reply.outcome in {Outcome.NEEDS_PAYER, Outcome.DECLINED_SOFT}
        status = AttemptStatus.PENDING if needs_payer else AttemptStatus.DECLINED
        return replace(report_of_failure(reply), status=status, refused_round=completion_round)
    report = report_of_observation(reply)
    is_refused = reply.status is ObservedStatus.PENDING and reply.payment_reference is None
    return replace(report, refused_round=completion_round) if is_refused else report


def report_of_observation(observation: Observation) -> Report:
    """Say what an observation means for the attempt."""
    is_over = observation.status is ObservedStatus.CANCELED
    return Report(
        status=_STATUS_OF_OBSERVATION[observation.status],
        provider_reference=observation.provider_reference,
        payment_reference=observation.payment_reference,
        amount=observation.amount,
        method=observation.method,
        reason_code=observation.reason_code,
        reason_message=observation.reason_message,
        approved=observation.status is ObservedStatus.APPROVED,
        is_held=observation.status is ObservedStatus.AUTHORIZED,
        released=is_over and observation.payment_reference is not None,
        needs_payer=observation.needs_payer,
    )


def verify_after(decision: Decision, failure: Failure) -> timedelta | None:
    """Return when to find out what a call did that left it open; None when it did not."""
    match decision:
        case Decision.VERIFY | Decision.CONVERGE:
            return timedelta(0)
        case Decision.RETRY_SAME_KEY:
            return patience(failure) or _BREATH
        case _:
            return None


def patience(failure: Failure) -> timedelta | None:
    """Return how long the provider asked us to wait, if it did."""
    if failure.retry_after_seconds is None:
        return None
    return timedelta(seconds=min(failure.retry_after_seconds, 3600))
