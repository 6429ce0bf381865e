"""Audits as of a date. The oracle filters the raw records by their dates, and walks OSV's algorithm over the rest."""

import datetime as dt
import json
import os
import random
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bench import records
from bench.records import Record
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay import flow, policy
from pip_assay.advisories import as_of, build, checks, database
from pip_assay.errors import UsageError
from pip_assay.model import PYPI, UNKNOWN, Dependency, Finding, Inventory, Pin, Place, Report, Signals
from pip_assay.settings import Outside, Settings
from tests.mirror import publish
from tests.osv_export import archive, record
from tests.server import Asked, Reply, Server
from tests.transcripts import NOW, Person, copy

DAYS = [f"2026-01-{day:02}" for day in range(1, 10)]
DATE = st.sampled_from([*DAYS, *(f"{day}T12:00:00Z" for day in DAYS), "2026-01-05T23:30:00-05:00", ""])
PROJECTS = ("alpha", "beta")
VERSIONS = ("0.9", "1.0", "1.5", "2.0")
NAMES = ("GHSA-1", "GHSA-2", "PYSEC-1", "PYSEC-2", "CVE-1", "MAL-1")


def outside(folder: Path, now: float = NOW, **environ: str) -> Outside:
    return Outside({"PIP_ASSAY_DB": str(folder / "advisories.db"), "PIP_CONFIG_FILE": os.devnull, **environ}, "", now)


def audit(folder: Path, until: str, pins: Iterable[tuple[str, str]], **chosen: Any) -> Report:
    """What an audit of the releases as of a date says; without a date, a plain one."""
    listed = tuple(Dependency(Pin(PYPI, *pin), Place("here")) for pin in pins)
    wanted = Settings(offline=True, max_database_age=float("inf"), as_of=until, **chosen)
    return flow.judge([Inventory("t", "k", listed)], wanted, outside(folder))


def findings(report: Report) -> list[Finding]:
    return [verdict.finding for audit in report.audits for verdict in audit.verdicts]


def found(report: Report) -> set[tuple[str, str, str]]:
    """The name and version of each release with a finding, and the id of each record that speaks of it."""
    return {
        (each.dependency.pin.name, each.dependency.pin.version, advisory.id)
        for each in findings(report)
        for advisory in each.advisories
    }


# --- the oracle ------------------------------------------------------------------------------------


def instant(text: str) -> dt.datetime:
    parsed = dt.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)


def end(text: str) -> dt.datetime:
    """The first moment that does not count any more: the next day's, or that after the time."""
    is_day = len(text) == len("2026-01-01")
    return instant(text) + (dt.timedelta(days=1) if is_day else dt.timedelta(microseconds=1))


def live(published: Iterable[Record], until: str) -> list[Record]:
    """The records that were live then, without their withdrawals, which were to come."""
    return [
        {**each, "withdrawn": None}
        for each in published
        if not (each.get("published") and instant(each["published"]) >= end(until))
        and not (each.get("withdrawn") and instant(each["withdrawn"]) < end(until))
    ]


def expected(published: Iterable[Record], until: str, pins: Iterable[tuple[str, str]]) -> set[tuple[str, str, str]]:
    then = live(published, until)
    return {(*pin, str(each["id"])) for pin in pins for each in then if records.affects(each, *pin)}


# --- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "last"),
    [
        ("2026-01-31", "2026-01-31", "2026-01-31T23:59:59.999999+00:00"),
        ("20260131", "2026-01-31", "2026-01-31T23:59:59.999999+00:00"),
        ("2026-01-31T12:00", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000+00:00"),
        ("2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500000Z", "2026-01-31T10:00:00.500000+00:00"),
        ("2026-01-31 23:30:00-01:00", "2026-02-01T00:30:00Z", "2026-02-01T00:30:00.000000+00:00"),
        ("2026-11-22", "2026-11-22", "2026-11-22T23:59:59.999999+00:00"),
        ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000000+00:00"),
    ],
)
def test_a_date_is_a_day_up_to_its_end_or_an_exact_time(text: str, name: str, last: str) -> None:
    """A day ends where UTC's does; a time without a zone is UTC; today counts as far as it has come."""
    found = as_of.moment(text, NOW)
    assert (found.text, found.last) == (name, last)
    assert found.seconds == min(NOW, instant(last).timestamp())


