"""An installation that is wholly simulated but for its database and the wire."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
from dependency_injector.providers import Object

from paymux.billing.application.customers import NewCustomer
from paymux.bootstrap.containers import Container
from paymux.bootstrap.lifecycle import running
from paymux.integrations.adapters.breakers import Breakers
from paymux.integrations.application.connections import NewConnection
from paymux.kernel.ids import ConnectionId, CustomerId, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.platform.settings import load_settings
from tests.faults.agenda import Agenda
from tests.faults.boundaries import Boundaries
from tests.faults.simulated import SeededIds, SimulatedClock, seeded
from tests.faults.stand_in import PROVIDERS, StandIn

_TRANSITIONS = """
CREATE TABLE IF NOT EXISTS seen_transitions (
    number bigserial, kind text, subject_id text, payment_id text, was text, became text,
    captured_before bigint, captured bigint);
CREATE OR REPLACE FUNCTION see_transition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE was jsonb := to_jsonb(OLD); became jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO public.seen_transitions
        (kind, subject_id, payment_id, was, became, captured_before, captured)
    VALUES (TG_TABLE_NAME, NEW.id, coalesce(became->>'payment_id', NEW.id), OLD.status,
        NEW.status, (was->>'amount_captured')::bigint, (became->>'amount_captured')::bigint);
    RETURN NULL;
END $$;
"""
WATCHED = ("payments", "payment_attempts", "refunds", "captures", "dispute_responses")


@dataclass
class Tenant:
    """A merchant with a connection at every provider, in an order of preference of its own."""

    scope: Scope
    connections: dict[str, ConnectionId] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    customer_id: CustomerId = field(init=False)


class House:
    """One process of Paymux. `restart` stands for its end and the start of the next one."""

    def __init__(
        self,
        app_url: str,
        superuser: asyncpg.Connection,
        watcher: asyncpg.Connection,
        folder: Path,
    ) -> None:
        self.clock = SimulatedClock()
        self.ids = SeededIds()
        self.chance = seeded(0)
        self.boundaries = Boundaries()
        self.stand_in = StandIn(self.clock)
        self.superuser = superuser
        self.watcher = watcher
        self.agenda = Agenda(self.clock, superuser, self.boundaries)
        self.tenants: list[Tenant] = []
        self._url = app_url
        self._empty = ""
        self._folder = folder
        self.container = Container()
        self._process = AsyncExitStack()

    @asynccontextmanager
    async def alive(self) -> AsyncIterator["House"]:
        await self.stand_in.open()
        await self._watch_transitions()
        with self.boundaries.watched():
            await self._start()
            try:
                yield self
            finally:
                await self._process.aclose()
        await self.stand_in.close()

    async def restart(self) -> None:
        """End, and start again with nothing in memory."""
        await self._process.aclose()
        await self._start()

    async def _start(self) -> None:
        self.container = await self._made()
        await self._process.enter_async_context(running(self.container, with_worker=False))

    async def furnish(self) -> None:
        """Make the tenants; every schedule starts from here."""
        for first in range(len(PROVIDERS)):
            order = PROVIDERS[first:] + PROVIDERS[:first]
            self.tenants.append(await self._tenant(order))
        self.stand_in.keep()
        await self.superuser.execute("DELETE FROM pgqueuer; DELETE FROM pgqueuer_log")
        self._empty = await self._emptying()

    async def begin(self, seed: int) -> None:
        """Forget all that an earlier schedule left in memory, and start its time anew."""
        self.clock.reset()
        self.ids.begin(seed)
        self.chance.seed(seed)
        self.boundaries.begin()
        await self.stand_in.begin(seed)
        self.stand_in.forget_held()
        self.agenda.begin(seed)
        await self.forget()
        await self.superuser.execute(self._empty)

    async def forget(self) -> None:
        """Lose what a process keeps in its memory, as its end does: tokens, breakers, sockets."""
        self.container.breakers()._states.clear()
        await self.container.registry().close()

    async def _made(self) -> Container:
        settings = load_settings(
            {
                "PAYMUX_DATABASE_URL": self._url,
                "PAYMUX_ENCRYPTION_KEYS": f"v1:{base64.b64encode(bytes(range(32))).decode()}",
                "PAYMUX_DATA_DIR": str(self._folder),
                "PAYMUX_PROVIDER_OVERRIDES": json.dumps(await self._stand_ins()),
                "PAYMUX_PUBLIC_URL": "http://127.0.0.1:8000",
                "PAYMUX_DB_POOL_SIZE": "4",
            }
        )
        container = Container(settings=settings, database_url=self._url)
        container.clock.override(Object(self.clock))
        container.ids.override(Object(self.ids))
        breakers = Breakers(self.clock.monotonic, self.chance.random)
        container.breakers.override(Object(breakers))
        schedule = replace(container.schedule(), chance=self.chance.random)
        container.schedule.override(Object(schedule))
        self.agenda.handlers = container.handlers()
        return container

    async def _stand_ins(self) -> dict[str, dict[str, str]]:
        authority = (await self.stand_in.control("GET", "/paypal/ca.pem"))["body"]
        path = self._folder / "paypal-ca.pem"
        path.write_bytes(authority)
        chosen = {slug: {"base_url": self.stand_in.base_url(slug)} for slug in PROVIDERS}
        chosen["paypal"]["ca_file"] = str(path)
        return chosen

    async def _tenant(self, order: tuple[str, ...]) -> Tenant:
        made = await self.container.tenants().create(f"Prefers {order[0]}")
        tenant = Tenant(Scope(TenantId(made.tenant.id), Mode.TEST))
        known = NewCustomer(
            external_id="ada", name="Ada", email="ada@example.com", phone="+919000090000"
        )
        customer = await self.container.customers().create(tenant.scope, known)
        tenant.customer_id = customer.id
        for priority, slug in enumerate(reversed(order)):
            await self._connect(tenant, slug, priority)
        return tenant

    async def _connect(self, tenant: Tenant, slug: str, priority: int) -> None:
        account = await self.stand_in.control("POST", "/accounts", provider=slug)
        draft = NewConnection(
            provider=slug, label=slug, credentials=account["credentials"], priority=priority
        )
        made = await self.container.connections().create(tenant.scope, draft)
        tenant.connections[slug] = made.connection.id
        tenant.accounts[slug] = account["account_id"]
        if made.verifier is not None:
            url = f"http://127.0.0.1:8000/webhooks/{slug}/{made.connection.id}"
            key = account["credentials"]["key_id"]
            path = "/razorpay/webhooks"
            await self.stand_in.control("POST", path, key_id=key, url=url, secret=made.verifier)

    async def _emptying(self) -> str:
        """Return what empties all that is empty now."""
        tables = await self.superuser.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
            " 'public'::regnamespace ORDER BY relname"
        )
        empty = []
        for (table,) in tables:
            if not await self.superuser.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):  # noqa: S608
                empty.append(f"DELETE FROM {table}")  # noqa: S608
        return "; ".join(empty)

    async def _watch_transitions(self) -> None:
        await self.superuser.execute(_TRANSITIONS)
        for table in WATCHED:
            await self.superuser.execute(
                f"CREATE OR REPLACE TRIGGER see_transition AFTER UPDATE ON {table} FOR EACH ROW"
                " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION see_transition()"
            )
