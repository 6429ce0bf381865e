"""The JSON documents of pip: `pip inspect` and `pip install --report` (both of version 1), `pip list --format json`."""

import json
import re

from pip_assay.model import INDEX, PYPI, Dependency, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import bounded_json, json_places, toml
from pip_assay.sources.installed import direct_url
from pip_assay.sources.locks import locked
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HINT = "ask pip again"
OUTDATED = "only what has a newer release"
DISTRO = Origin("distro")
DISTRO_INSTALLERS = ("debian", "rpm")

_VERSIONS = ("0", "1")
"""pip 22.2 wrote 0 for what is 1 since (pip's documentation, "Installation Report")."""

_ALL = "list"
"""The key of a document that is a list, as that of `pip list` is."""

_DISTRO_FOLDER = r"/usr/lib/.*/dist-packages/[^/]*"
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_EXTRA = re.compile(r"\bextra\s*==\s*[\"']([^\"']*)|[\"']([^\"']*)[\"']\s*==\s*extra\b")


class Listed(NamedTuple):
    """What a listing holds, what is wrong with it, and what else people should know of it."""

    dependencies: tuple[Dependency, ...] = ()
    problems: tuple[Problem, ...] = ()
    detail: str = ""


def is_one(start: str) -> bool:
    """Return whether a document that starts so is one of these.

    An entry of `pip list` begins as one of `conda list --json` does not: that has a channel.
    """
    if start[:1] == "{":
        return re.search(r'"(?:installed|install)"\s*:\s*\[', start) is not None
    first = start.partition("}")[0]
    return re.match(r"\[\s*\]", start) is not None or (
        re.match(r"\[\s*\{", start) is not None
        and '"name"' in first
        and '"version"' in first
        and '"channel"' not in first
    )


def read(content: bytes, file: str) -> Listed:
    """Return what the document holds."""
    text = bounded_json.decode(content, file, HINT)
    return Listed(problems=(text,)) if isinstance(text, Problem) else _read(text, file)


def _read(text: str, file: str) -> Listed:
    repeated: set[str] = set()
    document = bounded_json.parse(text, file, HINT, repeated=repeated)
    if isinstance(document, Problem):
        return Listed(problems=(document,))
    values = document if isinstance(document, dict) else {_ALL: document}
    key = next((key for key in _READERS if key in values), "")
    items = values.get(key)
    if not isinstance(items, list):
        return Listed(problems=(Problem("unreadable", "is no listing of pip", Place(file), HINT, file),))
    problems: dict[Problem, None] = {}
    whole = toml.Table(values, file, Place(file), problems)
    if key != _ALL and whole.text("version") not in _VERSIONS:
        whole.report("is of a version that this pip-assay does not know; what is new in it was not read")
    found = tuple(_READERS[key](table) for table in _entries(items, key, text, file, problems))
    if repeated:
        problems.update(dict.fromkeys(json_places.repeated(text, file, HINT)))
    if not found:
        problems[Problem("empty", "holds no package", Place(file), HINT, file)] = None
    told = (problem._replace(hint=HINT) for problem in problems)  # not the hint for a lock, which `toml` gives
    return Listed(found, (*told, *map(_hinted, locked.flaws(found, HINT))), _detail(whole, key))


def _hinted(flaw: Problem) -> Problem:
    return flaw._replace(hint="install it again") if flaw.gap == "unpinned" else flaw


def _detail(whole: toml.Table, key: str) -> str:
    if key == _ALL:
        return OUTDATED if any("latest_version" in table for table in whole.tables(_ALL)[:1]) else ""
    environment = whole.table("environment")
    words = (environment.text("platform_python_implementation"), environment.text("python_full_version"))
    return " ".join(filter(None, words))


def _entries(
    items: "list[Any]", key: str, text: str, file: str, problems: "dict[Problem, None]"
) -> "Iterator[toml.Table]":
    """Yield the entries that have a name, under it and at its place."""
    before, after = ((), ("name",)) if key == _ALL else ((key,), ("metadata", "name"))
    named = {}
    for number, item in enumerate(items):
        if name := _name(item, after):
            named[*before, number, *after] = name, item
        else:
            what = f"entry {number + 1} has no name"
            problems[Problem("unreadable", what, Place(file), HINT, file)] = None
    places = json_places.find(text, file, {path: name for path, (name, _) in named.items()})
    for path, (name, item) in named.items():
        yield toml.Table(item, name, places[path], problems)


def _name(item: object, path: tuple[str, ...]) -> str:
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item.strip() if isinstance(item, str) else ""


def _installed(entry: toml.Table) -> Dependency:
    """Return an entry of `pip inspect`. uv marks all that it installs as requested, so its marks tell nothing."""
    installer, requested = entry.text("installer"), entry.values.get("requested") is True
    where = entry.text("metadata_location")
    direct = None if installer == "uv" else requested or (False if installer == "pip" else None)
    origin = INDEX
    if "direct_url" in entry:
        origin = _direct_origin(entry, "direct_url")
    elif installer in DISTRO_INSTALLERS or (not installer and re.match(_DISTRO_FOLDER, where)):
        origin = DISTRO
    return _dependency(entry.table("metadata"), origin, direct=direct, requires=_requires(entry))


def _to_install(entry: toml.Table) -> Dependency:
    """Return an entry of `pip install --report`, which does not say from which index it came."""
    hashes = entry.table("download_info").table("archive_info").table("hashes")
    return _dependency(
        entry.table("metadata"),
        _direct_origin(entry, "download_info") if entry.values.get("is_direct") is True else INDEX,
        direct=entry.values.get("requested") is True,
        requires=_requires(entry),
        hashes=tuple(f"{algorithm}:{hashes.text(algorithm)}" for algorithm in hashes),
    )


def _in_list(entry: toml.Table) -> Dependency:
    """Return an entry of `pip list --format json`."""
    source = entry.text("editable_project_location")
    return _dependency(entry, Origin("editable", source) if source else INDEX)


_READERS = {"installed": _installed, "install": _to_install, _ALL: _in_list}


def _dependency(
    metadata: toml.Table,
    origin: Origin,
    *,
    direct: bool | None = None,
    requires: tuple[str, ...] = (),
    hashes: tuple[str, ...] = (),
) -> Dependency:
    name, version = normalise(metadata.title), metadata.text("version")
    return Dependency(
        Pin(PYPI, name, version),
        metadata.place,
        requires=requires,
        direct=direct,
        origin=origin,
        hashes=hashes,
        skipped=locked.skipped(name, version, "no version in its metadata"),
        spelling=metadata.title,
    )


def _direct_origin(entry: toml.Table, key: str) -> Origin:
    record = entry.table(key).values
    origin = direct_url.origin(json.dumps(record).encode())
    if origin is None:
        entry.report(f'"{key}" of {entry.title} cannot be understood, so it is not known where it came from')
    return origin or direct_url.UNKNOWN


def _requires(entry: toml.Table) -> tuple[str, ...]:
    """Return the names of what it depends on, with the extras that were requested; other markers are not heeded."""
    extras = {normalise(extra) for extra in entry.texts("requested_extras")}
    found: dict[str, None] = {}
    for text in entry.table("metadata").texts("requires_dist"):
        name, asked = _NAME.match(text), [normalise("".join(pair)) for pair in _EXTRA.findall(text)]
        if name and (not asked or not extras.isdisjoint(asked)):
            found[normalise(name[1])] = None
    return tuple(found)
