"""Customers in a real PostgreSQL: unique to their tenant and mode, and no one else's."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.billing.adapters.persistence.customers import ExternalIdIsTaken
from paymux.billing.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.billing.application.customers import CustomerChanges, Customers
from paymux.billing.domain.customer import Customer
from paymux.billing.ports.outbound import UnitsOfWork
from paymux.kernel.clock import SystemClock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import CustomerId, TenantId, TimeSortedIds
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
MINE = Scope(TenantId("ten_00000000000000000000000001"), Mode.TEST)
LIVE = Scope(MINE.tenant_id, Mode.LIVE)
RIVAL = Scope(TenantId("ten_00000000000000000000000002"), Mode.TEST)
OTHERS = pytest.mark.parametrize("scope", [LIVE, RIVAL], ids=["other mode", "other tenant"])


def customer(number: int = 1, external_id: str | None = None) -> Customer:
    return Customer(
        id=CustomerId(f"cus_{number:026d}"),
        external_id=external_id or f"user-{number}",
        created_at=NOW,
        updated_at=NOW,
    )


def full_customer() -> Customer:
    return Customer(
        id=CustomerId(f"cus_{1:026d}"),
        external_id="user-1",
        created_at=NOW,
        updated_at=NOW + timedelta(days=1),
        name="Zoë Ångström",
        email="zoe@example.com",
        phone="+911234567890",
        metadata={"plan": "pro", "größe": "XL 🛒"},
    )


class Files:
    """Units of work over one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def work(self, scope: Scope = MINE) -> SqlUnitOfWork:
        return SqlUnitOfWork(self._engine, scope)

    async def keep(self, *customers: Customer, scope: Scope = MINE) -> None:
        async with self.work(scope) as work:
            for each in customers:
                await work.customers.add(each)
            await work.commit()

    async def listed(
        self, request: PageRequest, external_id: str | None = None, scope: Scope = MINE
    ) -> tuple[list[str], str | None]:
        async with self.work(scope) as work:
            page = await work.customers.list(external_id, request)
        return [each.external_id for each in page.items], page.next_cursor


@pytest.fixture
def files(engine: AsyncEngine) -> Files:
    return Files(engine)


def told(one: Customer) -> dict[str, object]:
    return asdict(one) | {"version": None}


@pytest.mark.parametrize("kept", [full_customer(), customer()], ids=["all of it", "the least"])
async def test_a_customer_comes_back_as_it_was(files: Files, kept: Customer) -> None:
    await files.keep(kept)
    async with files.work() as work:
        assert told(await work.customers.get(kept.id)) == told(kept)
        assert told(await work.customers.lock(kept.id)) == told(kept)


async def test_changes_of_a_locked_customer_are_kept(files: Files) -> None:
    await files.keep(full_customer())
    async with files.work() as work:
        locked = await work.customers.lock(full_customer().id)
        locked.name, locked.email, locked.metadata = None, "new@example.com", {}
        await work.customers.save(locked)
        await work.commit()
    async with files.work() as work:
        found = await work.customers.get(locked.id)
    assert told(found) == told(locked)
    assert found.version == locked.version + 1


async def test_an_external_id_is_given_once(files: Files) -> None:
    await files.keep(customer(1, "anna"))
    with pytest.raises(ExternalIdIsTaken) as refusal:
        await files.keep(customer(2, "anna"))
    assert refusal.value.field == "external_id"
    assert "anna" in str(refusal.value)
    assert (await files.listed(PageRequest()))[0] == ["anna"]


async def test_of_two_who_take_the_same_external_id_at_once_one_is_refused(files: Files) -> None:
    answers = await asyncio.gather(
        *(files.keep(customer(number, "anna")) for number in range(1, 6)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == [
        *["ExternalIdIsTaken"] * 4,
        "NoneType",
    ]


async def test_upper_case_and_spaces_make_another_external_id(files: Files) -> None:
    await files.keep(customer(1, "anna"), customer(2, "Anna"), customer(3, "anna "))
    assert await files.listed(PageRequest(), "Anna") == (["Anna"], None)


@OTHERS
async def test_another_scope_may_give_the_same_external_id(files: Files, scope: Scope) -> None:
    await files.keep(customer(1, "anna"))
    await files.keep(customer(2, "anna"), scope=scope)
    async with files.work(scope) as work:
        [found] = (await work.customers.list("anna", PageRequest())).items
    assert found.id == customer(2).id


@OTHERS
async def test_nobody_else_finds_a_customer(files: Files, scope: Scope) -> None:
    await files.keep(customer())
    assert await files.listed(PageRequest(), scope=scope) == ([], None)
    assert await files.listed(PageRequest(), "user-1", scope) == ([], None)
    async with files.work(scope) as work:
        for find in (work.customers.get, work.customers.lock):
            with pytest.raises(ThingIsNotFound):
                await find(customer().id)


async def test_pages_are_newest_first_and_stable_while_customers_are_added(files: Files) -> None:
    await files.keep(*(customer(number) for number in range(1, 6)))
    seen: list[str] = []
    request = PageRequest(2)
    for newer in (6, 7, 8):
        found, cursor = await files.listed(request)
        seen += found
        await files.keep(customer(newer))
        request = PageRequest(2, cursor)
    assert seen == ["user-5", "user-4", "user-3", "user-2", "user-1"]
    assert request.cursor is None


async def test_a_last_page_that_is_full_has_no_next(files: Files) -> None:
    await files.keep(customer(1), customer(2))
    assert await files.listed(PageRequest(2)) == (["user-2", "user-1"], None)


async def test_changes_made_at_once_take_turns_and_all_stay(
    files: Files, engine: AsyncEngine
) -> None:
    await files.keep(customer())
    units_of_work = cast("UnitsOfWork", partial(SqlUnitOfWork, engine))
    clock = SystemClock()
    customers = Customers(units_of_work=units_of_work, clock=clock, ids=TimeSortedIds(clock))
    changes = (
        CustomerChanges(name="Anna"),
        CustomerChanges(email="anna@example.com"),
        CustomerChanges(phone="+911234567890"),
        CustomerChanges(metadata={"plan": "pro"}),
    )
    await asyncio.gather(*(customers.update(MINE, customer().id, each) for each in changes))
    found = await customers.get(MINE, customer().id)
    assert (found.name, found.email, found.phone, found.metadata, found.version) == (
        "Anna",
        "anna@example.com",
        "+911234567890",
        {"plan": "pro"},
        5,
    )
