"""`Idempotency-Key` on every POST below /v1, by rule: no operation can forget it.

A hook claims the key once the guards have passed and the body fits; a layer around the router
keeps the answer before the caller gets it. What is claimed in between runs at most once at a
time, and what a run that died had made is found again by its origin.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.origin import Origin
from paymux.platform.http.database_failures import is_unreachable
from paymux.platform.http.errors import (
    IdempotencyKeyIsInUse,
    IdempotencyKeyIsMalformed,
    IdempotencyKeyIsReused,
    ServiceIsUnavailable,
)
from paymux.platform.http.problems import MEDIA_TYPE, headers_of, problem_of, status_of
from paymux.platform.http.refusals import refusal_of
from paymux.platform.http.request_ids import request_id_of
from paymux.platform.http.screening import API_PREFIX
from paymux.platform.idempotency.requests import (
    Answer,
    Different,
    IdempotencyKeys,
    KeyedRequest,
    KeyHolder,
    Run,
    Underway,
)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
LONGEST: Final = 255
PATTERN: Final = r"^[!-~]{1,255}$"
_HEADER: Final = HEADER.lower().encode("ascii")
_ACCEPTED: Final = re.compile(rb"[!-~]{1,255}")
_RUN: Final = "idempotent_run"
_NOTHING_WAS_DONE: Final = frozenset(
    {Category.INVALID, Category.UNAUTHENTICATED, Category.FORBIDDEN, Category.TOO_LARGE}
)

AnyRequest = Request[object, object, State]
HolderOf = Callable[[ASGIConnection[Any, Any, Any, Any]], KeyHolder]


class IdempotencyHook:
    """A Litestar `before_request` hook: replays, refuses, or starts a run."""

    def __init__(self, keys: IdempotencyKeys, holder_of: HolderOf) -> None:
        self._keys = keys
        self._holder_of = holder_of

    async def __call__(self, request: AnyRequest) -> Response[bytes] | None:
        """Return the answer that was given before, or None to let the handler run."""
        scope = request.scope
        key = _key_in(scope) if takes_key(scope["method"], scope["path_template"]) else None
        if key is None or not await _fits(request):
            return None
        holder = self._holder_of(request)
        found = await self._keys.claim(KeyedRequest(holder, key, await _digest(request)))
        match found:
            case Run():
                scope["state"][_RUN] = found
                return None
            case Answer():
                return _replay(found)
            case Underway():
                raise IdempotencyKeyIsInUse
            case Different():
                raise IdempotencyKeyIsReused


class AnswerKeeper:
    """A thin ASGI layer: the answer is durable before the first byte of it leaves."""

    def __init__(self, app: ASGIApp, keys: IdempotencyKeys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP or not _carries_key(scope):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        for message in await self._concluded(scope, held):
            await send(message)

    async def _concluded(self, scope: HTTPScope, held: list[Message]) -> list[Message]:
        run = scope["state"].get(_RUN)
        if not isinstance(run, Run):
            return held
        try:
            is_ours = await self._conclude(run, refusal_of(scope), held)
        except Exception as error:
            if not is_unreachable(error):
                raise
            # Not told is not lost: whoever repeats the request finds what it did.
            return _problem(scope, ServiceIsUnavailable())
        return held if is_ours else _problem(scope, IdempotencyKeyIsInUse())

    async def _conclude(self, run: Run, refusal: PaymuxError | None, held: list[Message]) -> bool:
        if refusal is None or _is_final(refusal):
            return await self._keys.keep(run, _answer(held))
        if run.is_first and refusal.category in _NOTHING_WAS_DONE:
            await self._keys.forget(run)
        else:
            await self._keys.release(run)
        return True


def takes_key(method: str, path_template: str) -> bool:
    """Tell whether an operation takes an Idempotency-Key: every POST of the API."""
    return method == "POST" and path_template.startswith(API_PREFIX)


def origin_of(request: AnyRequest) -> Origin | None:
    """Return what the things that the request makes are named after; None without a key."""
    run = request.scope["state"].get(_RUN)
    return run.origin if isinstance(run, Run) else None


def _carries_key(scope: HTTPScope) -> bool:
    return scope["method"] == "POST" and any(name == _HEADER for name, _ in scope["headers"])


def _key_in(scope: HTTPScope) -> str | None:
    given = [value for name, value in scope["headers"] if name == _HEADER]
    if not given:
        return None
    if len(given) > 1 or _ACCEPTED.fullmatch(given[0]) is None:
        raise IdempotencyKeyIsMalformed
    return given[0].decode("ascii")


async def _fits(request: AnyRequest) -> bool:
    """Raise what is wrong with the body; a missing one is refused by the handler's signature."""
    if request.route_handler.parsed_data_field is None:
        return True
    if not await request.body():
        return False
    await request.json()
    return True


async def _digest(request: AnyRequest) -> bytes:
    scope = request.scope
    head = f"{scope['method']} {scope['path']}?".encode() + scope["query_string"]
    digest = hashlib.sha256(len(head).to_bytes(4, "big") + head)
    digest.update(await request.body())
    return digest.digest()


def _is_final(refusal: PaymuxError) -> bool:
    is_business = refusal.category in {
        Category.NOT_FOUND,
        Category.CONFLICT,
        Category.UNPROCESSABLE,
    }
    return is_business and not refusal.passes


def _answer(held: list[Message]) -> Answer:
    start = next(one for one in held if one["type"] == "http.response.start")
    body = b"".join(one["body"] for one in held if one["type"] == "http.response.body")
    return Answer(int(start["status"]), [*start["headers"]], body)


def _replay(answer: Answer) -> Response[bytes]:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers
    }
    headers.pop("content-length", None)
    return Response(
        answer.body,
        status_code=answer.status,
        media_type=headers.pop("content-type", None),
        headers={**headers, REPLAYED: "true"},
    )


def _problem(scope: Mapping[str, Any], error: PaymuxError) -> list[Message]:
    body = msgspec.json.encode(problem_of(error, request_id_of(scope)))
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        **headers_of(type(error)),
    }
    encoded = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    return [
        {
            "type": "http.response.start",
            "status": status_of(type(error)),
            "headers": encoded,
        },
        {"type": "http.response.body", "body": body, "more_body": False},
    ]
