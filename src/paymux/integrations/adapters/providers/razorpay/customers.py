"""Customers at Razorpay.

Razorpay keeps customers unique by e-mail address and phone number together, and
`fail_existing` "0" gives back the existing one (https://razorpay.com/docs/api/customers/create/):
that is what makes a repeated create safe, and why two of ours with the same address and
number are one there.
"""

import re
from typing import Final

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.payments.ports.connectors import CustomerRecord, CustomerReference, Failure

_MAX_NAME: Final = 50
_MAX_EMAIL: Final = 64
_MAX_CONTACT: Final = 15
_CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


async def put(
    transport: RazorpayTransport, customer: CustomerRecord, customer_id: str | None
) -> CustomerReference | Failure:
    """Create the customer, or update it when its id is known."""
    contact = wire.Contact(
        name=name_of(customer.name),
        email=customer.email or None,
        contact=phone_of(customer.phone),
    )
    refusal = _refusal(contact)
    if refusal is not None:
        return refusal
    if customer_id is None:
        answer = await _create(transport, customer.customer_id, contact)
    else:
        answer = await _edit(transport, customer_id, contact)
    return answer if isinstance(answer, Failure) else CustomerReference(answer.id)


def name_of(text: str | None) -> str | None:
    """Return the name, cut to what Razorpay takes."""
    return (text or "")[:_MAX_NAME] or None


def phone_of(text: str | None) -> str | None:
    """Return the digits with a leading plus if there was one, or None without any digit."""
    digits = re.sub(r"[^0-9]", "", text or "")
    plus = "+" if text is not None and text.lstrip().startswith("+") else ""
    return plus + digits if digits else None


async def _create(
    transport: RazorpayTransport, our_id: str, contact: wire.Contact
) -> wire.Customer | Failure:
    if contact.email is None and contact.contact is None:
        return failure("customer_not_reachable", field="email")
    new = wire.NewCustomer(
        fail_existing="0",
        notes={"customer_id": our_id},
        name=contact.name,
        email=contact.email,
        contact=contact.contact,
    )
    return await transport.create_customer(new)


async def _edit(
    transport: RazorpayTransport, customer_id: str, contact: wire.Contact
) -> wire.Customer | Failure:
    if not _CUSTOMER_ID.fullmatch(customer_id):
        return failure("reference_malformed", field="provider_reference")
    return await transport.edit_customer(customer_id, contact)


def _refusal(contact: wire.Contact) -> Failure | None:
    if len(contact.email or "") > _MAX_EMAIL:
        return failure("email_too_long", field="email")
    if len(contact.contact or "") > _MAX_CONTACT:
        return failure("contact_too_long", field="phone")
    return None
