"""Pipfile.lock: what pipenv has locked, category by category. The format says nothing about what depends on what."""

import os
import re

from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import bounded_json, json_places, toml
from pip_assay.sources.locks import locked
from pip_assay.sources.requirements import addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    _Lock = tuple[tuple[Dependency, ...], tuple[Problem, ...], tuple[str, ...]]
    _Asked = set[tuple[str, str]]  # (category, name)

KIND = "Pipfile.lock"
HINT = 'lock again with "pipenv lock"'
PIN = "pin it in the Pipfile, and lock again"
SPEC = 6

_META = "_meta"
_CATEGORIES = {"packages": "default", "dev-packages": "develop"}
"""What the lock calls a section of the Pipfile; any other has one name in both."""

_GROUPS = {"default": "runtime", "develop": "group:dev"}
_VCS = ("git", "hg", "svn", "bzr")
_VERSION = re.compile(r"===?\s*([^\s,*]+)")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock."""
    return name == "Pipfile.lock"


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is such a lock."""
    return b'"pipfile-spec"' in start


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds. It never raises: what is wrong is a problem.

    What is asked for by name says the Pipfile beside it, where there is one that can be read.
    """
    content = bounded_json.read_file(path)
    if isinstance(content, Problem):
        return Inventory(target or path, KIND, problems=(content,))
    return _inventory(content, path, target, _asked(os.path.join(os.path.dirname(path), "Pipfile")))


def parse(content: bytes, file: str, *, target: str = "") -> Inventory:
    """Return everything that a lock with this content holds; whether it is asked for by name is not known."""
    return _inventory(content, file, target, None)


def _asked(pipfile: str) -> "_Asked | None":
    """Return what the Pipfile asks for in each category, None where there is none that can be read."""
    text = toml.read_text(pipfile, HINT)
    document = text if isinstance(text, Problem) else toml.parse(text, pipfile, HINT)
    if isinstance(document, Problem):
        return None
    tables = {section: table for section, table in document.items() if isinstance(table, dict)}
    return {(_CATEGORIES.get(section, section), normalise(name)) for section, table in tables.items() for name in table}


def _inventory(content: bytes, file: str, target: str, asked: "_Asked | None") -> Inventory:
    text = bounded_json.decode(content, file, HINT)
    lock = text if isinstance(text, Problem) else _lock(text, file, asked)
    found, problems, groups = ((), (lock,), ()) if isinstance(lock, Problem) else lock
    return Inventory(target or file, KIND, found, problems, groups=groups)


def _lock(text: str, file: str, asked: "_Asked | None") -> "_Lock | Problem":
    """Return what the lock holds, what is wrong with it and what groups it has, or why nothing of it can be read."""
    repeated: set[str] = set()
    document = bounded_json.parse(text, file, HINT, repeated=repeated)
    if isinstance(document, Problem):
        return document
    if not isinstance(document, dict) or document.keys().isdisjoint((_META, *_GROUPS)):
        return Problem("unreadable", "is not a lock of pipenv", Place(file), HINT, file)
    problems: dict[Problem, None] = {}
    whole = toml.Table(document, file, Place(file), problems)
    meta = whole.table(_META)
    _check_specification(meta)
    sources = {table.text("name"): table.text("url") for table in meta.tables("sources")}
    found = [(category, _dependency(table, category, sources)) for category, table in _entries(whole, text, problems)]
    dependencies = _united(found, asked, problems)
    if repeated:
        problems.update(dict.fromkeys(json_places.repeated(text, file, HINT)))
    if not found:
        problems[Problem("empty", "holds no package", Place(file), HINT, file)] = None
    groups = tuple(_group(category) for category in whole if category != _META)
    return dependencies, (*problems, *_flaws(dependencies)), groups


def _flaws(dependencies: tuple[Dependency, ...]) -> "Iterator[Problem]":
    """Yield what is wrong with the dependencies; what an index has can be pinned, any other is a project of its own."""
    from_index = {each.pin.name for each in dependencies if each.origin.kind in ("index", "private index")}
    for problem in locked.flaws(dependencies, HINT):
        yield problem._replace(hint=PIN) if problem.gap == "unpinned" and problem.subject in from_index else problem


def _group(category: str) -> str:
    return _GROUPS.get(category, f"group:{category}")


def _check_specification(meta: toml.Table) -> None:
    specification = meta.values.get("pipfile-spec")
    if type(specification) is not int:
        meta.report("has no pipfile-spec, so what was written in another form was not read")
    elif specification != SPEC:
        meta.report(f"has pipfile-spec {str(specification)[:20]}; what is not as in pipfile-spec {SPEC} was not read")


def _entries(whole: toml.Table, text: str, problems: "dict[Problem, None]") -> "Iterator[tuple[str, toml.Table]]":
    """Yield every entry with its category, under the name that it is written with, at the place of that name."""
    categories = {category: whole.table(category).values for category in whole if category != _META}
    names = {(category, name): name for category, entries in categories.items() for name in entries}
    for (category, name), place in json_places.find(text, whole.place.file, names).items():
        values = categories[category][name]
        table = toml.Table(values if isinstance(values, dict) else {}, name, place, problems)
        if not isinstance(values, dict):
            table.report(f'"{name}" in "{category}" is not a table')
        yield category, table


def _dependency(table: toml.Table, category: str, sources: "Mapping[str, str]") -> Dependency:
    name, origin, written = normalise(table.title), _origin(table, sources), table.text("version")
    found = _VERSION.fullmatch(written)
    version = found[1] if found else addresses.version_of(origin.location, name)
    unpinned = f'"{written[:40]}" is no certain version' if written else "no version specified"
    return Dependency(
        Pin(PYPI, name, version),
        table.place,
        (_group(category),),
        origin=origin,
        hashes=table.texts("hashes"),
        marker=table.text("markers"),
        skipped=locked.skipped(name, version, unpinned),
        spelling=table.title,
    )


def _origin(table: toml.Table, sources: "Mapping[str, str]") -> Origin:
    """Return where an entry comes from; one that names no index comes from the first source."""
    if vcs := next((vcs for vcs in _VCS if vcs in table), ""):
        where, revision = addresses.public(table.text(vcs)).removeprefix(f"{vcs}+"), table.text("ref")
        return Origin("vcs", f"{vcs}+{where}" + (f"@{revision}" if revision else ""))
    if local := table.text("path") or table.text("file"):
        kind = "editable" if table.values.get("editable") is True else addresses.kind(local)
        return Origin(kind, addresses.public(local))
    index = table.text("index")
    if not index:
        return locked.index_origin(next(iter(sources.values()), ""))
    if index not in sources and "://" not in index:
        table.report(f"{table.title} comes from an index that is not among the sources")
        return Origin("private index", index)
    return locked.index_origin(sources.get(index, index))


def _united(
    found: "Iterable[tuple[str, Dependency]]", asked: "_Asked | None", problems: "dict[Problem, None]"
) -> tuple[Dependency, ...]:
    """Return one dependency for each release, where it is written first, with the groups of all its categories."""
    same: dict[tuple[Pin, Origin, str], dict[str, Dependency]] = {}
    for category, each in found:
        alike = same.setdefault((each.pin, each.origin, each.marker), {})
        if alike.setdefault(category, each) is not each:
            what = f'lists {each.pin} twice in "{category}"'
            problems[Problem("duplicate", what, each.place, HINT, each.pin.name)] = None
    return tuple(_one(alike, asked) for alike in same.values())


def _one(alike: "dict[str, Dependency]", asked: "_Asked | None") -> Dependency:
    first, *others = alike.values()
    groups = sorted({*first.groups, *(group for each in others for group in each.groups)}, key=_runtime_first)
    direct = None if asked is None else any((category, first.pin.name) in asked for category in alike)
    return first._replace(groups=tuple(groups), direct=direct)


def _runtime_first(group: str) -> tuple[bool, str]:
    return group != "runtime", group
