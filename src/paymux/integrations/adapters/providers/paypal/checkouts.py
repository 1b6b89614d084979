"""A checkout is an order: created for one attempt, approved at PayPal, captured by us.

https://developer.paypal.com/docs/api/orders/v2/
"""

import hashlib
import re
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

from paymux.integrations.adapters.providers.paypal.currencies import CURRENCIES, to_amount
from paymux.integrations.adapters.providers.paypal.errors import unknown, unreadable
from paymux.integrations.adapters.providers.paypal.observations import (
    ORDER_ID,
    instant,
    observe,
)
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import (
    ExperienceContext,
    NewCapture,
    NewOrder,
    NewPurchaseUnit,
    Order,
    PaymentSource,
    PayPalWallet,
)
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)

_ORDERS: Final = "/v2/checkout/orders"
_REQUEST_ID: Final = re.compile(r"[\x21-\x7e]{1,108}")
_DESCRIPTION_BYTES: Final = 127
_APPROVAL_LINKS: Final = ("payer-action", "approve")
_APPROVED: Final = frozenset({"APPROVED", "COMPLETED"})

ORDER_LIVES: Final = timedelta(hours=3)
"""Time to send the payer there, unless the account manager prolonged it (Orders v2, `links`)."""

ORDER_IS_GONE_AFTER: Final = timedelta(hours=72)
"""The longest life an account manager may have granted; an order unknown after that is dead."""


