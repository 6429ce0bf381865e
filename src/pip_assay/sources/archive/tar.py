"""A tar, read once from its start to its end: nothing is extracted, and nothing in it costs more than the limits.

The standard library's tarfile is not used because it keeps without a bound what archives say of themselves: sparse
maps, and global headers, which it copies for every member. Formats: ustar and pax (POSIX.1-2001, pax), and GNU's.
"""

from collections.abc import Iterator

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.values import Literal, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

TOTAL_LIMIT = 512_000_000
MEMBER_LIMIT = 100_000
HEADER_LIMIT = 1024 * 1024
HEADERS_LIMIT = 32 * 1024 * 1024
"""What all pax headers and long names of one archive may hold."""

_BLOCK = 512
_CHUNK = 128 * _BLOCK
_HINT = "get or build it again"
_NOT_READ_ON = "it was not read on"

_COMPRESSIONS = (
    (b"\x1f\x8b", "gzip", "gzip"),
    (b"BZh", "bzip2", "bz2"),
    (b"\xfd7zXZ\0", "xz", "lzma"),
    (b"\x28\xb5\x2f\xfd", "zstd", "compression.zstd"),
)
"""How each begins, what it is called, and the module that reads it, where this Python has it."""


_Kind = Literal["file", "folder", "link", "other"]


class Member(NamedTuple):
    """A file, folder or link in a tar; "other" is a device, and a sparse file, whose content is not told apart.

    size  bytes of content, as stored.
    link  where a link points; empty for all others.
    """

    name: str
    kind: _Kind
    size: int = 0
    link: str = ""


_KINDS: dict[bytes, _Kind] = {
    b"0": "file", b"\0": "file", b"7": "file", b"1": "link", b"2": "link", b"5": "folder",
}  # fmt: skip
_WITHOUT_CONTENT = b"123456"  # whatever their size says, as tarfile, and so pip, reads them
_LONG = {b"L": "path", b"K": "linkpath"}
_PAX = (b"x", b"X")
_GLOBAL = b"g"
_SPARSE = b"S"


