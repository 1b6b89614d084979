"""The provider port of authorised money: take it, or let it go."""

from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation


class CaptureRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Authorised money to take. The same request is sent again, field for field, on a retry.

    `payment_reference`: the authorisation. `amount`: at most what is authorised and not taken
    yet; with `is_final` the rest is let go. `replay`: an earlier call may have been carried
    out; a connector whose provider has no idempotency key for it looks first.
    """

    attempt_id: str
    capture_id: str
    idempotency_key: str
    provider_reference: str
    payment_reference: str
    amount: Money
    authorized: Money
    is_final: bool
    created_at: datetime
    replay: bool = False


class VoidRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Authorised money to let go, all of it; as CaptureRequest otherwise."""

    attempt_id: str
    idempotency_key: str
    provider_reference: str
    payment_reference: str
    created_at: datetime
    replay: bool = False


@runtime_checkable
class Captures(Protocol):
    """Can authorise first and take the money later."""

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Take the money, or report that this very request took it before; never twice.

        The observation tells of the whole attempt: `authorized` while more can be taken,
        `succeeded` when that is over, and `amount` is all that was taken so far.
        """
        ...


@runtime_checkable
class Voids(Protocol):
    """Can let authorised money go before its time."""

    async def void(self, request: VoidRequest) -> Observation | Failure:
        """Let it go, and report what the attempt then is: succeeded if it was taken before."""
        ...
