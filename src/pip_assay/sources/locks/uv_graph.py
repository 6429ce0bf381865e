"""What a uv.lock says, whoever read it, and what follows from it: who asks for what, and what cannot be audited."""

from collections.abc import Iterator

from pip_assay.model import PYPI, Dependency, Origin, Pin, Place, Problem
from pip_assay.sources.locks import locked
from pip_assay.values import NamedTuple

Edge = tuple[str, str, tuple[str, ...]]
"""The normalised name that is asked for; its version where the lock says which, else empty; the extras asked for."""

Edges = tuple[Edge, ...]
Named = tuple[tuple[str, Edges], ...]
"""What each extra, or each dependency group, asks for."""

HINT = "run `uv lock` to write it anew"


class Entry(NamedTuple):
    """One [[package]] table.

    name      normalised; `spelling` is as written.
    version   empty where there is none.
    kind      the key of its source, such as "registry"; empty where it has none that is known.
    location  the value of that key.
    place     where the name is written.
    extras    what each extra asks for; `groups` what each dependency group asks for.
    hashes    of the sdist, then of the wheels, as written.
    """

    name: str
    spelling: str
    version: str
    kind: str
    location: str
    place: Place
    edges: Edges = ()
    extras: Named = ()
    groups: Named = ()
    hashes: tuple[str, ...] = ()


class Lock(NamedTuple):
    """A whole lock.

    members       the normalised names of the workspace's own projects; empty where there is only one.
    requirements  what a script asks for; `groups` what the groups of a workspace without a project ask for.
    problems      what could not be read.
    """

    members: tuple[str, ...]
    requirements: Edges
    groups: Named
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()


def dependencies(lock: Lock, file: str) -> tuple[tuple[Dependency, ...], tuple[Problem, ...]]:
    """Return everything that the lock holds but the project itself, and what is wrong with it."""
    graph = _Graph(lock)
    groups, direct = graph.groups(), graph.direct()
    found = tuple(
        _dependency(entry, groups[index], index in direct if graph.rooted else None)
        for index, entry in enumerate(lock.entries)
        if not (entry.kind == "virtual" or graph.is_project(entry))
    )
    return found, (*_whole(graph, file), *_missing(graph), *locked.flaws(found, HINT))


_BITS = 256
_ALIKE = 100
"""No lock, however it was made, costs more steps than these for each of its edges: groups; entries of one name."""

_Node = tuple[int, str]
"""An entry, counted from 0, and one of its extras; empty for the entry itself."""


