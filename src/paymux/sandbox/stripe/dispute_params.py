"""Request parameters of disputes, files and payment methods."""

from typing import Annotated, Literal

from msgspec import Meta

from paymux.sandbox.stripe.params import Closed, Page, Range, ShortMetadata, Strict

Text = Annotated[str, Meta(max_length=20_000)]
LONGEST_EVIDENCE = 150_000


class EvidenceParams(Closed):
    """What a merchant says in defence; an empty text takes back what was said."""

    access_activity_log: Text | None = None
    appeal: object = None
    billing_address: Text | None = None
    cancellation_policy: Text | None = None
    cancellation_policy_disclosure: Text | None = None
    cancellation_rebuttal: Text | None = None
    customer_communication: Text | None = None
    customer_email_address: Text | None = None
    customer_name: Text | None = None
    customer_purchase_ip: Text | None = None
    customer_signature: Text | None = None
    duplicate_charge_documentation: Text | None = None
    duplicate_charge_explanation: Text | None = None
    duplicate_charge_id: Text | None = None
    enhanced_evidence: object = None
    product_description: Text | None = None
    receipt: Text | None = None
    refund_policy: Text | None = None
    refund_policy_disclosure: Text | None = None
    refund_refusal_explanation: Text | None = None
    service_date: Text | None = None
    service_documentation: Text | None = None
    shipping_address: Text | None = None
    shipping_carrier: Text | None = None
    shipping_date: Text | None = None
    shipping_documentation: Text | None = None
    shipping_tracking_number: Text | None = None
    uncategorized_file: Text | None = None
    uncategorized_text: Text | None = None


FILE_FIELDS = frozenset(
    {
        "cancellation_policy",
        "customer_communication",
        "customer_signature",
        "duplicate_charge_documentation",
        "receipt",
        "refund_policy",
        "service_documentation",
        "shipping_documentation",
        "uncategorized_file",
    }
)


class DisputeUpdate(Strict):
    """POST /v1/disputes/{dispute}."""

    evidence: EvidenceParams | None = None
    intended_submission_method: (
        Literal["manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"] | None
    ) = None
    metadata: ShortMetadata | Literal[""] | None = None
    submit: bool | None = None


class DisputeList(Page):
    """GET /v1/disputes."""

    charge: str | None = None
    created: Range | int | None = None
    payment_intent: str | None = None


class MethodList(Page):
    """GET /v1/payment_methods."""

    allow_redisplay: Literal["always", "limited", "unspecified"] | None = None
    customer: str | None = None
    customer_account: str | None = None
    type: str | None = None
