"""What Razorpay's webhooks carry, with only the fields we read."""

from typing import Generic, TypeVar

import msgspec

from paymux.integrations.adapters.providers.razorpay.dispute_wire import Dispute
from paymux.integrations.adapters.providers.razorpay.recurring_wire import Invoice, Token
from paymux.integrations.adapters.providers.razorpay.wire import (
    Order,
    Payment,
    PaymentLink,
    Refund,
)

T = TypeVar("T")


class Nested(msgspec.Struct, Generic[T], frozen=True):
    """Webhooks nest every object once more: `payload.payment.entity`."""

    entity: T


class Identified(msgspec.Struct, frozen=True):
    """Any object that has an id."""

    id: str


class Envelope(msgspec.Struct, frozen=True):
    """What every event has, whatever it is about."""

    event: str
    payload: dict[str, msgspec.Raw]
    created_at: int | None = None


class Payload(msgspec.Struct, frozen=True):
    """The objects of the events we translate."""

    payment_link: Nested[PaymentLink] | None = None
    payment: Nested[Payment] | None = None
    order: Nested[Order] | None = None
    refund: Nested[Refund] | None = None
    invoice: Nested[Invoice] | None = None
    token: Nested[Token] | None = None
    dispute: Nested[Dispute] | None = None


class Event(msgspec.Struct, frozen=True):
    """An event we translate."""

    event: str
    payload: Payload
    created_at: int | None = None
