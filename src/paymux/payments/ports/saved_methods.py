"""The provider port of saved payment methods: charge without the payer, and forget."""

from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Observation, Payer


class ChargeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A charge of a saved method, its payer absent. Sent again, field for field, on a retry.

    `method_reference`: the provider's token; `customer_reference`: the provider's customer it
    belongs to, where there are customers; `mandate_reference`: the consent, where it has an id.
    `replay`: an earlier call may have been carried out; a connector whose provider has no
    idempotency key for it looks first. `captures_later`: only authorise the amount.
    """

    payment_id: str
    attempt_id: str
    idempotency_key: str
    amount: Money
    description: str
    method_reference: str
    created_at: datetime
    customer_reference: str | None = None
    mandate_reference: str | None = None
    payer: Payer | None = None
    captures_later: bool = False
    replay: bool = False


@runtime_checkable
class ChargesSavedMethods(Protocol):
    """Can take money from a method that the payer let us keep."""

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        """Charge it, or report what this very attempt took before; never twice.

        The observation's `provider_reference` is what `look_up` finds the charge by. NEEDS_PAYER:
        the issuer wants its payer present, and this attempt takes nothing. DECLINED_*: the charge
        is over and takes nothing any more, whatever its payer does. A decline is a Failure, which
        says whether another method may do, also when a repeated call finds it; as an observation
        it stops the payment.
        """
        ...

    async def forget_method(
        self, method_reference: str, customer_reference: str | None
    ) -> Failure | None:
        """Have the provider delete the method; None also when it is gone already."""
        ...
