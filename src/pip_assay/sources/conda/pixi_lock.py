"""pixi.lock, versions 1 to 7: what pixi has locked for each of its environments, on every platform that they are for.

4, 5   packages[] of `kind: conda` or `kind: pypi`, with name, version, and url or path
6, 7   packages[] of `conda: LOCATION` or `pypi: LOCATION`; what a file name tells is left out; 7 has
       `conda_source: "NAME[HASH] @ LOCATION"` too
both   environments.NAME.packages.PLATFORM[] select packages by kind and location
1 - 3  package[], as conda-lock writes it
"""

import re

from pip_assay.model import INDEX, Inventory, Origin, Place, Problem
from pip_assay.sources.conda import conda_lock, document, entries, spelled
from pip_assay.sources.conda.entries import Entry
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pip_assay.sources.conda.document import Document
    from pip_assay.sources.conda.plain_yaml import Value

KIND = "pixi.lock"
HINT = "run `pixi lock` to write it anew"
NEWEST = 7

_KINDS = ("conda", "pypi", "conda_source", "source")
_SOURCE = re.compile(r"([^\[\s]+)\[[^\]]*\] @ (.*)")
_HASHES = ("sha256", "md5")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock."""
    return name == "pixi.lock"


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is such a lock."""
    return bool(re.search(rb"(?m)^version: *[1-9]", start) and re.search(rb"(?m)^environments:", start))


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds but the project itself. It never raises: what is wrong is a problem."""
    content = document.read_file(path)
    if isinstance(content, Problem):
        return Inventory(target or path, KIND, problems=(content,))
    return parse(content, path, target=target)


def parse(content: bytes, file: str, *, target: str = "") -> Inventory:
    """Return what `read` does, of a lock with this content."""
    lock = document.read(content, file, HINT)
    if isinstance(lock, Problem):
        return Inventory(target or file, KIND, problems=(lock,))
    problems: dict[Problem, None] = {}
    whole = toml.Table(lock.values, file, Place(file), problems)
    version = whole.text("version")
    if not version.isdecimal() or int(version[:9]) == 0:
        problem = Problem("unreadable", "has no lock version, so it is not a lock of pixi", Place(file), HINT, file)
        return Inventory(target or file, KIND, problems=(problem,))
    if int(version[:9]) > NEWEST:
        what = f"has lock version {version[:9]}, which is newer than this pip-assay: what is new in it was not read"
        problems[Problem("unreadable", what, Place(file), "update pip-assay", file)] = None
    if "package" in whole and "packages" not in whole:
        found, every = conda_lock.listed(whole, lock.lines, problems)
    else:
        found, every = _Lock(whole, lock, problems).entries()
    groups = tuple(map(_group, whole.table("environments")))
    return entries.inventory(target or file, KIND, found, every, problems, HINT)._replace(groups=groups)


def _group(environment: str) -> str:
    return "runtime" if environment == "default" else f"group:{environment}"


class _Selected:
    """Where one package is wanted: in which groups, on which platforms, and from which indexes it may be."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.platforms: set[str] = set()
        self.indexes: dict[str, None] = {}


