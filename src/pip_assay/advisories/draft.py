"""The next state of the local database: records are delivered into it, then it takes the old one's place."""

import gc
import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

from pip_assay import net
from pip_assay.advisories import changes, checks, database, osv, rows, swap
from pip_assay.advisories.delivery import Delivered, Delivery, Taken
from pip_assay.advisories.records import Member
from pip_assay.advisories.rows import Record
from pip_assay.errors import DatabaseError

Progress = Callable[[int, int], None]

_BATCH = 1_000_000  # bytes of records that are written at once
_TELL = 200  # files between two calls of a progress callback
_FORGET = (
    """DELETE FROM span WHERE advisory = ?1
    AND (ecosystem, name) IN (SELECT ecosystem, name FROM mention WHERE advisory = ?1)""",
    """DELETE FROM listed WHERE advisory = ?1
    AND (ecosystem, name) IN (SELECT ecosystem, name FROM mention WHERE advisory = ?1)""",
    "DELETE FROM mention WHERE advisory = ?1",
    "DELETE FROM alias WHERE advisory = ?1",
    "DELETE FROM advisory WHERE id = ?1",
)
_LISTED = """
SELECT delivered.advisory, ifnull(listed, modified) FROM delivery JOIN delivered ON delivery = number
JOIN advisory ON id = delivered.advisory WHERE bulk = ?
"""
# Which records speak of which ecosystem. One that another ecosystem's export happens to bring does not cover its own.
_NAMED = """
CREATE TEMP TABLE named AS
SELECT substr(ecosystem, 1, instr(ecosystem || ':', ':') - 1) AS name, advisory FROM mention
UNION SELECT bulk, advisory FROM delivery JOIN delivered ON delivery = number WHERE bulk != ''
"""
_TOTALS = "SELECT name, count(*), max(modified) FROM named JOIN advisory ON id = advisory GROUP BY name"
_MAIN_DELIVERY = """
SELECT fetched, origin, skipped FROM named JOIN delivered USING (advisory) JOIN delivery ON number = delivery
WHERE name = ?1 AND bulk IN (?1, '') GROUP BY number ORDER BY bulk DESC, count(*) DESC, fetched DESC, number DESC
"""


def nobody(done: int, total: int) -> None:
    """Tell nobody how far it is."""


