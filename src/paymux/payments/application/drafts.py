"""New payments and attempts, before anything is stored or sent."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import AttemptId, ConnectionId, CustomerId, Ids, PaymentId, PaymentLinkId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin, new_id
from paymux.payments.application.routing import replay_until
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import CaptureMode, Payment, PaymentLink
from paymux.payments.ports.connectors import CheckoutRequest, Payer
from paymux.payments.ports.plugins import UsableConnection

SHORTEST_LIFE: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(days=180)


class ExpiryIsOutOfRange(PaymuxError):
    """No provider keeps a page for so short or so long a time."""

    code = "expiry_out_of_range"
    category = Category.INVALID

    def __init__(self) -> None:
        super().__init__("expires_at must be 30 minutes to 180 days ahead.", field="expires_at")


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to collect through a hosted page.

    `connection_id`: use this connection and no other. `return_url`, `cancel_url`: where the
    payer goes afterwards. `reference`: the caller's own, unique per tenant and mode.
    `expires_at`: 30 minutes to 180 days ahead; None leaves it to the provider. `capture`:
    manual only holds the money until it is captured or voided.
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

    def refuse_odd_expiry(self, new: NewPayment) -> None:
        """Raise ExpiryIsOutOfRange unless the payment can live as long as asked."""
        if new.expires_at is None:
            return
        if not SHORTEST_LIFE <= new.expires_at - self._clock.now() <= LONGEST_LIFE:
            raise ExpiryIsOutOfRange
