"""The table of saved payment methods."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from paymux.platform.database.rows import TenantRow


class PaymentMethodRow(TenantRow):
    """A provider's token and its payer's consent; at most one of a token is in use."""

    __tablename__ = "payment_methods"
    __table_args__ = (
        CheckConstraint("max_charge > 0", name="max_charge_positive"),
        Index(
            "uq_payment_methods_in_use",
            "tenant_id",
            "connection_id",
            "provider_reference",
            unique=True,
            postgresql_where=text("status <> 'revoked'"),
        ),
        Index(None, "tenant_id", "mode", "id"),
        Index(None, "tenant_id", "customer_id", "id"),
        Index(None, "tenant_id", "connection_id", "provider_reference"),
    )

    mode: Mapped[str]
    customer_id: Mapped[str]
    connection_id: Mapped[str]
    provider: Mapped[str]
    provider_reference: Mapped[str]
    payment_id: Mapped[str]
    consent: Mapped[str]
    agreed_at: Mapped[datetime | None]
    max_charge: Mapped[int | None]
    max_charge_currency: Mapped[str | None]
    customer_reference: Mapped[str | None]
    mandate_reference: Mapped[str | None]
    kind: Mapped[str | None]
    label: Mapped[str | None]
    expires_on: Mapped[str | None]
    max_amount: Mapped[int | None]
    max_amount_currency: Mapped[str | None]
    status: Mapped[str]
    told_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    is_forgotten: Mapped[bool]
    created_at: Mapped[datetime]
