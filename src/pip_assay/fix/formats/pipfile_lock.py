"""Pipfile.lock, spliced: the versions and hashes of what the plan moves, and every other byte as it was.

The tool that owns the file is not asked to write it: `pipenv lock` and `pipenv upgrade` make a virtual environment, may
build what has no wheel, and move others with what they are told to move. The file is plain JSON, always written in one
form, and says nothing about what depends on what: what a plan needs is known without Pipenv, and uv has found before
that the set fits together. A dry run of an install with the hashes, and `pipenv verify` where Pipenv is there, check
what was made. The marker of an entry, which says for which Pythons its release is, is kept.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import bounds, hashes, pyproject, relocked, trial
from pip_assay.fix.formats.relocked import Owner
from pip_assay.fix.formats.spliced import decoded
from pip_assay.fix.nouns import Change, Edit, Held, Plan, Root, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import PYPI, Dependency, Inventory
from pip_assay.names import normalise
from pip_assay.settings import Outside, Settings
from pip_assay.sources.locks import locked
from pip_assay.sources.resolve import Index, words
from pip_assay.sources.resolve.uv import write
from pip_assay.values import Any

KIND = "Pipfile.lock"
OWNER = Owner("pipenv", KIND, "PIPENV_PYPI_")
AGAIN = "run `pipenv lock`, and try again"
TRIAL = "what-is-locked.txt"
SEEN = {"PIPENV_DONT_LOAD_ENV": "1", "PIPENV_IGNORE_VIRTUALENVS": "1", "PIPENV_NOSPIN": "1", "PIPENV_YES": "1"}

_META = "_meta"
_CATEGORIES = {"packages": "default", "dev-packages": "develop"}
_NO_CATEGORIES = ("source", "requires", "scripts", "pipenv", "pipfile", *_CATEGORIES, *_CATEGORIES.values())

_Lock = dict[str, dict[str, Any]]


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:  # noqa: ARG001 - of every format
    """Return what the lock holds, and what the Pipfile beside it asks for.

    Raises:
        Unreadable: the lock cannot be read, or has no Pipfile beside it.
    """
    from pip_assay.sources import manifests

    path = inventory.target
    pipfile = _pipfile(path)
    if not os.path.isfile(pipfile):
        raise Unreadable("has no Pipfile beside it, which says what is asked for", path, "fix it where that is")
    _, lock = _read(path)
    found = manifests.read(pipfile)
    named = [each for each in found.roots if each.name]
    return Target(
        inventory,
        KIND,
        tuple(_held(inventory.dependencies, lock, found.index_url)),
        tuple(dict.fromkeys(Root(each.name, each.text, each.place, each.group) for each in named)),
        python=settings.python_version or relocked.lowest(found.python),
        platform=settings.platform,
        indexes=Index(settings.index_url or found.index_url, settings.extra_index_urls),
        files=(path, pipfile),
    )


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the lock with what the plan moves, and the Pipfile if its bounds are widened.

    Raises:
        Unreadable: the lock is not written as Pipenv writes it, no hash is known of a release, or a bound of the
            Pipfile cannot be changed alone.
    """
    path = plan.target.inventory.target
    before, lock = _read(path)
    with_hashes = any("hashes" in entry for category in _categories(lock) for entry in category.values())
    coming = [(each.name, each.new) for each in plan.changes if each.new] if with_hashes else []
    known = hashes.of(coming, plan.target, tools)
    for category in _categories(lock):
        for each in plan.changes:
            _move(category, each, known.get((each.name, each.new), ()))
        _add(category, plan.changes, known)
    widened = _widened(plan, lock)
    after = _written(lock, before)
    return (*([Edit(path, before, after)] if after != before else []), *widened)


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a dry run of an install of what is locked says, and Pipenv of whether it is that of the Pipfile."""
    _, lock = _read(os.path.join(folder, KIND))
    entries = [(name, entry) for category in _categories(lock) for name, entry in category.items()]
    released = [(name, entry) for name, entry in entries if "version" in entry]
    is_whole = len(released) == len(entries)
    write(folder, TRIAL, dict.fromkeys(_line(name, entry) for name, entry in released))
    hashed = is_whole and all(entry.get("hashes") for _, entry in released)
    checks, faults = trial.install([TRIAL], plan.target, tools, folder, needs=is_whole, hashed=hashed)
    if not _has_pipenv(tools):
        return checks, faults
    ended = relocked.run(OWNER, ["verify"], folder, tools, SEEN)
    said = words.one_line(relocked.said(ended))
    return (*checks, "pipenv verify"), (*faults, *([f"pipenv verify fails: {said}"] if ended.code else []))


def _pipfile(path: str) -> str:
    return os.path.join(os.path.dirname(path), "Pipfile")


def _read(path: str) -> tuple[bytes, _Lock]:
    """Return a lock as it is, and what it says.

    Raises:
        Unreadable: it is not written in the one form that Pipenv has.
    """
    content = files.read_bytes(path)
    try:
        lock = json.loads(decoded(content, path))
        is_plain = isinstance(lock, dict) and all(isinstance(each, dict) for each in lock.values())
        is_plain = is_plain and all(isinstance(entry, dict) for each in _categories(lock) for entry in each.values())
    except (ValueError, RecursionError):
        is_plain = False
    if not is_plain or _written(lock, content) != content:
        raise Unreadable("is not written as pipenv writes it, so a change could not keep the rest of it", path, AGAIN)
    return content, lock


def _written(lock: _Lock, before: bytes) -> bytes:
    """Return a lock in Pipenv's form; its lines end as they did."""
    text = json.dumps(lock, indent=4, separators=(",", ": "), sort_keys=True) + "\n"
    return text.replace("\n", "\r\n").encode() if b"\r\n" in before else text.encode()


