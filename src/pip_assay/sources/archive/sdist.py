"""An sdist: the release that its PKG-INFO states; it is never built (source distribution format)."""

import re

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import PYPI, Dependency, Inventory, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.archive import inside, named, tar
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.archive.wheel import requirements_left_out
from pip_assay.sources.installed import metadata
from pip_assay.sources.installed.distribution import NO_VERSION, Found
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from pip_assay.sources.archive.contents import Zip

KIND = "sdist"
_CONDA = "is a conda package, whose metadata are not read"
_CONDA_HINT = "audit the environment that it is installed in"
CONDA_INDEX = "info/index.json"
_PKG_INFO = re.compile(r"(?:\./)*([^/]+(?<!\.egg-info)(?<!EGG-INFO)/)PKG-INFO")
_STATIC_SINCE = (2, 2)
_METADATA_VERSION = re.compile(rb"\nmetadata-version:[ \t]*([0-9]{1,9})\.([0-9]{1,9})")
_DYNAMIC = re.compile(rb"\ndynamic:[ \t]*requires-dist[ \t]*\r?(?:\n|$)")
_ONLY_BUILT = "what it requires is known only once it is built"


class Stated(NamedTuple):
    """What a PKG-INFO states. `requires` is None where only a build tells; `line` is that of the version."""

    name: str
    version: str
    line: int
    requires: tuple[str, ...] | None


def stated(content: bytes) -> Stated:
    """Return what a PKG-INFO states. Never raises.

    PEP 643: what it requires is certain from metadata version 2.2 on, unless it is said to be dynamic.
    """
    found = metadata.parse(content)
    header = b"\n" + re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0].lower()
    version = _METADATA_VERSION.search(header)
    is_static = version and (int(version[1]), int(version[2])) >= _STATIC_SINCE and not _DYNAMIC.search(header)
    return Stated(found.name, found.version, found.line, found.requires if is_static else None)


def in_zip(contents: "Zip") -> str:
    """Return the name of the PKG-INFO of an sdist that is a zip, with all in one folder; empty where it is no sdist."""
    found = next(filter(None, map(_PKG_INFO.fullmatch, contents.paths)), None)
    return found[0] if found and all(path.startswith(found[1]) for path in contents.paths) else ""


def read_zip(contents: "Zip", target: str) -> Inventory:
    """Return the release whose sdist a zip is."""
    name = in_zip(contents)
    try:
        return _read(contents.start(name), name, contents.shown, target, contents.problems)
    except Unreadable as error:
        return failed(contents.shown, target, error.what)


def read_tar(file: "IO[bytes]", path: str, target: str) -> Inventory:
    """Return the release whose sdist a tar is; the tar is read only up to its PKG-INFO."""
    try:
        name, content = _pkg_info(file)
    except Unreadable as error:
        return failed(path, target, error.what)
    if name == CONDA_INDEX:
        return conda(path, target)
    if not name:
        return inside.inventory(target, KIND, path, ())
    return _read(content, name, path, target)


def failed(path: str, target: str, fault: str) -> Inventory:
    """Return what the name of an sdist tells, which cannot be read."""
    found = named.found(path, named.of_sdist(path), fault)
    problems = () if found else (Problem("unreadable", fault, Place(path), HINT, target),)
    return inside.inventory(target, KIND, path, found, problems)


def conda(path: str, target: str) -> Inventory:
    """Return what is wrong with a conda package: it is another thing than it is taken for."""
    return Inventory(target, KIND, problems=(Problem("unreadable", _CONDA, Place(path), _CONDA_HINT, target),))


def _read(content: bytes, name: str, path: str, target: str, problems: "Iterable[Problem]" = ()) -> Inventory:
    told = stated(content)
    place = Place(inside.joined(path, name), told.line)
    likely = named.of_sdist(path)
    spelling, version = told.name or (likely[0][0] if likely else ""), told.version
    if not spelling:
        return failed(path, target, "states no name in its PKG-INFO")
    one = Dependency(
        Pin(PYPI, normalise(spelling), version), place, (), told.requires or (), True,
        skipped="" if version else NO_VERSION, spelling=spelling,
    )  # fmt: skip
    wrong = named.disagreement(path, likely, one)
    if not version:
        wrong += (Problem("unpinned", "has no version, so it was not audited", place, HINT, one.pin.name),)
    detail = _ONLY_BUILT if told.requires is None else requirements_left_out(len(told.requires))
    return inside.inventory(target, KIND, path, [Found(one, wrong)], problems, detail)


def _pkg_info(file: "IO[bytes]") -> tuple[str, bytes]:
    """Return the name and content of a tar's first PKG-INFO, or the name of a conda package's index; or nothing.

    Raises:
        Unreadable: the tar is damaged, passes a limit, or its PKG-INFO is no plain file.
    """
    archive = tar.Tar(file)
    conda = ""
    for member in archive:
        if files.unsafe_name(member.name):
            raise Unreadable("holds a file named outside of the archive, which no tool may unpack")
        if member.name == CONDA_INDEX:
            conda = member.name
        if _PKG_INFO.fullmatch(member.name) and member.kind != "folder":
            if member.kind != "file":
                raise Unreadable("holds a PKG-INFO that is a link, or no plain file")
            return member.name, archive.start(files.START_LIMIT)
    return conda, b""
