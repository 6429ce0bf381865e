"""TOML as locks need it: read boundedly, with the line of every table, and fields whose type nobody has to trust."""

import os
import re

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Place, Problem
from pip_assay.names import normalise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeVar

    _T = TypeVar("_T")

LIMIT = 16 * 1024 * 1024
"""Characters: the standard library's parser takes ten seconds and half a gigabyte for more."""

PARTS = 200
"""Dots in one key: the standard library's parser takes a time that grows with the square of their number."""

_WORDS: dict[type, str] = {str: "text", list: "a list", dict: "a table"}


def read_text(path: str, hint: str) -> str | Problem:
    """Return the file's text without a byte order mark, or why it cannot be had."""
    try:
        content = files.read_bytes(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
        return Problem(gap, error.what, Place(path), error.hint, path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(path, content.count(b"\n", 0, error.start) + 1)
        return Problem("unreadable", "is not UTF-8 text, as TOML must be", place, hint, path)


def load(path: str, hint: str) -> "tuple[Table, str] | Problem":
    """Return the whole of a file as a table and as text, or why it cannot be had."""
    text = read_text(path, hint)
    if isinstance(text, Problem):
        return text
    document = parse(text, path, hint)
    return document if isinstance(document, Problem) else (Table(document, path, Place(path), {}), text)


def parse(text: str, file: str, hint: str) -> "dict[str, Any] | Problem":
    """Return the document, or why it is none, with the line and column of the error."""
    if len(text) > LIMIT:
        return Problem("unreadable", f"holds more than {files.size(LIMIT)}", Place(file), hint, file)
    from pip_assay.sources.documents import plain_toml

    document = plain_toml.read(text)
    return document if document is not None else _parse(text, file, hint)


def _parse(text: str, file: str, hint: str) -> "dict[str, Any] | Problem":
    import tomllib

    if any(line.count(".") >= PARTS and _has_long_key(line) for line in text.split("\n")):
        return Problem("unreadable", f"holds a key of more than {PARTS} parts", Place(file), hint, file)
    try:
        return tomllib.loads(text)
    except RecursionError:
        return Problem("unreadable", "is nested too deeply", Place(file), hint, file)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).rpartition(" (at ")
        line, column = map(int, re.findall("[0-9]+", where) or (text.count("\n") + 1, 0))
        what = f"is not valid TOML ({message[:1].lower()}{message[1:]})"
        return Problem("unreadable", what, Place(file, line, column), hint, file)
    except ValueError:  # int() refuses more than 4300 digits
        return Problem("unreadable", "holds a number that is too long", Place(file), hint, file)


_DOTTED = rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{1,{PARTS}}}"""


def _has_long_key(line: str) -> bool:
    return any(found[0].count(".") >= PARTS for found in re.finditer(_DOTTED, line))


def places(text: str, file: str, key: str, names: "Sequence[str]") -> list[Place]:
    """Return where each table of the array `key` writes its name; `names` has what each says, empty where nothing.

    A table without a name has the place of its header. Where the text spells a table or a name in another way (an
    inline array, an escape), the place is the file.
    """
    header = re.compile(rf"""\n[ \t]*\[\[[ \t]*(["']?){key}\1[ \t]*\]\]""")  # "^" would be tried at each character
    starts = [found.start() for found in header.finditer("\n" + text)]
    if not starts or len(starts) != len(names):
        return [Place(file)] * len(names)
    found, line, last = [], 1, 0
    for start, end, name in zip(starts, [*starts[1:], len(text)], names, strict=True):
        at = _name(text, start, end, name) if name else start
        if at < 0:
            found.append(Place(file))
            continue
        line, last = line + text.count("\n", last, at), at
        found.append(Place(file, line, at - text.rfind("\n", 0, at)))
    return found


def _name(text: str, start: int, end: int, name: str) -> int:
    """Return where the text between `start` and `end` writes this name, -1 where it does not."""
    written = re.compile(r"""\n[ \t]*(["']?)name\1[ \t]*=[ \t]*["']""")
    return next((at.end() for at in written.finditer(text, start, end) if text.startswith(name, at.end(), end)), -1)


class Table:
    """One table of a document: a field of the wrong type is reported as a problem and read as if it were absent.

    title     what the messages call it: the name of a dependency, or of the file.
    problems  keeps the order in which they were found.
    """

    def __init__(self, values: "dict[str, Any]", title: str, place: Place, problems: "dict[Problem, None]") -> None:
        self.values = values
        self.title = title
        self.place = place
        self._problems = problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was reported of the whole document until now."""
        return tuple(self._problems)

    def report(self, what: str) -> None:
        """Add the problem that something in this table cannot be read, once."""
        self._problems[Problem("unreadable", what, self.place, "correct it, or lock again", self.title)] = None

    def text(self, key: str) -> str:
        """Return a text field, empty where it is absent."""
        return self._field(key, str) or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where it is absent."""
        return tuple(self._items(key, str))

    def table(self, key: str) -> "Table":
        """Return a table in this one, empty where it is absent."""
        return self._inner(self._field(key, dict) or {})

    def tables(self, key: str) -> "list[Table]":
        """Return a list of tables, empty where it is absent."""
        return [self._inner(values) for values in self._items(key, dict)]

    def column(self, key: str, inner: str) -> tuple[str, ...]:
        """Return the text field `inner` of each table in a list, empty where it is absent."""
        values = [item[inner] for item in self._items(key, dict) if inner in item]
        kept = tuple([value for value in values if isinstance(value, str)])
        if len(kept) < len(values):
            self.report(f'"{inner}" in "{key}" of {self.title} is not text')
        return kept

    def __iter__(self) -> "Iterator[str]":
        return iter(self.values)

    def _inner(self, values: "dict[str, Any]") -> "Table":
        return Table(values, self.title, self.place, self._problems)

    def _field(self, key: str, kind: "type[_T]") -> "_T | None":
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self.report(f'"{key}" of {self.title} is not {_WORDS[kind]}')
        return None

    def _items(self, key: str, kind: "type[_T]") -> "list[_T]":
        items = self._field(key, list) or []
        kept = [item for item in items if isinstance(item, kind)]
        if len(kept) < len(items):
            self.report(f'"{key}" of {self.title} holds something that is not {_WORDS[kind]}')
        return kept


def named(document: Table, key: str, text: str) -> list[Table]:
    """Return the tables of the document's array `key`, titled and placed by their names; the nameless are reported."""
    tables = document.tables(key)
    names = [name if isinstance(name := table.values.get("name"), str) else "" for table in tables]
    found = []
    for number, (table, name, place) in enumerate(
        zip(tables, names, places(text, document.place.file, key, names), strict=True), 1
    ):
        table.title, table.place = normalise(name) or f"package {number}", place
        if name:
            found.append(table)
        else:
            table.report(f"package {number} has no name")
    return found
