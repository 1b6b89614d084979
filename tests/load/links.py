"""(b) A payment link made through the API, against the bare call of Stripe's SDK."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

import aiohttp
import msgspec
import stripe
from stripe.params.checkout import SessionCreateParams

from paymux.bootstrap.api_client import ApiClient
from tests.load.event_source import PAYMENT
from tests.load.figures import percentile
from tests.load.http_load import Call, closed_loop
from tests.load.installation import Installation, Shop

Way = Literal["api", "sdk"]
WAYS: Final[tuple[Way, Way]] = ("api", "sdk")
_WARM_UP_CALLS: Final = 10


class Latency(msgspec.Struct, kw_only=True):
    """How long one call at a time took over one way, with a stand-in of that latency."""

    way: Way
    stand_in_ms: int
    calls: int
    p50_ms: float
    p95_ms: float


class Throughput(msgspec.Struct, kw_only=True):
    """How many calls per second were answered with that many under way."""

    way: Way
    concurrency: int
    number: int
    per_second: float
    p50_ms: float
    p95_ms: float


class CallWasRefused(Exception):
    """A call that must succeed did not: the figures would mean nothing."""


class Links:
    """Makes the same Checkout Session over either way."""

    def __init__(self, there: Installation, shop: Shop, session: aiohttp.ClientSession) -> None:
        self._there = there
        self._shop = shop
        self._session = session
        self._stripe = stripe.StripeClient(
            shop.stripe_key,
            base_addresses={"api": f"{there.sandbox_url}/stripe"},
            http_client=stripe.AIOHTTPClient(session=session),
            max_network_retries=0,
        )
        self._calls: dict[Way, Call] = {"api": self._through_api, "sdk": self._by_sdk}

    async def latencies(
        self, calls: int, stand_in_ms: int, chance: random.Random
    ) -> list[Latency]:
        """One call at a time, the two ways in turn, each pair in an order of its own."""
        took: dict[Way, list[float]] = {"api": [], "sdk": []}
        async with self._slowed(stand_in_ms):
            for number in range(-min(_WARM_UP_CALLS, calls), calls):
                for way in chance.sample(WAYS, 2):
                    started = time.perf_counter()
                    await self._calls[way]()
                    if number >= 0:
                        took[way].append((time.perf_counter() - started) * 1000)
        return [
            Latency(
                way=way,
                stand_in_ms=stand_in_ms,
                calls=calls,
                p50_ms=percentile(took[way], 0.5),
                p95_ms=percentile(took[way], 0.95),
            )
            for way in WAYS
        ]

    async def throughputs(
        self, concurrency: int, rounds: int, seconds: float, chance: random.Random
    ) -> list[Throughput]:
        """Both ways once per round, each round in an order of its own."""
        return [
            await self._throughput(way, concurrency, number, seconds)
            for number in range(rounds)
            for way in chance.sample(WAYS, 2)
        ]

    async def _throughput(
        self, way: Way, concurrency: int, number: int, seconds: float
    ) -> Throughput:
        tally = await closed_loop([self._calls[way]] * concurrency, seconds / 4, seconds)
        return Throughput(
            way=way,
            concurrency=concurrency,
            number=number,
            per_second=tally.per_second,
            p50_ms=percentile(tally.latencies_ms, 0.5),
            p95_ms=percentile(tally.latencies_ms, 0.95),
        )

    async def _through_api(self) -> bool:
        async with self._session.post(
            f"{self._there.url}/v1/payments",
            json={**PAYMENT, "connection_id": self._shop.connection_id},
            headers={"Authorization": f"Bearer {self._shop.api_key}"},
        ) as reply:
            text = await reply.text()
            if reply.status != 201 or '"requires_action"' not in text:
                raise CallWasRefused(text)
        return True

    async def _by_sdk(self) -> bool:
        session = await self._stripe.v1.checkout.sessions.create_async(_session_params())
        if session.url is None:
            raise CallWasRefused(session.id)
        return True

    @asynccontextmanager
    async def _slowed(self, stand_in_ms: int) -> AsyncIterator[None]:
        async with ApiClient(self._there.sandbox_url) as sandbox:
            rule: dict[str, object] = {"kind": "latency", "delay_ms": stand_in_ms}
            fault = await sandbox.post("/_control/faults", rule) if stand_in_ms else None
            yield
        if fault is not None:
            await self._session.delete(f"{self._there.sandbox_url}/_control/faults/{fault['id']}")


def _session_params() -> SessionCreateParams:
    """What the connector sends too, with ids of the same length."""
    ours = {"payment_id": f"pay_{'0' * 26}", "attempt_id": f"att_{'0' * 26}"}
    link = f"http://127.0.0.1:8000/pay/{'t' * 32}"
    return {
        "mode": "payment",
        "client_reference_id": ours["attempt_id"],
        "success_url": f"{link}/return",
        "cancel_url": f"{link}/back",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 1999,
                    "product_data": {"name": "Pro plan, November"},
                },
            }
        ],
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
    }
