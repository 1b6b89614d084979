"""What a verified event means for attempts and refunds.

The signature covers the body, so a verified body is proof; only its shape depends on the API
version of the endpoint, and an event of another version is only a hint to read again.
"""

import msgspec

from paymux.integrations.adapters.providers.stripe.checkouts import Checkouts
from paymux.integrations.adapters.providers.stripe.errors import MALFORMED, own_failure, reason
from paymux.integrations.adapters.providers.stripe.event_types import (
    CAPTURED,
    DELAYED_FAILED,
    EVENT_TYPES,
    PAYMENT_FAILED,
    REFUND_EVENTS,
    REFUNDED,
    RELEASED,
    SESSION_EVENTS,
)
from paymux.integrations.adapters.providers.stripe.intents import (
    attempt_of,
    observe_charge,
    observe_intent,
)
from paymux.integrations.adapters.providers.stripe.refunds import Refunds, report
from paymux.integrations.adapters.providers.stripe.sessions import observe
from paymux.integrations.adapters.providers.stripe.times import moment
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import (
    API_VERSION,
    Charge,
    Event,
    PaymentIntent,
    Refund,
    Session,
    Subject,
)
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    RefundReport,
)
from paymux.payments.ports.webhooks import Ignored, Translated

Meaning = Translated | Ignored | Failure


class Translator:
    """Says what a verified event means."""

    def __init__(self, transport: Transport, checkouts: Checkouts, refunds: Refunds) -> None:
        self._transport = transport
        self._checkouts = checkouts
        self._refunds = refunds

    async def translate(self, body: bytes) -> Meaning:
        """Read the event, or its object again when its version is not the one we know."""
        try:
            event = msgspec.json.decode(body, type=Event)
            if event.type not in EVENT_TYPES:
                return Ignored(f"{event.type} says nothing about a payment or a refund")
            return await self._meaning(event)
        except MALFORMED:
            return own_failure("unreadable_event")

    async def _meaning(self, event: Event) -> Meaning:
        subject = msgspec.json.decode(event.data.object, type=Subject)
        if event.type in REFUND_EVENTS:
            return await self._refund(event, subject)
        if attempt_of(subject.metadata) is None:
            return Ignored("it is about something that Paymux did not open")
        if event.type in {CAPTURED, REFUNDED}:
            return await self._charge(event)
        if event.api_version != API_VERSION:
            return await self._read_again(subject)
        return _observed(event)

    async def _refund(self, event: Event, subject: Subject) -> Meaning:
        if event.api_version != API_VERSION:
            return _told(await self._refunds.read(subject.id))
        refund = msgspec.json.decode(event.data.object, type=Refund)
        return _told(report(refund, moment(event.created)))

    async def _charge(self, event: Event) -> Meaning:
        charge = msgspec.json.decode(event.data.object, type=Charge)
        if charge.payment_intent is None or not charge.captured:
            return Ignored("it is about money that was never taken")
        if event.type == REFUNDED:
            # It tells a total, and which refunds that is made of only the list of them.
            refunds = await self._refunds.of_payment(charge.payment_intent)
            return refunds if isinstance(refunds, Failure) else Translated((), refunds)
        if event.api_version == API_VERSION:
            return _translated(observe_charge(charge, moment(event.created)))
        intent = await self._transport.retrieve_intent(charge.payment_intent)
        return intent if isinstance(intent, Failure) else _translated(observe_intent(intent))

    async def _read_again(self, subject: Subject) -> Meaning:
        if subject.object == "checkout.session":
            return _translated(await self._checkouts.read(subject.id))
        page = await self._transport.list_sessions({"payment_intent": subject.id})
        if isinstance(page, Failure):
            return page
        if not page.data:
            return Ignored("no session of the payment is left")
        return _translated(await self._checkouts.read(page.data[0].id))


def _observed(event: Event) -> Meaning:
    if event.type in SESSION_EVENTS:
        return _translated(_of_session(event))
    intent = msgspec.json.decode(event.data.object, type=PaymentIntent)
    if event.type == PAYMENT_FAILED:
        return Translated((_failed_try(intent, event),))
    if event.type == RELEASED and intent.capture_method != "manual":
        return Ignored("its session tells how it ended")
    return _translated(observe_intent(intent, occurred_at=moment(event.created)))


def _of_session(event: Event) -> Observation | Failure:
    session = msgspec.json.decode(event.data.object, type=Session)
    seen = observe(session, moment(event.created))
    if event.type == DELAYED_FAILED and isinstance(seen, Observation):
        return _declined(seen)
    return seen


def _declined(seen: Observation) -> Observation:
    """Return the end of a delayed payment; the session alone looks as if it were pending."""
    if seen.status is not ObservedStatus.PENDING:
        return seen
    return msgspec.structs.replace(
        seen, status=ObservedStatus.DECLINED, reason_code="async_payment_failed"
    )


def _failed_try(intent: PaymentIntent, event: Event) -> Observation:
    """Return a failed try on a page that stays open: the payer may try again."""
    code, message = reason(intent.last_payment_error) if intent.last_payment_error else (None,) * 2
    return Observation(
        status=ObservedStatus.PENDING,
        attempt_id=attempt_of(intent.metadata),
        payment_reference=intent.id,
        reason_code=code or "payment_failed",
        reason_message=message,
        occurred_at=moment(event.created),
    )


def _translated(seen: Observation | Failure) -> Translated | Failure:
    return seen if isinstance(seen, Failure) else Translated((seen,))


def _told(seen: RefundReport | Failure) -> Translated | Failure:
    return seen if isinstance(seen, Failure) else Translated((), (seen,))
