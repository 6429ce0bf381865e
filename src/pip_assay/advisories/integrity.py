"""Whether a database is whole, ours and nothing else, and its rows say what its records say.

SQLite has no checksums, and a file from elsewhere may hold anything. So its tables are compared with ours, each
record and each list of CVEs with its SHA-256, their sum with the digest that reports name, and, where time allows,
every row that look-ups use with what the records compile to now.
"""

import hashlib
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from pip_assay import files
from pip_assay.advisories import database, osv, records, rows, signal_lists
from pip_assay.advisories.rows import Record, Row
from pip_assay.errors import DatabaseError
from pip_assay.values import Any

_HINT = "delete it, and fetch or import the advisories again"
_DERIVED = {
    "mention": "SELECT advisory, ecosystem, name FROM mention",
    "alias": "SELECT advisory, alias FROM alias",
    "upstream": "SELECT advisory, cve FROM upstream",
    "span": "SELECT ecosystem, name, advisory, part, start, end, certainty FROM span",
    "listed": "SELECT ecosystem, name, advisory, text FROM listed",
    "advisory": "SELECT id, published, withdrawn, scores FROM advisory",
}
_LISTS = {  # what no row of a list may be, and its rows
    "kev": (
        """SELECT 1 FROM exploited WHERE NOT (typeof(added) = 'text' AND ransomware IN (0, 1)
        AND (added = '' OR added GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')) LIMIT 1""",
        "SELECT cve, added, ransomware FROM exploited ORDER BY cve",
    ),
    "epss": (
        """SELECT 1 FROM prediction WHERE NOT (typeof(probability) = 'integer' AND typeof(percentile) = 'integer'
        AND probability BETWEEN 0 AND 100000 AND percentile BETWEEN 0 AND 100000) LIMIT 1""",
        "SELECT cve, probability, percentile FROM prediction ORDER BY cve",
    ),
}
_LONGEST = 2 * files.LIMIT  # bytes of one value that SQLite may hand out


def check(path: str, *, thoroughly: bool = False) -> None:
    """Return when the database is whole: SQLite's own check, the tables, each record, the digest and the counts.

    thoroughly  compile every record again, and compare with the rows that look-ups use; costs what an import does.

    Raises:
        DatabaseError: it is not, in a word or two why, or it is no database of this version.
    """
    database.open(path).close()
    try:
        with closing(connected(path)) as connection:
            _check_tables(connection)
            _check_pages(connection)
            _check_lists(connection)
            _check_records(connection)
            if thoroughly:
                _check_derived(connection)
    except (sqlite3.Error, zlib.error, ValueError, TypeError, OverflowError) as error:
        fault = str(error) if isinstance(error, _Fault) else "it cannot be read to its end"
        raise DatabaseError(f"the advisory database is damaged: {fault}", path, _HINT) from None


class _Fault(ValueError):
    """What is wrong, in words for a person."""


def connected(path: str) -> sqlite3.Connection:
    """Return a connection to a file that may come from anywhere, and that nothing changes meanwhile."""
    # Immutable: a journal that lies beside a foreign database is not played back.
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _check_tables(connection: sqlite3.Connection) -> None:
    """Compare what the file declares with what we declare: a view, a trigger or another default is a stranger's."""
    with closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(database.TABLES)
        expected = _declared(ours)
    found = _declared(connection)
    for name in sorted(found.keys() | expected.keys()):
        if name not in expected:
            raise _Fault("it holds what pip-assay does not put into one")
        if found.get(name) != expected[name]:
            raise _Fault(f"its table or index {name!r} is missing or not as pip-assay makes it")


def _declared(connection: sqlite3.Connection) -> dict[str, tuple[str, str, str]]:
    """Return by name the kind, the table and the words of all that a database declares, without comments."""
    query = "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_master"
    return {
        name: (kind, table, re.sub(r"\s+", " ", re.sub(r"--[^\n]*", "", words)))
        for kind, name, table, words in connection.execute(query)
    }


