"""`paymux.open`: the whole of Paymux in a script, on a real database."""

import asyncio
import threading

import asyncpg
import pytest
from sqlalchemy.engine import make_url

import paymux
from paymux.kernel.scope import Scope
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.platform.database.engine import DatabaseRoleIsTooPowerful
from paymux.platform.settings.errors import SettingsAreInvalid
from tests.integration.bootstrap.conftest import Sandbox
from tests.integration.conftest import Database

Environ = dict[str, str]
ORDER = paymux.NewPayment(amount=paymux.Money(1999, "USD"), description="Pro plan")


async def open_shop(px: paymux.Paymux, sandbox: Sandbox, *providers: str) -> Scope:
    """A tenant with a connection at each provider, by default at Stripe."""
    scope = px.scope((await px.tenants.create("Zebra Books")).tenant.id)
    for provider in providers or ("stripe",):
        credentials = await sandbox.open_account(provider)
        draft = paymux.NewConnection(provider=provider, label=provider, credentials=credentials)
        await px.connections.create(scope, draft)
    return scope


async def pay(px: paymux.Paymux, scope: Scope, sandbox: Sandbox) -> Payment:
    """A payment that the payer has paid, and that nobody has told us of."""
    details = await px.payments.create(scope, ORDER)
    assert details.payment.status is PaymentStatus.REQUIRES_ACTION
    await sandbox.pay(str(details.attempts[0].checkout_url))
    return details.payment


async def connections_of(superuser: asyncpg.Connection) -> int:
    """How many others are connected; the server notices a moment after they have left."""
    for _ in range(50):
        found: int = await superuser.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if found == 0:
            break
        await asyncio.sleep(0.02)
    return found


def provider_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("provider")]


async def test_everything_that_can_be_listed_is_there(environ: Environ) -> None:
    async with paymux.open(environ) as px:
        new = await px.tenants.create("Zebra Books")
        other = await px.tenants.create("Yak Yarns")
        scope = px.scope(new.tenant.id)
        anna = await px.customers.create(scope, paymux.NewCustomer(external_id="anna"))
        page = paymux.PageRequest()
        assert {each.id for each in (await px.tenants.list(page)).items} == {
            new.tenant.id,
            other.tenant.id,
        }
        assert [key.id for key in (await px.api_keys.list(scope, page)).items] == [
            new.keys[0].key.id
        ]
        assert [one.id for one in (await px.customers.list(scope, None, page)).items] == [anna.id]
        assert not (await px.payments.list(scope, paymux.PaymentFilter(), page)).items
        assert not (await px.customers.list(px.scope(other.tenant.id), None, page)).items


async def test_a_payment_is_made_and_its_link_is_stable(
    environ: Environ, sandbox: Sandbox
) -> None:
    async with paymux.open(environ) as px:
        scope = await open_shop(px, sandbox)
        payment = (await px.payments.create(scope, ORDER)).payment
        link = px.link_of(payment)
    async with paymux.open(environ) as px:
        found = (await px.payments.get(scope, payment.id)).payment
    assert px.link_of(found) == link == f"http://127.0.0.1:8000/pay/{payment.link.token}"


async def test_what_is_kept_is_there_for_the_next_who_opens_it(environ: Environ) -> None:
    async with paymux.open(environ) as px:
        tenant = (await px.tenants.create("Zebra Books")).tenant
    async with paymux.open(environ) as px:
        assert (await px.tenants.get(tenant.id)).name == "Zebra Books"


async def test_with_a_worker_jobs_are_run_here(environ: Environ, sandbox: Sandbox) -> None:
    async with paymux.open(environ, with_worker=True) as px:
        scope = await open_shop(px, sandbox)
        payment = await pay(px, scope, sandbox)
        for _ in range(200):
            details = await px.payments.get(scope, payment.id)
            if details.payment.is_closed:
                break
            await asyncio.sleep(0.1)
    assert details.payment.status is PaymentStatus.SUCCEEDED
    assert [entry.source for entry in details.timeline if entry.status == "succeeded"] == ["poll"]


async def test_without_a_worker_jobs_wait_for_one(
    environ: Environ, sandbox: Sandbox, superuser: asyncpg.Connection
) -> None:
    async with paymux.open(environ) as px:
        scope = await open_shop(px, sandbox)
        payment = await pay(px, scope, sandbox)
        await asyncio.sleep(1.5)
        assert (await px.payments.get(scope, payment.id)).payment.amount_captured == 0
    waiting = await superuser.fetch("SELECT entrypoint, status::text FROM pgqueuer")
    assert [tuple(row) for row in waiting] == [("payments.check", "queued")]


@pytest.mark.parametrize("with_worker", [True, False])
async def test_everything_is_closed_at_the_end(
    environ: Environ, sandbox: Sandbox, superuser: asyncpg.Connection, *, with_worker: bool
) -> None:
    async with paymux.open(environ, with_worker=with_worker) as px:
        # Razorpay's SDK blocks, and so has threads; Stripe's has connections.
        await pay(px, await open_shop(px, sandbox, "stripe", "razorpay"), sandbox)
        tasks = asyncio.all_tasks()
        assert await connections_of(superuser) > 0
        assert provider_threads()
    assert await connections_of(superuser) == 0
    assert asyncio.all_tasks() <= tasks
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for _ in range(50):  # idle threads end by themselves
        if provider_threads():
            await asyncio.sleep(0.02)
    assert not provider_threads()


async def test_everything_is_closed_also_after_an_error(
    environ: Environ, superuser: asyncpg.Connection
) -> None:
    async def fail() -> None:
        async with paymux.open(environ, with_worker=True) as px:
            await px.tenants.create("Zebra Books")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await connections_of(superuser) == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("role", ["owner_url", "superuser_url"])
async def test_a_role_that_gets_round_row_level_security_is_refused(
    environ: Environ, database: Database, superuser: asyncpg.Connection, role: str
) -> None:
    url = getattr(database, role)
    powerful = environ | {"PAYMUX_DATABASE_URL": url}
    with pytest.raises(DatabaseRoleIsTooPowerful) as refusal:
        async with paymux.open(powerful, with_worker=True):
            raise AssertionError
    assert isinstance(refusal.value, paymux.PaymuxError)
    assert str(make_url(url).password) not in str(refusal.value)
    assert str(make_url(url).username) in str(refusal.value)
    assert await connections_of(superuser) == 0


async def test_wrong_settings_are_refused_before_anything_is_opened() -> None:
    with pytest.raises(SettingsAreInvalid):
        async with paymux.open({"PAYMUX_PORT": "high"}):
            raise AssertionError


async def test_refusals_have_the_codes_of_the_api_and_leave_nothing_behind(
    environ: Environ,
) -> None:
    async with paymux.open(environ) as px:
        scope = px.scope((await px.tenants.create("Zebra Books")).tenant.id)
        with pytest.raises(paymux.PaymuxError) as refusal:
            await px.payments.create(scope, ORDER)
        kept = await px.payments.list(scope, paymux.PaymentFilter(), paymux.PageRequest())
    assert refusal.value.code == "no_connection_available"
    assert not kept.items
