"""What of a folder is read: the documented rule (docs/targets.md).

A lock beats a manifest that it locks. Requirements files beat the project's own manifest, for they are what is
installed; a lock of the project beats them, for they are mostly exported from it. What an SBOM or an archive says of a
project is read where nothing else says it. Whatever is there and not read is named, never left out in silence.
"""

import os
from collections.abc import Collection, Iterable, Sequence

from pip_assay.settings import Settings
from pip_assay.targets import kinds
from pip_assay.values import NamedTuple

_PROJECT_LOCKS = ("uv.lock", "pylock", "poetry.lock", "pdm.lock")
_LOCKS = (*_PROJECT_LOCKS, "Pipfile.lock", "pixi.lock", "conda-lock")
_MANIFESTS = ("pyproject", "setup.cfg", "setup.py", "Pipfile", "environment.yml")

BEATEN_BY = {
    "requirements": (*_PROJECT_LOCKS, "Pipfile.lock"),
    "pyproject": (*_PROJECT_LOCKS, "pixi.lock", "requirements"),
    "setup.cfg": (*_PROJECT_LOCKS, "pixi.lock", "requirements"),
    "setup.py": (*_PROJECT_LOCKS, "pixi.lock", "requirements"),
    "Pipfile": ("Pipfile.lock",),
    "environment.yml": ("pixi.lock", "conda-lock"),
    "pixi.toml": ("pixi.lock",),
    "cyclonedx": (*_LOCKS, "requirements", *_MANIFESTS),
    "spdx": (*_LOCKS, "requirements", *_MANIFESTS),
    "archive": (*_LOCKS, "requirements", *_MANIFESTS, "cyclonedx", "spdx"),
}
"""What is not read where one of these is there. What is not named here is always read."""

_ORDER = {kind: number for number, kind in enumerate((*_LOCKS, "requirements", *_MANIFESTS, "script"))}
HINTS = ("dockerfile", "notebook")
"""Kinds that only hint at what is installed: they are read where that is asked for (--hints), or by their names."""

_SCRIPT_START = 64 * 1024


class File(NamedTuple):
    """A file of a folder, by its name in it, and its kind."""

    name: str
    kind: str


class Choice(NamedTuple):
    """What of a folder is read, in the order of the report, and the names of what is therefore not."""

    read: tuple[File, ...] = ()
    passed: tuple[str, ...] = ()


def choose(folder: str, names: Sequence[str], settings: Settings, locked: Collection[str] = ()) -> Choice:
    """Return what of the folder is read. `locked` are names whose lock lies in another folder (a workspace's)."""
    found = [file for name in names if (file := _file(folder, name))]
    found += _in_requirements_folder(folder, names)
    hints = [] if settings.hints else [file.name for file in found if file.kind in HINTS]
    found = [file for file in found if file.name not in hints]
    there = {file.kind for file in found}
    if settings.locked:
        chosen = [file for file in found if file.kind == "pylock"]
    else:
        locks = {file.name for file in found}
        chosen = [
            file
            for file in found
            if there.isdisjoint(BEATEN_BY.get(file.kind, ()))
            and not (file.kind == "script" and f"{file.name}.lock" in locks)
            and file.name not in locked
        ]
    chosen.sort(key=lambda file: (_ORDER.get(file.kind, len(_ORDER)), file.name))
    return Choice(tuple(chosen), (*(file.name for file in found if file not in chosen), *hints))


def _file(folder: str, name: str) -> File | None:
    """Return the file if its name alone says that it is a target; a script is one if it declares dependencies."""
    kind = kinds.of_name(name)
    if kind in {"json", "xml"} and "sbom" in name.lower():
        kind = of_content(os.path.join(folder, name))
    if kind in {"", "json", "xml", "tar", "standard input"}:
        return None
    if kind == "requirements" and not ("requirements" in name and name.endswith(".txt")):
        return None
    if kind == "archive" and not name.endswith((".pex", ".pyz")):
        return None
    path = os.path.join(folder, name)
    if kind == "script" and not _declares(path):
        return None
    return File(name, kind) if os.path.isfile(path) else None


def of_content(path: str) -> str:
    """Return the kind of a file by how it begins; empty where that does not tell."""
    from pip_assay import files
    from pip_assay.errors import Unreadable

    try:
        return kinds.of_content(files.read_start(path))
    except Unreadable:
        return ""


def _declares(path: str) -> bool:
    """Return whether a Python file holds a block of PEP 723; one that does says so near its start."""
    from pip_assay import files
    from pip_assay.errors import Unreadable

    try:
        return b"# /// script" in files.read_start(path)[:_SCRIPT_START]
    except Unreadable:
        return False


def _in_requirements_folder(folder: str, names: Collection[str]) -> Iterable[File]:
    """Yield the .txt files of a folder "requirements", a common place for them."""
    inner = os.path.join(folder, "requirements")
    if "requirements" in names and os.path.isdir(inner):
        try:
            listed = sorted(os.listdir(inner))
        except OSError:
            return
        for name in listed:
            if name.endswith(".txt") and os.path.isfile(os.path.join(inner, name)):
                yield File(os.path.join("requirements", name), "requirements")


def is_wheelhouse(names: Iterable[str]) -> bool:
    """Return whether a folder holds distributions, which `pip download` or a build has left there."""
    return any(name.endswith(".whl") for name in names)
