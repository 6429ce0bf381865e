"""What a database of an older schema holds, read for the one that takes its place: an upgrade loses nothing.

Its records are read as they were published, and compiled anew. Where they came from, and lists of CVEs, have the same
tables in all SCHEMAS, so those rows are taken as they are.
"""

from collections.abc import Callable, Iterator

from pip_assay.advisories import database, integrity, rows
from pip_assay.advisories.rows import Record, Row
from pip_assay.errors import DatabaseError

SCHEMAS = frozenset((2, 3))
"""Those that can be read; of SCHEMA 1, which was never released, nothing is known."""

_RECORDS = "SELECT digest, record FROM advisory ORDER BY id"
_TABLES = {  # what reads each, and what fills it again
    "delivery": (
        "SELECT number, bulk, origin, fetched, etag, last_modified, file, mark, skipped FROM delivery",
        "INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    "delivered": ("SELECT advisory, delivery, listed FROM delivered", "INSERT INTO delivered VALUES (?, ?, ?)"),
    "signal": (
        "SELECT name, origin, date, fetched, etag, last_modified, sum FROM signal",
        "INSERT INTO signal VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    "exploited": ("SELECT cve, added, ransomware FROM exploited", "INSERT INTO exploited VALUES (?, ?, ?)"),
    "prediction": ("SELECT cve, probability, percentile FROM prediction", "INSERT INTO prediction VALUES (?, ?, ?)"),
}
_LISTS = ("signal", "exploited", "prediction")  # SCHEMA 2 had none
_TELL = 200  # records between two calls of a progress callback


class Older:
    """A database of an older schema, open until it is closed.

    Raises:
        DatabaseError: it is of a schema that is not known any more, or turns out to be damaged.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection = integrity.connected(path)
        ((schema,),) = self._connection.execute("PRAGMA user_version")
        if schema not in SCHEMAS:
            self.close()
            what = "was written by so old a pip-assay that nothing of it can be taken over"
            raise DatabaseError(what, path, "begin anew: delete it, then run: pip-assay db update")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def records(self, progress: Callable[[int, int], None]) -> Iterator[Record]:
        """Yield all records, each of which is what its SHA-256 says."""
        with database.Reading(self._path):
            ((total,),) = self._connection.execute("SELECT records FROM state")
            number = 0
            for number, (digest, packed) in enumerate(self._connection.execute(_RECORDS), 1):
                record = rows.read(database.inflate(packed))
                if record.digest != digest:
                    raise database.damaged(self._path)
                yield record
                if number % _TELL == 0 or number == total:
                    progress(number, total)
            if number != total:
                raise database.damaged(self._path)

    def tables(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield what fills each table that is taken as it is, and its rows."""
        with database.Reading(self._path):
            there = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")}
            for name, (query, fill) in _TABLES.items():
                if name in there or name not in _LISTS:
                    yield fill, self._connection.execute(query).fetchall()
