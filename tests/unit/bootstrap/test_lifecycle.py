"""A worker that ends by itself is started again, and nobody waits for ever for one that stops."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from paymux.bootstrap import lifecycle

End = Callable[[], Awaitable[None]]


class Hand:
    """A worker that ends as it is told to, life by life, and in its last life obeys `stop`."""

    def __init__(self, *ends: End) -> None:
        self.lives = 0
        self.last_life = asyncio.Event()
        self._ends = ends
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        self.lives += 1
        if self.lives <= len(self._ends):
            return await self._ends[self.lives - 1]()
        self.last_life.set()
        await self._stopped.wait()
        return None

    def stop(self) -> None:
        self._stopped.set()


async def fail() -> None:
    message = "the queue is broken"
    raise RuntimeError(message)


async def be_canceled() -> None:
    raise asyncio.CancelledError


async def just_return() -> None:
    pass


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_BEFORE_RESTART_SECONDS", 0.01)


@pytest.mark.parametrize("end", [fail, be_canceled, just_return])
async def test_a_worker_that_ends_by_itself_is_started_again_and_it_is_said(
    end: End, caplog: pytest.LogCaptureFixture
) -> None:
    hand = Hand(end, end)
    async with asyncio.timeout(5), lifecycle.working(hand):
        await hand.last_life.wait()
    assert hand.lives == 3
    said = [record for record in caplog.records if "ended by itself" in record.message]
    assert [record.levelno for record in said] == [logging.ERROR] * 2


async def test_a_worker_that_is_told_to_stop_is_not_started_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hand = Hand()
    async with asyncio.timeout(5), lifecycle.working(hand):
        await hand.last_life.wait()
    assert hand.lives == 1
    assert not caplog.records


async def test_a_worker_that_does_not_stop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_LAST_JOBS_SECONDS", 0.05)
    was_cut_off = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            was_cut_off.set()
            raise

    async with asyncio.timeout(5), lifecycle.working(Hand(hang)):
        await asyncio.sleep(0)
    assert was_cut_off.is_set()
