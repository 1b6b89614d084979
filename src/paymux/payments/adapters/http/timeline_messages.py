"""What the API says of what was heard."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.platform.http.fields import LaterMoment, example, identifier


class TimelineBody(Struct, frozen=True, kw_only=True):
    """One observation: who said what, what it changed, and how often it was said.

    `refund_id`, `payment_method_id`, `dispute_id`: what it is about; without one it is about the
    attempt itself. `attempt_id`: null for the payer's consent, which comes before any attempt.
    `actor`: the API key of the person who said it, if `source` is `operator`.
    """

    id: Annotated[str, identifier("obs")]
    attempt_id: Annotated[str, identifier("att")] | None
    refund_id: str | None
    payment_method_id: str | None
    dispute_id: str | None
    actor: str | None
    source: Annotated[Source, example("reply")]
    status: Annotated[str, example("pending")]
    effect: Annotated[Effect, example("applied")]
    amount: int | None
    currency: str | None
    provider_reference: Annotated[str, example("cs_test_a1YpQ83nT")] | None
    payment_reference: str | None
    reason_code: str | None
    reason_message: str | None
    times_seen: Annotated[int, example(1)]
    occurred_at: Annotated[datetime, Meta(tz=True)] | None
    recorded_at: LaterMoment
    last_seen_at: LaterMoment | None


def timeline_body(entry: TimelineEntry) -> TimelineBody:
    """Return what the API says of one observation."""
    return TimelineBody(
        id=entry.id,
        attempt_id=entry.attempt_id,
        refund_id=entry.refund_id,
        payment_method_id=entry.payment_method_id,
        dispute_id=entry.dispute_id,
        actor=entry.actor,
        source=entry.source,
        status=entry.status,
        effect=entry.effect,
        amount=entry.amount.amount if entry.amount else None,
        currency=entry.amount.currency if entry.amount else None,
        provider_reference=entry.provider_reference,
        payment_reference=entry.payment_reference,
        reason_code=entry.reason_code,
        reason_message=entry.reason_message,
        times_seen=entry.times_seen,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        last_seen_at=entry.last_seen_at,
    )
