"""pyproject.toml: the dependencies that a project declares in [project] (PEP 621), each with its line and column."""

import re

from pip_assay.model import Gap, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources import toml
from pip_assay.sources.resolve import Root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

ELSEWHERE = "audit a lock, or the environment it is installed in"
CORRECT = "correct it"

OTHERS = (
    ("tool", "poetry", "dependencies"),
    ("tool", "pdm", "dependencies"),
    ("tool", "flit", "metadata", "requires"),
    ("tool", "pixi", "dependencies"),
    ("tool", "pixi", "pypi-dependencies"),
)
"""Where tools keep dependencies outside of [project], each in a language of its own."""

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?![A-Za-z0-9._-])")
_TOKEN = re.compile(r"""#[^\n]*|"{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""", re.DOTALL)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*\[[ \t]*project[ \t]*\]", re.MULTILINE)
_KEY = re.compile(r"^[ \t]*dependencies[ \t]*=[ \t]*\[?", re.MULTILINE)
_TOP = re.compile(r"^[ \t]*project[ \t]*(?:\.[ \t]*dependencies[ \t]*)?=[ \t]*\[?", re.MULTILINE)


def roots(path: str) -> tuple[tuple[Root, ...], tuple[Problem, ...]]:
    """Return what `[project] dependencies` asks for, and a problem for each thing that is not known from it.

    Extras and dependency groups are left out: an install brings in neither unless it is asked to.
    """
    text = toml.read_text(path, CORRECT)
    if isinstance(text, Problem):
        return (), (text,)
    document = toml.parse(text, path, CORRECT)
    if isinstance(document, Problem):
        return (), (document,)
    return _Project(document, text, path).roots()


class _Project:
    """One parsed file, with its text to find the places in."""

    def __init__(self, document: "Mapping[str, Any]", text: str, path: str) -> None:
        self._document = document
        self._text = text
        self._path = path
        self._start, self._end = _array(text)

    def roots(self) -> tuple[tuple[Root, ...], tuple[Problem, ...]]:
        project = self._document.get("project", {})
        if not isinstance(project, dict):
            return (), (self._problem("unreadable", "[project] is not a table", CORRECT),)
        problems = []
        dynamic = project.get("dynamic")
        if isinstance(dynamic, list) and "dependencies" in dynamic:
            what = "its dependencies are computed at build time, and pip-assay never builds"
            problems.append(self._problem("unresolved", what, ELSEWHERE))
        if "dependencies" in project:
            found = self._requirements(project["dependencies"], problems)
            return found, tuple(problems)
        if table := self._other_table():
            what = f"its dependencies are in [{table}], which only the tool that wrote it can resolve"
            problems = [self._problem("unresolved", what, ELSEWHERE)]
        elif "project" not in self._document:
            what = "has no [project] table, so it names no dependencies"
            problems = [self._problem("empty", what, "name a file that does")]
        return (), tuple(problems)

    def _requirements(self, values: object, problems: list[Problem]) -> tuple[Root, ...]:
        if not isinstance(values, list):
            problems.append(self._problem("unreadable", '"dependencies" of [project] is not a list', CORRECT))
            return ()
        found = []
        for value, place in zip(values, self._places(values), strict=True):
            name = _NAME.match(value) if isinstance(value, str) else None
            if name:
                found.append(Root(value, place, normalise(name[1])))
            else:
                what = "a dependency of [project] is not a requirement that begins with a name"
                problems.append(self._problem("unreadable", what, CORRECT, place))
        return tuple(found)

    def _places(self, values: "Sequence[object]") -> list[Place]:
        """Return where each value is written: the column of its name; the whole file where that cannot be told."""
        tokens = [each for each in _TOKEN.finditer(self._text, self._start, self._end) if each[0][0] != "#"]
        if len(tokens) != len(values):
            return [Place(self._path)] * len(values)
        found, line, line_start, last = [], 1, 0, 0
        for token, value in zip(tokens, values, strict=True):
            at = _written(token, value)
            if at < 0:
                found.append(Place(self._path))
                continue
            line += self._text.count("\n", last, at)
            line_start = max(line_start, self._text.rfind("\n", last, at) + 1)
            last = at
            found.append(Place(self._path, line, at - line_start + 1))
        return found

    def _other_table(self) -> str:
        """Return the name of the table in which another tool keeps dependencies, empty where there is none."""
        for keys in OTHERS:
            value: object = self._document
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, dict):
                value = value.keys() - {"python"}
            if value:
                return ".".join(keys)
        return ""

    def _problem(self, gap: Gap, what: str, hint: str, place: Place | None = None) -> Problem:
        if place is None or not place.line:
            place = Place(self._path, self._text.count("\n", 0, self._start) + 1 if self._start else 0)
        return Problem(gap, what, place, hint, self._path)


def _array(text: str) -> tuple[int, int]:
    """Return where the list of dependencies begins and ends in the text; (0, 0) where that cannot be told."""
    bare = _TOKEN.sub(lambda token: "\0" * len(token[0]), text)
    first = _TABLE.search(bare)
    key = _TOP.search(bare, 0, first.start() if first else len(bare))
    if key is None and (header := _HEADER.search(bare)):
        following = _TABLE.search(bare, header.end())
        key = _KEY.search(bare, header.end(), following.start() if following else len(bare))
    if key is None:
        return 0, 0
    end = bare.find("]", key.end())
    return key.end(), end if end >= 0 else key.end()


def _written(token: "re.Match[str]", value: object) -> int:
    """Return where in the text the token writes the name that the value begins with; -1 where it does not as it is."""
    begin = len(token[0]) - len(token[0].lstrip("\"'"))
    written, meant = _NAME.match(token[0], begin), _NAME.match(str(value))
    return token.start() + written.start(1) if written and meant and written[1] == meant[1] else -1
