"""Methods that Stripe keeps for us. https://docs.stripe.com/payments/save-during-payment."""

from datetime import datetime
from typing import Final

from paymux.integrations.adapters.providers.stripe.errors import UNANSWERED
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import (
    Charge,
    Customer,
    MethodDetails,
    MethodFacts,
    PaymentIntent,
    PaymentMethod,
)
from paymux.payments.ports.connectors import Failure, SavedMethod, SavedMethodStatus

_GONE: Final = "resource_missing"
_MONTHS: Final = range(1, 13)
_YEARS: Final = range(2000, 10_000)
_LONGEST_LABEL: Final = 100
_NAMES: Final = {"amex": "American Express", "jcb": "JCB", "unionpay": "UnionPay"}


class SavedMethods:
    """Reads methods and has them forgotten."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self, reference: str) -> SavedMethod | Failure:
        """Read one method as it is kept now."""
        method = await self._transport.methods.retrieve(reference)
        return method if isinstance(method, Failure) else kept(method)

    async def forget(self, reference: str) -> Failure | None:
        """Detach the method, which is for good; nothing to say when it is gone already."""
        detached = await self._transport.methods.detach(reference)
        if isinstance(detached, PaymentMethod) or detached.code == _GONE:
            return None
        if detached.code in UNANSWERED:
            return detached
        # Stripe has no code of its own for a method that nobody has any more.
        seen = await self.read(reference)
        if isinstance(seen, Failure):
            return None if seen.code == _GONE else detached
        return None if seen.status is SavedMethodStatus.REVOKED else detached


def kept(method: PaymentMethod, occurred_at: datetime | None = None) -> SavedMethod:
    """Say what a method is: revoked once it is nobody's."""
    customer = _id(method.customer)
    return SavedMethod(
        status=SavedMethodStatus.ACTIVE if customer else SavedMethodStatus.REVOKED,
        provider_reference=method.id,
        customer_reference=customer,
        kind=method.type,
        label=_label(method),
        expires_on=_expiry(_facts(method)),
        occurred_at=occurred_at,
    )


def kept_by(intent: PaymentIntent, charge: Charge | None) -> SavedMethod | None:
    """Return what a payment on a page leaves to be charged later, if anything."""
    customer = _id(intent.customer)
    details = charge.payment_method_details if charge else None
    if intent.setup_future_usage != "off_session" or not customer or not (charge and details):
        return None
    facts = _facts(details)
    generated = _generated(facts)
    reference = generated or charge.payment_method
    if reference is None:
        return None
    return SavedMethod(
        status=SavedMethodStatus.ACTIVE,
        provider_reference=reference,
        customer_reference=customer,
        kind="sepa_debit" if generated else details.type,
        label=_label(details),
        expires_on=_expiry(facts),
        attempt_id=(intent.metadata or {}).get("attempt_id") or None,
    )


def _id(customer: str | Customer | None) -> str | None:
    return customer.id if isinstance(customer, Customer) else customer


def _facts(details: MethodDetails) -> MethodFacts:
    found = getattr(details, details.type or "", None)
    return found if isinstance(found, MethodFacts) else MethodFacts()


def _generated(facts: MethodFacts) -> str | None:
    match facts.generated_sepa_debit:
        case str(reference) | {"id": str(reference)}:
            return reference
        case _:
            return None


def _label(details: MethodDetails) -> str:
    facts = _facts(details)
    name = facts.bank_name or facts.brand or details.type or "method"
    name = _NAMES.get(name) or name.replace("_", " ").title()
    ending = facts.last4 or facts.iban_last4 or facts.email
    return f"{name} {ending}"[:_LONGEST_LABEL] if ending else name[:_LONGEST_LABEL]


def _expiry(facts: MethodFacts) -> str | None:
    if facts.exp_month not in _MONTHS or facts.exp_year not in _YEARS:
        return None
    return f"{facts.exp_year}-{facts.exp_month:02}"
