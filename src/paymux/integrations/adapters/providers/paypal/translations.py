"""What an event means: what PayPal says of its subject when it is asked again.

The signature of a delivery does not bind its body (see `webhooks`), so a body only says what to
read.
"""

from paymux.integrations.adapters.providers.paypal.checkouts import Checkouts
from paymux.integrations.adapters.providers.paypal.dispute_reports import DISPUTE_ID
from paymux.integrations.adapters.providers.paypal.disputes import Disputes
from paymux.integrations.adapters.providers.paypal.errors import unknown
from paymux.integrations.adapters.providers.paypal.event_wire import Event, EventResource
from paymux.integrations.adapters.providers.paypal.events import (
    AUTHORIZATION_EVENTS,
    DISPUTE_EVENTS,
    EVENTS,
    ORDER_EVENTS,
    REFUND_EVENTS,
    REVERSED,
    TOKEN_EVENTS,
    read_event,
    resource_of,
)
from paymux.integrations.adapters.providers.paypal.observations import observe, refunds_of
from paymux.integrations.adapters.providers.paypal.refund_reports import report
from paymux.integrations.adapters.providers.paypal.refunds import Refunds
from paymux.integrations.adapters.providers.paypal.subjects import (
    Subjects,
    capture_of,
    order_id,
    order_named_by,
)
from paymux.integrations.adapters.providers.paypal.token_events import TokenEvents
from paymux.integrations.adapters.providers.paypal.wire import Order, Refund
from paymux.payments.ports.connectors import (
    Failure,
    NotFound,
    Observation,
    Outcome,
    RefundReport,
)
from paymux.payments.ports.webhooks import Ignored, Translated


class Translations:
    """Turns an event into what the order, and the refund, now say."""

    def __init__(
        self,
        checkouts: Checkouts,
        subjects: Subjects,
        refunds: Refunds,
        tokens: TokenEvents,
        disputes: Disputes,
    ) -> None:
        self._checkouts = checkouts
        self._subjects = subjects
        self._refunds = refunds
        self._tokens = tokens
        self._disputes = disputes

    async def translate(self, body: bytes) -> Translated | Ignored | Failure:
        """Find out what the event is about, and read that."""
        event = read_event(body)
        if event is None:
            return Ignored("the body is not an event")
        if event.event_type not in EVENTS:
            return Ignored(f"{event.event_type} says nothing about an attempt")
        resource = resource_of(event)
        if resource is None:
            return Ignored("the event names no order")
        return _not_flagged(await self._meaning(event, resource))

    async def _meaning(
        self, event: Event, resource: EventResource
    ) -> Translated | Ignored | Failure:
        if event.event_type in TOKEN_EVENTS:
            return await self._tokens.translate(resource)
        if event.event_type in DISPUTE_EVENTS:
            return await self._disputed(resource)
        if event.event_type in REFUND_EVENTS:
            return await self._refunded(event, resource)
        return await self._observed(await self._order_id(event, resource))

    async def _order_id(self, event: Event, resource: EventResource) -> str | Failure | None:
        if event.event_type in ORDER_EVENTS:
            return order_id(resource.order_id or resource.id)
        named = order_named_by(resource)
        if named or resource.id is None:
            return named
        if event.event_type in AUTHORIZATION_EVENTS:
            return await self._subjects.order_of_hold(resource.id)
        return await self._subjects.order_of_capture(resource.id)

    async def _observed(self, named: str | Failure | None) -> Translated | Ignored | Failure:
        order = await self._checkouts.read(named) if isinstance(named, str) else named
        if order is None:
            return Ignored("the event names no order")
        observed = order if isinstance(order, Failure) else observe(order)
        return observed if isinstance(observed, Failure) else Translated([observed])

    async def _disputed(self, resource: EventResource) -> Translated | Ignored | Failure:
        if resource.dispute_id is None or not DISPUTE_ID.fullmatch(resource.dispute_id):
            return Ignored("the event names no dispute")
        found = await self._disputes.look_up(resource.dispute_id)
        if isinstance(found, NotFound):
            return Ignored("PayPal knows no such dispute")
        return found if isinstance(found, Failure) else Translated(disputes=[found])

    async def _refunded(
        self, event: Event, resource: EventResource
    ) -> Translated | Ignored | Failure:
        """Read the refund, and the order around the capture up its links.

        The resource is the refund; that of a reversal may be the capture.
        """
        if resource.id is None:
            return Ignored("the event names no refund")
        if event.event_type == REVERSED and capture_of(resource) is None:
            return await self._given_back(resource.id, None)
        refund = await self._refunds.read(resource.id)
        if isinstance(refund, Failure):
            return refund
        return await self._given_back(capture_of(refund), refund)

    async def _given_back(
        self, capture_id: str | None, refund: Refund | None
    ) -> Translated | Ignored | Failure:
        order = await self._subjects.order_around(capture_id) if capture_id else None
        if order is None:
            return Ignored("the event names no order")
        return order if isinstance(order, Failure) else _given_back(order, refund)


def _given_back(order: Order, refund: Refund | None) -> Translated | Failure:
    """Report the refund, else all of the order's; and what was taken, for their reference."""
    observed = observe(order)
    if isinstance(observed, Failure):
        return observed
    subjects = refunds_of(order) if refund is None else [refund]
    reports = [report(each, _reference(observed, each)) for each in subjects]
    failed = next((each for each in reports if isinstance(each, Failure)), None)
    if failed is not None:
        return failed
    return Translated([observed], [each for each in reports if isinstance(each, RefundReport)])


def _reference(observed: Observation, refund: Refund) -> str | None:
    return observed.payment_reference or capture_of(refund)


def _not_flagged(
    said: Translated | Ignored | Failure,
) -> Translated | Ignored | Failure:
    """An order of somebody else's is no reason to distrust our credentials."""
    denied = isinstance(said, Failure) and said.code == "permission_denied"
    if isinstance(said, Failure) and denied and said.outcome is Outcome.CREDENTIALS:
        return unknown(said.code, said.message)
    return said
