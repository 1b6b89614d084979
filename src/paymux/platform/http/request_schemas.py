"""What the generator leaves out of the schemas of requests, and makes too long of all names."""

import re
from collections.abc import Iterator
from typing import Final

from litestar.openapi.spec import OpenAPI, Operation, Reference, RequestBody, Schema

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PAGE: Final = re.compile(rb"PageResponse_(?:\w+\.)*(\w+?)(?:Body)?_(?=\")")


def closed_schemas(document: OpenAPI) -> set[str]:
    """Return the schemas that requests are made of: they refuse unknown fields."""
    schemas = document.components.schemas
    found: set[str] = set()
    waiting = [name for body in _request_bodies(document) for name in _names(body)]
    while waiting:
        name = waiting.pop()
        if name not in found and schemas[name].properties:
            found.add(name)
            waiting.extend(_names(schemas[name]))
    return found


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
