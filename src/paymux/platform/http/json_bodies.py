"""Strict JSON: one meaning per document, and nothing in it that may not be kept.

Two parsers must not read one document differently (OWASP ASVS 1.5.3), so repeated keys are
refused; so are NaN, infinities, unpaired surrogates and NUL, which PostgreSQL's text refuses.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Final

from paymux.platform.http.card_numbers import MANY_DIGITS, holds_card_number
from paymux.platform.http.errors import (
    CardNumberIsRefused,
    JsonIsMalformed,
    JsonKeyIsRepeated,
    NumberIsTooLong,
    TextIsInvalid,
)

_BODY: Final = "body"
_TOO_DEEP: Final = "it is nested too deeply"
_OUT_OF_RANGE: Final = "a number is out of range"
_LONGEST_INTEGER: Final = 2**63 - 1
# A document without an escape and without 13 digits close to each other needs no closer look.
_SUSPICIOUS: Final = re.compile(rf"\\u|{MANY_DIGITS}")
# Files come in base64, whose digits mean nothing; nobody writes a sentence like this.
_FILE: Final = re.compile(r"[A-Za-z0-9+/]{512,}={0,2}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_IS_AMOUNT: Final = re.compile(r"(?:^|_)amount(?:_|$)|^(?:minimum|maximum)$")


def parse_json(body: bytes) -> object:
    """Return the document; raises a refusal that never quotes it."""
    try:
        text = body.decode("utf-8")
        document: object = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise TextIsInvalid(_BODY) from None
    except RecursionError:
        raise JsonIsMalformed(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno} column {error.colno}"
        raise JsonIsMalformed(reason) from None
    except ValueError:
        raise JsonIsMalformed(_OUT_OF_RANGE) from None
    if _SUSPICIOUS.search(text):
        _inspect(document)
    return document


def _inspect(document: object) -> None:
    for path, key, value in _leaves(document):
        match value:
            case str():
                _inspect_text(path, value)
            case bool():
                continue
            case int() if not -_LONGEST_INTEGER - 1 <= value <= _LONGEST_INTEGER:
                raise NumberIsTooLong(path)
            case int() | float() if not _IS_AMOUNT.search(key):
                _inspect_number(path, value)


def _inspect_text(path: str, text: str) -> None:
    if "\x00" in text or _SURROGATE.search(text):
        raise TextIsInvalid(_BODY, path or None)
    if _FILE.fullmatch(text) is None and holds_card_number(text):
        raise CardNumberIsRefused(_BODY, path or None)


def _inspect_number(path: str, number: float) -> None:
    digits = str(int(number))
    if holds_card_number(digits):
        raise CardNumberIsRefused(_BODY, path or None)


def _leaves(document: object) -> Iterator[tuple[str, str, object]]:
    """Every key and scalar, with a path that names no key which has not been inspected yet."""
    rest: list[tuple[str, str, object]] = [("", "", document)]
    while rest:
        path, key, value = rest.pop()
        if isinstance(value, dict):
            for name, child in value.items():
                yield path, "", name
                rest.append((f"{path}.{name}" if path else name, name, child))
        elif isinstance(value, list):
            rest.extend((f"{path}[{index}]", key, child) for index, child in enumerate(value))
        else:
            yield path, key, value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise JsonKeyIsRepeated
    return document


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _no_constant(_: str) -> object:
    raise ValueError


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant
)
