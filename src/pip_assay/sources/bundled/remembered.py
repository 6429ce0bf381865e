"""What distributions carry, as it was found once: kept in the user's cache for as long as none of the files changes.

One small SQLite file in a folder that this user alone may enter. It is trusted as far as nobody else can have written
it, and each value is checked for its form when it is read: whatever is odd is as good as absent. That it cannot be
read or written changes how long an audit takes, and nothing else.
"""

import _sqlite3 as sqlite3  # what sqlite3 adds to it, datetime and dates in columns, costs 2 ms
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby, repeat

from pip_assay import __version__, plain_json
from pip_assay.model import Dependency, Pin, Place, Problem
from pip_assay.sources.installed.distribution import Found
from pip_assay.values import NamedTuple, of_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pip_assay.model import Origin

    Stamp = list[Any]  # [path], or [path, size, mtime_ns, ctime_ns, inode]

FORM = 2
"""Changes whenever what is stored does, or what is made of the same files."""

FOLDER, FILE = "bundled", "remembered.db"
"""A folder of its own, for nobody else may put a journal beside the file. Another table needs another FILE."""

SEARCHED = "searched.db"
"""The same table, of hosts whose compiled files were searched as well."""

MOST_HOSTS = 5000
LARGEST = 4 * 1024 * 1024
LARGEST_FILE = 128 * 1024 * 1024
"""Hosts that are remembered, bytes of one, and bytes of all: what is more is read each time."""

SETTLED = 2.0
"""Seconds for which a file must not have changed: within a tick of its clock a change leaves no trace."""

_PATIENCE = 0.2  # seconds
_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)
"""What is no fault of the file: another process is at it, or the disk is full."""

_TABLE = """CREATE TABLE IF NOT EXISTS host (
    folder TEXT, entry TEXT, made TEXT NOT NULL, stored INTEGER NOT NULL, stamps TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (folder, entry)) WITHOUT ROWID"""
_WANTED = "SELECT entry, stamps, content FROM host WHERE folder = ? AND made = ? AND length(content) <= ?"
_STORE = "INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?, ?, ?)"
_FORGET = "DELETE FROM host WHERE folder = ? AND entry = ?"
_TRIM = """DELETE FROM host WHERE stored <= (SELECT stored FROM host ORDER BY stored DESC LIMIT 1 OFFSET ?)"""
_MADE = f"{__version__}/{FORM}"

_GAPS = frozenset(("missing", "empty", "unreadable", "unpinned", "duplicate"))
_EVIDENCE = frozenset(("sbom", "metadata", "list", "file name", "string"))


class Row(NamedTuple):
    """What is stored of one host, still as JSON: which files it was made from, and what."""

    stamps: str
    content: str


def load(cache: str, folder: str, file: str = FILE) -> dict[str, Row]:
    """Return what is remembered of the hosts in a site-packages folder, by the names of their metadata folders."""
    path = os.path.join(cache, FOLDER, file)
    if not _is_ours(os.path.dirname(path), path):
        return {}
    try:
        connection = _connected(path)
        try:
            rows = connection.execute(_WANTED, (folder, _MADE, LARGEST)).fetchmany(MOST_HOSTS)
        finally:
            connection.close()
    except (sqlite3.Error, ValueError):  # a path that is no text
        return {}
    return {entry: Row(stamps, content) for entry, stamps, content in rows if type(entry) is str}


def store(
    cache: str, folder: str, rows: Mapping[str, Row], gone: Collection[str], now: float, file: str = FILE
) -> None:
    """Remember these hosts of a folder, and forget those that are gone from it; silent where that cannot be done."""
    path = os.path.join(cache, FOLDER, file)
    kept = [(folder, entry, _MADE, int(now * 1000), *row) for entry, row in rows.items() if len(row.content) <= LARGEST]
    try:
        if _made_ready(path):
            _write(path, kept, [(folder, entry) for entry in gone])
    except (OSError, sqlite3.Error, ValueError):
        return


