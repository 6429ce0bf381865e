"""poetry.lock: what Poetry 1.0 to 2.x has locked, for every platform, extra and group.

What each package is for stands in the lock ("category" until Poetry 1.4, "groups" since 2.0). Between these it does
not: there the edges say what the groups of the pyproject.toml beside it reach.
"""

import re

from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import beside, locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "poetry.lock"
HINT = "lock again with poetry"
LAST = 2
"""The newest major version of the format that is known; Poetry reads all minor versions of it."""

_ALIKE = 100
"""With more versions of one name than these nobody is told their hashes, and of more extras in one marker than these
the last are not read, so that no lock makes that slow."""

_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']*)["']""")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock."""
    return name == "poetry.lock"


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds. It never raises: what is wrong is a problem."""
    loaded = toml.load(path, HINT)
    if isinstance(loaded, Problem):
        return Inventory(target or path, KIND, problems=(loaded,))
    whole, text = loaded
    lock = _Lock(whole, text, path)
    found = tuple(map(lock.dependency, lock.tables, lock.needs))
    problems = (*_whole(whole, path), *whole.problems, *locked.flaws(found, HINT))
    return Inventory(target or path, KIND, found, problems, groups=tuple(lock.starts))


def _whole(whole: toml.Table, file: str) -> "Iterator[Problem]":
    """Yield what is wrong with the lock as a whole. Poetry writes [metadata] last."""
    version = whole.table("metadata").text("lock-version")
    if not whole.values.get("metadata"):
        yield Problem("unreadable", "has no [metadata] at its end, so it may be cut short", Place(file), HINT, file)
    elif version and (not (major := version.partition(".")[0]).isdecimal() or int(major[:9]) > LAST):
        what = f"was written for lock-version {version[:20]}; what is new in it was not read"
        yield Problem("unreadable", what, Place(file), "update pip-assay", file)
    if not whole.values.get("package"):
        yield Problem("empty", "holds no package", Place(file), HINT, file)


class _Lock:
    """The packages of one lock, and what they say of each other.

    needs     what each of its packages needs: names, and for which extra of the package, empty for all.
    starts    what each group asks for, as far as the lock and the project beside it tell.
    declared  whether there is such a project.
    """

    def __init__(self, whole: toml.Table, text: str, file: str) -> None:
        self.tables = toml.named(whole, "package", text)
        metadata = whole.table("metadata")
        self._files = metadata.table("files")
        self._hashes = metadata.table("hashes")
        extras = whole.table("extras")
        own: beside.Starts = {
            f"extra:{normalise(name)}": [(normalise(each), ()) for each in extras.texts(name)] for name in extras
        }
        starts = beside.starts(file)
        self.declared = starts is not None
        self.starts: beside.Starts = (starts or {}) | own
        self._asks: beside.Asks = {}
        self._names = dict.fromkeys([normalise(table.text("name")) for table in self.tables], 0)
        self.needs = list(map(self._ask, self.tables))
        self._asked = {name for asks in self.starts.values() for name, _ in asks}
        edges = (*self._asks.values(), *self.starts.values())
        self._used = {(name, extra) for asks in edges for name, extras in asks for extra in extras}
        self._reached = beside.reached(self.starts, self._asks)
        self._stated = any("groups" in table or "category" in table for table in self.tables)

    def _ask(self, table: toml.Table) -> list[tuple[str, str]]:
        """Return what a package needs, itself or for those of its extras that the marker of an edge names."""
        needs = []
        name = normalise(table.text("name"))
        self._names[name] += 1
        for spelling, value in table.table("dependencies").values.items():
            tables = beside.alternatives(value)
            if tables is None:
                table.report(f"what {table.title} says of {spelling[:60]} is neither text nor a table")
            for each in tables or ():
                marker = each.get("markers")
                ask = (normalise(spelling), beside.extras_of(each))
                extras = _EXTRA.findall(marker)[:_ALIKE] if isinstance(marker, str) else []
                for extra in map(normalise, extras or [""]):
                    self._asks.setdefault((name, extra), []).append(ask)
                    needs.append((ask[0], extra))
        return needs

    def dependency(self, table: toml.Table, needs: list[tuple[str, str]]) -> Dependency:
        """Return one package."""
        spelling, version = table.text("name"), table.text("version")
        name = normalise(spelling)
        return Dependency(
            Pin(PYPI, name, version),
            table.place,
            self._groups(table, name),
            tuple(dict.fromkeys(each for each, extra in needs if self._in_use(name, extra))),
            name in self._asked if self.declared else None,
            _origin(table),
            hashes=self._hashes_of(table, name),
            marker=_marker(table),
            skipped=locked.skipped(name, version, "no version in the lock"),
            spelling=spelling,
        )

    def _in_use(self, name: str, extra: str) -> bool:
        """Return whether somebody may ask for this extra of a package."""
        return not (extra and self.declared) or (name, extra) in self._used

    def _groups(self, table: toml.Table, name: str) -> tuple[str, ...]:
        """Return the groups of a package. One that is optional is there only for the extras that reach it."""
        reached = self._reached.get(name, ())
        optional = table.values.get("optional") is True
        if not self._stated:
            return reached if self.declared or optional else ()
        stated = [*filter(None, [table.text("category")]), *table.texts("groups")]
        groups = {"runtime" if each == "main" else f"group:{normalise(each)}" for each in stated}
        if "runtime" in groups and (extras := {group for group in reached if group.startswith("extra:")}):
            groups = (groups - {"runtime"} if optional else groups) | extras
        return tuple(sorted(groups, key=lambda group: (group != "runtime", group)))

    def _hashes_of(self, table: toml.Table, name: str) -> tuple[str, ...]:
        """Return the hashes of a package. Older locks keep them in [metadata], for all versions of a name together."""
        spelling, version = table.text("name"), table.text("version")
        if "files" in table:
            return table.column("files", "hash")
        if self._names[name] > _ALIKE:
            return ()
        if spelling not in self._files:
            return tuple(f"sha256:{each}" for each in self._hashes.texts(spelling))
        if self._names[name] == 1:
            return self._files.column(spelling, "hash")
        own = re.compile(rf"-{re.escape(version)}(?:-|\.(?!post|dev)[a-z])")
        files = [file for file in self._files.tables(spelling) if own.search(file.text("file"))]
        return tuple(found for file in files if (found := file.text("hash")))


def _marker(table: toml.Table) -> str:
    """Return the marker under which a package applies: where each of its groups has one, that of any of them."""
    by_group = table.values.get("markers")
    if not isinstance(by_group, dict):
        return table.text("markers") or table.text("marker")
    markers = table.table("markers")
    found = dict.fromkeys(markers.text(group) for group in table.texts("groups"))
    if "" in found:
        return ""
    return next(iter(found)) if len(found) == 1 else " or ".join(f"({each})" for each in found)


def _origin(table: toml.Table) -> Origin:
    source = table.table("source")
    kind, url = source.text("type"), source.text("url")
    if kind == "git":
        folder = source.text("subdirectory")
        at = source.text("resolved_reference") or source.text("reference")
        return Origin("vcs", f"git+{locked.address(url)}@{at}" + (f"#subdirectory={folder}" if folder else ""))
    if kind == "url":
        return Origin("url", locked.address(url))
    if kind in {"file", "directory"}:
        return Origin("editable" if table.values.get("develop") is True else "path", url)
    if kind in {"", "legacy"}:
        return locked.index_origin(url)
    table.report(f"{table.title} has a source that this pip-assay does not know")
    return Origin("private index")