class _Graph:
    """Who asks for what.

    projects  the project, or the members of its workspace.
    rooted    whether the lock says who asks for its entries.
    """

    def __init__(self, lock: Lock) -> None:
        self.lock = lock
        self._members = set(lock.members)
        self._meant: dict[tuple[str, str], list[int]] = {}
        self._extras: dict[_Node, Edges] = {}
        for index, entry in enumerate(lock.entries):
            for version in {"", entry.version}:
                alike = self._meant.setdefault((entry.name, version), [])
                if len(alike) < _ALIKE:
                    alike.append(index)
            for extra, edges in entry.extras:
                self._extras[index, extra] = edges
        self.projects = [entry for entry in lock.entries if self.is_project(entry)]
        self.rooted = bool(lock.requirements or lock.groups or self.projects)

    def is_project(self, entry: Entry) -> bool:
        """Return whether it is the project, or a member of its workspace. What came from elsewhere never is."""
        local = entry.kind in {"editable", "virtual", "directory"}
        return local and (entry.location == "." or entry.name in self._members)

    def targets(self, edge: Edge) -> list[int]:
        """Return the entries that an edge means; empty where the lock does not hold what it asks for."""
        return self._meant.get(edge[:2], [])

    def starts(self) -> Iterator[tuple[str, Edges]]:
        """Yield each group of what the project asks for, and what it asks for."""
        yield "runtime", self.lock.requirements
        for name, edges in self.lock.groups:
            yield f"group:{name}", edges
        for entry in self.projects:
            yield "runtime", entry.edges
            for name, edges in entry.extras:
                yield f"extra:{name}", edges
            for name, edges in entry.groups:
                yield f"group:{name}", edges

    def direct(self) -> set[int]:
        """Return what the project asks for by name, itself or through a source tree that is not installed."""
        own = (_all_edges(entry) for entry in self.lock.entries if entry.kind == "virtual")
        asked = [*(edges for _, edges in self.starts()), *own]
        return {index for edges in asked for edge in edges for index in self.targets(edge)}

    def groups(self) -> list[tuple[str, ...]]:
        """Return the groups by which each entry is reached: "runtime" first, then the others sorted.

        A set of groups is a number with one bit for each. It travels along the edges until nothing changes. Where there
        are more groups than `_BITS`, the last of them share a bit: whatever one of them reaches is in all of them.
        """
        labels: dict[str, int] = {}
        reached: dict[_Node, int] = {}
        changed: dict[_Node, None] = {}

        def arrive(edges: Edges, bits: int) -> None:
            for node in self._nodes(edges):
                before = reached.get(node, 0)
                if bits | before != before:
                    reached[node] = bits | before
                    changed[node] = None

        for label, edges in self.starts():
            arrive(edges, labels.setdefault(label, 1 << min(len(labels), _BITS - 1)))
        while changed:
            nodes, changed = changed, {}
            for node in nodes:
                arrive(self._asks(node), reached[node])
        names = {bits: _names(bits, labels) for bits in {0, *reached.values()}}
        return [names[reached.get((index, ""), 0)] for index in range(len(self.lock.entries))]

    def _nodes(self, edges: Edges) -> list[_Node]:
        return [(index, extra) for edge in edges for index in self.targets(edge) for extra in ("", *edge[2])]

    def _asks(self, node: _Node) -> Edges:
        return self._extras.get(node, ()) if node[1] else self.lock.entries[node[0]].edges


def _names(bits: int, labels: dict[str, int]) -> tuple[str, ...]:
    return tuple(
        sorted((label for label in labels if labels[label] & bits), key=lambda each: (each != "runtime", each))
    )


def _missing(graph: _Graph) -> Iterator[Problem]:
    """Yield a problem for each thing that an entry asks for and the lock does not hold: uv never writes such a lock."""
    for entry in graph.lock.entries:
        edges = [*_all_edges(entry), *(edge for _, edges in entry.groups for edge in edges if graph.is_project(entry))]
        for name, version, _ in dict.fromkeys(edge for edge in edges if not graph.targets(edge)):
            what = f"{entry.name} asks for {f'{name} {version}'.strip()}, which the lock does not hold"
            yield Problem("missing", what, entry.place, HINT, name)


def _all_edges(entry: Entry) -> list[Edge]:
    """Return what an entry asks for, with what its extras ask for: a lock holds only the extras that are in use."""
    return [*entry.edges, *(edge for _, edges in entry.extras for edge in edges)] if entry.extras else [*entry.edges]


def _dependency(entry: Entry, groups: tuple[str, ...], direct: bool | None) -> Dependency:
    required = [f"{name}=={version}" if version else name for name, version, _ in _all_edges(entry)]
    return Dependency(
        Pin(PYPI, entry.name, entry.version),
        entry.place,
        groups,
        tuple(dict.fromkeys(required)),
        direct,
        _origin(entry.kind, entry.location),
        hashes=entry.hashes,
        skipped=locked.skipped(entry.name, entry.version, "no version in the lock"),
        spelling=entry.spelling,
    )


def _origin(kind: str, location: str) -> Origin:
    if kind in {"path", "directory"}:
        return Origin("path", location)
    if kind == "editable":
        return Origin("editable", location)
    if kind == "git":
        return Origin("vcs", f"git+{locked.address(location)}")
    if kind == "url":
        return Origin("url", locked.address(location))
    return locked.index_origin(location) if kind == "registry" else Origin("private index")


def _whole(graph: _Graph, file: str) -> Iterator[Problem]:
    if not graph.lock.entries:
        yield Problem("empty", "holds no package", Place(file), HINT, file)
    elif not graph.rooted:
        what = "names neither a project nor what a script asks for, so it may be cut short"
        yield Problem("unreadable", what, Place(file), HINT, file)
