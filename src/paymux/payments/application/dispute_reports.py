"""From what a connector says of a dispute to what is learned of it: the one translation."""

from dataclasses import dataclass, replace
from datetime import datetime

from paymux.payments.application.call_reports import DONE, CallNews, news_of_failure
from paymux.payments.domain.dispute import (
    DisputeAction,
    DisputeNews,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
)
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.disputes import DisputeReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeHeard:
    """News of a dispute: of which one, who brought it, when the thing it tells of happened."""

    news: DisputeNews
    source: Source
    provider_reference: str
    payment_reference: str
    occurred_at: datetime | None = None


def heard_of_report(
    report: DisputeReport, source: Source, seen_at: datetime | None = None
) -> DisputeHeard:
    """Say what a report means; `seen_at`: when we saw it so, if the provider tells no time."""
    return DisputeHeard(
        news=DisputeNews(
            status=DisputeStatus(report.status),
            stage=DisputeStage(report.stage),
            amount=report.amount,
            reason=DisputeReason(report.reason),
            reason_code=report.reason_code,
            evidence_due_at=report.evidence_due_at,
            actions=frozenset(DisputeAction(one) for one in report.actions),
            opened_at=report.opened_at,
            at=report.occurred_at or seen_at,
        ),
        source=source,
        provider_reference=report.provider_reference,
        payment_reference=report.payment_reference,
        occurred_at=report.occurred_at,
    )


def heard_as_it_is(report: DisputeReport, source: Source, seen_at: datetime) -> DisputeHeard:
    """Say what the answer to a call of ours means: it tells what is so now, since whenever."""
    heard = heard_of_report(report, source)
    told = heard.news.at
    at = seen_at if told is None else max(told, seen_at)
    return replace(heard, news=replace(heard.news, at=at))


def news_of_reply(reply: DisputeReport | Failure, *, replay: bool) -> CallNews:
    """Say what the reply to a response means for the call itself: its status and why."""
    return news_of_failure(reply, replay=replay) if isinstance(reply, Failure) else DONE
