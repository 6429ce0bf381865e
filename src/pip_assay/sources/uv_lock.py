"""uv.lock: what uv has locked, of every revision of lock version 1, on every platform that the lock is for."""

from pip_assay.model import Inventory, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources import toml
from pip_assay.sources.uv_graph import HINT, Edges, Entry, Lock, Named, dependencies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KIND = "uv.lock"
VERSION = 1
_KINDS = ("registry", "git", "url", "path", "directory", "editable", "virtual")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock: uv.lock, or the one beside a script (PEP 723)."""
    return name == "uv.lock" or name.endswith(".py.lock")


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds but the project itself. It never raises: what is wrong is a problem."""
    text = toml.read_text(path, HINT)
    lock = text if isinstance(text, Problem) else _lock(text, path)
    if isinstance(lock, Problem):
        return Inventory(target or path, KIND, problems=(lock,))
    found, problems = dependencies(lock, path)
    return Inventory(target or path, KIND, found, lock.problems + problems)


def _lock(text: str, file: str) -> Lock | Problem:
    from pip_assay.sources import canonical

    return canonical.read(text, file) or parse(text, file)


def parse(text: str, file: str) -> Lock | Problem:
    """Return what the lock says, read with the whole of TOML, or why nothing of it can be read."""
    document = toml.parse(text, file, HINT)
    if isinstance(document, Problem):
        return document
    version = document.get("version")
    if type(version) is not int:
        return Problem("unreadable", "has no lock version, so it is not a lock of uv", Place(file), HINT, file)
    if version != VERSION:
        what = f"has lock version {version}, which this pip-assay cannot read"
        return Problem("unreadable", what, Place(file), "update pip-assay", file)
    return _document(document, text, file)


def _document(document: "dict[str, Any]", text: str, file: str) -> Lock:
    problems: dict[Problem, None] = {}
    whole = toml.Table(document, file, Place(file), problems)
    manifest = whole.table("manifest")
    return Lock(
        tuple(map(normalise, manifest.texts("members"))),
        _edges(manifest.tables("requirements"), "extras"),
        _named(manifest.table("dependency-groups"), "extras"),
        tuple(map(_entry, toml.named(whole, "package", text))),
        tuple(problems),
    )


def _entry(table: toml.Table) -> Entry:
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
        _edges(table.tables("dependencies"), "extra"),
        _named(table.table("optional-dependencies"), "extra"),
        _named(table.table("dev-dependencies"), "extra"),
        tuple(found for file in files if (found := file.text("hash"))),
    )


def _named(table: toml.Table, key: str) -> Named:
    return tuple((name, _edges(table.tables(name), key)) for name in table)


def _edges(tables: list[toml.Table], key: str) -> Edges:
    """Return what a list of tables asks for; `key` is the one that holds the extras."""
    edges = []
    for table in tables:
        if name := normalise(table.text("name")):
            edges.append((name, table.text("version"), table.texts(key)))
        else:
            table.report(f"{table.title} asks for something without a name")
    return tuple(edges)
