"""A TOML manifest: its tables, of whose types nobody has to be sure, and the place of everything in it."""

import re
from bisect import bisect_right

from pip_assay.model import Gap, Place, Problem
from pip_assay.sources.documents import toml
from pip_assay.sources.manifests import requirement
from pip_assay.sources.manifests.declared import CORRECT, Declared
from pip_assay.sources.manifests.positions import Path, Positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_QUOTES = re.compile("[\"'\\s]*+")
NO_REQUIREMENT = "is not a requirement that begins with a name"


class Document:
    """One parsed file. Paths that are given to it lead to a value in it; what is absent reads as empty.

    `before` says how many lines of the file stand before the text, and how many characters before each of its lines.
    """

    def __init__(
        self, values: "dict[str, Any]", text: str, declared: Declared, before: tuple[int, int] = (0, 0)
    ) -> None:  # fmt: skip
        self.values = values
        self.declared = declared
        self._text = text
        self._before = before
        self._positions: Positions | None = None
        self._lines: list[int] = []

    def get(self, *path: str | int) -> object:
        """Return the value, None where there is none."""
        value: object = self.values
        for key in path:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def table(self, *path: str | int) -> "dict[str, Any]":
        """Return a table."""
        value = self.get(*path)
        if isinstance(value, dict):
            return value
        self._wrong(value, path, "a table")
        return {}

    def tables(self, *path: str | int) -> "Iterator[Path]":
        """Yield the path of each table in a list of tables."""
        for number, value in enumerate(self._list(path)):
            if isinstance(value, dict):
                yield (*path, number)
            else:
                self._wrong(value, (*path, number), "a table")

    def text(self, *path: str | int) -> str:
        """Return a text."""
        value = self.get(*path)
        if isinstance(value, str):
            return value
        self._wrong(value, path, "text")
        return ""

    def texts(self, *path: str | int) -> list[str]:
        """Return the texts in a list."""
        found = []
        for number, value in enumerate(self._list(path)):
            if isinstance(value, str):
                found.append(value)
            else:
                self._wrong(value, (*path, number), "text")
        return found

    def requirements(self, path: Path, group: str) -> None:
        """Declare the requirements of a list for a group."""
        self.declared.group(group)
        for number, value in enumerate(self._list(path)):
            self.requirement(value, (*path, number), group)

    def requirement(self, value: object, path: Path, group: str) -> None:
        """Declare one requirement for a group."""
        if isinstance(value, str) and (name := requirement.name_of(value)):
            self.declared.requirement(value.strip(), self.place(path, name), group)
        else:
            self.problem("unreadable", f"an item of {title(path[:-1])} {NO_REQUIREMENT}", path)

    def place(self, path: Path, name: str) -> Place:
        """Return where the value or the key at the path spells the name; the whole file where that cannot be told."""
        positions = self._where()
        for token in (positions.values.get(path, -1), positions.keys.get(path, -1)):
            quotes = _QUOTES.match(self._text, token) if token >= 0 else None
            if quotes and self._text.startswith(name, quotes.end()):
                return self._place(quotes.end())
        return Place(self.declared.file)

    def line(self, path: Path) -> Place:
        """Return the line where the key or value at the path is written, or what it is in."""
        positions = self._where()
        while path:
            at = positions.keys.get(path, positions.values.get(path, -1))
            if at >= 0:
                return self._place(at)._replace(column=0)
            path = path[:-1]
        return Place(self.declared.file)

    def problem(
        self, gap: Gap, what: str, path: Path, hint: str = CORRECT, subject: str = ""
    ) -> None:  # fmt: skip
        """Keep a problem with the line of what is at the path."""
        self.declared.problem(gap, what, self.line(path), hint, subject)

    def _list(self, path: Path) -> "list[object]":
        value = self.get(*path)
        if isinstance(value, list):
            return value
        self._wrong(value, path, "a list")
        return []

    def _wrong(self, value: object, path: Path, kind: str) -> None:
        if value is not None:
            self.problem("unreadable", f"{title(path)} is not {kind}", path)

    def _where(self) -> Positions:
        if self._positions is None:
            self._positions = Positions(self._text)
            self._lines = [0, *(at + 1 for at, character in enumerate(self._text) if character == "\n")]
        return self._positions

    def _place(self, at: int) -> Place:
        number = bisect_right(self._lines, at)
        lines, characters = self._before
        return Place(self.declared.file, number + lines, at - self._lines[number - 1] + 1 + characters)


def title(path: Path) -> str:
    """Return a path as messages write it: `"dependencies" of [project]`."""
    keys = [str(key) for key in path if isinstance(key, str)]
    if len(keys) < 2:
        return f'"{"".join(keys)}"'
    return f'"{keys[-1]}" of [{".".join(keys[:-1])}]'


def read(path: str, declared: Declared) -> Document | None:
    """Return the document; None where there is none, with the problem that this is."""
    text = toml.read_text(path, CORRECT)
    if isinstance(text, Problem):
        declared.keep(text)
        return None
    return parse(text, declared)


def parse(text: str, declared: Declared, before: tuple[int, int] = (0, 0)) -> Document | None:
    """Return the document in the text; None where it is none, with the problem that this is."""
    values = toml.parse(text, declared.file, CORRECT)
    if isinstance(values, Problem):
        place = values.place
        if place and place.line:
            place = place._replace(line=place.line + before[0], column=place.column + before[1])
        declared.keep(values._replace(place=place))
        return None
    return Document(values, text, declared, before)