def _categories(lock: _Lock) -> list[dict[str, Any]]:
    return [category for name, category in lock.items() if name != _META]


def _held(found: Iterable[Dependency], lock: _Lock, index: str) -> Iterable[Held]:
    """Yield what is locked. What is from another index than the first, or locked in two releases, is not moved."""
    own = locked.index_origin(index)
    listed = [each for each in found if each.pin.ecosystem == PYPI and each.pin.version and not each.inside]
    releases: dict[str, set[str]] = {}
    for each in listed:
        releases.setdefault(each.pin.name, set()).add(each.pin.version)
    extras: dict[str, set[str]] = {}
    for category in _categories(lock):
        for name, entry in category.items():
            asked = entry.get("extras")
            extras.setdefault(normalise(name), set()).update(map(str, asked if isinstance(asked, list) else ()))
    for each in listed:
        is_plain = each.origin in {own, locked.index_origin("")} and len(releases[each.pin.name]) == 1
        asked = tuple(sorted(map(normalise, extras.get(each.pin.name, ()))))
        yield Held(
            each.pin.name, each.pin.version, each.spelling or each.pin.name, each.place, asked, each.marker, is_plain,
            each.hashes,
        )  # fmt: skip


def _move(category: dict[str, Any], change: Change, known: Sequence[str]) -> None:
    """Write the new version and hashes of a release into a category that holds it, or take it out of that."""
    for name, entry in list(category.items()):
        if normalise(name) == change.name and entry.get("version") == f"=={change.old}":
            if not change.new:
                del category[name]
                continue
            entry["version"] = f"=={change.new}"
            if "hashes" in entry:
                entry["hashes"] = sorted(known)


def _add(category: dict[str, Any], changes: Iterable[Change], known: Mapping[tuple[str, str], Sequence[str]]) -> None:
    """Write what comes in into a category that holds what needs it: that may have come in itself."""
    names = set(map(normalise, category))
    waiting = [each for each in changes if not each.old and each.name not in names]
    while ready := [each for each in waiting if not names.isdisjoint(each.needed_by)]:
        for each in ready:
            category[each.name] = _entry(each, known.get((each.name, each.new), ()))
            names.add(each.name)
        waiting = [each for each in waiting if each.name not in names]


def _entry(change: Change, known: Sequence[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"version": f"=={change.new}"}
    if known:
        entry["hashes"] = sorted(known)
    if change.marker:
        entry["markers"] = change.marker
    return entry


def _widened(plan: Plan, lock: _Lock) -> tuple[Edit, ...]:
    """Return the Pipfile with the bounds that the plan widens; the lock then names the new content of it.

    Raises:
        Unreadable: a bound cannot be changed alone, or the lock is not that of the Pipfile.
    """
    path = _pipfile(plan.target.inventory.target)
    if not plan.relaxed:
        return ()
    before = files.read_bytes(path)
    text = after = decoded(before, path)
    # From the end, so that what is before a place stays where it is.
    for each in sorted(plan.relaxed, reverse=True):
        after = bounds.rewritten(after, each.place, pyproject.specifier(each.new))
    named = lock.get(_META, {}).get("hash")
    spelled = next((each for each in (str, normalise) if named == {"sha256": _digest(text, path, each)}), None)
    if spelled is None:
        raise Unreadable("is not what the lock was made from, so its bounds are not changed", path, AGAIN)
    lock[_META]["hash"] = {"sha256": _digest(after, path, spelled)}
    return (Edit(path, before, after.encode()),)


def _digest(text: str, path: str, spelled: Callable[[str], str]) -> str:
    """Return what a lock says of the Pipfile that it was made from: a digest of all that Pipenv installs by.

    spelled  gives a name as Pipenv takes it: as it is written, or normalised (since 2026).
    """
    import hashlib
    import tomllib

    try:
        values: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise Unreadable("is not valid TOML", path, "correct it") from None
    sections = {name: values.get(section, {}) for section, name in _CATEGORIES.items()}
    sections |= {section: table for section, table in values.items() if section not in _NO_CATEGORIES}
    told = {
        section: {spelled(name): value for name, value in table.items()} if isinstance(table, dict) else table
        for section, table in sections.items()
    }
    told[_META] = {"sources": values.get("source", []), "requires": values.get("requires", {})}
    content = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _line(name: str, entry: Mapping[str, Any]) -> str:
    """Return an entry as a line of a requirements file."""
    asked = entry.get("extras")
    extras = f"[{','.join(map(str, asked))}]" if isinstance(asked, list) and asked else ""
    marker = f" ; {entry['markers']}" if entry.get("markers") else ""
    listed = entry.get("hashes")
    named = "".join(f" --hash={each}" for each in listed) if isinstance(listed, list) else ""
    return f"{name}{extras}{entry['version']}{marker}{named}"


def _has_pipenv(tools: Tools) -> bool:
    try:
        return bool(tools.find(OWNER.name)) and not tools.offline
    except Unreadable:
        return False
