"""Disputes and documents, field for field as Razorpay publishes them (…/api/disputes/entity)."""

import msgspec


class OtherProof(msgspec.Struct, kw_only=True):
    """Documents of a kind of the merchant's own."""

    type: str
    document_ids: list[str]


class SubmittedEvidence(msgspec.Struct, kw_only=True):
    """What the merchant says in defence."""

    amount: int
    summary: str | None = None
    shipping_proof: list[str] | None = None
    billing_proof: list[str] | None = None
    cancellation_proof: list[str] | None = None
    customer_communication: list[str] | None = None
    proof_of_service: list[str] | None = None
    explanation_letter: list[str] | None = None
    refund_confirmation: list[str] | None = None
    access_activity_log: list[str] | None = None
    refund_cancellation_policy: list[str] | None = None
    term_and_conditions: list[str] | None = None
    others: list[OtherProof] | None = None
    submitted_at: int | None = None


class Dispute(msgspec.Struct, kw_only=True):
    """dispute."""

    id: str
    entity: str = "dispute"
    payment_id: str
    amount: int
    currency: str
    amount_deducted: int = 0
    reason_code: str
    respond_by: int
    status: str = "open"
    phase: str = "chargeback"
    created_at: int
    evidence: SubmittedEvidence


class Document(msgspec.Struct, kw_only=True):
    """document."""

    id: str
    entity: str = "document"
    purpose: str
    name: str
    mime_type: str
    size: int
    created_at: int
