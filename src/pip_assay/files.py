"""The one door to the disk: bounded reads, safe archives, atomic writes. No room opens a file past it."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping

from pip_assay.errors import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO
    from zipfile import ZipFile, ZipInfo

LIMIT = 64 * 1024 * 1024
START_LIMIT = 1024 * 1024
ZIP_TABLE_LIMIT = 16 * 1024 * 1024
"""Of a zip's table of contents: some 150,000 files, of which Python makes 200 MB."""

AS_IF: dict[str, bytes] = {}
"""Files, by their absolute paths, that are read as if they held this: what a fix makes of them, before it is there."""

_CHUNK = 16384
_NOT_READ = "it was not read"
_START_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_bytes(path: str, limit: int = LIMIT, *, pipe: bool = False) -> bytes:
    """Return the whole content of the file; with `pipe`, for a path that a person typed, also of a pipe (`<(...)`).

    Raises:
        Unreadable: it is missing, is a folder or a device, may not be read, or is larger than `limit` bytes.
    """
    if AS_IF and (meant := AS_IF.get(os.path.abspath(path))) is not None:
        return meant
    try:
        with open(path, "rb", opener=None if pipe else _without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or (pipe and stat.S_ISFIFO(mode))):
                raise Unreadable("is not a file", path, "name a file")
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise Unreadable("does not exist", path, "check the path") from None
    except IsADirectoryError:
        raise Unreadable("is a folder, not a file", path, "name a file in it") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read ({reason(error)})", path, "check its permissions") from None
    if len(content) > limit:
        raise Unreadable(f"is larger than {size(limit)}", path, _NOT_READ)
    return content


def read_whole(path: str, limit: int = LIMIT) -> bytes:
    """Return what `read_bytes` does, at a fifth of its cost for a small file: that counts where hundreds are read.

    Raises:
        Unreadable: as `read_bytes`.
    """
    content, size = b"", -1
    try:
        descriptor = os.open(path, _START_FLAGS)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_size <= limit:
                content, size = os.read(descriptor, found.st_size), found.st_size
        finally:
            os.close(descriptor)
    except (OSError, ValueError):  # whose words are those of `read_bytes`
        size = -1
    return content if 0 < len(content) == size and not AS_IF else read_bytes(path, limit)


def opened(path: str) -> "IO[bytes]":
    """Return a regular file, opened for reading from its start; the caller reads it piece by piece.

    Raises:
        Unreadable: it is missing, is no file, or may not be read.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Unreadable("is not a file", path, "name a file")
        return open(path, "rb")
    except FileNotFoundError:
        raise Unreadable("does not exist", path, "check the path") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read ({reason(error)})", path, "check its permissions") from None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes into, which what is audited may name, is not waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_start(path: str, until: bytes = b"") -> bytes:
    """Return a small file's content, at most START_LIMIT bytes of it; it may end early once `until` was seen.

    It never waits (a pipe that somebody put in place of the file gives nothing), and costs a sixth of
    `open().read()`, which counts where hundreds of small files are read.

    Raises:
        Unreadable: it is missing, is a folder, or may not be read.
    """
    try:
        descriptor = os.open(path, _START_FLAGS)
        try:
            content = chunk = os.read(descriptor, _CHUNK)
            # A regular file gives less than was asked for only at its end.
            while len(chunk) == _CHUNK and len(content) < START_LIMIT and not (until and until in content):
                chunk = os.read(descriptor, _CHUNK)
                content += chunk
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise Unreadable("does not exist", path, "check the path") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read ({reason(error)})", path, "check its permissions") from None
    return content


def reason(error: Exception) -> str:
    """Return the operating system's own words for an error, without the path and the number."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def size(count: int) -> str:
    """Return a number of bytes in words: "2.4 MB"."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def write_atomically(path: str, content: bytes | Iterable[bytes]) -> None:
    """Write the file beside its place and rename it there, so that a reader sees the old or the new whole.

    Raises:
        Unreadable: the folder is missing or may not be written, or the disk is full.
    """
    import tempfile

    folder = os.path.dirname(os.path.abspath(path))
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".pip-assay-", dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode(path))
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise Unreadable(f"cannot be written ({reason(error)})", path, "name another place") from None


def mode(path: str) -> int:
    """Return the permissions of the file that is replaced, else those that a new one gets."""
    try:
        found = os.lstat(path)
    except OSError:
        return 0o666 & ~_umask()
    return stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def cache_folder() -> str:
    """Return the folder of this user's cached data, as the platform wants it; it need not exist.

    The rule of each system (XDG base directory specification on Linux) is checked against platformdirs in the tests;
    that library itself costs 18 ms at start-up.
    """
    import sys

    if named := os.environ.get("PIP_ASSAY_CACHE"):
        return os.path.expanduser(named)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
        return os.path.join(local, "pip-assay", "Cache")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches/pip-assay")
    root = os.environ.get("XDG_CACHE_HOME", "").strip() or os.path.expanduser("~/.cache")
    return os.path.join(root, "pip-assay")


def config_folder(environ: Mapping[str, str]) -> str:
    """Return the folder of this user's own settings, as the platform wants it; it need not exist. As cache_folder."""
    import sys

    if sys.platform == "win32":
        roaming = environ.get("APPDATA") or os.path.expanduser("~\\AppData\\Roaming")
        return os.path.join(roaming, "pip-assay")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/pip-assay")
    root = environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")
    return os.path.join(root, "pip-assay")


