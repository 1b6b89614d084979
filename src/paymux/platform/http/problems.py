"""RFC 9457 problems: the one table from categories of refusal to HTTP statuses."""

import inspect
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final, cast

import msgspec

from paymux.kernel.errors import Category, PaymuxError, StartIsRefused
from paymux.platform.http.errors import HttpRefusal, RequestIsInvalid

MEDIA_TYPE: Final = "application/problem+json"

STATUS_OF: Final[Mapping[Category, HTTPStatus]] = {
    Category.INVALID: HTTPStatus.BAD_REQUEST,
    Category.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Category.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Category.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Category.CONFLICT: HTTPStatus.CONFLICT,
    Category.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Category.UNPROCESSABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Category.PROVIDER_FAILED: HTTPStatus.BAD_GATEWAY,
    Category.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_ADVICE_ON: Final[Mapping[Category, str]] = {
    Category.INVALID: "Change the request: `detail` and `field` say where. Sent again as it is, "
    "it is refused again.",
    Category.UNAUTHENTICATED: "Send `Authorization: Bearer …` with a key that is in force.",
    Category.FORBIDDEN: "Use a key that may do this.",
    Category.NOT_FOUND: "Check the id, and that the key is of the tenant and mode that it was "
    "made in.",
    Category.CONFLICT: "Read the thing again and decide anew.",
    Category.TOO_LARGE: "Send less at a time.",
    Category.UNPROCESSABLE: "Read `detail`: the request is well-formed, but not possible here.",
    Category.PROVIDER_FAILED: "Try again later; nothing was decided.",
    Category.UNAVAILABLE: "Try again after the seconds that `Retry-After` says; when it stays, "
    "ask who runs this installation.",
}
_ADVICE_AT_START: Final = "Mend what the message names, then start Paymux again."
_HEADERS_OF: Final[Mapping[HTTPStatus, Mapping[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: {"www-authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"retry-after": "2"},
}
_COME_AGAIN: Final[Mapping[str, str]] = {"retry-after": "1"}
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ACRONYMS: Final = re.compile(r"\b(?:api|json|http|id)\b", re.IGNORECASE)
_LONGEST_FIELD: Final = 200


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with one field."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every error response looks like (RFC 9457, with our extension members)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    field: str | None = None
    errors: list[FieldProblem] = []


def status_of(kind: type[PaymuxError]) -> HTTPStatus:
    """Return the HTTP status of a kind of refusal."""
    return kind.status if issubclass(kind, HttpRefusal) else STATUS_OF[kind.category]


def title_of(kind: type[PaymuxError]) -> str:
    """Return as a sentence the name of the class that first had this code."""
    sentence = _WORDS.sub(" ", _origin(kind).__name__).capitalize()
    return _ACRONYMS.sub(lambda word: word.group().upper(), sentence)


def meaning_of(kind: type[PaymuxError]) -> str:
    """Return what a code means: the first paragraph of its class's docstring."""
    return " ".join(_paragraphs(kind)[0].split())


def advice_on(kind: type[PaymuxError]) -> str:
    """Return what to do about it: what else the docstring says, or what its category asks for."""
    said = " ".join(" ".join(_paragraphs(kind)[1:]).split())
    if issubclass(kind, StartIsRefused):
        return said or _ADVICE_AT_START
    return said or _ADVICE_ON[kind.category]


def _paragraphs(kind: type[PaymuxError]) -> list[str]:
    return (inspect.getdoc(_origin(kind)) or "").split("\n\n")


def headers_of(kind: type[PaymuxError]) -> Mapping[str, str]:
    """Return the headers that HTTP wants beside the status of a kind of refusal."""
    if kind.passes:
        return _COME_AGAIN
    return _HEADERS_OF.get(status_of(kind), {})


def problem_of(error: PaymuxError, request_id: str) -> Problem:
    """Return `error` as a problem."""
    kind = type(error)
    return Problem(
        type=f"/problems/{error.code}",
        title=title_of(kind),
        status=status_of(kind),
        detail=_encodable(error.detail),
        code=error.code,
        request_id=request_id,
        field=None if error.field is None else _encodable(error.field)[:_LONGEST_FIELD],
        errors=_field_problems(error),
    )


def known_problems() -> Iterator[type[PaymuxError]]:
    """Every kind of refusal that is loaded, one per code, by code."""
    kinds = [kind for kind in _descendants(PaymuxError) if hasattr(kind, "code")]
    by_code = {kind.code: _origin(kind) for kind in kinds}
    return iter(by_code[code] for code in sorted(by_code))


def _origin(kind: type[PaymuxError]) -> type[PaymuxError]:
    """Return the most general class of the same code: its name and meaning belong to the code."""
    same = [one for one in kind.__mro__ if getattr(one, "code", None) == kind.code]
    return cast("type[PaymuxError]", same[-1])


def _descendants(kind: type[PaymuxError]) -> Iterator[type[PaymuxError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _field_problems(error: PaymuxError) -> list[FieldProblem]:
    if not isinstance(error, RequestIsInvalid):
        return []
    return [
        FieldProblem(field=_encodable(one.field)[:_LONGEST_FIELD], detail=_encodable(one.detail))
        for one in error.violations
    ]


def _encodable(text: str) -> str:
    # A lone surrogate in what the caller sent must not turn a refusal into a fault.
    return text.encode("utf-8", "replace").decode("utf-8")
