"""What an administrator types, on a real database."""

import argparse
import re

import pytest

import paymux
from paymux.bootstrap.commands import add_parsers, administer, shown_settings
from paymux.bootstrap.containers import Container
from paymux.bootstrap.installation import Installation
from paymux.bootstrap.lifecycle import running
from paymux.kernel.errors import PaymuxError
from paymux.platform.jobs.queue import Job
from paymux.platform.settings import load_settings
from paymux.tenancy.role import Role
from tests.integration.platform.workers import AT_ONCE, Desk, enqueue, working

SHOWN = re.compile(r"pmx_\S+")
TENANT = re.compile(r"ten_\w{26}")


class Console:
    """Types commands and reads what they say."""

    def __init__(self, environ: dict[str, str], screen: pytest.CaptureFixture[str]) -> None:
        self._environ = environ
        self._screen = screen
        self.code = 0

    async def type(self, *words: str) -> str:
        parser = argparse.ArgumentParser()
        add_parsers(parser.add_subparsers(dest="command"))
        settings = load_settings(self._environ)
        installation = Installation(settings, str(settings.database_url), None)
        self.code = await administer(parser.parse_args(words), installation)
        return self._screen.readouterr().out


@pytest.fixture
def console(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(environ, capsys)


async def role_of(environ: dict[str, str], key: str) -> Role | None:
    """Who a key lets in as, or None."""
    settings = load_settings(environ)
    container = Container(settings=settings, database_url=str(settings.database_url))
    async with running(container, with_worker=False):
        try:
            return (await container.api_keys().authenticate(key)).role
        except PaymuxError:
            return None


async def test_a_tenant_is_created_with_a_key_that_works_and_is_not_shown_again(
    console: Console, environ: dict[str, str]
) -> None:
    said = await console.type("tenants", "create", "Zebra Books")
    [key] = SHOWN.findall(said)
    assert await role_of(environ, key) is Role.ADMIN
    listed = await console.type("tenants", "list")
    assert TENANT.findall(said) == TENANT.findall(listed)
    assert "enabled  Zebra Books" in listed
    assert key not in listed


async def test_every_tenant_is_listed_however_many_there_are(
    console: Console, environ: dict[str, str]
) -> None:
    async with paymux.open(environ) as px:
        made = [(await px.tenants.create(f"Shop {number}")).tenant.id for number in range(103)]
    listed = TENANT.findall(await console.type("tenants", "list"))
    assert len(listed) == 103
    assert set(listed) == set(made)


async def test_a_key_is_issued_listed_and_revoked(
    console: Console, environ: dict[str, str]
) -> None:
    tenant = TENANT.findall(await console.type("tenants", "create", "Zebra Books"))[0]
    said = await console.type("api-keys", "issue", tenant, "--role", "reader", "--label", "CI")
    [key], [key_id] = SHOWN.findall(said), re.findall(r"key_\w{26}", said)
    assert await role_of(environ, key) is Role.READER
    listed = await console.type("api-keys", "list", tenant)
    assert f"{key_id}  reader  …{key[-4:]}  active  CI" in listed
    assert key not in listed
    await console.type("api-keys", "revoke", tenant, key_id)
    assert await role_of(environ, key) is None
    assert f"{key_id}  reader  …{key[-4:]}  revoked  CI" in await console.type(
        "api-keys", "list", tenant
    )


async def test_a_key_of_a_tenant_that_does_not_exist_is_refused(console: Console) -> None:
    with pytest.raises(PaymuxError):
        await console.type("api-keys", "issue", f"ten_{0:026d}")


async def test_held_jobs_are_listed_and_put_back(
    console: Console, environ: dict[str, str]
) -> None:
    async def fail(_: Job) -> None:
        raise ZeroDivisionError

    url, name = environ["PAYMUX_DATABASE_URL"], "test.job"
    container = Container(settings=load_settings(environ), database_url=url)
    async with running(container, with_worker=False):
        await enqueue(container.engine(), "att_1", "att_2", name=name)
    desk = Desk(fail)
    async with working(url, desk):
        await desk.has_seen(2 * AT_ONCE.max_tries)
    held = (await console.type("jobs", "held")).splitlines()
    assert [line.split()[1:] for line in held] == [
        [name, "ten_1", subject, "3", "tries"] for subject in ("att_1", "att_2")
    ]
    number = held[0].split()[0]
    assert await console.type("jobs", "requeue", number) == "1 jobs are back in line.\n"
    assert (await console.type("jobs", "held")).splitlines() == held[1:]
    assert await console.type("jobs", "requeue") == "1 jobs are back in line.\n"
    assert not await console.type("jobs", "held")


async def test_settings_are_shown_without_their_secrets(environ: dict[str, str]) -> None:
    shown = shown_settings(load_settings(environ))
    assert "verify_after_seconds = 0.2" in shown.splitlines()
    for secret in (environ["PAYMUX_DATABASE_URL"], environ["PAYMUX_ENCRYPTION_KEYS"][3:]):
        assert secret not in shown
