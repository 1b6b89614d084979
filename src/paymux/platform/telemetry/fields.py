"""Turning whatever was given to a logger into plain JSON without secrets; it never raises."""

import math
from collections.abc import Mapping, Set
from enum import Enum
from itertools import islice

from paymux.platform.telemetry.redaction import REDACTED, names_a_secret, redact

_DEEPEST = 12
_LONGEST_COLLECTION = 1000
_PAIR = 2

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plain_field(name: str, value: object, depth: int = 0) -> Plain:
    """`value` of the field `name`: hidden if the name says so, else as `plain`."""
    if names_a_secret(name) and not (value is None or isinstance(value, bool)):
        return REDACTED
    return plain(value, depth)


def plain(value: object, depth: int = 0) -> Plain:
    """`value` as JSON types, without secrets."""
    if depth > _DEEPEST:
        return "[too deep]"
    try:
        return _plain(value, depth)
    except Exception:  # noqa: BLE001 - a log line must not fail on an object that cannot be shown
        return f"[unprintable {type(value).__name__}]"


def _plain(value: object, depth: int) -> Plain:
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value, depth + 1)
        case int() | float():
            return _plain_number(value)
        case Mapping():
            return _plain_mapping(value, depth)
        case list() | tuple() | Set():
            return _plain_collection(value, depth)
        case _:
            return redact(_text(value))


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "backslashreplace")
    return str(value) if isinstance(value, str) else repr(value)


def _plain_number(value: float) -> Plain:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    # A card number can come as a number; a measurement has a fraction.
    if value == int(value) and redact(str(int(value))) != str(int(value)):
        return REDACTED
    return value


def _plain_mapping(value: Mapping[object, object], depth: int) -> Plain:
    return {
        str(plain(key, depth + 1)): plain_field(str(key), each, depth + 1)
        for key, each in islice(value.items(), _LONGEST_COLLECTION)
    }


def _plain_collection(
    value: list[object] | tuple[object, ...] | Set[object], depth: int
) -> list[Plain]:
    items = list(islice(value, _LONGEST_COLLECTION))
    if len(items) == _PAIR and isinstance(items[0], str | bytes):
        # Headers and form fields often come as pairs.
        name = str(plain(items[0], depth + 1))
        return [name, plain_field(name, items[1], depth + 1)]
    return [plain(each, depth + 1) for each in items]
