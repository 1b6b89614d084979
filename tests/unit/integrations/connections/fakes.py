"""Fakes at the ports of the connections half of integrations."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Annotated, Self

import msgspec

from paymux.integrations.adapters.accounts import ConnectorAccounts
from paymux.integrations.adapters.factory import ConnectorFactory, ProviderRuntime, StandIn
from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.adapters.vault.vault import AesVault
from paymux.integrations.application.connections import Connections
from paymux.integrations.application.credential_watch import CredentialWatch
from paymux.integrations.application.webhook_endpoints import WebhookEndpoints
from paymux.integrations.domain.connection import (
    Connection,
    ConnectionWasChanged,
    LabelIsTaken,
)
from paymux.integrations.ports.events import ConnectionEvent
from paymux.integrations.ports.outbound import (
    ConnectionFilter,
    EntityLink,
    EntityLinks,
    Events,
    StoredConnections,
    UnitsOfWork,
)
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, TenantId, TimeSortedIds
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.payments.ports.connectors import (
    AccountReport,
    CustomerRecord,
    CustomerReference,
    Failure,
    Outcome,
)
from paymux.payments.ports.currencies import CurrencyRule, ProviderCurrencies
from paymux.payments.ports.plugins import (
    SECRET,
    Capabilities,
    ConnectorEnvironment,
    Idempotency,
    Operation,
    ProviderPlugin,
)
from paymux.payments.ports.webhooks import RegisteredWebhook

ACME = Scope(TenantId("ten_acme"), Mode.TEST)
RIVAL = Scope(TenantId("ten_rival"), Mode.TEST)
PLANTED = "sk_planted_0123456789_wxyz"
OLD_KEY = {"v1": b"1" * 32}
BOTH_KEYS = {"v2": b"2" * 32, **OLD_KEY}


class FakeClock:
    """Stands still until told to go on."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def go_on(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self.time.timestamp()


@dataclass
class Store:
    """What is committed, for all tenants."""

    connections: dict[tuple[Scope, str], Connection] = field(default_factory=dict)
    links: dict[tuple[Scope, str, str, str], EntityLink] = field(default_factory=dict)
    reads: int = 0
    open_transactions: int = 0
    in_use: set[ConnectionId] = field(default_factory=set)
    events: list[ConnectionEvent] = field(default_factory=list)
    keeping: set[ConnectionId] = field(default_factory=set)

    async def has_saved_methods(self, scope: Scope, connection_id: ConnectionId) -> bool:
        assert (scope, connection_id) in self.connections
        return connection_id in self.keeping

    async def has_open_payments(self, scope: Scope, connection_id: ConnectionId) -> bool:
        assert (scope, connection_id) in self.connections
        return connection_id in self.in_use

    def unit_of_work(self, scope: Scope) -> "FakeUnitOfWork":
        return FakeUnitOfWork(self, scope)


class FakeConnections:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self.changed: dict[tuple[Scope, str], Connection] = {}

    async def add(self, connection: Connection) -> None:
        self._refuse_label(connection)
        self.changed[(self._scope, connection.id)] = copy(connection)

    async def get(self, connection_id: ConnectionId) -> Connection:
        self._store.reads += 1
        found = self._store.connections.get((self._scope, connection_id))
        if found is None or found.deleted_at is not None:
            kind = "connection"
            raise ThingIsNotFound(kind, connection_id)
        return copy(found)

    async def lock(self, connection_id: ConnectionId) -> Connection:
        return await self.get(connection_id)

    async def save(self, connection: Connection) -> None:
        self._refuse_label(connection)
        if self._store.connections[(self._scope, connection.id)].version != connection.version:
            raise ConnectionWasChanged(connection.id)
        connection.version += 1
        self.changed[(self._scope, connection.id)] = copy(connection)

    async def enabled(self) -> Sequence[Connection]:
        return sorted(
            (found for found in self._mine() if found.enabled),
            key=lambda found: (-found.priority, found.id),
        )

    async def list(self, which: ConnectionFilter, page: PageRequest) -> Page[Connection]:
        assert page.cursor is None
        return Page(
            [
                found
                for found in self._mine()
                if which.provider in {None, found.provider}
                and which.enabled in {None, found.enabled}
            ]
        )

    def _mine(self) -> Sequence[Connection]:
        return [
            copy(found)
            for (scope, _), found in self._store.connections.items()
            if scope == self._scope and found.deleted_at is None
        ]

    def _refuse_label(self, connection: Connection) -> None:
        if any(it.label == connection.label and it.id != connection.id for it in self._mine()):
            raise LabelIsTaken(connection.label)


