"""The verb itself: whatever a source forgets to say, nothing is taken for clean in silence."""

from pathlib import Path

import pytest

from pip_assay import flow, policy
from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place
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
