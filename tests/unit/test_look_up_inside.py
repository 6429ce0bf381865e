"""Who answers for an interpreter, and for what is inside wheels: nobody is asked for more than is public."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from pip_assay import flow, match, policy
from pip_assay.advisories import database
from pip_assay.advisories.answers import Looked
from pip_assay.cli import main
from pip_assay.look_up import look_up, nobody
from pip_assay.model import PYPI, PYTHON, Data, Dependency, Inventory, Origin, Pin, Place
from pip_assay.records import Advisory, Affected, Claim, Event, Range
from pip_assay.settings import Outside, Settings
from tests.transcripts import NOW, RECORDS, Person, copy

HERE = Place("pyvenv.cfg", 1)
PIN = Pin(PYTHON, "cpython", "3.11.9")
INTERPRETER = Dependency(PIN, HERE, ("runtime",))
CLEAN = Dependency(Pin(PYPI, "clean", "1.0"), HERE, ("runtime",))
PROJECT = (PYTHON, "cpython")
BUNDLED = Origin("bundled")


def flaw(identifier: str, *aliases: str, fixed: str = "3.11.10", published: str = "2024-08-01T00:00:00Z") -> Advisory:
    events = (Event("introduced", "0"), Event("fixed", fixed))
    affected = (Affected(*PROJECT, ranges=(Range("ECOSYSTEM", events),)),)
    return Advisory(identifier, aliases, affected=affected, published=published)


TABLE = {
    each.id: each
    for each in (
        flaw("PSF-1", "CVE-2024-1"),
        flaw("PSF-2", "CVE-2024-2", fixed="3.11.4"),
        flaw("PSF-3", "CVE-2024-1", fixed="3.11.2"),
        flaw("PSF-4", fixed="3.11.12", published="2026-01-01T00:00:00Z"),
    )
}


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table, small: the claims of four flaws."""
    monkeypatch.setattr(
        "pip_assay.cpython.claims",
        lambda _=(): {PROJECT: tuple(match.claim(each.id, each.affected) for each in TABLE.values())},
    )

    def advisories(ids: Iterable[str]) -> dict[str, Advisory]:
        return {each: TABLE[each] for each in ids if each in TABLE}

    def related(names: Iterable[str], known: Collection[str] = ()) -> dict[str, Advisory]:
        wanted = set(names)
        return {
            each.id: each
            for each in TABLE.values()
            if each.id not in known and not wanted.isdisjoint((each.id, *each.aliases))
        }

    monkeypatch.setattr("pip_assay.cpython.advisories", advisories)
    monkeypatch.setattr("pip_assay.cpython.related", related)
    monkeypatch.setattr("pip_assay.cpython.note", lambda pin, advisory: f"{advisory.id} of {pin}")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Outside:
    Person(copy("nothing", tmp_path), monkeypatch, capfd).types("db", "import", str(RECORDS), "--db", "advisories.db")
    return Outside({"PIP_ASSAY_DB": "advisories.db"}, str(tmp_path), NOW)


def audited(settings: Settings, outside: Outside, *listed: Dependency) -> dict[str, str]:
    """Return the ids that are found of the interpreter, and why; nothing is in doubt."""
    report = flow.judge([Inventory(".venv", "environment", listed or (INTERPRETER, CLEAN))], settings, outside)
    (audit,) = report.audits
    assert not any(problem.subject == "cpython" for problem in audit.problems)
    assert not any(each.skipped for each in audit.inventory.dependencies if each.pin == PIN)
    return {each.finding.id: each.finding.because for each in audit.verdicts if each.finding.dependency == INTERPRETER}


FOUND = {"PSF-1": "< 3.11.10; PSF-1 of cpython 3.11.9", "PSF-4": "< 3.11.12; PSF-4 of cpython 3.11.9"}


def test_the_table_answers_beside_the_database(outside: Outside) -> None:
    """An environment's interpreter is audited with its packages, and what no data cover does not name it."""
    assert audited(Settings(offline=True), outside) == FOUND
    assert audited(Settings(offline=True), outside, INTERPRETER) == FOUND


def _online(asked: list[str]) -> object:
    """Return a service that knows of nothing, and notes the names that it is asked about."""

    def answer(_: str, pins: list[Pin], *__: object) -> Looked:
        asked.extend(pin.name for pin in pins)
        return Looked({}, {}, {}, Data("a service"))

    return answer


