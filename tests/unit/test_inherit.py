"""A database that an older pip-assay wrote: with a new version nothing of it is lost."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pip_assay.advisories import build, bundle, checks, database, draft, inherit, integrity, local, sync
from pip_assay.advisories.cves import SignalList
from pip_assay.advisories.signal_lists import sum_of
from pip_assay.errors import DatabaseError
from pip_assay.model import PYPI
from pip_assay.net import Network
from pip_assay.settings import Outside, Settings
from tests.osv_export import archive, export, record

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
LATE = "2027-01-14T00:00:00Z"
OFFLINE = Settings(offline=True)
SECOND = """
PRAGMA application_id = 1095979865;
PRAGMA user_version = 2;
CREATE TABLE advisory (
    id TEXT PRIMARY KEY, modified TEXT NOT NULL, digest BLOB NOT NULL, scores TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE mention (advisory TEXT, ecosystem TEXT, name TEXT, PRIMARY KEY (advisory, ecosystem, name)) WITHOUT ROWID;
CREATE TABLE span (
    ecosystem TEXT, name TEXT, advisory TEXT, part INTEGER, start BLOB NOT NULL, end BLOB NOT NULL,
    certainty INTEGER NOT NULL, PRIMARY KEY (ecosystem, name, advisory, part)) WITHOUT ROWID;
CREATE TABLE listed (
    ecosystem TEXT, name TEXT, advisory TEXT, text TEXT, PRIMARY KEY (ecosystem, name, advisory, text)) WITHOUT ROWID;
CREATE TABLE alias (advisory TEXT, alias TEXT COLLATE NOCASE, PRIMARY KEY (advisory, alias)) WITHOUT ROWID;
CREATE INDEX alias_alias ON alias (alias);
CREATE TABLE delivery (
    number INTEGER PRIMARY KEY, bulk TEXT NOT NULL, origin TEXT NOT NULL, fetched TEXT NOT NULL, etag TEXT NOT NULL,
    last_modified TEXT NOT NULL, file TEXT NOT NULL, mark TEXT NOT NULL, skipped INTEGER NOT NULL);
CREATE TABLE delivered (
    advisory TEXT, delivery INTEGER, listed TEXT, PRIMARY KEY (advisory, delivery)) WITHOUT ROWID;
CREATE TABLE ecosystem (
    name TEXT PRIMARY KEY, records INTEGER NOT NULL, newest TEXT NOT NULL, fetched TEXT NOT NULL,
    origin TEXT NOT NULL, skipped INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE state (
    digest TEXT NOT NULL, records INTEGER NOT NULL, newest TEXT NOT NULL, public_index TEXT NOT NULL);
"""


def second(path: str, root: str) -> None:
    """Write a database of schema 2, as the version before wrote it: an export's record, and one imported by hand."""
    total = hashlib.sha256()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SECOND)
        for number, name in enumerate(("ACME-1", "X-1"), 1):
            content = record(name, name.lower(), modified=LATE, aliases=[f"CVE-2026-{number}"])
            document = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
            digest, modified = hashlib.sha256(document).digest(), "2027-01-14T00:00:00.000000+00:00"
            total.update(f"{name} {modified} ".encode() + digest + b"\n")
            row = name, modified, digest, "{}", zlib.compress(document)
            connection.execute("INSERT INTO advisory VALUES (?, ?, ?, ?, ?)", row)
            connection.execute("INSERT INTO delivered VALUES (?, ?, NULL)", (name, number))
        state = Path(root, "PyPI", "all.zip").stat()
        mark = f"all.zip {state.st_size} {state.st_mtime_ns}"
        for delivery in (
            (1, "", "/own/ACME-1.json", LATE, "", "", "", "", 0),
            (2, PYPI, f"{root}/PyPI", "2027-01-14T08:00:00Z", mark, "", "", "2027-01-14T00:00:00.000000+00:00", 0),
        ):
            connection.execute("INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", delivery)
        told = total.hexdigest(), 2, LATE, "https://index.example"
        connection.execute("INSERT INTO state VALUES (?, ?, ?, ?)", told)


@pytest.fixture
def root(tmp_path: Path) -> str:
    """An export in a folder, from which the older version had fetched."""
    return export(tmp_path / "export", record("X-1", "x-1", modified=LATE))


@pytest.fixture
def path(tmp_path: Path, root: str) -> str:
    """A database of schema 2."""
    made = str(tmp_path / "advisories.db")
    second(made, root)
    return made


def outside(path: str, said: list[str], origin: str = "/nowhere") -> Outside:
    """A person's surroundings, and what they are told."""
    return Outside({"PIP_ASSAY_DB": path, "PIP_ASSAY_OSV_BULK": origin}, "/", NOW, said.append)


def ids(path: str) -> list[str]:
    """The ids of the records that have a claim."""
    with database.open(path) as held:
        claims = held.claims([(PYPI, "acme-1"), (PYPI, "x-1"), (PYPI, "new-1")])
        return sorted(each.advisory for found in claims.values() for each in found)


def test_an_audit_offline_works_at_once_with_all_that_was_held(path: str) -> None:
    """The first audit after an upgrade brings the database over, tells so, and finds own records too."""
    said: list[str] = []
    held = local.hold(OFFLINE, outside(path, said))
    assert held.problems == ()
    assert held.database
    held.database.close()
    assert said == ["bringing the advisory database to this version's form"]
    assert ids(path) == ["ACME-1", "X-1"]
    integrity.check(path, thoroughly=True)
    assert local.hold(OFFLINE, outside(path, said)).problems == ()
    assert len(said) == 1


def test_what_is_said_of_the_data_stays(path: str, root: str) -> None:
    """The digest, the time of the last update and its note, and that an export is as it was."""
    with closing(sqlite3.connect(path)) as connection:
        ((digest,),) = connection.execute("SELECT digest FROM state")
    checks.note(path, digest, [PYPI], "2027-01-15T07:00:00Z")
    draft.renew(path, lambda _: None)
    with database.open(path) as held:
        assert (held.data().digest, held.data().fetched) == (digest, "2027-01-15T07:00:00Z")
    updated = sync.update(path, Network(), {}, now=NOW, origin=root)
    assert [each.delivered for each in updated.fetched] == [None]
    assert ids(path) == ["ACME-1", "X-1"]


@pytest.mark.parametrize("renewed", [True, False])
def test_an_import_adds_to_it(path: str, tmp_path: Path, renewed: bool) -> None:
    """Whether it was brought over before or not."""
    if renewed:
        draft.renew(path, lambda _: None)
    built = build.build(path, [archive(tmp_path / "new.zip", record("NEW-1", "new-1"))], now=NOW)
    assert (built.read, built.held) == (1, 3)
    assert ids(path) == ["ACME-1", "NEW-1", "X-1"]


def test_an_update_keeps_what_was_imported_by_hand(path: str, tmp_path: Path) -> None:
    """Records that only the export had go with it, one's own stay."""
    other = export(tmp_path / "other", record("NEW-1", "new-1", modified="2027-01-15T00:00:00Z"))
    sync.update(path, Network(), {}, now=NOW, origin=other)
    assert ids(path) == ["ACME-1", "NEW-1"]


def test_an_exported_file_is_compared_with_it(path: str, tmp_path: Path) -> None:
    """What knows less than an older version's database is refused."""
    small = str(tmp_path / "small.db")
    build.build(small, [archive(tmp_path / "all.zip", record("NEW-1", "new-1"))], now=NOW)
    bundle.write(small, str(tmp_path / "small.zip"))
    with pytest.raises(DatabaseError, match="is older than the database here: for PyPI"):
        bundle.take(str(tmp_path / "small.zip"), path)
    assert ids(path) == ["ACME-1", "X-1"]


def test_lists_of_cves_stay(path: str) -> None:
    """KEV and EPSS, where the schema had them."""
    kev, epss = [(20_260_000_001, "2026-02-01", 1)], [(20_260_000_001, 4321, 98765)]
    with draft.begin(path) as new:
        for name, rows in (("kev", kev), ("epss", epss)):
            new.put(SignalList(name, f"/{name}", LATE, LATE, "", "", sum_of(rows), 1), rows)
        new.finish()
    with database.open(path) as held:
        before = held.lists(), held.signals(["CVE-2026-1"]), held.data()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA - 1}")
    draft.renew(path, lambda _: None)
    with database.open(path) as held:
        assert (held.lists(), held.signals(["CVE-2026-1"]), held.data()) == before
    assert [each.cves for each in before[0].values()] == [1, 1]


