"""Where a TOML text writes each key and each value. The text is known to be valid: `toml.parse` has read it."""

import re

Path = tuple[str | int, ...]
"""The way to a value: keys, and the numbers of items of lists."""

MOST = 100_000
"""So many values have a position; those behind them have none."""

_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_KEY = re.compile(r"""[ \t]*(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<basic>"(?:\\.|[^"\\\n])*")|'(?P<literal>[^'\n]*)')[ \t]*""")
_STRING = re.compile(r""""{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'""", re.DOTALL)
_BARE = re.compile(r"[^,\]}#\r\n]+")


class _Lost(Exception):
    """The rest of the text has no positions: it is too long, too deep, or not as expected."""


class Positions:
    """Offsets in the text: `keys` of the last key of a path, `values` of what it leads to, its quotes included."""

    def __init__(self, text: str) -> None:
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        self._text = text
        self._counts: dict[Path, int] = {}
        try:
            self._document()
        except (_Lost, RecursionError):
            return

    def _document(self) -> None:
        at = self._blank(0)
        table: Path = ()
        while at < len(self._text):
            if self._text.startswith("[", at):
                at, table = self._header(at)
            else:
                at = self._statement(at, table)
            at = self._blank(at)

    def _header(self, at: int) -> tuple[int, Path]:
        many = self._text.startswith("[[", at)
        parts, end = self._parts(at + 1 + many)
        path: Path = ()
        for part, start in parts:
            path = (*self._inside(path), part)
            self.keys.setdefault(path, start)
        if many:
            self._counts[path] = self._counts.get(path, 0) + 1
        return end + 1 + many, self._inside(path)

    def _inside(self, path: Path) -> Path:
        """Return the path of a table, or that of the last table where the path is that of a list of tables."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _statement(self, at: int, table: Path) -> int:
        parts, end = self._parts(at)
        path = table
        for part, start in parts:
            path = (*path, part)
            self.keys.setdefault(path, start)
        return self._value(self._blank(end + 1), path)

    def _parts(self, at: int) -> tuple[list[tuple[str, int]], int]:
        """Return the parts of a dotted key with where each begins, and where what follows the key does."""
        parts = []
        while True:
            key = _KEY.match(self._text, at)
            if key is None or key.lastgroup is None:
                raise _Lost
            parts.append((_unquoted(key), key.start(key.lastgroup)))
            at = key.end()
            if not self._text.startswith(".", at):
                return parts, at
            at += 1

    def _value(self, at: int, path: Path) -> int:
        if len(self.values) >= MOST:
            raise _Lost
        self.values[path] = at
        if self._text.startswith("[", at):
            return self._list(at + 1, path)
        if self._text.startswith("{", at):
            return self._table(at + 1, path)
        token = (_STRING if self._text.startswith(('"', "'"), at) else _BARE).match(self._text, at)
        if token is None:
            raise _Lost
        return token.end()

    def _list(self, at: int, path: Path) -> int:
        number = 0
        at = self._blank(at)
        while not self._text.startswith("]", at):
            at = self._after_comma(self._value(at, (*path, number)))
            number += 1
        return at + 1

    def _table(self, at: int, path: Path) -> int:
        at = self._blank(at)
        while not self._text.startswith("}", at):
            at = self._after_comma(self._statement(at, path))
        return at + 1

    def _after_comma(self, at: int) -> int:
        at = self._blank(at)
        return self._blank(at + 1) if self._text.startswith(",", at) else at

    def _blank(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at


def _unquoted(key: "re.Match[str]") -> str:
    if basic := key["basic"]:
        if "\\" not in basic:
            return basic[1:-1]
        import tomllib

        return next(iter(tomllib.loads(f"{basic} = 0")))
    return key["bare"] or key["literal"] or ""