@pytest.mark.parametrize("service", ["pypi", "osv", "esms"])
def test_no_service_is_asked_about_an_interpreter(
    service: str, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is sent nowhere, and it is audited all the same."""
    asked: list[str] = []
    monkeypatch.setattr("pip_assay.look_up._online", _online(asked))
    settings = Settings(service=service)
    assert audited(settings, outside) == FOUND
    assert asked == ["clean"]
    assert look_up([INTERPRETER, CLEAN], settings, outside).uncovered == {}


def test_the_table_answers_where_there_is_no_database(outside: Outside) -> None:
    """What is in the package cannot be missing; of everything else it is said that nobody answered."""
    gone = outside._replace(environ={"PIP_ASSAY_DB": "gone.db"})
    assert audited(Settings(offline=True), gone) == FOUND
    assert audited(Settings(), gone, INTERPRETER) == FOUND, "and the index is not asked about nothing"
    answers = nobody([INTERPRETER, CLEAN], (), Settings(), gone)
    assert set(answers.unanswered) == {CLEAN.pin}
    assert PROJECT in answers.claims
    assert PROJECT not in nobody([CLEAN], (), Settings(), gone).claims


def test_as_of_a_day_only_what_was_published_counts(outside: Outside) -> None:
    """Of the table, too, a record of later is left out."""
    assert audited(Settings(offline=True, as_of="2025-06-01"), outside).keys() == {"PSF-1"}


def test_a_record_of_the_database_outweighs_that_of_the_table(outside: Outside, tmp_path: Path) -> None:
    """Where OSV comes to name releases, its record is the newer one; others of the table stay."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.11.5"}]}]
    package = {"ecosystem": PYTHON, "name": "cpython"}
    record = {"id": "PSF-1", "modified": "2026-11-20T08:00:00Z", "affected": [{"package": package, "ranges": ranges}]}
    newer = {**record, "id": "PSF-9", "affected": [{"package": package, "versions": ["3.11.9"]}]}
    for each in (record, newer):
        (tmp_path / f"{each['id']}.json").write_text(json.dumps(each), encoding="utf-8")
        assert main(["db", "import", str(tmp_path / f"{each['id']}.json"), "--db", "advisories.db"]) == 0
    with database.open("advisories.db") as held:
        assert {each.advisory for each in held.claims([PROJECT])[PROJECT]} == {"PSF-1", "PSF-9"}
    assert audited(Settings(offline=True), outside).keys() == {"PSF-4", "PSF-9"}


def test_what_shares_a_name_with_a_flaw_is_told_of(outside: Outside) -> None:
    """The table's other record of the same CVE, which does not match, completes the picture."""
    report = flow.judge([Inventory("t", "environment", (INTERPRETER,))], Settings(offline=True), outside)
    (first, _) = [each.finding for each in report.audits[0].verdicts]
    assert (first.id, first.aliases) == ("PSF-1", ("CVE-2024-1", "PSF-3"))
    assert first.disagreement == ("PSF-3 does not include 3.11.9",)
    assert policy.exit_code(report) == 1


def test_an_audit_without_an_interpreter_loads_no_table(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock pays nothing for it."""

    def fail(_: Collection[str]) -> dict[tuple[str, str], tuple[Claim, ...]]:
        raise AssertionError

    monkeypatch.setattr("pip_assay.cpython.claims", fail)
    assert audited(Settings(offline=True), outside, CLEAN) == {}


PUBLIC, VENDOR = Pin(PYPI, "public", "1"), Pin(PYPI, "vendor", "1")


def copied(name: str, host: Pin, origin: Origin = BUNDLED) -> Dependency:
    return Dependency(Pin(PYPI, name, "1.0"), HERE, direct=False, origin=origin, inside=host)


@pytest.mark.parametrize("service", ["pypi", "osv"])
def test_a_copy_is_as_public_as_what_carries_it(
    service: str, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3: the name of a copy is sent where that of its carrier may be, of the interpreter too; no other is."""
    asked: list[str] = []
    monkeypatch.setattr("pip_assay.look_up._online", _online(asked))
    hosts = {
        "private": Origin("private index"), "path": Origin("path", "./x"), "vcs": Origin("vcs", "git+https://x.example"),
        "named": Origin("index", "https://packages.example/simple"), "app": BUNDLED,
    }  # fmt: skip
    listed = [Dependency(Pin(PYPI, name, "1"), HERE, origin=origin) for name, origin in hosts.items()]
    secret = [copied(f"secret-{name}", Pin(PYPI, name, "1")) for name in (*hosts, "not-listed")]
    public = [
        Dependency(PUBLIC, HERE), copied("within", VENDOR), copied("vendor", PUBLIC)._replace(pin=VENDOR),
        copied("pip", PIN), CLEAN, copied("clean", Pin(PYPI, "path", "1"), Origin("path", "./x")),
    ]  # fmt: skip
    with look_up([*listed, *secret, *public], Settings(service=service), outside) as answers:
        assert sorted(asked) == ["clean", "pip", "public", "vendor", "within"]
        kept = {pin.name for pin, why in answers.unanswered.items() if why.startswith("not from a public index")}
    assert kept == {*hosts, *(each.pin.name for each in secret)}


def test_a_private_release_stays_home_whoever_carries_a_copy_of_it(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that one's own index has is private, though a wheel of the public one has it inside, too."""
    asked: list[str] = []
    monkeypatch.setattr("pip_assay.look_up._online", _online(asked))
    private = Dependency(Pin(PYPI, "same", "1.0"), HERE, origin=Origin("private index"))
    listed = [Dependency(PUBLIC, HERE), private, copied("same", PUBLIC)]
    with look_up(listed, Settings(service="osv"), outside) as answers:
        assert set(answers.unanswered) == {private.pin}
    assert asked == ["public"]
