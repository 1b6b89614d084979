"""The bench itself: it finds nothing wrong, tells how often each fault fired, and replays."""

import os

import msgspec

from tests.faults.bench import Databases, furnished, run_bench, run_one
from tests.faults.report import Part, Report, table

# `make faults` runs ten thousand, and CI some hundreds; these few keep the bench in order.
SCHEDULES = int(os.environ.get("FAULT_SCHEDULES", "60"))
SEED = 5


async def _lived(database: Databases, seeds: list[int]) -> list[str]:
    told = []
    async with furnished(database) as house:
        for seed in seeds:
            part = Part()
            await run_one(house, seed, part)
            told.append(msgspec.json.encode(part).decode())
    return told


async def test_a_schedule_replays_exactly_whatever_came_before_it(
    database: Databases, other_database: Databases
) -> None:
    told = await _lived(database, [*range(101, 121)])
    assert await _lived(other_database, [*range(120, 110, -1)]) == told[:9:-1]


def test_random_schedules_lose_nothing_and_settle_nothing_twice() -> None:
    report = run_bench([SEED * 1_000_000 + number for number in range(SCHEDULES)], SEED, 2)
    said = table(report)
    assert not report.total.failed, said
    assert report.total.schedules == SCHEDULES
    assert sum(report.total.fired.values()) > SCHEDULES, said


def test_a_report_tells_what_failed_and_how_to_see_it_again() -> None:
    report = Report(7, 1, 2.0, Part())
    assert not any(report.counts.values())
    assert "0  lost" in table(report)
