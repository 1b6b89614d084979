"""Disputes in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, any_, bindparam, select
from sqlalchemy.dialects.postgresql import array

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, DisputeId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.dispute_rows import DisputeRow
from paymux.payments.domain.dispute import OPEN, Dispute, DisputeNews, DisputeStatus
from paymux.payments.ports.dispute_books import DisputeFilter
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
    columns_of,
    fetch_newest,
    insert_one,
    select_one,
    table_of,
    update_one,
)

_TABLE: Final = table_of(DisputeRow)
_SELECT: Final = Statement(select_one(DisputeRow).where(_TABLE.c.mode == bindparam("mode")))
_INSERT: Final = Statement(insert_one(DisputeRow))
_UPDATE: Final = Statement(
    update_one(DisputeRow), columns_of(DisputeRow, but=("tenant_id", "id", "mode"))
)
_MINE: Final = select(_TABLE).where(
    _TABLE.c.tenant_id == bindparam("tenant_id"), _TABLE.c.mode == bindparam("mode")
)
_OF_PAYMENT: Final = Statement(
    _MINE.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)
_HERE: Final = _MINE.where(_TABLE.c.connection_id == bindparam("connection_id"))
_ANY_OPEN: Final = Statement(_HERE.where(_TABLE.c.status == any_(array(sorted(OPEN)))).limit(1))
_FIND: Final = Statement(
    _HERE.where(_TABLE.c.provider_reference == bindparam("provider_reference"))
)


class SqlDisputes:
    """The disputes of one scope."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope
        self._mine: Values = {"tenant_id": scope.tenant_id, "mode": scope.mode}

    async def get(self, dispute_id: DisputeId) -> Dispute:
        """Read the dispute; raises ThingIsNotFound."""
        row = await _SELECT.fetch_one(self._driver, {**self._mine, "id": dispute_id})
        if row is None:
            kind = "dispute"
            raise ThingIsNotFound(kind, dispute_id)
        return read(row)

    async def add(self, dispute: Dispute) -> None:
        """Insert the dispute; its payment is locked."""
        await _INSERT.run(self._driver, {**self._mine, "id": dispute.id, **_values(dispute)})

    async def save(self, dispute: Dispute) -> None:
        """Write the dispute back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": dispute.id}
        await _UPDATE.run(self._driver, {**where, **_values(dispute)})

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Read the disputes of a payment, oldest first."""
        rows = await _OF_PAYMENT.fetch(self._driver, {**self._mine, "payment_id": payment_id})
        return [read(row) for row in rows]

    async def list(self, which: DisputeFilter, page: PageRequest) -> Page[Dispute]:
        """Read one page, newest first."""
        statement: Select[object] = _MINE
        if which.payment_id is not None:
            statement = statement.where(_TABLE.c.payment_id == which.payment_id)
        if which.status is not None:
            statement = statement.where(_TABLE.c.status == which.status)
        if which.due_before is not None:
            statement = statement.where(
                _TABLE.c.status == DisputeStatus.NEEDS_RESPONSE,
                _TABLE.c.evidence_due_at < which.due_before,
            )
        return (await fetch_newest(self._driver, statement, _TABLE, self._mine, page)).map(read)

    async def find(self, connection_id: ConnectionId, provider_reference: str) -> Dispute | None:
        """Find by the provider's reference, on this connection only."""
        key = {
            **self._mine,
            "connection_id": connection_id,
            "provider_reference": provider_reference,
        }
        row = await _FIND.fetch_one(self._driver, key)
        return None if row is None else read(row)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one dispute whose end is still to come."""
        key = {**self._mine, "connection_id": connection_id}
        return await _ANY_OPEN.fetch_one(self._driver, key) is not None


def _values(dispute: Dispute) -> Values:
    known = dispute.current
    return {
        "payment_id": dispute.payment_id,
        "attempt_id": dispute.attempt_id,
        "connection_id": dispute.connection_id,
        "provider": dispute.provider,
        "provider_reference": dispute.provider_reference,
        "payment_reference": dispute.payment_reference,
        "status": known.status,
        "evidence_due_at": known.evidence_due_at,
        "demand": _written(dispute.demand),
        "review": _written(dispute.review),
        "end": _written(dispute.end),
        "opened_at": dispute.opened_at,
        "created_at": dispute.created_at,
        "updated_at": dispute.updated_at,
    }


def _written(news: DisputeNews | None) -> str | None:
    return None if news is None else msgspec.json.encode(news).decode()


def read(row: Record) -> Dispute:
    """Return the dispute that the row keeps."""
    return Dispute(
        id=DisputeId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        provider=row["provider"],
        provider_reference=row["provider_reference"],
        payment_reference=row["payment_reference"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        opened_at=row["opened_at"],
        demand=msgspec.convert(row["demand"], DisputeNews | None),
        review=msgspec.convert(row["review"], DisputeNews | None),
        end=msgspec.convert(row["end"], DisputeNews | None),
    )
