"""New payments and attempts, before anything is stored or sent."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.errors import Category, InputIsInvalid, PaymuxError
from paymux.kernel.ids import (
    AttemptId,
    ConnectionId,
    CustomerId,
    Ids,
    PaymentId,
    PaymentLinkId,
    PaymentMethodId,
)
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin, new_id
from paymux.payments.application.method_routing import Chargeable
from paymux.payments.application.routing import replay_until
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment import CaptureMode, Payment, PaymentLink
from paymux.payments.ports.connectors import CheckoutRequest, Payer
from paymux.payments.ports.plugins import Operation, UsableConnection
from paymux.payments.ports.saved_methods import ChargeRequest

SHORTEST_LIFE: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(days=180)
_LATEST_CHARGE: Final = timedelta(days=1)
"""A charge that never reached its provider is not made days later, when nobody expects it."""


class ExpiryIsOutOfRange(PaymuxError):
    """No provider keeps a page for so short or so long a time."""

    code = "expiry_out_of_range"
    category = Category.INVALID

    def __init__(self) -> None:
        super().__init__("expires_at must be 30 minutes to 180 days ahead.", field="expires_at")


class CustomerIsRequired(PaymuxError):
    """A method is saved for a customer, and charged as a customer's.

    Say `customer_id`; `POST /v1/customers` makes one.
    """

    code = "customer_required"
    category = Category.UNPROCESSABLE

    def __init__(self) -> None:
        super().__init__("Saved methods belong to a customer; name one.", field="customer_id")


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to collect through a hosted page, or from a saved method.

    `connection_id`: use this connection and no other. `return_url`, `cancel_url`: where the
    payer goes afterwards. `reference`: the caller's own, unique per tenant and mode.
    `expires_at`: 30 minutes to 180 days ahead; None leaves it to the provider. `capture`:
    manual only holds the money until it is captured or voided. `mandate`: save the method that
    is paid with, once the payer has agreed. `off_session`: charge a saved method of the customer,
    `payment_method_id` if given, else their own, best first.
    """

    amount: Money
    description: str
    customer_id: CustomerId | None = None
    connection_id: ConnectionId | None = None
    reference: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    expires_at: datetime | None = None
    capture: CaptureMode = CaptureMode.AUTOMATIC
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)
    mandate: Mandate | None = None
    off_session: bool = False
    payment_method_id: PaymentMethodId | None = None

    def refuse_contradictions(self) -> None:
        """Raise when what is asked for cannot be had together."""
        if self.mandate is not None and self.customer_id is None:
            raise CustomerIsRequired
        if self.payment_method_id is not None and not self.off_session:
            message = "Say off_session: true to charge a saved method."
            raise InputIsInvalid(message, field="payment_method_id")
        if self.mandate is not None and self.off_session:
            message = "A method is saved while its payer pays, not while they are absent."
            raise InputIsInvalid(message, field="save_payment_method")
        most = self.mandate.max_charge if self.mandate is not None else None
        if most is not None and most.currency != self.amount.currency:
            message = "max_charge is in the currency of the payment."
            raise InputIsInvalid(message, field="save_payment_method.max_charge.currency")


class Drafts:
    """Makes payments and attempts; everything random or timed comes from here."""

    def __init__(self, *, clock: Clock, ids: Ids, link_url: Callable[[str], str]) -> None:
        self._clock = clock
        self._ids = ids
        self._link_url = link_url

    def payment(self, new: NewPayment, origin: Origin | None) -> Payment:
        """Return a payment that has not been tried yet, with its link."""
        now = self._clock.now()
        return Payment(
            id=PaymentId(new_id(self._ids, "pay", origin)),
            amount=new.amount,
            description=new.description,
            link=PaymentLink(PaymentLinkId(self._ids.new("lnk")), self._ids.token()),
            created_at=now,
            updated_at=now,
            customer_id=new.customer_id,
            reference=new.reference,
            connection_id=new.connection_id,
            return_url=new.return_url,
            cancel_url=new.cancel_url,
            expires_at=new.expires_at,
            capture=new.capture,
            mandate=new.mandate,
            off_session=new.off_session,
            payment_method_id=new.payment_method_id,
            metadata=new.metadata,
        )

    def attempt(
        self, payment: Payment, connection: UsableConnection, payer: Payer | None
    ) -> PaymentAttempt:
        """Return a try over the connection, with its key and the call it will make."""
        now = self._clock.now()
        attempt_id = AttemptId(self._ids.new("att"))
        link_url = self._link_url(payment.link.token)
        request = CheckoutRequest(
            payment_id=payment.id,
            attempt_id=attempt_id,
            idempotency_key=f"paymux-{attempt_id}",
            amount=payment.amount,
            description=payment.description,
            return_url=f"{link_url}/return",
            cancel_url=f"{link_url}/back",
            created_at=now,
            expires_at=payment.expires_at,
            payer=payer,
            captures_later=payment.captures_later,
            saves_method=payment.saves_method,
            max_charge=payment.mandate.max_charge if payment.mandate else None,
        )
        return PaymentAttempt(
            id=attempt_id,
            payment_id=payment.id,
            connection_id=connection.id,
            provider=connection.provider,
            amount=payment.amount,
            idempotency_key=request.idempotency_key,
            request=msgspec.json.encode(request),
            created_at=now,
            replay_until=replay_until(connection.capabilities, now),
            captures_later=payment.captures_later,
        )

    def charge(self, payment: Payment, what: Chargeable, payer: Payer | None) -> PaymentAttempt:
        """Return a charge of a saved method, with its key and the call it will make."""
        now = self._clock.now()
        attempt_id = AttemptId(self._ids.new("att"))
        method, connection = what.method, what.connection
        until = replay_until(connection.capabilities, now, Operation.CHARGE)
        known = method.facts.customer_reference
        if payer is not None:
            payer = msgspec.structs.replace(payer, provider_reference=known)
        request = ChargeRequest(
            payment_id=payment.id,
            attempt_id=attempt_id,
            idempotency_key=f"paymux-{attempt_id}",
            amount=payment.amount,
            description=payment.description,
            method_reference=method.provider_reference,
            customer_reference=known,
            mandate_reference=method.facts.mandate_reference,
            created_at=now,
            payer=payer,
            captures_later=payment.captures_later,
        )
        return PaymentAttempt(
            id=attempt_id,
            payment_id=payment.id,
            connection_id=connection.id,
            provider=connection.provider,
            amount=payment.amount,
            idempotency_key=request.idempotency_key,
            request=msgspec.json.encode(request),
            created_at=now,
            replay_until=min(until, now + _LATEST_CHARGE),
            captures_later=payment.captures_later,
            payment_method_id=method.id,
        )

    def refuse_odd_expiry(self, new: NewPayment) -> None:
        """Raise ExpiryIsOutOfRange unless the payment can live as long as asked."""
        if new.expires_at is None:
            return
        if not SHORTEST_LIFE <= new.expires_at - self._clock.now() <= LONGEST_LIFE:
            raise ExpiryIsOutOfRange
