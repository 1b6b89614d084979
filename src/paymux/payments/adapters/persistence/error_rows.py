"""The tables of error maps as tenants read them."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from paymux.platform.database.rows import Row


class ErrorOverrideRow(Row):
    """One row of a provider's error map as one tenant reads it in one mode."""

    __tablename__ = "error_overrides"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    reason: Mapped[str | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class UnmappedCodeRow(Row):
    """How often a code came in over a connection that no error map has."""

    __tablename__ = "unmapped_codes"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str | None]
    times_seen: Mapped[int]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
