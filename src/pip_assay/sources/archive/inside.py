"""The distributions whose metadata an archive holds, and which of them are among another one's files."""

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Gap, Inventory, Origin, Pin, Place, Problem
from pip_assay.sources.archive.contents import HINT, plain
from pip_assay.sources.bundled import record
from pip_assay.sources.installed.distribution import READERS, Folder, Found
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.archive.contents import Contents
    from pip_assay.sources.bundled import Reader

_BUNDLED = Origin("bundled")
_AGAIN = "install it again"
"""What is said of what is installed, and not of an archive."""

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
    """Return what has metadata beside those of the carrier, as a part of it."""
    one = found.dependency._replace(direct=False, origin=_BUNDLED, inside=carrier, known_by="metadata")
    return found._replace(dependency=one)


def with_carried(contents: "Contents", folder: str, entry: str, found: Found, reader: "Reader") -> list[Found]:
    """Return a distribution of a wheel, then what it carries, by the names of the wheel's files: a RECORD may lie.

    folder  that of the contents in which the wheel's files are; `entry` is its metadata's, empty where there are none.
    """
    from pip_assay.sources.bundled.nouns import Host

    paths = _below(contents.paths, folder)
    where, shown = joined(contents.root, folder), joined(contents.shown, folder)
    host = Host(found.dependency, where, shown, entry, contents.tree, tuple(paths[: record.MOST]))
    if len(paths) > record.MOST:
        what = f"holds more than {record.MOST:,} libraries, lists and copies; the rest was not looked at"
        found = found._replace(
            problems=(*found.problems, Problem("unreadable", what, Place(shown), HINT, found.dependency.pin.name))
        )
    return joint(found, reader.of_files(host))


def _below(paths: "Sequence[str]", folder: str) -> "Sequence[str]":
    """Return the paths in a folder and below it, as that sees them; the paths are sorted."""
    if not folder:
        return paths
    start, end = bisect_left(paths, f"{folder}/"), bisect_left(paths, f"{folder}0")  # "0" is what follows "/"
    return [path[len(folder) + 1 :] for path in paths[start:end]]


def joint(found: Found, inside: Iterable[Found]) -> list[Found]:
    """Return a distribution, with the problems of what it carries, then that."""
    problems, listed = list(found.problems), []
    for one, wrong in inside:
        problems += (problem._replace(hint=HINT if problem.hint == _AGAIN else problem.hint) for problem in wrong)
        if one.inside:
            listed.append(Found(one))
    return [found._replace(problems=tuple(problems)), *listed]


def recorded(contents: "Contents", folder: str, entry: str) -> set[str]:
    """Return the metadata folders, eggs and wheels that a distribution's RECORD lists below its own packages."""
    above = f"{folder}/" if folder else ""
    try:
        content = contents.tree.whole(joined(contents.root, f"{above}{entry}/RECORD"), record.LIMIT)
    except Unreadable:  # many tools leave it out to save space
        return set()
    return {above + _FILE_OF.sub("", plain(path.decode("utf-8", "replace"))) for path in _RECORDED.findall(content)}


def failed(target: str, kind: str, path: str, error: Unreadable) -> Inventory:
    """Return the inventory of an archive that cannot be read at all."""
    gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
    return Inventory(target, kind, problems=(Problem(gap, error.what, Place(path), error.hint or HINT, target),))


def inventory(
    target: str, kind: str, path: str, found: Iterable[Found], problems: Iterable[Problem] = (), detail: str = ""
) -> Inventory:
    """Return what was found in the archive at `path`: what is there by itself, sorted, then what that carries."""
    every = list(found)
    wrong = [*problems, *(problem for one in every for problem in one.problems)]
    if not every and not wrong:
        what = "holds no distribution: no *.dist-info, PKG-INFO or wheel is in it"
        wrong.append(Problem("empty", what, Place(path), "name a wheel, an sdist, a pex or a zipapp", target))
    return Inventory(target, kind, listed(one.dependency for one in every), tuple(wrong), detail)


def listed(every: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return what is there by itself, sorted, then what that carries, as it comes."""
    own: list[Dependency] = []
    inside: list[Dependency] = []
    for one in every:
        (inside if one.inside else own).append(one)
    own.sort(key=lambda one: (one.pin.name, one.pin.version, one.place))
    return (*own, *inside)
