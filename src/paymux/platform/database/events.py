"""Where every context writes its facts, in the transaction that makes them true."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from paymux.platform.database.rows import JsonObject, TenantRow


class EventRow(TenantRow):
    """One fact, committed together with the change it tells of; a subject has each one once."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject_id", "type"),
        Index(None, "tenant_id", "mode", "id"),
    )

    mode: Mapped[str]
    type: Mapped[str]
    subject_id: Mapped[str]
    data: Mapped[JsonObject]
    occurred_at: Mapped[datetime]
