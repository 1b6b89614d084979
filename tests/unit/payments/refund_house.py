"""The services of refunds over fakes at the ports, with one payment that is paid."""

from copy import copy
from datetime import timedelta

from msgspec.structs import replace

from paymux.kernel.ids import ConnectionId, PaymentId, RefundId, TenantId, TimeSortedIds
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode, Scope
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.jobs import Schedule
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import NewRefund, RefundDrafts
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.refunds import Refunds
from paymux.payments.application.watch import Watch
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.refund import Refund
from paymux.payments.ports.connectors import Failure, NotFound, RefundReport, RefundStatus
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.plugins import Idempotency, Operation, UsableConnection
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from tests.unit.payments.attempts import PRICE, attempt, payment
from tests.unit.payments.error_fakes import calls_over
from tests.unit.payments.memory import MemoryBreakers, PlannedJob, StoppedClock, Store, Tables
from tests.unit.payments.providers import CONNECTION, MemoryConnections, Talkative, usable

SCOPE = Scope(TenantId("ten_1"), Mode.TEST)
SCHEDULE = Schedule(first=timedelta(seconds=30), rounds=(timedelta(minutes=2), timedelta(hours=1)))
KEY_LIVES = timedelta(days=1)
PAYMENT = PaymentId("pay_1")


def refund_report(
    status: RefundStatus = RefundStatus.SUCCEEDED,
    reference: str = "re_1",
    amount: Money | None = PRICE,
    refund_id: str | None = None,
    reason: str | None = None,
) -> RefundReport:
    return RefundReport(
        status=status,
        provider_reference=reference,
        payment_reference="mov_1",
        refund_id=refund_id,
        amount=amount,
        reason_code=reason,
    )


class GivesMoneyBack(Talkative):
    """Refunds, and looks refunds up. `None` among the replies gives back what was asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.will("refund", None)
        self.will("look_up_refund", NotFound())

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        reply = self.reply("refund", request)
        if reply is None:
            reference = f"re_{request.refund_id}"
            reply = refund_report(amount=request.amount, reference=reference)
        assert isinstance(reply, RefundReport | Failure)
        return reply

    async def look_up_refund(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        reply = self.reply("look_up_refund", query)
        assert isinstance(reply, RefundReport | NotFound | Failure)
        return reply

    @property
    def requests(self) -> list[RefundRequest]:
        sent = [one for arguments in self.asked.get("refund", []) for one in arguments]
        return [one for one in sent if isinstance(one, RefundRequest)]


def refunding(*operations: Operation) -> UsableConnection:
    connection = usable(operations=operations or (Operation.REFUND,))
    kept = Idempotency(key_lives_seconds=int(KEY_LIVES.total_seconds()))
    capabilities = replace(connection.capabilities, idempotency={Operation.REFUND: kept})
    return replace(connection, capabilities=capabilities)


class RefundHouse:
    """One tenant with one connection, and a payment over it that took PRICE."""

    def __init__(self) -> None:
        self.store = store = Store()
        self.provider = GivesMoneyBack(store)
        self.clock = StoppedClock()
        self.connections = MemoryConnections(self.provider)
        self.connections.found = [refunding()]
        ids = TimeSortedIds(self.clock)
        drafts = RefundDrafts(clock=self.clock, ids=ids)
        observations = Observations(
            units_of_work=store.unit_of_work,
            methods=MethodObservations(
                units_of_work=store.unit_of_work, clock=self.clock, ids=ids
            ),
            clock=self.clock,
            ids=ids,
            schedule=SCHEDULE,
        )
        self.observations = RefundObservations(
            units_of_work=store.unit_of_work,
            observations=observations,
            drafts=drafts,
            clock=self.clock,
            ids=ids,
        )
        self.calls = RefundCalls(
            units_of_work=store.unit_of_work,
            calls=calls_over(self.connections, MemoryBreakers()),
            observations=self.observations,
            decisions=DecisionDrafts(clock=self.clock, ids=ids),
            watch=Watch(
                units_of_work=store.unit_of_work, observations=observations, schedule=SCHEDULE
            ),
            clock=self.clock,
        )
        self.refunds = Refunds(
            units_of_work=store.unit_of_work,
            connections=self.connections,
            calls=self.calls,
            observations=self.observations,
            drafts=drafts,
            schedule=SCHEDULE,
        )
        self.keep(paid_payment(), paid_attempt())

    def keep(self, *things: Payment | PaymentAttempt) -> None:
        for thing in things:
            if isinstance(thing, Payment):
                self.tables.payments[thing.id] = copy(thing)
            else:
                self.tables.attempts[thing.id] = copy(thing)

    async def give_back(self, amount: int | None = None, reason: str | None = None) -> Refund:
        new = NewRefund(payment_id=PAYMENT, amount=amount, reason=reason)
        return await self.refunds.create(SCOPE, new)

    async def observe(
        self, report: RefundReport, connection_id: ConnectionId = CONNECTION
    ) -> Observed:
        webhook = ObservationSource.WEBHOOK
        return await self.observations.observe_refund(SCOPE, connection_id, report, webhook)

    async def check(self, refund_id: RefundId, done: int = 0) -> None:
        await self.calls.check(SCOPE, refund_id, done)

    @property
    def tables(self) -> Tables:
        return self.store.of(SCOPE)

    @property
    def payment(self) -> Payment:
        return self.tables.payments[PAYMENT]

    @property
    def refund(self) -> Refund:
        (one,) = self.tables.refunds.values()
        return one

    @property
    def events(self) -> list[str]:
        return [event.type.value for event in self.tables.events]

    @property
    def jobs(self) -> list[PlannedJob]:
        return self.tables.jobs


def paid_payment() -> Payment:
    paid = payment()
    paid.status, paid.amount_captured = PaymentStatus.SUCCEEDED, PRICE.amount
    return paid


def paid_attempt(
    attempt_id: str = "att_1",
    status: AttemptStatus = AttemptStatus.SUCCEEDED,
    reference: str | None = "mov_1",
) -> PaymentAttempt:
    paid = attempt(status, attempt_id)
    paid.provider_reference, paid.payment_reference = "ses_1", reference
    return paid
