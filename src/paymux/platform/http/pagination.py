"""Cursor pagination as every list endpoint speaks it."""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import Parameter

from paymux.kernel.pages import Page, PageRequest

T = TypeVar("T")
U = TypeVar("U")


class PageResponse(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some items, newest first, and the cursor of the next page when there is one."""

    data: list[T]
    next_cursor: str | None


def page_request(
    limit: Annotated[int, Parameter(ge=1, le=100, description="How many items at most.")] = 20,
    cursor: Annotated[
        str | None,
        Parameter(max_length=100, description="`next_cursor` of the page before, unchanged."),
    ] = None,
) -> PageRequest:
    """Read a list's query parameters; provided to handlers as `page`."""
    return PageRequest(limit=limit, cursor=cursor)


def page_response(page: Page[T], body: Callable[[T], U]) -> PageResponse[U]:
    """Return `page` as a response of bodies."""
    return PageResponse(data=[body(item) for item in page.items], next_cursor=page.next_cursor)
