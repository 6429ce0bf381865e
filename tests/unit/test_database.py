import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from pip_assay import match, severity
from pip_assay.advisories import build, database, integrity, osv
from pip_assay.errors import DatabaseError, Unreadable
from pip_assay.model import Data
from pip_assay.records import Advisory, Claim
from pip_assay.settings import Settings
from tests.osv_export import archive, record

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
SOURCE = str(Path(__file__).resolve().parents[2] / "src")

RECORDS = (
    record("PYSEC-1", "Demo.One", aliases=["CVE-1", "GHSA-a"], severity=[{"type": "CVSS_V3", "score": VECTOR}]),
    record("GHSA-a", "demo-one", aliases=["CVE-1"], fixed="2.1", modified="2026-02-03T04:05:06.789Z"),
    record("PYSEC-2", "demo-two", aliases=["CVE-2"], withdrawn="2026-01-02T00:00:00Z"),
    record("RUSTSEC-1", "demo-one", ecosystem="crates.io"),
    record("ALSA-1", "Demo_C", ecosystem="AlmaLinux:8", fixed="1-1.el8"),
    record("PSF-1", affected=[{"ranges": [{"type": "GIT", "repo": "https://code.example", "events": []}]}]),
    record("ODD-1", "odd", affected=[{"package": {"ecosystem": "PyPI", "name": "odd"}, "versions": ["1_x", "1.0"]}]),
)


