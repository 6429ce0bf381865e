"""Writing: all files of a fix change together, or none of them does."""

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Edit
from pip_assay.interrupts import held_back, still_wanted
from pip_assay.values import NamedTuple

_UNTOUCHED = "nothing was changed"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class _Swap(NamedTuple):
    """An edit, and two files beside its place: one holds what is to be there, the other what was."""

    edit: Edit
    new: str
    old: str


Seen = Iterable[tuple[str, str]]
"""Files, and the digests of what they held when they were read."""


def digests(paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return each file with the digest of what it holds; that is empty where it cannot be read."""
    return tuple((each, _digest(each)) for each in paths)


def unchanged(seen: Seen) -> None:
    """Refuse to go on where a file does not hold what it did, also one that stays as it is.

    Raises:
        Unreadable: it does not.
    """
    for path, digest in seen:
        if _digest(path) != digest:
            is_gone = not os.path.lexists(path)
            what = "is gone since it was read" if is_gone else "was changed since it was read"
            raise Unreadable(what, path, f"try again; {_UNTOUCHED}")


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(files.read_bytes(path)).hexdigest()
    except Unreadable:
        return ""


def check(edits: Iterable[Edit], seen: Seen = ()) -> None:
    """Refuse what cannot be written, before anything is; `seen` are all files that a plan was made of.

    Raises:
        Unreadable: a file is a link, may not be written, or is not as it was read.
    """
    unchanged(seen)
    for each in edits:
        _check(each)


def _check(edit: Edit) -> None:
    path = edit.path
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        if edit.before is not None:
            raise Unreadable("is gone since it was read", path, _UNTOUCHED) from None
    except OSError as error:
        raise Unreadable(f"cannot be looked at ({files.reason(error)})", path, _UNTOUCHED) from None
    else:
        _check_file(edit, found.st_mode)
    if not os.access(os.path.dirname(os.path.abspath(path)), os.W_OK):
        what = "cannot be replaced, because no file may be made in its folder"
        raise Unreadable(what, path, f"make the folder writable; {_UNTOUCHED}")


def _check_file(edit: Edit, mode: int) -> None:
    path = edit.path
    if stat.S_ISLNK(mode):
        what = f"is a link to {os.path.realpath(path)}, which is not changed through it"
        raise Unreadable(what, path, f"name that file; {_UNTOUCHED}")
    if not stat.S_ISREG(mode):
        raise Unreadable("is not a file", path, _UNTOUCHED)
    if not os.access(path, os.W_OK):
        raise Unreadable("may not be written", path, f"make it writable; {_UNTOUCHED}")
    if files.read_bytes(path) != edit.before:
        raise Unreadable("was changed since it was read", path, f"try again; {_UNTOUCHED}")


def write(edits: Sequence[Edit], seen: Sequence[tuple[str, str]] = ()) -> None:
    """Write every file, or leave all of them as they were: also at Ctrl-C, and where the disk is full.

    Each is written whole beside its place first, and what it held is kept there under another name. Then they are
    renamed, one after the other; where one cannot be, those before it get back what was kept, which takes no room on
    the disk. Of a file with several names (hard links) this one alone changes.

    Raises:
        Unreadable: one cannot be written.
        KeyboardInterrupt: this process was told to end.
    """
    check(edits, seen)
    still_wanted()
    with held_back() as disturbed:
        swaps = [_Swap(each, _beside(each.path), _beside(each.path)) for each in edits]
        kept: list[str] = []
        try:
            for each in swaps:
                _stage(each)
            check(edits, seen)
            if not disturbed:
                _swap_all(swaps, kept)
        finally:
            for path in {name for each in swaps for name in (each.new, each.old)}.difference(kept):
                with suppress(OSError):
                    os.unlink(path)


def _beside(path: str) -> str:
    import secrets

    return os.path.join(os.path.dirname(os.path.abspath(path)), f".pip-assay-{secrets.token_hex(8)}")


def _stage(swap: _Swap) -> None:
    """Write what is to be there beside its place, with the owner and permissions of what is there, and keep that.

    Raises:
        Unreadable: it cannot be, which is told of the file itself.
    """
    edit = swap.edit
    try:
        found = None if edit.before is None else os.lstat(edit.path)
        _put(swap.new, edit.after)
        if found:
            _as(found, swap.new)
            _keep(swap, found)
        else:
            os.chmod(swap.new, files.mode(edit.path))
    except OSError as error:
        raise Unreadable(f"cannot be written ({files.reason(error)})", edit.path, _UNTOUCHED) from None


def _put(path: str, content: bytes) -> None:
    with os.fdopen(os.open(path, _FLAGS, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _as(found: os.stat_result, path: str) -> None:
    if hasattr(os, "chown"):
        with suppress(OSError):  # only an administrator writes for others, whose file it stays
            os.chown(path, found.st_uid, found.st_gid)
    os.chmod(path, stat.S_IMODE(found.st_mode))


def _keep(swap: _Swap, found: os.stat_result) -> None:
    """Keep a file under another name: the file itself, or where the disk knows no second names a copy of it."""
    try:
        os.link(swap.edit.path, swap.old)
    except OSError:
        _put(swap.old, swap.edit.before or b"")
        _as(found, swap.old)


def _swap_all(swaps: Iterable[_Swap], kept: list[str]) -> None:
    """Put the new files into their places, all or none; `kept` takes the name of an old one that cannot be put back.

    Raises:
        Unreadable: one cannot be put there.
    """
    begun: list[_Swap] = []
    try:
        for each in swaps:
            begun.append(each)
            os.replace(each.new, each.edit.path)
    except BaseException as error:
        for each in begun:
            _put_back(each, kept)
        if isinstance(error, OSError):
            what, where = f"cannot be written ({files.reason(error)})", begun[-1].edit.path
            raise Unreadable(what, where, _told(begun, kept)) from None
        raise


def _put_back(swap: _Swap, kept: list[str]) -> None:
    try:
        if swap.edit.before is not None:
            os.replace(swap.old, swap.edit.path)
        elif not os.path.exists(swap.new):
            os.unlink(swap.edit.path)
    except OSError:
        kept.append(swap.old)


def _told(begun: Iterable[_Swap], kept: Sequence[str]) -> str:
    """Return what has become of the files; of one that could not be put back, where that is what it held."""
    lost = [f"{each.edit.path} (what it held is in {each.old})" for each in begun if each.old in kept]
    return f"nothing else was changed but {' and '.join(lost)}, which could not be put back" if lost else _UNTOUCHED
