"""Payers who contest what they paid, merchants who answer, and banks that decide."""

from paymux.kernel.ids import DisputeId
from paymux.kernel.scope import Scope
from paymux.payments.ports.disputes import Evidence
from tests.faults.house import House
from tests.faults.life import Life
from tests.faults.papers import SIGNED

_CONTESTABLE = """
SELECT provider, payment_reference FROM payment_attempts
WHERE tenant_id = $1 AND status = 'succeeded' AND payment_reference IS NOT NULL ORDER BY id
"""
_OURS = "SELECT id, provider_reference FROM disputes WHERE tenant_id = $1 ORDER BY id"
_ENDS = {"won": "won", "lost": "lost", "closed": "over"}
"""What we have to say of a dispute decided so; to close one has another name at each provider."""


async def known_disputes(house: House, scope: Scope) -> dict[str, DisputeId]:
    """Return ours by the provider's reference, oldest first."""
    rows = await house.superuser.fetch(_OURS, scope.tenant_id)
    return {row["provider_reference"]: DisputeId(row["id"]) for row in rows}


class Court:
    """Every dispute there is at the stand-ins, and how its bank decided it, once it has."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._random = life.random
        self._house = life.house
        self._scope = life.tenant.scope
        self._contested: set[str] = set()
        self._ends: dict[str, str | None] = {}
        self.providers: set[str] = set()

    @property
    def has_cases(self) -> bool:
        return bool(self._ends)

    async def contest(self) -> str:
        rows = await self._house.superuser.fetch(_CONTESTABLE, self._scope.tenant_id)
        able = [row for row in rows if row["payment_reference"] not in self._contested]
        if not able:
            return "nothing"
        row = self._random.choice(able)
        self._contested.add(row["payment_reference"])
        status, found = await self._house.stand_in.try_control(
            "POST",
            "/disputes",
            provider=row["provider"],
            payment_reference=row["payment_reference"],
            webhooks=self._random.random() < 0.85,
        )
        if status == 201:
            self._ends[found["reference"]] = None
            self.providers.add(row["provider"])
        return f"{row['payment_reference']} at {row['provider']}: {status}"

    async def answer(self) -> str:
        ours = await known_disputes(self._house, self._scope)
        if not ours:
            return "nothing"
        dispute_id = self._random.choice([*ours.values()])
        disputes = self._house.container.disputes()
        if self._random.random() < 0.4:
            made = await disputes.accept(self._scope, dispute_id)
        else:
            evidence = self._random.choice((SIGNED, SIGNED, Evidence(summary="It was right.")))
            made = await disputes.defend(self._scope, dispute_id, evidence)
        return f"{dispute_id} {made.kind} {made.status}"

    async def decide(self) -> str:
        pending = [one for one, end in self._ends.items() if end is None]
        if not pending:
            return "nothing"
        return await self._decide(
            self._random.choice(pending),
            self._random.choice(("won", "lost", "closed", "more_evidence")),
        )

    async def decide_all(self) -> None:
        """No dispute stays open for ever; nobody may be told."""
        for reference, end in self._ends.items():
            if end is None:
                self._life.note(
                    await self._decide(reference, self._random.choice(("won", "lost")))
                )

    async def compare(self) -> None:
        """Note every dispute of which we know nothing, or something else than its bank."""
        if not self._ends:
            return
        ours = await known_disputes(self._house, self._scope)
        for reference, end in self._ends.items():
            if reference not in ours:
                self._life.wrongs.append(f"lost: nobody knows of dispute {reference}")
                continue
            known = await self._house.container.disputes().get(self._scope, ours[reference])
            if known.dispute.is_open or end not in {None, "over", known.dispute.status}:
                wrong = f"dispute {reference} is {known.dispute.status}, not {end}"
                self._life.wrongs.append(wrong)
            for response in known.responses:
                if response.is_unresolved:
                    self._life.wrongs.append(f"response {response.id} is still {response.status}")

    async def _decide(self, reference: str, outcome: str) -> str:
        status, found = await self._house.stand_in.try_control(
            "POST",
            f"/disputes/{reference}/decide",
            outcome=outcome,
            webhooks=self._random.random() < 0.7,
        )
        if status == 200 and outcome in _ENDS:
            self._ends[reference] = _ENDS[outcome]
        return f"{reference} {outcome}: {status} {found.get('status')}"
