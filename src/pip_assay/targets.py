"""Which source reads which target, and which target is meant when nobody names one.

The rule for a folder (docs/targets.md): an environment is an environment; a project's locks beat its requirements
files, which beat its pyproject.toml. What is there and not read is named in `because`, never left out in silence.
"""

import os
from collections.abc import Callable, Iterable, Sequence

from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Inventory, Place, Problem
from pip_assay.settings import Outside, Settings
from pip_assay.values import NamedTuple


class Source(NamedTuple):
    """One kind of file: whether a file's name is of that kind, and how such a file is read."""

    kind: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Settings, Outside], Inventory]


def _is_uv_lock(name: str) -> bool:
    return name == "uv.lock" or name.endswith(".py.lock")


def _is_pylock(name: str) -> bool:
    """Return whether the name is a PEP 751 lock's: pylock.toml or pylock.NAME.toml, the name without a dot."""
    first, *middle, last = name.split(".") if "." in name else (name, "")
    return (first, last) == ("pylock", "toml") and (not middle or (len(middle) == 1 and bool(middle[0])))


def _is_requirements(name: str) -> bool:
    return name.endswith((".txt", ".in")) or name == "-"


def _uv_lock(path: str, _: Settings, __: Outside) -> Inventory:
    from pip_assay.sources import uv_lock

    return uv_lock.read(path)


def _pylock(path: str, _: Settings, __: Outside) -> Inventory:
    from pip_assay.sources import pylock

    return pylock.read(path)


def _pyproject(path: str, settings: Settings, outside: Outside) -> Inventory:
    from pip_assay import install

    return install.pyproject(path, settings, outside)


def _requirements(path: str, settings: Settings, outside: Outside) -> Inventory:
    from pip_assay import install

    return install.requirements((path,), settings, outside)


SOURCES = (
    Source("uv.lock", _is_uv_lock, _uv_lock),
    Source("pylock", _is_pylock, _pylock),
    Source("pyproject", "pyproject.toml".__eq__, _pyproject),
    Source("requirements", _is_requirements, _requirements),
)


OTHERS = (
    "poetry.lock", "pdm.lock", "Pipfile.lock", "Pipfile", "pixi.lock", "conda-lock.yml", "environment.yml", "setup.cfg",
    "setup.py",
)  # fmt: skip
"""Files that say what a project needs, in forms that this release does not read. They are named, never passed over."""


