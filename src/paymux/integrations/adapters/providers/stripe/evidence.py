"""What a merchant says in defence, in Stripe's fields.

https://docs.stripe.com/api/disputes/evidence_object. Every field takes one text or one file.
"""

from collections.abc import Mapping
from typing import Final, Literal

from paymux.integrations.adapters.providers.stripe.dispute_calls import Answer, EvidenceFields
from paymux.payments.ports.disputes import DocumentKind, Evidence, EvidenceRequest

FileField = Literal[
    "receipt",
    "shipping_documentation",
    "service_documentation",
    "customer_communication",
    "refund_policy",
    "cancellation_policy",
    "uncategorized_file",
]
FIELDS: Final[Mapping[DocumentKind, FileField]] = {
    DocumentKind.RECEIPT: "receipt",
    DocumentKind.SHIPPING: "shipping_documentation",
    DocumentKind.SERVICE: "service_documentation",
    DocumentKind.COMMUNICATION: "customer_communication",
    DocumentKind.REFUND_POLICY: "refund_policy",
    DocumentKind.CANCELLATION: "cancellation_policy",
    DocumentKind.OTHER: "uncategorized_file",
}
_LONGEST_TEXT: Final = 20_000


def answer(request: EvidenceRequest, files: Mapping[FileField, str]) -> Answer:
    """Compose the answer, handed in for good; the metadata tells later that it was ours."""
    fields = _texts(request.evidence)
    for field, file in files.items():
        fields[field] = file
    return {"evidence": fields, "submit": True, "metadata": mark(request)}


def mark(request: EvidenceRequest) -> dict[str, str]:
    """Return what tells this very answer from any other."""
    return {"dispute_id": request.dispute_id, "response_key": request.idempotency_key}


def _texts(evidence: Evidence) -> EvidenceFields:
    fields: EvidenceFields = {"uncategorized_text": evidence.summary[:_LONGEST_TEXT]}
    if evidence.product_description:
        fields["product_description"] = evidence.product_description[:_LONGEST_TEXT]
    if evidence.customer_name:
        fields["customer_name"] = evidence.customer_name
    if evidence.customer_email:
        fields["customer_email_address"] = evidence.customer_email
    if evidence.shipping_carrier:
        fields["shipping_carrier"] = evidence.shipping_carrier
    if evidence.tracking_number:
        fields["shipping_tracking_number"] = evidence.tracking_number
    if evidence.shipped_on:
        fields["shipping_date"] = evidence.shipped_on.isoformat()
    if evidence.service_on:
        fields["service_date"] = evidence.service_on.isoformat()
    return fields
