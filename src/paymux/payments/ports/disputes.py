"""The provider port of disputes: a payer contests a payment, and we accept or defend."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, NotFound


class DisputeStatus(StrEnum):
    """Whose turn it is, or how it ended.

    `closed`: it ended and no money moved because of it, such as an inquiry that the payer or
    the bank let go. What the merchant accepts is `lost`.
    """

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class DisputeStage(StrEnum):
    """How far it has gone; each stage may follow only those before it."""

    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    PRE_ARBITRATION = "pre_arbitration"
    ARBITRATION = "arbitration"


class DisputeReason(StrEnum):
    """Why the payer contests, in our words."""

    FRAUDULENT = "fraudulent"
    UNRECOGNIZED = "unrecognized"
    DUPLICATE = "duplicate"
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    NOT_REFUNDED = "not_refunded"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    WRONG_AMOUNT = "wrong_amount"
    OTHER = "other"


class DisputeAction(StrEnum):
    """What the provider lets the merchant do about a dispute now."""

    ACCEPT = "accept"
    SUBMIT_EVIDENCE = "submit_evidence"


class DisputeReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report on a dispute, as its provider keeps it at `occurred_at`.

    `payment_reference`: the movement of money that is contested; `provider_reference`: the
    provider's id of the dispute. `amount`: how much is contested. `reason_code`: the provider's
    own. `evidence_due_at`: until when the merchant may answer. `actions`: what is open now.
    """

    status: DisputeStatus
    stage: DisputeStage
    provider_reference: str
    payment_reference: str
    amount: Money
    reason: DisputeReason
    reason_code: str | None = None
    evidence_due_at: datetime | None = None
    actions: frozenset[DisputeAction] = frozenset()
    opened_at: datetime | None = None
    occurred_at: datetime | None = None


class DocumentKind(StrEnum):
    """What a document shows."""

    RECEIPT = "receipt"
    SHIPPING = "shipping"
    SERVICE = "service"
    COMMUNICATION = "communication"
    REFUND_POLICY = "refund_policy"
    CANCELLATION = "cancellation"
    OTHER = "other"


class EvidenceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `media_type` is image/jpeg, image/png or application/pdf."""

    kind: DocumentKind
    file_name: str
    media_type: str
    content: bytes


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the merchant says in defence. `summary`: why the payment was right, in words."""

    summary: str
    product_description: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    shipping_carrier: str | None = None
    tracking_number: str | None = None
    shipped_on: date | None = None
    service_on: date | None = None
    documents: Sequence[EvidenceDocument] = ()


class AcceptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute to give in to. The same request is sent again, field for field, on a retry.

    `replay`: an earlier call may have been carried out; a connector whose provider has no
    idempotency key for it looks first.
    """

    dispute_id: str
    idempotency_key: str
    provider_reference: str
    created_at: datetime
    note: str | None = None
    replay: bool = False


class EvidenceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A defence to hand in, for good; as AcceptRequest otherwise. `amount`: what is contested."""

    dispute_id: str
    idempotency_key: str
    provider_reference: str
    amount: Money
    evidence: Evidence
    created_at: datetime
    replay: bool = False


class DisputePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some disputes in any order; `next_cursor` is None on the last page."""

    disputes: Sequence[DisputeReport]
    next_cursor: str | None = None


@runtime_checkable
class HandlesDisputes(Protocol):
    """Its provider lets disputes be read, accepted and defended over the API."""

    async def look_up_dispute(self, provider_reference: str) -> DisputeReport | NotFound | Failure:
        """Read a dispute as it stands now."""
        ...

    async def list_disputes(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        """Return one page of the disputes that were opened in that time."""
        ...

    async def accept_dispute(self, request: AcceptRequest) -> DisputeReport | Failure:
        """Give in, and report what the dispute then is; made twice it does no harm."""
        ...

    async def submit_evidence(self, request: EvidenceRequest) -> DisputeReport | Failure:
        """Hand in the defence, and report what the dispute then is; never handed in twice."""
        ...
