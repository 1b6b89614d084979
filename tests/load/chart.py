"""The report as one page that loads nothing: a chart of the ratios, and the table."""

from html import escape
from typing import Final

from tests.load.report import Line, Report, markdown

_WIDTH: Final = 900
_LABEL: Final = 430
_ROW: Final = 34
_SCALE: Final = 300.0
_MOST: Final = 1.5
_INK: Final = {None: "#64748b", True: "#15803d", False: "#b91c1c"}


def svg(report: Report) -> str:
    """Bars of every ratio; what is longer than the line at 1 is more than the comparison."""
    lines = [line for line in report.lines if line.ratio is not None]
    height = _ROW * len(lines) + 40
    one = _LABEL + _SCALE
    bars = "".join(_bar(line, 20 + _ROW * row) for row, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="13" role="img" '
        'aria-label="Ratios">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>{bars}'
        f'<line x1="{one}" x2="{one}" y1="10" y2="{height - 24}" stroke="#0f172a" '
        'stroke-dasharray="4 3"/>'
        f'<text x="{one}" y="{height - 8}" text-anchor="middle">1.0</text></svg>'
    )


def page(report: Report) -> str:
    """A whole HTML page with the chart and the table."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Paymux bench</title>'
        "<style>body{font:15px/1.5 sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem}"
        "pre{overflow-x:auto}</style>"
        f"<h1>Paymux bench</h1>{svg(report)}<pre>{escape(markdown(report))}</pre></html>"
    )


def _bar(line: Line, y: int) -> str:
    ratio = line.ratio or 0.0
    width = min(ratio, _MOST) * _SCALE
    label = escape(f"({line.part}) {_short(line)}")
    return (
        f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{label}</text>'
        f'<rect x="{_LABEL}" y="{y}" width="{width:.1f}" height="20" rx="3" '
        f'fill="{_INK[line.reached]}"/>'
        f'<text x="{_LABEL + 6}" y="{y + 15}" fill="#ffffff">{ratio:.2f}</text>'
    )


def _short(line: Line) -> str:
    against = line.compared.partition(":")[0].partition(";")[0]
    text = f"{line.what.partition(',')[0]} / {against}"
    return text if len(text) <= 62 else f"{text[:61]}…"