@pytest.fixture
def built(tmp_path: Path) -> str:
    """A database of RECORDS."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", *RECORDS)], now=NOW)
    return path


def expected(document: object, name: str) -> Claim:
    """The claim of a record about a project, straight from its JSON."""
    advisory = osv.advisory(document)
    return match.claim(advisory.id, [entry for entry in advisory.affected if entry.name == name])


# --- look-ups --------------------------------------------------------------------------------------


def test_claims_are_those_of_every_live_record_that_names_the_project(built: str) -> None:
    """By ecosystem and name, sorted by id; withdrawn records claim nothing, other projects have no entry."""
    wanted = [
        ("PyPI", "demo-one"),
        ("PyPI", "demo-two"),
        ("PyPI", "nobody"),
        ("crates.io", "demo-one"),
        ("PyPI", "odd"),
    ]
    with database.open(built) as held:
        found = held.claims(iter(wanted))
    assert found == {
        ("PyPI", "demo-one"): (expected(RECORDS[1], "demo-one"), expected(RECORDS[0], "demo-one")),
        ("crates.io", "demo-one"): (expected(RECORDS[3], "demo-one"),),
        ("PyPI", "odd"): (expected(RECORDS[6], "odd"),),
    }
    assert found["PyPI", "odd"][0].texts == ("1_x",)


def test_the_suffix_of_an_ecosystem_is_part_of_the_key(built: str) -> None:
    """A record for AlmaLinux:8 says nothing of AlmaLinux:9."""
    with database.open(built) as held:
        found = held.claims([("AlmaLinux:8", "Demo_C"), ("AlmaLinux:9", "Demo_C"), ("AlmaLinux", "Demo_C")])
    assert found == {("AlmaLinux:8", "Demo_C"): (expected(RECORDS[4], "Demo_C"),)}


def test_thousands_of_names_are_looked_up_at_once(tmp_path: Path) -> None:
    """More names than an older SQLite takes as parameters of one query are all answered."""
    records = [record(f"X-{number}", f"project-{number}") for number in range(2500)]
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", *records)], now=NOW)
    with database.open(path) as held:
        held._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        found = held.claims(("PyPI", f"project-{number}") for number in range(5000))
        advisories = held.advisories(f"X-{number}" for number in range(5000))
    assert {name: [claim.advisory for claim in claims] for (_, name), claims in found.items()} == {
        f"project-{number}": [f"X-{number}"] for number in range(2500)
    }
    assert advisories == {str(each["id"]): osv.advisory(each) for each in records}


def test_advisories_are_as_published_and_rated(built: str) -> None:
    """Records come back whole, withdrawn ones too, with the scores of their vectors; an unknown id has no entry."""
    with database.open(built) as held:
        found = held.advisories(["PYSEC-1", "PYSEC-2", "nobody", "PSF-1"])
    assert found == {str(each["id"]): osv.advisory(each) for each in (RECORDS[0], RECORDS[2], RECORDS[5])}
    assert found["PYSEC-1"].ratings[0].score == 9.8


@pytest.mark.parametrize(
    ("identifier", "ids"),
    [
        ("cve-1", ["GHSA-a", "PYSEC-1"]),
        ("GHSA-A", ["GHSA-a", "PYSEC-1"]),
        ("pysec-2", ["PYSEC-2"]),
        ("CVE-3", []),
        ("", []),
        ("CVE-1\udcff", []),
        ("' OR 1=1 --", []),
    ],
)
def test_a_record_is_found_by_its_id_and_by_any_alias(built: str, identifier: str, ids: list[str]) -> None:
    """All records with the id or alias, in any letter case, by id."""
    with database.open(built) as held:
        assert [advisory.id for advisory in held.find(identifier)] == ids


def test_names_that_are_no_text_find_nothing(built: str) -> None:
    """A name read from undecodable bytes is a name without advisories, not an error."""
    with database.open(built) as held:
        assert held.claims([("PyPI", "demo\udcff"), ("PyPI\udcff", "demo"), ("PyPI", "é"), ("PyPI", "\x00")]) == {}
        assert held.advisories(["\udcff"]) == {}
        assert not held.covers("PyPI\udcff")


def test_the_record_itself_can_be_had(built: str) -> None:
    """The JSON as published, with its keys sorted."""
    with database.open(built) as held:
        content = held.record("PYSEC-1")
        assert held.record("nobody") is None
    assert content == json.dumps(RECORDS[0], sort_keys=True, separators=(",", ":")).encode()


# --- what the data are -----------------------------------------------------------------------------


def test_the_data_say_what_they_are(built: str, tmp_path: Path) -> None:
    """How many records, from where; as new as the oldest of what is asked for, by hand as new as its newest record."""
    with database.open(built) as held:
        data = held.data()
        assert data == Data("local database", built, "2026-01-01T00:00:00Z", "2026-02-03T04:05:06Z", 7, data.digest)
        origin = str(tmp_path / "all.zip")
        assert held.ecosystems() == (
            ("AlmaLinux", 1, "2026-01-01T00:00:00Z", "2026-02-03T04:05:06Z", origin, 0),
            ("PyPI", 4, "2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z", origin, 0),
            ("crates.io", 1, "2026-01-01T00:00:00Z", "2026-02-03T04:05:06Z", origin, 0),
        )
        assert held.data(["AlmaLinux:8"]).fetched == "2026-02-03T04:05:06Z"
        assert held.data(["PyPI"]).date == "2026-02-03T04:05:06Z"
        assert held.data(["PyPI", "AlmaLinux:8"]).date == "2026-01-01T00:00:00Z"
        assert held.data(["npm"]).fetched == ""
        assert held.public_index().startswith("https://")


def test_coverage_is_of_ecosystems_without_suffix(built: str) -> None:
    """A release of a distribution of which no record is there is not covered, nor is "some release of it"."""
    names = ("PyPI", "AlmaLinux", "AlmaLinux:8", "AlmaLinux:9", "AlmaLinux:80", "AlmaLinux:", "npm", "", "pypi")
    with database.open(built) as held:
        covered = [name for name in names if held.covers(name)]
    assert covered == ["PyPI", "AlmaLinux:8"]


def test_a_distribution_whose_only_claims_are_listed_versions_is_covered(tmp_path: Path) -> None:
    """A release counts by any claim of it, a range or a version that only equality matches."""
    package = {"ecosystem": "Alpine:v3.18", "name": "zlib"}
    odd = record("ALPINE-1", affected=[{"package": package, "versions": ["no version at all"]}])
    whole = [record(f"ALPINE-{number}", "x", ecosystem="Alpine:v3.19") for number in range(2, 1010)]
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", odd, *whole)], now=NOW)
    with database.open(path) as held:
        covered = [name for name in ("Alpine:v3.18", "Alpine:v3.19", "Alpine:v3.99", "Alpine") if held.covers(name)]
    assert covered == ["Alpine:v3.18", "Alpine:v3.19"]


def test_records_that_speak_of_a_cve_are_found_by_it(built: str, tmp_path: Path) -> None:
    """Not as an alias: neither `find` nor `sharing` knows them. One that is replaced speaks of what it says then."""
    first = record("ALSA-2", "zlib", ecosystem="AlmaLinux:8", related=["CVE-2022-1", "cve-2022-2", "RHSA-1"])
    later = first | {"related": ["CVE-2022-2"], "modified": "2026-05-01T00:00:00Z"}
    for number, each in enumerate((first, later)):
        build.build(built, [archive(tmp_path / f"{number}.zip", each)], now=NOW)
        with database.open(built) as held:
            assert held.find("CVE-2022-2") == ()
            assert held.sharing(["CVE-2022-2"]) == {}
            found = [[*held.speaking_of([name])] for name in ("CVE-2022-1", "cve-2022-2", "RHSA-1", "ALSA-2", "\udcff")]
        assert found == [["ALSA-2"] * (number == 0), ["ALSA-2"], [], [], []]
        integrity.check(built, thoroughly=True)
    with closing(sqlite3.connect(built)) as connection, connection:
        connection.execute("DELETE FROM upstream")
    with pytest.raises(DatabaseError, match="'upstream'"):
        integrity.check(built, thoroughly=True)


def test_the_digest_is_of_the_records_alone(tmp_path: Path) -> None:
    """The same records give the same digest, however they are packed; another record, or date, another digest."""

    def digest(name: str, *records: dict[str, object]) -> str:
        folder = tmp_path / name
        folder.mkdir()
        for each in records:
            (folder / f"{each['id']}.json").write_text(json.dumps(dict(reversed(each.items())), indent=4))
        build.build(str(folder / "db"), [str(folder)], now=NOW)
        with database.open(str(folder / "db")) as held:
            return held.data().digest

    zipped = str(tmp_path / "zipped.db")
    build.build(zipped, [archive(tmp_path / "all.zip", *reversed(RECORDS))], now=NOW + 1)
    with database.open(zipped) as held:
        same = held.data().digest
    assert digest("all", *RECORDS) == same
    assert digest("fewer", *RECORDS[1:]) != same
    assert digest("changed", {**RECORDS[0], "summary": "New"}, *RECORDS[1:]) != same
    assert digest("later", {**RECORDS[0], "modified": "2026-01-01T00:00:01Z"}, *RECORDS[1:]) != same


@pytest.mark.parametrize(
    ("date", "days"),
    [
        ("2027-01-15T08:00:00Z", 0.0),
        ("2027-01-08T08:00:00Z", 7.0),
        ("2027-01-14T20:00:00+12:00", 1.0),
        ("2027-01-15T20:00:00.123456789Z", 0.0),
        ("2027-01-17T08:00:00Z", None),
        ("", None),
        ("yesterday", None),
        ("9999-99-99T00:00:00Z", None),
    ],
)
def test_age_is_in_days_and_unknown_when_the_clocks_disagree(date: str, days: float | None) -> None:
    """A date that is no date, or lies more than a day ahead, gives no age."""
    assert database.age(date, NOW) == days


def test_the_file_is_named_by_settings_then_environment_then_cache(tmp_path: Path) -> None:
    """--db goes before PIP_ASSAY_DB, and that before the cache folder."""
    home = os.path.expanduser("~")
    assert database.path(Settings(database="~/a.db"), {"PIP_ASSAY_DB": "b.db"}) == os.path.join(home, "a.db")
    assert database.path(Settings(cache="c"), {"PIP_ASSAY_DB": "~/b.db"}) == os.path.join(home, "b.db")
    assert database.path(Settings(cache=str(tmp_path)), {}) == str(tmp_path / "advisories.db")
    assert database.path(Settings(), {}) == os.path.join(os.environ["PIP_ASSAY_CACHE"], "advisories.db")


# --- the hot path ----------------------------------------------------------------------------------

HEAVY = {
    *(
        "cvss",
        "zipfile",
        "hashlib",
        "tempfile",
        "urllib",
        "urllib3",
        "ssl",
        "socket",
        "packageurl",
        "packaging",
        "rich",
    ),
    *("dataclasses", "pathlib", "logging", "subprocess", "inspect", "threading", "shutil", "tomllib"),
}
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
from pip_assay.advisories import database
with database.open(sys.argv[2]) as held:
    assert held.claims([("PyPI", "demo-one")]) and held.advisories(["PYSEC-1"])["PYSEC-1"].ratings[0].score == 9.8
    assert held.data().records and held.ecosystems() and held.covers("PyPI") and held.public_index()
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def test_a_look_up_loads_nothing_heavy(built: str) -> None:
    """Opening, claims, advisories with their scores, and data: no cvss, no zipfile, no network."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, SOURCE, built], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"_sqlite3", "zlib", "pip_assay"} <= loaded
    assert loaded & HEAVY == set()


