"""The payer's pages: `/pay/{token}` and the way back from the provider."""

from http import HTTPStatus
from typing import Final

from jinja2 import Environment, PackageLoader, select_autoescape
from litestar import Controller, Response, get
from litestar.response import Redirect

from paymux.payments.ports.inbound import OpensPaymentLinks, PayerView

_PAGES: Final = Environment(
    loader=PackageLoader("paymux.console"), autoescape=select_autoescape(), trim_blocks=True
)
_UNSETTLED: Final = frozenset({"processing", "requires_action"})


class PayController(Controller):
    """Needs no key: the token is the authority. Works without JavaScript."""

    path = "/pay"
    include_in_schema = False

    @get("/{token:str}")
    async def open_link(self, token: str, payment_links: OpensPaymentLinks) -> Response[str]:
        """Send the payer to the provider's page, or say how the payment stands."""
        view = await payment_links.open(token)
        if view is not None and view.checkout_url is not None:
            return _redirect(view.checkout_url)
        return _page(view, refresh=3)

    @get("/{token:str}/return")
    async def come_back(self, token: str, payment_links: OpensPaymentLinks) -> Response[str]:
        """Learn how it went, then send the payer on to the merchant."""
        view = await payment_links.returned(token)
        if view is not None and view.status not in _UNSETTLED and view.return_url is not None:
            return _redirect(view.return_url)
        return _page(view, refresh=3)

    @get("/{token:str}/back")
    async def turn_back(self, token: str, payment_links: OpensPaymentLinks) -> Response[str]:
        """The payer turned back on the provider's page; the payment stays open."""
        view = await payment_links.returned(token)
        if view is not None and view.cancel_url is not None and view.status in _UNSETTLED:
            return _redirect(view.cancel_url)
        return _page(view, refresh=None)


def _redirect(url: str) -> Response[str]:
    return Redirect(url, status_code=303)


def _page(view: PayerView | None, refresh: int | None) -> Response[str]:
    if view is None:
        html = _PAGES.get_template("unknown_link.html").render()
        return Response(html, media_type="text/html", status_code=HTTPStatus.NOT_FOUND)
    waiting = view.status in _UNSETTLED
    html = _PAGES.get_template("pay.html").render(
        view=view, waiting=waiting, refresh=refresh if waiting else None
    )
    return Response(html, media_type="text/html")
