"""A file made anew beside its place and put there whole: no reader waits or sees half of it, and one process writes.

The lock is SQLite's own on an empty file beside it, because the system frees that when a process dies, on every
platform. Whoever holds it may throw away what an earlier process left half done.
"""

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from pip_assay import files
from pip_assay.errors import DatabaseError

PATIENCE = 120.0
"""Seconds to wait for another process."""

_PAUSE = 0.05
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR}


@contextmanager
def replacing(path: str, *, patience: float = PATIENCE) -> Iterator[str]:
    """Yield the path of a new, empty file that takes the place of `path` when the block ends without an error.

    Whatever ends the block early, Ctrl-C too, leaves the old file as it was and nothing beside it but the empty lock.

    Raises:
        DatabaseError: the place cannot be written, or another process held it for all of `patience` seconds.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise DatabaseError("is not a file", path, "name another file: --db")
    new = f"{path}.new"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with _alone(path, patience):
            try:
                _create(new)
                yield new
                _put(new, path)
            finally:
                _remove(new)
    except (OSError, sqlite3.OperationalError) as error:
        raise _unwritable(error, path) from None


def _unwritable(error: OSError | sqlite3.OperationalError, path: str) -> DatabaseError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return DatabaseError("cannot be written (a part of its path is a file)", path, "name another file: --db")
    is_refused = getattr(error, "errno", None) in _REFUSED or "readonly" in str(error) or "to open" in str(error)
    hint = "check the path and its permissions" if is_refused else "make room there"
    return DatabaseError(f"cannot be written ({files.reason(error)})", path, f"{hint}, or name another file: --db")


@contextmanager
def _alone(path: str, patience: float) -> Iterator[None]:
    lock = f"{path}.lock"
    os.close(os.open(lock, os.O_CREAT | os.O_RDWR, 0o666))
    with closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as connection:
        end = time.monotonic() + patience
        while not _locked(connection):
            if time.monotonic() > end:
                raise DatabaseError("is being written by another process", path, "try again when that has ended")
            time.sleep(_PAUSE)
        yield


def _locked(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def _create(new: str) -> None:
    _remove(new)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))


def _remove(file: str) -> None:
    if os.path.lexists(file):
        os.unlink(file)


def _put(new: str, path: str) -> None:
    _flush(new, os.O_RDWR)
    os.replace(new, path)
    if os.name == "posix":
        _flush(os.path.dirname(path), os.O_RDONLY)


def _flush(path: str, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
