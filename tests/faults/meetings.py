"""Two acts on one payment at the same time: the second runs whole at a boundary of the first.

Where the first holds the payment's row, the second waits for it: then the first goes on, and the
second after it. So every order in which two requests can meet is tried, and none by luck.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import AttemptId
from paymux.payments.domain.attempt_report import LIVE
from paymux.payments.domain.payment import CaptureMode
from paymux.platform.database.statements import KeyIsTaken
from tests.faults.contests import accept, defend, told_of_dispute
from tests.faults.crashes import MOST_BOUNDARIES, begun, recovered
from tests.faults.house import House
from tests.faults.stories import AMOUNT, Stage, Story, stories

_MOST_MOMENTS = 4000
_SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
Act = Callable[[Stage], Awaitable[object]]


@dataclass(frozen=True)
class Meeting:
    """A story, and what somebody else does in the middle of it."""

    story: Story
    other: Act


async def meet_everywhere(house: House, meeting: Meeting) -> tuple[int, list[str]]:
    """Let the other act come in at each boundary; returns how many, and all that went wrong."""
    found: list[str] = []
    for chosen in range(1, MOST_BOUNDARIES):
        stage = await begun(house, meeting.story, seed=chosen)
        came = await _meet(stage, meeting, chosen)
        found += [f"{chosen}, {came}: {wrong}" for wrong in await _judged(stage)]
        if came is None:
            return chosen - 1, found
    message = "There are more boundaries than were expected."
    raise AssertionError(message)


async def _meet(stage: Stage, meeting: Meeting, chosen: int) -> str | None:
    met: list[tuple[str, asyncio.Task[None]]] = []

    async def between(name: str) -> None:
        task = asyncio.create_task(_politely(meeting.other, stage))
        met.append((name, task))
        await _done_or_waiting(stage.house, task)

    stage.house.boundaries.begin(chosen, between)
    await _politely(meeting.story.act, stage)
    for _, task in met:
        await task
    return met[0][0] if met else None


async def _politely(act: Act, stage: Stage) -> None:
    try:
        await act(stage)
    except PaymuxError:
        pass  # One of two is refused; what matters is what becomes of the money.
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        stage.wrongs.append(f"raised {type(error).__name__}: {error}"[:300])


async def _done_or_waiting(house: House, task: asyncio.Task[None]) -> None:
    """Return when the task is done, or waits for a lock that only others can release."""
    for _ in range(_MOST_MOMENTS):
        if task.done():
            return
        if await house.watcher.fetchval(_SOMEBODY_WAITS):
            return
        await asyncio.sleep(0.002)
    message = "What came in neither ended nor waited."
    raise AssertionError(message)


async def _judged(stage: Stage) -> list[str]:
    house = stage.house
    refused = await house.superuser.fetch(
        "SELECT id, reason_code FROM refunds WHERE status = 'rejected'"
        " UNION ALL SELECT id, reason_code FROM captures WHERE status = 'rejected'"
        " UNION ALL SELECT id, reason_code FROM dispute_responses WHERE status = 'rejected'"
    )
    found = [f"the provider had to refuse {one}: {why}" for one, why in refused]
    return found + await recovered(stage)


async def add_second_live_attempt(stage: Stage) -> None:
    """Do what no code of ours does: add a live attempt without looking. The database refuses."""
    async with stage.house.container.payments_work(stage.tenant.scope) as work:
        query = "SELECT payment_id FROM payment_attempts WHERE status = ANY($1)"
        live = await stage.house.superuser.fetch(query, [*LIVE])
        if not live:
            return
        attempts = await work.attempts.of_payment(live[0]["payment_id"])
        one = next(attempt for attempt in attempts if attempt.is_live)
        rogue = replace(
            one,
            id=AttemptId(stage.house.ids.new("att")),
            idempotency_key=stage.house.ids.token(),
            provider_reference=None,
            payment_reference=None,
        )
        try:
            await work.attempts.add(rogue)
            await work.commit()
        except KeyIsTaken:
            return
    stage.wrongs.append("illegal: a second live attempt was stored")


async def _two_pages_of_one_payer(stage: Stage) -> None:
    await stage.two_pages()
    await stage.pay(0)


async def _second_page_is_paid(stage: Stage) -> None:
    await stage.house.stand_in.try_control("POST", "/pay", url=stage.pages[1], action="pay")
    await stage.come_back()


async def _part(stage: Stage) -> None:
    await stage.refund(AMOUNT.amount * 6 // 10)


async def _held(stage: Stage) -> None:
    await stage.paid(CaptureMode.MANUAL)


def meetings() -> dict[str, Meeting]:
    """Every meeting by its name."""
    told = stories()
    met: dict[str, Meeting] = {}
    for one in ("stripe", "razorpay", "paypal"):
        refund = Story(one, Stage.paid, _part)
        reopen = told[f"reopen a link, {one} is down"]
        back = told[f"come back, {one}"]
        met |= {
            f"refund and refund, {one}": Meeting(refund, _part),
            f"reopen and reopen, {one}": Meeting(reopen, Stage.open),
            f"come back twice, {one}": Meeting(back, Stage.come_back),
            f"come back and webhooks, {one}": Meeting(back, Stage.tell),
            f"cancel and come back, {one}": Meeting(
                Story(one, back.begin, Stage.cancel), Stage.come_back
            ),
            f"pay both pages, {one}": Meeting(
                Story(one, _two_pages_of_one_payer, Stage.come_back), _second_page_is_paid
            ),
            f"create and a second live attempt, {one}": Meeting(
                told[f"create with failover, {one}"], add_second_live_attempt
            ),
            f"defend twice, {one}": Meeting(Story(one, told_of_dispute, defend), defend),
            f"defend and accept, {one}": Meeting(Story(one, told_of_dispute, defend), accept),
            f"accept and defend, {one}": Meeting(Story(one, told_of_dispute, accept), defend),
        }
    for one in ("stripe", "paypal"):
        met |= {
            f"capture and capture, {one}": Meeting(
                Story(one, _held, Stage.capture), Stage.capture
            ),
            f"capture and void, {one}": Meeting(Story(one, _held, Stage.capture), Stage.void),
            f"void and capture, {one}": Meeting(Story(one, _held, Stage.void), Stage.capture),
            f"cancel and capture, {one}": Meeting(Story(one, _held, Stage.cancel), Stage.capture),
        }
    return met
