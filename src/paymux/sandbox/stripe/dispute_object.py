"""Stripe's disputes and files, field for field as they appear in replies and events."""

import msgspec

from paymux.sandbox.stripe.objects import Metadata


class Evidence(msgspec.Struct, kw_only=True):
    """What the merchant has said so far; files by their ids."""

    access_activity_log: str | None = None
    billing_address: str | None = None
    cancellation_policy: str | None = None
    cancellation_policy_disclosure: str | None = None
    cancellation_rebuttal: str | None = None
    customer_communication: str | None = None
    customer_email_address: str | None = None
    customer_name: str | None = None
    customer_purchase_ip: str | None = None
    customer_signature: str | None = None
    duplicate_charge_documentation: str | None = None
    duplicate_charge_explanation: str | None = None
    duplicate_charge_id: str | None = None
    enhanced_evidence: dict[str, None] = {}
    product_description: str | None = None
    receipt: str | None = None
    refund_policy: str | None = None
    refund_policy_disclosure: str | None = None
    refund_refusal_explanation: str | None = None
    service_date: str | None = None
    service_documentation: str | None = None
    shipping_address: str | None = None
    shipping_carrier: str | None = None
    shipping_date: str | None = None
    shipping_documentation: str | None = None
    shipping_tracking_number: str | None = None
    uncategorized_file: str | None = None
    uncategorized_text: str | None = None


class EvidenceDetails(msgspec.Struct, kw_only=True):
    """Until when it can be answered, and how often it was."""

    due_by: int | None = None
    enhanced_eligibility: dict[str, None] = {}
    has_evidence: bool = False
    past_due: bool = False
    submission_count: int = 0
    submission_method: str = "not_submitted"


class DisputedCard(msgspec.Struct, kw_only=True):
    """How the card's network sees it."""

    case_type: str
    brand: str = "visa"
    network: str = "visa"
    network_reason_code: str | None = "10.4"


class DisputedMethod(msgspec.Struct, kw_only=True):
    """How the contested charge was paid."""

    card: DisputedCard
    type: str = "card"


class Dispute(msgspec.Struct, kw_only=True):
    """dispute."""

    id: str
    amount: int
    charge: str
    created: int
    currency: str
    is_charge_refundable: bool
    payment_intent: str
    payment_method_details: DisputedMethod
    reason: str
    status: str
    object: str = "dispute"
    balance_transactions: list[None] = []
    enhanced_eligibility_types: list[str] = []
    evidence: Evidence = msgspec.field(default_factory=Evidence)
    evidence_details: EvidenceDetails = msgspec.field(default_factory=EvidenceDetails)
    intended_submission_method: str | None = None
    livemode: bool = False
    metadata: Metadata = {}


class File(msgspec.Struct, kw_only=True):
    """file; its content is not kept."""

    id: str
    created: int
    filename: str
    purpose: str
    size: int
    type: str
    object: str = "file"
    expires_at: int | None = None
    links: None = None
    title: str | None = None
    url: str | None = None
