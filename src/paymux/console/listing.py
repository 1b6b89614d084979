"""Reading a list's address, and writing the address of its next page."""

from collections.abc import Mapping
from urllib.parse import urlencode

from paymux.console.visitors import PageRequestOf
from paymux.kernel.pages import PageRequest

PAGE_SIZE = 25


def asked(request: PageRequestOf, *names: str) -> dict[str, str]:
    """Return the filters that were filled in; others are empty."""
    return {name: request.query_params.get(name, "").strip() for name in names}


def page_asked(request: PageRequestOf) -> PageRequest:
    """Return which page was asked for; raises CursorIsInvalid."""
    return PageRequest(limit=PAGE_SIZE, cursor=request.query_params.get("cursor") or None)


def next_address(path: str, filters: Mapping[str, str], cursor: str | None) -> str | None:
    """Return where the list goes on, if it does."""
    if cursor is None:
        return None
    kept = {name: value for name, value in filters.items() if value}
    return f"{path}?{urlencode({**kept, 'cursor': cursor})}"
