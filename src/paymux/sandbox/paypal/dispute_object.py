"""How a dispute looks: whole, or as an entry of a list."""

from datetime import UTC, datetime

from paymux.sandbox.paypal.book import DisputeRecord, Link
from paymux.sandbox.wire import Json

WAITING = "WAITING_FOR_SELLER_RESPONSE"
STATES = {
    WAITING: "REQUIRED_ACTION",
    "UNDER_REVIEW": "UNDER_PAYPAL_REVIEW",
    "RESOLVED": "RESOLVED",
}


def iso(at: float) -> str:
    """A time as PayPal writes it on disputes."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def whole(dispute: DisputeRecord) -> Json:
    """dispute (customer_disputes_v1)."""
    transaction = {
        "seller_transaction_id": dispute.capture_id,
        "transaction_status": "COMPLETED",
        "gross_amount": dispute.gross,
        "custom": dispute.custom_id,
        "seller": {"merchant_id": dispute.account_id, "name": "Sandbox Merchant"},
    }
    body = _common(dispute) | {
        "disputed_transactions": [{k: v for k, v in transaction.items() if v is not None}],
        "evidences": dispute.evidences,
        "links": _links(dispute),
    }
    if dispute.outcome is not None:
        body["dispute_outcome"] = {"outcome_code": dispute.outcome}
        if dispute.outcome == "RESOLVED_BUYER_FAVOUR":
            body["dispute_outcome"] = {
                "outcome_code": dispute.outcome,
                "amount_refunded": dispute.amount,
            }
    return body


def summary(dispute: DisputeRecord) -> Json:
    """dispute_info: it does not say which payment is disputed."""
    state = {"dispute_state": STATES[dispute.status], "links": _links(dispute)[:1]}
    return _common(dispute) | state


def _common(dispute: DisputeRecord) -> Json:
    body: Json = {
        "dispute_id": dispute.id,
        "create_time": iso(dispute.created),
        "update_time": iso(dispute.updated),
        "reason": dispute.reason,
        "status": dispute.status,
        "dispute_amount": dispute.amount,
        "dispute_life_cycle_stage": dispute.stage,
        "dispute_channel": "INTERNAL",
    }
    if dispute.status != "RESOLVED":
        body["seller_response_due_date"] = iso(dispute.due)
    return body


def _links(dispute: DisputeRecord) -> list[Link]:
    href = f"{dispute.api_base}/v1/customer/disputes/{dispute.id}"
    links = [Link(href, "self", "GET")]
    if dispute.status == WAITING:
        links += [
            Link(f"{href}/accept-claim", "accept_claim", "POST"),
            Link(f"{href}/provide-evidence", "provide_evidence", "POST"),
        ]
    return links
