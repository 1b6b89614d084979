"""What a provider is asked about one attempt: by its stored bytes, to the letter."""

import msgspec

from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.ports.connectors import AttemptQuery, CheckoutRequest
from paymux.payments.ports.saved_methods import ChargeRequest


def checkout_of(attempt: PaymentAttempt, *, replay: bool) -> CheckoutRequest:
    """Return the page to open."""
    request = msgspec.json.decode(attempt.request, type=CheckoutRequest)
    return msgspec.structs.replace(request, replay=replay)


def charge_of(attempt: PaymentAttempt, *, replay: bool) -> ChargeRequest:
    """Return the charge to make."""
    request = msgspec.json.decode(attempt.request, type=ChargeRequest)
    return msgspec.structs.replace(request, replay=replay)


class _Kept(msgspec.Struct, frozen=True):
    """What of a stored request helps to find what it made; the rest is skipped."""

    customer_reference: str | None = None
    saves_method: bool = False


def query_of(attempt: PaymentAttempt) -> AttemptQuery:
    """Return what a look-up is told of the attempt."""
    kept = msgspec.json.decode(attempt.request, type=_Kept)
    return AttemptQuery(
        attempt_id=attempt.id,
        created_at=attempt.created_at,
        provider_reference=attempt.provider_reference,
        is_charge=attempt.is_charge,
        customer_reference=kept.customer_reference,
        saves_method=kept.saves_method,
    )
