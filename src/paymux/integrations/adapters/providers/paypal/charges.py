"""A charge is an order paid with a kept account: PayPal takes the money as it creates it.

https://developer.paypal.com/docs/api/orders/v2/#orders_create
"""

from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.charge_events import ChargeEvents
from paymux.integrations.adapters.providers.paypal.checkouts import (
    AUTHORIZE,
    CAPTURE,
    ORDERS,
    Checkouts,
    new_unit,
    request_id,
)
from paymux.integrations.adapters.providers.paypal.completions import Completions
from paymux.integrations.adapters.providers.paypal.currencies import CURRENCIES
from paymux.integrations.adapters.providers.paypal.errors import rejected, unknown
from paymux.integrations.adapters.providers.paypal.issues import ERROR_MAP
from paymux.integrations.adapters.providers.paypal.saved_methods import TOKEN_ID
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import (
    NewOrder,
    Order,
    PaymentSource,
    PayPalWallet,
)
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.saved_methods import ChargeRequest

_DECLINES: Final = frozenset({Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD})
_NOT_TAKEN: Final = frozenset({"APPROVED", "CREATED"})
_WANTS_PAYER: Final = "PAYER_ACTION_REQUIRED"
_PAID_BEFORE: Final = "duplicate_invoice_id"

# Nobody is there to choose another way to pay; and the method is all that the request names.
_DECLINED_HERE: Final = frozenset(
    {
        "instrument_declined",
        "invalid_resource_id",
        "redirect_payer_for_alternate_funding",
        "resource_not_found",
    }
)


class Charges:
    """Charges kept accounts, and finds what became of a charge."""

    def __init__(
        self,
        transport: Transport,
        checkouts: Checkouts,
        completions: Completions,
        events: ChargeEvents,
    ) -> None:
        self._transport = transport
        self._checkouts = checkouts
        self._completions = completions
        self._events = events

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        """Create the order; for six hours the same request id gives the same order."""
        refusal = CURRENCIES.refusal(request.amount)
        if refusal is not None:
            return rejected(refusal.code, refusal.detail, "amount")
        if not TOKEN_ID.fullmatch(request.method_reference):
            return rejected("invalid_reference", "This is not the id of a token at PayPal.")
        body, key = msgspec.json.encode(new_charge(request)), request.idempotency_key
        order = await self._transport.fetch(Call("POST", ORDERS, body, request_id(key)), Order)
        if isinstance(order, Failure):
            return await self._refused(request, order)
        if order.status in _NOT_TAKEN:
            return _decided(await self._completions.complete(order.id, f"{key}:capture"))
        return _decided(await self._completions.observe(order))

    async def look_up(self, query: AttemptQuery) -> Observation | Failure:
        """Read the order; without its id, look for it among the events that PayPal keeps."""
        order_id: str | Failure | None = query.provider_reference
        if order_id is None:
            order_id = await self._events.order_of(query.attempt_id, query.created_at)
        if order_id is None:
            return unknown("charge_not_shown", "No event that PayPal keeps is of this charge.")
        if isinstance(order_id, Failure):
            return order_id
        order = await self._checkouts.read(order_id)
        seen = self._checkouts.seen(query, order)
        waits = isinstance(order, Order) and order.status == _WANTS_PAYER
        return _wants_payer(seen) if waits and isinstance(seen, Observation) else seen

    async def _refused(self, request: ChargeRequest, failure: Failure) -> Observation | Failure:
        if failure.code in _DECLINED_HERE and failure.outcome is not Outcome.CREDENTIALS:
            return msgspec.structs.replace(failure, outcome=Outcome.DECLINED_SOFT)
        if failure.code == _PAID_BEFORE and request.replay:
            return await self._paid_before(request, failure)
        return failure

    async def _paid_before(
        self, request: ChargeRequest, failure: Failure
    ) -> Observation | Failure:
        """Find the order of an earlier call whose request id PayPal has forgotten."""
        query = AttemptQuery(
            attempt_id=request.attempt_id, created_at=request.created_at, is_charge=True
        )
        found = await self.look_up(query)
        if isinstance(found, Failure):
            return unknown(failure.code, failure.message)
        return _decided(found)


def new_charge(request: ChargeRequest) -> NewOrder:
    """Build the order from the request alone, so that a retry sends the same bytes."""
    source = PaymentSource(paypal=PayPalWallet(vault_id=request.method_reference))
    intent = AUTHORIZE if request.captures_later else CAPTURE
    return NewOrder(purchase_units=[new_unit(request)], payment_source=source, intent=intent)


def _wants_payer(seen: Observation) -> Observation:
    """Nobody sends the payer to this order, and PayPal takes nothing without one."""
    return msgspec.structs.replace(
        seen,
        status=ObservedStatus.DECLINED,
        needs_payer=True,
        reason_code=_WANTS_PAYER.lower(),
    )


def _decided(observed: Observation | Failure) -> Observation | Failure:
    """Tell a decline, and what waits for a payer who is not there, from money that moves."""
    if isinstance(observed, Failure):
        return observed
    if observed.status is ObservedStatus.DECLINED and not observed.needs_payer:
        return _declined(observed.reason_code or "capture_declined")
    waits = observed.status is ObservedStatus.PENDING and observed.payment_reference is None
    if waits or observed.needs_payer:
        code = observed.reason_code or "payer_action_required"
        return Failure(
            outcome=Outcome.DECLINED_SOFT if code in _DECLINED_HERE else Outcome.NEEDS_PAYER,
            code=code,
            message=observed.reason_message or "PayPal wants the payer present.",
        )
    return observed


def _declined(code: str) -> Failure:
    rule = ERROR_MAP.get(code)
    outcome = rule.outcome if rule and rule.outcome in _DECLINES else Outcome.DECLINED_SOFT
    return Failure(outcome=outcome, code=code, message="PayPal could not take the money.")
