"""Every folder of a tree that may hold a target, and what of the tree is not looked into.

Environments, version control, caches and other people's code (`node_modules`, vendored trees) are left out, and said to
be. Links to folders are not followed, so that no folder comes twice.
"""

import os
import re
from collections.abc import Iterator

from pip_assay.model import LeftOut, Place, Problem
from pip_assay.targets import folder
from pip_assay.values import NamedTuple

OTHERS_CODE = frozenset(
    {"node_modules", "bower_components", "vendor", "_vendor", "vendored", "third_party", "third-party"}
)
TOOLS_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".tox", ".nox", ".eggs", ".cache", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        ".idea", ".vscode", ".ipynb_checkpoints", "__pycache__", ".pixi", ".hatch",
    }
)  # fmt: skip
INSTALLED = frozenset({"site-packages", "dist-packages"})

_MEMBER = re.compile(rb'^source = \{ (?:editable|virtual|directory) = "([^"\n]*)" \}', re.MULTILINE)


class Folder(NamedTuple):
    """A folder that holds files which may be targets; what it holds is listed again when it is read.

    locked  those of its files that a lock of a folder above locks: the manifest of a workspace's member.
    """

    path: str
    locked: frozenset[str] = frozenset()


def search(top: str) -> Iterator[Folder | LeftOut | Problem]:
    """Yield the folders of the tree that hold files of a known kind, sorted; what is left out; what cannot be read."""
    members: set[str] = set()
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            with os.scandir(path) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            what = f"cannot be listed ({(error.strerror or str(error)).lower()})"
            yield Problem("unreadable", what, Place(path), "check its permissions", path)
            continue
        names = [entry.name for entry in entries]
        if path != top and "pyvenv.cfg" in names:
            yield LeftOut(path, "virtual environment")
            continue
        if path != top and "conda-meta" in names:
            yield LeftOut(path, "conda environment")
            continue
        if "uv.lock" in names:
            members |= _members(path)
        if folder.may_hold(path, names):
            locked = frozenset({"pyproject.toml"}) if os.path.normpath(path) in members else frozenset()
            yield Folder(path, locked)
            for name in sorted(locked.intersection(names)):
                yield LeftOut(os.path.normpath(os.path.join(path, name)), "locked by the uv.lock of its workspace")
        below, left_out = _below(entries)
        yield from left_out
        waiting += reversed(below)


def _below(entries: list["os.DirEntry[str]"]) -> tuple[list[str], list[LeftOut | Problem]]:
    """Return the folders to look into, and those that are left out or cannot be looked at."""
    below: list[str] = []
    left_out: list[LeftOut | Problem] = []
    for entry in entries:
        try:
            is_folder, is_link = entry.is_dir(), entry.is_symlink()
            path = entry.path.removeprefix(f".{os.sep}")
        except OSError as error:
            what = f"cannot be looked at ({(error.strerror or str(error)).lower()})"
            left_out.append(Problem("unreadable", what, Place(entry.path), "check its permissions", entry.path))
            continue
        if not is_folder or entry.name in TOOLS_FOLDERS:
            continue
        if is_link:
            left_out.append(LeftOut(path, "link to a folder"))
        elif entry.name in OTHERS_CODE:
            left_out.append(LeftOut(path, "code of others"))
        elif entry.name in INSTALLED:
            left_out.append(LeftOut(path, "installed packages"))
        else:
            below.append(path)
    return below, left_out


def _members(path: str) -> set[str]:
    """Return the folders of a workspace's members, as its uv.lock names them; their manifests are locked by it."""
    from pip_assay import files
    from pip_assay.errors import Unreadable

    try:
        content = files.read_bytes(os.path.join(path, "uv.lock"))
    except Unreadable:
        return set()
    found = {place.decode("utf-8", "replace") for place in _MEMBER.findall(content)} - {"."}
    return {os.path.normpath(os.path.join(path, place)) for place in found}
