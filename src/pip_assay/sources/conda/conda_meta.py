"""conda-meta/ of an environment (CEP 32): one record for each conda package in it.

A Python package that conda installed has its metadata in site-packages too, where `environment` reads it as the release
of the index's project that it is. What is left for this reader is what has none there: libraries, programs, Python.
"""

import os
import re

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import UNCOVERED, Dependency, Inventory, Pin, Place, Problem
from pip_assay.sources.conda.entries import CONDA
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pip_assay.sources.installed.tree import Tree

KIND = "conda"
FOLDER = "conda-meta"
HINT = "install it again with conda"

_FILE_NAME = re.compile(r"(.+)-([^-]+)-[^-]+\.json")
_METADATA = re.compile(r"(?:lib/[^/]+|Lib)/site-packages/[^/]+\.(?:dist-info/METADATA|egg-info(?:/PKG-INFO)?)")
_END = re.compile(rb'\.(?:dist-info/METADATA|egg-info(?:/PKG-INFO)?)"')
_LONGEST = 1024


def is_environment(prefix: str, tree: "Tree" = DISK) -> bool:
    """Return whether a folder is a conda environment: CEP 32 has each keep a history."""
    return tree.has(os.path.join(prefix, FOLDER, "history"))


def read_meta(prefix: str, *, target: str = "", tree: "Tree" = DISK) -> Inventory:
    """Return the conda packages of an environment that no metadata in site-packages speaks of, sorted by name."""
    folder = os.path.join(prefix, FOLDER)
    target = target or prefix
    try:
        names = sorted(name for name in tree.names(folder) if name.endswith(".json") and not name.startswith("."))
    except (OSError, ValueError) as error:
        what = f"cannot be read ({files.reason(error)})"
        return Inventory(target, KIND, problems=(Problem("unreadable", what, Place(folder), "check the path", target),))
    problems: list[Problem] = []
    found = []
    for name in names:
        path = os.path.join(folder, name)
        content = _content(path, tree, problems)
        if content and any(tree.has(os.path.join(prefix, *inside.split("/"))) for inside in _metadata(content)):
            continue
        spelling, version = _release(content, path, name, problems)
        if spelling:
            pin = Pin(CONDA, spelling.lower(), version)
            found.append(Dependency(pin, Place(path), skipped=UNCOVERED, spelling=spelling))
    if not names:
        problems.append(Problem("empty", "holds no record of a package", Place(folder), "name another folder", target))
    return Inventory(target, KIND, tuple(sorted(found, key=lambda each: (each.pin, each.place))), tuple(problems))


def _content(path: str, tree: "Tree", problems: list[Problem]) -> bytes | None:
    try:
        return files.read_bytes(path) if tree is DISK else tree.start(path)
    except Unreadable as error:
        problems.append(Problem("unreadable", error.what, Place(path), HINT, os.path.basename(path)))
        return None


def _metadata(content: bytes) -> "Iterator[str]":
    """Yield the paths in a record at which `environment` would find the metadata of a Python distribution.

    A path that is written with an escape is not found, and its package is listed: too much is said, nothing left out.
    """
    for end in _END.finditer(content):
        start = content.rfind(b'"', max(end.start() - _LONGEST, 0), end.start()) + 1
        path = os.fsdecode(content[start : end.end() - 1])
        if _METADATA.fullmatch(path):
            yield path


def _release(content: bytes | None, path: str, name: str, problems: list[Problem]) -> tuple[str, str]:
    """Return the name and version of a record: what the name of its file says, where the content does not deny it.

    conda itself refuses a record whose file is not called NAME-VERSION-BUILD.json, and most of a record is lists of
    files, which take long to parse. A record that cannot be read is a problem.
    """
    found = _FILE_NAME.fullmatch(name)
    named = (found[1], found[2]) if found else ("", "")
    if content is None or len(content) == files.START_LIMIT:
        return named
    if found and f'"{name.removesuffix("json")}'.encode() in content:  # its "fn" says so
        return named
    record = bounded_json.read(content, path, HINT)
    if isinstance(record, Problem):
        problems.append(record)
        return named
    fields = record if isinstance(record, dict) else {}
    spelling, version = fields.get("name"), fields.get("version")
    if isinstance(spelling, str) and spelling and isinstance(version, str):
        return spelling, version
    problems.append(Problem("unreadable", "is no record of a conda package", Place(path), HINT, name))
    return named
