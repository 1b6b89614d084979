"""OpenAPI 3.1 from the routes, completed with what every operation has in common."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from litestar import Litestar, Response, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    OpenAPI,
    Operation,
    Parameter,
    Reference,
    Schema,
    SecurityScheme,
    Tag,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.routes import HTTPRoute
from litestar.types import Guard, Method
from litestar.types.internal_types import PathParameterDefinition

from paymux.platform.http.body_schemas import RAW_BODY, OperationBodies, describe_bodies
from paymux.platform.http.idempotency import takes_key
from paymux.platform.http.key_schema import KEY_PARAMETER
from paymux.platform.http.parameter_schemas import describe_parameters
from paymux.platform.http.problem_schema import (
    PROBLEM_RESPONSES,
    PROBLEM_SCHEMA,
    WRITES,
    BodyKind,
    Responses,
    Shape,
    problems_for,
    show_problems,
)
from paymux.platform.http.screening import QueryParameters

API_KEY: Final = "api_key"
ROOT_KEY: Final = "root_key"
_VERSION_SEGMENT: Final = "v1"
_SCHEMES: Final[Mapping[str, SecurityScheme | Reference]] = {
    API_KEY: SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="pmx_test_… or pmx_live_…",
        description="A tenant's API key; its mode decides which objects it sees.",
    ),
    ROOT_KEY: SecurityScheme(
        type="http",
        scheme="bearer",
        description="The installation's root key: creates and disables tenants, nothing else.",
    ),
}

SecurityOf = Mapping[Guard, Sequence[str]]
"""Which credentials a guard takes."""

RequestExamples = Mapping[str, Mapping[str, Mapping[str, object]]]
"""By operation id and name: examples of requests that the fields alone cannot make."""


class NoRoutes(Router):
    """Takes Litestar's own documentation routes and serves none: they load foreign scripts."""

    def register(self, value: object) -> list[object]:  # type: ignore[override]
        """Ignore the handler."""
        del value
        return []


def openapi_config(version: str) -> OpenAPIConfig:
    """Return the part that Litestar generates."""
    return OpenAPIConfig(
        title="Paymux",
        version=version,
        summary="One API for payments through several providers.",
        description=(
            "Errors are RFC 9457 problems with a stable `code`; every response carries "
            "`X-Request-Id`. Amounts are integers in minor units. Unknown fields and unknown "
            "query parameters are refused. Lists are paged with `limit` and `cursor`."
        ),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        openapi_router=NoRoutes("/", route_handlers=[]),
        components=Components(security_schemes=dict(_SCHEMES), responses=dict(PROBLEM_RESPONSES)),
    )


def complete_openapi(
    app: Litestar, security_of: SecurityOf, requests: RequestExamples
) -> dict[str, Any]:
    """Return the generated description with problems, security, tags, schemas and examples."""
    document = app.openapi_schema
    document.components.schemas["Problem"] = PROBLEM_SCHEMA
    tags = set()
    for path, method, handler, operation in _operations(app, document):
        tags.update(_complete(path, method, handler, operation, security_of))
    document.tags = [Tag(name=name) for name in sorted(tags)]
    completed = document.to_schema()
    describe_parameters(completed)
    describe_bodies(completed, _bodies(app, document, completed, requests))
    show_problems(completed)
    return completed


def _bodies(
    app: Litestar, document: OpenAPI, completed: dict[str, Any], requests: RequestExamples
) -> Iterator[OperationBodies]:
    for path, method, handler, _ in _operations(app, document):
        described = completed["paths"][path or "/"][method.lower()]
        asked = handler.parsed_data_field
        yield OperationBodies(
            described=described,
            asked=None if asked is None else asked.annotation,
            answered=_answered(handler),
            status=str(handler.status_code),
            shown=handler.opt.get("example", {}),
            requests=requests.get(described["operationId"], {}),
            raw=handler.opt.get(RAW_BODY),
            done=handler.response_description,
        )


