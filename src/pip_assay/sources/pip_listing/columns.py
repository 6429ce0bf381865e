"""`pip list` in columns, as people paste it: a header, a line of dashes, and a line for each distribution."""

import re

from pip_assay.model import INDEX, PYPI, Dependency, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.locks import locked
from pip_assay.sources.pip_listing.documents import DISTRO, DISTRO_INSTALLERS, HINT, OUTDATED, Listed
from pip_assay.sources.requirements.lines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    _Columns = dict[str, slice]

_HEADER = r"(?m)^[ \t]*Package[ \t]+Version\b[^\n]*\n[ \t]*--+[ \t]+--+"
_DASHES = re.compile(r"[ \t]*--+(?:[ \t]+--+)+[ \t]*")
_TALK = r"\s*$|\s*(?:WARNING: |DEPRECATION: |\[notice\]|Using Python )|.*\bpip3?(?:\.exe)? list\b"
"""Lines of pip or uv, or of the shell, that are no part of the table."""


def is_one(start: str) -> bool:
    """Return whether text that starts so is such a table."""
    return re.search(_HEADER, start) is not None


def read(content: bytes, file: str) -> Listed:
    """Return what the table holds."""
    text = decode(content) if len(content) <= bounded_json.LIMIT else None
    if text is not None and not text.strip():
        return Listed(problems=(Problem("empty", "is empty", Place(file), HINT, file),))
    if text is None or not is_one(text):
        return Listed(problems=(Problem("unreadable", "is no listing of pip", Place(file), HINT, file),))
    problems: dict[Problem, None] = {}
    found = tuple(_rows(text, file, problems))
    if not found:
        problems[Problem("empty", "holds no package", Place(file), HINT, file)] = None
    detail = OUTDATED if re.search(r"(?m)^[ \t]*Package[ \t]+Version[ \t]+Latest\b", text) else ""
    return Listed(found, (*problems, *locked.flaws(found, HINT)), detail)


def _rows(text: str, file: str, problems: "dict[Problem, None]") -> "Iterator[Dependency]":
    columns: _Columns = {}
    before = ""
    for number, line in enumerate(text.split("\n"), 1):
        row = line.rstrip("\r")
        place = Place(file, number, len(row) - len(row.lstrip()) + 1)
        if _DASHES.fullmatch(row) and before.split()[:2] == ["Package", "Version"]:
            columns = _columns(before, row)
        elif columns and _is_row(row, columns):
            yield _dependency(row, columns, place)
        elif not re.match(_TALK, row) and row.split()[:2] != ["Package", "Version"]:
            what = "is no line of the table that pip writes"
            problems[Problem("unreadable", what, place, HINT, file)] = None
        before = row


def _columns(header: str, dashes: str) -> "_Columns":
    """Return where each column is: the dashes are as wide as it."""
    spans = [found.span() for found in re.finditer("-+", dashes)]
    return {header[start:end].strip(): slice(start, end) for start, end in spans}


def _is_row(row: str, columns: "_Columns") -> bool:
    """Return whether this is a line of the table: a name, a version, and only then what may hold spaces, a path."""
    fields = row.split()
    return len(fields) > 1 and (len(fields) == 2 or len(columns) > 2) and re.search("[0-9]", fields[1]) is not None


def _dependency(row: str, columns: "_Columns", place: Place) -> Dependency:
    spelling, version, *_ = row.split()
    name = normalise(spelling)
    cells = {title: row[span].strip() for title, span in columns.items()}
    source = cells.get("Editable project location", "")
    origin = Origin("editable", source) if source else DISTRO if cells.get("Installer") in DISTRO_INSTALLERS else INDEX
    skipped = locked.skipped(name, version, "")
    return Dependency(Pin(PYPI, name, version), place, origin=origin, skipped=skipped, spelling=spelling)
