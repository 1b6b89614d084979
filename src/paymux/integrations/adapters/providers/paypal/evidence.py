"""A merchant's defence, as the pieces of evidence that PayPal knows.

https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_provide-evidence
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.dispute_wire import (
    Dispute,
    NewDocument,
    NewEvidence,
    NewEvidenceInfo,
    NewEvidences,
    NewTracking,
)
from paymux.integrations.adapters.providers.paypal.errors import rejected
from paymux.integrations.adapters.providers.paypal.forms import Form, Part, form
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.disputes import (
    DocumentKind,
    Evidence,
    EvidenceDocument,
    EvidenceRequest,
)

ASKED_OF_US: Final = "REQUESTED_FROM_SELLER"
_FULFILLMENT: Final = "PROOF_OF_FULFILLMENT"
_OTHER: Final = "OTHER"
# "evidence_info is expected for" these; words and documents go with any other.
_NEEDS_MORE_THAN_WORDS: Final = frozenset({_FULFILLMENT, "PROOF_OF_REFUND", "PROOF_OF_RETURN"})
_EVIDENCE_TYPE: Final = re.compile(r"[0-9A-Z_]{1,255}")
_LONGEST_NOTES: Final = 1900
_LARGEST_FILE: Final = 10_000_000
_LARGEST_FORM: Final = 50_000_000
_TYPES: Final = {
    DocumentKind.RECEIPT: "PROOF_OF_RECEIPT_COPY",
    DocumentKind.SHIPPING: "ADDITIONAL_PROOF_OF_SHIPMENT",
    DocumentKind.SERVICE: "PROOF_FOR_SOFTWARE_OR_SERVICE_DELIVERED",
    DocumentKind.COMMUNICATION: "MERCHANT_RESPONSE",
    DocumentKind.REFUND_POLICY: "RETURN_POLICY",
}
_ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_CARRIERS: Final = frozenset(
    {
        "AIRBORNE_EXPRESS",
        "AIRSURE",
        "DHL",
        "DPD",
        "FEDEX",
        "PARCELFORCE",
        "ROYAL_MAIL",
        "SWIFTAIR",
        "TNT",
        "UPS",
        "USPS",
    }
)


def mark_of(key: str) -> str:
    """Return what tells our evidence from other evidence when it is read back."""
    return f"Ref. {hashlib.sha256(key.encode()).hexdigest()[:20]}"


def evidence_form(request: EvidenceRequest, dispute: Dispute) -> Form | Failure:
    """Write the request: what is said in JSON, and the files that it names."""
    documents = request.evidence.documents
    sizes = [len(each.content) for each in documents]
    if max(sizes, default=0) >= _LARGEST_FILE or sum(sizes) > _LARGEST_FORM:
        message = "PayPal takes files of less than 10 MB each, and 50 MB in all."
        return rejected("evidence_too_large", message, "documents")
    files = [_file(at, each) for at, each in enumerate(documents, 1)]
    said = NewEvidences([*_words(request, dispute), *_documents(documents, files)])
    json = Part(name="input", media_type="application/json", content=msgspec.json.encode(said))
    return form([json, *files], request.idempotency_key)


def _words(request: EvidenceRequest, dispute: Dispute) -> Iterator[NewEvidence]:
    """Split what does not fit into one note; the first note has our mark."""
    tracking, text = _tracking(request.evidence), _text(request.evidence)
    kind = _FULFILLMENT if tracking else _asked_for(dispute)
    first, rest = text[:_LONGEST_NOTES], text[_LONGEST_NOTES:]
    yield NewEvidence(
        evidence_type=kind,
        evidence_info=tracking,
        notes=f"{first}\n{mark_of(request.idempotency_key)}",
    )
    for at in range(0, len(rest), _LONGEST_NOTES):
        yield NewEvidence(evidence_type=_OTHER, notes=rest[at : at + _LONGEST_NOTES])


def _documents(
    documents: Sequence[EvidenceDocument], files: Sequence[Part]
) -> Iterator[NewEvidence]:
    for document, file in zip(documents, files, strict=True):
        yield NewEvidence(
            evidence_type=_TYPES.get(document.kind, _OTHER),
            documents=[NewDocument(file.file_name or "")],
        )


def _file(at: int, document: EvidenceDocument) -> Part:
    """Give it a name that PayPal takes, and that no other file of the request has."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}\Z", "", document.file_name)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:100]
    is_known = document.media_type in _ENDINGS
    ending = _ENDINGS[document.media_type] if is_known else "bin"
    return Part(
        name=f"file{at}",
        media_type=document.media_type if is_known else "application/octet-stream",
        content=document.content,
        file_name=f"{at}-{plain or 'document'}.{ending}",
    )


def _asked_for(dispute: Dispute) -> str:
    asked = [
        each.evidence_type
        for each in dispute.evidences or ()
        if each.source == ASKED_OF_US and each.evidence_type
    ]
    fits = (each for each in asked if each not in _NEEDS_MORE_THAN_WORDS)
    return next((each for each in fits if _EVIDENCE_TYPE.fullmatch(each)), _OTHER)


def _tracking(evidence: Evidence) -> NewEvidenceInfo | None:
    if not evidence.tracking_number:
        return None
    carrier = (evidence.shipping_carrier or "").strip()
    known = re.sub(r"[^A-Z0-9]+", "_", carrier.upper())
    is_known = known in _CARRIERS
    return NewEvidenceInfo(
        [
            NewTracking(
                carrier_name=known if is_known else _OTHER,
                tracking_number=evidence.tracking_number[:255],
                carrier_name_other=None if is_known else carrier[:2000] or "Unknown",
            )
        ]
    )


def _text(evidence: Evidence) -> str:
    customer = [each for each in (evidence.customer_name, evidence.customer_email) if each]
    lines = (
        evidence.summary,
        f"Product: {evidence.product_description}" if evidence.product_description else "",
        f"Customer: {', '.join(customer)}" if customer else "",
        f"Shipped on {evidence.shipped_on.isoformat()}" if evidence.shipped_on else "",
        f"Service provided on {evidence.service_on.isoformat()}" if evidence.service_on else "",
    )
    return "\n".join(line for line in lines if line)
