"""[tool.poetry]: dependencies in Poetry's own language, translated to that of PEP 508.

Beside a [project] that declares its dependencies, Poetry's table only says where these are fetched from (Poetry 2).
"""

from pip_assay.model import PYPI, Pin, Place
from pip_assay.names import normalise
from pip_assay.sources.manifests import constraint, references, requirement
from pip_assay.sources.manifests.declared import GARBLED
from pip_assay.sources.manifests.references import Indexes, Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.requirements import Requirement

    from pip_assay.sources.manifests.document import Document
    from pip_assay.sources.manifests.positions import Path

TOOL: "Path" = ("tool", "poetry")
DEPENDENCIES = (*TOOL, "dependencies")
LOST = "allows several ranges of versions with others between them, and only the newest range is asked for"
NOWHERE = "is optional and no extra names it, so nothing installs it"


def is_read(document: "Document") -> bool:
    """Return whether it is Poetry's table that declares what the project needs."""
    project = document.table("project")
    return "dependencies" not in project and bool(document.table(*DEPENDENCIES))


def enrich(document: "Document") -> None:
    """Take note of where Poetry fetches those dependencies that [project] declares."""
    indexes = _indexes(document)
    for name in document.table(*DEPENDENCIES):
        tables = [each for _, each in _tables(document, (*DEPENDENCIES, name)) if each.keys() & set(references.KEYS)]
        if tables:
            document.declared.elsewhere[normalise(name)] = _Elsewhere(document, tables, indexes)


def read(document: "Document") -> None:
    """Declare everything that is in Poetry's tables."""
    indexes = _indexes(document)
    if is_read(document):
        document.declared.group("runtime")
        extras = _extras(document)
        for name in document.table(*DEPENDENCIES):
            if name == "python":
                _python(document)
            else:
                _dependency(document, (*DEPENDENCIES, name), "runtime", indexes, extras)
    for name in document.table(*TOOL, "dev-dependencies"):
        _dependency(document, (*TOOL, "dev-dependencies", name), "group:dev", indexes)
    for group in document.table(*TOOL, "group"):
        path = (*TOOL, "group", group)
        document.declared.group(f"group:{normalise(group)}")
        for name in document.table(*path, "dependencies"):
            _dependency(document, (*path, "dependencies", name), f"group:{normalise(group)}", indexes)
        for other in document.texts(*path, "include-groups"):
            here = document.line((*path, "include-groups"))
            document.declared.include(f"group:{normalise(group)}", f"group:{normalise(other)}", here)


class _Elsewhere:
    """Declares a requirement of [project] from where Poetry's table says."""

    def __init__(self, document: "Document", tables: "list[Mapping[str, object]]", indexes: Indexes) -> None:
        self._document = document
        self._tables = tables
        self._indexes = indexes

    def __call__(self, parsed: "Requirement", place: Place, group: str) -> None:
        for table in self._tables:
            marker = requirement.both(str(parsed.marker or ""), _marker(table) or "")
            wanted = Wanted(parsed.name, place, group, tuple(parsed.extras), str(parsed.specifier), marker)
            references.declare(self._document.declared, wanted, table, self._indexes)


def _python(document: "Document") -> None:
    found = constraint.parse(document.text(*DEPENDENCIES, "python"))
    if found is None:
        document.problem("unreadable", "the versions of Python cannot be read", (*DEPENDENCIES, "python"))
    elif not document.declared.python:
        document.declared.python = constraint.specifier(found)[0]


def _extras(document: "Document") -> dict[str, list[str]]:
    """Return the groups of the extras that name each project."""
    found: dict[str, list[str]] = {}
    for extra in document.table(*TOOL, "extras"):
        group = f"extra:{normalise(extra)}"
        document.declared.group(group)
        for name in document.texts(*TOOL, "extras", extra):
            found.setdefault(normalise(name), []).append(group)
    return found


