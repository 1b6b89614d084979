"""The tables of tenancy."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from paymux.platform.database.rows import Row, TenantRow


class TenantsRow(Row):
    """A tenant: the one table whose key is the tenant itself."""

    __tablename__ = "tenants"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ApiKeyRow(TenantRow):
    """An API key, by the SHA-256 of its text."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name="fk_api_keys_tenants"),
        UniqueConstraint("tenant_id", "secret_hash", name="uq_api_keys_tenant_id_secret_hash"),
        # A request names its key before it names its tenant.
        Index("ix_api_keys_secret_hash", "secret_hash"),
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        CheckConstraint("role IN ('reader', 'operator', 'admin')", name="role"),
        CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
    )

    mode: Mapped[str]
    role: Mapped[str]
    label: Mapped[str]
    secret_hash: Mapped[bytes]
    last_four: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
