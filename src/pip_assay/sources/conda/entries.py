"""What a lock lists, platform by platform and environment by environment, as dependencies: each release once."""

from pip_assay.model import ACCEPTED, INDEX, PYPI, UNCOVERED, Dependency, Inventory, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.conda import spelled
from pip_assay.sources.conda.plain_yaml import Items
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import locked
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONDA = "conda"
UNPINNED = "no version specified"


class Entry(NamedTuple):
    """One entry of a lock.

    spelling   its name as written there: that of the conda package, where it is one.
    groups     that it is in, in any order; `platforms` in conda's words.
    conda      what it depends on, in conda's names; `python` what it depends on, in those of the index.
    purls      of a conda package: they name the projects of the index that it packages.
    """

    spelling: str
    version: str
    place: Place
    is_conda: bool
    groups: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    conda: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    origin: Origin = INDEX
    hashes: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()

    def pins(self) -> "Iterator[Pin]":
        """Yield the releases that it is: of the index's projects that its purls name, else of the conda package."""
        projects = list(_projects(self.purls)) if self.purls else []
        for name, version in projects:
            yield Pin(PYPI, name, version or self.version)
        if not self.is_conda:
            yield Pin(PYPI, normalise(self.spelling), self.version)
        elif not projects:
            yield Pin(CONDA, self.spelling.lower(), self.version)


def _projects(purls: tuple[str, ...]) -> "Iterator[tuple[str, str]]":
    """Yield the normalised name, and the version if there is one, of each project of the index that is named."""
    from pip_assay.sources import purl

    for text in purls:
        found = purl.parse(text)
        if found and found.type == "pypi":
            yield normalise(found.name), found.version


def dependencies(entries: "Sequence[Entry]", every: frozenset[str]) -> tuple[Dependency, ...]:
    """Return each release once, in the order of the entries. `every` are all the platforms that the lock is for."""
    alike: dict[tuple[Pin, Origin], list[Entry]] = {}
    by_conda_name: dict[str, list[str]] = {}
    for entry in entries:
        for pin in entry.pins():
            alike.setdefault((pin, entry.origin), []).append(entry)
            if entry.is_conda:
                by_conda_name.setdefault(entry.spelling.lower(), []).append(pin.name)
    meant = _Meant(by_conda_name)
    return tuple(_dependency(pin, mine, meant, every) for (pin, _), mine in alike.items())


class _Meant(dict[str, tuple[str, ...]]):
    """For each specification of a conda package the names of what is meant in the lock; they repeat a lot."""

    def __init__(self, by_conda_name: dict[str, list[str]]) -> None:
        super().__init__()
        self._by_conda_name = by_conda_name

    def __missing__(self, spec: str) -> tuple[str, ...]:
        found = self[spec] = tuple(dict.fromkeys(self._by_conda_name.get(spelled.spec_name(spec), ())))
        return found


def _dependency(pin: Pin, entries: list[Entry], meant: dict[str, tuple[str, ...]], every: frozenset[str]) -> Dependency:
    first = entries[0]
    requires: dict[str, None] = {}
    for entry in entries:
        requires.update(dict.fromkeys(name for spec in entry.conda for name in meant[spec]))
        requires.update(dict.fromkeys(normalise(name) for text in entry.python if (name := spelled.required(text))))
    requires.pop(pin.name, None)
    groups = sorted(frozenset[str]().union(*[entry.groups for entry in entries]))
    platforms = frozenset[str]().union(*[entry.platforms for entry in entries])
    return Dependency(
        pin,
        first.place,
        tuple(sorted(groups, key=lambda group: group != "runtime")),
        tuple(requires),
        origin=first.origin,
        hashes=tuple(dict.fromkeys(each for entry in entries for each in entry.hashes)),
        marker=spelled.marker(platforms, every),
        skipped=UNCOVERED if pin.ecosystem == CONDA else locked.skipped(pin.name, pin.version, UNPINNED),
        spelling=first.spelling,
    )


def inventory(
    target: str, kind: str, entries: "Sequence[Entry]", every: frozenset[str], problems: dict[Problem, None], hint: str
) -> Inventory:
    """Return the inventory of a lock with these entries, and of the problems that were found in it so far."""
    found = dependencies(entries, every)
    flaws = locked.flaws((each for each in found if each.skipped not in ACCEPTED), hint)
    if not found and not problems:
        problems[Problem("empty", "holds no package", Place(target), hint, target)] = None
    return Inventory(target, kind, found, (*problems, *flaws))


def tables(
    document: toml.Table, key: str, lines: "Sequence[str]", problems: dict[Problem, None]
) -> "Iterator[toml.Table]":
    """Yield the mappings in the document's list `key`, each titled by its number, and placed where its name is.

    One whose name is not found there as it is has the place of the file.
    """
    items = document.values.get(key)
    if not isinstance(items, Items) or not all(isinstance(item, dict) for item in items):
        document.tables(key)  # reports it
    if not isinstance(items, Items):
        return
    file = document.place.file
    ends = [*items.lines, len(lines) + 1][1:]
    for number, (item, start, end) in enumerate(zip(items, items.lines, ends, strict=True), 1):
        if isinstance(item, dict):
            name = item.get("name")
            place = _written(file, lines, start, end, name) if isinstance(name, str) else Place(file, start)
            yield toml.Table(item, f"package {number}", place, problems)


def _written(file: str, lines: "Sequence[str]", start: int, end: int, name: str) -> Place:
    """Return where one of these lines gives the name."""
    for number in range(start, end):
        text = lines[number - 1]
        at = text.find("name:")
        if at >= 0 and not text[:at].strip(" -{") and (column := text.find(name, at + 5)) >= 0:
            return Place(file, number, column + 1)
    return Place(file)


def in_address(place: Place, lines: "Sequence[str]", name: str) -> Place:
    """Return where the line of a place spells the name that an address in it ends with; the file where it does not."""
    text = lines[place.line - 1] if name and 0 < place.line <= len(lines) else ""
    column = text.rfind(f"/{name}-") + 1 or text.find(name)
    return place._replace(column=column + 1) if text and column >= 0 else Place(place.file)
