"""What a uv.lock holds, as a solver is handed it: releases, each with the marker under which it is installed.

A lock writes its markers on the edges between packages. Those on all ways from the project to a package, put together,
are under what it is installed; a fork of a project has its own (`resolution-markers`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pip_assay.fix.nouns import Held
from pip_assay.model import Dependency
from pip_assay.names import normalise
from pip_assay.sources.documents.toml import Table
from pip_assay.values import NamedTuple

LOCAL = ("editable", "virtual", "directory")
"""The kinds of source that are a folder of source code."""

TOGETHER = (
    "the lock holds it in several releases that no marker tells apart, as for extras or groups that conflict; "
    "narrow it in pyproject.toml"
)
ELSEWHERE = "it is of an index that only named projects come from, and no other release is looked for there"

MOST = 4
"""A package that is reached in more ways than these, each under another marker, is taken to be needed anyway."""

_ALWAYS = frozenset([frozenset[str]()])

_Ways = frozenset[frozenset[str]]
"""Alternatives, each a set of markers that are all true."""


class Package(NamedTuple):
    """One [[package]] table.

    kind      the key of its source, "registry"; `location` is its value.
    forks     the markers of a fork, of which one is true.
    asks      what it asks for, anyway, with an extra or in a group.
    has_wheel whether a wheel of it is locked.
    """

    name: str
    version: str
    kind: str
    location: str
    forks: tuple[str, ...]
    asks: "tuple[Ask, ...]"
    has_wheel: bool
    metadata: Table
    table: Table


class Ask(NamedTuple):
    """An edge of the lock; `version` is empty where the lock holds only one."""

    name: str
    version: str
    extras: tuple[str, ...]
    marker: str


def packages(tables: Iterable[Table]) -> list[Package]:
    """Return the packages of a lock."""
    return [_package(each) for each in tables]


def _package(table: Table) -> Package:
    source = table.table("source")
    kind = next(iter(source), "")
    listed = [*table.tables("dependencies")]
    for key in ("optional-dependencies", "dev-dependencies"):
        groups = table.table(key)
        listed += [each for name in groups for each in groups.tables(name)]
    return Package(
        normalise(table.text("name")),
        table.text("version"),
        kind,
        source.text(kind) if kind else "",
        table.texts("resolution-markers"),
        tuple(map(ask, listed)),
        bool(table.tables("wheels")),
        table.table("metadata"),
        table,
    )


def ask(edge: Table) -> Ask:
    """Return what an edge of the lock asks for."""
    extras = edge.texts("extra") or edge.texts("extras")
    return Ask(normalise(edge.text("name")), edge.text("version"), tuple(map(normalise, extras)), edge.text("marker"))


def held(
    locked: Sequence[Package], starts: Iterable[Ask], found: Iterable[Dependency], elsewhere: Collection[str]
) -> Iterator[Held]:
    """Yield what the lock holds, of what an audit of it lists.

    starts     what a script or a workspace without a project asks for.
    elsewhere  the indexes from which only named projects come: what is of one of them cannot be moved.
    """
    ways = _ways(locked, [*starts])
    extras = _extras(locked, starts)
    markers = {at: _marker(each, ways[at], locked) for at, each in enumerate(locked)}
    listed = {(each.pin.name, each.pin.version): each for each in found}
    for at, each in enumerate(locked):
        dependency = listed.get((each.name, each.version))
        if not (dependency and each.version):
            continue
        others = [markers[other] for other, one in enumerate(locked) if one.name == each.name and other != at]
        is_conflict = any("extra" in one for one in (markers[at], *others))  # of which no environment knows
        is_apart = not others or (markers[at] and markers[at] not in others and not is_conflict)
        stays = ELSEWHERE if each.location in elsewhere else "" if is_apart else TOGETHER
        yield Held(
            each.name,
            each.version,
            dependency.spelling or each.name,
            dependency.place,
            tuple(sorted(extras.get(each.name, ()))),
            markers[at],
            each.kind == "registry" and not stays,
            dependency.hashes,
            stays if each.kind == "registry" else "",
        )


def _extras(locked: Iterable[Package], starts: Iterable[Ask]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for ask in (*starts, *(ask for each in locked for ask in each.asks)):
        found.setdefault(ask.name, set()).update(ask.extras)
    return found


def _ways(locked: Sequence[Package], starts: Iterable[Ask]) -> list[_Ways]:
    """Return for each package under what it is reached from the project's own packages."""
    meant: dict[tuple[str, str], list[int]] = {}
    for at, each in enumerate(locked):
        for version in {"", each.version}:
            meant.setdefault((each.name, version), []).append(at)
    found: list[_Ways] = [_ALWAYS if each.kind in LOCAL else frozenset() for each in locked]
    waiting = [at for at, each in enumerate(locked) if each.kind in LOCAL]

    def arrive(ask: Ask, ways: _Ways) -> None:
        for at in meant.get((ask.name, ask.version), ()):
            joined = _joined(found[at], ways, ask.marker)
            if joined != found[at]:
                found[at] = joined
                waiting.append(at)

    for ask in starts:
        arrive(ask, _ALWAYS)
    while waiting:
        at = waiting.pop()
        for ask in locked[at].asks:
            arrive(ask, found[at])
    return found


def _joined(known: _Ways, ways: _Ways, marker: str) -> _Ways:
    """Return the ways with more of them; a marker about an extra is uv's own, and no environment's."""
    own = frozenset([marker]) if marker and "extra" not in marker else frozenset[str]()
    every = {*known, *(way | own for way in ways)}
    least = frozenset(way for way in every if not any(other < way for other in every))
    return _ALWAYS if len(least) > MOST else least


def _marker(package: Package, ways: _Ways, locked: Iterable[Package]) -> str:
    has_forks = sum(each.name == package.name for each in locked) > 1
    if has_forks and package.forks:
        return _either(package.forks)
    return _either(sorted(" and ".join(sorted(map(_nested, way))) for way in ways)) if frozenset() not in ways else ""


def _either(markers: Sequence[str]) -> str:
    return markers[0] if len(markers) == 1 else " or ".join(f"({each})" for each in markers)


def _nested(marker: str) -> str:
    return f"({marker})" if " or " in marker else marker
