"""One transaction over the tables of payments."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.kernel.ids import Ids
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.attempts import SqlAttempts
from paymux.payments.adapters.persistence.captures import SqlCaptures
from paymux.payments.adapters.persistence.decisions import SqlDecisions
from paymux.payments.adapters.persistence.events import SqlEvents
from paymux.payments.adapters.persistence.payments import SqlPayments
from paymux.payments.adapters.persistence.refunds import SqlRefunds
from paymux.payments.adapters.persistence.timeline import SqlTimeline
from paymux.platform.database.unit_of_work import UnitOfWork


class SqlUnitOfWork(UnitOfWork):
    """Rolls back unless committed."""

    payments: SqlPayments
    attempts: SqlAttempts
    refunds: SqlRefunds
    captures: SqlCaptures
    timeline: SqlTimeline
    decisions: SqlDecisions
    events: SqlEvents

    def __init__(self, engine: AsyncEngine, ids: Ids, scope: Scope) -> None:
        super().__init__(engine, scope)
        self._ids = ids

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.payments = SqlPayments(session, scope)
        self.attempts = SqlAttempts(session, scope)
        self.refunds = SqlRefunds(session, scope)
        self.captures = SqlCaptures(session, scope)
        self.timeline = SqlTimeline(session, scope)
        self.decisions = SqlDecisions(session, scope)
        self.events = SqlEvents(session, scope, self._ids)