def _write(path: str, kept: "list[tuple[Any, ...]]", gone: list[tuple[str, str]]) -> None:
    connection = _connected(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        connection.executemany(_FORGET, gone)
        connection.executemany(_STORE, kept)
        connection.execute(_TRIM, (MOST_HOSTS,))
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        connection.close()
        if _primary(error) not in _PASSING:
            os.unlink(path)
    finally:
        connection.close()


def _primary(error: sqlite3.Error) -> int:
    """Return SQLite's code of an error without the details in its higher bits; 0 for an error that is not SQLite's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _connected(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)


def _made_ready(path: str) -> bool:
    """Return whether there is a file that is ours, after making it; one that somebody else may have put is replaced."""
    folder = os.path.dirname(path)
    os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
    if not os.path.lexists(folder):
        os.mkdir(folder, mode=0o700)
    if _is_ours(folder, path) and os.path.getsize(path) <= LARGEST_FILE:
        return True
    if not _is_own(folder, stat.S_ISDIR):
        return False
    if os.path.lexists(path):
        os.unlink(path)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    return True


def _is_ours(folder: str, path: str) -> bool:
    return _is_own(folder, stat.S_ISDIR) and _is_own(path, stat.S_ISREG)


def _is_own(path: str, is_kind: "Callable[[int], bool]") -> bool:
    """Return whether this is no link, belongs to this user, and nobody else may write it; Windows keeps that itself."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return False
    if not is_kind(found.st_mode):
        return False
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


# --- which files it was made from ---


def stamps(folder: str, paths: Iterable[str]) -> "list[Stamp]":
    """Return for each path, below a folder, what changes whenever the file or folder does; [path] where none is."""
    above = folder + os.sep
    made: list[Stamp] = []
    for path in paths:
        try:
            found = os.stat(above + path)
        except (OSError, ValueError):
            made.append([path])
        else:
            made.append([path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino])
    return made


def are_settled(stamps: "Iterable[Stamp]", now: float) -> bool:
    """Return whether no file has changed just now, so that a change after it was read would show."""
    latest = (now - SETTLED) * 1e9
    return all(len(each) == 1 or max(each[2], each[3]) < latest for each in stamps)


def holds(row: Row, identity: str, folder: str) -> bool:
    """Return whether a row was made from what is there now."""
    try:
        named, stamped = plain_json.loads(row.stamps)
        return bool(named == identity and stamped == stamps(folder, [each[0] for each in stamped]))
    except (ValueError, TypeError, IndexError, KeyError, RecursionError):
        return False


# --- what was made of them ---


def row(identity: str, stamped: "list[Stamp]", shown: str, host: Pin, found: Collection[Found]) -> Row | None:
    """Return what is stored of a host, None where that cannot tell it all.

    Places begin with `shown`, which may be another one when the row is read.
    What is inside of something that the host carries has the number of that, counted from 1.
    """
    carried = [each.dependency for each in found if each.dependency.inside]
    above = len(shown) + len(os.sep)
    carriers: dict[Pin | None, int] = {each.pin: at for at, each in enumerate(carried, 1) if each.inside == host}
    carriers[host] = 0
    if any(each.inside not in carriers for each in carried):
        return None
    groups = [
        [ecosystem, *_stored(place, above), skipped, known_by, carriers[inside], *_columns(list(members))]
        for (ecosystem, place, skipped, known_by, inside), members in groupby(carried, _shared)
    ]
    problems = [[each.gap, each.what, *_stored(each.place, above), each.hint] for one in found for each in one.problems]
    return Row(_written([identity, stamped]), _written([groups, problems]))


def _shared(one: Dependency) -> "tuple[str, Place | None, str, str, Pin | None]":
    """Return what most of those that come one after the other have in common: they are from one file."""
    return one.pin.ecosystem, one.place, one.skipped, one.known_by, one.inside


def _columns(members: list[Dependency]) -> "Iterator[list[Any]]":
    """Yield the columns of a group; in place of one where all are empty, or of spellings that are the names, none."""
    names, spellings = [each.pin.name for each in members], [each.spelling for each in members]
    yield names
    yield [each.pin.version for each in members]
    yield [] if spellings == names else spellings
    for column in ([each.requires for each in members], [each.hashes for each in members]):
        yield column if any(column) else []


def _stored(place: Place | None, above: int) -> tuple[str, int, int]:
    return (place.file[above:], place.line, place.column) if place else ("", 0, 0)


def _written(value: object) -> str:
    return _writer()(value)


@cache
def _writer() -> "Callable[[object], str]":
    """Return what writes JSON: made once, it takes half of the time."""
    import json

    return json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


def found(row: Row, host: Dependency, shown: str, origin: "Origin") -> list[Found] | None:
    """Return what a host carries as a row says it; None where anything about the row is odd."""
    if row.content == _NOTHING:
        return []
    try:
        groups, problems = plain_json.loads(row.content)
        told = [_problem(each, shown, host.pin.name) for each in problems]
        made = _dependencies(groups, host, shown + os.sep, origin)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None
    return [*([Found(host, tuple(told))] if told else ()), *map(of_fields, repeat(Found), zip(made, repeat(())))]


def _dependencies(groups: "list[list[Any]]", host: Dependency, above: str, origin: "Origin") -> list[Dependency]:
    """Return the dependencies of groups; their files are shown below `above`.

    Raises:
        ValueError, TypeError, IndexError: anything of it has another form than what `row` writes.
    """
    made: list[Dependency] = []
    for *shared, names, versions, spellings, requires, hashes in groups:
        ecosystem, file, line, column, skipped, known_by, carrier = shared
        empty = [()] * len(names)
        columns = names, versions, spellings or names, requires or empty, hashes or empty
        texts = map("".join, (*columns[:3], *columns[3], *columns[4]))
        "".join((ecosystem, file, skipped, *texts))  # refuses all but texts, and costs less than looking at each
        if {len(each) for each in columns} != {len(names)} or known_by not in _EVIDENCE:
            raise ValueError
        if not type(line) is type(column) is type(carrier) is int:
            raise ValueError
        place, inside = Place(above + file, line, column), made[carrier - 1].pin if carrier else host.pin
        # The fields of Pin and of Dependency, in their order.
        pins = map(of_fields, repeat(Pin), zip(repeat(ecosystem), names, versions))
        made += map(
            of_fields,
            repeat(Dependency),
            zip(
                pins, repeat(place), repeat(host.groups), map(tuple, columns[3]), repeat(False), repeat(origin),
                repeat(inside), map(tuple, columns[4]), repeat(""), repeat(skipped), columns[2], repeat(known_by),
            ),
        )  # fmt: skip
    return made


def _problem(stored: "list[Any]", shown: str, subject: str) -> Problem:
    gap, what, file, line, column, hint = stored
    "".join((gap, what, file, hint))
    if gap not in _GAPS or not type(line) is type(column) is int:
        raise ValueError
    return Problem(gap, what, Place(shown + os.sep + file, line, column) if file else None, hint, subject)


_NOTHING = "[[],[]]"
