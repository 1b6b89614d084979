"""From what a connector says of a refund to what the refund learns: the one translation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paymux.kernel.ids import RefundId
from paymux.payments.application.decisions import SILENT_ON_EARLIER_CALLS
from paymux.payments.domain.decision import DecisionEntry
from paymux.payments.domain.refund import Refund, RefundNews, RefundStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Failure, Outcome, RefundReport

_STATUS_OF_FAILURE: Final = {
    Outcome.NOT_SENT: RefundStatus.NOT_SENT,
    Outcome.NOT_PROCESSED: RefundStatus.UNKNOWN,
    Outcome.IN_PROGRESS: RefundStatus.UNKNOWN,
    Outcome.UNKNOWN: RefundStatus.UNKNOWN,
    Outcome.DONE_ALREADY: RefundStatus.UNKNOWN,
    Outcome.DECLINED_SOFT: RefundStatus.REJECTED,
    Outcome.DECLINED_HARD: RefundStatus.REJECTED,
    Outcome.NEEDS_PAYER: RefundStatus.UNKNOWN,
    Outcome.CREDENTIALS: RefundStatus.NOT_SENT,
    Outcome.REJECTED: RefundStatus.REJECTED,
}

TO_VERIFY_AT_ONCE: Final = frozenset({Outcome.UNKNOWN, Outcome.DONE_ALREADY})
"""Outcomes after which the provider can tell at once what it did; others want patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundHeard:
    """News of a refund: of which one, who brought it, when the thing it tells of happened.

    `decision`: what we decided on it.
    """

    news: RefundNews
    source: Source
    refund_id: RefundId | None
    payment_reference: str | None
    occurred_at: datetime | None = None
    decision: DecisionEntry | None = None


def heard_of_report(report: RefundReport, source: Source) -> RefundHeard:
    """Say what a provider's report means for the refund that it names."""
    return RefundHeard(
        news=RefundNews(
            status=RefundStatus(report.status),
            provider_reference=report.provider_reference,
            amount=report.amount,
            reason_code=report.reason_code,
            reason_message=report.reason_message,
        ),
        source=source,
        refund_id=RefundId(report.refund_id) if report.refund_id else None,
        payment_reference=report.payment_reference,
        occurred_at=report.occurred_at,
    )


def heard_of_reply(refund: Refund, reply: RefundReport | Failure, *, replay: bool) -> RefundHeard:
    """Say what the reply to our own call means for the refund, whatever reference it echoes.

    That a replay did not get through is no proof that the first call did not (invariant 4).
    """
    if isinstance(reply, Failure):
        is_silent = replay and reply.outcome in SILENT_ON_EARLIER_CALLS
        status = RefundStatus.UNKNOWN if is_silent else _STATUS_OF_FAILURE[reply.outcome]
        return heard_of_us(refund, status, reply.code, reply.message)
    return heard_of_answer(refund, reply, Source.REPLY)


def heard_of_answer(refund: Refund, report: RefundReport, source: Source) -> RefundHeard:
    """Say what a report means that was asked for about this very refund."""
    heard = heard_of_report(report, source)
    return RefundHeard(
        news=heard.news,
        source=source,
        refund_id=refund.id,
        payment_reference=refund.payment_reference,
        occurred_at=heard.occurred_at,
    )


def heard_of_us(
    refund: Refund,
    status: RefundStatus,
    code: str,
    message: str | None = None,
    source: Source = Source.REPLY,
) -> RefundHeard:
    """Say that a refund came to nothing, or to nothing that we know of."""
    return RefundHeard(
        news=RefundNews(status=status, reason_code=code, reason_message=message),
        source=source,
        refund_id=refund.id,
        payment_reference=refund.payment_reference,
    )
