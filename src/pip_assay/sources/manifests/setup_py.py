"""setup.py: what its call of `setup()` says of dependencies, where that is written out. It is never run."""

import ast

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Place
from pip_assay.names import normalise
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import included, requirement
from pip_assay.sources.manifests.declared import ELSEWHERE, Declared
from pip_assay.sources.manifests.doubts import doubts
from pip_assay.sources.manifests.literals import Content, Text
from pip_assay.sources.manifests.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = "setup.py"
LIMIT = 1024 * 1024
"""Bytes: the standard library's parser takes a hundred times as much memory."""

LISTS = {"install_requires": "runtime", "setup_requires": "build", "tests_require": "group:test"}
COMPUTED = "is computed when it runs, and pip-assay never runs it"


def recognises(name: str) -> bool:
    """Return whether a file of this name is a setup.py."""
    return name == "setup.py"


def read(path: str) -> Manifest:
    """Return what the file declares. It never raises: what is wrong is a problem."""
    declared = Declared(path)
    source = _source(path, declared)
    if source is None:
        return declared.manifest()
    module, lines = source
    calls: list[_Call] = []

    def met(call: ast.Call, program: Program) -> None:
        calls.append(_Call(declared, lines, call, program))
        calls[-1].declare()
        for name, line in () if declared.is_doubtful() else doubts(module, call):
            what = f"{name} may be changed when it runs, and pip-assay never runs it"
            declared.problem("unresolved", what, Place(path, line), ELSEWHERE)

    try:
        Program("setup", met).follow(module)
    except RecursionError:
        declared.problem("unreadable", "is nested too deeply", hint=ELSEWHERE)
    if not calls:
        declared.problem("empty", "has no call of setup() that could be found", hint=ELSEWHERE)
    return declared.manifest()


def _source(path: str, declared: Declared) -> tuple[ast.Module, list[str]] | None:
    """Return the program and its lines; None where it is none, with the problem that this is."""
    import os
    import warnings

    from pip_assay.sources.requirements.lines import decode

    try:
        content = files.read_bytes(path, LIMIT)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
        declared.problem(gap, error.what, hint=error.hint)
        return None
    text = decode(content)
    if text is None:
        declared.problem("unreadable", "is not a text file")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own, about backslashes in texts
            return ast.parse(text), text.split("\n")
    except SyntaxError as error:
        declared.problem("unreadable", "is not a program of Python 3", Place(path, error.lineno or 0), ELSEWHERE)
    except (ValueError, RecursionError, MemoryError):
        declared.problem("unreadable", "is nested too deeply", hint=ELSEWHERE)
    return None


class _Call:
    """One call of setup()."""

    def __init__(self, declared: Declared, lines: "Sequence[str]", call: ast.Call, program: Program) -> None:
        self._declared = declared
        self._lines = lines
        self._arguments: dict[str, object] = {}
        self._line = call.lineno
        for keyword in call.keywords:
            value = program.value(keyword.value)
            if keyword.arg:
                self._arguments[keyword.arg] = value
            elif isinstance(value, dict):
                self._take(value)
            else:
                self._computed(value, keyword.value.lineno, "an argument of setup()")

    def declare(self) -> None:
        """Declare what the arguments say."""
        declared, arguments = self._declared, self._arguments
        if not arguments:
            what = "leaves everything to setup.cfg or pyproject.toml"
            declared.problem("empty", what, Place(declared.file, self._line), "audit these")
            return
        if isinstance(name := arguments.get("name"), str):
            declared.project = normalise(name)
        if isinstance(python := arguments.get("python_requires"), str):
            declared.python = str(python)
        declared.group("runtime")
        if arguments.get("pbr"):
            what = "has its dependencies put together by pbr, from requirements.txt and setup.cfg"
            declared.problem("unresolved", what, Place(declared.file, self._line), "audit these")
        for key, group in LISTS.items():
            if arguments.get(key) is not None:
                self._list(arguments[key], key, group)
        self._extras(arguments.get("extras_require"))

    def _take(self, table: dict[object, object]) -> None:
        for key, value in table.items():
            if isinstance(key, str):
                self._arguments[key] = value
            else:
                self._computed(key, 0, "an argument of setup()")

    def _extras(self, table: object) -> None:
        if isinstance(table, dict):
            for key, value in table.items():
                if isinstance(key, str):
                    group, marker = _group(key)
                    self._list(value, "extras_require", group, marker)
                else:
                    self._computed(key, 0, "an extra of extras_require")
        elif table is not None:
            self._computed(table, 0, "extras_require")

    def _list(self, value: object, key: str, group: str, marker: str = "") -> None:
        self._declared.group(group)
        if isinstance(value, Content):
            included.read(self._declared, value.path, group, Place(self._declared.file, value.line))
        elif isinstance(value, Text):
            self._text(value, key, group, marker)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, Text | Content):
                    self._list(item, key, group, marker)
                else:
                    self._computed(item, 0, f"an item of {key}")
        else:
            self._computed(value, 0, key)

    def _text(self, text: Text, key: str, group: str, marker: str) -> None:
        """Setuptools takes each line of a text for a requirement, and knows comments in it."""
        for number, line in enumerate(text.split("\n")):
            written = requirement.without_comment(line)
            item = Text(written, text.line + number, -1 if number else text.before)
            if name := requirement.name_of(written):
                self._declared.requirement(requirement.under(written, marker), self._place(item, name), group)
            elif written:
                what = f"an item of {key} is not a requirement that begins with a name"
                self._declared.problem("unreadable", what, Place(self._declared.file, item.line))

    def _place(self, text: Text, name: str) -> Place:
        """Return where the program spells the name; the whole file where that cannot be told."""
        line = self._lines[text.line - 1] if 0 < text.line <= len(self._lines) else ""
        column = line.find(name, len(line.encode()[: max(text.before, 0)].decode(errors="replace")))
        return Place(self._declared.file, text.line, column + 1) if column >= 0 else Place(self._declared.file)

    def _computed(self, value: object, line: int, what: str) -> None:
        """Keep the problem that a part is not known; a value of another type is a mistake of the program."""
        line = getattr(value, "line", 0) or line or self._line
        self._declared.problem("unresolved", f"{what} {COMPUTED}", Place(self._declared.file, line), ELSEWHERE)


def _group(key: str) -> tuple[str, str]:
    """Return the group that a key of extras_require is for, and the marker under which.

    setuptools: "EXTRA", "EXTRA:MARKER", or ":MARKER", which is for every install.
    """
    extra, _, marker = key.partition(":")
    return f"extra:{normalise(extra)}" if extra.strip() else "runtime", marker.strip()
