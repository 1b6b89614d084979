"""The tables of disputes and of the responses to them."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from paymux.payments.domain.keyed_call import UNRESOLVED
from paymux.platform.database.rows import JsonObject, TenantRow

_UNRESOLVED = ", ".join(f"'{status}'" for status in sorted(UNRESOLVED))


class DisputeRow(TenantRow):
    """What a payer contests: the latest reports of each kind, and what follows from them."""

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "provider_reference"),
        Index(None, "tenant_id", "mode", "id"),
        Index(None, "tenant_id", "payment_id", "id"),
        Index(
            "ix_disputes_due",
            "tenant_id",
            "mode",
            "evidence_due_at",
            postgresql_where=text("status = 'needs_response'"),
        ),
    )

    mode: Mapped[str]
    payment_id: Mapped[str]
    attempt_id: Mapped[str]
    connection_id: Mapped[str]
    provider: Mapped[str]
    provider_reference: Mapped[str]
    payment_reference: Mapped[str]
    status: Mapped[str]
    evidence_due_at: Mapped[datetime | None]
    demand: Mapped[JsonObject | None]
    review: Mapped[JsonObject | None]
    end: Mapped[JsonObject | None]
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DisputeResponseRow(TenantRow):
    """One answer to a dispute; at most one of a dispute is under way."""

    __tablename__ = "dispute_responses"
    __table_args__ = (
        UniqueConstraint("tenant_id", "idempotency_key"),
        Index(
            "uq_dispute_responses_one_under_way",
            "tenant_id",
            "dispute_id",
            unique=True,
            postgresql_where=text(f"status IN ({_UNRESOLVED})"),
        ),
        Index(None, "tenant_id", "payment_id", "id"),
    )

    dispute_id: Mapped[str]
    payment_id: Mapped[str]
    attempt_id: Mapped[str]
    connection_id: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    stage: Mapped[str]
    evidence_due_at: Mapped[datetime | None]
    was_under_review: Mapped[bool]
    status: Mapped[str]
    idempotency_key: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    replay_until: Mapped[datetime]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    created_at: Mapped[datetime]
