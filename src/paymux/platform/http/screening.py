"""What every request is screened for before its handler runs, and after it was let in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from litestar import Request, Response
from litestar.datastructures import State
from litestar.types.asgi_types import HTTPScope

from paymux.platform.http.card_numbers import holds_card_number
from paymux.platform.http.errors import (
    CardNumberIsRefused,
    ParameterIsRepeated,
    ParameterIsUnknown,
    TextIsInvalid,
)

_QUERY: Final = "query"
API_PREFIX: Final = "/v1/"
QueryParameters = Mapping[tuple[str, str], Mapping[str, bool]]
"""(path template, method) → name of each query parameter → whether it takes several values."""


class Screen:
    """A Litestar `before_request` hook; what it knows is filled in once the routes are known."""

    def __init__(self) -> None:
        self.documented: QueryParameters = {}
        self.allowed: Mapping[str, str] = {}

    async def __call__(self, request: Request[object, object, State]) -> Response[None] | None:
        """Raise a refusal, answer OPTIONS, or let the request pass."""
        scope = request.scope
        if scope["method"] == "OPTIONS":
            # Litestar's own answer forgets methods that were registered after the first.
            allow = self.allowed.get(scope["path_template"], "OPTIONS")
            return Response(None, status_code=HTTPStatus.NO_CONTENT, headers={"allow": allow})
        self._screen(request, scope)
        return None

    def _screen(self, request: Request[object, object, State], scope: HTTPScope) -> None:
        _refuse_text("path", scope["path"])
        if key := request.headers.get("idempotency-key"):
            _refuse_text("Idempotency-Key header", key)
        if query := scope["query_string"]:
            self._screen_query(scope["path_template"], scope["method"], query)

    def _screen_query(self, template: str, method: str, query: bytes) -> None:
        pairs = _parsed(query)
        for name, value in pairs:
            _refuse_text(_QUERY, name)
            _refuse_text(_QUERY, value, name)
        if template.startswith(API_PREFIX):
            known = self.documented.get((template, method), {})
            _refuse_undocumented(known, (name for name, _ in pairs))


def _parsed(query: bytes) -> list[tuple[str, str]]:
    try:
        unquote_to_bytes(query).decode("utf-8")
    except UnicodeDecodeError:
        raise TextIsInvalid(_QUERY) from None
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)


def _refuse_text(where: str, text: str, field: str | None = None) -> None:
    # The server puts U+FFFD where a path was not UTF-8.
    if "\x00" in text or "\ufffd" in text:
        raise TextIsInvalid(where, field)
    if holds_card_number(text):
        raise CardNumberIsRefused(where, field)


def _refuse_undocumented(known: Mapping[str, bool], names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if name not in known:
            raise ParameterIsUnknown(name)
        if times > 1 and not known[name]:
            raise ParameterIsRepeated(name)