def _tables(document: "Document", path: "Path") -> "Iterator[tuple[Path, Mapping[str, object]]]":
    """Yield each alternative of a dependency as a table, with its path."""
    value = document.get(*path)
    several = isinstance(value, list)
    for number, each in enumerate(value if isinstance(value, list) else [value]):
        here = (*path, number) if several else path
        if isinstance(each, str):
            yield here, {"version": each}
        elif isinstance(each, dict):
            yield here, each
        else:
            document.problem("unreadable", f'"{path[-1]}" of [{".".join(map(str, path[:-1]))}] {GARBLED}', path)


def _dependency(
    document: "Document", path: "Path", group: str, indexes: Indexes, extras: "Mapping[str, list[str]] | None" = None
) -> None:
    spelling = str(path[-1])
    place = document.place(path, spelling)
    document.declared.group(group)
    if requirement.name_of(spelling) != spelling:
        document.problem("unreadable", f"{spelling!r} is not a name of a project", path)
        return
    for _, table in _tables(document, path):
        groups = [group]
        if table.get("optional") is True and extras is not None:
            groups = list(dict.fromkeys(extras.get(normalise(spelling), ())))
            if not groups:
                document.problem(
                    "unresolved", f"{spelling} {NOWHERE}", path, "name it in an extra", normalise(spelling)
                )
        for each in groups:
            _declare(document, Wanted(spelling, place, each), table, indexes)


def _declare(document: "Document", wanted: Wanted, table: "Mapping[str, object]", indexes: Indexes) -> None:
    version, marker = table.get("version", "*"), _marker(table)
    found = constraint.parse(version) if isinstance(version, str) else None
    extras = table.get("extras", [])
    texts = isinstance(extras, list) and all(isinstance(each, str) for each in extras)
    if found is None or marker is None or not texts:
        pin = Pin(PYPI, normalise(wanted.spelling), "")
        document.declared.unusable(pin, wanted.place, wanted.group, GARBLED, spelling=wanted.spelling)
        return
    specifier, whole = constraint.specifier(found)
    if not whole:
        document.declared.problem("unresolved", f"{wanted.spelling} {LOST}", wanted.place, "name one range",
                                  normalise(wanted.spelling))  # fmt: skip
    names = tuple(str(each) for each in extras) if isinstance(extras, list) else ()
    wanted = wanted._replace(extras=names, specifier=specifier, marker=marker)
    references.declare(document.declared, wanted, table, indexes)


def _marker(table: "Mapping[str, object]") -> str | None:
    """Return the marker under which a dependency applies, empty for everywhere; None where it cannot be read."""
    python, platform, markers = (table.get(key, "") for key in ("python", "platform", "markers"))
    if not (isinstance(python, str) and isinstance(platform, str) and isinstance(markers, str)):
        return None
    interpreters = constraint.parse(python) if python else ((),)
    platforms = constraint.platform_marker(platform) if platform else ""
    if interpreters is None or platforms is None:
        return None
    return requirement.both(markers, constraint.python_marker(interpreters), platforms)


def _indexes(document: "Document") -> Indexes:
    """Return the sources that the file names, and declare those that Poetry searches for everything.

    A primary one takes the place of the public index, unless that is named as well; it is called PyPI.
    """
    urls: dict[str, str] = {}
    searched: list[tuple[str, bool]] = []
    for path in document.tables(*TOOL, "source"):
        name, url = document.text(*path, "name"), document.text(*path, "url")
        priority = document.text(*path, "priority") or ("secondary" if document.get(*path, "secondary") else "primary")
        urls[name] = url
        if priority.lower() != "explicit":
            searched.append((name, priority.lower() in ("primary", "default")))
    named = any(name.lower() == "pypi" for name, _ in searched)
    for name, primary in searched:
        if urls[name]:
            document.declared.index(urls[name], first=primary and not named)
    first = next((name for name, primary in searched if primary), "pypi")
    return Indexes(urls, ["pypi"] if named or first == "pypi" else [first])
