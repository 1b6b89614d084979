"""The inbox in memory, and a provider that translates as it is told to."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from paymux.integrations.adapters.directory import ConnectionDirectory
from paymux.integrations.domain.provider_event import ProviderEvent, ProviderEventStatus
from paymux.integrations.ports.inbox import (
    Effect,
    Jobs,
    Meaning,
    ProviderEventFilter,
    StoredProviderEvents,
)
from paymux.kernel.errors import PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, ProviderEventId, TenantId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.payments.ports.connectors import (
    Connector,
    Failure,
    Observation,
    RefundReport,
    SavedMethod,
)
from paymux.payments.ports.disputes import DisputeReport
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SCOPE = Scope(TenantId("ten_1"), Mode.TEST)
CONNECTION = ConnectionId("con_1")


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def event(number: int = 1) -> ProviderEvent:
    return ProviderEvent(
        id=ProviderEventId(f"pev_{number}"),
        connection_id=CONNECTION,
        provider="acme",
        event_id=f"evt_{number}",
        fallback_identity=f"print_{number}",
        event_type="session.completed",
        body=b'{"id": "evt_1"}',
        received_at=NOW,
    )


@dataclass
class Store:
    events: dict[tuple[Scope, str], ProviderEvent] = field(default_factory=dict)
    jobs: list[tuple[str, str]] = field(default_factory=list)

    def unit_of_work(self, scope: Scope) -> "MemoryUnitOfWork":
        return MemoryUnitOfWork(self, scope)

    def put(self, one: ProviderEvent, scope: Scope = SCOPE) -> ProviderEvent:
        self.events[scope, one.id] = one
        return one


class MemoryEvents:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self.changed: dict[tuple[Scope, str], ProviderEvent] = {}

    async def get(self, event_id: ProviderEventId) -> ProviderEvent:
        if (self._scope, event_id) not in self._store.events:
            kind = "provider event"
            raise ThingIsNotFound(kind, event_id)
        return copy(self._store.events[self._scope, event_id])

    async def lock(self, event_id: ProviderEventId) -> ProviderEvent:
        return await self.get(event_id)

    async def save(self, one: ProviderEvent) -> None:
        self.changed[self._scope, one.id] = copy(one)

    async def list(self, which: ProviderEventFilter, page: PageRequest) -> Page[ProviderEvent]:
        found = [
            one
            for (scope, _), one in self._store.events.items()
            if scope == self._scope and which.status in {None, one.status}
        ]
        return Page(found[: page.limit])

    async def count(self, status: ProviderEventStatus) -> int:
        return len((await self.list(ProviderEventFilter(status=status), PageRequest())).items)


class MemoryJobs:
    def __init__(self) -> None:
        self.planned: list[tuple[str, str]] = []

    async def enqueue(
        self,
        name: str,
        subject_id: str,
        *,
        after: timedelta = timedelta(0),
        detail: Mapping[str, int] | None = None,
    ) -> None:
        assert not after
        assert not detail
        self.planned.append((name, subject_id))


class MemoryUnitOfWork:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._events = MemoryEvents(store, scope)
        self._jobs = MemoryJobs()
        self.provider_events: StoredProviderEvents = self._events
        self.jobs: Jobs = self._jobs

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        self._store.events.update(self._events.changed)
        self._store.jobs.extend(self._jobs.planned)


class ScriptedMeanings:
    """Gives the meanings in turn, the last one for ever."""

    def __init__(self, *meanings: Meaning) -> None:
        self.script = list(meanings) or [Meaning(Effect.APPLIED)]
        self.asked = 0

    async def apply(self, scope: Scope, one: ProviderEvent) -> Meaning:  # noqa: ARG002
        self.asked += 1
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class Hears:
    """Verifies and translates webhooks as told."""

    def __init__(self) -> None:
        self.said: Translated | Ignored | Failure | Exception = Ignored("nothing_to_do")
        self.verdict: VerifiedWebhook | ForgedWebhook = VerifiedWebhook(
            event_id="evt_1", event_type="session.completed", fallback_identity="print_1"
        )
        self.heard: list[InboundWebhook] = []

    async def verify_webhook(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        self.heard.append(webhook)
        return self.verdict

    async def translate_webhook(self, body: bytes) -> Translated | Ignored | Failure:
        assert body == event().body
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    async def close(self) -> None: ...


class Deaf:
    """Has no webhooks."""

    async def close(self) -> None: ...


class OneConnection(ConnectionDirectory):
    """Knows one connection, or says why not."""

    def __init__(self, connector: Connector | PaymuxError) -> None:
        self._one = connector

    async def connector(self, scope: Scope, connection_id: ConnectionId) -> Connector:
        assert (scope, connection_id) == (SCOPE, CONNECTION)
        if isinstance(self._one, PaymuxError):
            raise self._one
        return self._one


class ListeningPayments:
    """Notes what it is told of payments, refunds and disputes, and answers in turn."""

    def __init__(self, *answers: Observed) -> None:
        self.answers = list(answers)
        self.told: list[Observation | RefundReport | SavedMethod | DisputeReport] = []

    async def observe(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        observation: Observation,
        source: ObservationSource,
    ) -> Observed:
        assert (scope, connection_id, source) == (SCOPE, CONNECTION, ObservationSource.WEBHOOK)
        self.told.append(observation)
        return self.answers.pop(0)

    async def observe_refund(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: RefundReport,
        source: ObservationSource,
    ) -> Observed:
        assert (scope, connection_id, source) == (SCOPE, CONNECTION, ObservationSource.WEBHOOK)
        self.told.append(report)
        return self.answers.pop(0)

    async def observe_saved_method(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: SavedMethod,
        source: ObservationSource,
    ) -> Observed:
        assert (scope, connection_id, source) == (SCOPE, CONNECTION, ObservationSource.WEBHOOK)
        self.told.append(report)
        return self.answers.pop(0)

    async def observe_dispute(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        report: DisputeReport,
        source: ObservationSource,
    ) -> Observed:
        assert (scope, connection_id, source) == (SCOPE, CONNECTION, ObservationSource.WEBHOOK)
        self.told.append(report)
        return self.answers.pop(0)
