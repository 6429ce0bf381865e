"""The distributions whose metadata an archive holds, and which of them are among another one's files."""

import os
import re
from collections.abc import Iterable

from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Inventory, Origin, Pin, Place, Problem
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.installed.distribution import READERS, Folder, Found
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.archive.contents import Contents

_BUNDLED = Origin("bundled")
_LEFTOVERS = ("~", "-")  # as in an environment: what pip was about to remove
_METADATA = re.compile(r"(?:(.*?)/)??([^/]+\.(?:dist-info|egg-info|egg)|EGG-INFO)(?:/|$)", re.IGNORECASE | re.DOTALL)
_RECORDED = re.compile(
    rb'^"?([^",\r\n]+?/[^"/,\r\n]+(?:\.dist-info/METADATA|\.egg-info/PKG-INFO|\.egg|\.egg/EGG-INFO/PKG-INFO|\.whl))"?,',
    re.MULTILINE,
)
_FILE_OF = re.compile(r"/(?:METADATA|PKG-INFO|EGG-INFO/PKG-INFO)$")


class Parts(NamedTuple):
    """What tells of distributions: metadata folders, by the folder that they are in, and wheels. All are sorted."""

    folders: dict[str, list[str]]
    wheels: list[str]


def parts(names: Iterable[str]) -> Parts:
    """Return what tells of distributions among the names of an archive's files."""
    folders: dict[str, set[str]] = {}
    wheels = []
    for name in names:
        if found := _METADATA.match(name):
            if not found[2].startswith(_LEFTOVERS):
                folders.setdefault(found[1] or "", set()).add(found[2])
        elif name.endswith(".whl"):
            wheels.append(name)
    return Parts({folder: sorted(folders[folder]) for folder in sorted(folders)}, sorted(wheels))


def is_egg(entry: str) -> bool:
    """Return whether a metadata folder is an egg; those in a distribution are data of its tests, as in setuptools."""
    return entry.lower().endswith(".egg")


def read(contents: "Contents", folder: str, entry: str) -> Found:
    """Return the distribution whose metadata folder, or file, is `entry`; the name of EGG-INFO is that of its egg."""
    stem, _, kind = entry.rpartition(".")
    if not stem:
        stem = os.path.basename(joined(contents.shown, folder)).removesuffix(".egg")
    where = Folder(joined(contents.root, folder), joined(contents.shown, folder), tree=contents.tree)
    found = READERS[kind.lower()](where, entry, stem)
    return found._replace(problems=tuple(problem._replace(hint=HINT) for problem in found.problems))


def joined(above: str, below: str) -> str:
    """Return a path below another one; either may be empty."""
    return os.path.join(above, *below.split("/")) if below else above


def carried(found: Found, carrier: Pin) -> Found:
    """Return what was found as a part of the carrier's files, or of what the carrier carries."""
    one = found.dependency
    return found._replace(dependency=one._replace(direct=False, origin=_BUNDLED, inside=one.inside or carrier))


def recorded(contents: "Contents", folder: str, entry: str) -> set[str]:
    """Return the metadata folders, eggs and wheels that a distribution's RECORD lists below its own packages."""
    above = f"{folder}/" if folder else ""
    try:
        content = contents.tree.start(joined(contents.root, f"{above}{entry}/RECORD"))
    except Unreadable:  # many tools leave it out to save space
        return set()
    return {above + _FILE_OF.sub("", path.decode("utf-8", "replace")) for path in _RECORDED.findall(content)}


def failed(target: str, kind: str, path: str, error: Unreadable) -> Inventory:
    """Return the inventory of an archive that cannot be read at all."""
    gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
    return Inventory(target, kind, problems=(Problem(gap, error.what, Place(path), error.hint or HINT, target),))


def inventory(
    target: str, kind: str, path: str, found: Iterable[Found], problems: Iterable[Problem] = (), detail: str = ""
) -> Inventory:
    """Return what was found in the archive at `path`, sorted; that nothing was is a problem."""
    every = list(found)
    wrong = [*problems, *(problem for one in every for problem in one.problems)]
    if not every and not wrong:
        what = "holds no distribution: no *.dist-info, PKG-INFO or wheel is in it"
        wrong.append(Problem("empty", what, Place(path), "name a wheel, an sdist, a pex or a zipapp", target))
    listed = sorted((one.dependency for one in every), key=lambda one: (one.pin.name, one.pin.version, one.place))
    return Inventory(target, kind, tuple(listed), tuple(wrong), detail)
