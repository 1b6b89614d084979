"""How problems look in the OpenAPI description."""

from collections.abc import Mapping, Set
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Reference,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from paymux.kernel.errors import PaymuxError, StartIsRefused
from paymux.platform.http.problems import (
    MEDIA_TYPE,
    Problem,
    known_problems,
    meaning_of,
    status_of,
    title_of,
)

Responses = dict[str, OpenAPIResponse | Reference]

_TEXT: Final = Schema(type=OpenAPIType.STRING)
_FIELD_PROBLEM: Final = Schema(
    type=OpenAPIType.OBJECT,
    properties={"field": _TEXT, "detail": _TEXT},
    required=["field", "detail"],
)
PROBLEM_SCHEMA: Final = Schema(
    type=OpenAPIType.OBJECT,
    title="Problem",
    description="RFC 9457, with a stable `code` to switch on.",
    properties={
        "type": Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.URI_REFERENCE,
            description="Where the code is explained.",
        ),
        "title": _TEXT,
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": _TEXT,
        "code": Schema(type=OpenAPIType.STRING, description="Stable; /problems lists all."),
        "field": Schema(
            type=OpenAPIType.STRING, description="The offending input, as the caller spelled it."
        ),
        "errors": Schema(
            type=OpenAPIType.ARRAY, items=_FIELD_PROBLEM, description="Every violation found."
        ),
        "request_id": Schema(type=OpenAPIType.STRING, description="As in X-Request-Id."),
    },
    required=["type", "title", "status", "detail", "code", "request_id"],
    examples=[
        {
            "type": "/problems/invalid_request",
            "title": "Request is invalid",
            "status": 400,
            "detail": "amount: Expected `int` >= 1.",
            "code": "invalid_request",
            "field": "amount",
            "errors": [{"field": "amount", "detail": "Expected `int` >= 1."}],
            "request_id": "req_1f0c2a9b7d3e5f6a8b9c0d1e",
        }
    ],
)
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _response(description: str, header: str | None = None) -> OpenAPIResponse:
    return OpenAPIResponse(
        description=description,
        headers=None if header is None else {header: OpenAPIHeader(schema=_TEXT)},
        content={
            MEDIA_TYPE: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))
        },
    )


_BY_STATUS: Final[Mapping[str, tuple[str, OpenAPIResponse]]] = {
    "400": ("InvalidRequest", _response("The request is malformed or does not fit the schema.")),
    "401": ("Unauthenticated", _response("No valid key was presented.", "WWW-Authenticate")),
    "403": ("Forbidden", _response("The key may not do this.")),
    "404": ("NotFound", _response("There is no such thing for this tenant in this mode.")),
    "409": (
        "Conflict",
        _response("The thing's state does not allow this.", "Retry-After"),
    ),
    "413": ("TooLarge", _response("The body is too large.")),
    "415": ("UnsupportedContentType", _response("The body is not application/json.")),
    "422": ("Unprocessable", _response("The request is well-formed but cannot be done.")),
    "503": ("Unavailable", _response("Try again shortly.", "Retry-After")),
    "default": ("Problem", _response("Any other problem.")),
}
PROBLEM_RESPONSES: Final[Responses] = dict(_BY_STATUS.values())


class BodyKind(Enum):
    """What an operation reads as its body."""

    NONE = auto()
    JSON = auto()
    RAW = auto()


class Shape(NamedTuple):
    """What decides which problems an operation can answer with."""

    writes: bool
    is_secured: bool
    has_path_parameter: bool
    body: BodyKind


_STATUSES_OF_BODY: Final[Mapping[BodyKind, Set[str]]] = {
    BodyKind.NONE: frozenset(),
    BodyKind.JSON: frozenset({"413", "415"}),
    BodyKind.RAW: frozenset({"413"}),
}


def problems_for(shape: Shape) -> Responses:
    """Return references to the problems that an operation of this shape can answer with."""
    statuses = {"400", "503", "default"} | _STATUSES_OF_BODY[shape.body]
    if shape.is_secured:
        statuses |= {"401", "403"}
    if shape.has_path_parameter:
        statuses.add("404")
    if shape.writes and shape.body is not BodyKind.RAW:
        statuses |= {"409", "422"}
    return {
        status: Reference(ref=f"#/components/responses/{_BY_STATUS[status][0]}")
        for status in sorted(statuses)
    }


def show_problems(document: dict[str, Any]) -> None:
    """Give each response of problems an example for every code that it can have."""
    shown = {name: status for status, (name, _) in _BY_STATUS.items()}
    for name, response in document["components"]["responses"].items():
        response["content"][MEDIA_TYPE]["examples"] = {
            kind.code: {"summary": title_of(kind), "value": _example(kind)}
            for kind in known_problems()
            if not issubclass(kind, StartIsRefused)
            if shown[name] == _documented_under(kind)
        }


def _documented_under(kind: type[PaymuxError]) -> str:
    status = str(int(status_of(kind)))
    return status if status in _BY_STATUS else "default"


def _example(kind: type[PaymuxError]) -> Problem:
    return Problem(
        type=f"/problems/{kind.code}",
        title=title_of(kind),
        status=status_of(kind),
        detail=meaning_of(kind),
        code=kind.code,
        request_id="req_1f0c2a9b7d3e5f6a8b9c0d1e",
    )
