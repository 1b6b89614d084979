"""From raw figures to the lines of the table."""

from collections.abc import Sequence

from tests.load.figures import Spread, spread
from tests.load.ingest import Kind, Round
from tests.load.links import Latency, Throughput, Way
from tests.load.report import Line, Memory
from tests.load.settling import Settling


def ingest_lines(rounds: Sequence[Round]) -> list[Line]:
    """(a) Ratios are taken within each round; the median of the rounds counts."""
    speed = {kind: spread(_speeds(rounds, kind)) for kind in ("ingest", "verify", "commits")}
    to_verify = _ratio(_speeds(rounds, "ingest"), _speeds(rounds, "verify"))
    to_commits = _ratio(_speeds(rounds, "ingest"), _speeds(rounds, "commits"))
    durable = f"{speed['ingest'].median:,.0f} per second"
    return [
        Line(
            part="a",
            what=f"webhooks durable, {_p99(rounds, 'ingest')}",
            value=durable,
            compared=f"verified only: {speed['verify'].median:,.0f} per second",
            ratio=to_verify.median,
            goal=f"≥ 0.60; rounds {to_verify.least:.2f} to {to_verify.most:.2f}",
            reached=to_verify.median >= 0.6,
        ),
        Line(
            part="a",
            what="webhooks durable",
            value=durable,
            compared=f"pgbench commits: {speed['commits'].median:,.0f} per second",
            ratio=to_commits.median,
        ),
        *_processor_lines(rounds),
    ]


def _processor_lines(rounds: Sequence[Round]) -> list[Line]:
    used = {
        kind: [r.server_cpu_ms for r in rounds if r.kind == kind and r.server_cpu_ms is not None]
        for kind in ("ingest", "verify")
    }
    if not used["ingest"] or not used["verify"]:
        return []
    ingest, verify = spread(used["ingest"]).median, spread(used["verify"]).median
    return [
        Line(
            part="a",
            what="processor time of the web process",
            value=f"{ingest:.2f} ms per webhook",
            compared=f"verified only: {verify:.2f} ms",
            ratio=ingest / verify,
        )
    ]


def link_lines(latencies: Sequence[Latency], throughputs: Sequence[Throughput]) -> list[Line]:
    """(b) Ours against the bare SDK call."""
    lines = []
    for stand_in_ms in sorted({one.stand_in_ms for one in latencies}):
        ours, bare = (
            next(o for o in latencies if o.stand_in_ms == stand_in_ms and o.way == way)
            for way in ("api", "sdk")
        )
        lines.append(_latency_line(ours, bare))
    for concurrency in sorted({one.concurrency for one in throughputs}):
        ours_per_second, bare_per_second = (
            _throughputs(throughputs, way, concurrency) for way in ("api", "sdk")
        )
        lines.append(
            Line(
                part="b",
                what=f"payment links, {concurrency} at a time",
                value=f"{spread(ours_per_second).median:,.0f} per second",
                compared=f"bare SDK: {spread(bare_per_second).median:,.0f} per second",
                ratio=_ratio(ours_per_second, bare_per_second).median,
            )
        )
    return lines


def _latency_line(ours: Latency, bare: Latency) -> Line:
    more, ratio = ours.p50_ms - bare.p50_ms, ours.p50_ms / bare.p50_ms
    instant = ours.stand_in_ms == 0
    return Line(
        part="b",
        what="a payment link, stand-in "
        + ("instant" if instant else f"takes {ours.stand_in_ms} ms"),
        value=f"p50 {ours.p50_ms:.1f} ms, p95 {ours.p95_ms:.1f} ms",
        compared=f"bare SDK: p50 {bare.p50_ms:.1f} ms, p95 {bare.p95_ms:.1f} ms (+{more:.1f} ms)",
        ratio=ratio,
        goal="at most +10 ms" if instant else "≤ 1.10",
        reached=more <= 10 if instant else ratio <= 1.1,
    )


def settling_lines(idle: Settling, loaded: Settling) -> list[Line]:
    """(c) Idle, and at half the rate of (a)."""
    return [
        Line(
            part="c",
            what="webhook accepted to payment settled, idle",
            value=f"p50 {idle.p50_ms:.1f} ms, p95 {idle.p95_ms:.1f} ms",
            goal="p95 < 50 ms",
            reached=idle.p95_ms < 50 and not idle.unsettled,
        ),
        Line(
            part="c",
            what=f"the same at {loaded.offered_per_second or 0:,.0f} per second, one worker",
            value=f"p50 {loaded.p50_ms:,.0f} ms, p95 {loaded.p95_ms:,.0f} ms",
            compared=f"settles {loaded.settled_per_second or 0:,.0f} per second; backlog after "
            f"{loaded.events / (loaded.accepted_per_second or 1):.0f} s: {loaded.backlog:,}",
            ratio=(loaded.settled_per_second or 0) / (loaded.accepted_per_second or 1),
        ),
    ]


def memory_lines(memory: Memory) -> list[Line]:
    """(d) The web process."""
    return [
        Line(
            part="d",
            what="memory of the web process, idle",
            value=f"{memory.idle_mb:.0f} MB",
            goal="< 150 MB",
            reached=memory.idle_mb < 150,
        ),
        Line(
            part="d",
            what="memory of the web process, after the load",
            value=f"{memory.after_load_mb:.0f} MB",
            goal="< 250 MB",
            reached=memory.after_load_mb < 250,
        ),
    ]


def _speeds(rounds: Sequence[Round], kind: Kind) -> list[float]:
    chosen = sorted((r for r in rounds if r.kind == kind), key=lambda r: r.number)
    return [r.per_second for r in chosen]


def _throughputs(measured: Sequence[Throughput], way: Way, concurrency: int) -> list[float]:
    chosen = [t for t in measured if t.way == way and t.concurrency == concurrency]
    return [t.per_second for t in sorted(chosen, key=lambda t: t.number)]


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    return spread([one / other for one, other in zip(ours, theirs, strict=True)])


def _p99(rounds: Sequence[Round], kind: Kind) -> str:
    middle = [(r.p50_ms or 0, r.p99_ms or 0) for r in rounds if r.kind == kind]
    p50, p99 = (spread([pair[side] for pair in middle]).median for side in (0, 1))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