class Tar:
    """The members of a tar, in their order; iterate once.

    Raises (from every method):
        Unreadable: it is no tar, is damaged, or passes a limit; `where` is empty.
    """

    def __init__(self, file: "IO[bytes]", *, total_limit: int = TOTAL_LIMIT, member_limit: int = MEMBER_LIMIT) -> None:
        self._stream, self._faults = _inflated(file)
        self._allowed = self._total_limit = total_limit
        self._member_limit = member_limit
        self._headers_allowed = HEADERS_LIMIT
        self._content = self._padding = 0

    def __iter__(self) -> Iterator[Member]:
        told: dict[str, str] = {}
        for number, (kind, header) in enumerate(self._headers()):
            if number >= self._member_limit:
                raise Unreadable(f"holds more than {self._member_limit:,} files", "", _NOT_READ_ON)
            if kind in _LONG:
                told[_LONG[kind]] = _text(self._extension())
            elif kind in _PAX:
                told |= _pax(self._extension())
            elif kind != _GLOBAL:
                yield self._member(kind, header, told)
                told = {}

    def start(self, limit: int) -> bytes:
        """Return the content of the member that was given last, or what is left of it; at most `limit` bytes."""
        content = self._exactly(min(limit, self._content))
        self._content -= len(content)
        return content

    def _headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the type and the block of each header; what was not read of the content before it is passed over."""
        first = True
        while True:
            self._pass_over()
            block = self._read(_BLOCK)
            if not (first or block.strip(b"\0")):  # a block of zeros is the end, or the file ends without one
                return
            if len(block) < _BLOCK or not _is_header(block):
                what = "is not a tar archive" if first else "ends too early" if len(block) < _BLOCK else "is damaged"
                raise Unreadable(what, "", _HINT)
            first = False
            if (size := _number(block[124:136])) < 0:
                raise Unreadable("is damaged", "", _HINT)
            self._expect(size)
            yield block[156:157], block

    def _member(self, kind: bytes, block: bytes, told: dict[str, str]) -> Member:
        prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
        plain = _text(block[:100])
        name = told.get("GNU.sparse.name") or told.get("path") or (f"{prefix}/{plain}" if prefix else plain)
        named: _Kind = _KINDS.get(kind, "other")
        if kind == b"\0" and plain.endswith("/"):  # before POSIX.1-1988 folders had no type
            kind, named = b"5", "folder"
        if "size" in told:
            self._expect(_decimal(told["size"]))
        if kind in _WITHOUT_CONTENT:
            self._expect(0)
        if kind == _SPARSE:
            self._pass_map(block)
        if any(key.startswith("GNU.sparse.") for key in told):
            named = "other"
        link = (told.get("linkpath") or _text(block[157:257])) if named == "link" else ""
        return Member(name, named, self._content, link)

    def _expect(self, size: int) -> None:
        self._content, self._padding = size, -size % _BLOCK

    def _extension(self) -> bytes:
        if self._content > HEADER_LIMIT or self._content > self._headers_allowed:
            raise Unreadable("has headers that are too long", "", _NOT_READ_ON)
        self._headers_allowed -= self._content
        return self.start(HEADER_LIMIT)

    def _pass_map(self, block: bytes) -> None:
        """Pass over the blocks that go on with the map of an old GNU sparse file."""
        goes_on = block[482]
        while goes_on:
            goes_on = self._exactly(_BLOCK)[504]

    def _pass_over(self) -> None:
        left = self._content + self._padding
        while left:
            left -= len(self._exactly(min(left, _CHUNK)))
        self._expect(0)

    def _exactly(self, count: int) -> bytes:
        content = self._read(count)
        if len(content) < count:
            raise Unreadable("ends too early", "", _HINT)
        return content

    def _read(self, count: int) -> bytes:
        self._allowed -= count
        if self._allowed < 0:
            raise Unreadable(f"holds more than {files.size(self._total_limit)}", "", _NOT_READ_ON)
        try:
            return self._stream.read(count)
        except self._faults as error:
            raise Unreadable(f"cannot be unpacked ({files.reason(error)})", "", _HINT) from None


def _inflated(file: "IO[bytes]") -> "tuple[IO[bytes], tuple[type[Exception], ...]]":
    """Return the stream without its compression, and what reading it may raise."""
    import importlib
    import zlib

    faults = (OSError, EOFError, ValueError, MemoryError, zlib.error)
    start = file.read(6)
    file.seek(0)
    for mark, name, module in _COMPRESSIONS:
        if start.startswith(mark):
            try:
                reader: Any = importlib.import_module(module)
            except ImportError:
                what = f"is compressed with {name}, which this Python cannot read"
                raise Unreadable(what, "", "run pip-assay with a newer Python, or compress it otherwise") from None
            own = (getattr(reader, error, OSError) for error in ("LZMAError", "ZstdError"))
            return reader.open(file), (*faults, *own)
    return file, faults


def _is_header(block: bytes) -> bool:
    """Return whether the checksum is right: the sum of all bytes, its own field taken for blanks."""
    return sum(block) - sum(block[148:156]) + 8 * 32 == _number(block[148:156])


def _number(field: bytes) -> int:
    """Return a size: octal digits, or where that is too short the bytes after the first, as GNU tar writes it.

    What is no number gives one below zero.
    """
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.partition(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        return -1


def _decimal(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    raise Unreadable("is damaged", "", _HINT)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _pax(content: bytes) -> dict[str, str]:
    """Return the records of a pax header that matter here; each is its own length, a blank, key=value, a line end."""
    found = {}
    position = 0
    while position < len(content) and content[position]:
        length, blank, _ = content[position : position + 20].partition(b" ")
        end = position + int(length) if blank and length.isdigit() else 0
        if not position + len(length) + 2 < end <= len(content):
            raise Unreadable("is damaged", "", _HINT)
        key, _, value = content[position + len(length) + 1 : end - 1].partition(b"=")
        if key in {b"path", b"linkpath", b"size"} or key.startswith(b"GNU.sparse."):
            found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        position = end
    return found
