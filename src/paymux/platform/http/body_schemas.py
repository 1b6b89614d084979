"""Bodies in the OpenAPI description: their schemas as msgspec reads them, and examples of them.

What msgspec validates by is exact where the generator of the routes is not: bounds are integers,
members of objects keep their limits, closed objects say that they are.
"""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, get_origin

import msgspec

from paymux.platform.http.examples import Examples, overlaid

Json = dict[str, Any]

_REF: Final = "#/components/schemas/"
_PAGE: Final = re.compile(r"PageResponse_(\w+?)(?:Body)?_")
_BODY: Final = "application/json"
_NOTHING: Final = "Done; there is nothing to say."
RAW_BODY: Final = "raw_body"
"""The option of a handler that reads its body as bytes: a `RawBody`."""


class RawBody(NamedTuple):
    """A body that the handler reads as bytes: what it is, and one such body."""

    description: str
    example: Mapping[str, object]


class OperationBodies(NamedTuple):
    """The bodies of one operation.

    `described`: the operation in the description. `asked` and `answered`: their types.
    `status`: of success. `shown`: what differs in its answer from the example of the type.
    `requests`: examples of requests by name, where fields alone cannot make one.
    `raw`: of an operation that reads bytes. `done`: what an answer without a body means.
    """

    described: Json
    asked: object | None
    answered: object
    status: str
    shown: Mapping[str, object]
    requests: Mapping[str, Mapping[str, object]]
    raw: RawBody | None
    done: str | None


def describe_bodies(document: Json, operations: Iterable[OperationBodies]) -> None:
    """Give every body in `document` its schema, its description and its examples."""
    operations = list(operations)
    refs = _publish_schemas(document, operations)
    examples = Examples(document["components"]["schemas"])
    for one in operations:
        if one.asked is not None:
            _describe_request(one, refs[one.asked], examples)
        if one.raw is not None:
            _describe_raw(one.described, one.raw)
        _describe_answer(one, refs[one.answered], examples)


def _publish_schemas(document: Json, operations: list[OperationBodies]) -> dict[object, Json]:
    kinds = list(dict.fromkeys(kind for one in operations for kind in (one.asked, one.answered)))
    schemas, components = msgspec.json.schema_components(
        kinds, schema_hook=_any_value, ref_template=_REF + "{name}"
    )
    short = {name: _PAGE.sub(r"\1Page", name) for name in components}
    named = {short[name]: _renamed(schema, short) for name, schema in components.items()}
    for name, schema in named.items():
        schema["title"] = name
        if "enum" in schema:
            schema["type"] = "string"
    generated = document["components"]["schemas"]
    kept = {name: one for name, one in generated.items() if "enum" in one or name == "Problem"}
    document["components"]["schemas"] = dict(sorted({**kept, **named}.items()))
    return {kind: _renamed(schema, short) for kind, schema in zip(kinds, schemas, strict=True)}


def _describe_request(one: OperationBodies, schema: Json, examples: Examples) -> None:
    named = one.requests or {
        "complete": examples.of(schema),
        "shortest": examples.of(schema, shortest=True),
    }
    found = {name: {"value": body} for name, body in named.items() if body}
    if found.get("complete") == found.get("shortest"):
        found.pop("shortest", None)
    one.described["requestBody"]["content"] = {_BODY: {"schema": schema, "examples": found}}


def _describe_raw(described: Json, raw: RawBody) -> None:
    schema = {"type": "object", "description": raw.description}
    described["requestBody"] = {
        "description": raw.description,
        "required": True,
        "content": {_BODY: {"schema": schema, "examples": {"delivery": {"value": raw.example}}}},
    }


def _describe_answer(one: OperationBodies, schema: Json, examples: Examples) -> None:
    answer = one.described["responses"][one.status]
    if schema == {"type": "null"}:
        answer.pop("content", None)
        answer["description"] = one.done or _NOTHING
        return
    example = overlaid(examples.of(schema), one.shown)
    answer["content"] = {_BODY: {"schema": schema, "example": example}}
    kind = get_origin(one.answered) or one.answered
    answer["description"] = (inspect.getdoc(kind) or "").partition("\n\n")[0]


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, dict):
        return {key: _renamed(value, names) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_renamed(value, names) for value in schema]
    if isinstance(schema, str) and schema.startswith(_REF):
        return _REF + names[schema.removeprefix(_REF)]
    return schema


def _any_value(kind: type) -> Json:
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError
