"""All that is wrong with a document, and not only the first thing msgspec meets."""

import re
import types
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec.structs import StructConfig

from paymux.platform.http.errors import RequestIsInvalid, Violation

_MOST: Final = 50
_PLACE: Final = re.compile(r" - at `(?:key in )?\$?([^`]*)`$")


def convert_strictly(document: object, kind: object) -> object:
    """Return `document` as a `kind`, without coercions; raises RequestIsInvalid."""
    try:
        return msgspec.convert(document, kind, strict=True)
    except msgspec.ValidationError as error:
        found = list(islice(_violations(document, kind, ""), _MOST))
        raise RequestIsInvalid(found or [_leaf("", error)]) from None
    except RecursionError:
        raise RequestIsInvalid([Violation("", "It is nested too deeply.")]) from None


def _violations(value: object, kind: object, path: str) -> Iterator[Violation]:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        inner = list(_inner_violations(value, _bare(kind), path))
        yield from inner or [_leaf(path, error)]


def _inner_violations(value: object, kind: object, path: str) -> Iterator[Violation]:
    struct = _struct_of(kind)
    if isinstance(value, dict) and struct is not None:
        yield from _field_violations(value, kind, struct.__struct_config__, path)
    elif isinstance(value, list) and get_origin(kind) in {list, tuple} and get_args(kind):
        for index, item in enumerate(value):
            yield from _violations(item, get_args(kind)[0], f"{path}[{index}]")


def _field_violations(
    value: Mapping[str, object], kind: Any, config: StructConfig, path: str
) -> Iterator[Violation]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name in value:
            yield from _violations(value[name], field.type, _join(path, name))
        elif field.required:
            yield Violation(_join(path, name), "This field is required.")
    if config.forbid_unknown_fields:
        for name in value.keys() - fields.keys() - {config.tag_field}:
            yield Violation(_join(path, name), "There is no such field.")


def _bare(kind: object) -> object:
    """Take `Annotated` and `| None` off a type."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        rest = [one for one in get_args(kind) if one not in {type(None), msgspec.UnsetType}]
        return _bare(rest[0]) if len(rest) == 1 else kind
    return kind


def _struct_of(kind: object) -> type[msgspec.Struct] | None:
    bare = get_origin(kind) or kind
    return bare if isinstance(bare, type) and issubclass(bare, msgspec.Struct) else None


def _leaf(path: str, error: msgspec.ValidationError) -> Violation:
    text = str(error)
    if place := _PLACE.search(text):
        return Violation(f"{path}{place.group(1)}".lstrip("."), f"{text[: place.start()]}.")
    return Violation(path, f"{text}.")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
