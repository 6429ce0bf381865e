"""uv.lock: what uv has locked, of every revision of lock version 1, on every platform that the lock is for."""

from pip_assay.model import NOT_ASKED, Dependency, Inventory, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import toml
from pip_assay.sources.locks.uv_graph import HINT, Edges, Entry, Lock, Named, dependencies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    _Applies = Callable[[str], bool]

KIND = "uv.lock"
VERSION = 1
_KINDS = ("registry", "git", "url", "path", "directory", "editable", "virtual")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock: uv.lock, or the one beside a script (PEP 723)."""
    return name == "uv.lock" or name.endswith(".py.lock")


def read(path: str, *, target: str = "", applies: "_Applies | None" = None) -> Inventory:
    """Return everything that the lock holds but the project itself. It never raises: what is wrong is a problem.

    `applies` says of a marker whether it may be true where the lock is used: what only other edges reach is marked.
    """
    text = toml.read_text(path, HINT)
    lock = text if isinstance(text, Problem) else _lock(text, path)
    if isinstance(lock, Problem):
        return Inventory(target or path, KIND, problems=(lock,))
    found, problems = dependencies(lock, path)
    if applies and isinstance(text, str):
        found = tuple(_narrowed(found, parse(text, path, applies), path))
    return Inventory(target or path, KIND, found, lock.problems + problems)


def _narrowed(found: tuple[Dependency, ...], lock: Lock | Problem, file: str) -> "Iterator[Dependency]":
    """Yield the dependencies with the groups that reach them along edges that apply; marked where none does.

    Markers stand on the edges of the lock, and an entry says nothing of its own.
    """
    applying = () if isinstance(lock, Problem) else dependencies(lock, file)[0]
    groups = {(each.pin, each.origin): each.groups for each in applying}
    for each in found:
        reached = groups.get((each.pin, each.origin), each.groups)
        yield each._replace(groups=reached) if reached else each._replace(skipped=NOT_ASKED if each.groups else "")


def _lock(text: str, file: str) -> Lock | Problem:
    from pip_assay.sources.locks import uv_canonical

    return uv_canonical.read(text, file) or parse(text, file)


def parse(text: str, file: str, applies: "_Applies | None" = None) -> Lock | Problem:
    """Return what the lock says, read with the whole of TOML, or why nothing of it can be read.

    With `applies`, edges whose marker does not apply are left out.
    """
    document = toml.parse(text, file, HINT)
    if isinstance(document, Problem):
        return document
    version = document.get("version")
    if type(version) is not int:
        return Problem("unreadable", "has no lock version, so it is not a lock of uv", Place(file), HINT, file)
    if version != VERSION:
        what = f"has lock version {version}, which this pip-assay cannot read"
        return Problem("unreadable", what, Place(file), "update pip-assay", file)
    return _document(document, text, file, applies or _always)


def _always(_: str) -> bool:
    return True


def _document(document: "dict[str, Any]", text: str, file: str, applies: "_Applies") -> Lock:
    problems: dict[Problem, None] = {}
    whole = toml.Table(document, file, Place(file), problems)
    manifest = whole.table("manifest")
    return Lock(
        tuple(map(normalise, manifest.texts("members"))),
        _edges(manifest.tables("requirements"), "extras", applies),
        _named(manifest.table("dependency-groups"), "extras", applies),
        tuple(_entry(table, applies) for table in toml.named(whole, "package", text)),
        tuple(problems),
    )


def _entry(table: toml.Table, applies: "_Applies") -> Entry:
    spelling, source = table.text("name"), table.table("source")
    kind = next((kind for kind in _KINDS if kind in source), "")
    if not kind:
        table.report(f"{table.title} has no source that this pip-assay knows")
    files = [table.table("sdist"), *table.tables("wheels")]
    return Entry(
        normalise(spelling),
        spelling,
        table.text("version"),
        kind,
        source.text(kind),
        table.place,
        _edges(table.tables("dependencies"), "extra", applies),
        _named(table.table("optional-dependencies"), "extra", applies),
        _named(table.table("dev-dependencies"), "extra", applies),
        tuple(found for file in files if (found := file.text("hash"))),
    )


def _named(table: toml.Table, key: str, applies: "_Applies") -> Named:
    return tuple((name, _edges(table.tables(name), key, applies)) for name in table)


def _edges(tables: list[toml.Table], key: str, applies: "_Applies") -> Edges:
    """Return what a list of tables asks for; `key` is the one that holds the extras."""
    edges = []
    for table in tables:
        if not (name := normalise(table.text("name"))):
            table.report(f"{table.title} asks for something without a name")
        elif applies(table.text("marker")):
            edges.append((name, table.text("version"), table.texts(key)))
    return tuple(edges)
