"""`make bench`: speed and memory, as ratios within one run.

python -m tests.load.bench [--seed N] [--small] [--write-docs] [--from report.json]
"""

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from paymux.bootstrap.serving import run_on_fast_loop
from tests.load.chart import page, svg
from tests.load.report import Report, markdown, table
from tests.load.run import FULL, SMALL, run_bench

_BEGIN: Final = "<!-- bench: begin -->"
_END: Final = "<!-- bench: end -->"
_DOCUMENT: Final = Path("docs/performance.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or read an earlier report; print it and write its files."""
    chosen = _parser().parse_args(arguments)
    report = _earlier(chosen.earlier) if chosen.earlier else _measured(chosen)
    sys.stdout.write(f"{table(report)}\n\nSeed {report.seed}, {report.seconds:.0f} s. ")
    sys.stdout.write(f"More in {chosen.folder}/report.html and report.json.\n")
    write_files(report, chosen.folder)
    if chosen.write_docs:
        write_document(report, _DOCUMENT)
    return 0


def write_files(report: Report, folder: Path) -> None:
    """Write the report as JSON, as a chart, and as a page that loads nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    (folder / "report.svg").write_text(svg(report), "utf-8")
    (folder / "report.html").write_text(page(report), "utf-8")


def write_document(report: Report, document: Path) -> None:
    """Put the figures between the two marks of the document."""
    before, _, rest = document.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    document.write_text(f"{before}{_BEGIN}\n{markdown(report)}\n{_END}{after}", "utf-8")


def _measured(chosen: argparse.Namespace) -> Report:
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(1_000_000)
    command = "make bench" if not chosen.small else "python -m tests.load.bench --small"
    sys.stdout.write(f"Seed {seed}. This takes {'half a minute' if chosen.small else '4 min'}.\n")
    sys.stdout.flush()
    effort = SMALL if chosen.small else FULL
    return run_on_fast_loop(run_bench(chosen.folder / "run", effort, seed, command))


def _earlier(file: Path) -> Report:
    return msgspec.json.decode(file.read_bytes(), type=Report)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the order of the rounds")
    parser.add_argument("--small", action="store_true", help="tiny numbers: does it run at all")
    parser.add_argument("--write-docs", action="store_true", help=f"also into {_DOCUMENT}")
    parser.add_argument("--from", dest="earlier", type=Path, help="an earlier report.json")
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
