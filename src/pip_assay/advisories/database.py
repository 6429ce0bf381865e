"""The local advisory database, read: which records name a project, and what they say.

One SQLite file that is never changed in place (swap.py), so it is opened as immutable and no reader waits. `SCHEMA`
counts up with a change of these tables, of the keys of versions/, or of the spans of match.py; see inherit.py.
"""

import _sqlite3 as sqlite3  # what sqlite3 adds to it, datetime and dates in columns, costs 2 ms
import os
from collections.abc import Collection, Iterable, Mapping

from pip_assay import files, moments, plain_json
from pip_assay.advisories import checks, osv
from pip_assay.errors import DatabaseError
from pip_assay.model import PYPI, Data, Signals
from pip_assay.records import Advisory, Certainty, Claim, Rating, Span
from pip_assay.settings import Settings
from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.cves import SignalList

FILE_NAME = "advisories.db"
SCHEMA = 4
APPLICATION = 0x41535359  # "ASSY": in the file's header, it tells our databases from other programs'
CERTAINTIES: tuple[Certainty, ...] = ("affected", "possible", "undecided")

TABLES = """
CREATE TABLE advisory (  -- every record, withdrawn ones too; scores: JSON, vector to score; record: JSON, deflated
    id TEXT PRIMARY KEY, modified TEXT NOT NULL, published TEXT NOT NULL, withdrawn TEXT NOT NULL,
    digest BLOB NOT NULL, scores TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE mention (  -- which projects a record names
    advisory TEXT, ecosystem TEXT, name TEXT, PRIMARY KEY (advisory, ecosystem, name)) WITHOUT ROWID;
CREATE TABLE span (  -- what a live record claims, as match.claim compiles it
    ecosystem TEXT, name TEXT, advisory TEXT, part INTEGER, start BLOB NOT NULL, end BLOB NOT NULL,
    certainty INTEGER NOT NULL, PRIMARY KEY (ecosystem, name, advisory, part)) WITHOUT ROWID;
CREATE TABLE listed (  -- versions that only equality can match
    ecosystem TEXT, name TEXT, advisory TEXT, text TEXT, PRIMARY KEY (ecosystem, name, advisory, text)) WITHOUT ROWID;
CREATE TABLE alias (  -- a record's id and its aliases
    advisory TEXT, alias TEXT COLLATE NOCASE, PRIMARY KEY (advisory, alias)) WITHOUT ROWID;
CREATE INDEX alias_alias ON alias (alias);
CREATE TABLE upstream (  -- the CVEs that a record speaks of, and that are no aliases of it
    advisory TEXT, cve TEXT COLLATE NOCASE, PRIMARY KEY (advisory, cve)) WITHOUT ROWID;
CREATE INDEX upstream_cve ON upstream (cve);
CREATE TABLE delivery (  -- where records came from; bulk: the ecosystem of a bulk export, empty for an import by hand
    number INTEGER PRIMARY KEY, bulk TEXT NOT NULL, origin TEXT NOT NULL, fetched TEXT NOT NULL, etag TEXT NOT NULL,
    last_modified TEXT NOT NULL, file TEXT NOT NULL, mark TEXT NOT NULL, skipped INTEGER NOT NULL);
CREATE TABLE delivered (  -- listed: when the export said the record had changed, where that is not what it says itself
    advisory TEXT, delivery INTEGER, listed TEXT, PRIMARY KEY (advisory, delivery)) WITHOUT ROWID;
CREATE TABLE ecosystem (  -- counted when the database is built
    name TEXT PRIMARY KEY, records INTEGER NOT NULL, newest TEXT NOT NULL, fetched TEXT NOT NULL,
    origin TEXT NOT NULL, skipped INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE signal (  -- lists that name CVEs: "kev" and "epss"; sum: SHA-256 of what the list says, in our words
    name TEXT PRIMARY KEY, origin TEXT NOT NULL, date TEXT NOT NULL, fetched TEXT NOT NULL, etag TEXT NOT NULL,
    last_modified TEXT NOT NULL, sum BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE exploited (  -- CISA's list; cve: year * 10000000 + number
    cve INTEGER PRIMARY KEY, added TEXT NOT NULL, ransomware INTEGER NOT NULL);
CREATE TABLE prediction (  -- EPSS, in units of 0.00001
    cve INTEGER PRIMARY KEY, probability INTEGER NOT NULL, percentile INTEGER NOT NULL);
CREATE TABLE state (
    digest TEXT NOT NULL, records INTEGER NOT NULL, newest TEXT NOT NULL, public_index TEXT NOT NULL);
"""

