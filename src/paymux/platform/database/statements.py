"""Statements made once, for the rows that every payment writes.

Building a statement or flushing a session costs more processor time than PostgreSQL takes to
run it; a statement that lies ready costs only its values, given by column name.
"""

from typing import TypeVar

from sqlalchemy import Select, Table, Update, bindparam, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from paymux.platform.database.rows import TenantRow

R = TypeVar("R", bound=TenantRow)


def select_one(row: type[R]) -> Select[R]:
    """Select by `tenant_id` and `id`; what was read earlier is read again."""
    return (
        select(row)
        .where(row.tenant_id == bindparam("tenant_id"), row.id == bindparam("id"))
        .execution_options(populate_existing=True)
    )


def insert_one(row: type[TenantRow]) -> Insert:
    """Insert one row of the values given."""
    return insert(_table(row))


def update_one(row: type[TenantRow]) -> Update:
    """Set the values given, in the row with `of_tenant` and `of_id`."""
    table = _table(row)
    return update(table).where(
        table.c.tenant_id == bindparam("of_tenant"), table.c.id == bindparam("of_id")
    )


def _table(row: type[TenantRow]) -> Table:
    table = row.__table__
    if not isinstance(table, Table):
        raise TypeError(row)
    return table