def zip_members(archive: "ZipFile", *, member_limit: int, total_limit: int) -> Iterator[tuple[str, bytes | Unreadable]]:
    """Yield the name and content of each file in a zip; a member that must not be read yields the reason instead.

    Refused: absolute names, "..", members whose real content passes `member_limit` bytes, and everything after
    `total_limit` bytes in all. Sizes are counted while inflating, because a header may lie.
    """
    left = total_limit
    for info in archive.infolist():
        if info.filename.endswith("/"):  # ZipInfo.is_dir fails on an empty name
            continue
        if unsafe_name(info.filename):
            yield info.filename, Unreadable("names a path outside of the archive", info.filename, _NOT_READ)
            continue
        content = _member(archive, info, min(member_limit, left))
        if isinstance(content, bytes):
            left -= len(content)
        yield info.filename, content


def unsafe_name(name: str) -> bool:
    """Return whether an archive member's name would leave the archive: absolute, with a drive, or with ".."."""
    flat = name.replace("\\", "/")
    return flat.startswith("/") or flat[1:2] == ":" or ".." in flat.split("/")


def _member(archive: "ZipFile", info: "ZipInfo", limit: int) -> bytes | Unreadable:
    try:
        content = zip_start(archive, info, limit + 1)
    except Unreadable as error:
        return error
    return content if len(content) <= limit else Unreadable(f"is larger than {size(limit)}", info.filename, _NOT_READ)


def open_zip(stream: "IO[bytes]") -> "ZipFile":
    """Return the zip that a stream is, for a `with` that leaves the stream open.

    Raises:
        Unreadable: it is no zip, or its table of contents is damaged or larger than ZIP_TABLE_LIMIT.
    """
    from zipfile import ZipFile

    bounded = _Bounded(stream)
    try:
        archive = ZipFile(bounded)
    except _zip_faults() as error:
        raise Unreadable(f"is not a zip that can be read ({reason(error)})", "", "get or build it again") from None
    bounded.is_open = True
    return archive


class _Bounded:
    """A stream that refuses too large a read while zipfile opens it: the table of contents is taken in one."""

    def __init__(self, stream: "IO[bytes]") -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable
        self.is_open = False

    def read(self, count: int = -1) -> bytes:
        if count > ZIP_TABLE_LIMIT and not self.is_open:
            raise ValueError("it lists too many files")
        return self._stream.read(count if count >= 0 else ZIP_TABLE_LIMIT)


def zip_start(archive: "ZipFile", info: "ZipInfo", limit: int = START_LIMIT) -> bytes:
    """Return the content of a file in a zip, at most `limit` bytes of it; they are counted while inflating.

    Raises:
        Unreadable: it is encrypted, damaged, or packed otherwise than by the two methods that zipimport knows.
    """
    if info.flag_bits & 1:
        fault = "it is encrypted"
    elif info.compress_type not in {0, 8}:
        fault = "it is compressed in a way that Python cannot import from"
    else:
        try:
            with archive.open(info) as member:
                # zipfile inflates as much as it is asked for, and drops what is more than the header says.
                return member.read(min(limit, max(info.file_size, 1)))
        except _zip_faults() as error:
            fault = reason(error)
    raise Unreadable(f"cannot be unpacked ({fault})", info.filename, _NOT_READ)


def _zip_faults() -> tuple[type[Exception], ...]:
    """Return what zipfile raises on damaged archives."""
    import struct
    import zlib
    from zipfile import BadZipFile

    return (BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, KeyError, ValueError, OverflowError)


def read_at_most(stream: "IO[bytes]", limit: int) -> bytes | None:
    """Return all that is left in the stream, or None when that is more than `limit` bytes."""
    content = stream.read(limit + 1)
    return content if len(content) <= limit else None
