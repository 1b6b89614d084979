"""Payments that wait to be paid, and word of each the moment that it is settled."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from tests.load.events import Subject

_CLONE_PAYMENTS = """
INSERT INTO payments SELECT clone.*
FROM payments p, unnest($2::text[], $3::text[]) AS new (id, token),
    jsonb_populate_record(p, jsonb_build_object(
        'id', new.id, 'link_id', 'lnk_' || new.token, 'link_token', new.token,
        'status', 'requires_action', 'amount_captured', 0)) AS clone
WHERE p.id = $1
"""
_CLONE_ATTEMPTS = """
INSERT INTO payment_attempts SELECT clone.*
FROM payment_attempts a, unnest($2::text[], $3::text[], $4::text[]) AS new (id, payment, session),
    jsonb_populate_record(a, jsonb_build_object(
        'id', new.id, 'payment_id', new.payment, 'idempotency_key', 'paymux-' || new.id,
        'provider_reference', new.session, 'payment_reference', NULL, 'status', 'pending')
    ) AS clone
WHERE a.payment_id = $1
"""
# The notice goes out with the commit: whoever hears it could read the settled payment.
_ANNOUNCE = """
CREATE FUNCTION bench_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('bench_settled', NEW.id); RETURN NULL; END $$;
CREATE TRIGGER bench_settled AFTER UPDATE ON payments FOR EACH ROW
WHEN (NEW.status = 'succeeded' AND OLD.status <> 'succeeded') EXECUTE FUNCTION bench_settled();
"""


class WaitingPayments:
    """Clones of a payment that the API has made, so that thousands wait in a second."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.settled_at: dict[str, float] = {}

    async def make(self, pattern: Subject, how_many: int) -> Sequence[Subject]:
        """Copy the payment of `pattern`, each with ids of its own."""
        ids = TimeSortedIds(SystemClock())
        made = [
            Subject(
                payment_id=ids.new("pay"),
                attempt_id=ids.new("att"),
                session_id=f"cs_test_{secrets.token_hex(29)}",
                intent_id=f"pi_{secrets.token_hex(12)}",
            )
            for _ in range(how_many)
        ]
        payments = [one.payment_id for one in made]
        tokens = [secrets.token_urlsafe(24) for _ in made]
        await self._connection.execute(_CLONE_PAYMENTS, pattern.payment_id, payments, tokens)
        await self._connection.execute(
            _CLONE_ATTEMPTS,
            pattern.payment_id,
            [one.attempt_id for one in made],
            payments,
            [one.session_id for one in made],
        )
        await self._connection.execute("ANALYZE payments, payment_attempts")
        return made

    async def jobs_left(self) -> int:
        """How many jobs wait or are under way."""
        return int(await self._connection.fetchval("SELECT count(*) FROM pgqueuer"))

    def _heard(self, _: object, __: int, ___: str, payload: object) -> None:
        self.settled_at[str(payload)] = time.perf_counter()

    async def listen(self) -> None:
        """Have every settlement announced from now on."""
        await self._connection.execute(_ANNOUNCE)
        await self._connection.add_listener("bench_settled", self._heard)


@asynccontextmanager
async def waiting_payments(superuser_url: str) -> AsyncIterator[WaitingPayments]:
    connection = await asyncpg.connect(superuser_url)
    try:
        waiting = WaitingPayments(connection)
        await waiting.listen()
        yield waiting
    finally:
        await connection.close()
