"""Python projects that a distribution has copied into its own files: by their metadata, by its lists, and as wheels."""

import os

from pip_assay.model import ACCEPTED, UNAUDITABLE, Dependency, Evidence, Place, Problem
from pip_assay.sources.bundled.carried import origin_of
from pip_assay.sources.installed.distribution import READERS, Folder, Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pip_assay.sources.bundled.nouns import Host
    from pip_assay.sources.bundled.record import Parts

MOST = 100
"""Copies with metadata, lists, and wheels that are read of one host; real ones have 20, 4 and 10."""


def read(host: "Host", parts: "Parts") -> list[Found]:
    """Return every copy that the host's files tell of, and what the wheels among its files carry themselves.

    First those with metadata of their own, then those of lists, then wheels; one that several tell of is there as
    often. A Found of the host itself brings problems that are of no copy. Not found are copies that nothing names:
    without metadata of their own, and in no list.
    """
    found = list(each_of(host, parts.copies, _copy))
    if parts.lists:
        from pip_assay.sources.bundled import listed

        # Of pip's two lists the one with lines comes first.
        found += each_of(host, sorted(parts.lists, key=lambda path: path.endswith(".json")), listed.read)
    if parts.wheels:
        from pip_assay.sources.bundled import embedded

        found += each_of(host, parts.wheels, embedded.reader())
    return [each for each in found if not _is_itself(host.dependency, each.dependency)]


def _is_itself(host: Dependency, one: Dependency) -> bool:
    """Return whether the host lists itself, as pip's bill of materials does: that is no copy of it."""
    return one.inside == host.pin and one.pin.name == host.pin.name


def each_of(host: "Host", paths: "Sequence[str]", read_one: "Callable[[Host, str], list[Found]]") -> "Iterator[Found]":
    """Yield what is found in each of the host's files, and that there are more than are read."""
    for path in paths[:MOST]:
        yield from read_one(host, path)
    if len(paths) > MOST:
        own = host.dependency
        what = f"comes after {MOST} files of its kind in {own.pin}; neither it nor the rest was read"
        place = Place(below(host.shown, paths[MOST]))
        yield Found(own, (Problem("unreadable", what, place, "look into them for what they hold", own.pin.name),))


def part_of(host: "Host", one: Dependency, known_by: Evidence) -> Dependency:
    """Return a dependency as a part of the host's files.

    What it requires is left out: the names there mean copies beside it, not what the environment has of that name.
    """
    own = host.dependency
    return one._replace(
        requires=(),
        direct=False,
        inside=own.pin,
        origin=origin_of(own),
        groups=own.groups,
        skipped=one.skipped if one.skipped in ("", *ACCEPTED) else UNAUDITABLE,
        known_by=known_by,
    )


def about(host: "Host", found: Found) -> Found:
    """Return the same with the host as what its problems are about: nobody can install the copy by itself."""
    name = host.dependency.pin.name
    return found._replace(problems=tuple(problem._replace(subject=name) for problem in found.problems))


def below(folder: str, path: str) -> str:
    """Return a path of a host as its tree has it, or as people see it, by the host's folder; that may be empty."""
    return os.path.join(folder, *path.split("/"))


def _copy(host: "Host", path: str) -> list[Found]:
    """Return what a copy's own metadata state; nothing where only RECORD still knows of it.

    `path` is .../X.dist-info/METADATA or .../X.egg-info/PKG-INFO.
    """
    above, _, entry = path.rpartition("/")[0].rpartition("/")
    stem, _, kind = entry.rpartition(".")
    reader = READERS.get(kind.lower())
    folder = Folder(below(host.folder, above), below(host.shown, above), tree=host.tree)
    if reader is None or not host.tree.is_folder(os.path.join(folder.path, entry)):
        return []
    found = about(host, reader(folder, entry, stem.strip() or entry))
    return [found._replace(dependency=part_of(host, found.dependency, "metadata"))]
