"""Every exception becomes a problem; none becomes a stack trace."""

import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from paymux.kernel.errors import PaymuxError
from paymux.platform.http.database_failures import is_unreachable
from paymux.platform.http.errors import (
    BodyIsMissing,
    BodyIsTooLarge,
    MethodIsNotAllowed,
    RequestIsInvalid,
    RequestIsMalformed,
    RouteIsUnknown,
    ServiceIsUnavailable,
    SomethingWentWrong,
    Violation,
)
from paymux.platform.http.problems import MEDIA_TYPE, headers_of, problem_of, status_of
from paymux.platform.http.refusals import remember_refusal
from paymux.platform.http.request_ids import request_id_of

logger = logging.getLogger(__name__)

AnyRequest = Request[object, object, State]
ExceptionHandler = Callable[[AnyRequest, Any], Response[bytes]]

_MISSING: Final = re.compile(r"Missing required (\w+) parameter '([^']+)'")


def problem_response(
    request: AnyRequest, error: PaymuxError, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Return `error` as a response."""
    remember_refusal(request.scope, error)
    return Response(
        msgspec.json.encode(problem_of(error, request_id_of(request.scope))),
        status_code=status_of(type(error)),
        media_type=MEDIA_TYPE,
        headers={**headers_of(type(error)), **(headers or {})},
    )


def handle_refusal(request: AnyRequest, error: PaymuxError) -> Response[bytes]:
    """Answer a refusal of our own."""
    return problem_response(request, error)


def handle_framework_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what Litestar raised, without its wording, which may quote the URL."""
    refusal = _translated(error)
    if isinstance(refusal, SomethingWentWrong):
        _log(request, error)
    if isinstance(refusal, MethodIsNotAllowed):
        return problem_response(request, refusal, {"allow": _allowed(error)})
    return problem_response(request, refusal)


def handle_unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer 503 when a dependency is out of reach, else 500; the log has the rest."""
    if is_unreachable(error):
        reasons = [type(one).__name__ for one in (error, error.__cause__) if one is not None]
        logger.warning("The database is out of reach.", extra={"error": " from ".join(reasons)})
        return problem_response(request, ServiceIsUnavailable())
    _log(request, error)
    return problem_response(request, SomethingWentWrong())


def _log(request: AnyRequest, error: Exception) -> None:
    logger.error(
        "A request failed.",
        exc_info=error,
        extra={"route": request.scope.get("path_template"), "method": request.scope["method"]},
    )


def _translated(error: HTTPException) -> PaymuxError:
    if isinstance(error, NotFoundException):
        return RouteIsUnknown()
    if isinstance(error, MethodNotAllowedException):
        return MethodIsNotAllowed()
    if isinstance(error, ValidationException):
        return _invalid(error)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BodyIsTooLarge()
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return SomethingWentWrong()
    return RequestIsMalformed()


def _invalid(error: ValidationException) -> PaymuxError:
    if missing := _MISSING.search(error.detail):
        place, name = missing.groups()
        return RequestIsInvalid([Violation(name, f"The {place} parameter is required.")])
    found = [_violation(one) for one in error.extra or [] if isinstance(one, dict)]
    if not found:
        return RequestIsMalformed()
    if any(one.field == "data" for one in found):
        return BodyIsMissing()
    return RequestIsInvalid(found)


def _violation(message: Mapping[str, object]) -> Violation:
    return Violation(str(message.get("key", "")), f"{message.get('message', 'Invalid value')}.")


def _allowed(error: HTTPException) -> str:
    methods = set((error.headers or {}).get("allow", "").split(", ")) - {""}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


EXCEPTION_HANDLERS: Final[Mapping[int | type[Exception], ExceptionHandler]] = {
    PaymuxError: handle_refusal,
    HTTPException: handle_framework_error,
    HTTPStatus.INTERNAL_SERVER_ERROR: handle_unexpected,
}
