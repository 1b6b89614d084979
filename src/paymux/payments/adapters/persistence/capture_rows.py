"""The table of captures and voids."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from paymux.payments.domain.keyed_call import UNRESOLVED
from paymux.platform.database.rows import TenantRow

_UNRESOLVED = ", ".join(f"'{status}'" for status in sorted(UNRESOLVED))


class CaptureRow(TenantRow):
    """One call about authorised money; at most one of a payment is under way."""

    __tablename__ = "captures"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        UniqueConstraint("tenant_id", "idempotency_key"),
        Index(
            "uq_captures_one_under_way",
            "tenant_id",
            "payment_id",
            unique=True,
            postgresql_where=text(f"status IN ({_UNRESOLVED})"),
        ),
        Index(None, "tenant_id", "payment_id", "id"),
    )

    payment_id: Mapped[str]
    attempt_id: Mapped[str]
    connection_id: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    is_final: Mapped[bool]
    taken_before: Mapped[int]
    status: Mapped[str]
    idempotency_key: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    replay_until: Mapped[datetime]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    created_at: Mapped[datetime]
