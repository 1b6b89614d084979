"""A checkout is an order: created for one attempt and approved at PayPal.

https://developer.paypal.com/docs/api/orders/v2/
"""

import hashlib
import re
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

from paymux.integrations.adapters.providers.paypal.currencies import CURRENCIES, to_amount
from paymux.integrations.adapters.providers.paypal.errors import rejected, unknown, unreadable
from paymux.integrations.adapters.providers.paypal.observations import (
    ORDER_ID,
    instant,
    observe,
)
from paymux.integrations.adapters.providers.paypal.saved_methods import CUSTOMER_ID
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.vault_wire import (
    CustomerId,
    NewAttributes,
    VaultInstruction,
)
from paymux.integrations.adapters.providers.paypal.wire import (
    ExperienceContext,
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
)
from paymux.payments.ports.saved_methods import ChargeRequest

ORDERS: Final = "/v2/checkout/orders"
CAPTURE: Final = "CAPTURE"
AUTHORIZE: Final = "AUTHORIZE"
_REQUEST_ID: Final = re.compile(r"[\x21-\x7e]{1,108}")
_LONGEST_DESCRIPTION: Final = 127
_APPROVAL_LINKS: Final = ("payer-action", "approve")
_APPROVED: Final = frozenset({"APPROVED", "COMPLETED"})

ORDER_LIVES: Final = timedelta(hours=3)
"""Time to send the payer there, unless the account manager prolonged it (Orders v2, `links`)."""

ORDER_IS_GONE_AFTER: Final = timedelta(hours=72)
"""The longest life an account manager may have granted; an order unknown after that is dead."""


class Checkouts:
    """Creates and reads orders."""

    def __init__(self, transport: Transport, clock: Clock, stand_in: bool) -> None:
        self._transport = transport
        self._clock = clock
        self._stand_in = stand_in

    async def create(self, request: CheckoutRequest) -> Checkout | Failure:
        """Create the order; the same request id gives the same order for six hours."""
        refusal = CURRENCIES.refusal(request.amount)
        if refusal is not None:
            return rejected(refusal.code, refusal.detail, "amount")
        call = Call(
            "POST",
            ORDERS,
            msgspec.json.encode(new_order(request)),
            request_id(request.idempotency_key),
        )
        order = await self._transport.fetch(call, Order)
        return order if isinstance(order, Failure) else self._checkout(order, request)

    async def look_up(self, query: AttemptQuery) -> Observation | Failure:
        """Read the order. PayPal cannot search for one by any reference of ours."""
        if query.provider_reference is None:
            return unknown("lookup_not_possible", "PayPal finds an order by its own id only.")
        return self.seen(query, await self.read(query.provider_reference))

    def seen(self, query: AttemptQuery, order: Order | Failure) -> Observation | Failure:
        """Say what an order that was read, or could not be, tells of the attempt."""
        return self._gone(query, order) if isinstance(order, Failure) else observe(order)

    async def read(self, order_id: str) -> Order | Failure:
        """Get the order, and nothing but that order."""
        if not ORDER_ID.fullmatch(order_id):
            return not_an_order()
        order = await self._transport.fetch(Call("GET", f"{ORDERS}/{order_id}"), Order)
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
    wallet = PayPalWallet(experience_context=context, attributes=_attributes(request))
    intent = AUTHORIZE if request.captures_later else CAPTURE
    return NewOrder(
        purchase_units=[new_unit(request)],
        payment_source=PaymentSource(paypal=wallet),
        intent=intent,
    )


def new_unit(request: CheckoutRequest | ChargeRequest) -> NewPurchaseUnit:
    """Build the one purchase unit; its ids are how we find the order, and a second guard."""
    return NewPurchaseUnit(
        reference_id=request.attempt_id,
        custom_id=request.attempt_id,
        invoice_id=request.payment_id,
        amount=to_amount(request.amount),
        description=one_line(request.description, _LONGEST_DESCRIPTION),
    )


def _attributes(request: CheckoutRequest) -> NewAttributes | None:
    """Have the account kept if the payer agreed, for the customer that PayPal knows already."""
    if not request.saves_method:
        return None
    known = request.payer.provider_reference if request.payer else None
    customer = CustomerId(known) if known and CUSTOMER_ID.fullmatch(known) else None
    return NewAttributes(vault=VaultInstruction(), customer=customer)


def request_id(key: str) -> str:
    """Return the key if PayPal takes it as a request id, else one as unique that it takes."""
    return key if _REQUEST_ID.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()


def one_line(text: str, longest: int) -> str | None:
    """Cut to what PayPal takes: so many characters of ASCII, fewer of others."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(printable.split())
    return line.encode()[:longest].decode(errors="ignore").strip() or None


def not_an_order() -> Failure:
    """Refuse a reference that could not be an order's."""
    return rejected("invalid_reference", "This is not the id of an order at PayPal.")
