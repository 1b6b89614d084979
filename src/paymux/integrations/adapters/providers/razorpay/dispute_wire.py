"""Disputes and the documents of a defence: what we send and read.

https://razorpay.com/docs/api/disputes/ and https://razorpay.com/docs/api/documents/create/.
"""

import msgspec


class SubmittedEvidence(msgspec.Struct, frozen=True):
    """What of a defence we read: when it was handed in last."""

    submitted_at: int | None = None


class Dispute(msgspec.Struct, frozen=True):
    """A dispute."""

    id: str
    payment_id: str
    amount: int
    currency: str
    status: str
    phase: str
    reason_code: str | None = None
    respond_by: int | None = None
    created_at: int | None = None
    evidence: SubmittedEvidence | None = None


class Disputes(msgspec.Struct, frozen=True):
    """Some disputes."""

    items: list[Dispute]


class Document(msgspec.Struct, frozen=True):
    """An uploaded file."""

    id: str


class OtherProof(msgspec.Struct, frozen=True):
    """Documents of a kind that Razorpay has no field for."""

    type: str
    document_ids: list[str]


class NewContest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `PATCH /v1/disputes/{id}/contest`."""

    amount: int
    summary: str
    action: str
    billing_proof: list[str] = []
    shipping_proof: list[str] = []
    proof_of_service: list[str] = []
    customer_communication: list[str] = []
    refund_cancellation_policy: list[str] = []
    cancellation_proof: list[str] = []
    others: list[OtherProof] = []
