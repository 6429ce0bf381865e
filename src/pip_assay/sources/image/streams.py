"""Bytes that come one after the other, unpacked on the way: an image may be larger than any memory."""

import os
import zlib
from collections.abc import Callable, Iterator

from pip_assay import files
from pip_assay.errors import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Protocol

    class Stream(Protocol):
        """Bytes that are read forwards. `position` counts those that were read or passed over."""

        position: int

        def read(self, size: int) -> bytes:
            """Return the next bytes: fewer than `size` only at the end."""

        def skip(self, size: int) -> None:
            """Pass over bytes."""


CHUNK = 256 * 1024
_MEMORY = 512 * 1024 * 1024  # what xz may ask for, as its own tool limits it
_AGAIN = "make or copy the image again"
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


class Pieces:
    """A stream of the pieces that an iterator gives."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.position = 0
        self._pieces = pieces
        self._piece = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes: fewer than `size` only at the end."""
        found = self._piece[self._at : self._at + size]
        self._at += len(found)
        if len(found) < size:
            parts, missing = [found], size - len(found)
            while missing and self._next():
                parts.append(self._piece[:missing])
                self._at = len(parts[-1])
                missing -= self._at
            found = b"".join(parts)
        self.position += len(found)
        return found

    def skip(self, size: int) -> None:
        """Pass over bytes."""
        left = size - (len(self._piece) - self._at)
        self._at += size
        while left > 0 and self._next():
            self._at = left
            left -= len(self._piece)
        self.position += size - max(left, 0)

    def _next(self) -> bool:
        self._piece = next(self._pieces, b"")
        self._at = 0
        return bool(self._piece)


class File:
    """A stream of a file on the disk, which need not be read to be passed over."""

    def __init__(self, file: "IO[bytes]") -> None:
        self.position = 0
        self._file = file
        self._size = os.fstat(file.fileno()).st_size

    def read(self, size: int) -> bytes:
        """Return the next bytes: fewer than `size` only at the end.

        Raises:
            Unreadable: the disk does not give them.
        """
        try:
            found = self._file.read(size)
        except OSError as error:
            raise Unreadable(f"cannot be read ({files.reason(error)})", "", _AGAIN) from None
        self.position += len(found)
        return found

    def skip(self, size: int) -> None:
        """Pass over bytes."""
        self.position = min(self.position + size, self._size)
        self._file.seek(self.position)


def pieces(stream: "Stream", size: int) -> Iterator[bytes]:
    """Yield the next `size` bytes of a stream, piece by piece; fewer where it ends before."""
    while size > 0 and (piece := stream.read(min(size, CHUNK))):
        size -= len(piece)
        yield piece


def watched(source: Iterator[bytes], see: Callable[[bytes], object]) -> Iterator[bytes]:
    """Yield the pieces, each shown to `see` (which may raise) before."""
    for piece in source:
        see(piece)
        yield piece


def compression(start: bytes) -> str:
    """Return how content that begins so is compressed; empty where it is not."""
    return next((name for magic, name in _COMPRESSIONS.items() if start.startswith(magic)), "")


def unpacked(source: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what is compressed in the pieces, never much more than CHUNK at once; or the pieces, where nothing is.

    Raises:
        Unreadable: they are damaged, end early, or are compressed in a way that this Python cannot read.
    """
    first = next(source, b"")
    how = compression(first)
    pieces_again = _joined(first, source)
    return _unpacked(pieces_again, how) if how else pieces_again


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _unpacked(source: Iterator[bytes], how: str) -> Iterator[bytes]:
    make, fault = _machine(how)
    machine, begun = make(), False
    try:
        for piece in source:
            data = piece if begun else piece.lstrip(b"\0")  # zeros may fill up after the end of a part
            while data or not machine.needs_input:
                begun = True
                if found := machine.decompress(data, CHUNK):
                    yield found
                data = b""
                if machine.eof:  # several parts may follow one another
                    data, machine, begun = machine.unused_data.lstrip(b"\0"), make(), False
    except (fault, OSError, EOFError, ValueError) as error:
        raise Unreadable(f"cannot be unpacked ({error})", "", _AGAIN) from None
    if begun:
        raise Unreadable("ends in the middle", "", _AGAIN)


def _machine(how: str) -> "tuple[Callable[[], Any], type[Exception]]":
    """Return what makes a decompressor like those of the standard library's bz2, and the error that it raises.

    Raises:
        Unreadable: this Python has none.
    """
    try:
        if how == "gzip":
            return _Gzip, zlib.error
        if how == "bzip2":
            import bz2

            return bz2.BZ2Decompressor, OSError
        if how == "xz":
            import lzma

            return lambda: lzma.LZMADecompressor(memlimit=_MEMORY), lzma.LZMAError
        import importlib

        zstd = importlib.import_module("compression.zstd")  # since Python 3.14
    except ImportError:
        what = f"is compressed with {how}, which this Python cannot unpack"
        raise Unreadable(what, "", "save the image with gzip, or run pip-assay with Python 3.14") from None
    return zstd.ZstdDecompressor, zstd.ZstdError


class _Gzip:
    """zlib's decompressor with the attributes that bz2's and the others have."""

    def __init__(self) -> None:
        self._machine = zlib.decompressobj(31)
        self._more = False

    def decompress(self, data: bytes, limit: int) -> bytes:
        found = self._machine.decompress(self._machine.unconsumed_tail + data, limit)
        self._more = len(found) == limit or bool(self._machine.unconsumed_tail)
        return found

    @property
    def needs_input(self) -> bool:
        return self.eof or not self._more

    @property
    def eof(self) -> bool:
        return self._machine.eof

    @property
    def unused_data(self) -> bytes:
        return self._machine.unused_data