@pytest.mark.parametrize("text", ["2026-11-23", "2026-11-22T08:00:01Z", "9999-12-31"])
def test_a_date_that_has_not_come_is_refused(text: str) -> None:
    """Nobody knows what will be published."""
    with pytest.raises(UsageError, match="has not come yet"):
        as_of.moment(text, NOW)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-01-31T25:00", "0001-01-01T00:00+14:00", " "])
def test_what_is_no_date_is_refused(text: str) -> None:
    """A setting that cannot be read is never taken for "all records"."""
    with pytest.raises(UsageError, match="is not a date"):
        as_of.moment(text, NOW)


# --- the local database ----------------------------------------------------------------------------


@st.composite
def published(draw: st.DrawFn) -> list[Record]:
    """Records with any dates, some that alias one another, some of two projects."""
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    made = []
    for name in chosen:
        projects = draw(st.sampled_from([("alpha",), ("beta",), PROJECTS]))
        entries: list[Record] = []
        for project in projects:
            fixed = draw(st.sampled_from(VERSIONS))
            entries += json.loads(json.dumps(record(name, project, fixed=fixed)))["affected"]
        fields = {"published": draw(DATE), "withdrawn": draw(st.one_of(st.just(""), DATE))}
        aliases = draw(st.lists(st.sampled_from(NAMES), max_size=2))
        made.append(record(name, affected=entries, aliases=aliases, **{key: at for key, at in fields.items() if at}))
    return made


PINS = [(project, version) for project in PROJECTS for version in VERSIONS]


@settings(max_examples=60)
@given(published(), st.lists(DATE.filter(bool), min_size=2, max_size=2))
def test_an_audit_as_of_a_date_is_one_of_the_records_of_then(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Record], dates: list[str]
) -> None:
    """Found is what OSV's algorithm finds on the records published by then and not yet withdrawn, and no id of later.

    What a later date takes away was withdrawn in between; after all dates the audit is the plain one.
    """
    folder = tmp_path_factory.mktemp("as-of")
    build.build(str(folder / "advisories.db"), [archive(folder / "all.zip", *drawn)], now=NOW)
    earlier, later = sorted(dates, key=end)
    first, second = audit(folder, earlier, PINS), audit(folder, later, PINS)
    assert found(first) == expected(drawn, earlier, PINS)
    assert found(second) == expected(drawn, later, PINS)
    withdrawn = {str(each["id"]) for each in drawn if each.get("withdrawn") and instant(each["withdrawn"]) < end(later)}
    assert {name for *_, name in found(first) - found(second)} <= withdrawn

    known = {str(each["id"]) for each in live(drawn, earlier)}
    gone = {str(each["id"]) for each in drawn if each.get("withdrawn") and instant(each["withdrawn"]) < end(earlier)}
    aliases = {str(name) for each in drawn for name in each["aliases"]}
    for each in findings(first):
        assert {each.id, *each.aliases} <= known | gone | aliases
        told = {name for sentence in each.disagreement for name in re.findall(r"[A-Z]+-\d", sentence)}
        assert told <= known | gone
        assert not any(advisory.withdrawn for advisory in each.advisories)

    plain, last = audit(folder, "", PINS), audit(folder, "2026-02-01", PINS)
    assert last._replace(data=plain.data) == plain
    assert last.data == plain.data._replace(as_of="2026-02-01", fetched="")


@settings(max_examples=30)
@given(published(), DATE.filter(bool))
def test_a_database_as_of_a_date_is_one_that_was_built_of_the_records_of_then(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Record], until: str
) -> None:
    """The same claims in the same order; what has none has no entry."""
    folder = tmp_path_factory.mktemp("as-of")
    every, some = str(folder / "every.db"), str(folder / "some.db")
    build.build(every, [archive(folder / "every.zip", *drawn)], now=NOW)
    build.build(some, [archive(folder / "some.zip", *live(drawn, until), record("X-1"))], now=NOW)
    projects = [(PYPI, project) for project in (*PROJECTS, "gamma")]
    with as_of.Past(database.open(every), as_of.moment(until, NOW)) as past, database.open(some) as then:
        assert past.claims(iter(projects)) == then.claims(projects)


