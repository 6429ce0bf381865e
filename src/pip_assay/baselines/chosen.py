"""Which files of a commit an audit of some targets may read: few of them, whatever the size of the repository."""

import os
import re
from collections.abc import Collection, Iterable
from posixpath import basename, dirname, join, normpath

from pip_assay.targets import folder, kinds, tree
from pip_assay.values import NamedTuple

_WORD = re.compile(rb"""[^\s"'=<>,;:\[\]()#]+""")
_NOT_READ = ("archive", "tar", "standard input")
_NAMING = ("", "requirements", *(kind for kind in kinds.MANIFESTS if kind != "script"))
"""Kinds of files that may name other files: requirements that include others, manifests whose parts stand elsewhere."""

_PASSED = tree.OTHERS_CODE | tree.TOOLS_FOLDERS | tree.INSTALLED
"""Folders of a tree that are not looked into."""

_SCRIPT = b"# /// script"
_SCRIPT_START = 64 * 1024


class Asked(NamedTuple):
    """What is asked for of a repository: paths from its top, "" for all of it.

    recursive  whether everything below is a target; `hints` whether Dockerfiles and notebooks are.
    """

    paths: tuple[str, ...]
    recursive: bool = False
    hints: bool = False


def first(asked: Asked, files: Collection[str]) -> set[str]:
    """Return the files that are asked for, and those of their folders that are of a kind that is read."""
    named = {path for path in asked.paths if path in files}
    folders = {dirname(path) if path in named else path for path in asked.paths}
    return named | {path for path in files if matters(path, folders, asked)}


def matters(path: str, folders: Iterable[str], asked: Asked) -> bool:
    """Return whether a file lies in one of the folders, and may be a target by its name; what is no text is none."""
    if not _is_in(path, folders, asked.recursive):
        return False
    name = basename(path)
    kind = kinds.of_name(name)
    if kind in _NOT_READ or (kind in folder.HINTS and not asked.hints):
        return False
    return folder.may_hold(dirname(path).replace("/", os.sep) or ".", (name,))


def _is_in(path: str, folders: Iterable[str], recursive: bool) -> bool:
    """Return whether a path lies in one of the folders; or in one called "requirements" there, at any depth."""
    for each in folders:
        start = f"{each}/" if each else ""
        above, _, _ = path.removeprefix(start).rpartition("/")
        if path.startswith(start) and (not above or (_is_looked_into(above) if recursive else _is_of_it(above))):
            return True
    return False


def _is_looked_into(above: str) -> bool:
    return _PASSED.isdisjoint(above.split("/"))


def _is_of_it(above: str) -> bool:
    return f"{above}/".startswith("requirements/")


def named_in(path: str, content: bytes, files: Collection[str], names: Collection[str]) -> set[str]:
    """Return the files that the content of another may name, relative to where that is. `names` are of all files.

    Every word that is a file's path counts: what is taken too much is read by nobody.
    """
    if kinds.of_name(basename(path)) not in _NAMING:
        return set()
    words = {os.fsdecode(word) for word in _WORD.findall(content) if os.fsdecode(word.rpartition(b"/")[2]) in names}
    return {found for word in words if (found := normpath(join(dirname(path), word))) in files}


def is_kept(path: str, content: bytes, asked: Asked) -> bool:
    """Return whether a file is worth writing: of Python files, those that may declare dependencies."""
    if path in asked.paths or kinds.of_name(basename(path)) != "script":
        return True
    return _SCRIPT in content[:_SCRIPT_START]