# --- files that are no database --------------------------------------------------------------------


def sentence(path: Path) -> str:
    """What is said of a file that cannot be opened."""
    with pytest.raises(DatabaseError) as caught:
        database.open(str(path)).close()
    assert caught.value.exit_code == 3
    assert caught.value.where == str(path)
    return f"{caught.value.what}; {caught.value.hint}"


def test_no_database_says_how_to_get_one(tmp_path: Path) -> None:
    """A file that is missing or empty is no database yet."""
    (tmp_path / "empty.db").touch()
    expected = "there is no advisory database; run: pip-assay db update"
    assert [sentence(tmp_path / name) for name in ("missing.db", "empty.db")] == [expected] * 2
    assert not database.exists(str(tmp_path / "missing.db"))
    assert not database.exists(str(tmp_path / "empty.db"))


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """A folder is said to be no file, in the words of an update."""
    assert sentence(tmp_path) == "is not a file; name another file: --db"


def test_other_files_are_no_database_of_ours(tmp_path: Path) -> None:
    """Text, and a database of another program, are not taken for empty databases."""
    (tmp_path / "text").write_text("not a database, though long enough to have a header of a hundred bytes" * 9)
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE advisory (id TEXT)")
    for name in ("text", "other"):
        assert sentence(tmp_path / name).startswith("is not an advisory database of pip-assay")


@pytest.mark.parametrize("left", [100, 511, 4095, 4096, 8192, 0.5, 0.99])
def test_a_truncated_database_is_told_at_once(built: str, left: float) -> None:
    """A file that is shorter than its header says is not opened."""
    content = Path(built).read_bytes()
    Path(built).write_bytes(content[: int(left if left > 1 else left * len(content))])
    assert sentence(Path(built)).startswith(("the advisory database is damaged", "is not an advisory database"))


@pytest.mark.parametrize(
    ("schema", "said", "kind"),
    [
        (database.SCHEMA + 1, "was written by a newer pip-assay; upgrade pip-assay", DatabaseError),
        (database.SCHEMA - 1, "was written by an older pip-assay; run: pip-assay db update", database.OlderSchema),
    ],
)
def test_another_schema_is_told(built: str, schema: int, said: str, kind: type[Exception]) -> None:
    """A database of another schema is not read as if it were of this one."""
    with closing(sqlite3.connect(built)) as connection:
        connection.execute(f"PRAGMA user_version = {schema}")
    assert sentence(Path(built)).startswith(said)
    with pytest.raises(kind):
        database.open(built)


def asked(path: str) -> list[object]:
    """Everything that a database can be asked."""
    with database.open(path) as held:
        return [
            held.data(),
            held.ecosystems(),
            held.public_index(),
            held.claims([("PyPI", "demo-one"), ("AlmaLinux:8", "Demo_C")]),
            held.advisories(str(each["id"]) for each in RECORDS),
            held.find("CVE-1"),
            held.record("PYSEC-1"),
        ]


