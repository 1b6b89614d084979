"""What a dispute, as PayPal reports it, is in our words.

https://developer.paypal.com/docs/api/customer-disputes/v1/#definition-dispute
"""

import re
from collections.abc import Iterator
from typing import Final

from paymux.integrations.adapters.providers.paypal.currencies import from_amount
from paymux.integrations.adapters.providers.paypal.dispute_wire import Dispute
from paymux.integrations.adapters.providers.paypal.errors import unknown
from paymux.integrations.adapters.providers.paypal.observations import (
    MOVEMENT_ID,
    instant,
    odd_amount,
)
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.currencies import ProviderSentOddAmount
from paymux.payments.ports.disputes import (
    DisputeAction,
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
)

DISPUTE_ID: Final = re.compile(r"[A-Za-z0-9-]{1,255}")
_REASON_CODE: Final = re.compile(r"[0-9A-Z_]{1,64}")
_RESOLVED: Final = "RESOLVED"
_STAGES: Final = {
    "INQUIRY": DisputeStage.INQUIRY,
    "CHARGEBACK": DisputeStage.CHARGEBACK,
    "PRE_ARBITRATION": DisputeStage.PRE_ARBITRATION,
    "ARBITRATION": DisputeStage.ARBITRATION,
}
_REASONS: Final = {
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED": DisputeReason.NOT_RECEIVED,
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED": DisputeReason.NOT_AS_DESCRIBED,
    "UNAUTHORISED": DisputeReason.FRAUDULENT,
    "CREDIT_NOT_PROCESSED": DisputeReason.NOT_REFUNDED,
    "DUPLICATE_TRANSACTION": DisputeReason.DUPLICATE,
    "PAYMENT_BY_OTHER_MEANS": DisputeReason.DUPLICATE,
    "INCORRECT_AMOUNT": DisputeReason.WRONG_AMOUNT,
    "CANCELED_RECURRING_BILLING": DisputeReason.SUBSCRIPTION_CANCELED,
}
_TURNS: Final = {
    "WAITING_FOR_SELLER_RESPONSE": DisputeStatus.NEEDS_RESPONSE,
    "WAITING_FOR_BUYER_RESPONSE": DisputeStatus.UNDER_REVIEW,
    "UNDER_REVIEW": DisputeStatus.UNDER_REVIEW,
    "OTHER": DisputeStatus.UNDER_REVIEW,
}
_ENDINGS: Final = {
    "RESOLVED_BUYER_FAVOUR": DisputeStatus.LOST,
    "RESOLVED_SELLER_FAVOUR": DisputeStatus.WON,
    "CANCELED_BY_BUYER": DisputeStatus.CLOSED,
    "ACCEPTED": DisputeStatus.LOST,
    "DENIED": DisputeStatus.WON,
}
_ACTIONS: Final = {
    "accept_claim": DisputeAction.ACCEPT,
    "provide_evidence": DisputeAction.SUBMIT_EVIDENCE,
}


def report(dispute: Dispute) -> DisputeReport | Failure:
    """Say how a dispute stands, by the capture that it names."""
    stage = _STAGES.get(dispute.dispute_life_cycle_stage or "INQUIRY")
    status, named = status_of(dispute), _capture_of(dispute)
    if stage is None or status is None:
        return unknown("unrecognised_status", "PayPal reported a dispute we do not understand.")
    if named is None:
        return unknown("capture_not_reported", "PayPal does not say which payment is disputed.")
    try:
        amount = _amount(dispute)
    except ProviderSentOddAmount as error:
        return odd_amount(error)
    reason = dispute.reason or ""
    return DisputeReport(
        status=status,
        stage=stage,
        provider_reference=dispute.dispute_id,
        payment_reference=named,
        amount=amount,
        reason=_REASONS.get(reason, DisputeReason.OTHER),
        reason_code=reason.lower() if _REASON_CODE.fullmatch(reason) else None,
        evidence_due_at=instant(dispute.seller_response_due_date),
        actions=actions_of(dispute),
        opened_at=instant(dispute.create_time),
        occurred_at=instant(dispute.update_time or dispute.create_time),
    )


def status_of(dispute: Dispute) -> DisputeStatus | None:
    """Say whose turn it is, or how it ended; None where PayPal's word is new to us."""
    if dispute.status == _RESOLVED:
        return _ending(dispute)
    if dispute.status == "OPEN":
        wants = actions_of(dispute) or dispute.seller_response_due_date
        return DisputeStatus.NEEDS_RESPONSE if wants else DisputeStatus.UNDER_REVIEW
    return _TURNS.get(dispute.status or "")


def actions_of(dispute: Dispute) -> frozenset[DisputeAction]:
    """Return what PayPal lets the merchant do: it hangs a link on the dispute for each."""
    if dispute.status == _RESOLVED:
        return frozenset()
    names = (link.rel.replace("-", "_") for link in dispute.links or ())
    return frozenset(_ACTIONS[name] for name in names if name in _ACTIONS)


def _ending(dispute: Dispute) -> DisputeStatus:
    """Where the outcome leaves it open, the merchant lost if it was the merchant who paid."""
    code = dispute.dispute_outcome.outcome_code if dispute.dispute_outcome else None
    known = _ENDINGS.get(code or "")
    if known is not None:
        return known
    if sum(_paid_by_merchant(dispute)) > 0:
        return DisputeStatus.LOST
    return DisputeStatus.WON if code == "RESOLVED_WITH_PAYOUT" else DisputeStatus.CLOSED


def _paid_by_merchant(dispute: Dispute) -> Iterator[int]:
    for moved in dispute.money_movements or ():
        if moved.affected_party == "SELLER" and moved.amount is not None:
            try:
                amount = from_amount(moved.amount).amount
            except ProviderSentOddAmount:
                continue
            yield amount if moved.type == "DEBIT" else -amount


def _capture_of(dispute: Dispute) -> str | None:
    named = (each.seller_transaction_id for each in dispute.disputed_transactions or ())
    return next((each for each in named if each and MOVEMENT_ID.fullmatch(each)), None)


def _amount(dispute: Dispute) -> Money:
    gross = (each.gross_amount for each in dispute.disputed_transactions or ())
    told = next((each for each in (dispute.dispute_amount, *gross) if each is not None), None)
    if told is None:
        raise ProviderSentOddAmount(0, "of no currency")
    return from_amount(told)