def _check_pages(connection: sqlite3.Connection) -> None:
    """Have SQLite check each page, and that the index of aliases is that of the table, which a quick check does not."""
    if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
        raise _Fault("SQLite finds its pages out of order")


def _check_records(connection: sqlite3.Connection) -> None:
    """Compute the digest anew, from the records themselves, and count them."""
    total = hashlib.sha256()
    held, newest, size = 0, "", 0
    for identifier, modified, digest, document in _documents(connection):
        size += len(document)
        if size > records.TOTAL_LIMIT:
            raise _Fault(f"its records unpack to more than {files.size(records.TOTAL_LIMIT)}")
        if hashlib.sha256(document).digest() != digest:
            raise _Fault(f"the record {identifier} is not what its SHA-256 says")
        total.update(f"{identifier} {modified} ".encode() + digest + b"\n")
        held, newest = held + 1, max(newest, modified)
    for name, date, digest in connection.execute("SELECT name, date, sum FROM signal ORDER BY name"):
        total.update(f"{name} {date} ".encode() + digest + b"\n")
    stated = connection.execute("SELECT digest, records, newest FROM state").fetchall()
    if stated != [(total.hexdigest(), held, rows.whole_seconds(newest))]:
        raise _Fault("its digest is not that of its records")


def _check_lists(connection: sqlite3.Connection) -> None:
    """Compare each list of CVEs with the SHA-256 of its rows; a list that is not held has none."""
    held = dict(connection.execute("SELECT name, sum FROM signal"))
    if not held.keys() <= _LISTS.keys():
        raise _Fault("it holds a list of CVEs that pip-assay does not know")
    for name, (wrong, listed) in _LISTS.items():
        found = connection.execute(listed)
        is_whole = signal_lists.sum_of(found) == held[name] if name in held else not found.fetchall()
        if not is_whole or connection.execute(wrong).fetchall():
            raise _Fault(f"its list {name!r} is not what its SHA-256 says")


def _documents(connection: sqlite3.Connection) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Yield id, time, SHA-256 and the document of each record, by id."""
    query = "SELECT id, modified, digest, record FROM advisory ORDER BY id"
    for identifier, modified, digest, packed in connection.execute(query):
        yield identifier, modified, digest, zlib.decompressobj().decompress(packed, files.LIMIT)


def _check_derived(connection: sqlite3.Connection) -> None:
    expected = dict.fromkeys(_DERIVED, (0, 0))
    for identifier, modified, _, document in _documents(connection):
        record = _read(identifier, document)
        if (record.advisory.id, record.modified) != (identifier, modified):
            raise _Fault(f"the record {identifier} has another id or time than its row")
        for table, made in _compiled(record).items():
            expected[table] = _joined(expected[table], _tally(made))
    for table, query in _DERIVED.items():
        if _tally(connection.execute(query)) != expected[table]:
            raise _Fault(f"the rows of its table {table!r} are not what its records say")


def _read(identifier: str, document: bytes) -> Record:
    try:
        return rows.read(document)
    except osv.Malformed as fault:
        raise _Fault(f"the record {identifier} {fault}") from None


def _compiled(record: Record) -> dict[str, Iterable[Row]]:
    """Return by table the rows that a record makes."""
    claims = list(rows.claims([record]))
    # SQLite compares aliases without regard to the case of A to Z, and keeps the first.
    aliases = {alias.encode().lower(): (name, alias) for name, alias in reversed([*rows.aliases([record])])}  # type: ignore[attr-defined]
    return {
        "mention": rows.mentions([record]),
        "alias": aliases.values(),
        "upstream": rows.upstream([record]),
        "span": rows.spans(claims),
        "listed": set(rows.texts(claims)),
        "advisory": [(name, *dates, scores) for name, _, *dates, _, scores, _ in rows.advisories([record])],
    }


def _tally(found: Iterable[tuple[Any, ...]]) -> tuple[int, int]:
    """Return the number of rows and the sum of their digests, which is the same in any order."""
    total = count = 0
    for row in found:
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:16], "big")
        count += 1
    return count, total


def _joined(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]
