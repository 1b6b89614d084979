"""Our own facts in PostgreSQL."""

from typing import Final

import msgspec

from paymux.kernel.ids import Ids
from paymux.kernel.scope import Scope
from paymux.payments.ports.events import PaymentEvent, RefundEvent
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

    async def add(self, event: PaymentEvent | RefundEvent) -> None:
        """Insert the fact; it is there already when its subject has had it before."""
        subject_id = event.refund_id if isinstance(event, RefundEvent) else event.payment_id
        await _INSERT_ONCE.run(
            self._driver,
            {
                "tenant_id": self._scope.tenant_id,
                "id": self._ids.new("evt"),
                "mode": self._scope.mode,
                "type": event.type,
                "subject_id": subject_id,
                "data": msgspec.json.encode(event).decode(),
                "occurred_at": event.occurred_at,
            },
        )
