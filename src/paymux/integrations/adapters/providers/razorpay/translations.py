"""What Razorpay's events mean for our attempts, refunds, saved cards and disputes.

https://razorpay.com/docs/webhooks/payments/, https://razorpay.com/docs/webhooks/disputes/ and
https://razorpay.com/docs/api/payments/recurring-payments/webhooks/.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import charge_reports, saved_methods, wire
from paymux.integrations.adapters.providers.razorpay.dispute_reports import (
    EVENTS as DISPUTE_EVENTS,
)
from paymux.integrations.adapters.providers.razorpay.dispute_reports import translate_dispute
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.event_wire import Envelope, Event, Payload
from paymux.integrations.adapters.providers.razorpay.observations import (
    as_link_payment,
    attempt_of,
    instant,
    observe_link,
    observe_order,
    observe_payment,
)
from paymux.integrations.adapters.providers.razorpay.refund_reports import EVENTS as REFUND_EVENTS
from paymux.integrations.adapters.providers.razorpay.refund_reports import translate_refund
from paymux.integrations.adapters.providers.razorpay.registrations import as_link
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    RefundReport,
)
from paymux.payments.ports.disputes import DisputeReport
from paymux.payments.ports.webhooks import Ignored, Translated

TOKEN_EVENTS: Final[Mapping[str, str]] = {
    "token.confirmed": "confirmed",
    "token.rejected": "rejected",
    "token.cancelled": "cancelled",
    "token.paused": "paused",
}

EVENTS: Final = (
    "payment_link.paid",
    "payment_link.partially_paid",
    "payment_link.cancelled",
    "payment_link.expired",
    "invoice.paid",
    "invoice.partially_paid",
    "invoice.expired",
    "payment.authorized",
    "payment.captured",
    "payment.failed",
    "order.paid",
    *REFUND_EVENTS,
    *TOKEN_EVENTS,
    *DISPUTE_EVENTS,
)
"""What we translate, and what a person ticks on the dashboard."""

_NOT_OURS: Final = "the payment is not for one of our links"


def translate(body: bytes, now: datetime) -> Translated | Ignored | Failure:
    """Say what an event means."""
    try:
        name = msgspec.json.decode(body, type=Envelope).event
        if name not in EVENTS:
            return Ignored(f"{name} says nothing that we act on")
        event = msgspec.json.decode(body, type=Event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return failure("unreadable_reply", "The event is not what Razorpay documents.")
    at = instant(event.created_at)
    if name in TOKEN_EVENTS:
        return _token(name, event.payload, at)
    return _translated(_of_payment(name, event.payload, at, now))


def _translated(
    told: Observation | RefundReport | DisputeReport | Ignored | Failure,
) -> Translated | Ignored | Failure:
    match told:
        case RefundReport():
            return Translated(refunds=[told])
        case DisputeReport():
            return Translated(disputes=[told])
        case Observation():
            return Translated([told])
    return told


def _of_payment(
    name: str, payload: Payload, at: datetime | None, now: datetime
) -> Observation | RefundReport | DisputeReport | Ignored | Failure:
    if name in REFUND_EVENTS:
        return translate_refund(name, payload, at)
    if name in DISPUTE_EVENTS:
        if payload.payment is not None and _noted(payload) is None:
            return Ignored(_NOT_OURS)
        return translate_dispute(payload, at or now)
    observed = _observe(payload, at, now)
    payment = payload.payment.entity if payload.payment else None
    if not isinstance(observed, Observation) or payment is None:
        return observed
    if observed.status is not ObservedStatus.SUCCEEDED:
        return observed
    saved = saved_methods.of_payment(payment)
    return msgspec.structs.replace(observed, saved_method=saved)


def _token(name: str, payload: Payload, at: datetime | None) -> Translated | Ignored | Failure:
    if payload.token is None:
        return failure("unreadable_reply", "The event carries no token.")
    saved = saved_methods.of_token(payload.token.entity, TOKEN_EVENTS[name], at)
    return Translated(saved_methods=[saved]) if saved else failure("odd_status")


def _observe(
    payload: Payload, at: datetime | None, now: datetime
) -> Observation | Ignored | Failure:
    payment = payload.payment.entity if payload.payment else None
    link, attempt_id = _link(payload), _noted(payload)
    if link is not None:
        if attempt_of(link) is None:
            return Ignored("the link is not one of ours")
        return observe_link(link, [as_link_payment(payment)] if payment else [], at)
    if attempt_id is None:
        return Ignored(_NOT_OURS)
    if payload.order is not None and not (payment and charge_reports.is_charge(payment)):
        return observe_order(payload.order.entity, payment, attempt_id, at)
    return _observe_payment(payment, at, now)


def _observe_payment(
    payment: wire.Payment | None, at: datetime | None, now: datetime
) -> Observation | Ignored | Failure:
    if payment is None:
        return Ignored("the event carries nothing we know")
    if charge_reports.is_charge(payment):
        return charge_reports.observe(payment, now, at)
    return observe_payment(payment, at)


def _link(payload: Payload) -> wire.PaymentLink | None:
    if payload.payment_link is not None:
        return payload.payment_link.entity
    return as_link(payload.invoice.entity) if payload.invoice is not None else None


def _noted(payload: Payload) -> str | None:
    """Return the attempt in the notes, which Razorpay copies from the link to its payments."""
    payment = payload.payment and wire.note(payload.payment.entity.notes, "attempt_id")
    order = payload.order and wire.note(payload.order.entity.notes, "attempt_id")
    return payment or order or None
