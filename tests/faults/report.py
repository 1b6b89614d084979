"""What a run of the fault bench found, for machines and for eyes."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

_KINDS = ("lost", "settled twice", "over-refunded", "illegal transition")


class Failed(msgspec.Struct, frozen=True):
    """A schedule that ended wrong, with what led there."""

    seed: int
    wrongs: list[str]
    trace: list[str]


class Part(msgspec.Struct):
    """What one worker found."""

    schedules: int = 0
    payments: int = 0
    failed: list[Failed] = []
    fired: Counter[str] = msgspec.field(default_factory=Counter)
    did: Counter[str] = msgspec.field(default_factory=Counter)
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    jobs: Counter[str] = msgspec.field(default_factory=Counter)
    ended: Counter[str] = msgspec.field(default_factory=Counter)
    reviews: Counter[str] = msgspec.field(default_factory=Counter)
    movements: Counter[str] = msgspec.field(default_factory=Counter)


class Report(msgspec.Struct):
    """A whole run."""

    seed: int
    workers: int
    seconds: float
    total: Part

    @property
    def counts(self) -> dict[str, int]:
        """How often each kind of wrong was found; what is none of them is `other`."""
        found = [wrong for failed in self.total.failed for wrong in failed.wrongs]
        counts = {kind: sum(kind in wrong for wrong in found) for kind in _KINDS}
        counts["other"] = sum(not any(kind in wrong for kind in _KINDS) for wrong in found)
        return counts


def joined(parts: Iterable[Part]) -> Part:
    """Add up what the workers found."""
    total = Part()
    for part in parts:
        total.schedules += part.schedules
        total.payments += part.payments
        total.failed = [*total.failed, *part.failed]
        for name in ("fired", "did", "refused", "jobs", "ended", "reviews", "movements"):
            getattr(total, name).update(getattr(part, name))
    return total


def table(report: Report) -> str:
    """Return the report as a person reads it."""
    total = report.total
    lines = [
        f"{total.schedules} schedules, {total.payments} payments, seed {report.seed}, "
        f"{report.workers} workers, {report.seconds:.0f} s",
        "",
        *(f"{count:>8}  {kind}" for kind, count in report.counts.items()),
    ]
    for title, counts in (
        ("faults that fired", total.fired),
        ("payments ended", total.ended),
        ("in review", total.reviews),
        ("movements in the ledger", total.movements),
        ("what was done", total.did),
        ("refusals", total.refused),
        ("jobs run", total.jobs),
    ):
        lines += ["", f"{title}:", *_ranked(counts)]
    for failed in total.failed[:20]:
        lines += ["", f"FAILED, replay with --only {failed.seed}:"]
        lines += [f"    {wrong}" for wrong in failed.wrongs]
    return "\n".join(lines)


def _ranked(counts: Counter[str]) -> Sequence[str]:
    return [f"{count:>8}  {name}" for name, count in counts.most_common()]
