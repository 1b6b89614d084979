"""Our own facts in PostgreSQL."""

from typing import Final

import msgspec

from paymux.kernel.ids import Ids
from paymux.kernel.scope import Scope
from paymux.payments.ports.events import (
    DisputeEvent,
    Fact,
    PaymentEvent,
    PaymentMethodEvent,
    RefundEvent,
)
from paymux.platform.database.events import EventRow
from paymux.platform.database.statements import Driver, Statement, insert_one

_INSERT_ONCE: Final = Statement(
    insert_one(EventRow).on_conflict_do_nothing(index_elements=["tenant_id", "subject_id", "type"])
)


class SqlEvents:
    """The facts of one tenant, each stored once."""

    def __init__(self, driver: Driver, scope: Scope, ids: Ids) -> None:
        self._driver = driver
        self._scope = scope
        self._ids = ids

    async def add(self, event: Fact) -> None:
        """Insert the fact; it is there already when its subject has had it before."""
        await _INSERT_ONCE.run(
            self._driver,
            {
                "tenant_id": self._scope.tenant_id,
                "id": self._ids.new("evt"),
                "mode": self._scope.mode,
                "type": event.type,
                "subject_id": _subject_of(event),
                "data": msgspec.json.encode(event).decode(),
                "occurred_at": event.occurred_at,
            },
        )


def _subject_of(event: Fact) -> str:
    """Return what has this fact once only; of a dispute it is one occasion."""
    match event:
        case PaymentEvent():
            return event.payment_id
        case RefundEvent():
            return event.refund_id
        case PaymentMethodEvent():
            return event.payment_method_id
        case DisputeEvent():
            return f"{event.dispute_id} {event.occasion}".strip()