def test_every_schema_since_the_second_is_known() -> None:
    """Whoever counts SCHEMA up makes sure that the one before is taken over."""
    assert frozenset(range(2, database.SCHEMA)) <= inherit.SCHEMAS


def _spoil(statement: str) -> Callable[[str], None]:
    def spoil(path: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return spoil


def _block(path: str) -> None:
    Path(f"{path}.new", "taken").mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_spoil("UPDATE advisory SET record = x'00' WHERE id = 'X-1'"), "the advisory database is damaged"),
        (_spoil("UPDATE advisory SET digest = x'00' WHERE id = 'X-1'"), "the advisory database is damaged"),
        (_spoil("DELETE FROM advisory WHERE id = 'X-1'"), "the advisory database is damaged"),
        (_spoil("DELETE FROM state"), "the advisory database is damaged"),
        (_spoil("DROP TABLE delivered"), "the advisory database is damaged"),
        (_spoil("PRAGMA user_version = 1"), "so old a pip-assay that nothing of it can be taken over"),
        (_block, "cannot be written"),
    ],
)
@pytest.mark.parametrize("offline", [True, False])
def test_what_cannot_be_brought_over_is_a_problem(
    path: str, spoil: Callable[[str], None], words: str, offline: bool
) -> None:
    """In words, with the old file as it was, whether or not something could be fetched in its place."""
    spoil(path)
    before = Path(path).read_bytes()
    held = local.hold(Settings(offline=offline), outside(path, []))
    (problem,) = held.problems
    assert (held.database, problem.gap) == (None, "unreadable")
    assert problem.what.startswith("was written by an older pip-assay, and could not be brought to this version's form")
    assert words in problem.what
    assert Path(path).read_bytes() == before


def test_beginning_anew_asks_for_nothing_of_it(path: str, tmp_path: Path) -> None:
    """`db import --replace` replaces what no version can read any more, too."""
    _spoil("PRAGMA user_version = 1")(path)
    build.build(path, [archive(tmp_path / "new.zip", record("NEW-1", "new-1"))], now=NOW, replace=True)
    assert ids(path) == ["NEW-1"]
