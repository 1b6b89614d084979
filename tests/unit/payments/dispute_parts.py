"""The services of disputes over fakes at the ports."""

from datetime import timedelta

from paymux.kernel.ids import TimeSortedIds
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.dispute_calls import DisputeCalls
from paymux.payments.application.dispute_observations import DisputeObservations
from paymux.payments.application.disputes import Disputes
from paymux.payments.application.jobs import Schedule
from paymux.payments.application.observations import Observations
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.watch import Watch
from tests.unit.payments.memory import StoppedClock, Store
from tests.unit.payments.providers import MemoryConnections

SCHEDULE = Schedule(first=timedelta(seconds=30), rounds=(timedelta(minutes=2), timedelta(hours=1)))


class DisputeParts:
    """Made of what a house has already."""

    def __init__(
        self,
        store: Store,
        connections: MemoryConnections,
        calls: ProviderCalls,
        observations: Observations,
        clock: StoppedClock,
    ) -> None:
        ids = TimeSortedIds(clock)
        self.observations = DisputeObservations(
            units_of_work=store.unit_of_work, observations=observations, clock=clock, ids=ids
        )
        self.calls = DisputeCalls(
            units_of_work=store.unit_of_work,
            calls=calls,
            observations=self.observations,
            decisions=DecisionDrafts(clock=clock, ids=ids),
            watch=Watch(
                units_of_work=store.unit_of_work, observations=observations, schedule=SCHEDULE
            ),
            clock=clock,
        )
        self.disputes = Disputes(
            units_of_work=store.unit_of_work,
            connections=connections,
            calls=self.calls,
            observations=self.observations,
            schedule=SCHEDULE,
            clock=clock,
            ids=ids,
        )
