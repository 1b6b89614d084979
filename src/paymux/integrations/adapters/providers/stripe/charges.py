"""Charges of saved methods, their payers absent.

https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method: `off_session` has
Stripe refuse, with `authentication_required`, what only a payer who is there could finish.
"""

from datetime import datetime
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import (
    UNANSWERED,
    declined,
    own_failure,
    refused_amount,
)
from paymux.integrations.adapters.providers.stripe.intents import attempt_of, observe_intent
from paymux.integrations.adapters.providers.stripe.method_calls import (
    IntentsAsked,
    IntentsBetween,
    NewIntent,
)
from paymux.integrations.adapters.providers.stripe.times import (
    KEY_LIVES,
    LATE_ARRIVAL,
    SLACK,
    unix,
)
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import PaymentError, PaymentIntent
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyIsNotTaken
from paymux.payments.ports.saved_methods import ChargeRequest

MAX_PAGES: Final = 20
_MAX_DESCRIPTION: Final = 1000
_DECLINES: Final = {Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.NEEDS_PAYER}
CHARGE_MARK: Final = {"made_as": "charge"}
"""What tells a charge from the payment behind a page, in the metadata of either."""


class Charges:
    """Charges saved methods, and finds what was charged."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        """Make the charge; the idempotency key makes a repetition find the first one."""
        try:
            params = charge_params(request)
        except (CurrencyIsNotTaken, AmountIsNotTaken) as refusal:
            return refused_amount(refusal)
        if request.replay and self._clock.now() > request.created_at + KEY_LIVES - SLACK:
            return await self._earlier(request)
        intent = await self._transport.methods.create_intent(params, request.idempotency_key)
        if isinstance(intent, Failure):
            return await self._past(request, intent)
        if intent.status == "requires_action":
            return await self._given_up(request, intent)
        return _settled(intent)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read the charge by its id, else search those of its customer."""
        if query.provider_reference is not None:
            return await self.read(query.provider_reference)
        found = await self._search(query)
        return observe_off_session(found) if isinstance(found, PaymentIntent) else found

    async def read(self, reference: str) -> Observation | Failure:
        """Read one charge."""
        intent = await self._transport.retrieve_intent(reference)
        return intent if isinstance(intent, Failure) else observe_off_session(intent)

    async def _given_up(
        self, request: ChargeRequest, intent: PaymentIntent
    ) -> Observation | Failure:
        """Cancel what waits for a payer who is not there, so that it takes nothing any more."""
        canceled = await self._transport.cancel_intent(
            intent.id, f"{request.idempotency_key}:cancel"
        )
        if isinstance(canceled, PaymentIntent) and canceled.status == "canceled":
            return own_failure("authentication_required")
        return observe_off_session(intent)

    async def _past(self, request: ChargeRequest, failure: Failure) -> Observation | Failure:
        """Say which refusal is the method's, and get past an error that Stripe repeats."""
        if (failure.code, failure.field) == ("resource_missing", "payment_method"):
            return own_failure("payment_method_detached")
        if not request.replay or failure.outcome is not Outcome.UNKNOWN:
            return failure
        if failure.code in UNANSWERED:
            return failure
        earlier = await self._earlier(request)
        return earlier if _is_proof(earlier) else failure

    async def _earlier(self, request: ChargeRequest) -> Observation | Failure:
        """Find the charge of an earlier call; never makes one."""
        query = AttemptQuery(
            attempt_id=request.attempt_id,
            created_at=request.created_at,
            is_charge=True,
            customer_reference=request.customer_reference,
        )
        found = await self._search(query)
        if isinstance(found, PaymentIntent):
            return _settled(found)
        return own_failure("never_charged") if isinstance(found, NotFound) else found

    async def _search(self, query: AttemptQuery) -> PaymentIntent | NotFound | Failure:
        # Lists are up to date at once, which Stripe's search is not.
        now = self._clock.now()
        last = min(now, query.created_at + KEY_LIVES) + LATE_ARRIVAL
        created: IntentsBetween = {
            "gte": unix(query.created_at - LATE_ARRIVAL),
            "lte": unix(last),
        }
        asked: IntentsAsked = {"created": created}
        if query.customer_reference is not None:
            asked["customer"] = query.customer_reference
        found = await self._scan(query.attempt_id, asked)
        if found is not None:
            return found
        late = now > query.created_at + LATE_ARRIVAL
        return NotFound() if late else own_failure("not_found_yet")

    async def _scan(self, attempt_id: str, asked: IntentsAsked) -> PaymentIntent | Failure | None:
        for _ in range(MAX_PAGES):
            page = await self._transport.methods.list_intents(asked)
            if isinstance(page, Failure):
                return page
            for intent in page.data:
                if is_charge(intent.metadata) and attempt_of(intent.metadata) == attempt_id:
                    return intent
            if not page.has_more or not page.data:
                return None
            asked["starting_after"] = page.data[-1].id
        return own_failure("look_up_incomplete")


def charge_params(request: ChargeRequest) -> NewIntent:
    """Compose the charge; the same request always gives the same parameters."""
    params: NewIntent = {
        "amount": CURRENCIES.to_wire(request.amount),
        "currency": request.amount.currency.lower(),
        "payment_method": request.method_reference,
        "confirm": True,
        "off_session": True,
        # Without it Stripe wants a URL to send a payer back to.
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {
            "payment_id": request.payment_id,
            "attempt_id": request.attempt_id,
            **CHARGE_MARK,
        },
        "expand": ["latest_charge"],
    }
    description = request.description.strip()[:_MAX_DESCRIPTION]
    if description:
        params["description"] = description
    if request.customer_reference is not None:
        params["customer"] = request.customer_reference
    if request.mandate_reference is not None:
        params["mandate"] = request.mandate_reference
    if request.captures_later:
        params["capture_method"] = "manual"
    return params


def is_charge(metadata: dict[str, str] | None) -> bool:
    """Say whether a payment of ours was made of a saved method."""
    return CHARGE_MARK.items() <= (metadata or {}).items()


def observe_off_session(
    intent: PaymentIntent, occurred_at: datetime | None = None
) -> Observation | Failure:
    """Say what a charge is; it is looked up by the id of its payment."""
    seen = observe_intent(intent, intent.id, occurred_at)
    if isinstance(seen, Failure) or seen.status is not ObservedStatus.DECLINED:
        return seen
    decline = declined(intent.last_payment_error or PaymentError())
    return msgspec.structs.replace(seen, needs_payer=decline.outcome is Outcome.NEEDS_PAYER)


def _settled(intent: PaymentIntent) -> Observation | Failure:
    """Say how a charge came out: a decline is a refusal, whenever it is found."""
    seen = observe_off_session(intent)
    if isinstance(seen, Observation) and seen.status is ObservedStatus.DECLINED:
        return declined(intent.last_payment_error or PaymentError())
    return seen


def _is_proof(earlier: Observation | Failure) -> bool:
    return (
        isinstance(earlier, Observation)
        or earlier.code == "never_charged"
        or earlier.outcome in _DECLINES
    )
