"""Pages: templates, what they may load, and how values are written on them."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from paymux.console.visitors import Visitor

STYLE: Final = files("paymux.console").joinpath("templates", "paymux.css").read_text("utf-8")
_DIGEST: Final = sha256(STYLE.encode()).digest()
STYLE_VERSION: Final = _DIGEST.hex()[:12]

_NOTHING: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:; "
CONSOLE_POLICY: Final = f"{_NOTHING}style-src 'self'; form-action 'self'"
_OF_PAYERS: Final = f"{_NOTHING}style-src 'sha256-{b64encode(_DIGEST).decode()}'; "
PAYER_POLICY: Final = f"{_OF_PAYERS}form-action 'none'"
# Browsers hold form-action also against where the answer to a form leads: to a provider.
PAYER_FORM_POLICY: Final = f"{_OF_PAYERS}form-action *"


def words(name: str) -> str:
    """Write a name of the API as words: `requires_action` is "requires action"."""
    return name.replace("_", " ")


_PAGES: Final = Environment(
    loader=PackageLoader("paymux.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters.update(words=words)
_PAGES.globals.update(style=STYLE, style_version=STYLE_VERSION)


def page(
    template: str, visitor: Visitor | None, *, status: HTTPStatus = HTTPStatus.OK, **values: object
) -> Response[str]:
    """Return a page of the console; prolongs the visitor's session when that is due."""
    html = _PAGES.get_template(template).render(visitor=visitor, **values)
    cookies = [visitor.cookie] if visitor is not None and visitor.cookie is not None else []
    return _html(html, status, {"content-security-policy": CONSOLE_POLICY}, cookies)


def payer_page(
    template: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    has_form: bool = False,
    **values: object,
) -> Response[str]:
    """Return a page for a payer; it is complete in itself and sets no cookie."""
    html = _PAGES.get_template(template).render(**values)
    policy = PAYER_FORM_POLICY if has_form else PAYER_POLICY
    return _html(html, status, {"content-security-policy": policy}, [])


def see_other(url: str, *cookies: Cookie) -> Response[str]:
    """Send the browser on to read another page."""
    return Redirect(url, status_code=303, cookies=list(cookies))


def _html(
    html: str, status: HTTPStatus, headers: Mapping[str, str], cookies: list[Cookie]
) -> Response[str]:
    return Response(
        html, media_type="text/html", status_code=status, headers=headers, cookies=cookies
    )
