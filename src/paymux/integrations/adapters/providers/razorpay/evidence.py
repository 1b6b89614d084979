"""A defence as Razorpay takes it: one text of a thousand characters, and documents.

https://razorpay.com/docs/api/disputes/contest/ and https://razorpay.com/docs/api/documents/create/.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.dispute_wire import NewContest, OtherProof
from paymux.payments.ports.disputes import DocumentKind, Evidence, EvidenceRequest

MOST_WORDS: Final = 1000
MEDIA_TYPES: Final = frozenset({"image/jpeg", "image/png", "application/pdf"})
"""What Razorpay takes; anything else could also say more in the form than a type."""

_FIELDS: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.RECEIPT: "billing_proof",
    DocumentKind.SHIPPING: "shipping_proof",
    DocumentKind.SERVICE: "proof_of_service",
    DocumentKind.COMMUNICATION: "customer_communication",
    DocumentKind.REFUND_POLICY: "refund_cancellation_policy",
    DocumentKind.CANCELLATION: "cancellation_proof",
}


def contest(request: EvidenceRequest, document_ids: Sequence[str]) -> NewContest:
    """Return the defence with its documents, in the order of the request's."""
    fields: dict[str, list[str]] = {}
    other: list[str] = []
    for document, document_id in zip(request.evidence.documents, document_ids, strict=True):
        field = _FIELDS.get(document.kind)
        (fields.setdefault(field, []) if field else other).append(document_id)
    return NewContest(
        amount=CURRENCIES.to_wire(request.amount),
        summary=summary(request.evidence),
        action="submit",
        others=[OtherProof("other", other)] if other else [],
        billing_proof=fields.get("billing_proof", []),
        shipping_proof=fields.get("shipping_proof", []),
        proof_of_service=fields.get("proof_of_service", []),
        customer_communication=fields.get("customer_communication", []),
        refund_cancellation_policy=fields.get("refund_cancellation_policy", []),
        cancellation_proof=fields.get("cancellation_proof", []),
    )


def summary(evidence: Evidence) -> str:
    """Return the merchant's words and the facts beside them; of too many words, theirs stay."""
    facts = {
        "Product": evidence.product_description,
        "Customer": evidence.customer_name,
        "E-mail": evidence.customer_email,
        "Carrier": evidence.shipping_carrier,
        "Tracking number": evidence.tracking_number,
        "Shipped on": evidence.shipped_on and evidence.shipped_on.isoformat(),
        "Service on": evidence.service_on and evidence.service_on.isoformat(),
    }
    lines = [f"{name}: {fact}" for name, fact in facts.items() if fact]
    return "\n".join((evidence.summary, *lines))[:MOST_WORDS]
