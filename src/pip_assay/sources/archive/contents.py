"""What an archive holds: the names of its files, and what is in them, within bounds. Nothing is written anywhere."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Place, Problem
from pip_assay.sources.bundled import record
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Protocol
    from zipfile import ZipFile, ZipInfo

    from pip_assay.sources.installed.tree import Tree

    class Contents(Protocol):
        """The files of one archive.

        shown     how the archive is named in places.
        root      what comes before these paths in `tree`.
        paths     of those files in the archive that may tell of distributions, and of what these carry, sorted; "/"
                  between the parts.
        problems  what is wrong with the archive as a whole; those who read it add to them.
        """

        shown: str
        root: str
        paths: list[str]
        problems: list[Problem]

        @property
        def tree(self) -> Tree:
            """Return what reads the files with metadata in them."""

        def opened(self, name: str) -> AbstractContextManager["Zip"]:
            """Return the zip that is one of the files.

            Raises:
                Unreadable: it is no zip, is damaged, too large, or too deep.
            """


HINT = "get or build it again"
_LISTS = (*(f"/{name}" for name in record.LISTS), ".cdx.json")
"""Ends of the names of what lists copies."""

METADATA_LIMIT = files.LIMIT
"""What is read of all metadata in one archive, and in the archives in it."""

FILE_LIMIT = 200_000
"""How many files an archive and the archives in it may hold together."""

NESTED_LIMIT = 256 * 1024 * 1024
NESTED_TOTAL_LIMIT = 1024 * 1024 * 1024
"""Of one archive in another, and of all of these, and the libraries, that are read whole."""

DEPTH = 2
"""A pex holds the wheel of virtualenv, which holds the wheel of pip; nothing real is deeper."""


class Shared:
    """What an archive and all that are in it have together: how much may still be read, and the problems.

    limit  bytes of metadata; METADATA_LIMIT where it is 0.
    """

    def __init__(self, limit: int = 0) -> None:
        self.files = FILE_LIMIT
        self.limit = self.metadata = limit or METADATA_LIMIT
        self.nested = NESTED_TOTAL_LIMIT
        self.problems: list[Problem] = []


class Zip:
    """A zip as a tree, of which only the files with metadata count; one is unpacked when it is asked for.

    Raises:
        Unreadable: it lists more than FILE_LIMIT files.
    """

    root = ""

    def __init__(self, archive: "ZipFile", shown: str, shared: Shared | None = None, depth: int = 0) -> None:
        self.shown = shown
        self._archive, self._shared, self._depth = archive, shared or Shared(), depth
        self._members: dict[str, ZipInfo] = {}
        self._shared.files -= len(archive.infolist())
        if self._shared.files < 0:
            raise Unreadable(f"holds more than {FILE_LIMIT:,} files", shown, "it was not read")
        outside = repeated = 0
        for info in archive.infolist():
            name = info.filename
            if name.endswith("/"):
                continue
            if _may_be_odd(name):
                if files.unsafe_name(name):
                    outside += 1
                    continue
                name = plain(name)
            if _matters(name):
                repeated += name in self._members
                self._members[name] = info
        self.paths = sorted(self._members)
        self.problems = self._shared.problems
        self.problems += _whole(shown, outside, repeated)
        self._folders: dict[str, set[str]] = {}
        for path in self.paths:
            above, _, name = path.rpartition("/")
            self._folders.setdefault(above, set()).add(name)
            above, _, name = above.rpartition("/")
            self._folders.setdefault(above, set()).add(name)

    @property
    def tree(self) -> "Tree":
        """Return what reads the files with metadata in them."""
        return self

    def names(self, path: str) -> list[str]:
        """Return the names in a folder with metadata, in no order.

        Raises:
            OSError: it is missing, or is not a folder.
        """
        if (names := self._folders.get(plain(path))) is None:
            raise FileNotFoundError(path)
        return list(names)

    def has(self, path: str) -> bool:
        """Return whether there is a file, or a folder with metadata."""
        return plain(path) in self._members or self.is_folder(path)

    def is_folder(self, path: str) -> bool:
        """Return whether there is a folder with metadata."""
        return plain(path) in self._folders

    def start(self, path: str, until: bytes = b"") -> bytes:
        """Return a file's content, at most files.START_LIMIT bytes of it.

        Raises:
            Unreadable: it is missing, cannot be unpacked, or more metadata than METADATA_LIMIT came before it.
        """
        del until  # a file that is read to its end has its checksum compared
        return self._read(path, files.START_LIMIT)

    def whole(self, path: str, limit: int = files.LIMIT) -> bytes:
        """Return a file's content.

        Raises:
            Unreadable: as `start`, or it is larger than `limit` bytes.
        """
        if len(content := self._read(path, limit + 1)) > limit:
            raise Unreadable(f"is larger than {files.size(limit)}", path, "it was not read")
        return content

    def _read(self, path: str, most: int) -> bytes:
        info = self._members.get(plain(path))
        if info is None:
            raise Unreadable("does not exist", path)
        size = min(info.file_size, most)
        if path.endswith(".whl") or record.LIBRARY.search(path):
            if size > self._shared.nested:
                raise Unreadable(
                    f"was not read: {files.size(NESTED_TOTAL_LIMIT)} of files like it come before it", path
                )
            self._shared.nested -= size
            return files.zip_start(self._archive, info, most)
        self._shared.metadata -= size
        if self._shared.metadata < 0:
            raise Unreadable(f"was not read: {files.size(self._shared.limit)} of metadata come before it", path)
        return files.zip_start(self._archive, info, most)

    @contextmanager
    def opened(self, name: str) -> "Iterator[Zip]":
        """Return the zip that is one of the files, read into memory.

        Raises:
            Unreadable: it is no zip, is damaged, too large, or too deep.
        """
        import io

        if self._depth >= DEPTH or self._shared.files < 0:
            raise Unreadable("is inside too many other archives, or comes after too many files", name)
        info = self._members[name]
        if info.file_size > min(NESTED_LIMIT, self._shared.nested):
            raise Unreadable("is too large to be read inside of an archive", name, "unpack the archive first")
        self._shared.nested -= info.file_size
        content = files.zip_start(self._archive, info, NESTED_LIMIT)
        with files.open_zip(io.BytesIO(content)) as archive:
            yield Zip(archive, f"{self.shown}/{name}", self._shared, self._depth + 1)


class Loose:
    """A folder with the files of an archive, as pex writes it with `--layout loose` and `packed`."""

    tree: "Tree" = DISK

    def __init__(self, path: str) -> None:
        self.shown = self.root = path
        self._shared = Shared()
        self.problems = self._shared.problems
        self.paths: list[str] = []
        faults: list[OSError] = []
        for folder, _, listed in os.walk(path, onerror=faults.append):
            inside = os.path.relpath(folder, path).replace(os.sep, "/")
            names = listed if inside == "." else [f"{inside}/{name}" for name in listed]
            self.paths += filter(_matters, names)
        self.paths.sort()
        for fault in faults:
            what = f"cannot be read ({files.reason(fault)})"
            place = Place(str(fault.filename))
            self.problems.append(Problem("unreadable", what, place, "check its permissions", path))

    @contextmanager
    def opened(self, name: str) -> Iterator[Zip]:
        """Return the zip that is one of the files.

        Raises:
            Unreadable: it is no zip, or is damaged.
        """
        path = os.path.join(self.root, name)
        with files.opened(path) as file, files.open_zip(file) as archive:
            yield Zip(archive, path, self._shared, 1)


def _may_be_odd(name: str) -> bool:
    """Return, at the least cost, whether a name must be looked at closely."""
    return ".." in name or "./" in name or "//" in name or "\\" in name or name[:1] == "/" or name[1:2] == ":"


def _matters(name: str) -> bool:
    """Return whether a file may tell of distributions and what they carry, or, in no folder, of the archive itself."""
    lowered = name.lower()
    return (
        ".dist-info" in lowered or ".egg" in lowered or "egg-info/" in lowered or "/" not in name
        or lowered.endswith((".whl", "/pkg-info", *_LISTS)) or record.LIBRARY.search(name) is not None
    )  # fmt: skip


def plain(name: str) -> str:
    """Return the name as it is listed here: "/" between its parts, none of which is empty or "."."""
    name = name.replace(os.sep, "/")
    if "//" in name or "./" in name or name[:1] == "/":
        return "/".join(part for part in name.split("/") if part not in {"", "."})
    return name


def _whole(shown: str, outside: int, repeated: int) -> Iterator[Problem]:
    """Yield what is wrong with a zip as a whole."""
    if outside:
        what = f"holds {outside} file{'s'[: outside > 1]} named outside of the archive, which no tool may unpack"
        yield Problem("unreadable", what, Place(shown), HINT, shown)
    if repeated:
        what = f"holds {repeated} file{'s'[: repeated > 1]} under the name of another; the last of each was read"
        yield Problem("unreadable", what, Place(shown), HINT, shown)
