"""The books of payments: what is kept of each, in one scope and one transaction."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from paymux.kernel.ids import AttemptId, CaptureId, ConnectionId, CustomerId, PaymentId, RefundId
from paymux.kernel.pages import Page, PageRequest
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.decision import DecisionEntry
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.refund import Refund, RefundStatus
from paymux.payments.domain.timeline import TimelineEntry


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments to list; None does not filter."""

    status: PaymentStatus | None = None
    customer_id: CustomerId | None = None
    reference: str | None = None
    connection_id: ConnectionId | None = None
    needs_review: bool = False


class Payments(Protocol):
    """Payments with their link, in one scope."""

    async def add(self, payment: Payment) -> None:
        """Store a new payment; raises ReferenceIsTaken for a reference used before."""
        ...

    async def get(self, payment_id: PaymentId) -> Payment:
        """Return the payment; raises ThingIsNotFound."""
        ...

    async def lock(self, payment_id: PaymentId) -> Payment:
        """Return the payment with its row locked until the transaction ends."""
        ...

    async def save(self, payment: Payment) -> None:
        """Store the changes of a locked payment."""
        ...

    async def list(self, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        """Return payments, newest first."""
        ...


class Attempts(Protocol):
    """Attempts, in one scope."""

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Return the attempt; raises ThingIsNotFound."""
        ...

    async def add(self, attempt: PaymentAttempt) -> None:
        """Store a new attempt; the database refuses a second live one of the same payment."""
        ...

    async def save(self, attempt: PaymentAttempt) -> None:
        """Store the changes of an attempt whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        """Return the attempts of a payment, oldest first."""
        ...

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether an attempt of this connection is live and not settled."""
        ...

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        """Find the attempt of this connection by our id, else by the provider's reference."""
        ...

    async def find_paid(
        self, connection_id: ConnectionId, payment_reference: str
    ) -> PaymentAttempt | None:
        """Find the attempt of this connection through which that movement of money went.

        Also one of several movements of one attempt, if it was ever reported as taken.
        """
        ...


class RefundFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which refunds to list; None does not filter."""

    payment_id: PaymentId | None = None
    status: RefundStatus | None = None


class Refunds(Protocol):
    """Refunds, in one scope."""

    async def get(self, refund_id: RefundId) -> Refund:
        """Return the refund; raises ThingIsNotFound."""
        ...

    async def add(self, refund: Refund) -> None:
        """Store a new refund of a locked payment."""
        ...

    async def save(self, refund: Refund) -> None:
        """Store the changes of a refund whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Return the refunds of a payment, oldest first."""
        ...

    async def list(self, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        """Return refunds, newest first."""
        ...

    async def find(
        self,
        connection_id: ConnectionId,
        refund_id: RefundId | None,
        provider_reference: str,
    ) -> Refund | None:
        """Find the refund of this connection by the provider's reference, else by our id."""
        ...

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether a refund over this connection has not come to its end."""
        ...


class Timeline(Protocol):
    """Every observation of a payment, repeats counted."""

    async def add(self, entry: TimelineEntry) -> bool:
        """Store the entry and tell that it is new; one said before only raises its count."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[TimelineEntry]:
        """Return the entries, oldest first."""
        ...


class Decisions(Protocol):
    """What was decided after calls that did not simply succeed."""

    async def add(self, entry: DecisionEntry) -> None:
        """Store the decision; one that was made before only raises its count."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DecisionEntry]:
        """Return the decisions, oldest first."""
        ...


class Captures(Protocol):
    """Captures and voids, in one scope."""

    async def get(self, capture_id: CaptureId) -> Capture:
        """Return the capture or void; raises ThingIsNotFound."""
        ...

    async def add(self, capture: Capture) -> None:
        """Store a new one of a locked payment; the database refuses a second unresolved one."""
        ...

    async def save(self, capture: Capture) -> None:
        """Store the changes of one whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Capture]:
        """Return the captures and voids of a payment, oldest first."""
        ...
