"""The sandbox as one ASGI application: three providers, their pay pages, and `/_control`."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from paymux.sandbox.control import Control
from paymux.sandbox.delivery import Courier
from paymux.sandbox.pages import Pages
from paymux.sandbox.paypal.api import PayPalApi
from paymux.sandbox.pipeline import ReadBody, answer
from paymux.sandbox.provider import ProviderApi
from paymux.sandbox.razorpay.api import RazorpayApi
from paymux.sandbox.settings import SandboxSettings
from paymux.sandbox.snapshots import Snapshots
from paymux.sandbox.stripe.api import StripeApi
from paymux.sandbox.wire import ConnectionDropped, Reply, Request, json_reply
from paymux.sandbox.world import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ABORT_EXTENSION = "paymux.sandbox.abort"
SWEEP_SECONDS = 1.0
LARGEST_BODY = 8 * 1024 * 1024


class SandboxApp:
    """ASGI entry point; one instance is one sandbox."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.world = World(settings)
        providers: list[ProviderApi] = [
            StripeApi(self.world),
            RazorpayApi(self.world),
            PayPalApi(self.world),
        ]
        self.apis: dict[str, ProviderApi] = {api.slug: api for api in providers}
        self.pages = Pages(self.world, self.apis)
        self.control = Control(self.world, self.apis, self.pages)
        self._snapshots: Snapshots | None = None
        self._background: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one lifespan or one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def start(self) -> None:
        """Read what an earlier sandbox left and start delivering webhooks."""
        if self.settings.state_dir is not None:
            self._snapshots = Snapshots(self.world, self.apis, self.settings.state_dir)
            self._snapshots.read()
            self._background.append(asyncio.create_task(self._snapshots.keep_writing()))
        courier = Courier(
            self.world.outbox,
            dict(self.apis),
            self.world.clock,
            cap_ms=self.settings.retry_cap_ms,
            limit=self.settings.retry_limit,
        )
        self._background.append(asyncio.create_task(courier.work()))
        self._background.append(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        """Stop the background work and write the last snapshot."""
        for task in self._background:
            task.cancel()
        for task in self._background:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._background.clear()
        if self._snapshots is not None:
            self._snapshots.write()

    async def _sweep(self) -> None:
        while True:
            for api in self.apis.values():
                api.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, lambda: _body(receive))
        except ConnectionDropped as dropped:
            await _abort(scope, receive, reset=dropped.reset)
            return
        headers = [(b"content-length", str(len(reply.body)).encode())]
        if reply.body:
            headers.append((b"content-type", reply.content_type.encode()))
        headers += [
            (name.lower().encode(), value.encode()) for name, value in reply.headers.items()
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, read_body: ReadBody) -> Reply:
        request, prefix = self._request(scope)
        if prefix == "_control":
            request.body = await read_body()
            return await self.control.answer(request)
        api = self.apis.get(prefix)
        if api is None:
            return json_reply({"error": "Not served here; see /_control"}, 404)
        page = self.pages.find(api, request)
        if page is not None:
            request.body = await read_body()
            return self.pages.answer(api, page, request)
        return await answer(self.world, api, request, read_body)

    def _request(self, scope: Scope) -> tuple[Request, str]:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        prefix, _, rest = scope["path"][1:].partition("/")
        host = headers.get("host", "127.0.0.1")
        origin = self.settings.public_url or f"{scope['scheme']}://{host}"
        request = Request(
            method=scope["method"],
            path=f"/{rest}",
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            base_url=f"{origin}/{prefix}",
        )
        return request, prefix


async def _body(receive: Receive) -> bytes:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionDropped(reset=False)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LARGEST_BODY:
            raise ConnectionDropped(reset=True)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _abort(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Close the connection under the request; without the extension the server answers 500."""
    abort = (scope.get("extensions") or {}).get(ABORT_EXTENSION)
    if abort is None:
        raise ConnectionAbortedError
    abort["abort"](reset=reset)
    while (await receive())["type"] != "http.disconnect":
        pass


def create_app(settings: SandboxSettings | None = None) -> SandboxApp:
    """A sandbox with nothing in it, or with the state found in `settings.state_dir`."""
    return SandboxApp(settings or SandboxSettings())
