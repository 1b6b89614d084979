"""Taking money that a bank authorised late.

Payment links take the money at once, so nothing of ours is held on purpose. A payment that had
failed may yet be authorised days later, and is given back by itself unless it is captured
(https://razorpay.com/docs/payments/payments/late-authorisation/). All of it is taken, once.
"""

import re
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.observations import observe_payment
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import Failure, Observation, Outcome

_ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_REFUSED: Final = (Outcome.DONE_ALREADY, Outcome.REJECTED)


async def capture(transport: RazorpayTransport, request: CaptureRequest) -> Observation | Failure:
    """Take all that is authorised; there is no key, so after a refusal the payment is read."""
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    if request.replay:
        payment = await transport.payment(request.payment_reference)
        if isinstance(payment, Failure):
            return msgspec.structs.replace(payment, outcome=Outcome.UNKNOWN)
        if payment.captured:
            return _observed(payment, request)
    taken = await transport.capture(
        request.payment_reference, CURRENCIES.to_wire(request.amount), request.amount.currency
    )
    if isinstance(taken, Failure):
        return await _refused(transport, request, taken)
    return _observed(taken, request)


async def _refused(
    transport: RazorpayTransport, request: CaptureRequest, refused: Failure
) -> Observation | Failure:
    if refused.outcome not in _REFUSED:
        return refused
    payment = await transport.payment(request.payment_reference)
    if isinstance(payment, Failure):
        return msgspec.structs.replace(payment, outcome=Outcome.UNKNOWN)
    if payment.captured:
        return _observed(payment, request)
    return msgspec.structs.replace(refused, outcome=Outcome.REJECTED)


def _observed(payment: wire.Payment, request: CaptureRequest) -> Observation | Failure:
    if payment.id != request.payment_reference:
        return failure("odd_lookup")
    observed = observe_payment(payment, None)
    if isinstance(observed, Failure):
        return observed
    return msgspec.structs.replace(
        observed,
        attempt_id=request.attempt_id,
        provider_reference=request.provider_reference,
    )


def _refusal(request: CaptureRequest) -> Failure | None:
    if not _ID.fullmatch(request.payment_reference):
        return failure("reference_malformed", field="payment_reference")
    if request.amount != request.authorized:
        return failure("capture_not_in_full", field="amount")
    refused = CURRENCIES.refusal(request.amount)
    return None if refused is None else failure("amount_not_supported", str(refused))
