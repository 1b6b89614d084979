"""multipart/form-data, as file uploads come (RFC 7578)."""

import re
from typing import NamedTuple

from paymux.sandbox.wire import Request

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?')
_FIELD = re.compile(r'[;\s]name="([^"]*)"')
_FILE = re.compile(r'[;\s]filename="([^"]*)"')


class Part(NamedTuple):
    """One field; `filename` of files only."""

    content: bytes
    filename: str | None = None


def is_multipart(request: Request) -> bool:
    """Whether the body comes in parts."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


def parts(request: Request) -> dict[str, Part]:
    """The parts of a body by their names; what is no part is left out."""
    boundary = _BOUNDARY.search(request.headers.get("content-type", ""))
    if boundary is None:
        return {}
    found: dict[str, Part] = {}
    for piece in (b"\r\n" + request.body).split(b"\r\n--" + boundary[1].encode())[1:]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        field, file = (each.search(head.decode("utf-8", "replace")) for each in (_FIELD, _FILE))
        if blank and field is not None:
            found[field[1]] = Part(content, file[1] if file else None)
    return found
