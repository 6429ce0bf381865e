"""pip-audit's columns, to the byte; rows.py lists what differs on purpose. Also: hostile text is made neutral."""

from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.rows import Cell, Table, tables
from pip_assay.reports.summary import problem_lines, summary_line
from pip_assay.reports.text import columns, finished, link, neutral

NAME = "columns"
MANIFEST = False
AUTO = False


def render(report: Report, style: Style) -> str:
    """Return aligned tables with a blank line between two; empty when there is nothing to tell.

    In a file of its own the sentence that sums it up stands first, and what no table shows last.
    """
    lines = [neutral(summary_line(report))] if style.in_file else []
    for table in tables(report, style):
        lines += [""] * bool(lines) + [table.title] * bool(table.title) + _lines(table, style)
    if style.in_file and (unseen := problem_lines(report)):
        lines += ["", "Problems:", *unseen]
    return finished(lines, style)


def _lines(table: Table, style: Style) -> list[str]:
    plain = [table.header, *(tuple(map(_plain, row)) for row in table.rows)]
    shown = [table.header, *(tuple(_linked(cell, style) for cell in row) for row in table.rows)]
    widths = columns(plain)
    lines = [
        " ".join(
            cell + " " * (width - len(text)) for cell, text, width in zip(row, texts, widths, strict=True)
        ).rstrip()
        for row, texts in zip(shown, plain, strict=True)
    ]
    return [lines[0], " ".join("-" * width for width in widths), *lines[1:]]


def _plain(cell: Cell) -> str:
    return ", ".join(piece.text for piece in cell)


def _linked(cell: Cell, style: Style) -> str:
    return ", ".join(link(piece.text, piece.address, style) for piece in cell)