_SPANS = """SELECT name, advisory, start, end, certainty FROM span
WHERE ecosystem = ? AND name IN ({}) ORDER BY name, advisory, part"""
_LISTED = """SELECT name, advisory, text FROM listed
WHERE ecosystem = ? AND name IN ({}) ORDER BY name, advisory, text"""
_LISTS = "SELECT 1 FROM listed WHERE ecosystem = ? LIMIT 1"
_HELD = "SELECT 1 FROM ecosystem WHERE name = ? AND fetched != ''"
_CLAIMED = """SELECT 1 FROM span WHERE ecosystem >= ?1 AND ecosystem < ?2
UNION ALL SELECT 1 FROM listed WHERE ecosystem >= ?1 AND ecosystem < ?2 LIMIT 1"""
_ADVISORIES = "SELECT id, scores, record FROM advisory WHERE id IN ({})"

DELIVERIES = "SELECT bulk, origin, etag, last_modified, file, mark FROM delivery WHERE bulk != '' ORDER BY bulk"

_ClaimKey = tuple[str, str, str]  # ecosystem, name, advisory

_AT_ONCE = 900  # values in one query: SQLite before 3.32 takes 999 parameters
_LONGEST_RECORD = files.LIMIT
_URI_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-~:")


class OlderSchema(DatabaseError):
    """A database that this version cannot read any more and an update may replace."""


class Ecosystem(NamedTuple):
    """What the database holds of one ecosystem, without a suffix ("AlmaLinux").

    records  number of records that name a project of it, withdrawn ones too.
    newest   RFC 3339 time of the record that changed last, among those of whole exports.
    fetched  RFC 3339 time as of which the records are known to be whole; of an import by hand, its newest record's;
             empty where no whole export is held, so that the ecosystem is not covered.
    origin   address or path that most of them came from, without credentials.
    skipped  number of records of that origin that could not be read.
    """

    name: str
    records: int
    newest: str
    fetched: str
    origin: str
    skipped: int