class FakeEntityLinks:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope

    async def find(
        self, connection_id: ConnectionId, entity_kind: str, entity_id: str
    ) -> EntityLink | None:
        return self._store.links.get((self._scope, connection_id, entity_kind, entity_id))

    async def add(self, link: EntityLink) -> None:
        key = (self._scope, link.connection_id, link.entity_kind, link.entity_id)
        self._store.links.setdefault(key, link)


class FakeEvents:
    def __init__(self) -> None:
        self.added: list[ConnectionEvent] = []

    async def add(self, event_id: str, event: ConnectionEvent) -> None:
        assert event_id.startswith("evt_")
        self.added.append(event)


class FakeUnitOfWork:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._connections = FakeConnections(store, scope)
        self.connections: StoredConnections = self._connections
        self.entity_links: EntityLinks = FakeEntityLinks(store, scope)
        self._events = FakeEvents()
        self.events: Events = self._events

    async def __aenter__(self) -> Self:
        self._store.open_transactions += 1
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.open_transactions -= 1

    async def commit(self) -> None:
        self._store.connections.update(self._connections.changed)
        self._store.events += self._events.added


class FakeLookup:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = 0

    async def find(self, connection_id: ConnectionId) -> Scope | None:
        self.asked += 1
        for (scope, known), connection in self._store.connections.items():
            if known == connection_id and connection.deleted_at is None:
                return scope
        return None

    async def not_sealed_with(
        self, key_version: str, after: ConnectionId | None, limit: int
    ) -> Sequence[ConnectionId]:
        stale = sorted(
            connection.id
            for connection in self._store.connections.values()
            if connection.deleted_at is None
            and connection.sealed.key_version != key_version
            and connection.id > (after or "")
        )
        return stale[:limit]


class BankCredentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Credentials of a provider that exists in tests only."""

    secret_key: Annotated[str, SECRET]
    merchant: Annotated[str, msgspec.Meta(max_length=40)]
    region: str = "eu"
    second_secret: Annotated[str, SECRET] | None = None


@dataclass
class Bank:
    """The provider at the other end: what it answers, and what it was asked."""

    store: Store
    report: AccountReport | Failure = field(
        default_factory=lambda: AccountReport(account_reference="acct_1", mode=Mode.TEST)
    )
    registration: RegisteredWebhook | Failure = field(
        default_factory=lambda: RegisteredWebhook(
            provider_reference="we_1", verifier="whsec_from_the_bank"
        )
    )
    customer: CustomerReference | Failure = field(
        default_factory=lambda: CustomerReference("bank_customer_1")
    )
    breaks: bool = False
    hangs: bool = False
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    made: list["BankConnector"] = field(default_factory=list)
    before_registering: Callable[[], None] = field(default=lambda: None)

    def ask(self, what: str) -> None:
        assert self.store.open_transactions == 0, "a network call inside a transaction"
        self.asked.append(what)
        if self.breaks:
            raise ZeroDivisionError(PLANTED)


class BankConnector:
    """Checks accounts and keeps customers; its webhooks are set up by hand."""

    def __init__(
        self, bank: Bank, credentials: BankCredentials, environment: ConnectorEnvironment
    ) -> None:
        self.bank = bank
        self.credentials = credentials
        self.environment = environment
        self.closed = False
        bank.made.append(self)

    async def close(self) -> None:
        self.closed = True

    async def check_account(self) -> AccountReport | Failure:
        self.bank.ask("check_account")
        if self.bank.hangs:
            await asyncio.Event().wait()
        return self.bank.report

    async def put_customer(
        self, customer: CustomerRecord, idempotency_key: str, provider_reference: str | None
    ) -> CustomerReference | Failure:
        self.bank.ask(f"put_customer {customer.customer_id} {provider_reference}")
        self.bank.keys.append(idempotency_key)
        return self.bank.customer


class RegisteringConnector(BankConnector):
    """The same with an API for webhook endpoints."""

    async def register_webhook(
        self, url: str, idempotency_key: str
    ) -> RegisteredWebhook | Failure:
        self.bank.ask(f"register_webhook {url}")
        self.bank.keys.append(idempotency_key)
        self.bank.before_registering()
        return self.bank.registration

    async def unregister_webhook(self, provider_reference: str) -> Failure | None:
        self.bank.ask(f"unregister_webhook {provider_reference}")
        return None


def bank_plugin(
    bank: Bank, slug: str = "bank", connector: type[BankConnector] = RegisteringConnector
) -> ProviderPlugin[BankCredentials]:
    return ProviderPlugin(
        slug=slug,
        display_name=slug.title(),
        credentials=BankCredentials,
        capabilities=Capabilities(
            operations=frozenset({Operation.CHECK_ACCOUNT, Operation.PUT_CUSTOMER}),
            methods=frozenset({"card"}),
            currencies=ProviderCurrencies(slug, {"JPY": CurrencyRule(0, 1, 50)}),
            idempotency={Operation.PUT_CUSTOMER: Idempotency(header="Idempotency-Key")},
        ),
        error_map={},
        connect=lambda credentials, environment: connector(bank, credentials, environment),
        webhook_steps=lambda url, verifier: (f"Go to {url}", f"Enter {verifier}"),
    )


@dataclass
class House:
    """The services on fakes, and the fakes."""

    store: Store
    clock: FakeClock
    bank: Bank
    vault: AesVault
    runtime: ProviderRuntime
    factory: ConnectorFactory
    plugins: Mapping[str, ProviderPlugin[msgspec.Struct]]
    connections: Connections
    endpoints: WebhookEndpoints
    watch: CredentialWatch


@contextmanager
def house(
    keys: Mapping[str, bytes] = OLD_KEY, units_of_work: UnitsOfWork | None = None
) -> Iterator[House]:
    store, clock = Store(), FakeClock()
    units_of_work = units_of_work or store.unit_of_work
    bank = Bank(store)
    plugins: dict[str, ProviderPlugin[msgspec.Struct]] = {}
    for plugin in (bank_plugin(bank), bank_plugin(bank, "handbank", BankConnector)):
        plugins[plugin.slug] = plugin  # type: ignore[assignment]
    ids = TimeSortedIds(clock)
    vault = AesVault(KeyRing(keys))
    with ThreadPoolExecutor(1) as threads:
        runtime = ProviderRuntime(
            clock=clock, threads=threads, stand_ins={"bank": StandIn("http://127.0.0.1:1", b"ca")}
        )
        factory = ConnectorFactory(plugins, runtime)
        accounts = ConnectorAccounts(factory)
        endpoints = WebhookEndpoints(
            units_of_work=units_of_work,
            vault=vault,
            accounts=accounts,
            clock=clock,
            ids=ids,
            public_url="https://pay.example/",
        )
        watch = CredentialWatch(units_of_work=units_of_work, clock=clock, ids=ids)
        connections = Connections(
            units_of_work=units_of_work,
            vault=vault,
            accounts=accounts,
            endpoints=endpoints,
            uses=store,
            watch=watch,
            clock=clock,
            ids=ids,
        )
        yield House(
            store, clock, bank, vault, runtime, factory, plugins, connections, endpoints, watch
        )


def failure(outcome: Outcome) -> Failure:
    return Failure(outcome=outcome, code=str(outcome), message="The bank says no.")
