"""Time, ids and chance that come again with the same seed."""

import random
from datetime import UTC, datetime, timedelta

from paymux.kernel.ids import ALPHABET
from paymux.sandbox.clock import Clock

# Within the life of the certificates that the stand-in makes when it starts.
BEGINNING = datetime(2030, 1, 1, tzinfo=UTC)


def seeded(seed: int) -> random.Random:
    """Chance that comes again; it decides about nothing that is secret."""
    return random.Random(seed)  # noqa: S311


class SimulatedClock:
    """One clock for both sides of the wire; it moves when it is told to."""

    def __init__(self) -> None:
        self._now = BEGINNING

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def move_to(self, instant: datetime) -> None:
        self._now = max(self._now, instant)

    def forward(self, by: timedelta) -> None:
        self._now += by

    def reset(self) -> None:
        self._now = BEGINNING


class ProvidersClock(Clock):
    """The same clock as the stand-ins read it."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> float:
        return self._clock.monotonic() + self.offset

    def iso(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class SeededIds:
    """Ids in the shape of ours; later ones sort after earlier ones."""

    def __init__(self) -> None:
        self._random = seeded(0)
        self._count = 0

    def begin(self, seed: int) -> None:
        self._random, self._count = seeded(seed), 0

    def new(self, prefix: str) -> str:
        self._count += 1
        digits, count = "", self._count
        for _ in range(8):
            count, digit = divmod(count, 32)
            digits = ALPHABET[digit] + digits
        return f"{prefix}_0{digits}{''.join(self._random.choices(ALPHABET, k=17))}"

    def token(self) -> str:
        return "".join(self._random.choices(ALPHABET, k=32))