def path(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the database's file: the one that the settings name, else PIP_ASSAY_DB, else that in the cache folder."""
    named = settings.database or environ.get("PIP_ASSAY_DB", "")
    return os.path.expanduser(named) if named else os.path.join(settings.cache or files.cache_folder(), FILE_NAME)


def exists(path: str) -> bool:
    """Return whether there is a file, and something in it."""
    return os.path.exists(path) and os.path.getsize(path) > 0


def age(date: str, now: float) -> float | None:
    """Return the days from an RFC 3339 time until `now`, in seconds since the epoch.

    None where there is no such time, or it is more than a day ahead: then the clock or the date is wrong.
    """
    then = moments.seconds(date)
    days = (now - then) / 86400 if then is not None else -1.0
    return max(days, 0.0) if days > -1 else None


def open(path: str) -> "Database":  # noqa: A001 - as sqlite3 and gzip name theirs
    """Return the database in the file.

    Raises:
        DatabaseError: the file is missing, damaged, not a database of pip-assay, or of another schema.
    """
    return Database(path, _connect(path))


class Database:
    """An open database. Every method raises DatabaseError where the file turns out to be damaged."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._reading = Reading(path)

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def data(self, ecosystems: Iterable[str] = ()) -> Data:
        """Return which data this is; its times are those of the oldest of these ecosystems, of all where none is named.

        Of what covers no ecosystem, the date is that of the newest record.
        """
        wanted = set(map(_without_suffix, ecosystems))
        with self._reading:
            digest, records, newest, _ = self._state()
            asked = [held for held in self.ecosystems() if held.fetched and (not wanted or held.name in wanted)]
            date = min([held.newest for held in asked], default=newest)
            fetched = min([held.fetched for held in asked], default="")
            known = Data("local database", self.path, date, fetched, records, digest)
            dates = self._list_dates()
            return known._replace(kev=dates.get("kev", ""), epss=dates.get("epss", ""))

    def ecosystems(self) -> tuple[Ecosystem, ...]:
        """Return what is held of each ecosystem, by name."""
        with self._reading:
            query = "SELECT name, records, newest, fetched, origin, skipped FROM ecosystem ORDER BY name"
            held = [Ecosystem(*row) for row in self._connection.execute(query)]
            checked = checks.times(self.path, self._state()[0])
            return tuple([each._replace(fetched=checked.get(each.name, each.fetched)) for each in held])

    def deliveries(self) -> list[tuple[str, ...]]:
        """Return the last delivery of each bulk export, as the fields of delivery.Delivery."""
        with self._reading:
            return self._connection.execute(DELIVERIES).fetchall()

    def lists(self) -> dict[str, "SignalList"]:
        """Return by name the lists of CVEs that are held: "kev", "epss"."""
        from pip_assay.advisories import cves

        with self._reading:
            return cves.lists(self._connection)

    def signals(self, names: Iterable[str]) -> dict[str, Signals]:
        """Return by name what the lists that are held say of each CVE among the names; nothing where none is held."""
        wanted = sorted(set(names))
        with self._reading:
            held = self._list_dates() if wanted else {}
            if not held:
                return {}
            from pip_assay.advisories import cves

            return cves.signals(wanted, is_listed="kev" in held, among=self._among)

    def covers(self, ecosystem: str) -> bool:
        """Return whether the database holds records of the ecosystem.

        Where its records are of single releases of a distribution ("AlmaLinux:8"), whether it holds any of that one.
        """
        whole = _storable(ecosystem)
        name = _without_suffix(whole)
        with self._reading:
            if not self._connection.execute(_HELD, [name]).fetchone():
                return False
            if name == PYPI or self._has_claims(whole, f"{whole}\0"):
                return True
            return whole == name and not self._has_claims(f"{name}:", f"{name};")

    def _has_claims(self, first: str, end: str) -> bool:
        """Return whether a live record is of an ecosystem from the first up to, and without, the end."""
        return self._connection.execute(_CLAIMED, [first, end]).fetchone() is not None

    def public_index(self) -> str:
        """Return the address of the public package index, which costs more to find out than to read here."""
        with self._reading:
            return self._state()[3]

    def claims(self, pins: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[Claim, ...]]:
        """Return by (ecosystem, name) the claims of all live records, by id; a project without any has no entry."""
        wanted: dict[str, set[str]] = {}
        for ecosystem, name in pins:
            wanted.setdefault(_storable(ecosystem), set()).add(_storable(name))
        spans: dict[_ClaimKey, list[Span]] = {}
        texts: dict[_ClaimKey, list[str]] = {}
        with self._reading:
            for ecosystem, names in wanted.items():
                for name, advisory, start, end, certainty in self._among(_SPANS, names, ecosystem):
                    span = Span(start, end, CERTAINTIES[certainty])
                    spans.setdefault((ecosystem, name, advisory), []).append(span)
                if not self._connection.execute(_LISTS, [ecosystem]).fetchone():
                    continue
                for name, advisory, text in self._among(_LISTED, names, ecosystem):
                    texts.setdefault((ecosystem, name, advisory), []).append(text)
            return _by_project(spans, texts)

    def advisories(self, ids: Iterable[str]) -> dict[str, Advisory]:
        """Return by id the records that are held, withdrawn ones too; an id that is not has no entry."""
        wanted = set(map(_storable, ids))
        with self._reading:
            return {name: _advisory(scores, record) for name, scores, record in self._among(_ADVISORIES, wanted)}

    def find(self, identifier: str) -> tuple[Advisory, ...]:
        """Return the records with this id or alias, in any letter case, by id."""
        query = "SELECT advisory FROM alias WHERE alias = ?"
        with self._reading:
            found = self.advisories(str(name) for (name,) in self._connection.execute(query, [_storable(identifier)]))
            return tuple([found[each] for each in sorted(found)])

    def sharing(self, names: Iterable[str], known: Collection[str] = ()) -> dict[str, Advisory]:
        """Return by id the records that have one of these names as their id or alias, but for the known ids."""
        with self._reading:
            ids = [
                row[0]
                for row in self._among("SELECT advisory FROM alias WHERE alias IN ({})", set(map(_storable, names)))
            ]
        return self.advisories(set(ids).difference(known))

    def speaking_of(self, names: Iterable[str]) -> dict[str, Advisory]:
        """Return by id the records that speak of a CVE among the names without having it as their id or alias."""
        query = "SELECT advisory FROM upstream WHERE cve IN ({})"
        with self._reading:
            ids = [str(row[0]) for row in self._among(query, set(map(_storable, names)))]
        return self.advisories(ids)

    def record(self, identifier: str) -> bytes | None:
        """Return the record as published, as JSON with sorted keys; None where the id is not held."""
        query = "SELECT record FROM advisory WHERE id = ?"
        with self._reading:
            row = self._connection.execute(query, [_storable(identifier)]).fetchone()
            return inflate(row[0]) if row else None

    def _state(self) -> tuple[str, int, str, str]:
        ((digest, records, newest, public_index),) = self._connection.execute(
            "SELECT digest, records, newest, public_index FROM state"
        )
        return digest, records, newest, public_index

    def _list_dates(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT name, CAST(date AS TEXT) FROM signal").fetchall())

    def _among(self, query: str, values: Iterable[Any], *first: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query whose "{}" takes the values: sorted, and as many at once as SQLite allows."""
        waiting = sorted(values)
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            rows += self._connection.execute(query.format(",".join("?" * len(some))), [*first, *some]).fetchall()
        return rows


class Reading:
    """Calls the database damaged where its rows are none that we write: SQLite has no checksums."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError)):
            raise damaged(self._path) from None


def _advisory(scores: str, record: bytes) -> Advisory:
    known: dict[str, float | None] = plain_json.loads(scores)
    return osv.advisory(osv.load(inflate(record)), lambda kind, vector: Rating(kind, vector, known.get(vector)))


def inflate(record: bytes) -> bytes:
    """Return a record as it was published; ValueError where it is damaged."""
    import zlib

    try:
        return zlib.decompressobj().decompress(record, _LONGEST_RECORD)
    except zlib.error as error:
        raise ValueError from error


def _connect(path: str) -> sqlite3.Connection:
    if not exists(path):
        raise DatabaseError("there is no advisory database", path, "run: pip-assay db update")
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(_uri(path), uri=True, isolation_level=None)
        _check(connection, path)
    except BaseException as error:
        if connection:
            connection.close()
        if os.path.isdir(path):
            raise DatabaseError("is not a file", path, "name another file: --db") from None
        if isinstance(error, sqlite3.OperationalError):
            raise DatabaseError(f"cannot be opened ({error})", path, "check the path and its permissions") from None
        if isinstance(error, sqlite3.DatabaseError):
            raise _foreign(path) if error.sqlite_errorname == "SQLITE_NOTADB" else damaged(path) from None
        raise
    return connection


def _check(connection: sqlite3.Connection, path: str) -> None:
    # A database may come from elsewhere: no function in its schema is run.
    connection.execute("PRAGMA trusted_schema = OFF")
    names = ("application_id", "user_version", "page_count", "page_size")
    application, schema, pages, page = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    if application != APPLICATION:
        raise _foreign(path)
    if schema > SCHEMA:
        raise DatabaseError("was written by a newer pip-assay", path, "upgrade pip-assay, or name another file: --db")
    if schema < SCHEMA:
        raise OlderSchema("was written by an older pip-assay", path, "run: pip-assay db update")
    # A cut that leaves a part of the last page is one that SQLite does not see.
    if pages * page > os.path.getsize(path):
        raise damaged(path)


def _foreign(path: str) -> DatabaseError:
    return DatabaseError("is not an advisory database of pip-assay", path, "name another file: --db")


def damaged(path: str) -> DatabaseError:
    """Return the error for a file whose content SQLite, or we, cannot make sense of."""
    return DatabaseError("the advisory database is damaged", path, "delete it, and run: pip-assay db update")


def _uri(path: str) -> str:
    """Return SQLite's URI of a file that nothing changes (sqlite.org/uri.html: "immutable")."""
    absolute = os.path.abspath(path)
    if os.sep == "\\":
        absolute = "/" + absolute.replace("\\", "/")
    quoted = "".join([chr(byte) if byte in _URI_SAFE else f"%{byte:02X}" for byte in os.fsencode(absolute)])
    return f"file://{quoted}?mode=ro&immutable=1"


def _by_project(
    spans: Mapping[_ClaimKey, list[Span]], texts: Mapping[_ClaimKey, list[str]]
) -> dict[tuple[str, str], tuple[Claim, ...]]:
    found: dict[tuple[str, str], list[Claim]] = {}
    for place in sorted(spans.keys() | texts.keys()) if texts else spans:
        ecosystem, name, advisory = place
        claim = Claim(advisory, tuple(spans.get(place, ())), tuple(texts.get(place, ())))
        found.setdefault((ecosystem, name), []).append(claim)
    return {project: tuple(claims) for project, claims in found.items()}


def _without_suffix(ecosystem: str) -> str:
    return ecosystem.partition(":")[0]


def _storable(text: str) -> str:
    """Return a text that SQLite takes as a parameter: bytes that were no text become "?", and match no record."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
