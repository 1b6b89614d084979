"""Faults that can be switched on per provider, operation and account."""

import random
import secrets
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

FaultKind = Literal[
    "latency",
    "refuse",
    "error_before",
    "error_after",
    "drop_before",
    "drop_after",
    "garbage",
    "throttle",
    "conflict",
]


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What should go wrong, where, and how often; `times` counts down to nothing."""

    kind: FaultKind
    provider: str = "*"
    operation: str = "*"
    account_id: str = "*"
    status: int | None = None
    delay_ms: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int | None = None


class Fault(msgspec.Struct, kw_only=True):
    """A rule in force, with how often it has fired."""

    id: int
    rule: FaultRule
    fired: int = 0


class Drawn(msgspec.Struct):
    """What happens to one request: a delay, and at most one fault beside it."""

    delay_seconds: float = 0.0
    rule: FaultRule | None = None


NOTHING = Drawn()


class Faults:
    """The switchboard. Latencies add up; of the other faults the first that fires wins."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self._random: dict[int, random.Random] = {}
        self._next_id = 1

    def add(self, rule: FaultRule) -> Fault:
        """Put a rule in force; the same seed gives the same sequence of firings."""
        fault = Fault(id=self._next_id, rule=rule)
        seed = secrets.randbits(64) if rule.seed is None else rule.seed
        self._random[fault.id] = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self.active.append(fault)
        self._next_id += 1
        return fault

    def clear(self, fault_id: int | None = None) -> None:
        """Remove one fault, or all of them."""
        self.active = [f for f in self.active if fault_id is not None and f.id != fault_id]

    def draw(self, provider: str, operation: str, account_id: str) -> Drawn:
        """Decide what happens to one request, and count it."""
        if not self.active:
            return NOTHING
        drawn = Drawn()
        for fault in self.active:
            if not self._fires(fault, drawn, (provider, operation, account_id)):
                continue
            fault.fired += 1
            drawn.delay_seconds += fault.rule.delay_ms / 1000
            if fault.rule.kind != "latency":
                drawn.rule = fault.rule
        return drawn

    def _fires(self, fault: Fault, drawn: Drawn, place: tuple[str, str, str]) -> bool:
        rule = fault.rule
        spent = rule.times is not None and fault.fired >= rule.times
        taken = drawn.rule is not None and rule.kind != "latency"
        if spent or taken:
            return False
        wanted = (rule.provider, rule.operation, rule.account_id)
        if not all(fnmatchcase(here, want) for here, want in zip(place, wanted, strict=True)):
            return False
        return rule.probability >= 1 or self._random[fault.id].random() < rule.probability
