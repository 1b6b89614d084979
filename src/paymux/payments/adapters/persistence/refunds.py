"""Refunds in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.refund_rows import RefundRow
from paymux.payments.domain.refund import OPEN, Refund, RefundCause, RefundStatus
from paymux.payments.ports.outbound import RefundFilter
from paymux.platform.database.paging import fetch_page
from paymux.platform.database.rows import JsonObject
from paymux.platform.database.statements import insert_one, select_one, update_one

_SELECT: Final = select_one(RefundRow).where(RefundRow.mode == bindparam("mode"))
_INSERT: Final = insert_one(RefundRow)
_UPDATE: Final = update_one(RefundRow)


class SqlRefunds:
    """The refunds of one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def get(self, refund_id: RefundId) -> Refund:
        """Read the refund; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": refund_id, "mode": self._scope.mode}
        row = await self._session.scalar(_SELECT, key)
        if row is None:
            kind = "refund"
            raise ThingIsNotFound(kind, refund_id)
        return read(row)

    async def add(self, refund: Refund) -> None:
        """Insert the refund; its payment is locked."""
        key = {"tenant_id": self._scope.tenant_id, "id": refund.id, "mode": self._scope.mode}
        await self._session.execute(_INSERT, {**key, **_values(refund)})

    async def save(self, refund: Refund) -> None:
        """Write the refund back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": refund.id}
        await self._session.execute(_UPDATE, {**where, **_values(refund)})

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Read the refunds of a payment, oldest first."""
        statement = self._mine().where(RefundRow.payment_id == payment_id).order_by(RefundRow.id)
        return [read(row) for row in await self._session.scalars(statement)]

    async def list(self, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        """Read one page, newest first."""
        statement = self._mine()
        if which.payment_id is not None:
            statement = statement.where(RefundRow.payment_id == which.payment_id)
        if which.status is not None:
            statement = statement.where(RefundRow.status == which.status)
        return (await fetch_page(self._session, statement, RefundRow, page)).map(read)

    async def find(
        self,
        connection_id: ConnectionId,
        refund_id: RefundId | None,
        provider_reference: str,
    ) -> Refund | None:
        """Find by the provider's reference or by our id, on this connection only."""
        is_theirs = RefundRow.provider_reference == provider_reference
        statement = (
            self._mine()
            .where(
                RefundRow.connection_id == connection_id,
                or_(is_theirs, RefundRow.id == (refund_id or "")),
            )
            # PostgreSQL sorts null as the greatest, so it would come before true.
            .order_by(is_theirs.desc().nulls_last())
            .limit(1)
        )
        row = (await self._session.scalars(statement)).one_or_none()
        return None if row is None else read(row)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one refund whose end is still to come."""
        statement = self._mine().where(
            RefundRow.connection_id == connection_id, RefundRow.status.in_(OPEN)
        )
        return (await self._session.scalars(statement.limit(1))).first() is not None

    def _mine(self) -> Select[RefundRow]:
        mine = select(RefundRow).where(
            RefundRow.tenant_id == self._scope.tenant_id, RefundRow.mode == self._scope.mode
        )
        return mine.execution_options(populate_existing=True)


def _values(refund: Refund) -> JsonObject:
    return {
        "payment_id": refund.payment_id,
        "attempt_id": refund.attempt_id,
        "connection_id": refund.connection_id,
        "provider": refund.provider,
        "payment_reference": refund.payment_reference,
        "amount": refund.amount.amount,
        "currency": refund.amount.currency,
        "status": refund.status,
        "cause": refund.cause,
        "reason": refund.reason,
        "idempotency_key": refund.idempotency_key,
        "request": refund.request,
        "replay_until": refund.replay_until,
        "provider_reference": refund.provider_reference,
        "reason_code": refund.reason_code,
        "reason_message": refund.reason_message,
        "created_at": refund.created_at,
    }


def read(row: RefundRow) -> Refund:
    """Return the refund that the row keeps."""
    return Refund(
        id=RefundId(row.id),
        payment_id=PaymentId(row.payment_id),
        attempt_id=AttemptId(row.attempt_id),
        connection_id=ConnectionId(row.connection_id),
        provider=row.provider,
        payment_reference=row.payment_reference,
        amount=Money(row.amount, row.currency),
        idempotency_key=row.idempotency_key,
        request=row.request,
        created_at=row.created_at,
        replay_until=row.replay_until,
        cause=RefundCause(row.cause),
        reason=row.reason,
        status=RefundStatus(row.status),
        provider_reference=row.provider_reference,
        reason_code=row.reason_code,
        reason_message=row.reason_message,
    )