class _Lock:
    """A lock of version 4 or later."""

    def __init__(self, whole: toml.Table, lock: "Document", problems: dict[Problem, None]) -> None:
        self._whole = whole
        self._lines = lock.lines
        self._problems = problems
        self._subdirs = {
            name: platform.text("subdir") or name
            for platform in whole.tables("platforms") if (name := platform.text("name"))
        }  # fmt: skip
        self._every: set[str] = set()
        self._selected: dict[tuple[str, str], _Selected] = {}
        self._seen: set[tuple[str, str]] = set()
        self._read_environments()

    def _read_environments(self) -> None:
        environments = self._whole.table("environments")
        for name in environments:
            environment = environments.table(name)
            indexes = environment.texts("indexes")
            packages = environment.table("packages")
            for platform in packages:
                self._select(_group(name), platform, indexes, packages)

    def _select(self, group: str, platform: str, indexes: tuple[str, ...], packages: toml.Table) -> None:
        subdir = self._subdirs.get(platform, platform)
        self._every.add(subdir)
        items = packages.values[platform]
        if not isinstance(items, list | None):
            packages.report(f'"{platform}" of {packages.title} is not a list')
            return
        for item in items or ():
            key = _selector(item)
            if key is None:
                packages.report(f'"{platform}" of {packages.title} selects something that this pip-assay does not know')
                continue
            selected = self._selected.get(key)
            if selected is None:
                selected = self._selected[key] = _Selected()
            selected.groups.add(group)
            selected.platforms.add(subdir)
            if indexes:
                selected.indexes.update(dict.fromkeys(indexes))

    def entries(self) -> tuple[list[Entry], frozenset[str]]:
        """Return the entries, and every platform that the lock is for."""
        return [*self._listed(), *self._missing()], frozenset(self._every)

    def _listed(self) -> "Iterator[Entry]":
        for table in entries.tables(self._whole, "packages", self._lines, self._problems):
            kind, location = _kind(table)
            if not location:
                table.report(f"{table.title} has no location that this pip-assay knows")
                continue
            self._seen.add((kind, location))
            entry = self._entry(table, kind, location)
            if not entry.spelling:
                table.report(f"{table.title} has no name")
            elif not _is_project(location):
                yield entry

    def _missing(self) -> "Iterator[Entry]":
        """Yield what an environment wants and the lock does not describe: its file name tells what it is."""
        file = self._whole.place.file
        missing = [key for key in self._selected if key not in self._seen and not _is_project(key[1])]
        for kind, location in missing:
            entry = self._entry(toml.Table({kind: location}, "", Place(file), self._problems), kind, location)
            if entry.spelling:
                yield entry
        if missing:
            what = f"does not describe all that its environments want ({len(missing)} missing), so it may be cut short"
            self._problems[Problem("unreadable", what, Place(file), HINT, file)] = None

    def _entry(self, table: toml.Table, kind: str, location: str) -> Entry:
        selected = self._selected.get((kind, location)) or _Selected()
        source = _SOURCE.fullmatch(location)
        if source:
            name, version, location = source[1], "", source[2]
        elif kind == "pypi":
            name, version = ("", "") if "version" in table else _release(location)
        else:
            name, version = spelled.build(location)
        spelling = table.text("name") or name
        return Entry(
            spelling,
            table.text("version") or version,
            table.place if "name" in table else entries.in_address(table.place, self._lines, spelling),
            kind != "pypi",
            frozenset(selected.groups),
            frozenset(selected.platforms),
            table.texts("depends"),
            table.texts("requires_dist"),
            INDEX if kind == "conda" and name else _origin(table, kind, location, tuple(selected.indexes)),
            tuple(f"{algorithm}:{found}" for algorithm in _HASHES if (found := table.text(algorithm))),
            table.texts("purls"),
        )


def _selector(item: "Value") -> tuple[str, str] | None:
    """Return the kind and location of the package that an environment selects; None where they cannot be read."""
    if isinstance(item, dict):
        for kind in item:
            if kind in _KINDS:
                location = item[kind]
                return (kind, location) if isinstance(location, str) else None
    return None


def _is_project(location: str) -> bool:
    """Return whether it is the project itself, which its own lock lists."""
    return location.rpartition(" @ ")[2] in {".", "./"}


def _kind(table: toml.Table) -> tuple[str, str]:
    """Return the kind of a package and its location, by which environments select it; empty where it has none."""
    if "kind" in table:
        return table.text("kind"), table.text("url") or table.text("path")
    kind = next((kind for kind in _KINDS if kind in table), "")
    return kind, table.text(kind) if kind else ""


def _release(location: str) -> tuple[str, str]:
    from pip_assay.sources.requirements import addresses

    return addresses.release(location)


def _origin(table: toml.Table, kind: str, location: str, indexes: tuple[str, ...]) -> Origin:
    """Return where a package of the index's, or one that pixi builds from its source, came from."""
    if kind == "pypi":
        if table.text("editable").lower() == "true":
            return Origin("editable", location)
        index = table.text("index")
        return spelled.origin(location, (index,) if index else indexes)
    is_address = "://" in location and "+" not in location
    return Origin("url", locked.address(location)) if is_address else spelled.origin(location)
