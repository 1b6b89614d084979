"""Keyset pagination over ids, which sort by time."""

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.pages import Page, PageRequest
from paymux.platform.database.rows import TenantRow

R = TypeVar("R", bound=TenantRow)


async def fetch_page(
    session: AsyncSession, statement: Select[R], row: type[R], page: PageRequest
) -> Page[R]:
    """Return one page of `statement`, newest first; one row more than asked tells of the next."""
    if page.cursor is not None:
        statement = statement.where(row.id < page.cursor)
    newest = statement.order_by(row.id.desc()).limit(page.limit + 1)
    rows = (await session.scalars(newest)).all()
    kept = rows[: page.limit]
    return Page(kept, kept[-1].id if len(rows) > page.limit else None)
