"""Disputes in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, any_, bindparam
from sqlalchemy.dialects.postgresql import array

from paymux.kernel.ids import AttemptId, ConnectionId, DisputeId, PaymentId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.dispute_rows import DisputeRow
from paymux.payments.domain.dispute import OPEN, Dispute, DisputeNews, DisputeStatus
from paymux.payments.ports.dispute_books import DisputeFilter
from paymux.platform.database.kept import Kept, Kind
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
)


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


_KIND: Final = Kind(DisputeRow, "dispute", _values, read)
_TABLE: Final = _KIND.table
_OF_PAYMENT: Final = Statement(
    _KIND.mine.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)
_HERE: Final = _KIND.mine.where(_TABLE.c.connection_id == bindparam("connection_id"))
_ANY_OPEN: Final = Statement(_HERE.where(_TABLE.c.status == any_(array(sorted(OPEN)))).limit(1))
_FIND: Final = Statement(
    _HERE.where(_TABLE.c.provider_reference == bindparam("provider_reference"))
)


class SqlDisputes:
    """The disputes of one scope."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._kept = Kept(_KIND, driver, scope)

    async def get(self, dispute_id: DisputeId) -> Dispute:
        """Read the dispute; raises ThingIsNotFound."""
        return await self._kept.get(dispute_id)

    async def add(self, dispute: Dispute) -> None:
        """Insert the dispute; its payment is locked."""
        await self._kept.add(dispute.id, dispute)

    async def save(self, dispute: Dispute) -> None:
        """Write the dispute back; its payment is locked."""
        await self._kept.save(dispute.id, dispute)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Read the disputes of a payment, oldest first."""
        return await self._kept.all(_OF_PAYMENT, payment_id=payment_id)

    async def list(self, which: DisputeFilter, page: PageRequest) -> Page[Dispute]:
        """Read one page, newest first."""
        statement: Select[object] = _KIND.mine
        if which.payment_id is not None:
            statement = statement.where(_TABLE.c.payment_id == which.payment_id)
        if which.status is not None:
            statement = statement.where(_TABLE.c.status == which.status)
        if which.due_before is not None:
            statement = statement.where(
                _TABLE.c.status == DisputeStatus.NEEDS_RESPONSE,
                _TABLE.c.evidence_due_at < which.due_before,
            )
        return await self._kept.page(statement, page)

    async def find(self, connection_id: ConnectionId, provider_reference: str) -> Dispute | None:
        """Find by the provider's reference, on this connection only."""
        return await self._kept.first(
            _FIND,
            connection_id=connection_id,
            provider_reference=provider_reference,
        )

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one dispute whose end is still to come."""
        return await self._kept.has(_ANY_OPEN, connection_id=connection_id)
