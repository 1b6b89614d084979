"""Ends the process at each boundary of a story, and sees that nothing is lost by it."""

from collections import Counter
from datetime import timedelta

from paymux.payments.domain.payment import Review
from tests.faults import contests
from tests.faults.boundaries import Killed
from tests.faults.house import House
from tests.faults.oracle import judge
from tests.faults.stories import Stage, Story

MOST_BOUNDARIES = 80


async def crash_everywhere(house: House, story: Story) -> tuple[list[str], list[str]]:
    """Play the story once for each of its boundaries; returns these, and all that went wrong."""
    found: list[str] = []
    boundaries: list[str] = []
    for chosen in range(1, MOST_BOUNDARIES):
        stage = await begun(house, story, seed=chosen)
        house.boundaries.begin(chosen)
        try:
            await story.act(stage)
        except Killed as end:
            boundaries.append(str(end))
            found += [f"{chosen}, {end}: {wrong}" for wrong in await recovered(stage)]
        else:
            assert chosen > 1, "the story has no boundary"
            return boundaries, found + [f"to the end: {wrong}" for wrong in await recovered(stage)]
    message = "There are more boundaries than were expected."
    raise AssertionError(message)


async def begun(house: House, story: Story, seed: int) -> Stage:
    """Play the beginning of a story."""
    await house.begin(seed)
    stage = Stage(house, story.provider)
    await story.begin(stage)
    return stage


async def recovered(stage: Stage) -> list[str]:
    """Start again with all providers up, let the jobs do their work, and judge."""
    house = stage.house
    house.boundaries.begin()
    await house.stand_in.heal()
    await house.restart()
    await stage.work(timedelta(days=3))
    found = await contests.recovered(stage)
    await stage.close()
    await stage.work(timedelta(days=9))
    wrongs, ended = await judge(house, stage)
    found += wrongs
    # With every provider up again, nothing else is worth a person's time.
    told = {None, Review.SECOND_SUCCESS}
    found += [f"in review: {payment.review}" for payment in ended if payment.review not in told]
    return found + await _too_many(house)


async def _too_many(house: House) -> list[str]:
    """One page for each attempt, however often its opening was tried."""
    objects = (await house.stand_in.control("GET", "/objects"))["objects"]
    counts = Counter(each["our_reference"] for each in objects)
    return [f"{count} pages of attempt {one}" for one, count in counts.items() if count > 1]
