"""What the API says of disputes, and what it wants to hear."""

from base64 import b64decode
from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from paymux.kernel.errors import InputIsInvalid
from paymux.payments.adapters.http.reasons import ReasonBody, reason_body
from paymux.payments.application.dispute_drafts import MOST_BYTES, MOST_DOCUMENTS
from paymux.payments.application.disputes import DisputeDetails
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.domain.dispute import (
    Dispute,
    DisputeAction,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
)
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.ports.disputes import DocumentKind, Evidence, EvidenceDocument
from paymux.platform.http.fields import LaterMoment, Moment, example, identifier

MOST_BODY_BYTES: Final = MOST_BYTES * 4 // 3 + 128 * 1024
"""All documents in base64, and the words around them."""

_PIXEL: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
_Words = Annotated[str, Meta(min_length=1, max_length=2000)]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Due = Annotated[datetime, Meta(tz=True, examples=["2026-12-03T23:59:59Z"])]


class AcceptDisputeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Giving in. `note`: for the payer, where the provider passes it on."""

    note: Annotated[_Words, example("We are sorry; keep the money.")] | None = None


class DocumentBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of evidence."""

    kind: Annotated[DocumentKind, Meta(description="What it shows.", examples=["receipt"])]
    file_name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._()\-]*$",
            examples=["receipt.png"],
        ),
    ]
    media_type: Annotated[
        Literal["application/pdf", "image/jpeg", "image/png"], Meta(examples=["image/png"])
    ]
    content: Annotated[
        str,
        Meta(
            min_length=4,
            max_length=MOST_BYTES * 4 // 3 + 4,
            description="The file in base64. All files together: 4 MiB.",
            examples=[_PIXEL],
            extra_json_schema={"contentEncoding": "base64"},
        ),
    ]


class SubmitEvidenceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A defence. Say all of it at once: most providers take it only once."""

    summary: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=5000,
            description="Why the payment was right, in words for whoever decides.",
            examples=["The seat was used: see the sign-ins from the payer's own address."],
        ),
    ]
    product_description: Annotated[_Words, example("Pro plan, one seat, one month")] | None = None
    customer_name: Annotated[_Name, example("Ada Lovelace")] | None = None
    customer_email: Annotated[_Name, example("ada@shop.example")] | None = None
    shipping_carrier: Annotated[_Name, example("DHL")] | None = None
    tracking_number: Annotated[_Name, example("JJD0003")] | None = None
    shipped_on: Annotated[date, example("2026-11-02")] | None = None
    service_on: Annotated[date, example("2026-11-02")] | None = None
    documents: Annotated[list[DocumentBody], Meta(max_length=MOST_DOCUMENTS)] = msgspec.field(
        default_factory=list
    )

    def to_command(self) -> Evidence:
        """Return it as the application takes it; raises InputIsInvalid for what is no base64."""
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        documents = [_document(number, one) for number, one in enumerate(self.documents)]
        return Evidence(**{**said, "documents": documents})


def _document(number: int, body: DocumentBody) -> EvidenceDocument:
    try:
        content = b64decode(body.content, validate=True)
    except ValueError:
        message = "The content is no base64."
        raise InputIsInvalid(message, field=f"documents[{number}].content") from None
    return EvidenceDocument(
        kind=body.kind, file_name=body.file_name, media_type=body.media_type, content=content
    )


class DisputeResponseBody(Struct, frozen=True, kw_only=True):
    """What was said to the provider. `reason_code` and `reason_message`: why it did not end well,
    if so, in the provider's words; `reason` in ours.

    `in_flight` and `unknown` are not failures: Paymux goes on asking until it knows. After
    `not_sent` and `rejected` the provider has heard nothing and you may try again.
    """

    id: Annotated[str, identifier("dre")]
    kind: Annotated[ResponseKind, example("evidence")]
    status: Annotated[CallStatus, example("succeeded")]
    reason_code: str | None
    reason_message: str | None
    reason: ReasonBody | None
    created_at: LaterMoment


class DisputeBody(Struct, frozen=True, kw_only=True):
    """A dispute.

    `reason` is ours, `reason_code` the provider's own. `evidence_due_at`: until when the provider
    takes your answer, while it wants one. `actions`: what it takes now. `amount`: what is
    contested, in the provider's words; it may be less than the payment.
    """

    id: Annotated[str, identifier("dsp")]
    payment_id: Annotated[str, identifier("pay")]
    attempt_id: Annotated[str, identifier("att")]
    connection_id: Annotated[str, identifier("con")]
    provider: Annotated[str, example("example")]
    status: Annotated[DisputeStatus, example("needs_response")]
    stage: Annotated[DisputeStage, example("chargeback")]
    reason: Annotated[DisputeReason, example("not_received")]
    reason_code: Annotated[str, example("product_not_received")] | None
    amount: Annotated[int, example(1999)]
    currency: Annotated[str, example("USD")]
    evidence_due_at: _Due | None
    actions: Annotated[list[DisputeAction], example(["accept", "submit_evidence"])]
    provider_reference: Annotated[str, example("dp_test_8VnKc1Rw")]
    payment_reference: Annotated[str, example("pi_test_7RkWb2Lq")]
    opened_at: Annotated[datetime, Meta(tz=True, examples=["2026-11-23T09:40:02Z"])] | None
    created_at: Moment
    updated_at: LaterMoment


class DisputeDetailsBody(DisputeBody, frozen=True, kw_only=True):
    """A dispute with every response to it, oldest first."""

    responses: list[DisputeResponseBody]


def dispute_body(dispute: Dispute) -> DisputeBody:
    """Return what the API says of a dispute."""
    known = dispute.current
    return DisputeBody(
        id=dispute.id,
        payment_id=dispute.payment_id,
        attempt_id=dispute.attempt_id,
        connection_id=dispute.connection_id,
        provider=dispute.provider,
        status=known.status,
        stage=known.stage,
        reason=known.reason,
        reason_code=known.reason_code,
        amount=known.amount.amount,
        currency=known.amount.currency,
        evidence_due_at=known.evidence_due_at,
        actions=sorted(known.actions),
        provider_reference=dispute.provider_reference,
        payment_reference=dispute.payment_reference,
        opened_at=dispute.opened_at,
        created_at=dispute.created_at,
        updated_at=dispute.updated_at,
    )


def dispute_details_body(details: DisputeDetails, reasons: ReasonBook) -> DisputeDetailsBody:
    """Return everything the API says of a dispute."""
    return DisputeDetailsBody(
        **msgspec.structs.asdict(dispute_body(details.dispute)),
        responses=[
            _response_body(one, details.dispute.provider, reasons) for one in details.responses
        ],
    )


def _response_body(
    response: DisputeResponse, provider: str, reasons: ReasonBook
) -> DisputeResponseBody:
    why = reasons.of_status(provider, response.reason_code, response.status)
    return DisputeResponseBody(
        id=response.id,
        kind=response.kind,
        status=response.status,
        reason_code=response.reason_code,
        reason_message=response.reason_message,
        reason=reason_body(why),
        created_at=response.created_at,
    )
