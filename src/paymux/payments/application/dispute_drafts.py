"""New responses to disputes, before anything is stored or sent."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import DisputeResponseId
from paymux.payments.application.routing import replay_until
from paymux.payments.domain.dispute import Dispute, DisputeStatus
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.disputes import (
    AcceptRequest,
    Evidence,
    EvidenceDocument,
    EvidenceRequest,
    HandlesDisputes,
)
from paymux.payments.ports.plugins import Capabilities, Operation

MOST_DOCUMENTS: Final = 5
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of all documents together; the least that any provider takes is a little more."""

OPERATION_OF: Final = {
    ResponseKind.ACCEPT: Operation.ACCEPT_DISPUTE,
    ResponseKind.EVIDENCE: Operation.SUBMIT_EVIDENCE,
}
_LONGEST_DISPUTE: Final = timedelta(days=180)
_BEGINNINGS: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


class DisputeResponseIsNotSupported(PaymuxError):
    """The provider takes no such response over its API.

    Answer in the provider's own dashboard; what you do there is taken in.
    """

    code = "dispute_response_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self, kind: ResponseKind) -> None:
        super().__init__(f"The provider of this payment takes no {kind} over its API.")


class DocumentIsNotWhatItSays(PaymuxError):
    """The content of a document does not begin as its `media_type` does.

    Send a JPEG, PNG or PDF as it is, in base64, under the media type that it has.
    """

    code = "document_not_what_it_says"
    category = Category.UNPROCESSABLE

    def __init__(self, number: int, media_type: str) -> None:
        super().__init__(f"The document is no {media_type}.", field=f"documents[{number}].content")


class DocumentsAreTooLarge(PaymuxError):
    """The documents are more than providers take together.

    Leave out what does not help, or make pictures smaller.
    """

    code = "documents_too_large"
    category = Category.UNPROCESSABLE

    def __init__(self) -> None:
        most = MOST_BYTES // (1024 * 1024)
        super().__init__(f"Documents may have {most} MiB in all.", field="documents")


def refuse_odd_documents(evidence: Evidence) -> None:
    """Raise for documents that are too large, or not what they say they are."""
    if sum(len(one.content) for one in evidence.documents) > MOST_BYTES:
        raise DocumentsAreTooLarge
    for number, document in enumerate(evidence.documents):
        if not _is_what_it_says(document):
            raise DocumentIsNotWhatItSays(number, document.media_type)


def _is_what_it_says(document: EvidenceDocument) -> bool:
    beginning = _BEGINNINGS.get(document.media_type)
    return beginning is not None and document.content.startswith(beginning)


def refuse_incapable(connector: Connector, abilities: Capabilities, kind: ResponseKind) -> None:
    """Raise DisputeResponseIsNotSupported unless the provider takes it over its API."""
    can = isinstance(connector, HandlesDisputes) and OPERATION_OF[kind] in abilities.operations
    if not can:
        raise DisputeResponseIsNotSupported(kind)


def draft(
    response_id: DisputeResponseId,
    dispute: Dispute,
    answer: Evidence | str | None,
    abilities: Capabilities,
    now: datetime,
) -> DisputeResponse:
    """Return the call, with its key and its bytes; `answer`: evidence, or a note on giving in."""
    kind = ResponseKind.EVIDENCE if isinstance(answer, Evidence) else ResponseKind.ACCEPT
    request = _request(response_id, dispute, answer, now)
    known = dispute.current
    return DisputeResponse(
        id=response_id,
        dispute_id=dispute.id,
        payment_id=dispute.payment_id,
        attempt_id=dispute.attempt_id,
        connection_id=dispute.connection_id,
        kind=kind,
        amount=known.amount,
        stage=known.stage,
        evidence_due_at=known.evidence_due_at,
        was_under_review=known.status is DisputeStatus.UNDER_REVIEW,
        idempotency_key=request.idempotency_key,
        request=msgspec.json.encode(request),
        created_at=now,
        replay_until=_replay_until(abilities, kind, now),
    )


def _replay_until(abilities: Capabilities, kind: ResponseKind, now: datetime) -> datetime:
    """Return how long the call may be repeated: giving in once more gives nothing, key or not."""
    if kind is ResponseKind.ACCEPT:
        return now + _LONGEST_DISPUTE
    return replay_until(abilities, now, Operation.SUBMIT_EVIDENCE)


def _request(
    response_id: DisputeResponseId,
    dispute: Dispute,
    answer: Evidence | str | None,
    now: datetime,
) -> AcceptRequest | EvidenceRequest:
    key = f"paymux-{response_id}"
    if isinstance(answer, Evidence):
        return EvidenceRequest(
            dispute_id=dispute.id,
            idempotency_key=key,
            provider_reference=dispute.provider_reference,
            amount=dispute.current.amount,
            evidence=answer,
            created_at=now,
        )
    return AcceptRequest(
        dispute_id=dispute.id,
        idempotency_key=key,
        provider_reference=dispute.provider_reference,
        created_at=now,
        note=answer,
    )
