"""One run of the whole bench, big or small."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp

from tests.load import lines
from tests.load.event_source import events_of
from tests.load.events import Events
from tests.load.figures import spread
from tests.load.ingest import Ingest, Round
from tests.load.installation import Installation, Shop, installation, open_shop
from tests.load.links import Latency, Links, Throughput
from tests.load.machine import this_machine
from tests.load.report import Memory, Report
from tests.load.settling import Settlements, Settling
from tests.load.waiting_payments import waiting_payments


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured. Seconds are per measurement."""

    ingest_rounds: int
    ingest_seconds: float
    calls: int
    slow_calls: int
    throughput_rounds: int
    throughput_seconds: float
    idle_events: int
    load_seconds: float
    most_per_second: float = 10_000


FULL: Final = Effort(
    ingest_rounds=7,
    ingest_seconds=4,
    calls=200,
    slow_calls=40,
    throughput_rounds=4,
    throughput_seconds=3,
    idle_events=200,
    load_seconds=10,
)
SMALL: Final = Effort(
    ingest_rounds=1,
    ingest_seconds=1,
    calls=5,
    slow_calls=2,
    throughput_rounds=1,
    throughput_seconds=0.5,
    idle_events=3,
    load_seconds=1,
    most_per_second=20,
)
_SLOW_MS: Final = 150


async def run_bench(folder: Path, effort: Effort, seed: int, command: str) -> Report:
    """Measure everything on an installation of its own, which is gone afterwards."""
    started = time.monotonic()
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    async with installation(folder) as there, there.web() as web:
        shop = await open_shop(there)
        idle_mb = web.resident_mb()
        events = await events_of(there, shop)
        ingest = Ingest(there, web, events)
        rounds = await ingest.rounds(effort.ingest_rounds, effort.ingest_seconds, chance)
        latencies, throughputs = await _links(there, shop, effort, chance)
        memory = Memory(idle_mb=idle_mb, after_load_mb=web.resident_mb())
        idle, loaded = await _settle(there, events, effort, rounds)
    return Report(
        command=command,
        seed=seed,
        measured_on=f"{datetime.now(UTC):%Y-%m-%d}",
        seconds=time.monotonic() - started,
        machine=this_machine(),
        lines=[
            *lines.ingest_lines(rounds),
            *lines.link_lines(latencies, throughputs),
            *lines.settling_lines(idle, loaded),
            *lines.memory_lines(memory),
        ],
        ingest=rounds,
        latencies=latencies,
        throughputs=throughputs,
        idle=idle,
        loaded=loaded,
        memory=memory,
    )


async def _links(
    there: Installation, shop: Shop, effort: Effort, chance: random.Random
) -> tuple[list[Latency], list[Throughput]]:
    many = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=many) as session:
        links = Links(there, shop, session)
        latencies = await links.latencies(effort.calls, 0, chance)
        latencies += await links.latencies(effort.slow_calls, _SLOW_MS, chance)
        throughputs = []
        for concurrency in (16, 32):
            throughputs += await links.throughputs(
                concurrency, effort.throughput_rounds, effort.throughput_seconds, chance
            )
    return latencies, throughputs


async def _settle(
    there: Installation, events: Events, effort: Effort, rounds: list[Round]
) -> tuple[Settling, Settling]:
    half = spread([r.per_second for r in rounds if r.kind == "ingest"]).median / 2
    async with there.worker(), waiting_payments(there.server.superuser_url) as waiting:
        settlements = Settlements(there, events, waiting)
        idle = await settlements.idle(effort.idle_events)
        rate = min(half, effort.most_per_second)
        return idle, await settlements.under_load(rate, effort.load_seconds)
