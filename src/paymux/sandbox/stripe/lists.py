"""Stripe's lists: newest first, cursors by id, at most 100 at a time."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from paymux.sandbox.stripe import errors
from paymux.sandbox.stripe.params import Page, Range
from paymux.sandbox.wire import Json


class Listed(Protocol):
    """What can be in a list."""

    id: str
    created: int


Item = TypeVar("Item", bound=Listed)


def page_of(oldest_first: Iterable[Item], page: Page, resource: str) -> tuple[list[Item], bool]:
    """One page of objects, and whether there are more."""
    items = list(oldest_first)
    items.reverse()
    if page.starting_after is not None:
        items = items[_position(items, page.starting_after, resource, "starting_after") + 1 :]
    elif page.ending_before is not None:
        before = items[: _position(items, page.ending_before, resource, "ending_before")]
        return before[-page.limit :], len(before) > page.limit
    return items[: page.limit], len(items) > page.limit


def list_body(data: list[object], url: str, *, has_more: bool) -> Json:
    """The list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def within(created: int, wanted: Range | int | None) -> bool:
    """Whether a creation time is in the span asked for."""
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return created == wanted
    return (
        (wanted.gt is None or created > wanted.gt)
        and (wanted.gte is None or created >= wanted.gte)
        and (wanted.lt is None or created < wanted.lt)
        and (wanted.lte is None or created <= wanted.lte)
    )


def _position(items: list[Item], identity: str, resource: str, param: str) -> int:
    for position, item in enumerate(items):
        if item.id == identity:
            return position
    raise errors.no_such(resource, identity, param)
