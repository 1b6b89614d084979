"""The tables of billing."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from paymux.platform.database.rows import JsonObject, TenantRow


class CustomerRow(TenantRow):
    """A customer."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "mode", "external_id"),
        Index(None, "tenant_id", "mode", "id"),
    )

    mode: Mapped[str]
    external_id: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    metadata_: Mapped[JsonObject] = mapped_column("metadata")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
