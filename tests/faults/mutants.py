"""Shows that the fault bench sees: takes away one safeguard at a time, and expects it to notice.

python -m tests.faults.mutants [--schedules N]
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec

from paymux.payments.adapters.persistence import payments as sql_payments
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import CheckoutRequest
from paymux.payments.ports.refunds import RefundRequest
from tests.faults.bench import Databases, databases, furnished, run_one
from tests.faults.crashes import crash_everywhere
from tests.faults.house import House
from tests.faults.meetings import meet_everywhere, meetings
from tests.faults.report import Part
from tests.faults.stories import stories

_PROVIDER = "stripe"
_fresh = count(1)
Mutation = Callable[[House], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def nothing_taken_away(house: House) -> AsyncIterator[None]:  # noqa: ARG001
    yield


@asynccontextmanager
async def no_index_of_one_live_attempt(house: House) -> AsyncIterator[None]:
    query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_payment_attempts_one_live'"
    definition = await house.superuser.fetchval(query)
    await house.superuser.execute("DROP INDEX uq_payment_attempts_one_live")
    yield
    await house.begin(0)
    await house.superuser.execute(definition)


@asynccontextmanager
async def no_row_lock(house: House) -> AsyncIterator[None]:  # noqa: ARG001
    module: Any = sql_payments
    kept = module._LOCK
    module._LOCK = module._SELECT
    yield
    module._LOCK = kept


@asynccontextmanager
async def fresh_keys(house: House) -> AsyncIterator[None]:  # noqa: ARG001
    kept: list[tuple[Any, str, Any]] = [
        (Attempts, "_send", Attempts._send),
        (RefundCalls, "_send", RefundCalls._send),
        (CaptureCalls, "_send", CaptureCalls._send),
    ]
    types = (CheckoutRequest, RefundRequest, CaptureRequest)
    for (owner, name, original), kind in zip(kept, types, strict=True):
        setattr(owner, name, _with_fresh_key(original, kind))
    yield
    for owner, name, original in kept:
        setattr(owner, name, original)


def _with_fresh_key(original: Any, kind: Any) -> Any:
    async def called(self: Any, scope: Any, subject: Any, **how: Any) -> Any:
        try:
            request = msgspec.json.decode(subject.request, type=kind)
        except msgspec.ValidationError:
            return await original(self, scope, subject, **how)  # a void has no such request
        key = f"{request.idempotency_key}-{next(_fresh)}"
        changed = msgspec.json.encode(msgspec.structs.replace(request, idempotency_key=key))
        return await original(self, scope, replace(subject, request=changed), **how)

    return called


MUTATIONS: dict[str, Mutation] = {
    "nothing taken away": nothing_taken_away,
    "without the index of one live attempt": no_index_of_one_live_attempt,
    "without the row lock": no_row_lock,
    "with a fresh key for each call": fresh_keys,
}


async def suites(house: House, schedules: int) -> dict[str, list[str]]:
    """Run the three suites of the bench, over one provider; returns what each found."""
    died = [
        f"{name}: {wrong}"
        for name, story in stories().items()
        if _PROVIDER in name
        for wrong in (await crash_everywhere(house, story))[1]
    ]
    met = [
        f"{name}: {wrong}"
        for name, meeting in meetings().items()
        if _PROVIDER in name
        for wrong in (await meet_everywhere(house, meeting))[1]
    ]
    part = Part()
    for seed in range(schedules):
        await run_one(house, seed, part)
    lived = [f"{each.seed}: {wrong}" for each in part.failed for wrong in each.wrongs]
    return {"boundaries": died, "meetings": met, f"{schedules} schedules": lived}


async def _try_all(given: Sequence[Databases], schedules: int) -> bool:
    all_seen = True
    for (name, mutation), database in zip(MUTATIONS.items(), given, strict=True):
        async with furnished(database) as house, mutation(house):
            found = await suites(house, schedules)
        total = sum(len(each) for each in found.values())
        all_seen &= (total == 0) == (mutation is nothing_taken_away)
        _say(f"\n{name}: {total} findings")
        for suite, wrongs in found.items():
            _say(f"  {suite}: {len(wrongs)}", *(f"    {wrong}"[:200] for wrong in wrongs[:3]))
    return all_seen


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every mutation; 1 when one went unnoticed, or something was found without any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=60)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    with databases(len(MUTATIONS)) as given:
        all_seen = asyncio.run(_try_all(given, chosen.schedules))
    _say("\nEvery mutation was noticed." if all_seen else "\nNOT AS EXPECTED")
    return 0 if all_seen else 1


if __name__ == "__main__":
    sys.exit(main())
