"""The provider port of refunds."""

from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, NotFound, RefundReport


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Captured money to give back. The same request is sent again, field for field, on a retry.

    `provider_reference`: the hosted page it was paid on. `payment_reference`: the movement of
    money to give back from. `captured`: what was taken, so that a full refund can be told from
    a partial one. `reason`: the merchant's own words. `replay`: an earlier call may have been
    carried out; a connector whose provider has no idempotency key for it looks first.
    """

    payment_id: str
    attempt_id: str
    refund_id: str
    idempotency_key: str
    provider_reference: str | None
    payment_reference: str
    amount: Money
    captured: Money
    created_at: datetime
    reason: str | None = None
    replay: bool = False


class RefundQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which refund to look up: by the provider's reference, else by ours."""

    refund_id: str
    payment_reference: str
    created_at: datetime
    provider_reference: str | None = None


@runtime_checkable
class Refunds(Protocol):
    """Can give captured money back, in whole or in parts."""

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        """Give it back, or report the refund this very request made before; never a second."""
        ...

    async def look_up_refund(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        """Read the refund at the provider. NotFound only when that proves its absence."""
        ...