def test_what_shares_a_name_and_was_published_later_is_not_told(tmp_path: Path) -> None:
    """A record that did not exist then neither disagrees nor adds a name; one withdrawn later disagrees as live."""
    build.build(
        str(tmp_path / "advisories.db"),
        [
            archive(
                tmp_path / "all.zip",
                record("PYSEC-1", published="2026-01-01T00:00:00Z", aliases=["CVE-1"]),
                record("GHSA-1", published="2026-01-03T00:00:00Z", aliases=["CVE-1", "CVE-2"], fixed="0.1"),
                record("OSV-1", withdrawn="2026-01-05T00:00:00Z", aliases=["CVE-1"], fixed="0.1"),
            )
        ],
        now=NOW,
    )
    said = {
        day: findings(audit(tmp_path, day, [("demo", "1.0")]))[0] for day in ("2026-01-02", "2026-01-04", "2026-01-06")
    }
    assert said["2026-01-02"].disagreement == ("OSV-1 does not include 1.0",)
    assert said["2026-01-02"].aliases == ("CVE-1", "OSV-1")
    assert said["2026-01-04"].disagreement == ("GHSA-1 does not include 1.0", "OSV-1 does not include 1.0")
    assert said["2026-01-06"].disagreement == ("GHSA-1 does not include 1.0", "OSV-1 was withdrawn")


def test_other_ecosystems_and_undated_records_count(tmp_path: Path) -> None:
    """A record without a date of publication counts on any day; a record of another ecosystem is none of PyPI."""
    path = str(tmp_path / "advisories.db")
    undated = record("X-1", withdrawn="2026-01-05T00:00:00Z")
    other = record("R-1", ecosystem="crates.io", withdrawn="2026-01-05T00:00:00Z")
    build.build(path, [archive(tmp_path / "all.zip", undated, other)], now=NOW)
    with as_of.Past(database.open(path), as_of.moment("2000-01-01", NOW)) as past:
        claims = past.claims([(PYPI, "demo"), (PYPI, "nobody")])
    assert [(project, [claim.advisory for claim in held]) for project, held in claims.items()] == [
        ((PYPI, "demo"), ["X-1"])
    ]


# --- freshness -------------------------------------------------------------------------------------


def held(folder: Path, newest: str) -> None:
    source = archive(folder / "all.zip", record("X-1", modified=newest, published="2026-01-01T00:00:00Z"))
    build.build(str(folder / "advisories.db"), [source], now=NOW)


def test_data_that_reach_the_date_are_whole_however_old(tmp_path: Path) -> None:
    """Ten months after the data, an audit as of their day misses nothing, and asks nobody for more."""
    held(tmp_path, "2026-01-20T00:00:00Z")
    wanted = Settings(as_of="2026-01-15")
    with Server() as server:
        report = flow.judge([Inventory("t", "k")], wanted, outside(tmp_path, PIP_ASSAY_OSV_BULK=server.url))
        assert server.asked == []
    assert report.problems == ()
    assert (report.data.as_of, len(report.data.digest)) == ("2026-01-15", 64)


def test_data_that_end_before_the_date_are_a_problem(tmp_path: Path) -> None:
    """Records published between the data and the date are missing, and the report says so; --max-db-age accepts it."""
    held(tmp_path, "2026-01-20T00:00:00Z")
    (problem,) = flow.judge([], Settings(as_of="2026-01-31", offline=True), outside(tmp_path)).problems
    assert str(problem) == (
        "the advisory data are of 2026-01-20, so records published by 2026-01-31 may be missing;"
        " run: pip-assay db update, or accept their age with --max-db-age DAYS"
    )
    assert problem.gap == "stale"
    within = Settings(as_of="2026-01-26", offline=True)
    assert flow.judge([], within, outside(tmp_path)).problems == ()
    accepting = Settings(as_of="2026-01-31", offline=True, max_database_age=12)
    assert flow.judge([], accepting, outside(tmp_path)).problems == ()


