"""Reading a list's address, and writing the address of its next page."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from paymux.console.visitors import PageRequestOf
from paymux.kernel.pages import PageRequest

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The addresses of the other pages of a list, where there are any."""

    newest: str | None
    older: str | None


def asked(request: PageRequestOf, *names: str) -> dict[str, str]:
    """Return the filters that were filled in; others are empty."""
    return {name: request.query_params.get(name, "").strip() for name in names}


def page_asked(request: PageRequestOf) -> PageRequest:
    """Return which page was asked for; raises CursorIsInvalid."""
    return PageRequest(limit=PAGE_SIZE, cursor=request.query_params.get("cursor") or None)


def neighbours(
    path: str, filters: Mapping[str, str], where: PageRequest, next_cursor: str | None
) -> Neighbours:
    """Return where a list goes on, and where it begins."""
    kept = {name: value for name, value in filters.items() if value}
    following = {**kept, "cursor": next_cursor} if next_cursor else None
    return Neighbours(
        newest=_address(path, kept) if where.cursor else None,
        older=_address(path, following) if following else None,
    )


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
