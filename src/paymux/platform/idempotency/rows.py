"""The table of Idempotency-Keys."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from paymux.platform.database.rows import TenantRow


class IdempotencyKeyRow(TenantRow):
    """One request under a key; the tenant `root` is the installation itself."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "mode", "key"),
        CheckConstraint("mode IN ('test', 'live', 'root')", name="mode"),
        CheckConstraint(
            "(answer IS NULL) = (locked_until IS NOT NULL)", name="answered_or_locked"
        ),
        Index(None, "created_at"),
    )

    mode: Mapped[str]
    key: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    run: Mapped[int]
    locked_until: Mapped[datetime | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