def test_data_that_end_before_the_date_are_refreshed(tmp_path: Path) -> None:
    """What is missing is fetched where the network allows it."""
    held(tmp_path, "2026-01-20T00:00:00Z")
    with Server() as server:
        fresh = record("X-2", modified="2026-11-20T00:00:00Z", published="2026-02-01T00:00:00Z")
        url = publish(server, tmp_path, fresh)
        surroundings = outside(tmp_path, PIP_ASSAY_OSV_BULK=url)
        listed = (Dependency(Pin(PYPI, "demo", "1.0"), Place("here")),)
        report = flow.judge([Inventory("t", "k", listed)], Settings(as_of="2026-03-01"), surroundings)
    assert report.problems == ()
    assert {name for *_, name in found(report)} == {"X-1", "X-2"}


def test_data_of_the_future_vouch_for_no_date(tmp_path: Path) -> None:
    """With a clock that is a year behind nobody knows what the data hold of a day."""
    held(tmp_path, "2026-01-20T00:00:00Z")
    surroundings = outside(tmp_path, instant("2025-01-20").timestamp())
    (problem,) = flow.judge([], Settings(as_of="2025-01-01", offline=True), surroundings).problems
    assert "is the clock right?" in problem.what


def test_without_a_database_the_index_is_not_asked(tmp_path: Path) -> None:
    """The index dates nothing, so it is no substitute: nothing was audited, and that is a problem."""
    with Server() as server:
        listed = (Dependency(Pin(PYPI, "demo", "1.0"), Place("here")),)
        surroundings = outside(tmp_path, PIP_ASSAY_OSV_BULK=server.url, PIP_INDEX_URL=f"{server.url}/simple")
        report = flow.judge([Inventory("t", "k", listed)], Settings(as_of="2026-03-01"), surroundings)
        assert not any("pypi" in path or "simple" in path for path in server.paths())
    assert [problem.gap for problem in report.problems] == ["missing"]
    assert policy.exit_code(report) == 3


# --- services --------------------------------------------------------------------------------------


def test_a_service_is_believed_for_what_was_published_by_then() -> None:
    """With -s osv, later records are left out, and one that was withdrawn later counts if the service names it."""
    named = [
        record("OSV-1", published="2026-01-01T00:00:00Z"),
        record("OSV-2", published="2026-01-03T00:00:00Z"),
        record("OSV-3", published="2026-01-01T00:00:00Z", withdrawn="2026-01-03T00:00:00Z"),
        record("OSV-4", published="2025-01-01T00:00:00Z", withdrawn="2026-01-01T00:00:00Z"),
    ]

    def answer(_: Asked) -> Reply:
        return Reply({"results": [{"vulns": [{"id": each["id"]} for each in named]}]})

    listed = (Dependency(Pin(PYPI, "demo", "1.0"), Place("here")),)
    with Server({"/v1/querybatch": answer, **{f"/v1/vulns/{each['id']}": Reply(each) for each in named}}) as server:
        wanted = Settings(service="osv", osv_url=server.url, as_of="2026-01-02")
        report = flow.judge([Inventory("t", "k", listed)], wanted, outside(Path()))
    assert {name for *_, name in found(report)} == {"OSV-1", "OSV-3"}
    assert report.data.as_of == "2026-01-02"
    assert report.problems == ()


def test_the_package_index_has_no_dates() -> None:
    """It would answer with the advisories of today."""
    with pytest.raises(UsageError) as raised:
        flow.judge([], Settings(service="pypi", as_of="2026-01-02"), outside(Path()))
    assert str(raised.value) == "--as-of does not go with -s pypi, which dates no advisory; use the local database"


# --- signals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signals", "reaches", "then"),
    [
        (UNKNOWN, True, UNKNOWN),
        (Signals(False, epss=0.5, percentile=0.9), True, Signals(False)),
        (Signals(False, epss=0.5, percentile=0.9), False, UNKNOWN),
        (Signals(True, "2026-01-31", True, 0.5, 0.9), True, Signals(True, "2026-01-31", True)),
        (Signals(True, "2026-01-31", True, 0.5, 0.9), False, Signals(True, "2026-01-31", True)),
        (Signals(True, "", epss=0.5, percentile=0.9), True, Signals(True)),
        (Signals(True, "2026-02-01", True, 0.5, 0.9), True, Signals(False)),
    ],
)
def test_what_was_not_known_to_be_exploited_then_is_not(signals: Signals, reaches: bool, then: Signals) -> None:
    """A CVE that was put on the list later was not on it; a prediction of today says nothing of then.

    A list that ends before that day does not know what was put on it between them.
    """
    assert as_of.signals_as_of(signals, "2026-01-31", reaches=reaches) == then


