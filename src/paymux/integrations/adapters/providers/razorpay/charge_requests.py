"""What a charge of a saved card asks of Razorpay."""

import re
from typing import Final

from paymux.integrations.adapters.providers.razorpay.charge_reports import CHARGE_NOTE
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.payers import contact_of
from paymux.integrations.adapters.providers.razorpay.recurring_wire import NewCharge, NewOrder
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.saved_methods import ChargeRequest

ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")

_MAX_REFERENCE: Final = 40
_MAX_DESCRIPTION: Final = 255


def _notes(request: ChargeRequest) -> dict[str, str]:
    return {
        "payment_id": request.payment_id,
        "attempt_id": request.attempt_id,
        CHARGE_NOTE: "yes",
    }


def new_order(request: ChargeRequest) -> NewOrder:
    """Return the order that holds the charge to one payment."""
    return NewOrder(
        amount=CURRENCIES.to_wire(request.amount),
        currency=request.amount.currency,
        receipt=request.attempt_id,
        payment_capture=True,
        notes=_notes(request),
    )


def new_charge(request: ChargeRequest, order_id: str) -> NewCharge:
    """Return the payment of that order."""
    contact = contact_of(request.payer)
    return NewCharge(
        amount=CURRENCIES.to_wire(request.amount),
        currency=request.amount.currency,
        order_id=order_id,
        customer_id=request.customer_reference or "",
        token=request.method_reference,
        recurring=True,
        notes=_notes(request),
        description=request.description[:_MAX_DESCRIPTION] or None,
        email=contact.email if contact else None,
        contact=contact.contact if contact else None,
    )


def refusal(request: ChargeRequest) -> Failure | None:
    """Return why Razorpay will not make this charge, if we can tell."""
    if request.captures_later:
        return failure("capability_missing", field="captures_later")
    if request.amount.currency != "INR":
        return failure("currency_needs_inr", field="amount")
    refused = CURRENCIES.refusal(request.amount)
    if refused is not None:
        return failure("amount_not_supported", str(refused))
    if len(request.attempt_id) > _MAX_REFERENCE:
        return failure("reference_too_long", field="attempt_id")
    references = (request.method_reference, request.customer_reference or "")
    if not all(ID.fullmatch(each) for each in references):
        return failure("reference_malformed", field="method_reference")
    return None
