"""What a verified event means for attempts, refunds, disputes and saved methods.

The signature covers the body, so a verified body is proof; only its shape depends on the API
version of the endpoint, and an event of another version is only a hint to read again.
"""

import msgspec

from paymux.integrations.adapters.providers.stripe.charges import (
    Charges,
    is_charge,
    observe_off_session,
)
from paymux.integrations.adapters.providers.stripe.checkouts import Checkouts
from paymux.integrations.adapters.providers.stripe.dispute_wire import Contested
from paymux.integrations.adapters.providers.stripe.disputes import Disputes
from paymux.integrations.adapters.providers.stripe.errors import MALFORMED, own_failure, reason
from paymux.integrations.adapters.providers.stripe.event_types import (
    CAPTURED,
    DELAYED_FAILED,
    DISPUTE_EVENTS,
    EVENT_TYPES,
    METHOD_EVENTS,
    PAID_EVENTS,
    PAYMENT_FAILED,
    REFUND_EVENTS,
    REFUNDED,
    RELEASED,
    SESSION_EVENTS,
    SUCCEEDED,
)
from paymux.integrations.adapters.providers.stripe.intents import (
    attempt_of,
    observe_charge,
    observe_intent,
)
from paymux.integrations.adapters.providers.stripe.refunds import Refunds, report
from paymux.integrations.adapters.providers.stripe.saved_methods import SavedMethods, kept
from paymux.integrations.adapters.providers.stripe.sessions import observe, saves_method
from paymux.integrations.adapters.providers.stripe.times import moment
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import (
    API_VERSION,
    Charge,
    Event,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Session,
    Subject,
)
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import (
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    RefundReport,
)
from paymux.payments.ports.webhooks import Ignored, Translated

Meaning = Translated | Ignored | Failure


class Translator:
    """Says what a verified event means."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._checkouts = Checkouts(transport, clock)
        self._charges = Charges(transport, clock)
        self._refunds = Refunds(transport, clock)
        self._disputes = Disputes(transport, clock)
        self._methods = SavedMethods(transport)

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
        if event.type in DISPUTE_EVENTS:
            return await self._dispute(event, subject)
        if event.type in METHOD_EVENTS:
            return await self._method(event, subject)
        return await self._attempt(event, subject)

    async def _attempt(self, event: Event, subject: Subject) -> Meaning:
        if attempt_of(subject.metadata) is None:
            return Ignored("it is about something that Paymux did not open")
        if event.type in {CAPTURED, REFUNDED}:
            return await self._charge(event)
        if event.api_version != API_VERSION or _hides_a_method(event, subject):
            return await self._read_again(subject)
        return _observed(event)

    async def _dispute(self, event: Event, subject: Subject) -> Meaning:
        """Read the dispute, whose events may come late and in any order."""
        if msgspec.json.decode(event.data.object, type=Contested).payment_intent is None:
            return Ignored("it contests a charge without a payment, as none of ours is")
        seen = await self._disputes.look_up(subject.id)
        match seen:
            case NotFound():
                return Ignored("the dispute is of another account")
            case Failure():
                return seen
            case _:
                return Translated(disputes=(seen,))

    async def _method(self, event: Event, subject: Subject) -> Meaning:
        if event.api_version != API_VERSION:
            read = await self._methods.read(subject.id)
            return read if isinstance(read, Failure) else Translated(saved_methods=(read,))
        method = msgspec.json.decode(event.data.object, type=PaymentMethod)
        return Translated(saved_methods=(kept(method, moment(event.created)),))

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
        if is_charge(subject.metadata):
            return _translated(await self._charges.read(subject.id))
        page = await self._transport.list_sessions({"payment_intent": subject.id})
        if isinstance(page, Failure):
            return page
        if not page.data:
            return Ignored("no session of the payment is left")
        return _translated(await self._checkouts.read(page.data[0].id))


def _hides_a_method(event: Event, subject: Subject) -> bool:
    """Say whether a paid page kept a method, of which its event tells nothing."""
    return event.type in PAID_EVENTS and saves_method(subject.metadata)


def _observed(event: Event) -> Meaning:
    if event.type in SESSION_EVENTS:
        return _translated(_of_session(event))
    intent = msgspec.json.decode(event.data.object, type=PaymentIntent)
    if is_charge(intent.metadata):
        return _translated(observe_off_session(intent, moment(event.created)))
    if event.type == PAYMENT_FAILED:
        return Translated((_failed_try(intent, event),))
    if event.type == SUCCEEDED:
        return Ignored("its session tells, or its charge that it was captured")
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
