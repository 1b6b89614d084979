"""What disputes say of themselves (https://razorpay.com/docs/api/disputes/entity/)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from paymux.integrations.adapters.providers.razorpay.dispute_reasons import reason_of
from paymux.integrations.adapters.providers.razorpay.dispute_wire import Dispute
from paymux.integrations.adapters.providers.razorpay.errors import failure, scrub
from paymux.integrations.adapters.providers.razorpay.event_wire import Payload
from paymux.integrations.adapters.providers.razorpay.observations import instant, money_of
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.disputes import (
    DisputeAction,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
)

EVENTS: Final = (
    "payment.dispute.created",
    "payment.dispute.action_required",
    "payment.dispute.under_review",
    "payment.dispute.won",
    "payment.dispute.lost",
    "payment.dispute.closed",
)

_STATUSES: Final[Mapping[str, DisputeStatus]] = {
    "open": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "closed": DisputeStatus.CLOSED,
}
_STAGES: Final[Mapping[str, DisputeStage]] = {
    # A bank suspects fraud, or wants to know more: nobody has asked for the money yet.
    "fraud": DisputeStage.INQUIRY,
    "retrieval": DisputeStage.INQUIRY,
    "chargeback": DisputeStage.CHARGEBACK,
    "pre_arbitration": DisputeStage.PRE_ARBITRATION,
    "arbitration": DisputeStage.ARBITRATION,
}


def report(dispute: Dispute, at: datetime) -> DisputeReport | Failure:
    """Report a dispute as it stands at that time."""
    status, stage = _STATUSES.get(dispute.status), _STAGES.get(dispute.phase)
    if status is None or stage is None:
        return failure("odd_status")
    money = money_of(dispute.amount, dispute.currency)
    if isinstance(money, Failure):
        return money
    due = instant(dispute.respond_by)
    return DisputeReport(
        status=status,
        stage=stage,
        provider_reference=dispute.id,
        payment_reference=dispute.payment_id,
        amount=money,
        reason=reason_of(dispute.reason_code),
        reason_code=scrub(dispute.reason_code, ())[:100] or None if dispute.reason_code else None,
        evidence_due_at=due,
        actions=_actions(status, due, at),
        opened_at=instant(dispute.created_at),
        occurred_at=at,
    )


def translate_dispute(payload: Payload, at: datetime) -> DisputeReport | Failure:
    """Say what a dispute's event means. Whose payment it is, its payment tells."""
    if payload.dispute is None:
        return failure("unreadable_reply", "The event carries no dispute.")
    return report(payload.dispute.entity, at)


def _actions(
    status: DisputeStatus, due: datetime | None, at: datetime
) -> frozenset[DisputeAction]:
    """Only an open dispute can be answered, and only in time (…/api/disputes/contest/)."""
    if status is not DisputeStatus.NEEDS_RESPONSE or (due is not None and due <= at):
        return frozenset()
    return frozenset({DisputeAction.ACCEPT, DisputeAction.SUBMIT_EVIDENCE})
