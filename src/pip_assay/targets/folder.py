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
    """What of a folder is read, in the order of the report; what is therefore not; the names of mere hints."""

    read: tuple[File, ...] = ()
    passed: tuple[File, ...] = ()
    hints: tuple[str, ...] = ()


def choose(
    folder: str, names: Sequence[str], settings: Settings, locked: Collection[str] = (), *, in_tree: bool = False
) -> Choice:
    """Return what of the folder is read.

    `locked` are names whose lock lies in another folder (a workspace's). In a tree, a folder "requirements" is looked
    into by itself, and not from above.
    """
    found = [file for name in names if (file := _file(folder, name))]
    found += [] if in_tree else _in_requirements_folder(folder, names)
    hints = [] if settings.hints else [file.name for file in found if file.kind in HINTS]
    found = [file for file in found if file.name not in hints]
    there = {file.kind for file in found}
    compiled = {file.name for file in found}
    if settings.locked:
        chosen = [file for file in found if file.kind == "pylock"]
    else:
        chosen = [
            file
            for file in found
            if there.isdisjoint(BEATEN_BY.get(file.kind, ()))
            and not (file.kind == "script" and f"{file.name}.lock" in compiled)
            and not (file.name.endswith(".in") and f"{file.name.removesuffix('.in')}.txt" in compiled)
            and file.kind != "constraints"
            and file.name not in locked
        ]
    chosen.sort(key=lambda file: (_ORDER.get(file.kind, len(_ORDER)), file.name))
    return Choice(tuple(chosen), tuple(file for file in found if file not in chosen), tuple(hints))


def may_hold(folder: str, names: Collection[str]) -> bool:
    """Return whether a folder with these names may hold something that is read; its files are not looked at."""
    if "oci-layout" in names or "PEX-INFO" in names:
        return True
    in_requirements = _is_of_requirements(folder)
    return any(
        _kind(name, in_requirements) or ("sbom" in name.lower() and name.endswith((".json", ".xml"))) for name in names
    )


def _is_of_requirements(folder: str) -> bool:
    """Return whether the folder is one called "requirements", or below one."""
    return "requirements" in os.path.normpath(folder).split(os.sep)


def _kind(name: str, in_requirements: bool) -> str:
    """Return the kind that a file of a folder is of by its name alone; empty where it is none that is looked for."""
    kind = kinds.of_name(name)
    if kind in {"", "json", "xml", "tar", "standard input"}:
        return ""
    if kind == "requirements":
        lowered = name.lower()
        if "constraint" in lowered and lowered.endswith(".txt"):
            return "constraints"
        return kind if "requirements" in lowered or in_requirements else ""
    return kind


def _file(folder: str, name: str) -> File | None:
    """Return the file if it is a target; a script is one if it declares dependencies."""
    path = os.path.join(folder, name)
    kind = _kind(name, _is_of_requirements(folder))
    if "sbom" in name.lower() and name.endswith((".json", ".xml")):
        kind = kind or of_content(path)
    if (kind == "archive" and not name.endswith((".pex", ".pyz"))) or (kind == "script" and not _declares(path)):
        return None
    if kind == "environment.yml" and not name.startswith("environment.y") and not _is_conda(path):
        return None
    # What has the name of a target and is no file is a problem, said by whoever reads it.
    return File(name, kind) if kind and (kind != "script" or os.path.isfile(path)) else None


def _is_conda(path: str) -> bool:
    from pip_assay import files
    from pip_assay.errors import Unreadable
    from pip_assay.sources.conda import environment_yml

    try:
        return environment_yml.is_one(files.read_start(path))
    except Unreadable:
        return False


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
    """Yield the requirements files in a folder "requirements" and below it, a common place for them."""
    if "requirements" not in names:
        return
    closed: list[OSError] = []
    for above, folders, listed in os.walk(os.path.join(folder, "requirements"), onerror=closed.append):
        folders.sort()
        for name in sorted(listed):
            if _kind(name, True) in {"requirements", "constraints"}:
                path = os.path.relpath(os.path.join(above, name), folder)
                yield File(path, _kind(name, True))
    for error in closed:
        if not isinstance(error, NotADirectoryError):
            yield File(os.path.relpath(str(error.filename), folder), "requirements")


def is_wheelhouse(names: Iterable[str]) -> bool:
    """Return whether a folder holds distributions, which `pip download` or a build has left there."""
    return any(name.endswith(".whl") for name in names)