@contextmanager
def begin(path: str, *, empty: bool = False, patience: float = swap.PATIENCE) -> Iterator["Draft"]:
    """Yield a draft that begins as a copy of the database at `path`, or empty, and takes its place at the end.

    Raises:
        DatabaseError: the file cannot be written, is damaged, or is none that this version may replace.
    """
    with swap.replacing(path, patience=patience) as new:
        outdated = database.exists(path) and _is_outdated(path)
        if database.exists(path) and not outdated and not empty:
            shutil.copyfile(path, new)
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            try:
                yield _checked(Draft(connection, outdated=outdated), path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                raise database.damaged(path) from None


def _is_outdated(path: str) -> bool:
    try:
        database.open(path).close()
    except database.OlderSchema:
        return True
    return False


def _checked(draft: "Draft", path: str) -> "Draft":
    """Return the draft, which knows itself when its records were found to be whole."""
    for ecosystem, moment in checks.times(path, draft.digest()).items():
        draft.confirm(ecosystem, moment)
    return draft


class Draft:
    """A database that nobody else sees yet.

    outdated  whether what is in its place is of an older schema, and was left out.
    """

    def __init__(self, connection: sqlite3.Connection, *, outdated: bool = False) -> None:
        self.outdated = outdated
        self._connection = connection
        # A draft that is not finished is thrown away, so it needs no journal.
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
            "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
        )
        self._changed = not list(connection.execute("SELECT 1 FROM sqlite_master"))
        if self._changed:
            connection.executescript(
                f"PRAGMA application_id = {database.APPLICATION}; PRAGMA user_version = {database.SCHEMA};"
                + database.TABLES
            )
        connection.execute("BEGIN")
        held = connection.execute("SELECT id, modified, digest FROM advisory")
        self._held: dict[str, tuple[str, bytes]] = {each: (modified, digest) for each, modified, digest in held}
        self._stored = set(self._held)

    def deliveries(self) -> dict[str, Delivery]:
        """Return by ecosystem the last delivery of its bulk export."""
        return {row[0]: Delivery(*row) for row in self._connection.execute(database.DELIVERIES)}

    def listed(self, bulk: str) -> dict[str, str]:
        """Return by id when an ecosystem's export said that a record which it delivered had changed."""
        return dict(self._connection.execute(_LISTED, [bulk]).fetchall())

    def digest(self) -> str:
        """Return the digest of the records that the draft began with; empty where it began empty."""
        found = self._connection.execute("SELECT digest FROM state").fetchone()
        return str(found[0]) if found else ""

    def confirm(self, bulk: str, moment: str) -> None:
        """Note that an ecosystem's bulk export was still as it was delivered last."""
        self._connection.execute("UPDATE delivery SET fetched = ? WHERE bulk = ?", [moment, bulk])
        self._connection.execute("UPDATE ecosystem SET fetched = ? WHERE name = ?", [moment, bulk])

    def deliver(
        self, delivery: Delivery, members: Iterable[Member], now: float, progress: Progress = nobody
    ) -> Delivered:
        """Take in the records of a delivery.

        Raises:
            DatabaseError: not one of them could be read.
        """
        taken = Taken(delivery, self._held)
        with _uncollected():
            for batch in _batches(taken.take(member) for member in _told(members, progress)):
                self._write(batch)
        if not (taken.seen or taken.kept):
            why = f" ({taken.skipped[0]})" if taken.skipped else ""
            hint = "name a zip, a folder or a JSON file of OSV records"
            raise DatabaseError(f"holds no advisory that can be read{why}", delivery.origin, hint)
        if delivery.bulk and not delivery.mark:
            delivery = delivery._replace(mark=changes.mark(taken.newest, now))
        number = self._note(delivery, taken, time(now))
        if delivery.bulk:
            self._connection.execute("DELETE FROM delivered WHERE delivery = ?", [number])
        pairs = [(identifier, number) for identifier in taken.seen.keys() | taken.kept]
        self._connection.executemany("INSERT OR IGNORE INTO delivered VALUES (?, ?, NULL)", pairs)
        return _delivered(taken)

    def amend(
        self,
        delivery: Delivery,
        members: Iterable[Member],
        listed: Mapping[str, str],
        gone: Iterable[str],
        now: float,
    ) -> Delivered:
        """Take in what has changed in a bulk export, of all of which there was a delivery before.

        listed  by id, when the export says that a record has changed.
        gone    ids that it does not have any more.
        now     seconds since the epoch; 0 where the records are not known to be whole now.
        """
        taken = Taken(delivery, self._held)
        for batch in _batches(map(taken.take, members)):
            self._write(batch)
        number = self._note(delivery, taken, time(now) if now else "")
        said = [(name, number, listed[name] if listed[name] != own else None) for name, own in taken.seen.items()]
        self._connection.executemany("INSERT OR REPLACE INTO delivered VALUES (?, ?, ?)", said)
        pairs = [(number, identifier) for identifier in gone]
        self._connection.executemany("DELETE FROM delivered WHERE delivery = ? AND advisory = ?", pairs)
        return _delivered(taken)

    def finish(self) -> int:
        """Drop what no delivery has any more, and count what is held. Return the number of records."""
        execute = self._connection.execute
        if self._changed:
            gone = execute("SELECT id FROM advisory WHERE id NOT IN (SELECT advisory FROM delivered)").fetchall()
            self._forget([identifier for (identifier,) in gone])
            self._count()
            self._sum_up()
        execute("COMMIT")
        if self._changed:
            # Rows came in any order; put in theirs they take a third less space, and a look-up reads fewer pages.
            execute("VACUUM")
        ((held,),) = execute("SELECT records FROM state")
        return int(held)

    def _write(self, batch: dict[str, Record]) -> None:
        """Put records in the place of those of the same ids."""
        self._forget([identifier for identifier in batch if identifier in self._stored])
        self._stored.update(batch)
        records = batch.values()
        claims = list(rows.claims(records))
        insert = self._connection.executemany
        insert("INSERT INTO advisory VALUES (?, ?, ?, ?, ?, ?, ?)", rows.advisories(records))
        insert("INSERT OR IGNORE INTO alias VALUES (?, ?)", rows.aliases(records))
        insert("INSERT INTO mention VALUES (?, ?, ?)", rows.mentions(records))
        insert("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?)", rows.spans(claims))
        insert("INSERT INTO listed VALUES (?, ?, ?, ?)", rows.texts(claims))

    def _forget(self, ids: Iterable[str]) -> None:
        identifiers = [(identifier,) for identifier in ids]
        for query in _FORGET:
            self._connection.executemany(query, identifiers)

    def _note(self, delivery: Delivery, taken: Taken, fetched: str) -> int | None:
        """Write down a delivery in the place of the one before it from there. Return its number."""
        self._changed = True
        execute = self._connection.execute
        query = "SELECT number, fetched FROM delivery WHERE bulk = ?1 AND (bulk != '' OR origin = ?2)"
        number, before = execute(query, [delivery.bulk, delivery.origin]).fetchone() or (None, "")
        if not delivery.bulk:
            # When a file was fetched nobody knows: not before its newest record, that is all.
            fetched = max(before, min(fetched, rows.whole_seconds(taken.newest)))
        row = (number, *delivery[:2], fetched or before, *delivery[2:], len(taken.skipped))
        return execute("INSERT OR REPLACE INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid

    def _count(self) -> None:
        """Fill the table of ecosystems: one is as fresh as its bulk export, else as the import that has most of it."""
        execute = self._connection.execute
        execute("DELETE FROM ecosystem")
        execute(_NAMED)
        for name, records, newest in execute(_TOTALS).fetchall():
            if main := execute(_MAIN_DELIVERY, [name]).fetchone():
                row = (name, records, rows.whole_seconds(newest), *main)
                execute("INSERT INTO ecosystem VALUES (?, ?, ?, ?, ?, ?)", row)
        execute("DROP TABLE named")

    def _sum_up(self) -> None:
        execute = self._connection.execute
        digest = hashlib.sha256()
        for identifier, modified, record in execute("SELECT id, modified, digest FROM advisory ORDER BY id"):
            digest.update(f"{identifier} {modified} ".encode() + record + b"\n")
        ((held, newest),) = execute("SELECT count(*), ifnull(max(modified), '') FROM advisory")
        execute("DELETE FROM state")
        row = (digest.hexdigest(), held, rows.whole_seconds(newest), net.public_index())
        execute("INSERT INTO state VALUES (?, ?, ?, ?)", row)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from searching for cycles: records are trees, and the search takes a sixth of an import's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _delivered(taken: Taken) -> Delivered:
    read = len(taken.seen.keys() | taken.kept)
    return Delivered(read, taken.changed, rows.whole_seconds(taken.newest), tuple(taken.skipped))


def newest(members: Iterable[Member]) -> str:
    """Return the moment of the last change of any of the records."""
    found = ""
    for member in members:
        with suppress(osv.Malformed):
            found = max(found, rows.read(member.content).modified)
    return found


def _told(members: Iterable[Member], progress: Progress) -> Iterator[Member]:
    """Yield the members, and tell from time to time, and at the end, how many are done."""
    for member in members:
        yield member
        if member.number % _TELL == 0 or member.number == member.total:
            progress(member.number, member.total)


def _batches(records: Iterable[Record | None]) -> Iterator[dict[str, Record]]:
    """Yield the records by id, in portions that fit in memory; of two with one id in a portion, the later."""
    batch: dict[str, Record] = {}
    size = 0
    for record in records:
        if record:
            batch[record.advisory.id] = record
            size += len(record.document)
        if size > _BATCH:
            yield batch
            batch, size = {}, 0
    yield batch


def time(now: float) -> str:
    """Return seconds since the epoch as RFC 3339 text."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
