"""Payments over time as stacked bars, drawn as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paymux.payments.ports.views import PaymentsInTime

WIDTH: Final = 720
HEIGHT: Final = 160
_GAP: Final = 0.25
_PAID: Final = frozenset({"succeeded"})
_OPEN: Final = frozenset({"processing", "requires_action", "authorized"})

GROUPS: Final = ("paid", "open", "unpaid")
"""What the statuses amount to, from the bottom of a bar to its top."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One coloured part of a bar, in the chart's own units."""

    group: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One step in time."""

    starts_at: datetime
    counts: Mapping[str, int]
    pieces: Sequence[Piece]

    @property
    def total(self) -> int:
        """All payments of the step."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of equal width; the highest reaches the top. `highest`: how many payments that is."""

    bars: Sequence[Bar]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT


def grouped(by_status: Mapping[str, int]) -> Mapping[str, int]:
    """Return the counts of paid, still open and unpaid payments."""
    paid = sum(many for status, many in by_status.items() if status in _PAID)
    still_open = sum(many for status, many in by_status.items() if status in _OPEN)
    unpaid = sum(by_status.values()) - paid - still_open
    return dict(zip(GROUPS, (paid, still_open, unpaid), strict=True))


def bar_chart(steps: Sequence[PaymentsInTime]) -> Chart:
    """Draw the steps from left to right."""
    counts = [grouped(step.by_status) for step in steps]
    highest = max((sum(one.values()) for one in counts), default=0)
    slot = WIDTH / max(len(steps), 1)
    return Chart(
        bars=[
            Bar(step.starts_at, one, _pieces(one, slot * number, slot, highest))
            for number, (step, one) in enumerate(zip(steps, counts, strict=True))
        ],
        highest=highest,
    )


def _pieces(counts: Mapping[str, int], left: float, slot: float, highest: int) -> Sequence[Piece]:
    pieces, bottom = [], float(HEIGHT)
    for group, many in counts.items():
        if many:
            height = HEIGHT * many / highest
            bottom -= height
            x, width = left + slot * _GAP / 2, slot * (1 - _GAP)
            pieces.append(Piece(group, *(round(n, 2) for n in (x, bottom, width, height))))
    return pieces
