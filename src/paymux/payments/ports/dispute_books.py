"""Where disputes and the responses to them are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from paymux.kernel.ids import ConnectionId, DisputeId, DisputeResponseId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.payments.domain.dispute import Dispute, DisputeStatus
from paymux.payments.domain.dispute_response import DisputeResponse


class DisputeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which disputes to list; None does not filter.

    `due_before`: only those whose response is wanted before then.
    """

    payment_id: PaymentId | None = None
    status: DisputeStatus | None = None
    due_before: datetime | None = None


class Disputes(Protocol):
    """Disputes, in one scope."""

    async def get(self, dispute_id: DisputeId) -> Dispute:
        """Return the dispute; raises ThingIsNotFound."""
        ...

    async def add(self, dispute: Dispute) -> None:
        """Store a new dispute of a locked payment."""
        ...

    async def save(self, dispute: Dispute) -> None:
        """Store the changes of a dispute whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Return the disputes of a payment, oldest first."""
        ...

    async def list(self, which: DisputeFilter, page: PageRequest) -> Page[Dispute]:
        """Return disputes, newest first."""
        ...

    async def find(self, connection_id: ConnectionId, provider_reference: str) -> Dispute | None:
        """Find the dispute of this connection by the provider's reference."""
        ...

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether a dispute over this connection has not come to its end."""
        ...


class DisputeResponses(Protocol):
    """Responses to disputes; their payment decides the mode."""

    async def get(self, response_id: DisputeResponseId) -> DisputeResponse:
        """Return the response; raises ThingIsNotFound."""
        ...

    async def add(self, response: DisputeResponse) -> None:
        """Store a new one of a locked payment; the database refuses a second unresolved one."""
        ...

    async def save(self, response: DisputeResponse) -> None:
        """Store the changes of one whose payment is locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DisputeResponse]:
        """Return the responses to all disputes of a payment, oldest first."""
        ...
