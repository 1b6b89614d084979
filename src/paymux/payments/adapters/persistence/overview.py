"""Payments and attempts, counted by PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.ids import ConnectionId, earliest_id
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow, PaymentRow
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import PaymentStatus
from paymux.payments.ports.outbound import AttemptCount, PaymentCount
from paymux.platform.database.unit_of_work import UnitOfWork

_ID_BEFORE_TIME = timedelta(minutes=1)
"""An id and the time beside it are taken one after the other; so far apart they never are."""


class SqlCounts:
    """The counts of one scope. Ids sort by time, so the primary key finds what is recent."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def payments(self, since: datetime, step: timedelta) -> Sequence[PaymentCount]:
        """Count payments by status and step; steps are counted from `since`."""
        starts_at = func.date_bin(step, PaymentRow.created_at, since).label("starts_at")
        rows = await self._session.execute(
            select(starts_at, PaymentRow.status, func.count())
            .where(
                self._mine(),
                PaymentRow.id >= earliest_id("pay", since - _ID_BEFORE_TIME),
                PaymentRow.created_at >= since,
            )
            .group_by("starts_at", PaymentRow.status)
        )
        return [PaymentCount(start, PaymentStatus(status), many) for start, status, many in rows]

    async def attempts(self, since: datetime) -> Sequence[AttemptCount]:
        """Count attempts by status and connection."""
        rows = await self._session.execute(
            select(AttemptRow.connection_id, AttemptRow.status, func.count())
            .join(
                PaymentRow,
                and_(
                    PaymentRow.tenant_id == AttemptRow.tenant_id,
                    PaymentRow.id == AttemptRow.payment_id,
                ),
            )
            .where(
                self._mine(),
                AttemptRow.id >= earliest_id("att", since - _ID_BEFORE_TIME),
                AttemptRow.created_at >= since,
            )
            .group_by(AttemptRow.connection_id, AttemptRow.status)
        )
        return [
            AttemptCount(ConnectionId(connection_id), AttemptStatus(status), many)
            for connection_id, status, many in rows
        ]

    async def to_review(self) -> int:
        """Count the payments that a person has to look at."""
        counted = select(func.count()).where(self._mine(), PaymentRow.review.is_not(None))
        return await self._session.scalar(counted) or 0

    def _mine(self) -> ColumnElement[bool]:
        return and_(
            PaymentRow.tenant_id == self._scope.tenant_id, PaymentRow.mode == self._scope.mode
        )


class SqlOverviewUnitOfWork(UnitOfWork):
    """One read over what an overview counts."""

    counts: SqlCounts

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.counts = SqlCounts(session, scope)
