"""A project folder: what the rule of folder.py chooses is read; then what was passed over gets a second look.

What declares nothing passes nothing over. Requirements files pass a manifest over only where they hold all that it
needs at run time. A lock that lacks what its manifest asks for is older than that, and says so.
"""

import os
import re
from collections.abc import Collection, Sequence

from pip_assay.model import Inventory, Place, Problem
from pip_assay.names import normalise
from pip_assay.settings import Outside, Settings
from pip_assay.targets import folder, kinds
from pip_assay.targets.folder import File
from pip_assay.values import NamedTuple

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock")
_BEHIND_REQUIREMENTS = ("pyproject", "setup.cfg", "setup.py")


class Read(NamedTuple):
    """What was read of a project folder.

    inventories  those that hold something, or say what is wrong.
    nothing      those of files that declare nothing; they are told where there is nothing else.
    passed       the names of what is there and was not read.
    """

    inventories: tuple[Inventory, ...] = ()
    nothing: tuple[Inventory, ...] = ()
    passed: tuple[str, ...] = ()


def read(
    path: str, names: Sequence[str], settings: Settings, outside: Outside, locked: Collection[str] = (),
    *, in_tree: bool = False,
) -> Read:  # fmt: skip
    """Return what was read of the project in a folder; nothing at all where it holds none.

    `locked` are names of files that a lock in another folder locks. In a tree, folders below are looked into by
    themselves.
    """
    full: list[Inventory] = []
    nothing: list[Inventory] = []
    left: list[str] = list(names)
    while True:
        choice = folder.choose(path, left, settings, locked, in_tree=in_tree)
        found = [(file, _files(path, file, settings, outside)) for file in choice.read]
        nothing += [each for _, several in found for each in several if declares_nothing(each)]
        full += [each for _, several in found for each in several if not declares_nothing(each)]
        if full or not choice.read or settings.locked:
            break
        left = [name for name in left if name not in {file.name.partition(os.sep)[0] for file in choice.read}]
    passed = list(choice.passed)
    if full and not settings.locked:
        for file in _not_held(path, passed, choice.read, full):
            passed.remove(file)
            full += [each for each in _files(path, file, settings, outside) if not declares_nothing(each)]
        full = [_with_age(path, names, each) for each in full]
    return Read(tuple(full), tuple(nothing), (*(file.name for file in passed), *choice.hints))


def _files(path: str, file: File, settings: Settings, outside: Outside) -> list[Inventory]:
    where = os.path.normpath(os.path.join(path, file.name))
    if os.path.isfile(where):
        return kinds.read(file.kind, where, settings, outside)
    what = "is no file that can be read" if os.path.exists(where) else "is a link that leads nowhere"
    problem = Problem("unreadable", what, Place(where), "remove it, or put a file in its place", where)
    return [Inventory(where, file.kind, problems=(problem,))]


def declares_nothing(inventory: Inventory) -> bool:
    """Return whether this is a manifest or requirements file that was understood, and asks for nothing."""
    if inventory.kind not in {*kinds.MANIFESTS, "requirements"} or inventory.dependencies:
        return False
    return all(problem.gap == "empty" for problem in inventory.problems)


def _not_held(path: str, passed: Sequence[File], chosen: Sequence[File], found: Sequence[Inventory]) -> list[File]:
    """Return the manifests that requirements files passed over, and that need what those do not hold."""
    if any(file.kind in _LOCKS or file.kind == "pixi.lock" for file in chosen):
        return []
    held = {each.pin.name for inventory in found for each in inventory.dependencies}
    behind = [file for file in passed if file.kind in _BEHIND_REQUIREMENTS]
    return [file for file in behind if not _needed(os.path.join(path, file.name)) <= held]


def _needed(path: str) -> set[str]:
    """Return the normalised names that a manifest needs at run time."""
    from pip_assay.sources import manifests

    return {root.name for root in manifests.read(path).roots if root.group == "runtime" and root.name}


def _with_age(path: str, names: Collection[str], lock: Inventory) -> Inventory:
    """Return a lock's inventory with a problem for each thing that the pyproject.toml beside it asks for in vain."""
    if lock.kind not in _LOCKS or "pyproject.toml" not in names or not lock.dependencies:
        return lock
    from pip_assay.sources.locks import beside

    groups = beside.starts(lock.target) or {}
    if lock.kind == "pylock":
        groups = {"runtime": groups.get("runtime", [])}
    elif lock.kind == "pdm.lock" and lock.groups:
        groups = {group: asks for group, asks in groups.items() if group in lock.groups}
    asked = {name for asks in groups.values() for name, _ in asks if ":" not in name}
    missing = sorted(asked - {each.pin.name for each in lock.dependencies})
    manifest = _text(os.path.join(path, "pyproject.toml"))
    written = {normalise(name) for name in re.findall(r"""(?m)^name *= *["']([^"']+)""", _text(lock.target))}
    problems = [_older(name, lock) for name in missing if name not in written and not _may_be_false(name, manifest)]
    return lock._replace(problems=(*lock.problems, *problems)) if problems else lock


def _may_be_false(name: str, manifest: str) -> bool:
    """Return whether the manifest asks for it under a marker: one that never holds leaves it out of the lock."""
    spelled = re.escape(name).replace(r"\-", "[-_.]")
    specifier = rf"""["']\s*{spelled}\b[^"'\n]*;"""
    poetry = rf"""^\s*["']?{spelled}["']?\s*=.*\b(?:markers|python|platform)\b"""
    return re.search(f"(?im){specifier}|{poetry}", manifest) is not None


def _older(name: str, lock: Inventory) -> Problem:
    what = f"pyproject.toml asks for {name}, which the lock does not hold: it may be older than that"
    return Problem("missing", what, Place(lock.target), "lock again", name)


def _text(path: str) -> str:
    from pip_assay import files
    from pip_assay.errors import Unreadable

    try:
        return files.read_bytes(path).decode("utf-8", "replace")
    except Unreadable:
        return ""
