"""Whatever arrives, the answer is never a fault of ours."""

import asyncio
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar


def _encoded(document: object) -> bytes:
    try:
        return msgspec.json.encode(document)
    except (UnicodeEncodeError, OverflowError):
        return b'{"amount": "\\udc00"}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
PATHS = st.one_of(
    st.sampled_from(["/v1/orders", "/v1/orders/", "//v1//orders", "/webhooks/x", "/docs"]),
    st.text(max_size=40).map(lambda text: f"/v1/orders/{text}"),
    st.text(max_size=40).map(lambda text: f"/{text}"),
)
QUERIES = st.one_of(
    st.just(b""),
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: b"limit=" + text.encode("utf-8", "replace")),
)
HEADER_NAMES = st.sampled_from(
    [b"content-type", b"content-length", b"host", b"cookie", b"accept", b"idempotency-key"]
)
HEADERS = st.lists(st.tuples(HEADER_NAMES, st.binary(max_size=40)), max_size=4)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"])
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda document: repr(document).encode("utf-8", "replace")),
    st.dictionaries(
        st.sampled_from(["amount", "currency", "note", "lines", "metadata", "x"]), JSON
    ).map(_encoded),
)


async def exchange(app: Litestar, scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    requests = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    start = messages[0]
    return {**start, "body": b"".join(one.get("body", b"") for one in messages[1:])}


@st.composite
def scopes(draw: st.DrawFn) -> dict[str, Any]:
    path = draw(PATHS)
    as_json = [(b"content-type", b"application/json")] if draw(st.booleans()) else []
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": draw(METHODS),
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": draw(QUERIES),
        "headers": as_json + draw(HEADERS),
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "extensions": {},
    }


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(scope=scopes(), body=BODIES)
def test_no_request_is_answered_with_a_fault(
    app: Litestar, scope: dict[str, Any], body: bytes
) -> None:
    reply = asyncio.run(exchange(app, scope, body))
    assert reply["status"] < 500, reply
    headers = dict(reply["headers"])
    assert headers[b"x-request-id"]
    if reply["status"] >= 400 and scope["method"] != "HEAD":
        assert headers[b"content-type"] == b"application/problem+json"
        assert msgspec.json.decode(reply["body"])["code"]
