"""Cursor pagination: newest first, stable while rows are added."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from paymux.kernel.errors import CursorIsInvalid, InputIsInvalid
from paymux.kernel.ids import has_id_shape

MOST_ITEMS: Final = 100

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many items (1 to 100), and after which cursor of an earlier page."""

    limit: int = 20
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_ITEMS:
            detail = f"limit must be between 1 and {MOST_ITEMS}."
            raise InputIsInvalid(detail, field="limit")
        if self.cursor is not None and not has_id_shape(self.cursor):
            raise CursorIsInvalid


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of the next page when there is one."""

    items: Sequence[T]
    next_cursor: str | None = None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """Return the same page of changed items."""
        return Page([change(item) for item in self.items], self.next_cursor)
