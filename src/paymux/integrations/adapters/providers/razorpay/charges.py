"""Charges of saved cards: an order with our reference, then a payment for it.

https://razorpay.com/docs/api/payments/recurring-payments/cards/create-subsequent-payments/.
Neither call has an idempotency key, and no error is documented for a second order with the same
`receipt`. What keeps a charge from happening twice is the order: once it is paid it takes no
further payment. So a repeated charge looks for the attempt's orders and their payments first,
and pays the oldest order only: one that is made later, by a request stuck on its way, never is.
In India the payer is told of a charge 36 hours before it is made, and the payment is `created`
until then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import charge_reports, wire
from paymux.integrations.adapters.providers.razorpay.charge_requests import (
    ID,
    new_charge,
    new_order,
    refusal,
)
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.observations import instant
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.saved_methods import ChargeRequest

SETTLING: Final = timedelta(minutes=2)
"""A request whose reply was given up may still be at work behind Razorpay's gateways, which
end it within a minute; until then its absence proves nothing."""


async def charge(
    transport: RazorpayTransport, request: ChargeRequest, now: datetime
) -> Observation | Failure:
    """Charge the card, or report what this very attempt took before."""
    refused = refusal(request)
    if refused is not None:
        return refused
    if request.replay:
        return _never_unsent(await _charge_again(transport, request, now))
    order = await transport.create_order(new_order(request))
    if isinstance(order, Failure):
        return _without_effect(order)
    return await _pay(transport, request, order, now)


async def look_up(
    transport: RazorpayTransport, query: AttemptQuery, now: datetime
) -> Observation | NotFound | Failure:
    """Read the charge by its order, else by our reference."""
    if query.provider_reference is None:
        orders = await _orders(transport, query.attempt_id)
        if isinstance(orders, Failure):
            return orders
        ids = [each.id for each in orders]
    else:
        ids = [query.provider_reference]
    payments = await _payments(transport, ids)
    if isinstance(payments, Failure):
        return payments
    if payments:
        return _observed(payments, query.attempt_id, now)
    return failure("charge_under_way") if now - query.created_at < SETTLING else NotFound()


async def forget(
    transport: RazorpayTransport, token_id: str, customer_id: str | None
) -> Failure | None:
    """Delete the token; one that is gone was deleted before."""
    if customer_id is None or not ID.fullmatch(customer_id) or not ID.fullmatch(token_id):
        return failure("reference_malformed", field="method_reference")
    answer = await transport.delete_token(customer_id, token_id)
    if isinstance(answer, Failure):
        return None if answer.code == "id_does_not_exist" else answer
    return None if answer.deleted else failure("method_not_forgotten")


async def _charge_again(
    transport: RazorpayTransport, request: ChargeRequest, now: datetime
) -> Observation | Failure:
    orders = await _orders(transport, request.attempt_id)
    if isinstance(orders, Failure):
        return orders
    payments = await _payments(transport, [each.id for each in orders])
    if isinstance(payments, Failure):
        return payments
    if payments:
        observed = _observed(payments, request.attempt_id, now)
        return observed if isinstance(observed, Failure) else charge_reports.as_refusal(observed)
    order = await _order_to_pay(transport, request, orders, now)
    return order if isinstance(order, Failure) else await _pay(transport, request, order, now)


async def _order_to_pay(
    transport: RazorpayTransport,
    request: ChargeRequest,
    orders: Sequence[wire.Order],
    now: datetime,
) -> wire.Order | Failure:
    """Return the oldest of the attempt's orders, after making one where there is none."""
    if not orders:
        made = await transport.create_order(new_order(request))
        found = made if isinstance(made, Failure) else await _orders(transport, request.attempt_id)
        if isinstance(made, Failure) or isinstance(found, Failure):
            return found if isinstance(found, Failure) else failure("charge_under_way")
        orders = found or [made]
    elif len(orders) > 1 and now - _made_at(orders[-1], request) < SETTLING:
        # One of them may have been asked to be paid a moment ago.
        return failure("charge_under_way")
    return orders[0]


