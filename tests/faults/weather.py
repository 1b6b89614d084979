"""What goes wrong around one step: providers fail, networks lose, a process dies."""

from paymux.sandbox.faults import Fault
from tests.faults.life import Life
from tests.faults.stand_in import PROVIDERS

KINDS = (
    "refuse", "drop_before", "drop_after", "error_before", "error_after", "garbage",
    "throttle", "conflict", "latency",
)  # fmt: skip


class Weather:
    """Breaks something before a step, and mends most of it afterwards."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._random = life.random
        self._house = life.house
        self._faults: list[Fault] = []

    @property
    def broken(self) -> list[str]:
        return [f"{fault.rule.provider}:{fault.rule.kind}" for fault in self._faults]

    def break_something(self) -> None:
        self._house.boundaries.begin()
        chance = self._random.random()
        if chance < 0.35:
            for _ in range(self._random.choice((1, 1, 2))):
                self._fault()
        elif chance < 0.42:
            self._house.boundaries.begin(self._random.randint(1, 10))
        elif chance < 0.46:
            slug = self._random.choice(PROVIDERS)
            self._house.stand_in.go_down(slug)
            self._life.fired[f"{slug} unreachable"] += 1
        elif chance < 0.50:
            self._house.stand_in.hold_next(self._random.choice(PROVIDERS))

    def mend(self) -> None:
        """Some faults last longer than a step."""
        for fault in self._faults:
            if fault.fired:
                self._life.fired[f"{fault.rule.kind}"] += fault.fired
        if self._random.random() < 0.7:
            self._house.stand_in.app.world.faults.clear()
            self._faults = []
        for fault in self._faults:
            fault.fired = 0

    async def back_up(self) -> str:
        held = self._house.stand_in.held()
        await self._house.stand_in.heal()
        self._faults = []
        return f"all answer again, {held} held"

    async def arrive(self) -> str:
        arrived = await self._house.stand_in.arrive()
        self._life.fired["arrived late"] += arrived
        return str(arrived)

    async def clear_up(self) -> None:
        """End all that goes wrong; what is still on its way arrives, or never does."""
        self._house.boundaries.begin()
        self._faults, self._life.may_fail = [], False
        held = self._house.stand_in.held()
        await self._house.stand_in.heal()
        if self._random.random() < 0.5:
            await self.arrive()
        else:
            self._life.fired["never arrived"] += held
            self._house.stand_in.forget_held()

    def _fault(self) -> None:
        kind = self._random.choice(KINDS)
        rule: dict[str, object] = {"kind": kind, "times": self._random.choice((1, 1, 2, 3, 8))}
        rule["provider"] = self._random.choice((*PROVIDERS, "*"))
        if kind.startswith("error"):
            rule["status"] = self._random.choice((500, 500, 502, 503, 504))
        if kind == "latency":
            rule["delay_ms"] = 5
        self._faults.append(self._house.stand_in.fault(**rule))
