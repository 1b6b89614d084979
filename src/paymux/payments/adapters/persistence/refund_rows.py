"""The table of refunds."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from paymux.platform.database.rows import TenantRow


class RefundRow(TenantRow):
    """Money given back, with the call that did it."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        UniqueConstraint("tenant_id", "idempotency_key"),
        UniqueConstraint("tenant_id", "connection_id", "provider_reference"),
        Index(None, "tenant_id", "mode", "id"),
        Index(None, "tenant_id", "payment_id", "id"),
    )

    mode: Mapped[str]
    payment_id: Mapped[str]
    attempt_id: Mapped[str]
    connection_id: Mapped[str]
    provider: Mapped[str]
    payment_reference: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    cause: Mapped[str]
    reason: Mapped[str | None]
    idempotency_key: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    replay_until: Mapped[datetime]
    provider_reference: Mapped[str | None]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    created_at: Mapped[datetime]
