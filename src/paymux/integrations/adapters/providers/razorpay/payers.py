"""Who pays, as far as Razorpay will take it."""

from typing import Final

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.customers import name_of, phone_of
from paymux.payments.ports.connectors import Payer

_MAX_EMAIL: Final = 64
_CONTACT_LENGTHS: Final = range(8, 16)


def contact_of(payer: Payer | None) -> wire.Contact | None:
    """Return what Razorpay will surely take: a payment does not fail for a courtesy."""
    if payer is None:
        return None
    email = payer.email if payer.email and len(payer.email) <= _MAX_EMAIL else None
    phone = phone_of(payer.phone)
    contact = phone if phone and len(phone) in _CONTACT_LENGTHS else None
    known = wire.Contact(name=name_of(payer.name), email=email, contact=contact)
    return known if known != wire.Contact() else None
