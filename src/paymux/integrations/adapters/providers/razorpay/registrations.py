"""Registration links: a hosted page whose payer lets us charge the card again.

https://razorpay.com/docs/api/payments/recurring-payments/cards/create-authorization-transaction/
calls them invoices of type `link`. Nothing keeps a `receipt` unique and there is no key, so a
repeated create looks for the first link by its receipt. Of two with the same receipt - a create
that was given up may arrive late - the older one always is the attempt's, and nobody was told
of the other. Razorpay does not send the payer back from such a page: `callback_url` is not
supported there, so webhooks and look-ups tell how it ended.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import saved_methods, wire
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.links import expire_by, opened
from paymux.integrations.adapters.providers.razorpay.observations import (
    as_link_payment,
    observe_link,
)
from paymux.integrations.adapters.providers.razorpay.payers import contact_of
from paymux.integrations.adapters.providers.razorpay.recurring_wire import (
    Invoice,
    Mandate,
    NewRegistration,
)
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)

PREFIX: Final = "inv_"
LIMIT_WITHOUT_PAYER: Final = 1_500_000
"""INR 15,000: above it the Reserve Bank wants the payer to confirm every charge. It is the
mandate's limit where the merchant names none."""

_ID: Final = re.compile(r"inv_[A-Za-z0-9_]{1,60}")
_MANDATES: Final = range(100, 100_000_001)
_MAX_REFERENCE: Final = 40
_MAX_DESCRIPTION: Final = 2048
_AS_LINK: Final = {"draft": "created", "issued": "created", "deleted": "cancelled"}


async def create(transport: RazorpayTransport, request: CheckoutRequest) -> Checkout | Failure:
    """Create the attempt's registration link, or return the one created before."""
    new = _new_registration(request)
    if isinstance(new, Failure):
        return new
    if request.replay:
        earlier = await _find(transport, request.attempt_id)
        if not isinstance(earlier, NotFound):
            return _opened(earlier, new)
    created = await transport.create_registration(new)
    if isinstance(created, Failure) or not request.replay:
        return created if isinstance(created, Failure) else _opened(created, new)
    return _opened(await _find(transport, request.attempt_id), new)


async def look_up(
    transport: RazorpayTransport, query: AttemptQuery
) -> Observation | NotFound | Failure:
    """Read the link by its id, else by our reference, and the card that was saved with it."""
    if query.provider_reference is None:
        invoice = await _find(transport, query.attempt_id)
    elif _ID.fullmatch(query.provider_reference):
        invoice = await transport.invoice(query.provider_reference)
    else:
        return failure("reference_malformed", field="provider_reference")
    if not isinstance(invoice, Invoice):
        return invoice
    payments = await _tried(transport, invoice)
    return payments if isinstance(payments, Failure) else await _told(transport, invoice, payments)


async def expire(transport: RazorpayTransport, invoice_id: str) -> Observation | Failure:
    """Cancel the link, or report what it already was."""
    if not _ID.fullmatch(invoice_id):
        return failure("reference_malformed", field="provider_reference")
    cancelled = await transport.cancel_invoice(invoice_id)
    if not isinstance(cancelled, Failure):
        return observe_link(as_link(cancelled))
    if cancelled.outcome not in (Outcome.DONE_ALREADY, Outcome.REJECTED):
        return cancelled
    invoice = await transport.invoice(invoice_id)
    observed = invoice if isinstance(invoice, Failure) else observe_link(as_link(invoice))
    still_open = isinstance(observed, Failure) or observed.status is ObservedStatus.PENDING
    return cancelled if cancelled.outcome is Outcome.REJECTED and still_open else observed


async def confirmed(transport: RazorpayTransport, observed: Observation) -> Observation:
    """Ask the token whether its bank has agreed; unheard, it stays pending until a webhook."""
    saved = observed.saved_method
    if saved is None or saved.customer_reference is None:
        return observed
    token = await transport.token(saved.customer_reference, saved.provider_reference)
    if isinstance(token, Failure) or token.id != saved.provider_reference:
        return observed
    told = saved_methods.of_token(token, None, observed.occurred_at)
    return msgspec.structs.replace(observed, saved_method=saved_methods.joined(saved, told))


