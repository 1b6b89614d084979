"""The services of payments over fakes at the ports."""

from datetime import timedelta
from typing import Generic, TypeVar

from paymux.kernel.ids import AttemptId, PaymentId, TenantId, TimeSortedIds
from paymux.kernel.scope import Mode, Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.captures import Captures
from paymux.payments.application.charges import Charges
from paymux.payments.application.closings import Closings
from paymux.payments.application.consents import Consents
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.drafts import Drafts, NewPayment
from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.failover import Failover
from paymux.payments.application.jobs import Schedule
from paymux.payments.application.late_holds import LateHolds
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.application.pages import Pages
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.payment_links import PaymentLinks
from paymux.payments.application.payment_methods import PaymentMethods
from paymux.payments.application.payments import Payments
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.replies import Replies
from paymux.payments.application.watch import Watch
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import Payment
from paymux.payments.ports.connectors import Observation
from paymux.payments.ports.inbound import ObservationSource, Observed
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.dispute_parts import DisputeParts
from tests.unit.payments.error_fakes import (
    ERROR_MAPS,
    MemoryHealth,
    MemoryOverrides,
    MemoryUnmapped,
)
from tests.unit.payments.memory import (
    MemoryBreakers,
    MemoryLinks,
    MemoryPayers,
    MemoryPolicies,
    PlannedJob,
    StoppedClock,
    Store,
    Tables,
)
from tests.unit.payments.providers import CONNECTION, MemoryConnections, Talkative

SCOPE = Scope(TenantId("ten_1"), Mode.TEST)
SCHEDULE = Schedule(first=timedelta(seconds=30), rounds=(timedelta(minutes=2), timedelta(hours=1)))
ORDER = NewPayment(amount=PRICE, description="Pro plan")

T = TypeVar("T", bound=Talkative)


class House(Generic[T]):
    """One tenant with one connection over `provider`."""

    def __init__(self, provider: T, store: Store) -> None:
        self.provider = provider
        self.store = store
        self.clock = StoppedClock()
        self.connections = MemoryConnections(provider)
        self.payers = MemoryPayers()
        ids = TimeSortedIds(self.clock)
        self.method_observations = MethodObservations(
            units_of_work=store.unit_of_work, clock=self.clock, ids=ids
        )
        self.observations = Observations(
            units_of_work=store.unit_of_work,
            methods=self.method_observations,
            clock=self.clock,
            ids=ids,
            schedule=SCHEDULE,
        )
        self.breakers = MemoryBreakers()
        self.policies = MemoryPolicies()
        self.decisions = DecisionDrafts(clock=self.clock, ids=ids)
        self.overrides = MemoryOverrides()
        self.unmapped = MemoryUnmapped()
        self.health = MemoryHealth()
        self.error_maps = TenantErrorMaps(
            maps=ERROR_MAPS,
            overrides=self.overrides,
            unmapped=self.unmapped,
            clock=self.clock,
        )
        replies = Replies(
            connections=self.connections,
            maps=ERROR_MAPS,
            overrides=self.overrides,
            unmapped=self.unmapped,
            health=self.health,
            clock=self.clock,
        )
        self.calls = ProviderCalls(
            connections=self.connections, breakers=self.breakers, replies=replies
        )
        self.watch = Watch(
            units_of_work=store.unit_of_work, observations=self.observations, schedule=SCHEDULE
        )
        self.attempts = Attempts(
            units_of_work=store.unit_of_work,
            calls=self.calls,
            observations=self.observations,
            decisions=self.decisions,
            watch=self.watch,
            clock=self.clock,
        )
        drafts = Drafts(clock=self.clock, ids=ids, link_url="https://us.example/pay/{}".format)
        self.failover = Failover(
            units_of_work=store.unit_of_work,
            connections=self.connections,
            payers=self.payers,
            policies=self.policies,
            attempts=self.attempts,
            observations=self.observations,
            drafts=drafts,
            clock=self.clock,
        )
        self.capture_calls = CaptureCalls(
            units_of_work=store.unit_of_work,
            calls=self.calls,
            attempts=self.attempts,
            observations=self.observations,
            decisions=self.decisions,
            watch=self.watch,
            clock=self.clock,
        )
        self.captures = Captures(
            units_of_work=store.unit_of_work,
            connections=self.connections,
            calls=self.capture_calls,
            schedule=SCHEDULE,
            clock=self.clock,
            ids=ids,
        )
        self.late_holds = LateHolds(
            units_of_work=store.unit_of_work, captures=self.captures, schedule=SCHEDULE
        )
        self.dispute = DisputeParts(
            store, self.connections, self.calls, self.observations, self.clock
        )
        self.pages = Pages(
            units_of_work=store.unit_of_work,
            calls=self.calls,
            attempts=self.attempts,
            observations=self.observations,
            clock=self.clock,
        )
        closings = Closings(
            units_of_work=store.unit_of_work,
            attempts=self.attempts,
            pages=self.pages,
            captures=self.captures,
            observations=self.observations,
        )
        self.charges = Charges(
            units_of_work=store.unit_of_work,
            connections=self.connections,
            policies=self.policies,
            payers=self.payers,
            attempts=self.attempts,
            observations=self.observations,
            drafts=drafts,
            clock=self.clock,
        )
        self.payment_methods = PaymentMethods(
            units_of_work=store.unit_of_work,
            calls=self.calls,
            observations=self.method_observations,
            schedule=SCHEDULE,
            clock=self.clock,
        )
        self.payments = Payments(
            units_of_work=store.unit_of_work,
            connections=self.connections,
            payers=self.payers,
            closings=closings,
            observations=self.observations,
            drafts=drafts,
            failover=self.failover,
            charges=self.charges,
        )
        self.links = PaymentLinks(
            directory=MemoryLinks(store),
            payments=self.payments,
            attempts=self.attempts,
            failover=self.failover,
            error_maps=self.error_maps,
            consents=Consents(units_of_work=store.unit_of_work, clock=self.clock, ids=ids),
        )

    async def create(self, order: NewPayment = ORDER) -> PaymentDetails:
        return await self.payments.create(SCOPE, order)

    async def observe(
        self,
        observation: Observation,
        source: ObservationSource = ObservationSource.WEBHOOK,
    ) -> Observed:
        return await self.observations.observe(SCOPE, CONNECTION, observation, source)

    async def check(self, done: int = 0) -> None:
        await self.attempts.check(SCOPE, self.attempt.id, done)

    @property
    def tables(self) -> Tables:
        return self.store.of(SCOPE)

    @property
    def payment(self) -> Payment:
        (one,) = self.tables.payments.values()
        return one

    @property
    def attempt(self) -> PaymentAttempt:
        (one,) = self.tables.attempts.values()
        return one

    @property
    def attempt_id(self) -> AttemptId:
        return self.attempt.id

    @property
    def payment_id(self) -> PaymentId:
        return self.payment.id

    @property
    def events(self) -> list[str]:
        return [event.type for event in self.tables.events]

    def jobs(self, name: str) -> list[PlannedJob]:
        return [job for job in self.tables.jobs if job.name == name]
