"""Signing in with an API key, and out again."""

import re
from http import HTTPStatus
from typing import Final

from litestar import Controller, Response, get, post

from paymux.console.pages import page, see_other
from paymux.console.visitors import (
    COOKIE,
    FormIsNotOurs,
    PageRequestOf,
    SignInIsNeeded,
    Visitor,
    Visitors,
)
from paymux.kernel.errors import PaymuxError
from paymux.platform.http.problems import status_of
from paymux.tenancy.errors import ApiKeyIsInvalid, LiveModeIsOff

HOME: Final = "/console"
_OURS: Final = re.compile(r"/console(/[A-Za-z0-9_/]*)?")
_FORM_COOKIE: Final = "paymux_console_form"
_FORM_SECONDS: Final = 3600
_SENT_TOO_LATE: Final = "This page had been open for too long. Please sign in once more."


class LoginController(Controller):
    """The only pages that somebody who is not signed in can see."""

    @get("/login")
    async def show_login(self, request: PageRequestOf, visitors: Visitors) -> Response[str]:
        """Ask for a key; whoever is signed in already goes on."""
        wanted = _ours(request.query_params.get("next", ""))
        if COOKIE not in request.cookies:
            return _login_page(visitors, wanted)
        try:
            await visitors.recognise(request)
        except SignInIsNeeded:
            return _login_page(visitors, wanted)
        return see_other(wanted)

    @post("/login")
    async def sign_in(self, request: PageRequestOf, visitors: Visitors) -> Response[str]:
        """Let in whoever has a key of a tenant; the key goes no further than this."""
        form = await request.form()
        wanted, key = _ours(str(form.get("next", ""))), str(form.get("key", "")).strip()
        try:
            await visitors.require_form(request, _purpose(request))
            cookie = await visitors.sign_in(key)
        except FormIsNotOurs as refusal:
            return _login_page(visitors, wanted, refusal, _SENT_TOO_LATE)
        except (ApiKeyIsInvalid, LiveModeIsOff) as refusal:
            return _login_page(visitors, wanted, refusal, refusal.detail)
        return see_other(wanted, cookie, visitors.cookie(_FORM_COOKIE, "", seconds=0))

    @post("/logout")
    async def sign_out(self, visitor: Visitor, visitors: Visitors) -> Response[str]:
        """End the session."""
        return see_other(f"{HOME}/login", visitors.sign_out(visitor))


def _login_page(
    visitors: Visitors,
    wanted: str,
    refusal: PaymuxError | None = None,
    message: str | None = None,
) -> Response[str]:
    purpose = visitors.new_purpose()
    response = page(
        "login.html",
        None,
        status=HTTPStatus.OK if refusal is None else status_of(type(refusal)),
        form_token=visitors.form_token(purpose),
        wanted=wanted,
        message=message,
    )
    response.set_cookie(visitors.cookie(_FORM_COOKIE, purpose, _FORM_SECONDS))
    return response


def _purpose(request: PageRequestOf) -> str:
    """Return what the sign-in form was made for; a request without its cookie made none."""
    purpose = request.cookies.get(_FORM_COOKIE)
    if not purpose:
        raise FormIsNotOurs
    return purpose


def _ours(wanted: str) -> str:
    """Return where to go after signing in: a page of the console, and nowhere else."""
    return wanted if _OURS.fullmatch(wanted) else HOME
