"""(c) From a webhook's 2xx to the settled payment."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tests.load.events import Events, Subject
from tests.load.figures import percentile
from tests.load.http_load import KeepAlive
from tests.load.installation import Installation
from tests.load.waiting_payments import WaitingPayments

_CONNECTIONS: Final = 32
_PATIENCE_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 0.02


class Settling(msgspec.Struct, kw_only=True):
    """`backlog`: accepted but not settled when the last event was accepted; None when idle.

    `settled_per_second`: while there was anything to settle. `unsettled`: still not settled
    when the bench went on; these are not in the percentiles.
    """

    offered_per_second: float | None = None
    accepted_per_second: float | None = None
    settled_per_second: float | None = None
    events: int
    unsettled: int
    backlog: int | None = None
    p50_ms: float
    p95_ms: float


class NothingSettles(Exception):
    """A payment was not settled long after its webhook had been accepted."""


class Settlements:
    """Says that payments were paid, and waits until Paymux has it."""

    def __init__(self, there: Installation, events: Events, waiting: WaitingPayments) -> None:
        where = urlsplit(there.url)
        self._host, self._port = where.hostname or "", where.port or 0
        self._events = events
        self._waiting = waiting
        self._accepted_at: dict[str, float] = {}

    async def idle(self, events: int) -> Settling:
        """One payment at a time, with nothing else to do."""
        subjects = await self._waiting.make(self._events.subject, events)
        caller = await KeepAlive.open(self._host, self._port)
        for subject in subjects:
            await self._tell(caller, subject)
            await self._until_settled(subject.payment_id)
            await asyncio.sleep(_PAUSE_SECONDS)
        caller.close()
        return self._summary(subjects)

    async def under_load(self, per_second: float, seconds: float) -> Settling:
        """Events at an even rate, each the end of another payment."""
        subjects = await self._waiting.make(self._events.subject, int(per_second * seconds))
        callers = [await KeepAlive.open(self._host, self._port) for _ in range(_CONNECTIONS)]
        begin, settled_before = time.perf_counter(), len(self._waiting.settled_at)
        due = iter(enumerate(subjects))
        await asyncio.gather(*(self._keep_pace(c, due, begin, per_second) for c in callers))
        accepted = time.perf_counter() - begin
        backlog = len(subjects) + settled_before - len(self._waiting.settled_at)
        await self._drain(subjects)
        for caller in callers:
            caller.close()
        summary = self._summary(subjects)
        summary.offered_per_second = per_second
        summary.accepted_per_second = len(subjects) / accepted
        settled = [self._waiting.settled_at.get(one.payment_id) for one in subjects]
        times = [moment for moment in settled if moment is not None]
        summary.settled_per_second = len(times) / (max(times) - begin)
        summary.backlog = backlog
        return summary

    async def _keep_pace(
        self,
        caller: KeepAlive,
        due: "enumerate[Subject]",
        begin: float,
        per_second: float,
    ) -> None:
        for number, subject in due:
            await asyncio.sleep(max(0.0, begin + number / per_second - time.perf_counter()))
            await self._tell(caller, subject)

    async def _tell(self, caller: KeepAlive, subject: Subject) -> None:
        status = await caller.send(self._events.request("/webhooks", subject))
        assert status == 202, status
        self._accepted_at[subject.payment_id] = time.perf_counter()

    async def _until_settled(self, payment_id: str) -> None:
        deadline = time.perf_counter() + _PATIENCE_SECONDS
        while payment_id not in self._waiting.settled_at:
            if time.perf_counter() > deadline:
                raise NothingSettles(payment_id)
            await asyncio.sleep(0.001)

    async def _drain(self, subjects: Sequence[Subject]) -> None:
        deadline = time.perf_counter() + _PATIENCE_SECONDS
        left = {one.payment_id for one in subjects}
        while left and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
            left -= self._waiting.settled_at.keys()

    def _summary(self, subjects: Sequence[Subject]) -> Settling:
        took = [
            (self._waiting.settled_at[one.payment_id] - self._accepted_at[one.payment_id]) * 1000
            for one in subjects
            if one.payment_id in self._waiting.settled_at
        ]
        if not took:
            raise NothingSettles
        return Settling(
            events=len(subjects),
            unsettled=len(subjects) - len(took),
            p50_ms=percentile(took, 0.5),
            p95_ms=percentile(took, 0.95),
        )
