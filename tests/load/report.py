"""What was measured, as data, as a table, and as Markdown."""

import msgspec

from tests.load.ingest import Round
from tests.load.links import Latency, Throughput
from tests.load.settling import Settling


class Machine(msgspec.Struct, kw_only=True):
    """What the figures were measured on."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    postgres: str


class Memory(msgspec.Struct, kw_only=True):
    """Memory of the web process in MB, before anything was asked of it and after all of it."""

    idle_mb: float
    after_load_mb: float


class Line(msgspec.Struct, kw_only=True):
    """One line of the table. `ratio`: to what it is compared with; `reached`: None if no goal."""

    part: str
    what: str
    value: str
    compared: str = ""
    ratio: float | None = None
    goal: str = ""
    reached: bool | None = None


class Report(msgspec.Struct, kw_only=True):
    """All of one run."""

    command: str
    seed: int
    measured_on: str
    seconds: float
    machine: Machine
    lines: list[Line]
    ingest: list[Round]
    latencies: list[Latency]
    throughputs: list[Throughput]
    idle: Settling
    loaded: Settling
    memory: Memory


_HEAD = ("", "what", "measured", "compared with", "ratio", "goal", "")


def table(report: Report) -> str:
    """The table for a terminal."""
    rows = [_HEAD, *(_cells(line) for line in report.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def markdown(report: Report) -> str:
    """The table and how it came about, for the documentation."""
    machine = report.machine
    rows = [_HEAD, ("---",) * len(_HEAD), *(_cells(line) for line in report.lines)]
    return "\n".join(
        [
            f"* Machine: {machine.processor}, {machine.cores} cores, {machine.memory_gb:.0f} GB, "
            f"{machine.system}, Python {machine.python}, PostgreSQL {machine.postgres}.",
            f"* Command: `{report.command}`, {report.measured_on}, {report.seconds:.0f} s; "
            f"seed {report.seed}.",
            "",
            *("| " + " | ".join(row) + " |" for row in rows),
        ]
    )


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.part,
        line.what,
        line.value,
        line.compared,
        "" if line.ratio is None else f"{line.ratio:.2f}",
        line.goal,
        {None: "", True: "reached", False: "missed"}[line.reached],
    )