class Checkouts:
    """Creates, reads and captures orders."""

    def __init__(self, transport: Transport, clock: Clock, stand_in: bool) -> None:
        self._transport = transport
        self._clock = clock
        self._stand_in = stand_in

    async def create(self, request: CheckoutRequest) -> Checkout | Failure:
        """Create the order; the same request id gives the same order for six hours."""
        refusal = CURRENCIES.refusal(request.amount)
        if refusal is not None:
            return _rejected(refusal.code, refusal.detail, "amount")
        call = Call(
            "POST",
            _ORDERS,
            msgspec.json.encode(new_order(request)),
            request_id(request.idempotency_key),
        )
        order = await self._transport.fetch(call, Order)
        return order if isinstance(order, Failure) else self._checkout(order, request)

    async def look_up(self, query: AttemptQuery) -> Observation | Failure:
        """Read the order. PayPal cannot search for one by any reference of ours."""
        if query.provider_reference is None:
            return unknown("lookup_not_possible", "PayPal finds an order by its own id only.")
        order = await self.read(query.provider_reference)
        if isinstance(order, Failure):
            return self._gone(query, order)
        return observe(order)

    async def complete(self, order_id: str, key: str) -> Observation | Failure:
        """Capture the order; PayPal captures an order once, whatever the request id."""
        if not ORDER_ID.fullmatch(order_id):
            return _not_an_order()
        captured = await self._capture(order_id, key)
        if not isinstance(captured, Failure):
            return await self._observe_capture(captured)
        match captured.outcome, captured.code:
            case Outcome.DONE_ALREADY, _:
                return await self._converge(order_id, captured)
            case Outcome.NEEDS_PAYER, "instrument_declined":
                return await self._capture_again(order_id, key, captured)
            case Outcome.NEEDS_PAYER, _:
                return _waits_for_payer(order_id, captured)
        return captured

    async def read(self, order_id: str) -> Order | Failure:
        """Get the order, and nothing but that order."""
        if not ORDER_ID.fullmatch(order_id):
            return _not_an_order()
        order = await self._transport.fetch(Call("GET", f"{_ORDERS}/{order_id}"), Order)
        if isinstance(order, Order) and order.id != order_id:
            return unknown("another_order", "PayPal answered with another order.")
        return order

    def _checkout(self, order: Order, request: CheckoutRequest) -> Checkout | Failure:
        url = self._approval_url(order)
        if url is None and order.status in _APPROVED:
            # A replay after the approval has no link any more: the payer is past PayPal's page.
            url = request.return_url
        if url is None or not ORDER_ID.fullmatch(order.id):
            return unreadable({})
        created = instant(order.create_time) or request.created_at
        return Checkout(provider_reference=order.id, url=url, expires_at=created + ORDER_LIVES)

    def _approval_url(self, order: Order) -> str | None:
        links = {link.rel: link.href for link in order.links or ()}
        found = (links[rel] for rel in _APPROVAL_LINKS if rel in links)
        return next((url for url in found if self._is_paypals_page(url)), None)

    def _is_paypals_page(self, url: str) -> bool:
        """Never send a payer to a page that is not PayPal's, nor a stand-in's."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        host = parts.hostname or ""
        if self._stand_in:
            return parts.scheme in {"http", "https"} and bool(host)
        ours = host == "paypal.com" or host.endswith(".paypal.com")
        return parts.scheme == "https" and ours and parts.username is None

    async def _capture(self, order_id: str, key: str) -> Order | Failure:
        body = msgspec.json.encode(NewCapture())
        call = Call("POST", f"{_ORDERS}/{order_id}/capture", body, request_id(key))
        return await self._transport.fetch(call, Order)

    async def _observe_capture(self, order: Order) -> Observation | Failure:
        """Read the order when the reply to the capture was the minimal one."""
        observed = observe(order)
        if isinstance(observed, Failure) and observed.code == "capture_not_reported":
            return await self._converge(order.id, observed)
        return observed

    async def _converge(self, order_id: str, failure: Failure) -> Observation | Failure:
        """Report what was taken before; if this order took nothing, `failure` stands."""
        order = await self.read(order_id)
        observed = order if isinstance(order, Failure) else observe(order)
        return observed if isinstance(observed, Failure) or _moves_money(observed) else failure

    async def _capture_again(
        self, order_id: str, key: str, declined: Failure
    ) -> Observation | Failure:
        """Try a new approval under a request id of its own.

        The first id replays its refusal for six hours, even after the payer has come back and
        chosen another way to pay. The order's last change tells approvals apart.
        """
        order = await self.read(order_id)
        if isinstance(order, Failure) or order.status != "APPROVED":
            observed = order if isinstance(order, Failure) else observe(order)
            taken = isinstance(observed, Observation) and _moves_money(observed)
            return observed if taken else _waits_for_payer(order_id, declined)
        captured = await self._capture(order_id, f"{key}:{order.update_time}")
        if isinstance(captured, Failure):
            needs_payer = captured.outcome is Outcome.NEEDS_PAYER
            return _waits_for_payer(order_id, captured) if needs_payer else captured
        return await self._observe_capture(captured)

    def _gone(self, query: AttemptQuery, failure: Failure) -> Observation | Failure:
        """PayPal forgets an order that nobody paid; an old one is then known to have expired."""
        missing = failure.code in {"invalid_resource_id", "resource_not_found"}
        if not missing or self._clock.now() < query.created_at + ORDER_IS_GONE_AFTER:
            return failure
        return Observation(
            status=ObservedStatus.EXPIRED,
            attempt_id=query.attempt_id,
            provider_reference=query.provider_reference,
            reason_code="order_forgotten",
        )


def new_order(request: CheckoutRequest) -> NewOrder:
    """Build the order from the request alone, so that a retry sends the same bytes."""
    context = ExperienceContext(return_url=request.return_url, cancel_url=request.cancel_url)
    unit = NewPurchaseUnit(
        reference_id=request.attempt_id,
        custom_id=request.attempt_id,
        invoice_id=request.payment_id,
        amount=to_amount(request.amount),
        description=_description(request.description),
    )
    source = PaymentSource(paypal=PayPalWallet(experience_context=context))
    return NewOrder(purchase_units=[unit], payment_source=source)


def request_id(key: str) -> str:
    """Return the key if PayPal takes it as a request id, else one as unique that it takes."""
    return key if _REQUEST_ID.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()


def _description(text: str) -> str | None:
    """Cut to what PayPal takes: 127 characters of ASCII, fewer of others."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(printable.split())
    return line.encode()[:_DESCRIPTION_BYTES].decode(errors="ignore").strip() or None


def _moves_money(observed: Observation) -> bool:
    """Tell whether the order is settled, or a capture of it is under way."""
    undecided = observed.status in {ObservedStatus.PENDING, ObservedStatus.APPROVED}
    return not undecided or observed.payment_reference is not None


def _waits_for_payer(order_id: str, failure: Failure) -> Observation:
    return Observation(
        status=ObservedStatus.PENDING,
        provider_reference=order_id,
        reason_code=failure.code,
        reason_message=failure.message,
    )


def _rejected(code: str, message: str, field: str | None = None) -> Failure:
    return Failure(outcome=Outcome.REJECTED, code=code, message=message, field=field)


def _not_an_order() -> Failure:
    return _rejected("invalid_reference", "This is not the id of an order at PayPal.")
