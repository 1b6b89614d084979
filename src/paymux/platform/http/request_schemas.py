"""What the generator leaves out of the schemas of requests, and makes too long of all names."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from litestar.openapi.spec import OpenAPI, Operation, Reference, RequestBody, Schema

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PAGE: Final = re.compile(rb"PageResponse_(?:\w+\.)*(\w+?)(?:Body)?_(?=\")")


def complete_requests(document: OpenAPI) -> None:
    """Say that requests refuse unknown fields, and show an example where fields have some."""
    schemas = document.components.schemas
    for name in _schemas_of_requests(document, schemas):
        schemas[name].additional_properties = False
        if example := _example(schemas[name], schemas):
            schemas[name].examples = [example]


def _schemas_of_requests(document: OpenAPI, schemas: Mapping[str, Schema]) -> set[str]:
    found: set[str] = set()
    waiting = [name for body in _request_bodies(document) for name in _names(body)]
    while waiting:
        name = waiting.pop()
        if name not in found and schemas[name].properties:
            found.add(name)
            waiting.extend(_names(schemas[name]))
    return found


def _example(schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, object] | None:
    """Put the examples of the fields together, unless a required field has none."""
    found = {name: _value(one, schemas) for name, one in (schema.properties or {}).items()}
    if any(found[name] is None for name in schema.required or []):
        return None
    return {name: value for name, value in found.items() if value is not None}


def _value(schema: Schema | Reference, schemas: Mapping[str, Schema]) -> object:
    if isinstance(schema, Reference):
        named = schemas[schema.ref.rsplit("/", 1)[-1]]
        return named.enum[0] if named.enum else None
    return next(iter(schema.examples), None) if isinstance(schema.examples, list) else None


def with_short_names(document: bytes) -> bytes:
    """Return the encoded description with `CustomerPage` where the generator spells modules."""
    return _PAGE.sub(rb"\1Page", document)


def _request_bodies(document: OpenAPI) -> Iterator[Schema | Reference]:
    for item in (document.paths or {}).values():
        for method in _METHODS:
            operation = getattr(item, method)
            if isinstance(operation, Operation) and isinstance(
                operation.request_body, RequestBody
            ):
                for content in operation.request_body.content.values():
                    if content.schema is not None:
                        yield content.schema


def _names(schema: Schema | Reference) -> Iterator[str]:
    if isinstance(schema, Reference):
        yield schema.ref.rsplit("/", 1)[-1]
        return
    inner: list[Schema | Reference] = [*(schema.properties or {}).values(), *(schema.one_of or [])]
    if isinstance(schema.items, Schema | Reference):
        inner.append(schema.items)
    if isinstance(schema.additional_properties, Schema | Reference):
        inner.append(schema.additional_properties)
    for one in inner:
        yield from _names(one)