def test_a_list_that_ends_before_the_date_cannot_say_no(tmp_path: Path) -> None:
    """The list is of 10 January: as of that day nothing else was exploited, as of the next day nobody knows."""
    source = archive(tmp_path / "all.zip", record("X-1", published="2026-01-01T00:00:00Z", aliases=["CVE-2026-1000"]))
    build.build(str(tmp_path / "advisories.db"), [source], now=NOW)
    with closing(sqlite3.connect(tmp_path / "advisories.db")) as connection, connection:
        connection.execute("INSERT INTO signal VALUES ('kev', '', '2026-01-10T09:00:00Z', '', '', '', x'')")
    days = ("2026-01-09", "2026-01-10", "2026-01-11")
    said = [findings(audit(tmp_path, day, [("demo", "1.0")]))[0].signals.exploited for day in days]
    assert said == [False, False, None]


def test_an_audit_takes_signals_as_of_the_date_too(tmp_path: Path) -> None:
    """The CVE was put on the list on 15 January; EPSS scores of another day are left out on any."""
    source = archive(tmp_path / "all.zip", record("X-1", published="2026-01-01T00:00:00Z", aliases=["CVE-2026-1000"]))
    build.build(str(tmp_path / "advisories.db"), [source], now=NOW)
    with closing(sqlite3.connect(tmp_path / "advisories.db")) as connection:
        for name in ("kev", "epss"):
            connection.execute("INSERT INTO signal VALUES (?, '', '2026-11-20T00:00:00Z', '', '', '', x'')", [name])
        connection.execute("INSERT INTO exploited VALUES (20260001000, '2026-01-15', 1)")
        connection.execute("INSERT INTO prediction VALUES (20260001000, 50000, 90000)")
        connection.commit()
    said = {
        day: findings(audit(tmp_path, day, [("demo", "1.0")]))[0].signals for day in ("", "2026-01-14", "2026-01-15")
    }
    assert said == {
        "": Signals(True, "2026-01-15", True, 0.5, 0.9),
        "2026-01-14": Signals(False),
        "2026-01-15": Signals(True, "2026-01-15", True),
    }


# --- as a person sees it ---------------------------------------------------------------------------


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    made = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    made.types("db", "import", "records")
    return made


AUDIT = ("-r", "requirements.txt", "--no-deps", "--as-of")


def test_a_report_says_what_it_is_as_of(person: Person) -> None:
    """Every format names the date, and two runs are the same to the byte."""
    said = person.types(*AUDIT, "2026-01-02")
    words = "records published by 2026-01-02, as they read now"
    assert re.search(rf" Advisories of 2026-11-20 08:00 UTC, database [0-9a-f]{{12}}: {words}\.\n", said.stdout)
    assert person.types(*AUDIT, "2026-01-02") == said
    assert words in person.types(*AUDIT, "2026-01-02", "-f", "columns").stderr
    data = json.loads(person.types(*AUDIT, "2026-01-02T04:00:00+01:00", "-f", "json").stdout)["data"]
    assert (data["as_of"], len(data["digest"])) == ("2026-01-02T03:00:00Z", 64)
    assert "database" not in person.types("-r", "requirements.txt", "--no-deps").stdout
    assert re.search(r" UTC, database [0-9a-f]{12}\.", person.types("check", "clean==1.0", "-v").stdout)


def test_a_report_does_not_change_when_an_update_finds_nothing(person: Person) -> None:
    """The same digest, the same bytes, whenever the data were last found to be whole."""
    first = person.types(*AUDIT, "2026-01-02", "-f", "json")
    file = Path(os.environ["PIP_ASSAY_CACHE"]) / "advisories.db"
    digest = json.loads(first.stdout)["data"]["digest"]
    checks.note(str(file), digest, [PYPI], "2026-11-22T07:00:00Z")
    with database.open(str(file)) as held:
        assert held.data().fetched == "2026-11-22T07:00:00Z"
    assert person.types(*AUDIT, "2026-01-02", "-f", "json") == first


