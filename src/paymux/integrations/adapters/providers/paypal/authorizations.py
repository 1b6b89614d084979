"""Money that was held is taken, in one or several steps, or let go.

https://developer.paypal.com/docs/api/payments/v2/#authorizations_capture and #authorizations_void
"""

from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.checkouts import Checkouts, request_id
from paymux.integrations.adapters.providers.paypal.currencies import CURRENCIES, to_amount
from paymux.integrations.adapters.providers.paypal.errors import rejected, unknown
from paymux.integrations.adapters.providers.paypal.observations import (
    MOVEMENT_ID,
    captures_of,
    observe,
    observe_capture,
    reason_of,
)
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import Capture, NewCapture, Order
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome

AUTHORIZATIONS: Final = "/v2/payments/authorizations"
_REFUSED: Final = frozenset({"DECLINED", "FAILED"})
_MAY_BE_DONE: Final = frozenset({Outcome.DONE_ALREADY, Outcome.REJECTED})


class Authorizations:
    """Captures and voids authorisations."""

    def __init__(self, transport: Transport, checkouts: Checkouts) -> None:
        self._transport = transport
        self._checkouts = checkouts

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Take the money; for 45 days the same request id gives the same capture."""
        refusal = CURRENCIES.part_refusal(request.amount)
        if refusal is not None:
            return rejected(refusal.code, refusal.detail, "amount")
        if not MOVEMENT_ID.fullmatch(request.payment_reference):
            return _not_an_authorization()
        path = f"{AUTHORIZATIONS}/{request.payment_reference}/capture"
        body = msgspec.json.encode(new_capture(request))
        call = Call("POST", path, body, request_id(request.idempotency_key))
        captured = await self._transport.fetch(call, Capture)
        if isinstance(captured, Failure):
            return await self._taken_before(request, captured)
        return await self._observe(request, captured)

    async def void(self, request: VoidRequest) -> Observation | Failure:
        """Let the money go. There is no request id for it, so a repetition looks first."""
        if not MOVEMENT_ID.fullmatch(request.payment_reference):
            return _not_an_authorization()
        if request.replay:
            observed = await self._read(request.provider_reference)
            if isinstance(observed, Failure) or _is_over(observed):
                return observed
        path = f"{AUTHORIZATIONS}/{request.payment_reference}/void"
        voided = await self._transport.send(Call("POST", path, whole=True))
        if isinstance(voided, Failure) and voided.outcome is not Outcome.DONE_ALREADY:
            return voided
        return await self._confirmed(request)

    async def _observe(self, request: CaptureRequest, capture: Capture) -> Observation | Failure:
        """Say what was taken in all. A capture that waits is replayed until it is decided."""
        reason = reason_of(capture) or f"capture_{capture.status.lower()}"
        if capture.status == "PENDING":
            message = "PayPal has not completed the capture yet."
            return Failure(outcome=Outcome.IN_PROGRESS, code=reason, message=message)
        if capture.status in _REFUSED:
            message = "PayPal could not take the money."
            return Failure(outcome=Outcome.DECLINED_SOFT, code=reason, message=message)
        order = await self._checkouts.read(request.provider_reference)
        if isinstance(order, Failure):
            # The money is taken, and how much in all is not known: never less than unknown.
            return unknown(order.code, order.message)
        return observe_capture(order, capture, request.is_final)

    async def _taken_before(
        self, request: CaptureRequest, failure: Failure
    ) -> Observation | Failure:
        """Look for this very capture when PayPal refuses to take the money (again)."""
        if failure.outcome not in _MAY_BE_DONE:
            return failure
        order = await self._checkouts.read(request.provider_reference)
        if isinstance(order, Failure):
            certain = failure.outcome is Outcome.REJECTED and not request.replay
            return failure if certain else unknown(failure.code, failure.message)
        ours = _capture_of(order, request.capture_id)
        if ours is None:
            return msgspec.structs.replace(failure, outcome=Outcome.REJECTED)
        return await self._observe(request, ours)

    async def _confirmed(self, request: VoidRequest) -> Observation | Failure:
        """Read what the void left: nothing, or what was captured before it."""
        observed = await self._read(request.provider_reference)
        if isinstance(observed, Failure):
            return unknown(observed.code, observed.message)
        if _is_over(observed):
            return observed
        return unknown("void_not_shown", "PayPal does not show yet that the money was let go.")

    async def _read(self, order_id: str) -> Observation | Failure:
        order = await self._checkouts.read(order_id)
        return order if isinstance(order, Failure) else observe(order)


def new_capture(request: CaptureRequest) -> NewCapture:
    """Build the capture from the request alone; its invoice id is a second guard and its name."""
    return NewCapture(
        amount=to_amount(request.amount),
        invoice_id=request.capture_id,
        final_capture=request.is_final,
    )


def _capture_of(order: Order, capture_id: str) -> Capture | None:
    return next((each for each in captures_of(order) if each.invoice_id == capture_id), None)


def _is_over(observed: Observation) -> bool:
    return observed.status is not ObservedStatus.AUTHORIZED


def _not_an_authorization() -> Failure:
    return rejected("invalid_reference", "This is not the id of an authorisation at PayPal.")
