"""The queue of jobs, run by the schedule itself: in one order, at simulated times."""

import heapq
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import asyncpg
import msgspec

from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Handler, RunLater
from tests.faults.boundaries import Boundaries, Killed
from tests.faults.simulated import SimulatedClock, seeded

_TAKE = """
DELETE FROM pgqueuer RETURNING id, payload, execute_after - created AS wait, dedupe_key
"""
_MOST_TRIES = 10


class Agenda:
    """Takes jobs out of the database as they are committed, and runs each when it is due."""

    def __init__(
        self, clock: SimulatedClock, superuser: asyncpg.Connection, boundaries: Boundaries
    ) -> None:
        self._clock = clock
        self._superuser = superuser
        self._boundaries = boundaries
        self._due: list[tuple[datetime, int, Job]] = []
        self._random = seeded(0)
        self.handlers: Mapping[str, Handler] = {}
        self.ran: Counter[str] = Counter()
        self.held: list[Job] = []
        self.broken: list[str] = []

    def begin(self, seed: int) -> None:
        self._random = seeded(seed)
        self._due, self.held, self.broken = [], [], []

    async def next_due(self) -> datetime | None:
        await self._take()
        return self._due[0][0] if self._due else None

    async def run_until(self, instant: datetime, most: int = 10_000) -> int:
        """Run what falls due until then, each at its time; returns how many ran."""
        ran = 0
        while ran < most:
            due = await self.next_due()
            if due is None or due > instant:
                break
            _, number, job = heapq.heappop(self._due)
            self._clock.move_to(due)
            await self._run(number, job)
            ran += 1
        self._clock.move_to(instant)
        return ran

    async def _take(self) -> None:
        for row in await self._superuser.fetch(_TAKE):
            job = msgspec.json.decode(row["payload"], type=Job)
            if row["dedupe_key"] is None or not self._waits(job):
                heapq.heappush(self._due, (self._clock.now() + row["wait"], row["id"], job))

    def _waits(self, job: Job) -> bool:
        """Tell whether the very same job waits; the queue would not have taken another."""
        fresh = msgspec.structs.replace(job, tries=0)
        return any(msgspec.structs.replace(one, tries=0) == fresh for _, _, one in self._due)

    async def _run(self, number: int, job: Job) -> None:
        self.ran[job.name] += 1
        try:
            await self.handlers[job.name](job)
            await self._boundaries.pass_by("before a job's end")
        except RunLater as wish:
            self._again(number, job, wish.delay, for_ever=wish.for_ever)
        except Killed:
            # Another worker takes it over as soon as it is missed.
            self._push(number, job, timedelta(seconds=30))
            raise
        except Exception as error:  # noqa: BLE001 - the worker goes on, too
            self.broken.append(f"{job.name}: {type(error).__name__}: {error}"[:400])
            self._again(number, job, None)

    def _again(
        self, number: int, job: Job, delay: timedelta | None, *, for_ever: bool = False
    ) -> None:
        job = msgspec.structs.replace(job, tries=job.tries + 1)
        if job.tries >= _MOST_TRIES and not for_ever:
            self.held.append(job)
            return
        longest = 6 * 3600 if for_ever else 600
        seconds = min(2.0 * 2 ** min(job.tries, 20), longest) * self._random.uniform(0.5, 1)
        self._push(number, job, delay or timedelta(seconds=seconds))

    def _push(self, number: int, job: Job, wait: timedelta) -> None:
        heapq.heappush(self._due, (self._clock.now() + wait, number, job))
