"""The next state of the local database: records are delivered into it, then it takes the old one's place."""

import gc
import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

from pip_assay import net
from pip_assay.advisories import changes, checks, cves, database, inherit, osv, rows, swap
from pip_assay.advisories.cves import SignalList
from pip_assay.advisories.delivery import Delivered, Delivery, Taken
from pip_assay.advisories.records import Member
from pip_assay.advisories.rows import Record, Row
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
    "DELETE FROM upstream WHERE advisory = ?1",
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
WHOLE = 1000
"""Records of an ecosystem that one import by hand brings at least, if it is to be all there is of it."""
_LIST_TABLES = {
    "kev": ("DELETE FROM exploited", "INSERT INTO exploited VALUES (?, ?, ?)"),
    "epss": ("DELETE FROM prediction", "INSERT INTO prediction VALUES (?, ?, ?)"),
}
# Whether a delivery is all there is of an ecosystem, and how new it was: never newer than when it came, as a record of
# it may be that another delivery brought a newer state of.
_DELIVERIES = """
SELECT bulk != '' OR file != '' OR count(*) >= ?2 AS whole,
min(max(modified), CASE mark WHEN '' THEN fetched ELSE mark END), fetched, origin, skipped
FROM named JOIN delivered USING (advisory) JOIN delivery ON number = delivery JOIN advisory AS record ON id = advisory
WHERE name = ?1 AND bulk IN (?1, '') GROUP BY number
ORDER BY whole DESC, bulk DESC, count(*) DESC, fetched DESC, number DESC
"""


def nobody(*_: object) -> None:
    """Tell nobody what is done, or how far it is."""


@contextmanager
def begin(
    path: str, *, empty: bool = False, patience: float = swap.PATIENCE, progress: Progress = nobody
) -> Iterator["Draft"]:
    """Yield a draft that begins as a copy of the database at `path`, or empty, and takes its place at the end.

    A database of an older schema is brought to this one's first, with all that it holds; that takes what an import
    does, and `progress` is told.

    Raises:
        DatabaseError: the file cannot be written, is damaged, or is none that this version may replace.
    """
    with swap.replacing(path, patience=patience) as new:
        try:
            if database.exists(path):
                _copy(path, new, progress, outdated=_is_outdated(path), empty=empty)
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                yield _checked(Draft(connection), path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            raise database.damaged(path) from None


def renew(path: str, say: Callable[[str], None], progress: Progress = nobody) -> None:
    """Bring a database of an older schema to this one's, with all that it holds; any other stays as it is.

    Raises:
        OlderSchema: that cannot be done, and why.
        DatabaseError: it is none that this version can read.
    """
    if not (database.exists(path) and _is_outdated(path)):
        return
    say("bringing the advisory database to this version's form")
    try:
        with begin(path, progress=progress) as new:
            new.finish()
    except DatabaseError as error:
        what = f"was written by an older pip-assay, and could not be brought to this version's form: {error.what}"
        raise database.OlderSchema(what, path, error.hint) from None


def _copy(path: str, new: str, progress: Progress, *, outdated: bool, empty: bool) -> None:
    if empty:
        return
    if not outdated:
        shutil.copyfile(path, new)
        return
    with (
        closing(sqlite3.connect(new, isolation_level=None)) as connection,
        closing(inherit.Older(path)) as older,
    ):
        Draft(connection).take_over(older, progress)


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
    """A database that nobody else sees yet."""

    def __init__(self, connection: sqlite3.Connection) -> None:
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

    def lists(self) -> dict[str, SignalList]:
        """Return by name the lists of CVEs that are held."""
        return cves.lists(self._connection)

    def put(self, made: SignalList, named: Iterable[Row]) -> None:
        """Put a list of CVEs in the place of the one of that name."""
        self._changed = True
        empty, fill = _LIST_TABLES[made.name]
        self._connection.execute(empty)
        self._connection.executemany(fill, named)
        self._connection.execute("INSERT OR REPLACE INTO signal VALUES (?, ?, ?, ?, ?, ?, ?)", made[:-1])

    def take_over(self, older: inherit.Older, progress: Progress) -> None:
        """Take in all that a database of an older schema holds, and finish."""
        with _uncollected():
            for batch in _batches(older.records(progress)):
                self._write(batch)
        for fill, held in older.tables():
            self._connection.executemany(fill, held)
        self.finish()

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
        insert("INSERT INTO upstream VALUES (?, ?)", rows.upstream(records))
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
        """Fill the table of ecosystems: one is as fresh as its bulk export, else as the import that has most of it.

        What is no whole export covers nothing, so it is as of no time, and makes nothing else any newer.
        """
        execute = self._connection.execute
        execute("DELETE FROM ecosystem")
        execute(_NAMED)
        for name, records, newest in execute(_TOTALS).fetchall():
            if found := execute(_DELIVERIES, [name, WHOLE]).fetchall():
                is_whole, _, fetched, *rest = found[0]
                known = max((moment for whole, moment, *_ in found if whole), default=newest)
                row = (name, records, rows.whole_seconds(known), fetched if is_whole else "", *rest)
                execute("INSERT INTO ecosystem VALUES (?, ?, ?, ?, ?, ?)", row)
        execute("DROP TABLE named")

    def _sum_up(self) -> None:
        execute = self._connection.execute
        digest = hashlib.sha256()
        for identifier, modified, record in execute("SELECT id, modified, digest FROM advisory ORDER BY id"):
            digest.update(f"{identifier} {modified} ".encode() + record + b"\n")
        for name, date, total in execute("SELECT name, date, sum FROM signal ORDER BY name"):
            digest.update(f"{name} {date} ".encode() + total + b"\n")
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