async def _pay(
    transport: RazorpayTransport, request: ChargeRequest, order: wire.Order, now: datetime
) -> Observation | Failure:
    if (order.amount, order.currency.upper()) != (CURRENCIES.to_wire(request.amount), "INR"):
        return failure("charge_differs")
    charged = await transport.charge(new_charge(request, order.id))
    if isinstance(charged, Failure):
        return await _refused(transport, request, order, charged, now)
    accepted = Observation(
        status=ObservedStatus.PENDING,
        attempt_id=request.attempt_id,
        provider_reference=order.id,
    )
    if not ID.fullmatch(charged.razorpay_payment_id):
        return accepted
    payment = await transport.payment(charged.razorpay_payment_id)
    if isinstance(payment, Failure):
        return accepted
    observed = _observed([payment], request.attempt_id, now, order.id)
    return observed if isinstance(observed, Failure) else charge_reports.as_refusal(observed)


async def _refused(
    transport: RazorpayTransport,
    request: ChargeRequest,
    order: wire.Order,
    refused: Failure,
    now: datetime,
) -> Observation | Failure:
    """Say what a refusal left behind: a payment that failed is there, and may not be over."""
    if refused.outcome not in (Outcome.DONE_ALREADY, Outcome.REJECTED):
        return refused
    payments = await _payments(transport, [order.id])
    if isinstance(payments, Failure):
        return msgspec.structs.replace(refused, outcome=Outcome.UNKNOWN)
    if not payments:
        unsure = refused.outcome is Outcome.DONE_ALREADY
        return msgspec.structs.replace(refused, outcome=Outcome.UNKNOWN) if unsure else refused
    observed = _observed(payments, request.attempt_id, now)
    return observed if isinstance(observed, Failure) else charge_reports.as_refusal(observed)


def _observed(
    payments: Sequence[wire.Payment], attempt_id: str, now: datetime, order_id: str | None = None
) -> Observation | Failure:
    payment = charge_reports.told_best(payments)
    if isinstance(payment, Failure):
        return payment
    observed = charge_reports.observe(payment, now)
    if isinstance(observed, Failure):
        return observed
    if observed.attempt_id not in (None, attempt_id) or order_id not in (None, payment.order_id):
        return failure("charge_differs")
    return msgspec.structs.replace(observed, attempt_id=attempt_id)


async def _orders(transport: RazorpayTransport, attempt_id: str) -> Sequence[wire.Order] | Failure:
    """Return every order made for the attempt, oldest first."""
    page = await transport.orders_by_receipt(attempt_id)
    if isinstance(page, Failure):
        return page
    if any(each.receipt != attempt_id for each in page.items):
        return failure("odd_lookup")
    return sorted(page.items, key=lambda each: (each.created_at or 0, each.id))


async def _payments(
    transport: RazorpayTransport, order_ids: Sequence[str]
) -> Sequence[wire.Payment] | Failure:
    payments: list[wire.Payment] = []
    for order_id in order_ids:
        if not ID.fullmatch(order_id):
            return failure("reference_malformed", field="provider_reference")
        page = await transport.payments_of(order_id)
        if isinstance(page, Failure):
            return page
        payments.extend(page.items)
    return payments


def _made_at(order: wire.Order, request: ChargeRequest) -> datetime:
    return instant(order.created_at) or request.created_at


def _without_effect(refused: Failure) -> Failure:
    """Return why the order was not made: without one, nothing was charged."""
    if refused.outcome not in (Outcome.UNKNOWN, Outcome.IN_PROGRESS):
        return refused
    return msgspec.structs.replace(refused, outcome=Outcome.NOT_PROCESSED)


def _never_unsent(answer: Observation | Failure) -> Observation | Failure:
    """Return a failure to look as one that proves nothing: an earlier call may have charged."""
    hidden = (Outcome.NOT_SENT, Outcome.NOT_PROCESSED, Outcome.CREDENTIALS)
    if isinstance(answer, Failure) and answer.outcome in hidden:
        return msgspec.structs.replace(answer, outcome=Outcome.UNKNOWN)
    return answer
