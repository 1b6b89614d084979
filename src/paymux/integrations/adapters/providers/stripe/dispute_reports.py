"""A dispute: what each state of one means. https://docs.stripe.com/disputes/how-disputes-work."""

from datetime import datetime
from typing import Final

from paymux.integrations.adapters.providers.stripe.dispute_wire import Dispute, Named
from paymux.integrations.adapters.providers.stripe.errors import unreadable
from paymux.integrations.adapters.providers.stripe.intents import counted
from paymux.integrations.adapters.providers.stripe.times import moment
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.disputes import (
    DisputeAction,
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
)

_INQUIRY, _CHARGEBACK = DisputeStage.INQUIRY, DisputeStage.CHARGEBACK
_STATUSES: Final = {
    "warning_needs_response": (_INQUIRY, DisputeStatus.NEEDS_RESPONSE),
    "warning_under_review": (_INQUIRY, DisputeStatus.UNDER_REVIEW),
    "warning_closed": (_INQUIRY, DisputeStatus.CLOSED),
    # Stripe gave the money back before it came to a chargeback, as the merchant had it do.
    "prevented": (_INQUIRY, DisputeStatus.LOST),
    "needs_response": (_CHARGEBACK, DisputeStatus.NEEDS_RESPONSE),
    "under_review": (_CHARGEBACK, DisputeStatus.UNDER_REVIEW),
    "won": (_CHARGEBACK, DisputeStatus.WON),
    "lost": (_CHARGEBACK, DisputeStatus.LOST),
    # Stripe tells of an appeal only while it runs, so a stage of its own would outlast it; its
    # deadline is what sets it apart.
    "appeal_needs_response": (_CHARGEBACK, DisputeStatus.NEEDS_RESPONSE),
    "appeal_under_review": (_CHARGEBACK, DisputeStatus.UNDER_REVIEW),
}
# https://docs.stripe.com/disputes/categories.
_REASONS: Final = {
    "credit_not_processed": DisputeReason.NOT_REFUNDED,
    "debit_not_authorized": DisputeReason.FRAUDULENT,
    "duplicate": DisputeReason.DUPLICATE,
    "fraudulent": DisputeReason.FRAUDULENT,
    "product_not_received": DisputeReason.NOT_RECEIVED,
    "product_unacceptable": DisputeReason.NOT_AS_DESCRIBED,
    "subscription_canceled": DisputeReason.SUBSCRIPTION_CANCELED,
    "unrecognized": DisputeReason.UNRECOGNIZED,
}
_LONGEST_CODE: Final = 100
OPEN: Final = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW})


def payment_of(dispute: Dispute) -> str | None:
    """Return the payment that is contested; none where the charge has none, as ours always do."""
    payment = dispute.payment_intent
    return payment.id if isinstance(payment, Named) else payment


def report(dispute: Dispute, occurred_at: datetime) -> DisputeReport | Failure:
    """Say what a dispute is."""
    payment, known = payment_of(dispute), _STATUSES.get(dispute.status)
    if payment is None or known is None:
        return unreadable()
    amount = counted(dispute.amount, dispute.currency)
    if isinstance(amount, Failure):
        return amount
    stage, status = known
    due_by = dispute.evidence_details.due_by if dispute.evidence_details else None
    return DisputeReport(
        status=status,
        stage=stage,
        provider_reference=dispute.id,
        payment_reference=payment,
        amount=amount,
        reason=_REASONS.get(dispute.reason or "", DisputeReason.OTHER),
        reason_code=(dispute.reason or "")[:_LONGEST_CODE] or None,
        evidence_due_at=moment(due_by or None),
        actions=_actions(dispute.status, due_by),
        opened_at=moment(dispute.created),
        occurred_at=occurred_at,
    )


def _actions(status: str, due_by: int | None) -> frozenset[DisputeAction]:
    """Say what is open now; `due_by` is 0 "if the bank doesn't allow a response".

    Only a chargeback can be accepted: closing takes `needs_response` to `lost`, and an inquiry
    is given in to by a refund. An appeal is written in the Dashboard.
    """
    answer = frozenset() if due_by == 0 else frozenset({DisputeAction.SUBMIT_EVIDENCE})
    match status:
        case "needs_response":
            return answer | {DisputeAction.ACCEPT}
        case "warning_needs_response":
            return answer
        case _:
            return frozenset()
