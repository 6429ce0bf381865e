"""pylock.toml (PEP 751): what any tool has locked, for every environment, extra and dependency group that it is for."""

import re

from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    _Lock = tuple[tuple[Dependency, ...], tuple[Problem, ...]]
    _ByName = dict[str, list[toml.Table]]

KIND = "pylock"
HINT = "lock again with the tool that wrote it"

_FILE_NAME = re.compile(r"pylock\.([^.]+\.)?toml")
_LOCK_VERSION = re.compile(r"1(\.[0-9]+)*")
_ALIKE = 100
"""More entries of one name than this are not told apart, so that no lock makes that slow."""


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock: pylock.toml or pylock.NAME.toml, the name without a dot."""
    return _FILE_NAME.fullmatch(name) is not None


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds but the project itself. It never raises: what is wrong is a problem."""
    text = toml.read_text(path, HINT)
    lock = text if isinstance(text, Problem) else _lock(text, path)
    found, problems = ((), (lock,)) if isinstance(lock, Problem) else lock
    return Inventory(target or path, KIND, found, problems)


def _lock(text: str, file: str) -> "_Lock | Problem":
    """Return what the lock holds and what is wrong with it, or why nothing of it can be read."""
    document = toml.parse(text, file, HINT)
    if isinstance(document, Problem):
        return document
    if refusal := _refusal(document, file):
        return refusal
    problems: dict[Problem, None] = {}
    whole = toml.Table(document, file, Place(file), problems)
    tables = toml.named(whole, "packages", text)
    defaults = whole.texts("default-groups")
    by_name: _ByName = {}
    for table in tables:
        by_name.setdefault(normalise(table.text("name")), []).append(table)
    found = tuple(_dependency(table, defaults, by_name) for table in tables if not _is_project(table))
    return found, (*_warnings(document, file), *problems, *locked.flaws(found, HINT))


def _refusal(document: "Mapping[str, Any]", file: str) -> Problem | None:
    """Return why nothing of the lock is read: PEP 751 has tools refuse another major version."""
    version = document.get("lock-version")
    what, hint = "", HINT
    if not isinstance(version, str):
        what = "has no lock-version" if version is None else "has a lock-version that is not text"
    elif not _LOCK_VERSION.fullmatch(version):
        what, hint = f"has lock-version {version[:20]}, which this pip-assay cannot read", "update pip-assay"
    elif "packages" not in document:
        what = "has no packages"
    return Problem("unreadable", what, Place(file), hint, file) if what else None


def _warnings(document: "Mapping[str, Any]", file: str) -> "Iterator[Problem]":
    """Yield what is in doubt about the lock as a whole. PEP 751 has tools warn of a newer minor version."""
    version = document["lock-version"]
    if version.strip(".0") != "1":
        what = f"was written for lock-version {version[:20]}; what is new in it was not read"
        yield Problem("unreadable", what, Place(file), "update pip-assay", file)
    if document["packages"] == []:
        yield Problem("empty", "holds no package", Place(file), HINT, file)


def _is_project(table: toml.Table) -> bool:
    directory = table.values.get("directory")
    return isinstance(directory, dict) and directory.get("path") in (".", "./")


def _dependency(table: toml.Table, defaults: "Collection[str]", by_name: "_ByName") -> Dependency:
    spelling, version, marker = table.text("name"), table.text("version"), table.text("marker")
    name = normalise(spelling)
    return Dependency(
        Pin(PYPI, name, version),
        table.place,
        _groups(marker, defaults),
        tuple(dict.fromkeys(_requires(table, by_name))),
        origin=_origin(table),
        hashes=tuple(_hashes(table)),
        marker=marker,
        skipped=locked.skipped(name, version, "no version specified"),
        spelling=spelling,
    )


def _origin(table: toml.Table) -> Origin:
    """PEP 751: vcs, directory, archive, and what comes from an index exclude each other."""
    if "vcs" in table:
        vcs = table.table("vcs")
        where = locked.address(vcs.text("url") or vcs.text("path"))
        return Origin("vcs", f"{vcs.text('type')}+{where}@{vcs.text('commit-id')}")
    if "directory" in table:
        directory = table.table("directory")
        return Origin("editable" if directory.values.get("editable") is True else "path", directory.text("path"))
    if "archive" in table:
        archive = table.table("archive")
        url = archive.text("url")
        return Origin("url", locked.address(url)) if url else Origin("path", archive.text("path"))
    return locked.index_origin(table.text("index"))


def _hashes(table: toml.Table) -> "Iterator[str]":
    for file in (table.table("archive"), table.table("sdist"), *table.tables("wheels")):
        hashes = file.table("hashes")
        yield from (f"{algorithm}:{hashes.text(algorithm)}" for algorithm in hashes)


def _requires(table: toml.Table, by_name: "_ByName") -> "Iterator[str]":
    """Yield what the entry depends on: an edge is a table that shares its keys' values with the entry that it means."""
    for edge in table.tables("dependencies"):
        name, version = normalise(edge.text("name")), edge.text("version")
        alike = by_name.get(name, ())
        if not name:
            table.report(f"{table.title} depends on something without a name")
        elif version or not 1 < len(alike) <= _ALIKE:
            yield f"{name}=={version}" if version else name
        else:
            meant = [entry for entry in alike if edge.values.items() <= entry.values.items()]
            versions = [entry.text("version") for entry in meant]
            yield from (f"{name}=={version}" if version else name for version in versions or [""])


_TOKEN = re.compile(
    r"""(["'])(?P<name>[^"']*)\1\s+(?P<no>not\s+)?in\s+(?P<set>extras|dependency_groups)\b"""
    r"""|[()]|\bor\b|'[^']*'|"[^"]*\""""
)


def _groups(marker: str, defaults: "Collection[str]") -> tuple[str, ...]:
    """Return the extras and groups that a marker asks for, and "runtime" where it can hold without any of them.

    What it says of the environment is taken for true: somewhere it is.
    """
    asked = set()
    outer: list[tuple[bool, bool]] = []
    some, every = False, True  # a marker is a list of alternatives, each a list of conditions
    for token in _TOKEN.finditer(marker):
        if name := token["name"]:
            default = token["set"] == "dependency_groups" and name in defaults
            every = every and default != bool(token["no"])
            if not default and not token["no"]:
                asked.add(f"extra:{name}" if token["set"] == "extras" else f"group:{name}")
        elif token[0] == "or":
            some, every = some or every, True
        elif token[0] == "(":
            outer.append((some, every))
            some, every = False, True
        elif token[0] == ")" and outer:
            inner = some or every
            some, every = outer.pop()
            every = every and inner
    runtime = ("runtime",) if some or every or not asked else ()
    return (*runtime, *sorted(asked))
