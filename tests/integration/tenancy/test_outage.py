"""What callers are told while the database is away."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.platform.database.engine import lookup, open_engine
from paymux.platform.http.application import HttpPlatform, build_app
from paymux.platform.http.database_failures import is_unreachable
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.directory import SqlDirectory
from paymux.tenancy.http import TENANCY_DEPENDENCIES, TENANCY_ROUTES, tenancy_state
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.tenants import Tenants
from paymux.tenancy.unit_of_work import SqlUnitOfWork

ROOT_KEY = "root-key-of-this-installation-0123456789"


@pytest.fixture(name="nobody")
def _nobody() -> Iterator[str]:
    """Hold a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"postgresql://paymux:paymux@127.0.0.1:{held.getsockname()[1]}/paymux"


def app_over(engine: AsyncEngine) -> Litestar:
    clock = SystemClock()
    ids = TimeSortedIds(clock)
    directory, recent = SqlDirectory(engine), RecentPrincipals()

    def units_of_work(scope: Scope) -> SqlUnitOfWork:
        return SqlUnitOfWork(engine, scope)

    async def database() -> None:
        async with lookup(engine):
            pass

    api_keys = ApiKeys(units_of_work, directory, recent, clock=clock, ids=ids, live=False)
    tenants = Tenants(units_of_work, directory, api_keys, recent, clock=clock, ids=ids, live=False)
    return build_app(
        HttpPlatform(version="1", readiness={"database": database}),
        route_handlers=TENANCY_ROUTES,
        dependencies={
            **TENANCY_DEPENDENCIES,
            "tenants": Provide(lambda: tenants, sync_to_thread=False),
            "api_keys": Provide(lambda: api_keys, sync_to_thread=False),
        },
        state=tenancy_state(api_keys, ROOT_KEY),
    )


async def test_503_and_when_to_come_back(nobody: str) -> None:
    engine = open_engine(nobody, pool_size=1)
    key = {"Authorization": "Bearer pmx_test_" + "a" * 32}
    root = {"Authorization": f"Bearer {ROOT_KEY}"}
    async with AsyncTestClient(app_over(engine)) as client:
        replies = [
            await client.get("/v1/api_keys", headers=key),
            await client.get("/v1/tenants", headers=root),
            await client.post("/v1/tenants", headers=root, json={"name": "Zebra Books"}),
        ]
        for reply in replies:
            assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
            assert int(reply.headers["retry-after"]) > 0
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (503, {"database": "failed"})
        assert (await client.get("/healthz")).status_code == 200
    await engine.dispose()


async def test_a_dropped_connection_is_an_outage_and_the_next_call_succeeds(
    engine: AsyncEngine,
) -> None:
    directory = SqlDirectory(engine)
    assert await directory.tenant_ids(PageRequest()) == []
    async with engine.connect() as kept, engine.connect() as doomed:
        backend = await doomed.scalar(text("SELECT pg_backend_pid()"))
        await kept.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        with pytest.raises(DBAPIError) as failure:
            await doomed.execute(text("SELECT 1"))
        assert is_unreachable(failure.value)
    assert await directory.tenant_ids(PageRequest()) == []
    await asyncio.sleep(0.05)  # the event loop closes the socket that the server has dropped
