"""conda-lock.yml: what conda-lock, or micromamba, has locked for every platform, of conda's and of pip's packages."""

import re

from pip_assay.model import INDEX, Inventory, Origin, Place, Problem
from pip_assay.sources.conda import document, entries, spelled
from pip_assay.sources.conda.entries import Entry
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = "conda-lock"
HINT = "run `conda-lock lock` to write it anew"
NEWEST = 1

_MANAGERS = ("conda", "pip", "pypi")
_FILE_NAME = re.compile(r"(?:.*[.-])?conda-lock\.ya?ml")


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a lock: conda-lock.yml, or NAME.conda-lock.yml."""
    return _FILE_NAME.fullmatch(name) is not None


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is such a lock."""
    return bool(re.search(rb"(?m)^package:", start) and re.search(rb"(?m)^[ -]*manager:", start))


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the lock holds. It never raises: what is wrong is a problem."""
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
    if "package" not in whole:
        problem = Problem("unreadable", "has no list of packages", Place(file), HINT, file)
        return Inventory(target or file, KIND, problems=(problem,))
    if version != str(NEWEST):
        what = f'has lock version "{version[:9]}", which this pip-assay does not know: what is new was not read'
        hint = "update pip-assay" if version.isdecimal() else HINT
        problems[Problem("unreadable", what, Place(file), hint, file)] = None
    found, every = listed(whole, lock.lines, problems)
    return entries.inventory(target or file, KIND, found, every, problems, HINT)


def listed(
    whole: toml.Table, lines: "Sequence[str]", problems: dict[Problem, None]
) -> tuple[list[Entry], frozenset[str]]:
    """Return the entries of such a lock, or of a pixi.lock of version 1 to 3, and every platform that it is for."""
    found = []
    seen: set[tuple[str, ...]] = set()
    for table in entries.tables(whole, "package", lines, problems):
        if not table.text("name"):
            table.report(f"{table.title} has no name")
            continue
        entry = _entry(table)
        found.append(entry)
        identity = (table.text("manager"), entry.spelling, table.text("platform"), *sorted(entry.groups))
        if identity in seen:
            what = f"lists {entry.spelling} twice for {table.text('platform') or 'one platform'}"
            problems[Problem("duplicate", what, entry.place, HINT, entry.spelling)] = None
        seen.add(identity)
    platforms = frozenset(whole.table("metadata").texts("platforms"))
    return found, platforms.union(*[entry.platforms for entry in found])


def _entry(table: toml.Table) -> Entry:
    name, manager, url, hashes = table.text("name"), table.text("manager"), table.text("url"), table.table("hash")
    is_conda = manager == "conda"
    if manager not in _MANAGERS:
        table.report(f"{name} is of neither conda nor pip, and was taken for a package of pip's")
    elif not url:
        table.report(f"{name} has no url, so the lock may be cut short")
    categories = table.texts("categories") or (table.text("category") or "main",)
    named = spelled.build(url) if is_conda else ("", "")
    return Entry(
        name,
        table.text("version") or named[1],
        table.place,
        is_conda,
        frozenset("runtime" if each == "main" else f"group:{each}" for each in categories),
        frozenset((platform,)) if (platform := table.text("platform")) else frozenset(),
        _names(table, "dependencies") if is_conda else (),
        () if is_conda else (*_names(table, "dependencies"), *table.texts("requires_dist")),
        INDEX if is_conda else _origin(table, url),
        tuple(f"{algorithm}:{found}" for algorithm in ("sha256", "md5") if (found := hashes.text(algorithm))),
        table.texts("purls"),
    )


def _names(table: toml.Table, key: str) -> tuple[str, ...]:
    """Return what it depends on: the keys of a mapping, or in locks of pixi a list."""
    return table.texts(key) if isinstance(table.values.get(key), list) else tuple(table.table(key))


def _origin(table: toml.Table, url: str) -> Origin:
    """Return where a package of pip's came from: `source` is there where it was asked for by its address."""
    if table.values.get("source") and "+" not in url.partition("://")[0]:
        return Origin("url", locked.address(url))
    return spelled.origin(url) if url else INDEX