def read(settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what was found in every target that the settings name, in the order in which they were named."""
    found: list[Inventory] = []
    if settings.paths:
        from pip_assay.sources import environment

        found.append(environment.read_paths(settings.paths, skip_editable=settings.skip_editable))
    if settings.python:
        found.append(_environment(settings.python, settings))
    if settings.requirements:
        from pip_assay import install

        found.append(install.requirements(settings.requirements, settings, outside))
    for target in settings.targets:
        found += _target(target, settings, outside)
    if not (settings.paths or settings.python or settings.requirements or settings.targets):
        found.append(_default(settings, outside))
    return found


def failed(target: str, kind: str, gap: Gap, what: str, hint: str) -> Inventory:
    """Return the inventory of a target that could not be read at all: one problem."""
    return Inventory(target, kind, problems=(Problem(gap, what, Place(target), hint, target),))


def _default(settings: Settings, outside: Outside) -> Inventory:
    from pip_assay.sources import environment, locate

    chosen = locate.default(outside.environ, outside.folder)
    return environment.read(chosen, local=settings.local, skip_editable=settings.skip_editable)


def _environment(path: str, settings: Settings) -> Inventory:
    from pip_assay.sources import environment, locate

    try:
        chosen = locate.at(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.exists(path) else "missing"
        return failed(path, "environment", gap, error.what, error.hint)
    return environment.read(chosen, local=settings.local, skip_editable=settings.skip_editable)


def _target(target: str, settings: Settings, outside: Outside) -> list[Inventory]:
    if os.path.isdir(target):
        return _folder(target, settings, outside)
    for source in SOURCES:
        if source.recognises(os.path.basename(target)):
            return [source.read(target, settings, outside)]
    if os.path.basename(target).lower().startswith(("python", "pypy")):
        return [_environment(target, settings)]
    if not os.path.exists(target):
        return [failed(target, "target", "missing", "does not exist", "check the path")]
    known = "a uv.lock, pylock.toml, requirements file, pyproject.toml, environment or project folder"
    return [
        failed(target, "target", "unreadable", "is not a kind of file that pip-assay knows by its name",
               f"name {known}, or read it as requirements with -r {target}")
    ]  # fmt: skip


def _folder(folder: str, settings: Settings, outside: Outside) -> list[Inventory]:
    if os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
        return [_environment(folder, settings)]
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        return [
            failed(folder, "project", "unreadable", f"cannot be listed ({error.strerror})", "check its permissions")
        ]
    return _project(folder, names, settings, outside) or [_other_folder(folder, settings)]


def _project(folder: str, names: Sequence[str], settings: Settings, outside: Outside) -> list[Inventory]:
    """Return the inventories of the project in a folder; none when the folder holds no project."""
    locks = [name for name in names if name == "uv.lock" or _is_pylock(name)]
    if settings.locked:
        locks = [name for name in locks if _is_pylock(name)]
        if not locks:
            return [failed(folder, "pylock", "empty", "holds no pylock.toml", "drop --locked, or make one")]
    requirements = _requirements_files(folder, names)
    manifest = ["pyproject.toml"] if "pyproject.toml" in names else []
    foreign = [name for name in names if name in OTHERS and "lock" in name]
    for chosen, passed in ((locks, requirements + manifest + foreign), (requirements, manifest), (manifest, [])):
        if chosen:
            because = _because(folder, passed)
            paths = (os.path.normpath(os.path.join(folder, name)) for name in chosen)
            found = [_file(path, settings, outside)._replace(because=because) for path in paths]
            return found if locks else found + _unread(folder, [name for name in names if name in OTHERS])
    return _unread(folder, [name for name in names if name in OTHERS])


def _unread(folder: str, names: Sequence[str]) -> list[Inventory]:
    """Return an inventory that says which files of a project could not be read; none where there are none."""
    hint = "export it as requirements or pylock.toml, or audit the environment that it is installed in"
    return [
        failed(os.path.normpath(os.path.join(folder, name)), "project", "unreadable",
               "is in a form that this release of pip-assay does not read", hint)
        for name in names
    ]  # fmt: skip


def _file(path: str, settings: Settings, outside: Outside) -> Inventory:
    name = os.path.basename(path)
    return next(source for source in SOURCES if source.recognises(name)).read(path, settings, outside)


def _requirements_files(folder: str, names: Iterable[str]) -> list[str]:
    """Return a folder's requirements files: *requirements*.txt, and the .txt files of a folder "requirements"."""
    found = [name for name in names if "requirements" in name and name.endswith(".txt")]
    inner = os.path.join(folder, "requirements")
    if os.path.isdir(inner):
        found += [os.path.join("requirements", name) for name in sorted(os.listdir(inner)) if name.endswith(".txt")]
    return [name for name in found if os.path.isfile(os.path.join(folder, name))]


def _because(folder: str, passed: Sequence[str]) -> str:
    """Return why a file of a folder was chosen, and what was therefore not read."""
    where = "this folder" if folder in (".", "./") else folder
    beside = f" ({' and '.join(passed)} beside it not read)" if passed else ""
    return f"of {where}{beside}"


def _other_folder(folder: str, settings: Settings) -> Inventory:
    found = _environment(folder, settings)
    if found.dependencies:
        return found
    return failed(
        folder, "project", "empty", "holds nothing to audit: no lock, requirements file, pyproject.toml or environment",
        "name another folder, a file, or an environment",
    )  # fmt: skip