def test_a_second_decides(person: Person) -> None:
    """The records were published at 03:04:05 UTC."""
    assert person.types(*AUDIT, "2026-01-02T03:04:05Z").code == 1
    assert person.types(*AUDIT, "2026-01-02T04:04:05+01:00").code == 1
    assert person.types(*AUDIT, "2026-01-02T03:04:04Z").code == 0
    assert person.types(*AUDIT, "2026-01-01").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2027-01-01",), "--as-of 2027-01-01 has not come yet, in UTC; name a day or time of the past"),
        (("2026-01-02", "-s", "pypi"), "--as-of does not go with -s pypi, which dates no advisory"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: tuple[str, ...], words: str, person: Person) -> None:
    """Exit code 2, and nothing is audited."""
    said = person.types(*AUDIT, *arguments)
    assert (said.code, said.stdout, said.stderr.count("\n")) == (2, "", 1)
    assert words in said.stderr


# --- all real data ---------------------------------------------------------------------------------


DATES = (
    "2005-01-01", "2020-10-06", "2022-01-21T11:15:00Z", "2022-01-21T11:14:59Z", "2022-06-30", "2023-08-22",
    "2024-02-16", "2024-12-31",
)  # fmt: skip


def tried(published: Iterable[Record], number: int) -> list[tuple[str, str]]:
    """Releases to audit: some that records list, for every project that a withdrawn one names, and some at random."""
    every = list(published)
    lists = {
        (project, version)
        for each in every
        for project in records.projects(each)
        for entry in each["affected"]
        for version in (entry.get("versions") or ())[-3:]
        if records.parse(version)
    }
    gone = {project for each in every if each.get("withdrawn") for project in records.projects(each)}
    picked = random.Random(0).sample(sorted(lists), number)
    return sorted({*picked, *(pin for pin in lists if pin[0] in gone)})


@pytest.mark.shared
def test_real_data_as_of_several_dates(shared_data: Path, tmp_path: Path) -> None:
    """For hundreds of releases and any date, an audit finds what OSV's algorithm finds on the records of then."""
    source = shared_data / "PyPI" / "all.zip"
    every = records.read(source)
    pins = tried(every, 300)
    build.build(str(tmp_path / "advisories.db"), [str(source)], now=NOW)
    by_name: dict[str, list[Record]] = {}
    for each in every:
        for name in records.projects(each):
            by_name.setdefault(name, []).append(each)
    sizes = []
    for until in DATES:
        wanted = set().union(*(expected(by_name[pin[0]], until, [pin]) for pin in pins))
        assert found(audit(tmp_path, until, pins)) == wanted
        sizes.append(len(wanted))
    assert sizes[0] < 30 < sizes[1] < sizes[4]
    assert found(audit(tmp_path, "2024-12-31", pins)) == found(audit(tmp_path, "", pins))


def test_an_empty_date_is_wrong_usage(person: Person) -> None:
    """An unset variable in a script must not audit as of now; both faults of a date are told in the same words."""
    for wrong in ("", "yesterday", "0001-01-01T00:00:00+14:00"):
        said = person.types(*AUDIT, wrong)
        assert (said.code, said.stdout) == (2, "")
        assert f"--as-of {wrong!r} is not a date; write it as 2026-01-31, or add a time" in said.stderr


def test_a_record_without_a_date_is_told_apart(person: Person) -> None:
    """It counts as of any day, and the report says on what ground."""
    undated = record("OWN-1", "alpha", fixed="2.0")
    Path("own").mkdir()
    Path("own", "OWN-1.json").write_text(json.dumps(undated))
    person.types("db", "import", "own")
    line = "alpha 1.2: OWN-1 has no date of publication, so it counts\n"
    assert line in person.types(*AUDIT, "2020-01-01").stdout
    assert "PYSEC-2026-1 has no date" not in person.types(*AUDIT, "2026-11-20").stdout
    assert "UNDATED" not in person.types("-r", "requirements.txt", "--no-deps").stdout
