"""Refusals a caller can act on. One table elsewhere maps categories to HTTP statuses."""

from enum import StrEnum
from typing import ClassVar


class Category(StrEnum):
    """What kind of refusal it is, and so who can do something about it."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNPROCESSABLE = "unprocessable"
    PROVIDER_FAILED = "provider_failed"
    UNAVAILABLE = "unavailable"


class PaymuxError(Exception):
    """A refusal with a stable `code`; `str()` of it is safe to show to the caller.

    `field` names the offending input as the caller spelled it, for example `amount`.
    `passes`: nothing was done, and the very same request may fare better in a moment.
    """

    code: ClassVar[str]
    category: ClassVar[Category]
    passes: ClassVar[bool] = False

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class StartIsRefused(PaymuxError):
    """This installation cannot run as it is set up; no request ever meets this."""

    category = Category.UNAVAILABLE


class ThingIsNotFound(PaymuxError):
    """No such thing for this tenant in this mode; another tenant's thing looks the same."""

    code = "not_found"
    category = Category.NOT_FOUND

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"There is no {kind} {identifier!r}.")


class InputIsInvalid(PaymuxError):
    """The input breaks a rule that the schema alone cannot say."""

    code = "invalid_request"
    category = Category.INVALID


class CursorIsInvalid(PaymuxError):
    """The cursor was not issued by this endpoint.

    Begin the list anew, without a cursor.
    """

    code = "invalid_cursor"
    category = Category.INVALID

    def __init__(self) -> None:
        super().__init__("The cursor was not issued by this list.", field="cursor")
