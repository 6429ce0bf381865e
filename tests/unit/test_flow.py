"""The verb itself: whatever a source forgets to say, nothing is taken for clean in silence."""

import json
from pathlib import Path

import pytest

from pip_assay import flow, policy
from pip_assay.cli import main
from pip_assay.model import PYPI, UNCOVERED, Dependency, Inventory, Origin, Pin, Place
from pip_assay.settings import Outside, Settings
from tests.transcripts import NOW, RECORDS, Person, copy

HERE = Place("somewhere", 1)
SETTINGS = Settings(offline=True)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Outside:
    Person(copy("nothing", tmp_path), monkeypatch, capfd).types("db", "import", str(RECORDS), "--db", "advisories.db")
    return Outside({"PIP_ASSAY_DB": "advisories.db"}, str(tmp_path), NOW)


def dependency(version: str, **others: object) -> Dependency:
    return Dependency(Pin(PYPI, "clean", version), HERE, **others)  # type: ignore[arg-type]


def test_a_dependency_that_nobody_spoke_of_is_a_problem(outside: Outside) -> None:
    """Promise 1: a source that lists a dependency without a version, and says nothing of it, does not make it clean."""
    report = flow.judge([Inventory("t", "k", (dependency(""),))], SETTINGS, outside)
    assert [problem.gap for problem in report.audits[0].problems] == ["unpinned"]
    assert policy.exit_code(report) == 3


def test_an_editable_that_a_person_left_out_is_none(outside: Outside) -> None:
    """An editable install that --skip-editable leaves out is listed with its reason, and only --strict minds."""
    left_out = dependency("1.0", origin=Origin("editable"), skipped="distribution marked as editable")
    inventory = Inventory("t", "k", (left_out,))
    assert policy.exit_code(flow.judge([inventory], SETTINGS, outside)) == 0
    assert policy.exit_code(flow.judge([inventory], SETTINGS._replace(strict=True), outside)) == 3


def other(ecosystem: str, name: str = "left-pad", version: str = "1.0.0", **others: object) -> Dependency:
    return Dependency(Pin(ecosystem, name, version), HERE, **others)  # type: ignore[arg-type]


def test_what_no_data_cover_is_listed_and_only_strict_minds(outside: Outside) -> None:
    """A package of an ecosystem that the database does not hold is marked so; beside others it is no problem."""
    listed = (dependency("1.0"), other("npm"), other("conda", "openssl", "3.0", skipped=UNCOVERED))
    report = flow.judge([Inventory("t", "k", listed)], SETTINGS, outside)
    assert [each.skipped for each in report.audits[0].inventory.dependencies] == ["", UNCOVERED, UNCOVERED]
    assert policy.exit_code(report) == 0
    strict = flow.judge([Inventory("t", "k", listed)], SETTINGS._replace(strict=True), outside)
    assert [problem.subject for problem in strict.audits[0].problems] == ["left-pad", "openssl"]


def test_a_target_of_which_nothing_is_covered_is_not_clean(outside: Outside) -> None:
    """Promise 1: an SBOM of npm packages alone was not audited, whatever the database holds."""
    report = flow.judge([Inventory("t", "k", (other("npm"), other("conda", "zlib", "1")))], SETTINGS, outside)
    (problem,) = report.audits[0].problems
    assert (problem.gap, "conda, npm" in problem.what) == ("empty", True)
    assert policy.exit_code(report) == 3


def test_another_ecosystem_is_audited_where_the_database_holds_it(outside: Outside, tmp_path: Path) -> None:
    """Records of npm, imported by hand, are matched in the order of Semantic Versioning."""
    package = {"ecosystem": "npm", "name": "left-pad"}
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.0.10"}]}]
    record = {"id": "GHSA-1", "modified": "2026-11-20T08:00:00Z", "affected": [{"package": package, "ranges": ranges}]}
    (tmp_path / "npm").mkdir()
    (tmp_path / "npm" / "GHSA-1.json").write_text(json.dumps(record), encoding="utf-8")
    assert main(["db", "import", str(tmp_path / "npm"), "--db", "advisories.db"]) == 0
    listed = (other("npm", version="1.0.9"), other("npm", version="1.0.10"), other("Go", "x/y", "1.0.0"))
    (audit,) = flow.judge([Inventory("t", "k", listed)], SETTINGS, outside).audits
    assert [str(verdict.finding.dependency.pin) for verdict in audit.verdicts] == ["left-pad 1.0.9"]
    assert [each.skipped for each in audit.inventory.dependencies] == ["", "", UNCOVERED]


def test_every_dependency_is_audited_or_has_its_reason(outside: Outside) -> None:
    """In the report, each dependency was looked up, or says why not."""
    listed = (
        dependency("1.0"), dependency(""), dependency("not a version"),
        dependency("2.0", origin=Origin("private index", "https://packages.example/simple")),
    )  # fmt: skip
    report = flow.judge([Inventory("t", "k", listed)], SETTINGS, outside)
    reasons = [each.skipped for each in report.audits[0].inventory.dependencies]
    assert reasons[0] == ""
    assert all(reasons[1:])
    assert len(report.audits[0].problems) == 3
