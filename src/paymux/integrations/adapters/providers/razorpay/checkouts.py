"""Payment links: one per attempt, with the attempt's id as `reference_id`.

Razorpay has no idempotency key here, but keeps `reference_id` unique: a second create is
refused and the first link is read instead
(https://razorpay.com/docs/api/payments/payment-links/create-standard/).
"""

import re
from collections.abc import Sequence
from typing import Final

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.links import expire_by, opened
from paymux.integrations.adapters.providers.razorpay.observations import (
    as_link_payment,
    observe_link,
)
from paymux.integrations.adapters.providers.razorpay.payers import contact_of
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

_MAX_REFERENCE: Final = 40
_MAX_DESCRIPTION: Final = 2048
_LINK_ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_PREFERENCE: Final = ("paid", "partially_paid", "created", "expired", "cancelled")


async def create(transport: RazorpayTransport, request: CheckoutRequest) -> Checkout | Failure:
    """Create the attempt's link, or return the one created before."""
    if request.captures_later:
        return failure("capability_missing", field="captures_later")
    if CURRENCIES.refusal(request.amount) is not None:
        return failure("amount_not_supported", str(CURRENCIES.refusal(request.amount)))
    if len(request.attempt_id) > _MAX_REFERENCE:
        return failure("reference_too_long", field="attempt_id")
    new = _new_link(request)
    if request.replay:
        earlier = await _find(transport, request.attempt_id)
        if not isinstance(earlier, NotFound):
            return _opened(earlier, new)
    link = await transport.create_link(new)
    if isinstance(link, Failure) and link.code == "reference_id_already_attempted":
        return _opened(await _find(transport, request.attempt_id), new)
    return link if isinstance(link, Failure) else _opened(link, new)


async def look_up(
    transport: RazorpayTransport, query: AttemptQuery
) -> Observation | NotFound | Failure:
    """Read the attempt's link by its id, else by our reference.

    An empty list is a proof: `reference_id` is unique and the list is filtered by it. A create
    that arrives later still opens a link that nobody was told of, and nobody can pay. A link
    that is not paid may yet have a payment that the bank authorised late, also after its end:
    only the order behind it tells.
    """
    if query.provider_reference is None:
        link = await _find(transport, query.attempt_id)
    else:
        link = await _read(transport, query.provider_reference)
    if not isinstance(link, wire.PaymentLink):
        return link
    payments = await _tried(transport, link)
    return payments if isinstance(payments, Failure) else observe_link(link, payments)


async def expire(transport: RazorpayTransport, link_id: str) -> Observation | Failure:
    """Cancel the link, or report what it already was.

    The words of a refusal change from page to page of the documentation, so after any of
    them the link itself is asked; a refusal stands only while the link is still open.
    """
    if not _LINK_ID.fullmatch(link_id):
        return failure("reference_malformed", field="provider_reference")
    cancelled = await transport.cancel_link(link_id)
    if not isinstance(cancelled, Failure):
        return observe_link(cancelled)
    if cancelled.outcome not in (Outcome.DONE_ALREADY, Outcome.REJECTED):
        return cancelled
    link = await transport.link(link_id)
    observed = link if isinstance(link, Failure) else observe_link(link)
    if cancelled.outcome is Outcome.REJECTED and _is_open(observed):
        return cancelled
    return observed


async def _tried(
    transport: RazorpayTransport, link: wire.PaymentLink
) -> Sequence[wire.LinkPayment] | Failure:
    if link.status == "paid" or not _LINK_ID.fullmatch(link.order_id or ""):
        return ()
    payments = await transport.payments_of(link.order_id or "")
    if isinstance(payments, Failure):
        return payments
    return [as_link_payment(each) for each in payments.items]


def _is_open(observed: Observation | Failure) -> bool:
    return isinstance(observed, Failure) or observed.status is ObservedStatus.PENDING


async def _read(transport: RazorpayTransport, link_id: str) -> wire.PaymentLink | Failure:
    if not _LINK_ID.fullmatch(link_id):
        return failure("reference_malformed", field="provider_reference")
    return await transport.link(link_id)


async def _find(
    transport: RazorpayTransport, attempt_id: str
) -> wire.PaymentLink | NotFound | Failure:
    page = await transport.links_by_reference(attempt_id)
    if isinstance(page, Failure):
        return page
    if any(link.reference_id != attempt_id for link in page.payment_links):
        return failure("odd_lookup")
    known = [link for link in page.payment_links if link.status in _PREFERENCE]
    if not known:
        return failure("odd_status") if page.payment_links else NotFound()
    return min(known, key=lambda link: _PREFERENCE.index(link.status))


def _opened(
    found: wire.PaymentLink | NotFound | Failure, new: wire.NewPaymentLink
) -> Checkout | Failure:
    return opened(found, new.amount, new.currency)


def _new_link(request: CheckoutRequest) -> wire.NewPaymentLink:
    return wire.NewPaymentLink(
        amount=CURRENCIES.to_wire(request.amount),
        currency=request.amount.currency,
        reference_id=request.attempt_id,
        accept_partial=False,
        notify=wire.Notify(sms=False, email=False),
        reminder_enable=False,
        notes={"payment_id": request.payment_id, "attempt_id": request.attempt_id},
        callback_url=request.return_url,
        callback_method="get",
        description=request.description[:_MAX_DESCRIPTION] or None,
        customer=contact_of(request.payer),
        expire_by=expire_by(request),
    )
