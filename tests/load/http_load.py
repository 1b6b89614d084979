"""A client that costs little, so that the server is what is measured."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import httptools


class KeepAlive(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @classmethod
    async def open(cls, host: str, port: int) -> "KeepAlive":
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(cls, host, port))[1]

    async def send(self, request: bytes) -> int:
        """The status of the answer, once all of it is there."""
        if self._transport is None:
            message = "the server has closed the connection"
            raise ConnectionResetError(message)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())


@dataclass(slots=True)
class Tally:
    """What was answered with 2xx while the clock ran."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0


Call = Callable[[], Awaitable[bool]]


async def closed_loop(calls: list[Call], warm_up: float, seconds: float) -> Tally:
    """Let every caller call again as soon as it is answered; count after the warm-up."""
    tally = Tally()
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    await asyncio.gather(*(_repeat(call, tally, begin, end) for call in calls))
    tally.seconds = seconds
    return tally


async def _repeat(call: Call, tally: Tally, begin: float, end: float) -> None:
    while (started := time.perf_counter()) < end:
        accepted = await call()
        finished = time.perf_counter()
        if not accepted:
            tally.refused += 1
        elif begin <= finished <= end:
            tally.latencies_ms.append((finished - started) * 1000)
