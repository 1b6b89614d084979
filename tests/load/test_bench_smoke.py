from pathlib import Path

import msgspec

from tests.load.bench import write_document, write_files
from tests.load.report import Report, table
from tests.load.run import SMALL, run_bench
from tests.reachable import reachable_folder


async def test_the_bench_runs_and_its_report_is_well_formed(tmp_path: Path) -> None:
    with reachable_folder() as folder:
        report = await run_bench(folder / "run", SMALL, seed=1, command="a test")

    write_files(report, tmp_path)
    read = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=Report)
    assert msgspec.to_builtins(read) == msgspec.to_builtins(report)
    assert {line.part for line in report.lines} == {"a", "b", "c", "d"}
    assert sorted(r.kind for r in report.ingest) == ["commits", "ingest", "verify"]
    assert all(r.per_second > 0 for r in report.ingest)
    assert report.idle.unsettled == 0
    assert len(table(report).splitlines()) == len(report.lines) + 1

    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")

    document = tmp_path / "performance.md"
    document.write_text("before <!-- bench: begin -->\nold\n<!-- bench: end --> after")
    write_document(report, document)
    text = document.read_text("utf-8")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "old" not in text
    assert "webhooks durable" in text