def test_damage_anywhere_is_told_or_does_no_harm(built: str) -> None:
    """Overwrite any part of the file: every question is answered, or the database is said to be damaged."""
    content = Path(built).read_bytes()
    said: list[str] = []
    for start in range(0, len(content), 512):
        for filling in (b"\x00", b"\xff", b"7"):
            Path(built).write_bytes(content[:start] + filling * 512 + content[start + 512 :])
            try:
                asked(built)
            except DatabaseError as error:
                said.append(error.what)
    known = {"the advisory database is damaged", "is not an advisory database of pip-assay"}
    assert len(said) > 20
    assert {what for what in said if "er pip-assay" not in what} == known
    Path(built).write_bytes(content)
    assert asked(built)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM state",
        "DROP TABLE span",
        "UPDATE advisory SET record = x'00'",
        "UPDATE advisory SET record = 5",
        "UPDATE advisory SET scores = '[1]'",
        "UPDATE advisory SET scores = 'x'",
        "UPDATE span SET certainty = 9",
        "UPDATE span SET certainty = 'x'",
        "UPDATE advisory SET record = CAST(record AS TEXT)",
        "UPDATE ecosystem SET name = CAST(x'ff' AS TEXT) WHERE name = 'PyPI'",
    ],
)
def test_a_database_with_nonsense_in_it_is_damaged(built: str, query: str) -> None:
    """Rows that pip-assay never writes are damage, not a traceback."""
    with closing(sqlite3.connect(built)) as connection, connection:
        connection.executescript(query)
    with pytest.raises(DatabaseError, match="damaged"):
        asked(built)


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?.db", "a#b.db", "é.db", "x&mode=rwc.db", "%41.db"])
def test_any_file_name_can_be_opened(built: str, tmp_path: Path, name: str) -> None:
    """Characters that mean something in a URI mean themselves in a path, relative or not."""
    os.rename(built, tmp_path / name)
    with database.open(str(tmp_path / name)) as held:
        assert held.data().records == len(RECORDS)
    with database.open(os.path.relpath(tmp_path / name)) as held:
        assert held.data().where == os.path.relpath(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == sorted(["advisories.db.lock", "all.zip", name])


def test_reading_writes_nothing(built: str, tmp_path: Path) -> None:
    """An audit leaves the database, its folder and its times as they were."""
    before = {name: os.stat(tmp_path / name).st_mtime_ns for name in os.listdir(tmp_path)}
    asked(built)
    assert {name: os.stat(tmp_path / name).st_mtime_ns for name in os.listdir(tmp_path)} == before


# --- real data -------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_database_holds_what_the_real_archives_publish(shared_data: Path, tmp_path: Path) -> None:
    """All records of four databases: claims, advisories and counts are those of the JSON in the archives."""
    archives = sorted(map(str, shared_data.glob("*/all.zip")))
    path = str(tmp_path / "advisories.db")
    built = build.build(path, archives, now=NOW)
    published: dict[str, Advisory] = {}
    claims: dict[tuple[str, str], list[Claim]] = {}
    raw: dict[str, object] = {}
    for each in archives:
        with ZipFile(each) as members:
            for name in members.namelist():
                document = json.loads(members.read(name))
                advisory = published[document["id"]] = osv.advisory(document, severity.rate)
                raw[document["id"]] = document
                projects = {(entry.ecosystem, entry.name) for entry in advisory.affected}
                for project in projects if not advisory.withdrawn else ():
                    entries = [entry for entry in advisory.affected if (entry.ecosystem, entry.name) == project]
                    claims.setdefault(project, []).append(match.claim(advisory.id, entries))
    assert built == (len(published), len(published), len(published), ())
    with database.open(path) as held:
        assert held.claims(claims) == {project: tuple(sorted(found)) for project, found in claims.items()}
        assert held.advisories(published) == published
        assert {name: json.loads(held.record(name) or b"") for name in raw} == raw
        counted = {each.name: each.records for each in held.ecosystems()}
    assert counted == {"PyPI": 2661, "crates.io": 1206, "AlmaLinux": 5637, "Python": 131}


def test_errors_of_the_database_are_told_as_unreadable() -> None:
    """Whoever handles what cannot be read handles a broken database too."""
    assert issubclass(database.OlderSchema, Unreadable)
