"""Authorised money: capture it or cancel it.

https://docs.stripe.com/payments/place-a-hold-on-a-payment-method. A PaymentIntent is captured
once and canceled once, whatever key a request has, and "the remaining amount is released". So
what a refusal or a server error left behind is plain to see on the PaymentIntent.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import (
    UNANSWERED,
    own_failure,
    refused_amount,
)
from paymux.integrations.adapters.providers.stripe.intents import observe_intent
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import PaymentIntent
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import Failure, Observation, Outcome
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyIsNotTaken

Request = CaptureRequest | VoidRequest
Call = Callable[[str], Awaitable[PaymentIntent | Failure]]
_TELLS_NOTHING: Final = UNANSWERED | {"resource_missing"}
_NOT_TRIED: Final = {
    Outcome.NOT_SENT,
    Outcome.NOT_PROCESSED,
    Outcome.IN_PROGRESS,
    Outcome.CREDENTIALS,
}


class Captures:
    """Takes authorised money or lets it go."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Capture; money that was captured or canceled before is reported as it is."""
        if not request.is_final and request.amount != request.authorized:
            return own_failure("capture_is_final")
        try:
            amount = CURRENCIES.to_wire(request.amount)
        except (CurrencyIsNotTaken, AmountIsNotTaken) as refusal:
            return refused_amount(refusal)
        return await self._once(
            request,
            lambda key: self._transport.capture_intent(request.payment_reference, amount, key),
        )

    async def void(self, request: VoidRequest) -> Observation | Failure:
        """Cancel; money that was captured or canceled before is reported as it is."""
        return await self._once(
            request, lambda key: self._transport.cancel_intent(request.payment_reference, key)
        )

    async def _once(self, request: Request, call: Call) -> Observation | Failure:
        answer = await self._seen(request, await call(request.idempotency_key))
        if request.replay and _is_stuck(answer):
            # Stripe repeats a server error for its key; another key cannot do it a second time.
            answer = await self._seen(request, await call(f"{request.idempotency_key}:again"))
        return answer

    async def _seen(
        self, request: Request, answer: PaymentIntent | Failure
    ) -> Observation | Failure:
        """Report the payment, looking at it where the answer may hide what was done before."""
        if isinstance(answer, PaymentIntent):
            return observe_intent(answer, request.provider_reference)
        if answer.outcome in _NOT_TRIED or answer.code in _TELLS_NOTHING:
            return answer
        intent = await self._transport.retrieve_intent(request.payment_reference)
        if isinstance(intent, Failure) or intent.status not in {"succeeded", "canceled"}:
            return answer
        return observe_intent(intent, request.provider_reference)


def _is_stuck(answer: Observation | Failure) -> bool:
    return (
        isinstance(answer, Failure)
        and answer.outcome is Outcome.UNKNOWN
        and answer.code not in _TELLS_NOTHING
    )
