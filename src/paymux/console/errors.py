"""Refusals as pages: people are not shown JSON."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
)

from paymux.console.pages import page, see_other
from paymux.console.visitors import VISITOR, PageRequestOf, SignInIsNeeded
from paymux.kernel.errors import PaymuxError
from paymux.platform.http.application import ExceptionHandlers
from paymux.platform.http.exception_handlers import (
    handle_framework_error,
    handle_refusal,
    handle_unexpected,
)
from paymux.platform.http.problems import Problem

_Problems = Callable[[PageRequestOf, Any], Response[bytes]]


def ask_to_sign_in(request: PageRequestOf, _: SignInIsNeeded) -> Response[str]:
    """Send to the sign-in page, and from there back to what was asked for."""
    wanted = request.scope["path"] if request.method == "GET" else "/console"
    return see_other(f"/console/login?next={quote(wanted)}")


def _as_page(
    problem_of: _Problems, request: PageRequestOf, error: PaymuxError | Exception
) -> Response[str]:
    """Say on a page what the API would say as a problem."""
    answer = problem_of(request, error)
    problem = msgspec.json.decode(answer.content, type=Problem)
    response = page(
        "error.html",
        request.state.get(VISITOR),
        status=HTTPStatus(problem.status),
        problem=problem,
    )
    response.headers.update(answer.headers)
    return response


def handle_unrouted(
    request: PageRequestOf, error: HTTPException
) -> Response[str] | Response[bytes]:
    """Say that no page answers there, as a page where people look and as a problem elsewhere."""
    if f"{request.scope['path']}/".startswith("/console/"):
        return _as_page(handle_framework_error, request, error)
    return handle_framework_error(request, error)


UNROUTED: Final[ExceptionHandlers] = {
    NotFoundException: handle_unrouted,
    MethodNotAllowedException: handle_unrouted,
}
"""For the whole application: where no handler answers, no router's own are asked."""

PAGE_EXCEPTION_HANDLERS: Final[ExceptionHandlers] = {
    SignInIsNeeded: ask_to_sign_in,
    PaymuxError: partial(_as_page, handle_refusal),
    HTTPException: partial(_as_page, handle_framework_error),
    HTTPStatus.INTERNAL_SERVER_ERROR: partial(_as_page, handle_unexpected),
}
