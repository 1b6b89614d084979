"""Requests and replies as the sandbox sees them, before any provider reads them."""

from urllib.parse import parse_qsl, urlsplit

import msgspec

Json = dict[str, object]


class Request(msgspec.Struct):
    """One HTTP request; `path` starts after the provider's prefix, `base_url` ends with it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    base_url: str
    body: bytes = b""

    def query_pairs(self) -> dict[str, str]:
        """Query parameters by name; of repeated names the last one counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


class Reply(msgspec.Struct):
    """One HTTP reply, ready to be sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    content_type: str = "application/json"


class Refusal(Exception):
    """The provider answers with an error reply instead of doing what was asked."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class ConnectionDropped(Exception):
    """The connection ends without a reply; `reset` sends RST instead of FIN."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


def is_web_url(value: str) -> bool:
    """Whether a value is an absolute http or https URL."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def json_reply(payload: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Encode a payload as JSON."""
    return Reply(status, msgspec.json.encode(payload), headers or {})
