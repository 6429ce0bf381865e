"""Notebooks (nbformat 3 and 4): the commands in their code cells, with the line where each is written."""

import re

from pip_assay.model import Place, Problem
from pip_assay.sources.documents import bounded_json, json_places
from pip_assay.sources.hints.shell import Script, script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    _Path = tuple[str | int, ...]
    _Line = tuple[_Path, str]  # where it is in the document, and the line without its end

HINT = "save it again with the program that wrote it"

_SHELL_CELL = r"\s*%%(?:bash|sh|!|sx|system|script\s+(?:--\S+\s+)*(?:\S*/)?(?:ba|z)?sh)\b"
_COMMAND = re.compile(
    r"\s*(?:(?:[A-Za-z_]\w*\s*=\s*)?(?:!!?|%(?!%))|(?=(?:pip3?|uv|conda|mamba)\s+(?:pip\s+)?install\s))"
)
"""A line for the shell, a magic, or one of the magics that need no "%" (IPython's "automagic")."""


def scripts(text: str, file: str) -> list[Script] | Problem:
    """Return each command, and each cell that is a shell script, or why there can be none."""
    document = bounded_json.parse(text, file, HINT)
    if isinstance(document, Problem):
        return document
    if not isinstance(document, dict) or not {"cells", "worksheets"} & document.keys():
        return Problem("unreadable", "is no notebook", Place(file), HINT, file)
    found = [command for lines in _code(document) for command in _commands(lines)]
    places = json_places.find(text, file, {path: "" for lines in found for path, _ in lines})
    return [
        script([(line, places[path].line, places[path].column + 1) for path, line in lines])  # after the quotation mark
        for lines in found
    ]


def _code(document: "dict[str, object]") -> "Iterator[list[_Line]]":
    """Yield the lines of each code cell. nbformat 3 has worksheets, and another name for what is in a cell."""
    sheets = [((), document), *_items(document.get("worksheets"), ("worksheets",))]
    for before, sheet in sheets:
        for path, cell in _items(sheet.get("cells"), (*before, "cells")):
            if cell.get("cell_type") == "code":
                key = "source" if "source" in cell else "input"
                yield list(_lines(cell.get(key), (*path, key)))


def _items(items: object, path: "_Path") -> "Iterator[tuple[_Path, dict[str, object]]]":
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*path, number), item


def _lines(source: object, path: "_Path") -> "Iterator[_Line]":
    """Yield the lines of a cell, which is one text or a list of them."""
    texts = enumerate(source) if isinstance(source, list) else [(-1, source)]
    for number, text in texts:
        if isinstance(text, str):
            yield from (((*path, number) if number >= 0 else path, line) for line in text.splitlines())


def _commands(lines: "Sequence[_Line]") -> "Iterator[list[_Line]]":
    """Yield the lines of each command. What marks them as one gives way to spaces, so that every column stays."""
    if lines and re.match(_SHELL_CELL, lines[0][1]):
        yield [(path, f"{line}\n") for path, line in lines[1:]]
        return
    command: list[_Line] = []
    for path, line in lines:
        mark = None if command else _COMMAND.match(line)
        if command or mark:
            text = " " * mark.end() + line[mark.end() :] if mark else line
            command.append((path, f"{text}\n"))
        if command and not line.endswith("\\"):
            yield command
            command = []
    if command:
        yield command
