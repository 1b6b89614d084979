"""Decisions in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, select

from paymux.kernel.ids import AttemptId, ConnectionId, DecisionId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import DecisionRow
from paymux.payments.domain.decision import Decision, DecisionEntry
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    insert_one,
    table_of,
)

_TABLE: Final = table_of(DecisionRow)
_INSERT: Final = insert_one(DecisionRow)
_INSERT_OR_COUNT: Final = Statement(
    _INSERT.on_conflict_do_update(
        index_elements=[
            *("tenant_id", "subject_id", "operation"),
            *("outcome", "decision", "reason_code"),
        ],
        set_={
            "times_made": _TABLE.c.times_made + 1,
            "last_made_at": _INSERT.excluded.last_made_at,
            "given_outcome": _INSERT.excluded.given_outcome,
        },
    )
)
_OF_PAYMENT: Final = Statement(
    select(_TABLE)
    .where(
        _TABLE.c.tenant_id == bindparam("tenant_id"),
        _TABLE.c.payment_id == bindparam("payment_id"),
    )
    .order_by(_TABLE.c.id)
)


class SqlDecisions:
    """The decisions of one tenant."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope

    async def add(self, entry: DecisionEntry) -> None:
        """Insert the decision, or count up the one that was the same."""
        await _INSERT_OR_COUNT.run(
            self._driver, {"tenant_id": self._scope.tenant_id, **asdict(entry)}
        )

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DecisionEntry]:
        """Read the decisions of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await _OF_PAYMENT.fetch(self._driver, key)]


def read(row: Record) -> DecisionEntry:
    """Return the decision that the row keeps."""
    following = row["next_connection_id"]
    return DecisionEntry(
        id=DecisionId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        operation=row["operation"],
        subject_id=row["subject_id"],
        outcome=row["outcome"],
        decision=Decision(row["decision"]),
        reason_code=row["reason_code"],
        made_at=row["made_at"],
        times_made=row["times_made"],
        last_made_at=row["last_made_at"],
        next_connection_id=ConnectionId(following) if following else None,
        given_outcome=row["given_outcome"],
    )
