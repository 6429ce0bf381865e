"""How much room the files of distributions take: those that RECORD lists, where they are; of archives, all in them.

Nothing is guessed: where nothing lists the files of a distribution, its size is not known.
"""

import csv
import io
import os
import posixpath
import re
import stat
from collections.abc import Iterable, Iterator
from itertools import islice

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Inventory
from pip_assay.pieces import Extent
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Protocol

    class _Files(Protocol):
        """Files by their paths, on the disk or in an archive."""

        is_archive: bool

        def below(self, folder: str, path: str) -> str:
            """Return the path of what is below a folder, or beside it; empty where it leads astray."""

        def size(self, path: str) -> int | None:
            """Return the bytes of a file; None where there is no file."""

        def content(self, path: str) -> bytes:
            """Return what is in a file.

            Raises:
                Unreadable: it is missing, or may not be read.
            """


MOST = 200_000
"""Files of one distribution that are measured; the largest real ones have some 30,000."""

_METADATA = ".dist-info/METADATA"
_PREFIX = re.compile(r"(?:\.\./){1,3}(?!\.\.(?:/|$))")
"""What leads from site-packages to scripts and data, in the environment's prefix."""

_RECORD_LIMIT = 32 * 1024 * 1024
_WHOLE = ("wheel", "egg", "sdist", "wheelhouse")
"""Kinds of targets in which each file is one distribution, and need not list what is in it."""


class Measured(NamedTuple):
    """The room that each dependency takes, in their order, and that of all files together, each counted once."""

    extents: tuple[Extent | None, ...]
    total: Extent | None


def measure(inventory: Inventory, folder: str, roots: Iterable[str] = ()) -> Measured:
    """Return what the dependencies of an inventory take on the disk, or unpacked where they are in an archive.

    folder  what relative places begin at.
    roots   unpacked file systems: links in them lead nowhere outside.
    """
    scale = _Scale(folder, tuple(roots), inventory.kind)
    extents = tuple(map(scale.extent, inventory.dependencies))
    own = [its for each, its in zip(inventory.dependencies, extents, strict=True) if its and not each.inside]
    total = Extent(sum(scale.seen.values()), len(scale.seen), sum(each.missing for each in own))
    return Measured(extents, total if own else None)


class _Scale:
    """Weighs one dependency after the other. `seen` holds the size of each file of distributions, by its path."""

    def __init__(self, folder: str, roots: tuple[str, ...], kind: str) -> None:
        self._folder = folder
        self._trees = [_Rooted(os.path.abspath(os.path.join(folder, root))) for root in roots]
        self._kind = kind
        self._archives: dict[str, _Archive | None] = {}
        self.seen: dict[str, int] = {}

    def extent(self, one: Dependency) -> Extent | None:
        """Return the room that a dependency takes; None where nothing tells which files it has."""
        where, path = self._parted(os.path.join(self._folder, one.place.file))
        held = self._archive(where) if path else self._on_disk(where)
        if held is None:
            return None
        path = path or where
        if path.endswith(_METADATA) and (rows := _listed(held, path)) is not None:
            folder = path.removesuffix(_METADATA).rpartition("/")[0]
            paths = [held.below(folder, row) for row in rows]
            astray = paths.count("")
            found = self._counted(held, where, set(filter(None, paths)))
            return found._replace(missing=found.missing + astray)
        if one.inside:
            size = held.size(path) if one.known_by == "file name" or path.endswith(".whl") else None
            return None if size is None else Extent(size, 1)
        if self._kind in _WHOLE and (archive := self._archive(where)):
            return self._counted(archive, where, archive.sizes)
        return None

    def _counted(self, held: "_Files", above: str, paths: Iterable[str]) -> Extent:
        sizes = {path: held.size(path) for path in paths}
        there = {path: size for path, size in sizes.items() if size is not None}
        self.seen |= {f"{above}/{path}" if held.is_archive else path: size for path, size in there.items()}
        return Extent(sum(there.values()), len(there), len(sizes) - len(there))

    def _parted(self, path: str) -> tuple[str, str]:
        """Return the path of an archive, and that of a file in it; or the whole path and "" where none is on it."""
        above = path
        while not os.path.lexists(above) and (shorter := os.path.dirname(above)) != above:
            above = shorter
        if above == path or not os.path.isfile(above):
            return path, ""
        return above, path[len(above) + 1 :].replace(os.sep, "/")

    def _archive(self, path: str) -> "_Archive | None":
        if self._kind == "environment":  # in an image, whose layers do not tell
            return None
        if path not in self._archives:
            try:
                self._archives[path] = _Archive(path)
            except Unreadable:  # which is a problem of the inventory
                self._archives[path] = None
        return self._archives[path]

    def _on_disk(self, path: str) -> "_Files":
        return next((tree for tree in self._trees if tree.is_above(path)), _DISK)


