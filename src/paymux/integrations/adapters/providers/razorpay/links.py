"""What payment links and registration links have in common."""

from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.observations import instant
from paymux.payments.ports.connectors import (
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Outcome,
)

SHORTEST_LIFE_SECONDS: Final = 30 * 60
"""Razorpay wants 15 minutes when the request arrives; the rest is slack for retries, which
must send the same `expire_by`."""

LONGEST_LIFE_SECONDS: Final = 180 * 24 * 3600
"""Six months at most, and some six months have only 181 days."""


def opened(
    found: wire.PaymentLink | NotFound | Failure, amount: int, currency: str
) -> Checkout | Failure:
    """Return the page behind a link, unless it is not the one that was asked for."""
    match found:
        case NotFound():
            # It must be there, yet is not to be seen: the first create is still at work.
            return failure("conflict")
        case Failure():
            # Whatever hid the earlier link from us, it may be there: never "not sent".
            return msgspec.structs.replace(found, outcome=Outcome.UNKNOWN)
    if (found.amount, found.currency.upper()) != (amount, currency):
        return failure("link_differs")
    if not (found.short_url or "").startswith(("https://", "http://")):
        return failure("unreadable_reply")
    return Checkout(
        provider_reference=found.id,
        url=found.short_url or "",
        expires_at=instant(found.expire_by),
    )


def expire_by(request: CheckoutRequest) -> int | None:
    """Return until when the page is to live, within what Razorpay allows."""
    if request.expires_at is None:
        return None
    created = int(request.created_at.timestamp())
    asked = int(request.expires_at.timestamp())
    return max(created + SHORTEST_LIFE_SECONDS, min(asked, created + LONGEST_LIFE_SECONDS))
