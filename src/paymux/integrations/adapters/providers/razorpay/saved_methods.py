"""Saved cards: what payments and tokens say of them.

https://razorpay.com/docs/api/payments/recurring-payments/cards/tokens/. A payment tells the
token's id, and the token whether it may be charged. Webhooks about a token say neither whose it
is nor what it was saved with, so what we want to know again goes along in the payment's notes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import scrub
from paymux.integrations.adapters.providers.razorpay.recurring_wire import Token
from paymux.integrations.adapters.providers.razorpay.wire import Card, Payment, note
from paymux.kernel.errors import PaymuxError
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import SavedMethod, SavedMethodStatus
from paymux.payments.ports.currencies import ProviderSentOddAmount

MANDATE_NOTE: Final = "max_charge"
"""The note of a payment that saves its card: the most that one later charge may take."""

_STATUSES: Final[Mapping[str, SavedMethodStatus]] = {
    "initiated": SavedMethodStatus.PENDING,
    "confirmed": SavedMethodStatus.ACTIVE,
    "rejected": SavedMethodStatus.REVOKED,
    "cancelled": SavedMethodStatus.REVOKED,
    # The payer may resume it, so it is not revoked; until then no charge goes through.
    "paused": SavedMethodStatus.PENDING,
}
_MONTHS: Final = range(1, 13)
_YEARS: Final = range(2000, 2100)


def of_payment(payment: Payment) -> SavedMethod | None:
    """Return the card a payment saved, or None when it was not asked to save any."""
    allowed = note(payment.notes, MANDATE_NOTE)
    if allowed is None or not payment.token_id:
        return None
    return SavedMethod(
        status=SavedMethodStatus.PENDING,
        provider_reference=payment.token_id,
        customer_reference=payment.customer_id,
        kind=_short(payment.method),
        label=_label(payment.card),
        expires_on=_expiry(payment.card),
        max_amount=_money(allowed),
        attempt_id=note(payment.notes, "attempt_id"),
    )


def of_token(
    token: Token, status: str | None = None, at: datetime | None = None
) -> SavedMethod | None:
    """Return what a token says of itself, or None when its status is not documented.

    `status`: what an event's name says. A confirmed card's own webhook leaves it out.
    """
    details = token.recurring_details
    told = status or (details.status if details else None)
    known = _STATUSES.get(told or ("confirmed" if token.recurring in (True, "true") else ""))
    if known is None:
        return None
    return SavedMethod(
        status=known,
        provider_reference=token.id,
        customer_reference=token.customer_id,
        kind=_short(token.method),
        label=_label(token.card),
        expires_on=_expiry(token.card),
        max_amount=_money(str(token.max_amount or "")),
        occurred_at=at,
    )


def joined(saved: SavedMethod, token: SavedMethod | None) -> SavedMethod:
    """Return what a payment says of the card, and its token says better."""
    if token is None:
        return saved
    return SavedMethod(
        status=token.status,
        provider_reference=saved.provider_reference,
        customer_reference=saved.customer_reference,
        kind=token.kind or saved.kind,
        label=token.label or saved.label,
        expires_on=token.expires_on or saved.expires_on,
        max_amount=token.max_amount or saved.max_amount,
        attempt_id=saved.attempt_id,
        occurred_at=token.occurred_at,
    )


def _label(card: Card | None) -> str | None:
    if card is None or not card.last4:
        return None
    last = str(card.last4).zfill(4)[-4:]
    return _short(f"{card.network or 'Card'} {last}") if last.isdigit() else None


def _expiry(card: Card | None) -> str | None:
    if card is None:
        return None
    month, year = _number(card.expiry_month), _number(card.expiry_year)
    return f"{year}-{month:02d}" if month in _MONTHS and year in _YEARS else None


def _number(written: str | int | None) -> int:
    text = str(written)
    return int(text) if text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004


def _money(wire: str) -> Money | None:
    """Return a mandate's limit, which is in INR."""
    if not (wire.isdecimal() and wire.isascii() and len(wire) <= 12):  # noqa: PLR2004
        return None
    try:
        return CURRENCIES.from_wire(int(wire), "INR") if int(wire) else None
    except (ProviderSentOddAmount, PaymuxError):
        return None


def _short(text: str | None) -> str | None:
    return scrub(text, ())[:100] or None if text else None