def _answered(handler: HTTPRouteHandler) -> object:
    answered = handler.parsed_fn_signature.return_type
    if answered.is_subclass_of(Response):
        return answered.inner_types[0].annotation
    return answered.annotation


def documented_query(app: Litestar) -> QueryParameters:
    """Return the query parameters that each operation names."""
    return {
        (path, method): {
            parameter.name: _is_array(parameter)
            for parameter in operation.parameters or []
            if isinstance(parameter, Parameter) and parameter.param_in == "query"
        }
        for path, method, _, operation in _operations(app, app.openapi_schema)
    }


def allowed_methods(app: Litestar) -> Mapping[str, str]:
    """Return the Allow header of each path."""
    methods: dict[str, set[str]] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found = methods.setdefault(route.path_format, set())
            found.update(route.route_handler_map)
            found.update({"HEAD"} if "GET" in found else ())
    return {path: ", ".join(sorted(found)) for path, found in methods.items()}


def _operations(
    app: Litestar, document: OpenAPI
) -> Iterator[tuple[str, str, HTTPRouteHandler, Operation]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            item = (document.paths or {}).get(route.path_format or "/")
            for method, (handler, _) in route.route_handler_map.items():
                operation = getattr(item, method.lower(), None)
                if isinstance(operation, Operation):
                    yield route.path_format, method, handler, operation


def _complete(
    path: str,
    method: str,
    handler: HTTPRouteHandler,
    operation: Operation,
    security_of: SecurityOf,
) -> list[str]:
    schemes = list(_schemes(handler, security_of))
    operation.security = [{scheme: []} for scheme in schemes]
    operation.tags = operation.tags or [_resource(path.split("/")).replace("_", " ").capitalize()]
    operation.summary, operation.description = _said(handler, operation)
    shape = Shape(
        writes=method in WRITES,
        is_secured=bool(schemes),
        has_path_parameter="{" in path,
        body=_body_kind(handler, operation),
    )
    if takes_key(method, path):
        operation.parameters = [*(operation.parameters or []), KEY_PARAMETER]
    operation.responses = _responses(operation, problems_for(shape))
    return operation.tags


def _said(handler: HTTPRouteHandler, operation: Operation) -> tuple[str | None, str | None]:
    """Return summary and description; a docstring is both, its first line the summary."""
    text = operation.description or ""
    if handler.summary is not None:
        return handler.summary, text or None
    summary, _, rest = text.partition("\n")
    return summary.rstrip(".") or operation.summary, rest.strip() or None


def _body_kind(handler: HTTPRouteHandler, operation: Operation) -> BodyKind:
    if RAW_BODY in handler.opt:
        return BodyKind.RAW
    return BodyKind.NONE if operation.request_body is None else BodyKind.JSON


def _responses(operation: Operation, problems: Responses) -> Responses:
    # Litestar's own 400 is a shape that we never answer with.
    generated = {
        status: response
        for status, response in (operation.responses or {}).items()
        if status != "400"
    }
    return generated | {status: one for status, one in problems.items() if status not in generated}


def _schemes(handler: HTTPRouteHandler, security_of: SecurityOf) -> Iterator[str]:
    for guard in handler.resolve_guards():
        # Litestar keeps what it was given, or wraps it to be awaitable.
        original = getattr(guard, "func", guard)
        yield from security_of.get(original, ())


def _operation_id(
    handler: HTTPRouteHandler,
    _method: Method,
    path: list[str | PathParameterDefinition],
) -> str:
    name = handler.handler_name
    if "_" not in name:
        name = f"{name}_{_resource([part for part in path if isinstance(part, str)])}"
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _resource(path: Sequence[str]) -> str:
    names = [part for part in path if part not in {"", _VERSION_SEGMENT}]
    return names[0].strip("/").replace("-", "_").replace(".", "_") if names else "root"


def _is_array(parameter: Parameter) -> bool:
    schema = parameter.schema
    if not isinstance(schema, Schema):
        return False
    kinds = [schema, *(one for one in schema.one_of or [] if isinstance(one, Schema))]
    return any(kind.type == OpenAPIType.ARRAY for kind in kinds)
