"""Every boundary of every standard story: a process that dies there, and a request that meets it.

`make test ARGS='-s tests/faults/test_boundaries.py'` says how many there are.
"""

import sys
from collections.abc import AsyncIterator

import pytest

from tests.faults.bench import Databases, furnished
from tests.faults.contests import dispute_stories
from tests.faults.crashes import crash_everywhere
from tests.faults.house import House
from tests.faults.meetings import meet_everywhere, meetings
from tests.faults.stories import stories


@pytest.fixture(name="house")
async def _house(database: Databases) -> AsyncIterator[House]:
    async with furnished(database) as house:
        yield house


async def test_a_process_may_die_at_every_boundary_of_every_story(house: House) -> None:
    found: list[str] = []
    passed: list[str] = []
    told = stories() | dispute_stories()
    for name, story in told.items():
        boundaries, wrongs = await crash_everywhere(house, story)
        found += [f"{name}: {wrong}" for wrong in wrongs]
        passed += boundaries
    sys.stdout.write(f"\n{len(passed)} boundaries of {len(told)} stories.\n")
    assert not found, "\n".join(found)
    kinds = {
        f"{when} {what}" for when in ("before", "after") for what in ("commit", "provider call")
    }
    assert kinds <= set(passed)
    assert len(passed) >= 400


async def test_two_requests_may_meet_at_every_boundary(house: House) -> None:
    found: list[str] = []
    passed = 0
    for name, meeting in meetings().items():
        boundaries, wrongs = await meet_everywhere(house, meeting)
        found += [f"{name}: {wrong}" for wrong in wrongs]
        passed += boundaries
    sys.stdout.write(f"\n{len(meetings())} meetings at {passed} boundaries.\n")
    assert not found, "\n".join(found)
    assert passed >= 150
