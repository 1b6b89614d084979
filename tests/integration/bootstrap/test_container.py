"""Who is made of what: all of it can be made, and does what the settings say."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dependency_injector.providers import Factory, Singleton
from sqlalchemy.pool import QueuePool

from paymux.bootstrap.containers import Container
from paymux.bootstrap.lifecycle import running
from paymux.integrations.application.missed_events import RECOVER
from paymux.integrations.application.provider_events import PROCESS
from paymux.kernel.ids import TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.payments.application import jobs
from paymux.platform.database.driver_work import DriverUnitOfWork
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.platform.jobs.worker import RetryPolicy
from paymux.platform.settings import load_settings

SCOPE = Scope(TenantId("ten_1"), Mode.TEST)


@pytest.fixture
def container(environ: dict[str, str]) -> Iterator[Container]:
    settings = load_settings(environ)
    container = Container(settings=settings, database_url=str(settings.database_url))
    yield container
    container.threads().shutdown()


async def test_everything_named_can_be_made(container: Container) -> None:
    async with running(container, with_worker=False):
        for name, provider in container.providers.items():
            made = provider(SCOPE) if name.endswith("_work") else provider()
            assert made is not None, name


async def test_every_unit_of_work_opens_on_the_schema_as_it_is(container: Container) -> None:
    factories = [each for each in container.providers if each.endswith("_work")]
    assert len(factories) >= 5
    async with running(container, with_worker=False):
        for name in factories:
            async with container.providers[name](SCOPE) as work:
                assert isinstance(work, UnitOfWork | DriverUnitOfWork), name
                assert work.scope == SCOPE


async def test_what_is_shared_is_made_once_and_what_is_not_each_time(container: Container) -> None:
    async with running(container, with_worker=False):
        for name, provider in container.providers.items():
            arguments = (SCOPE,) if name.endswith("_work") else ()
            one, other = provider(*arguments), provider(*arguments)
            if isinstance(provider, Singleton):
                assert one is other, name
            if isinstance(provider, Factory):
                assert one is not other, name


async def test_every_job_that_is_left_behind_has_a_handler(container: Container) -> None:
    async with running(container, with_worker=False):
        names = {value for name, value in vars(jobs).items() if name.isupper() and name[0] != "_"}
        assert set(container.handlers()) == {*names, PROCESS, RECOVER}


async def test_settings_reach_what_they_are_for(environ: dict[str, str]) -> None:
    settings = load_settings(
        environ
        | {
            "PAYMUX_JOB_MAX_ATTEMPTS": "7",
            "PAYMUX_JOB_BACKOFF_SECONDS": "0.5",
            "PAYMUX_VERIFY_AFTER_SECONDS": "9",
            "PAYMUX_POLL_SCHEDULE_SECONDS": "10,20",
            "PAYMUX_PUBLIC_URL": "https://pay.example.com",
            "PAYMUX_DB_POOL_SIZE": "3",
        }
    )
    container = Container(settings=settings, database_url=str(settings.database_url))
    async with running(container, with_worker=False):
        policy = RetryPolicy(max_tries=7, base=timedelta(seconds=0.5))
        assert container.retry_policy() == policy
        schedule = container.schedule()
        assert schedule.first == timedelta(seconds=9)
        assert schedule.rounds == (timedelta(seconds=10), timedelta(seconds=20))
        assert container.public_urls().link("abc") == "https://pay.example.com/pay/abc"
        pool = container.engine().pool
        assert isinstance(pool, QueuePool)
        assert pool.size() == 3
