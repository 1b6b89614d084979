"""What everybody in a schedule shares: the house, chance, and what is written down on the way."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from paymux.kernel.ids import PaymentId
from paymux.kernel.money import Money
from tests.faults.house import House, Tenant
from tests.faults.simulated import seeded

ENDED = frozenset({"succeeded", "failed", "canceled", "expired"})
_MOST_JOBS = 400
_STANDING = """
SELECT p.id, p.status,
    coalesce(bool_or(a.status = 'authorized' AND a.captures_later), false) AS held
FROM payments p
LEFT JOIN payment_attempts a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
WHERE p.tenant_id = $1 GROUP BY p.id, p.status ORDER BY p.id
"""
_UNKNOWN = """
SELECT id, amount, currency, link_token FROM payments
WHERE tenant_id = $1 AND NOT id = ANY($2) ORDER BY id
"""


@dataclass
class Known:
    """A payment as its merchant and its payer know it."""

    id: PaymentId
    amount: Money
    token: str
    pages: list[str] = field(default_factory=list)


class Standing(NamedTuple):
    """Where a payment stands."""

    id: PaymentId
    status: str
    is_held: bool


class Life:
    """One tenant's time, decided by its seed alone."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.seed = seed
        self.random = seeded(seed)
        self.tenant: Tenant = self.random.choice(house.tenants)
        self.payments: list[Known] = []
        self.decided: set[str] = set()
        # A certificate may have to be fetched first; what is refused then is delivered again.
        self.may_fail = True
        self.fired: Counter[str] = Counter()
        self.did: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.wrongs: list[str] = []
        self.trace: list[str] = []

    @asynccontextmanager
    async def remembering(self) -> AsyncIterator[None]:
        """Get to know what is made inside, also when its request dies."""
        try:
            yield
        finally:
            found = await self.house.superuser.fetch(
                _UNKNOWN, self.tenant.scope.tenant_id, [one.id for one in self.payments]
            )
            for row in found:
                amount = Money(row["amount"], row["currency"])
                self.payments.append(Known(row["id"], amount, row["link_token"]))

    def any(self) -> Known | None:
        return self.random.choice(self.payments) if self.payments else None

    def note(self, what: str) -> None:
        """Keep what was done, and what it asked the providers."""
        at = self.house.clock.now().strftime("%d %H:%M:%S")
        requests = self.house.stand_in.app.world.requests
        asked = ", ".join(
            f"{one.provider} {one.operation} {one.status or 'nothing'}" for one in requests
        )
        requests.clear()
        self.trace.append(f"{at} {what}" + (f"\n        {asked}" if asked else ""))

    async def standing(self) -> list[Standing]:
        rows = await self.house.superuser.fetch(_STANDING, self.tenant.scope.tenant_id)
        return [Standing(*row) for row in rows]

    async def run_for(self, time: timedelta) -> None:
        ran = await self.house.agenda.run_until(self.house.clock.now() + time, _MOST_JOBS)
        if not self.may_fail:
            self.note(f"{ran} jobs in {time}")
        if ran >= _MOST_JOBS:
            self.wrongs.append(f"more than {_MOST_JOBS} jobs in {time}")
