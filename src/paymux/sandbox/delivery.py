"""Carries queued notices to the merchants' endpoints."""

import asyncio
import contextlib
import time
from typing import Protocol

import aiohttp

from paymux.sandbox.clock import Clock
from paymux.sandbox.webhooks import Delivery, Notice, Outbox

CONCURRENT_ATTEMPTS = 64
IDLE_SECONDS = 0.02


class Sender(Protocol):
    """What a provider contributes to a delivery."""

    @property
    def delivery_timeout_seconds(self) -> float:
        """How long the provider waits for the 2xx."""
        ...

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """Headers of one attempt; None when the endpoint is gone and nothing is sent."""
        ...

    def settled(self, notice: Notice) -> None:
        """The notice was delivered."""
        ...


class Courier:
    """Takes due notices from the outbox and posts them; a 2xx settles, all else is retried."""

    def __init__(
        self, outbox: Outbox, senders: dict[str, Sender], clock: Clock, *, cap_ms: int, limit: int
    ) -> None:
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._cap_ms = cap_ms
        self._limit = limit
        self._slots = asyncio.Semaphore(CONCURRENT_ATTEMPTS)
        self._running: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Deliver until cancelled."""
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            try:
                while True:
                    for notice in self._outbox.take_due():
                        self._start(session, notice)
                    await asyncio.sleep(self._pause())
            finally:
                for task in self._running:
                    task.cancel()

    def _pause(self) -> float:
        waiting = self._outbox.seconds_until_due()
        return IDLE_SECONDS if waiting is None else min(waiting, IDLE_SECONDS)

    def _start(self, session: aiohttp.ClientSession, notice: Notice) -> None:
        task = asyncio.create_task(self._attempt(session, notice))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _attempt(self, session: aiohttp.ClientSession, notice: Notice) -> None:
        sender = self._senders[notice.provider]
        async with self._slots:
            headers = sender.signed_headers(notice)
            if headers is None:
                notice.status = "exhausted"
                return
            notice.attempts += 1
            status = await self._post(session, notice, headers, sender.delivery_timeout_seconds)
        if status is not None and 200 <= status < 300:  # noqa: PLR2004
            notice.status = "delivered"
            sender.settled(notice)
        elif notice.status == "pending" and not self._outbox.retry(
            notice, self._cap_ms, self._limit
        ):
            notice.status = "exhausted"

    async def _post(
        self,
        session: aiohttp.ClientSession,
        notice: Notice,
        headers: dict[str, str],
        timeout_seconds: float,
    ) -> int | None:
        started, at = time.perf_counter(), self._clock.now()
        status: int | None = None
        error: str | None = None
        try:
            async with session.post(
                notice.url,
                data=notice.body.encode(),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_seconds),
            ) as response:
                status = response.status
                with contextlib.suppress(aiohttp.ClientError):
                    await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        took = (time.perf_counter() - started) * 1000
        self._record(notice, headers, status, error, (at, took))
        return status

    def _record(
        self,
        notice: Notice,
        headers: dict[str, str],
        status: int | None,
        error: str | None,
        timing: tuple[float, float],
    ) -> None:
        self._outbox.deliveries.append(
            Delivery(
                notice_id=notice.id,
                provider=notice.provider,
                account_id=notice.account_id,
                event_id=notice.event_id,
                event_type=notice.event_type,
                url=notice.url,
                attempt=notice.attempts,
                request_headers=headers,
                request_body=notice.body,
                response_status=status,
                error=error,
                at=timing[0],
                took_ms=round(timing[1], 3),
            )
        )
