"""The body of a defence (razorpay.com/docs/api/disputes/contest)."""

from typing import Annotated

from msgspec import Meta

from paymux.sandbox.razorpay.params import Closed

Documents = list[str] | None


class OtherProofParams(Closed):
    """Documents of a kind of the merchant's own."""

    type: str
    document_ids: list[str]


class Contest(Closed):
    """PATCH /v1/disputes/{id}/contest; without an action it is a draft."""

    amount: int | None = None
    summary: Annotated[str, Meta(max_length=1000)] | None = None
    shipping_proof: Documents = None
    billing_proof: Documents = None
    cancellation_proof: Documents = None
    customer_communication: Documents = None
    proof_of_service: Documents = None
    explanation_letter: Documents = None
    refund_confirmation: Documents = None
    access_activity_log: Documents = None
    refund_cancellation_policy: Documents = None
    term_and_conditions: Documents = None
    others: list[OtherProofParams] | None = None
    action: str = "draft"
