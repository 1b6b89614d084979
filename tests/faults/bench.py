"""`make faults`: random schedules against injected faults, with the stand-ins' ledger as judge.

python -m tests.faults.bench [--seed N] [--schedules N] [--workers N] [--only SEED] [--crashes]
"""

import argparse
import asyncio
import gc
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import get_context
from pathlib import Path
from traceback import format_exception

import asyncpg
import msgspec

from paymux.bootstrap.serving import run_on_fast_loop
from paymux.platform.database.migrations import migrate
from paymux.platform.embedded.server import EmbeddedPostgres
from tests.faults.house import House
from tests.faults.oracle import judge
from tests.faults.report import Failed, Part, Report, joined, table
from tests.faults.schedule import Schedule

FOLDER = Path("build/faults")
CRASHES = ("tests/faults/test_boundaries.py", "tests/e2e/test_kills.py")
_SEEDS_PER_RUN = 1_000_000


class Databases(msgspec.Struct):
    """Where a worker finds its own database."""

    app_url: str
    superuser_url: str

    def of(self, number: int) -> "Databases":
        return Databases(
            _in(self.app_url, f"faults_{number}"), _in(self.superuser_url, f"faults_{number}")
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the schedules, print the report and write its files; 1 when one ended wrong."""
    chosen = _parser().parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(10_000)
    seeds = [seed * _SEEDS_PER_RUN + number for number in range(chosen.schedules)]
    if chosen.only is not None:
        seeds = [chosen.only]
    report = run_bench(seeds, seed, min(chosen.workers, len(seeds)))
    write(report, FOLDER)
    sys.stdout.write(f"{table(report)}\n")
    if chosen.only is not None:
        for failed in report.total.failed:
            sys.stdout.write("\n".join(["", *failed.trace, ""]))
    survived = not chosen.crashes or _crashes_are_survived()
    return 0 if survived and not report.total.failed else 1


def run_bench(seeds: Sequence[int], seed: int, workers: int) -> Report:
    """Run every seed on a PostgreSQL of its own, a database for each worker."""
    began = time.monotonic()
    with (
        databases(workers) as given,
        ProcessPoolExecutor(workers, get_context("spawn")) as pool,
    ):
        parts = pool.map(run_part, given, [seeds[number::workers] for number in range(workers)])
        total = joined(parts)
    total.failed.sort(key=lambda failed: failed.seed)
    return Report(seed, workers, time.monotonic() - began, total)


@contextmanager
def databases(count: int) -> Iterator[list[Databases]]:
    """Start a PostgreSQL, with as many migrated databases."""
    with tempfile.TemporaryDirectory(prefix="paymux-faults-") as folder:
        server = EmbeddedPostgres().start(Path(folder), fsync=False)
        try:
            given = Databases(server.app_url, server.superuser_url)
            asyncio.run(_make_databases(server.owner_url, given, count))
            yield [given.of(number) for number in range(count)]
        finally:
            server.discard()


def run_part(databases: Databases, seeds: Sequence[int]) -> Part:
    """Run schedules one after the other in this process."""
    logging.disable(logging.CRITICAL)
    try:
        return run_on_fast_loop(_run_all(databases, seeds))
    except Exception as error:  # noqa: BLE001 - told by another name
        # Not every error survives the way to another process.
        raise RuntimeError("".join(format_exception(error))) from None


@asynccontextmanager
async def furnished(databases: Databases) -> AsyncIterator[House]:
    """A house with its tenants, in a database of its own."""
    superuser = await asyncpg.connect(databases.superuser_url)
    watcher = await asyncpg.connect(databases.superuser_url)
    with tempfile.TemporaryDirectory(prefix="paymux-faults-") as folder:
        house = House(databases.app_url, superuser, watcher, Path(folder))
        async with house.alive():
            await house.furnish()
            yield house
    await superuser.close()
    await watcher.close()


def write(report: Report, folder: Path) -> None:
    """Write the report as JSON and as text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    (folder / "report.txt").write_text(table(report), "utf-8")


async def _run_all(databases: Databases, seeds: Sequence[int]) -> Part:
    part = Part()
    async with furnished(databases) as house:
        # What there is by now stays; going through it again and again costs a tenth of the time.
        gc.freeze()
        gc.set_threshold(50_000)
        for seed in seeds:
            await run_one(house, seed, part)
        part.jobs.update(house.agenda.ran)
    return part


async def run_one(house: House, seed: int, part: Part) -> None:
    """Run one schedule, and add what it found."""
    schedule = Schedule(house, seed)
    await schedule.run()
    found, ended = await judge(house, schedule)
    if found:
        part.failed.append(Failed(seed, found, schedule.trace))
    part.schedules += 1
    part.payments += len(ended)
    part.fired.update(schedule.fired)
    part.did.update(schedule.did)
    part.refused.update(schedule.refused)
    part.movements.update(entry.kind for entry in house.stand_in.ledger())
    for payment in ended:
        part.ended[payment.status] += 1
        if payment.review is not None:
            part.reviews[payment.review] += 1


def _crashes_are_survived() -> bool:
    """Run the tests in which processes die, and show what they say."""
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--no-header", *CRASHES]
    return subprocess.run(command, check=False).returncode == 0


async def _make_databases(owner_url: str, given: Databases, count: int) -> None:
    await migrate(owner_url, given.app_url)
    connection = await asyncpg.connect(_in(given.superuser_url, "postgres"))
    for number in range(count):
        await connection.execute(f"CREATE DATABASE faults_{number} TEMPLATE paymux")
    await connection.close()


def _in(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="where chance begins; random unless given")
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument(
        "--crashes",
        action="store_true",
        help="then let processes die at every boundary, and kill real ones (seven minutes more)",
    )
    parser.add_argument("--only", type=int, help="run this one schedule, and say all it did")
    return parser


if __name__ == "__main__":
    sys.exit(main())
