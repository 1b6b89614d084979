"""Error-map rows of tenants, and counts of unmapped codes, in a real database."""

import asyncio
from datetime import timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import ConnectionId, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.payments.adapters.persistence.error_overrides import SqlErrorOverrides
from paymux.payments.adapters.persistence.unmapped_codes import SqlUnmappedCodes
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.error_maps import ErrorOverride, UnmappedCode
from paymux.payments.ports.reasons import Reason
from tests.unit.payments.attempts import NOW

ACME = Scope(TenantId("ten_acme"), Mode.TEST)
OTHERS = (Scope(TenantId("ten_acme"), Mode.LIVE), Scope(TenantId("ten_rival"), Mode.TEST))
ROW = ErrorOverride(
    provider="bank",
    code="no",
    outcome=Outcome.DECLINED_HARD,
    reason=Reason.LOST_OR_STOLEN,
    set_by="key_1",
    set_at=NOW,
)
SEEN = UnmappedCode(
    provider="bank",
    connection_id=ConnectionId("con_1"),
    code="odd",
    outcome=Outcome.UNKNOWN,
    times_seen=1,
    first_seen_at=NOW,
    last_seen_at=NOW,
)


async def test_a_row_is_the_tenants_own_in_one_mode(engine: AsyncEngine) -> None:
    overrides = SqlErrorOverrides(engine)
    assert await overrides.get(ACME) == {}
    await overrides.put(ACME, ROW)
    assert await overrides.get(ACME) == {("bank", "no"): ROW}
    for other in OTHERS:
        assert await overrides.get(other) == {}
        await overrides.remove(other, "bank", "no")
    assert await SqlErrorOverrides(engine).get(ACME) == {("bank", "no"): ROW}


async def test_a_row_takes_the_place_of_the_one_before_until_it_is_removed(
    engine: AsyncEngine,
) -> None:
    overrides = SqlErrorOverrides(engine)
    await overrides.put(ACME, ROW)
    later = msgspec.structs.replace(ROW, outcome=Outcome.UNKNOWN, reason=None, set_by="key_2")
    await overrides.put(ACME, later)
    assert await overrides.get(ACME) == {("bank", "no"): later}
    await overrides.remove(ACME, "bank", "no")
    await overrides.remove(ACME, "bank", "no")
    assert await overrides.get(ACME) == {}


async def test_another_process_follows_within_a_second(engine: AsyncEngine) -> None:
    ours, theirs = SqlErrorOverrides(engine), SqlErrorOverrides(engine)
    assert await theirs.get(ACME) == {}
    await ours.put(ACME, ROW)
    await asyncio.sleep(1.1)
    assert await theirs.get(ACME) == {("bank", "no"): ROW}


async def test_codes_are_counted_by_connection_even_all_at_once(engine: AsyncEngine) -> None:
    codes = SqlUnmappedCodes(engine)
    later = msgspec.structs.replace(SEEN, outcome=None, last_seen_at=NOW + timedelta(hours=1))
    elsewhere = msgspec.structs.replace(SEEN, connection_id=ConnectionId("con_2"))
    await asyncio.gather(*(codes.count(ACME, SEEN) for _ in range(5)))
    await codes.count(ACME, elsewhere)
    await codes.count(ACME, later)
    one, other = await codes.of_provider(ACME, "bank")
    assert (one.times_seen, one.first_seen_at) == (6, NOW)
    assert (one.last_seen_at, one.outcome) == (NOW + timedelta(hours=1), None)
    assert (other.connection_id, other.times_seen) == ("con_2", 1)
    assert await codes.of_provider(ACME, "other") == []
    for scope in OTHERS:
        assert await codes.of_provider(scope, "bank") == []
