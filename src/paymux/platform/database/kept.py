"""Things of one kind, each in a row of its own: what every repository on the driver does alike."""

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Select, bindparam, select

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.platform.database.rows import TenantRow
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
    columns_of,
    fetch_newest,
    insert_one,
    select_one,
    table_of,
    update_one,
)

T = TypeVar("T")


class Kind(Generic[T]):
    """How things of one kind are kept; compiled once, used in every transaction.

    `name`: what people call one of them. `values`: the columns of a thing besides tenant, id and
    mode. `read`: the thing that a row keeps. Rows with a mode are seen in their own mode only.
    """

    def __init__(
        self,
        row: type[TenantRow],
        name: str,
        values: Callable[[T], Values],
        read: Callable[[Record], T],
    ) -> None:
        self.name = name
        self.values = values
        self.read = read
        self.table = table = table_of(row)
        self.has_mode = "mode" in table.c
        one = select_one(row)
        self.mine = select(table).where(table.c.tenant_id == bindparam("tenant_id"))
        if self.has_mode:
            in_mode = table.c.mode == bindparam("mode")
            one, self.mine = one.where(in_mode), self.mine.where(in_mode)
        self.select = Statement(one)
        self.lock = Statement(one.with_for_update())
        self.insert = Statement(insert_one(row))
        self.update = Statement(update_one(row), columns_of(row, but=("tenant_id", "id", "mode")))


class Kept(Generic[T]):
    """The things of one kind that one scope has, within one transaction."""

    def __init__(self, kind: Kind[T], driver: Driver, scope: Scope) -> None:
        self._kind = kind
        self._driver = driver
        self._mine: dict[str, object] = {"tenant_id": scope.tenant_id}
        if kind.has_mode:
            self._mine["mode"] = scope.mode

    async def get(self, thing_id: str) -> T:
        """Read one; raises ThingIsNotFound."""
        return await self._one(self._kind.select, thing_id)

    async def lock(self, thing_id: str) -> T:
        """Read one and keep its row until the transaction ends; raises ThingIsNotFound."""
        return await self._one(self._kind.lock, thing_id)

    async def add(self, thing_id: str, thing: T) -> None:
        """Insert one; raises KeyIsTaken."""
        values = {**self._mine, "id": thing_id, **self._kind.values(thing)}
        await self._kind.insert.run(self._driver, values)

    async def save(self, thing_id: str, thing: T) -> None:
        """Write one back; raises KeyIsTaken."""
        where = {"of_tenant": self._mine["tenant_id"], "of_id": thing_id}
        await self._kind.update.run(self._driver, {**where, **self._kind.values(thing)})

    async def all(self, statement: Statement, **which: object) -> list[T]:
        """Read those that a statement finds."""
        rows = await statement.fetch(self._driver, {**self._mine, **which})
        return [self._kind.read(row) for row in rows]

    async def first(self, statement: Statement, **which: object) -> T | None:
        """Read the first that a statement finds."""
        row = await statement.fetch_one(self._driver, {**self._mine, **which})
        return None if row is None else self._kind.read(row)

    async def has(self, statement: Statement, **which: object) -> bool:
        """Tell whether a statement finds any."""
        return await statement.fetch_one(self._driver, {**self._mine, **which}) is not None

    async def page(self, clause: Select[object], page: PageRequest) -> Page[T]:
        """Read one page of those that a clause selects, newest first."""
        table, mine = self._kind.table, self._mine
        rows = await fetch_newest(self._driver, clause, table, mine, page)
        return rows.map(self._kind.read)

    async def _one(self, statement: Statement, thing_id: str) -> T:
        row = await statement.fetch_one(self._driver, {**self._mine, "id": thing_id})
        if row is None:
            raise ThingIsNotFound(self._kind.name, thing_id)
        return self._kind.read(row)
