"""Where the parts of an image are: in a folder, or in a tar, compressed or not, whose members are read in place."""

import os
import posixpath
from collections.abc import Iterator

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.sources.image import tar
from pip_assay.sources.image.budget import Budget
from pip_assay.sources.image.streams import File, Pieces, compression, pieces, unpacked, watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Protocol

    from pip_assay.sources.image.streams import Stream

    class Blobs(Protocol):
        """The files that an image consists of, by their names with "/" between the parts."""

        def document(self, name: str) -> bytes | None:
            """Return a small file's content; None where it is missing, or is not small.

            Raises:
                Unreadable: it may not be read.
            """

        def content(self, name: str) -> Iterator[bytes]:
            """Return a file's content in pieces.

            Raises:
                Unreadable: it is missing, may not be read, or is damaged, now or while its pieces come.
            """

        def close(self) -> None:
            """Close what is open; what `content` returned ends."""


DOCUMENT_LIMIT = 4 * 1024 * 1024  # of a manifest, as registries limit it
_DOCUMENTS_LIMIT = 64 * 1024 * 1024
_UNPACKED_LIMIT = 256 * 1024**3  # by all passes together
_MISSING = "is not in the image"


class Folder:
    """An unpacked image. A name that leads out of the folder is not followed; a link is, for people make those."""

    def __init__(self, path: str) -> None:
        self._path = path

    def document(self, name: str) -> bytes | None:
        """Return a small file's content; None where it is missing, or is not small."""
        path = self._whole(name)
        try:
            return files.read_bytes(path, DOCUMENT_LIMIT) if path and os.path.isfile(path) else None
        except ValueError:
            return None

    def content(self, name: str) -> Iterator[bytes]:
        """Return a file's content in pieces."""
        if not (path := self._whole(name)) or not os.path.isfile(path):
            raise Unreadable(_MISSING, name, "save the image again, with all of its layers")
        return _file_pieces(path)

    def close(self) -> None:
        """Close nothing: each content closes its own file."""

    def _whole(self, name: str) -> str:
        return "" if files.unsafe_name(name) or "\0" in name else os.path.join(self._path, *name.split("/"))


class Archive:
    """A tar. Its members are found in one pass; the layers of a compressed one cost another for each step backwards."""

    def __init__(self, path: str) -> None:
        """Read the names of all members, and the documents among them.

        Raises:
            Unreadable: it is missing, may not be read, or is no tar.
        """
        self._path = path
        self._places: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        self._documents: dict[str, bytes] = {}
        self._file = files.opened(path)
        self._budget = Budget(_UNPACKED_LIMIT)
        self._stream = self._restarted()
        try:
            self._index()
        except Unreadable:
            self.close()
            raise

    def _index(self) -> None:
        left = _DOCUMENTS_LIMIT
        for member in tar.members(self._stream):
            name = posixpath.normpath(member.name).lstrip("/")
            self._budget.member()
            if member.kind in ("link", "hard link"):
                beside = posixpath.dirname(name) if member.kind == "link" else ""
                self._links[name] = posixpath.normpath(posixpath.join(beside, member.target))
            elif member.kind == "file" and _may_hold_a_part(name):
                self._places[name] = (self._stream.position, member.size)
                if member.size <= min(left, DOCUMENT_LIMIT):
                    start = self._stream.read(min(member.size, 1))
                    if start in (b"{", b"["):
                        self._documents[name] = start + self._stream.read(member.size - 1)
                        left -= member.size

    def document(self, name: str) -> bytes | None:
        """Return a small file's content; None where it is missing, or is not small."""
        return self._documents.get(self._links.get(name, name))

    def content(self, name: str) -> Iterator[bytes]:
        """Return a file's content in pieces; that of the whole archive for an empty name."""
        if not name:
            self._stream = self._restarted()
            self._file.seek(0)
            return _pieces(self._file)
        place = self._places.get(self._links.get(name, name))
        if place is None:
            raise Unreadable(_MISSING, name, "save the image again, with all of its layers")
        return self._member(*place)

    def _member(self, start: int, size: int) -> Iterator[bytes]:
        if self._stream.position > start:
            self._stream = self._restarted()
        self._stream.skip(start - self._stream.position)
        return pieces(self._stream, size)

    def _restarted(self) -> "Stream":
        self._file.seek(0)
        plain = File(self._file)
        how = compression(plain.read(8))
        self._file.seek(0)
        return Pieces(watched(unpacked(_pieces(self._file)), self._budget.unpacked)) if how else File(self._file)

    def close(self) -> None:
        """Close the file; what `content` returned ends."""
        self._file.close()


def _may_hold_a_part(name: str) -> bool:
    """Return whether an image keeps a part of itself there: a document, a blob, or the layers of old releases."""
    return "/" not in name or name.startswith("blobs/") or name.endswith("/layer.tar")


def _pieces(file: "IO[bytes]") -> Iterator[bytes]:
    return pieces(File(file), os.fstat(file.fileno()).st_size)


def _file_pieces(path: str) -> Iterator[bytes]:
    with files.opened(path) as file:
        yield from _pieces(file)
