"""The stories of disputes: a payer contests, and the merchant gives in or defends, once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from paymux.kernel.ids import DisputeId
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.ports.disputes import DisputeReport
from tests.faults.courts import known_disputes
from tests.faults.papers import SIGNED
from tests.faults.stories import Stage, Story, look

_PAID = """
SELECT payment_reference FROM payment_attempts
WHERE status = 'succeeded' AND payment_reference IS NOT NULL
"""
_ANSWERS = (
    "dispute.accept",
    "dispute.close",
    "dispute.contest",
    "dispute.evidence",
    "dispute.update",
)
_AFTER = {ResponseKind.ACCEPT: "lost", ResponseKind.EVIDENCE: "under_review"}
Act = Callable[[Stage], Awaitable[object]]


async def contest(stage: Stage) -> None:
    """Have the payer contest what they paid; nobody has told us yet."""
    await stage.paid()
    await stage.tell()
    [row] = await stage.house.superuser.fetch(_PAID)
    opened = await stage.house.stand_in.control(
        "POST",
        "/disputes",
        provider=stage.provider,
        payment_reference=row["payment_reference"],
    )
    stage.disputes.append(opened["reference"])


async def accept(stage: Stage) -> None:
    """Give in."""
    await stage.house.container.disputes().accept(stage.tenant.scope, await _dispute_id(stage))


async def defend(stage: Stage) -> None:
    """Hand in evidence."""
    disputes = stage.house.container.disputes()
    await disputes.defend(stage.tenant.scope, await _dispute_id(stage), SIGNED)


async def recovered(stage: Stage) -> list[str]:
    """Look for missed events, as running processes do now and then; say what still differs.

    A provider's disputes are to be ours, each answered once.
    """
    if not stage.disputes:
        return []
    missed = stage.house.container.missed_events()
    await missed.recover(stage.tenant.scope, stage.tenant.connections[stage.provider])
    await stage.work(timedelta(hours=1))
    ours = await known_disputes(stage.house, stage.tenant.scope)
    found = [f"lost: nobody knows of dispute {one}" for one in stage.disputes if one not in ours]
    for reference, dispute_id in ours.items():
        known = await stage.house.container.disputes().get(stage.tenant.scope, dispute_id)
        calls = stage.house.container.dispute_calls()
        real = await calls.look_up(stage.tenant.scope, known.dispute)
        assert isinstance(real, DisputeReport), real
        if known.dispute.status.value != real.status.value:
            found.append(f"dispute {reference} is {real.status}, not {known.dispute.status}")
        found += _answered_wrongly(known.responses, real)
    return found


def dispute_stories() -> dict[str, Story]:
    """Every story by its name."""
    told: dict[str, Story] = {}
    for one in ("stripe", "razorpay", "paypal"):
        told |= {
            f"learn of a dispute, {one}": Story(one, contest, Stage.tell),
            f"accept a dispute, {one}": Story(one, told_of_dispute, accept),
            f"defend, {one}": Story(one, told_of_dispute, defend),
            f"verify an acceptance, {one}": Story(one, _unanswered(accept), look),
            f"verify a defence, {one}": Story(one, _unanswered(defend), look),
        }
    return told


async def told_of_dispute(stage: Stage) -> None:
    """We know that the payer contests."""
    await contest(stage)
    await stage.tell()


def _unanswered(answer: Act) -> Act:
    async def begin(stage: Stage) -> None:
        await told_of_dispute(stage)
        for operation in _ANSWERS:
            stage.house.stand_in.fault(kind="drop_after", operation=operation)
        await answer(stage)
        await stage.house.stand_in.heal()

    return begin


async def _dispute_id(stage: Stage) -> DisputeId:
    [dispute_id] = (await known_disputes(stage.house, stage.tenant.scope)).values()
    return dispute_id


def _answered_wrongly(responses: Sequence[DisputeResponse], real: DisputeReport) -> list[str]:
    """Of the responses one at most was heard; what was not sent may be asked for again."""
    heard = [one for one in responses if one.status != "not_sent"]
    expected = _AFTER[heard[0].kind] if heard else "needs_response"
    found = [f"{one.kind} is {one.status}" for one in heard if one.status != "succeeded"]
    if len(heard) > 1:
        found.append(f"{real.provider_reference} was answered {len(heard)} times")
    if real.status.value != expected:
        found.append(f"{real.provider_reference} is {real.status}, and ought to be {expected}")
    return found
