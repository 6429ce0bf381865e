"""pdm.lock: what PDM 2.x has locked (lock version 3 and 4), for every platform, extra and group.

A package with extras has a further entry for them, which repeats its name and lists what the extras ask for: together
they are one dependency. Where the entries do not say their groups (the strategy "inherit_metadata" has them do so), the
edges say what the groups of the pyproject.toml beside the lock reach.
"""

import re

from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import beside, locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "pdm.lock"
HINT = "lock again with pdm"
LAST = 4
"""The newest major version of the format that is known."""

_FILE_NAME = re.compile(r"pdm\.([^.]+\.)?lock")
_VCS = ("git", "hg", "svn", "bzr")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock: pdm.lock, or pdm.NAME.lock, the name without a dot."""
    return _FILE_NAME.fullmatch(name) is not None


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds. It never raises: what is wrong is a problem."""
    loaded = toml.load(path, HINT)
    if isinstance(loaded, Problem):
        return Inventory(target or path, KIND, problems=(loaded,))
    whole, text = loaded
    lock = _Lock(whole, text, path)
    found = tuple(map(lock.dependency, lock.entries))
    problems = (*_whole(whole, path), *lock.missing(), *whole.problems, *locked.flaws(found, HINT))
    return Inventory(target or path, KIND, found, problems, groups=tuple(lock.groups))


def _whole(whole: toml.Table, file: str) -> "Iterator[Problem]":
    """Yield what is wrong with the lock as a whole."""
    version = whole.table("metadata").text("lock_version")
    if not version:
        what = "has no lock_version, so it may be cut short, or is not a lock of PDM"
        yield Problem("unreadable", what, Place(file), HINT, file)
    elif not (major := version.partition(".")[0]).isdecimal() or int(major[:9]) > LAST:
        what = f"was written for lock_version {version[:20]}; what is new in it was not read"
        yield Problem("unreadable", what, Place(file), "update pip-assay", file)
    if not whole.values.get("package"):
        yield Problem("empty", "holds no package", Place(file), HINT, file)


_Entry = list[toml.Table]
"""All that the lock says of one dependency: the entry of the project itself first, those of its extras after it."""


class _Lock:
    """The packages of one lock, and what they say of each other.

    groups    every group that the lock or the project beside it names.
    """

    def __init__(self, whole: toml.Table, text: str, file: str) -> None:
        tables = toml.named(whole, "package", text)
        self.entries = _entries(tables)
        metadata = whole.table("metadata")
        self._files = metadata.table("files")
        self._hashes: dict[str, tuple[str, ...]] = {}
        self._starts = beside.starts(file)
        declared = self._starts or {}
        self._direct = {name for asks in declared.values() for name, _ in asks}
        self.groups = dict.fromkeys([*declared, *map(self._group, metadata.texts("groups"))])
        self._asks: beside.Asks = {}
        self._held: set[str] = set()
        self._everywhere: dict[str, toml.Table] = {}
        self._needs = {id(table): self._ask(table) for table in tables}
        self._reached = beside.reached(declared, self._asks)
        self._stated = any("groups" in table for table in tables)

    def _group(self, name: str) -> str:
        """Return a group as PDM names it: "default" is what the project needs, and extras are groups among others."""
        extra = f"extra:{normalise(name)}"
        if name == "default":
            return "runtime"
        return extra if extra in (self._starts or ()) else f"group:{normalise(name)}"

    def _ask(self, table: toml.Table) -> list[str]:
        """Return the names of what an entry needs: the project itself, or its extras. The latter need the former."""
        name, _ = _key(table)
        self._held.add(name)
        asks = [(text, each) for text in table.texts("dependencies") if (each := beside.ask(text))]
        first, *others = map(normalise, table.texts("extras") or ("",))
        self._asks.setdefault((name, first), []).extend(each for _, each in asks)
        for extra in others:
            self._asks.setdefault((name, extra), []).append((name, (first,)))
        for text, each in asks:
            if ";" not in text:
                self._everywhere.setdefault(each[0], table)
        return [each[0] for _, each in asks if each[0] != name]

    def missing(self) -> "Iterator[Problem]":
        """Yield a problem for each project that an entry needs everywhere and the lock does not hold."""
        for name, table in self._everywhere.items():
            if name not in self._held:
                what = f"{table.title} asks for {name}, which the lock does not hold"
                yield Problem("missing", what, table.place, HINT, name)

    def dependency(self, entry: _Entry) -> Dependency:
        """Return one dependency."""
        table = entry[0]
        spelling, version = table.text("name"), table.text("version")
        name = normalise(spelling)
        return Dependency(
            Pin(PYPI, name, version),
            table.place,
            self._groups(entry, name),
            tuple(dict.fromkeys(each for table in entry for each in self._needs[id(table)])),
            name in self._direct if self._starts is not None else None,
            _origin(table),
            hashes=table.column("files", "hash") or self._older_hashes(f"{spelling} {version}"),
            marker=table.text("marker"),
            skipped=locked.skipped(name, version, "no version in the lock"),
            spelling=spelling,
        )

    def _older_hashes(self, key: str) -> tuple[str, ...]:
        """Return the hashes of a release as older locks keep them, in [metadata]."""
        if key not in self._hashes:
            self._hashes[key] = self._files.column(key, "hash")
        return self._hashes[key]

    def _groups(self, entry: _Entry, name: str) -> tuple[str, ...]:
        if not self._stated:
            return self._reached.get(name, ())
        groups = {self._group(group) for table in entry for group in table.texts("groups")}
        return tuple(sorted(groups, key=lambda group: (group != "runtime", group)))


def _key(table: toml.Table) -> tuple[str, str]:
    return normalise(table.text("name")), table.text("version")


def _entries(tables: list[toml.Table]) -> list[_Entry]:
    """Return the dependencies in their order, each with the entries of its extras."""
    entries = {id(table): [table] for table in tables}
    first: dict[tuple[str, str], _Entry] = {}
    for table in sorted(tables, key=lambda table: bool(table.values.get("extras"))):
        entry = first.setdefault(_key(table), entries[id(table)])
        if entry[0] is not table and table.values.get("extras"):
            entry += entries.pop(id(table))
    return list(entries.values())


def _origin(table: toml.Table) -> Origin:
    for kind in _VCS:
        if kind in table:
            at = table.text("revision") or table.text("ref")
            folder = table.text("subdirectory")
            location = f"{kind}+{locked.address(table.text(kind))}@{at}"
            return Origin("vcs", f"{location}#subdirectory={folder}" if folder else location)
    if "path" in table:
        return Origin("editable" if table.values.get("editable") is True else "path", table.text("path"))
    return Origin("url", locked.address(table.text("url"))) if "url" in table else locked.index_origin("")
