"""Pages rendered here from what the code says; they load nothing from any other host."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, select_autoescape
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from paymux.kernel.errors import PaymuxError
from paymux.platform.http.errors import RouteIsUnknown
from paymux.platform.http.problems import (
    advice_on,
    known_problems,
    meaning_of,
    status_of,
    title_of,
)

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)
_MEDIA_TYPE: Final = "application/vnd.oai.openapi+json"


class Documentation:
    """The OpenAPI description, encoded once, and the pages made from it."""

    def __init__(self) -> None:
        self._json = b"{}"
        self._page = ""

    def publish(self, document: Mapping[str, object]) -> None:
        """Serve `document` from now on."""
        self._json = msgspec.json.encode(document)
        api = msgspec.json.decode(self._json)
        self._page = _PAGES.get_template("docs.html").render(api=api)

    def routes(self) -> Sequence[HTTPRouteHandler]:
        """Return the routes of the description, its page and the pages of the problems."""

        @get(
            "/openapi.json", media_type=_MEDIA_TYPE, sync_to_thread=False, include_in_schema=False
        )
        def openapi_json() -> bytes:
            return self._json

        @get("/docs", sync_to_thread=False, include_in_schema=False)
        def docs() -> Response[str]:
            return _page(self._page)

        return [openapi_json, docs, problems, problem]


@get("/problems", sync_to_thread=False, include_in_schema=False)
def problems() -> Response[str]:
    """List every problem code."""
    return _page(_problems_page(list(known_problems())))


@get("/problems/{code:str}", sync_to_thread=False, include_in_schema=False)
def problem(code: str) -> Response[str]:
    """Explain one problem code; a problem's `type` leads here."""
    found = [kind for kind in known_problems() if kind.code == code]
    if not found:
        raise RouteIsUnknown
    return _page(_problems_page(found))


def _problems_page(kinds: list[type[PaymuxError]]) -> str:
    entries = [
        {
            "code": kind.code,
            "title": title_of(kind),
            "status": int(status_of(kind)),
            "meaning": meaning_of(kind),
            "advice": advice_on(kind),
        }
        for kind in kinds
    ]
    return _PAGES.get_template("problems.html").render(problems=entries)


def _page(html: str) -> Response[str]:
    return Response(
        html,
        media_type=MediaType.HTML,
        headers={"cache-control": "no-cache"},
    )
