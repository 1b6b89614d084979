"""A merchant of the sandbox's Stripe: its account, its payers and its webhooks."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from paymux.integrations.adapters.providers.stripe.plugin import PLUGIN, StripeCredentials
from paymux.kernel.clock import Clock, SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Checkout, CheckoutRequest
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import InboundWebhook


class Later(Clock):
    """A clock as far ahead as a test wants."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@dataclass
class Sandbox:
    """A sandbox process, and its control API."""

    root: str
    http: aiohttp.ClientSession

    async def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        async with self.http.request(method, f"{self.root}/_control{path}", json=body) as reply:
            answer: dict[str, Any] = await reply.json()
            assert reply.status < 300, answer
            return answer

    async def pay(self, checkout: Checkout, action: str = "pay") -> None:
        await self.control("POST", "/pay", {"url": checkout.url, "action": action})

    async def fail(self, operation: str, kind: str, **more: object) -> None:
        rule = {"provider": "stripe", "operation": operation, "kind": kind, "times": 1, **more}
        await self.control("POST", "/faults", rule)


class Merchant:
    """A fresh account at the sandbox, and connectors to it."""

    def __init__(self, root: str, account: dict[str, Any]) -> None:
        self.credentials = msgspec.convert(account["credentials"], StripeCredentials)
        self.account_id = account["account_id"]
        self.root = root

    def connector(self, *verifiers: str, clock: Clock | None = None) -> Any:
        environment = ConnectorEnvironment(
            mode=Mode.TEST,
            clock=clock or SystemClock(),
            threads=ThreadPoolExecutor(1),
            webhook_verifiers=verifiers,
            call_timeout=5,
            base_url=f"{self.root}/stripe",
        )
        return PLUGIN.connect(self.credentials, environment)


def request(amount: Money | None = None, attempt: str = "att_1") -> CheckoutRequest:
    return CheckoutRequest(
        payment_id="pay_1",
        attempt_id=attempt,
        idempotency_key=f"key-{attempt}",
        amount=amount or Money(1000, "USD"),
        description="Order 1",
        return_url="http://127.0.0.1:9/return",
        cancel_url="http://127.0.0.1:9/cancel",
        created_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(minutes=5),
    )


@asynccontextmanager
async def receiving(inbox: asyncio.Queue[InboundWebhook]) -> AsyncIterator[str]:
    async def receive(delivered: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in delivered.headers.items()}
        inbox.put_nowait(InboundWebhook(headers, await delivered.read(), datetime.now(UTC)))
        return web.Response()

    application = web.Application()
    application.router.add_post("/hook", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}/hook".format(*runner.addresses[0][:2])
    await runner.cleanup()