class _Disk:
    """The files of this machine."""

    is_archive = False

    def below(self, folder: str, path: str) -> str:
        """Return the path of what is below a folder, or beside it; empty where it leads astray."""
        return "" if _leads_astray(path) else os.path.normpath(os.path.join(folder, *path.split("/")))

    def size(self, path: str) -> int | None:
        """Return the bytes of a file; None where there is no file."""
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def content(self, path: str) -> bytes:
        """Return what is in a file."""
        return files.read_whole(path, _RECORD_LIMIT)


_DISK = _Disk()


class _Rooted(_Disk):
    """The files of an unpacked file system: what its links name outside of it is not there."""

    def __init__(self, root: str) -> None:
        self._named = os.path.join(root, "")
        self._root = os.path.join(os.path.realpath(root), "")
        self._folders: dict[str, bool] = {}

    def size(self, path: str) -> int | None:
        """Return the bytes of a file; None where there is no file."""
        return super().size(path) if self._holds(path) else None

    def content(self, path: str) -> bytes:
        """Return what is in a file."""
        if not self._holds(path):
            raise Unreadable("does not exist", path)
        return super().content(path)

    def is_above(self, path: str) -> bool:
        """Return whether a path is one of this file system, by its name."""
        return path.startswith(self._named)

    def _holds(self, path: str) -> bool:
        folder = os.path.dirname(path)
        if (known := self._folders.get(folder)) is None:
            known = self._folders[folder] = self._is_within(folder)
        return known and (not os.path.islink(path) or self._is_within(path))

    def _is_within(self, path: str) -> bool:
        return os.path.join(os.path.realpath(path), "").startswith(self._root)


class _Archive:
    """A zip or a tar on the disk, as its own table says: what each file in it takes when it is unpacked.

    Raises:
        Unreadable: it is neither, is damaged, or passes a limit.
    """

    is_archive = True

    def __init__(self, path: str) -> None:
        self._path = path
        with files.opened(path) as file:
            self.sizes = dict(_of_tar(file) if _is_tar(path) else _of_zip(file))

    def below(self, folder: str, path: str) -> str:
        """Return the path of what is below a folder, or beside it; empty where it leads astray."""
        return "" if _leads_astray(path) else posixpath.normpath(f"{folder}/{path}" if folder else path)

    def size(self, path: str) -> int | None:
        """Return the bytes of a file; None where there is no file."""
        return self.sizes.get(path)

    def content(self, path: str) -> bytes:
        """Return what is in a file of a zip."""
        with files.opened(self._path) as file, files.open_zip(file) as archive:
            for info in archive.infolist():
                if info.filename == path:
                    return files.zip_start(archive, info, _RECORD_LIMIT)
        raise Unreadable("does not exist", path)


def _is_tar(path: str) -> bool:
    from pip_assay.sources.archive import named

    return path.lower().endswith(named.TARS)


def _of_zip(file: "IO[bytes]") -> Iterator[tuple[str, int]]:
    with files.open_zip(file) as archive:
        yield from ((info.filename, info.file_size) for info in archive.infolist() if not info.filename.endswith("/"))


def _of_tar(file: "IO[bytes]") -> Iterator[tuple[str, int]]:
    from pip_assay.sources.archive import tar

    yield from ((member.name, member.size) for member in tar.Tar(file) if member.kind == "file")


def _listed(held: "_Files", metadata: str) -> list[str] | None:
    """Return the files that the RECORD beside a METADATA lists; None where there is none, or it lists too many."""
    try:
        content = held.content(f"{metadata.removesuffix('METADATA')}RECORD")
    except Unreadable:
        return None
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline=""))
        listed = [row[0] for row in islice(rows, MOST + 1) if row]
    except csv.Error:  # a field longer than 131,072 characters
        return None
    return listed if len(listed) <= MOST else None


def _leads_astray(path: str) -> bool:
    """Return whether a path of a RECORD leads out of the environment: such files are not looked for."""
    return files.unsafe_name(_PREFIX.sub("", path.replace("\\", "/"), count=1))
