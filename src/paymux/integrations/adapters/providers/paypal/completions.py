"""What the payer approved is taken at once, or held for later, as the order was meant.

https://developer.paypal.com/docs/api/orders/v2/#orders_capture and `#orders_authorize`
"""

from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.checkouts import (
    AUTHORIZE,
    ORDERS,
    Checkouts,
    request_id,
)
from paymux.integrations.adapters.providers.paypal.observations import observe
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import Completion, Order
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome

_NOT_REPORTED: Final = "capture_not_reported"


class Completions:
    """Captures or authorises approved orders."""

    def __init__(self, transport: Transport, checkouts: Checkouts) -> None:
        self._transport = transport
        self._checkouts = checkouts

    async def complete(self, order_id: str, key: str) -> Observation | Failure:
        """Capture or authorise the order; PayPal does it once, whatever the request id.

        The order itself says which: money that is only to be held is never asked for.
        """
        order = await self._checkouts.read(order_id)
        if isinstance(order, Failure):
            return order
        path = _path(order)
        completed = await self._complete(path, key)
        if not isinstance(completed, Failure):
            return await self.observe(completed)
        match completed.outcome, completed.code:
            case Outcome.DONE_ALREADY, _:
                return await self._converge(order_id, completed)
            case Outcome.NEEDS_PAYER, "instrument_declined":
                return await self._complete_again(order_id, key, completed)
            case Outcome.NEEDS_PAYER, _:
                return _waits_for_payer(order_id, completed)
        return completed

    async def _complete(self, path: str, key: str) -> Order | Failure:
        call = Call("POST", path, msgspec.json.encode(Completion()), request_id(key))
        return await self._transport.fetch(call, Order)

    async def observe(self, order: Order) -> Observation | Failure:
        """Read the order when the reply was the minimal one."""
        observed = observe(order)
        if isinstance(observed, Failure) and observed.code == _NOT_REPORTED:
            return await self._converge(order.id, observed)
        return observed

    async def _converge(self, order_id: str, failure: Failure) -> Observation | Failure:
        """Report what was taken before; if this order took nothing, `failure` stands."""
        order = await self._checkouts.read(order_id)
        observed = order if isinstance(order, Failure) else observe(order)
        return observed if isinstance(observed, Failure) or _moves_money(observed) else failure

    async def _complete_again(
        self, order_id: str, key: str, declined: Failure
    ) -> Observation | Failure:
        """Try a new approval under a request id of its own.

        The first id replays its refusal for six hours, even after the payer has come back and
        chosen another way to pay. The order's last change tells approvals apart.
        """
        order = await self._checkouts.read(order_id)
        if isinstance(order, Failure) or order.status != "APPROVED":
            observed = order if isinstance(order, Failure) else observe(order)
            taken = isinstance(observed, Observation) and _moves_money(observed)
            return observed if taken else _waits_for_payer(order_id, declined)
        completed = await self._complete(_path(order), f"{key}:{order.update_time}")
        if isinstance(completed, Failure):
            needs_payer = completed.outcome is Outcome.NEEDS_PAYER
            return _waits_for_payer(order_id, completed) if needs_payer else completed
        return await self.observe(completed)


def _path(order: Order) -> str:
    step = "authorize" if order.intent == AUTHORIZE else "capture"
    return f"{ORDERS}/{order.id}/{step}"


def _moves_money(observed: Observation) -> bool:
    """Tell whether the order is settled, or money of it is on its way."""
    undecided = observed.status in {ObservedStatus.PENDING, ObservedStatus.APPROVED}
    return not undecided or observed.payment_reference is not None


def _waits_for_payer(order_id: str, failure: Failure) -> Observation:
    return Observation(
        status=ObservedStatus.PENDING,
        provider_reference=order_id,
        reason_code=failure.code,
        reason_message=failure.message,
    )
