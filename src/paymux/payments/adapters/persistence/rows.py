"""The tables of payments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from paymux.payments.domain.attempt_report import LIVE
from paymux.platform.database.rows import JsonObject, TenantRow

_LIVE = ", ".join(f"'{status}'" for status in sorted(LIVE))


class PaymentRow(TenantRow):
    """A payment and its link."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "mode", "reference"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("amount_captured BETWEEN 0 AND amount", name="captured_within_amount"),
        CheckConstraint(
            "amount_refunded BETWEEN 0 AND amount_captured", name="refunded_within_captured"
        ),
        Index(None, "tenant_id", "mode", "id"),
        Index(None, "tenant_id", "mode", "status", "id"),
        Index(None, "tenant_id", "customer_id", "id"),
        Index(None, "link_token"),
        Index(
            "ix_payments_to_review",
            "tenant_id",
            "mode",
            "id",
            postgresql_where=text("review IS NOT NULL"),
        ),
    )

    mode: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    description: Mapped[str]
    link_id: Mapped[str]
    link_token: Mapped[str]
    customer_id: Mapped[str | None]
    reference: Mapped[str | None]
    connection_id: Mapped[str | None]
    return_url: Mapped[str | None]
    cancel_url: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    capture: Mapped[str]
    metadata_: Mapped[JsonObject] = mapped_column("metadata")
    amount_captured: Mapped[int]
    amount_refunded: Mapped[int]
    review: Mapped[str | None]
    review_since: Mapped[datetime | None]
    reviews_resolved: Mapped[str] = mapped_column(server_default="")
    closed_as: Mapped[str | None]
    consent: Mapped[str | None]
    consent_agreed_at: Mapped[datetime | None]
    max_charge: Mapped[int | None]
    max_charge_currency: Mapped[str | None]
    off_session: Mapped[bool]
    payment_method_id: Mapped[str | None]
    disputed: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]


class AttemptRow(TenantRow):
    """One try; at most one live one per payment (invariant 1)."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        Index(
            "uq_payment_attempts_one_live",
            "tenant_id",
            "payment_id",
            unique=True,
            postgresql_where=text(f"status IN ({_LIVE})"),
        ),
        UniqueConstraint("tenant_id", "idempotency_key"),
        UniqueConstraint("tenant_id", "connection_id", "provider_reference"),
        Index(None, "tenant_id", "payment_id", "id"),
        CheckConstraint("amount_captured BETWEEN 0 AND amount", name="captured_within_amount"),
        Index(
            "ix_payment_attempts_paid",
            "tenant_id",
            "connection_id",
            "payment_reference",
            postgresql_where=text("payment_reference IS NOT NULL"),
        ),
    )

    payment_id: Mapped[str]
    connection_id: Mapped[str]
    provider: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    idempotency_key: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    replay_until: Mapped[datetime]
    provider_reference: Mapped[str | None]
    payment_reference: Mapped[str | None]
    checkout_url: Mapped[str | None]
    checkout_expires_at: Mapped[datetime | None]
    method: Mapped[str | None]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    approved: Mapped[bool]
    completion_round: Mapped[int]
    captures_later: Mapped[bool]
    amount_captured: Mapped[int]
    released: Mapped[bool]
    payment_method_id: Mapped[str | None]
    answered: Mapped[bool]
    needs_payer: Mapped[bool]
    created_at: Mapped[datetime]


class TimelineRow(TenantRow):
    """One observation; the same one again only counts up."""

    __tablename__ = "payment_observations"
    __table_args__ = (
        UniqueConstraint("tenant_id", "attempt_id", "fingerprint"),
        Index(None, "tenant_id", "payment_id", "id"),
        Index(
            "ix_payment_observations_moved",
            "tenant_id",
            "payment_reference",
            postgresql_where=text(
                "payment_reference IS NOT NULL AND status IN ('authorized', 'succeeded')"
            ),
        ),
    )

    payment_id: Mapped[str]
    attempt_id: Mapped[str | None]
    fingerprint: Mapped[str]
    source: Mapped[str]
    status: Mapped[str]
    effect: Mapped[str]
    recorded_at: Mapped[datetime]
    occurred_at: Mapped[datetime | None]
    provider_reference: Mapped[str | None]
    payment_reference: Mapped[str | None]
    amount: Mapped[int | None]
    currency: Mapped[str | None]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    refund_id: Mapped[str | None]
    payment_method_id: Mapped[str | None]
    dispute_id: Mapped[str | None]
    actor: Mapped[str | None]
    times_seen: Mapped[int]
    last_seen_at: Mapped[datetime]


class DecisionRow(TenantRow):
    """What was decided after one call."""

    __tablename__ = "payment_decisions"
    __table_args__ = (
        Index(None, "tenant_id", "payment_id", "id"),
        UniqueConstraint(
            *("tenant_id", "subject_id", "operation", "outcome", "decision", "reason_code"),
            name="uq_payment_decisions_same",
        ),
    )

    payment_id: Mapped[str]
    attempt_id: Mapped[str]
    subject_id: Mapped[str]
    connection_id: Mapped[str]
    operation: Mapped[str]
    outcome: Mapped[str]
    decision: Mapped[str]
    reason_code: Mapped[str]
    made_at: Mapped[datetime]
    times_made: Mapped[int]
    last_made_at: Mapped[datetime]
    next_connection_id: Mapped[str | None]
    given_outcome: Mapped[str | None]


class FailoverPolicyRow(TenantRow):
    """How far one tenant wants payments of one mode to be carried; `id` is the mode."""

    __tablename__ = "failover_policies"

    max_attempts: Mapped[int]
    max_elapsed_seconds: Mapped[int]
    payer_chooses: Mapped[bool]
