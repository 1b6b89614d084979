"""The payer's pages: `/pay/{token}` and the way back from the provider."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from litestar import Controller, Response, get, post

from paymux.console.pages import payer_page, see_other
from paymux.console.visitors import PageRequestOf
from paymux.payments.ports.inbound import OpensPaymentLinks, PayerView

_UNSETTLED: Final = frozenset({"processing", "requires_action"})
_WAITS: Final = (2, 2, 3, 3, 5, 5, 10, 10, 20, 30, 30)
"""Seconds between looks; about two minutes in all, then the payer looks when they like."""

_SAYS: Final = {
    "succeeded": ("Paid. Thank you.", ""),
    "authorized": ("Your payment is reserved.", "The merchant will take it later."),
    "canceled": ("This payment was canceled.", "Nothing was taken."),
    "expired": ("This payment link has expired.", "Nothing was taken."),
    "failed": ("This payment could not be started.", "Nothing was taken."),
}
_STILL_OPEN: Final = ("This payment is still open.", "You can pay it now, or later by this link.")
_CHOOSE: Final = ("How would you like to pay?", "")
_AGREE: Final = ("Before you pay, please read this.", "")
_OUT_OF_REACH: Final = (
    "Payment is not possible just now.",
    "Nothing was taken. This page tries again by itself.",
)
_PREPARING: Final = ("One moment: your payment is being prepared.", "")


@dataclass(frozen=True, slots=True)
class Refresh:
    """When the browser looks again by itself, and which look that will be."""

    seconds: int
    next_look: int


class PayController(Controller):
    """Needs no key: the token is the authority. Works without JavaScript."""

    path = "/pay"
    include_in_schema = False

    @get("/{token:str}")
    async def open_link(
        self, token: str, request: PageRequestOf, payment_links: OpensPaymentLinks
    ) -> Response[str]:
        """Send the payer to the provider's page, or say how the payment stands."""
        view = await payment_links.open(token)
        if view is not None and view.checkout_url is not None:
            return see_other(view.checkout_url)
        return _page(view, token, _next_look(request))

    @post("/{token:str}/consent", status_code=200)
    async def agree(self, token: str, payment_links: OpensPaymentLinks) -> Response[str]:
        """Note that the payer agrees, then send them on as their link does."""
        view = await payment_links.agree(token)
        if view is not None and view.checkout_url is not None:
            return see_other(view.checkout_url)
        return see_other(f"/pay/{token}") if view is not None else _page(view, token, None)

    @get("/{token:str}/via/{connection_id:str}")
    async def choose(
        self, token: str, connection_id: str, payment_links: OpensPaymentLinks
    ) -> Response[str]:
        """Send the payer to the provider of their choice."""
        view = await payment_links.choose(token, connection_id)
        if view is not None and view.checkout_url is not None:
            return see_other(view.checkout_url)
        return _page(view, token, None)

    @get("/{token:str}/return")
    async def come_back(
        self, token: str, request: PageRequestOf, payment_links: OpensPaymentLinks
    ) -> Response[str]:
        """Learn how it went, then send the payer on to the merchant."""
        view = await payment_links.returned(token)
        if view is not None and view.status not in _UNSETTLED and view.return_url is not None:
            return see_other(view.return_url)
        return _page(view, token, _next_look(request))

    @get("/{token:str}/back")
    async def turn_back(self, token: str, payment_links: OpensPaymentLinks) -> Response[str]:
        """The payer turned back on the provider's page; the payment stays open."""
        view = await payment_links.returned(token)
        if view is not None and view.cancel_url is not None and view.status in _UNSETTLED:
            return see_other(view.cancel_url)
        return _page(view, token, None)


def _next_look(request: PageRequestOf) -> Refresh | None:
    asked = request.query_params.get("look", "0")
    look = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < len("999") else 0
    return Refresh(_WAITS[look], look + 1) if look < len(_WAITS) else None


def _page(view: PayerView | None, token: str, refresh: Refresh | None) -> Response[str]:
    if view is None:
        return payer_page("unknown_link.html", status=HTTPStatus.NOT_FOUND)
    waiting = view.status in _UNSETTLED
    headline, detail = _says(view)
    return payer_page(
        "pay.html",
        has_form=view.consent is not None,
        view=view,
        waiting=waiting,
        headline=headline,
        detail=detail,
        refresh=refresh if waiting and not view.choices and view.consent is None else None,
        agree_at=f"/pay/{token}/consent",
        choices=[(f"/pay/{token}/via/{one.connection_id}", one.name) for one in view.choices],
    )


def _says(view: PayerView) -> tuple[str, str]:
    if view.status in _SAYS:
        return _SAYS[view.status]
    if view.consent is not None:
        return _AGREE
    if view.choices:
        return _CHOOSE
    if view.checkout_url is not None:
        return _STILL_OPEN
    return _OUT_OF_REACH if view.status == "requires_action" else _PREPARING
