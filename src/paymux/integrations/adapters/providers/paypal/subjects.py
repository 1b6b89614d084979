"""Which order a movement of money belongs to: among its related ids, up its links, or asked."""

import re
from typing import Final
from urllib.parse import urlsplit

from paymux.integrations.adapters.providers.paypal.authorizations import AUTHORIZATIONS
from paymux.integrations.adapters.providers.paypal.checkouts import Checkouts
from paymux.integrations.adapters.providers.paypal.event_wire import EventResource
from paymux.integrations.adapters.providers.paypal.observations import MOVEMENT_ID, ORDER_ID
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import (
    Link,
    Movement,
    Order,
    Refund,
)
from paymux.payments.ports.connectors import Failure

CAPTURES: Final = "/v2/payments/captures"
_UP_TO_ORDER: Final = re.compile(r"/v2/checkout/orders/([A-Z0-9]{1,36})\Z")
_UP_TO_HOLD: Final = re.compile(r"/v2/payments/authorizations/([A-Z0-9-]{1,64})\Z")
_UP_TO_CAPTURE: Final = re.compile(r"/v2/payments/captures/([A-Z0-9-]{1,64})\Z")
_MISSING: Final = frozenset({"invalid_resource_id", "resource_not_found"})

About = EventResource | Movement


class Subjects:
    """Finds the order around a capture or an authorisation."""

    def __init__(self, transport: Transport, checkouts: Checkouts) -> None:
        self._transport = transport
        self._checkouts = checkouts

    async def order_around(self, movement_id: str) -> Order | Failure | None:
        """Read the order that a capture, else an authorisation, of this id belongs to."""
        order_id = await self.order_of_capture(movement_id)
        if isinstance(order_id, Failure) and order_id.code in _MISSING:
            order_id = await self.order_of_hold(movement_id)
        if order_id is None or isinstance(order_id, Failure):
            return order_id
        return await self._checkouts.read(order_id)

    async def order_of_capture(self, capture_id: str) -> str | Failure | None:
        """Read the capture, to learn its order."""
        return await self._order_of(CAPTURES, capture_id)

    async def order_of_hold(self, authorization_id: str) -> str | Failure | None:
        """Read the authorisation, to learn its order."""
        return await self._order_of(AUTHORIZATIONS, authorization_id)

    async def _order_of(self, path: str, movement_id: str) -> str | Failure | None:
        if not MOVEMENT_ID.fullmatch(movement_id):
            return None
        movement = await self._transport.fetch(Call("GET", f"{path}/{movement_id}"), Movement)
        if isinstance(movement, Failure):
            return movement
        named, hold = order_named_by(movement), _up(movement, _UP_TO_HOLD)
        if named is None and hold is not None and path == CAPTURES:
            return await self.order_of_hold(hold)
        return named


def order_named_by(about: About) -> str | None:
    """Return the order that an object names, without asking."""
    related = about.supplementary_data.related_ids if about.supplementary_data else None
    if related and related.order_id:
        return order_id(related.order_id)
    return _up(about, _UP_TO_ORDER)


def capture_of(about: EventResource | Refund) -> str | None:
    """Return the capture that a refund gives back."""
    return _up(about, _UP_TO_CAPTURE)


def order_id(text: str | None) -> str | None:
    """Return what is an order's id."""
    return text if text and ORDER_ID.fullmatch(text) else None


def _up(about: About, shape: re.Pattern[str]) -> str | None:
    ups = (shape.search(_path(link)) for link in about.links or () if link.rel == "up")
    return next((up[1] for up in ups if up), None)


def _path(link: Link) -> str:
    try:
        return urlsplit(link.href).path
    except ValueError:
        return ""