def as_link(invoice: Invoice) -> wire.PaymentLink:
    """Return a registration link as the payment link it is but for its name."""
    return wire.PaymentLink(
        id=invoice.id,
        status=_AS_LINK.get(invoice.status, invoice.status),
        amount=invoice.amount,
        currency=invoice.currency,
        amount_paid=invoice.amount_paid,
        reference_id=invoice.receipt,
        short_url=invoice.short_url,
        expire_by=invoice.expire_by,
        notes=invoice.notes,
        order_id=invoice.order_id,
    )


async def _told(
    transport: RazorpayTransport, invoice: Invoice, payments: Sequence[wire.Payment]
) -> Observation | Failure:
    observed = observe_link(as_link(invoice), [as_link_payment(each) for each in payments])
    if isinstance(observed, Failure) or observed.status is not ObservedStatus.SUCCEEDED:
        return observed
    paid = next((each for each in payments if each.id == observed.payment_reference), None)
    saved = paid and saved_methods.of_payment(paid)
    return await confirmed(transport, msgspec.structs.replace(observed, saved_method=saved))


async def _tried(
    transport: RazorpayTransport, invoice: Invoice
) -> Sequence[wire.Payment] | Failure:
    if not invoice.order_id or not re.fullmatch(r"[A-Za-z0-9_]{1,64}", invoice.order_id):
        return ()
    payments = await transport.payments_of(invoice.order_id)
    return payments if isinstance(payments, Failure) else payments.items


async def _find(transport: RazorpayTransport, attempt_id: str) -> Invoice | NotFound | Failure:
    page = await transport.invoices_by_receipt(attempt_id)
    if isinstance(page, Failure):
        return page
    if any(each.receipt != attempt_id for each in page.items):
        return failure("odd_lookup")
    if not page.items:
        return NotFound()
    # Should both have been paid, the payment that we know nothing of must not hide the other.
    return min(page.items, key=lambda each: (each.status != "paid", each.created_at or 0, each.id))


def _opened(found: Invoice | NotFound | Failure, new: NewRegistration) -> Checkout | Failure:
    link = as_link(found) if isinstance(found, Invoice) else found
    return opened(link, new.amount, new.currency)


def _new_registration(request: CheckoutRequest) -> NewRegistration | Failure:
    refused = _refusal(request)
    if refused is not None:
        return refused
    amount, limit = CURRENCIES.to_wire(request.amount), _limit(request)
    contact = contact_of(request.payer)
    if contact is None or None in (contact.name, contact.email, contact.contact):
        return failure("customer_details_missing", field="customer_id")
    return NewRegistration(
        customer=contact,
        type="link",
        amount=amount,
        currency=request.amount.currency,
        description=request.description[:_MAX_DESCRIPTION] or "Payment",
        subscription_registration=Mandate("card", limit, "as_presented"),
        receipt=request.attempt_id,
        sms_notify=False,
        email_notify=False,
        notes={
            "payment_id": request.payment_id,
            "attempt_id": request.attempt_id,
            saved_methods.MANDATE_NOTE: str(limit),
        },
        expire_by=expire_by(request),
    )


def _limit(request: CheckoutRequest) -> int:
    if request.max_charge is not None:
        return CURRENCIES.to_wire(request.max_charge)
    return max(LIMIT_WITHOUT_PAYER, CURRENCIES.to_wire(request.amount))


def _refusal(request: CheckoutRequest) -> Failure | None:
    if request.captures_later:
        return failure("capability_missing", field="captures_later")
    named = [request.amount, *([request.max_charge] if request.max_charge else [])]
    if any(each.currency != "INR" for each in named):
        return failure("currency_needs_inr", field="amount")
    if CURRENCIES.refusal(request.amount) is not None:
        return failure("amount_not_supported", str(CURRENCIES.refusal(request.amount)))
    if any(CURRENCIES.refusal(each) for each in named) or _limit(request) not in _MANDATES:
        return failure("mandate_out_of_range", field="max_charge")
    if len(request.attempt_id) > _MAX_REFERENCE:
        return failure("reference_too_long", field="attempt_id")
    return None
