"""Statements compiled once and run on the driver's own connection.

For the few transactions that every payment makes: SQLAlchemy says what the statement is, and
is left out of running it, which took three times as long as PostgreSQL did (ADR 0012).
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import asyncpg
from sqlalchemy import ClauseElement, Dialect, Select, Table, Update, bindparam, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.sql.compiler import SQLCompiler

from paymux.kernel.pages import Page, PageRequest
from paymux.platform.database.rows import TenantRow

_DIALECT: Final[Dialect] = dialect.dialect()  # type: ignore[no-untyped-call]

Values = Mapping[str, object]
Driver: TypeAlias = asyncpg.Connection
Record: TypeAlias = asyncpg.Record


class KeyIsTaken(Exception):
    """Another row has the key that this one should have; the message names the constraint."""


class Statement:
    """SQL with named values. `columns`: those that an INSERT or UPDATE sets."""

    def __init__(self, clause: ClauseElement, columns: Sequence[str] | None = None) -> None:
        compiled = clause.compile(
            dialect=_DIALECT,
            column_keys=columns,
        )
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(clause)
        self.sql = compiled.string
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._names = compiled.positiontup or []

    async def fetch(self, driver: Driver, values: Values) -> list[Record]:
        """Run it and return its rows."""
        rows: list[Record] = await driver.fetch(self.sql, *self._arguments(values))
        return rows

    async def fetch_one(self, driver: Driver, values: Values) -> Record | None:
        """Run it and return its first row."""
        return await driver.fetchrow(self.sql, *self._arguments(values))

    async def run(self, driver: Driver, values: Values) -> bool:
        """Run it and tell whether it touched a row; raises KeyIsTaken."""
        try:
            done = await driver.execute(self.sql, *self._arguments(values))
        except asyncpg.UniqueViolationError as error:
            raise KeyIsTaken(error.constraint_name) from None
        return not done.endswith(" 0")

    def _arguments(self, values: Values) -> list[object]:
        return [values[name] if name in values else self._fixed[name] for name in self._names]


def table_of(row: type[TenantRow]) -> Table:
    """Return the table that keeps such rows."""
    table = row.__table__
    if not isinstance(table, Table):
        raise TypeError(row)
    return table


def columns_of(row: type[TenantRow], *, but: Sequence[str] = ()) -> Sequence[str]:
    """Return the names of the columns of such rows."""
    return [column.name for column in table_of(row).columns if column.name not in but]


def select_one(row: type[TenantRow]) -> Select[object]:
    """Select by `tenant_id` and `id`."""
    table = table_of(row)
    return select(table).where(
        table.c.tenant_id == bindparam("tenant_id"), table.c.id == bindparam("id")
    )


def insert_one(row: type[TenantRow]) -> Insert:
    """Insert one row."""
    return insert(table_of(row))


def update_one(row: type[TenantRow]) -> Update:
    """Update the row with `of_tenant` and `of_id`."""
    table = table_of(row)
    return update(table).where(
        table.c.tenant_id == bindparam("of_tenant"), table.c.id == bindparam("of_id")
    )


async def fetch_newest(
    driver: Driver, clause: Select[object], table: Table, values: Values, page: PageRequest
) -> Page[Record]:
    """Return one page by id, newest first; one row more than asked tells of the next."""
    if page.cursor is not None:
        clause = clause.where(table.c.id < page.cursor)
    newest = Statement(clause.order_by(table.c.id.desc()).limit(page.limit + 1))
    rows = await newest.fetch(driver, values)
    kept = rows[: page.limit]
    return Page(kept, kept[-1]["id"] if len(rows) > page.limit else None)
