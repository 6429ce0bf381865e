r"""pip-audit's Markdown tables, to the byte for harmless text; rows.py lists what differs on purpose.

Hostile text is made neutral, and escaped so far that it cannot leave its cell, make a link or be HTML: "|", "<", "["
and "]" get a backslash, and the backslashes before them are doubled. Emphasis and code spans stay, because they harm
nobody and real advisories are full of them; a bare address stays, because it shows where it leads. A name or an id that
nothing real could have is escaped throughout.
"""

import re

from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.rows import Cell, tables
from pip_assay.reports.summary import problem_lines, summary_line
from pip_assay.reports.text import finished, neutral

NAME = "markdown"
MANIFEST = False
AUTO = False


def render(report: Report, style: Style) -> str:
    """Return tables with a blank line before each; empty when there is nothing to tell.

    In a file of its own the sentence that sums it up stands first, and what no table shows last.
    """
    lines = [f"**{_free(neutral(summary_line(report)))}**"] if style.in_file else []
    for table in tables(report, style, spelled=True):
        lines += ["", f"**{table.title}**"] * bool(table.title)
        lines += ["", " | ".join(table.header), " | ".join("---" for _ in table.header)]
        lines += [" | ".join((_first(_cell(row[0])), *map(_cell, row[1:]))) for row in table.rows]
    if style.in_file and (unseen := problem_lines(report)):
        lines += ["", "Problems:", "", *(f"- {_first(_free(line))}" for line in unseen)]
    return finished(lines, style)


def _cell(cell: Cell) -> str:
    return ", ".join(
        f"[{_strict(piece.text)}]({piece.address})" if piece.address else _free(piece.text) for piece in cell
    )


def _free(text: str) -> str:
    return re.sub(r"(\\*)([|<\[\]])", r"\1\1\\\2", text)


def _strict(text: str) -> str:
    """Return a name or an id inside a link; every mark is escaped where it is no plain word."""
    plain = re.fullmatch(r"[\w.-]*", text, re.ASCII)
    return text if plain else re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _first(text: str) -> str:
    """Return the first cell of a row, where a mark could begin a list, a heading, a quotation or a code block."""
    text = re.sub(r"^(?=[-+*](?:\s|$)|[#>]|`{3}|~{3})", r"\\", text.strip())
    return re.sub(r"^([0-9]+)(?=[.)](?:\s|$))", r"\1\\", text)
