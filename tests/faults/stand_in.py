"""The providers' stand-ins in the loop of whoever asks them, so that all of it is sequential."""

import asyncio
import json
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.server import ServerState

from paymux.sandbox.app import ABORT_EXTENSION, Receive, SandboxApp, Scope, Send, create_app
from paymux.sandbox.faults import Fault, FaultRule
from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.server import DroppableProtocol
from paymux.sandbox.settings import SandboxSettings
from paymux.sandbox.webhooks import DeliverySettings, Notice
from paymux.sandbox.wire import Request
from tests.faults.simulated import ProvidersClock, SimulatedClock

PROVIDERS = ("stripe", "razorpay", "paypal")
Json = dict[str, Any]
_NEVER_SENT = 10**9


class StandIn:
    """Each provider on a port of its own, so that each can go down by itself."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.app = create_app(SandboxSettings(seed=1))
        self.app.world.clock = ProvidersClock(clock)
        self._doors = {slug: _Door(slug, self.app) for slug in PROVIDERS}
        self._books: dict[str, bytes] = {}

    async def open(self) -> None:
        for door in self._doors.values():
            await door.open()
        self._lose_webhooks()

    async def close(self) -> None:
        for door in self._doors.values():
            door.close()
        await asyncio.sleep(0)

    def base_url(self, slug: str) -> str:
        return f"http://127.0.0.1:{self._doors[slug].port}/{slug}"

    async def control(self, method: str, path: str, **body: object) -> Json:
        """Make a call of the control side that has to succeed."""
        status, found = await self.try_control(method, path, **body)
        assert status < 300, f"{method} {path}: {status} {found}"
        return found

    async def try_control(self, method: str, path: str, **body: object) -> tuple[int, Json]:
        content = json.dumps(body).encode() if body else b""
        request = Request(method, path, "", {}, "http://127.0.0.1/_control", content)
        reply = await self.app.control.answer(request)
        decoded = reply.content_type == "application/json" and reply.body
        return reply.status, json.loads(reply.body) if decoded else {"body": reply.body}

    def keep(self) -> None:
        """Remember the state to which every schedule goes back."""
        self._books = {slug: api.dump() for slug, api in self.app.apis.items()}

    async def begin(self, seed: int) -> None:
        """Go back to the state that was kept; ids follow from the seed."""
        world = self.app.world
        for slug, api in self.app.apis.items():
            api.load(self._books[slug])
        world.identifiers._random.seed(seed)
        world.ledger.entries.clear()
        world.requests.clear()
        world.outbox.clear()
        world.clock.offset = 0.0
        self._lose_webhooks()
        await self.heal()

    async def heal(self) -> None:
        self.app.world.faults.clear()
        for door in self._doors.values():
            door.holding = 0
            await door.open()

    def fault(self, **rule: Any) -> Fault:
        return self.app.world.faults.add(FaultRule(**rule))

    def go_down(self, slug: str) -> None:
        """Nothing listens there any more: connections are refused."""
        self._doors[slug].close()

    def is_down(self, slug: str) -> bool:
        return not self._doors[slug].is_open

    def hold_next(self, slug: str) -> None:
        """Have the next request that moves something arrive late; its caller hears nothing."""
        self._doors[slug].holding += 1

    def held(self) -> int:
        return sum(len(door.held) for door in self._doors.values())

    async def arrive(self) -> int:
        """Let what was held arrive now."""
        return sum([await door.arrive() for door in self._doors.values()])

    def forget_held(self) -> None:
        for door in self._doors.values():
            door.held.clear()

    def actions(self, url: str) -> list[str]:
        """What a payer can do on a page now."""
        parts = urlsplit(url)
        slug, _, rest = parts.path.lstrip("/").partition("/")
        api = self.app.apis[slug]
        api.sweep()
        page = api.find_page(f"/{rest}", parts.query)
        return [] if page is None or not page.payable else [one.name for one in page.actions]

    def notices(self) -> list[Notice]:
        """Every event that there was to tell, in the order in which it happened."""
        return [*self.app.world.outbox.notices.values()]

    def signed(self, notice: Notice) -> dict[str, str] | None:
        headers = self.app.apis[notice.provider].signed_headers(notice)
        return headers and {name.lower(): value for name, value in headers.items()}

    def ledger(self) -> list[LedgerEntry]:
        return self.app.world.ledger.entries

    def _lose_webhooks(self) -> None:
        # Whoever runs the schedule carries them, in an order of its own.
        self.app.world.outbox.configure("*", DeliverySettings(lose_next=_NEVER_SENT))


class _Door:
    """The port of one provider. Requests can be held back here, as a network does."""

    def __init__(self, slug: str, app: SandboxApp) -> None:
        self._slug = slug
        self._app = app
        self._server: asyncio.Server | None = None
        self.port = 0
        self.holding = 0
        self.held: list[tuple[Scope, bytes]] = []
        self._config = uvicorn.Config(
            self._answer,
            http=DroppableProtocol,
            log_level="error",
            access_log=False,
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            timeout_keep_alive=3600,
            server_header=False,
            date_header=False,
        )
        self._config.load()
        self._state = ServerState()

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        if self._server is not None:
            return
        self._server = await asyncio.get_running_loop().create_server(
            lambda: DroppableProtocol(self._config, self._state, {}), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for connection in list(self._state.connections):
            connection.transport.abort()

    async def arrive(self) -> int:
        held, self.held = self.held, []
        for scope, body in held:
            with suppress(ConnectionAbortedError):  # A fault cut what nobody holds any more.
                await self._app(scope, _reading(body), _nobody_listens)
        return len(held)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        moves = scope["method"] != "GET" and not scope["path"].endswith("/oauth2/token")
        if not (self.holding and moves):
            await self._app(scope, receive, send)
            return
        self.holding -= 1
        body = await _read(receive)
        kept = {name: value for name, value in scope.items() if name != "extensions"}
        self.held.append((kept, body))
        scope["extensions"][ABORT_EXTENSION]["abort"](reset=False)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _reading(body: bytes) -> Receive:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _nobody_listens(message: MutableMapping[str, Any]) -> None:
    pass
