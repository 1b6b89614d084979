"""The id that ties a response, its log lines and its problem together."""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

HEADER: Final = b"x-request-id"
_STATE_KEY: Final = "request_id"
_ACCEPTED: Final = re.compile(rb"[A-Za-z0-9_-]{8,64}")


def choose_request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Take the caller's X-Request-Id when it is short and plain, else make one."""
    for name, value in headers:
        if name == HEADER and _ACCEPTED.fullmatch(value):
            return value.decode("ascii")
    return f"req_{secrets.token_hex(12)}"


def remember_request_id(state: dict[str, object], request_id: str) -> None:
    """Keep the id with the request."""
    state[_STATE_KEY] = request_id


def request_id_of(scope: Mapping[str, object]) -> str:
    """Return the id of the request."""
    state = scope.get("state")
    return str(state.get(_STATE_KEY, "")) if isinstance(state, dict) else ""
