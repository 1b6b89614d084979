"""What a merchant has in hand when a payer contests."""

from typing import Final

from paymux.payments.ports.disputes import DocumentKind, Evidence, EvidenceDocument

SIGNED: Final = Evidence(
    summary="It was delivered, and signed for.",
    documents=[
        EvidenceDocument(
            kind=DocumentKind.SHIPPING,
            file_name="slip.pdf",
            media_type="application/pdf",
            content=b"%PDF-1.4\n%%EOF\n",
        )
    ],
)
