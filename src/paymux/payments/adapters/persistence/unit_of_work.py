"""One transaction over the tables of payments."""

from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import Ids
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.attempts import SqlAttempts
from paymux.payments.adapters.persistence.captures import SqlCaptures
from paymux.payments.adapters.persistence.decisions import SqlDecisions
from paymux.payments.adapters.persistence.dispute_responses import SqlDisputeResponses
from paymux.payments.adapters.persistence.disputes import SqlDisputes
from paymux.payments.adapters.persistence.events import SqlEvents
from paymux.payments.adapters.persistence.payment_methods import SqlPaymentMethods
from paymux.payments.adapters.persistence.payments import SqlPayments
from paymux.payments.adapters.persistence.refunds import SqlRefunds
from paymux.payments.adapters.persistence.timeline import SqlTimeline
from paymux.platform.database.driver_work import DriverUnitOfWork
from paymux.platform.database.statements import Driver


class SqlUnitOfWork(DriverUnitOfWork):
    """Rolls back unless committed."""

    payments: SqlPayments
    attempts: SqlAttempts
    refunds: SqlRefunds
    captures: SqlCaptures
    payment_methods: SqlPaymentMethods
    disputes: SqlDisputes
    dispute_responses: SqlDisputeResponses
    timeline: SqlTimeline
    decisions: SqlDecisions
    events: SqlEvents

    def __init__(self, engine: AsyncEngine, ids: Ids, scope: Scope) -> None:
        super().__init__(engine, scope)
        self._ids = ids

    def _open(self, driver: Driver, scope: Scope) -> None:
        self.payments = SqlPayments(driver, scope)
        self.attempts = SqlAttempts(driver, scope)
        self.refunds = SqlRefunds(driver, scope)
        self.captures = SqlCaptures(driver, scope)
        self.payment_methods = SqlPaymentMethods(driver, scope)
        self.disputes = SqlDisputes(driver, scope)
        self.dispute_responses = SqlDisputeResponses(driver, scope)
        self.timeline = SqlTimeline(driver, scope)
        self.decisions = SqlDecisions(driver, scope)
        self.events = SqlEvents(driver, scope, self._ids)
