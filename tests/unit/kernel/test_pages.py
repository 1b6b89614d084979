"""Pages, and what may be asked for; errors, and what they say."""

import pytest

from paymux.kernel.clock import SystemClock
from paymux.kernel.errors import Category, CursorIsInvalid, InputIsInvalid, ThingIsNotFound
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.pages import Page, PageRequest


@pytest.mark.parametrize("limit", [1, 20, 100])
def test_as_much_may_be_asked_for_as_a_page_holds(limit: int) -> None:
    cursor = TimeSortedIds(SystemClock()).new("pay")
    assert PageRequest(limit, cursor).limit == limit


@pytest.mark.parametrize("limit", [-1, 0, 101])
def test_more_or_nothing_is_refused(limit: int) -> None:
    with pytest.raises(InputIsInvalid) as refusal:
        PageRequest(limit)
    assert refusal.value.field == "limit"


@pytest.mark.parametrize("cursor", ["", "x", "pay_1", "'; --", "\x00"])
def test_a_cursor_that_nobody_issued_is_refused(cursor: str) -> None:
    with pytest.raises(CursorIsInvalid) as refusal:
        PageRequest(cursor=cursor)
    assert refusal.value.field == "cursor"


def test_a_page_of_changed_items_keeps_its_cursor() -> None:
    assert Page([1, 2], "next").map(str) == Page(["1", "2"], "next")


def test_an_error_says_what_there_is_not() -> None:
    error = ThingIsNotFound("payment", "pay_1")
    assert str(error) == error.detail == "There is no payment 'pay_1'."
    assert (error.code, error.category, error.field) == ("not_found", Category.NOT_FOUND, None)
