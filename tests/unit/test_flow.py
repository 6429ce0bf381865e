"""The verb itself: whatever a source forgets to say, nothing is taken for clean in silence."""

import json
from pathlib import Path

import pytest

from pip_assay import fleet, flow, policy
from pip_assay.cli import main
from pip_assay.look_up import Answers
from pip_assay.model import (
    INTERNAL,
    PYPI,
    UNCOVERED,
    Claim,
    Data,
    Dependency,
    Inventory,
    Origin,
    Pin,
    Place,
    Span,
)
from pip_assay.origins import Origins
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import Question, Resolved
from pip_assay.versions import END, START
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
    (tmp_path / "npm" / "modified_id.csv").write_text("2026-11-20T08:00:00Z,GHSA-1\n", encoding="utf-8")
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


def test_what_is_of_a_private_index_is_told_once(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a service was not asked about it, and that no advisory could speak of it, are one problem."""
    monkeypatch.setattr("pip_assay.net.post_json", lambda *_, **__: {"results": []})
    private = Dependency(Pin(PYPI, "secret", "1.0"), HERE, origin=Origin("private index", "https://own.example/simple"))
    ours = Dependency(Pin(PYPI, "ours", "1.0"), HERE, origin=Origin("vcs", "https://code.example/ours.git"))
    (audit,) = flow.judge([Inventory("t", "k", (private, ours))], Settings(service="osv"), outside).audits
    assert [(each.gap, each.subject) for each in audit.problems] == [("look-up", "ours"), ("private", "secret")]


def test_the_local_database_is_not_named_for_what_a_service_said(outside: Outside) -> None:
    """A record that a service has, the local database may lack: nobody is sent there to read it."""
    undecided = Claim("X-1", (Span(START, END, "undecided"),))
    answers = Answers(
        claims={(PYPI, "clean"): [undecided]}, advisories=lambda _: {}, related=lambda *_: {},
        data=Data("Ecosyste.ms"), origins=Origins(lambda: "", SETTINGS, {}),
    )  # fmt: skip
    hints = {}
    for source in ("Ecosyste.ms", "local database"):
        answers.data = Data(source)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(flow, "look_up", lambda *_: answers)
            (audit,) = flow.judge([Inventory("t", "k", (dependency("1.0"),))], SETTINGS, outside).audits
        hints[source] = [each.hint for each in audit.problems]
    assert hints == {
        "Ecosyste.ms": ["read it at Ecosyste.ms"], "local database": ["read it: pip-assay show X-1"],
    }  # fmt: skip


def test_what_else_a_target_holds_changes_no_finding(outside: Outside) -> None:
    """A record that matches one release, and shares a name with what matches another, is told of for both."""
    alone, beside = (Dependency(Pin(PYPI, "alpha", version), HERE) for version in ("2.0", "1.2"))
    (only,) = flow.judge([Inventory("t", "k", (alone,))], SETTINGS, outside).audits[0].verdicts
    (together,) = [
        verdict
        for verdict in flow.judge([Inventory("t", "k", (alone, beside))], SETTINGS, outside).audits[0].verdicts
        if verdict.finding.dependency == alone
    ]
    assert "PYSEC-2026-1" in only.finding.aliases
    assert together == only


def test_projects_of_ones_own_are_never_looked_up(outside: Outside, tmp_path: Path) -> None:
    """`internal` names them: no public project of the same name is meant, they are listed, and --strict minds not."""
    (tmp_path / "pip-assay.toml").write_text('internal = ["alpha", "Acme_*"]\n', encoding="utf-8")
    listed = tuple(Dependency(Pin(PYPI, name, "1.2"), HERE) for name in ("alpha", "acme-web", "clean"))
    (audit,) = flow.judge([Inventory("t", "k", listed)], SETTINGS._replace(strict=True), outside).audits
    assert not audit.verdicts
    assert not audit.problems
    assert [each.skipped for each in audit.inventory.dependencies] == [INTERNAL, INTERNAL, ""]


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_projects_of_ones_own_are_no_resolvers_business(
    name: str, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pinned or not, they are listed, without a problem; the file's own settings say which. --strict asks for more."""
    asked: list[str] = []

    def resolve(question: Question, **_: object) -> Resolved:
        asked.extend(root.name for root in question.roots)
        return Resolved((dependency("1.0"),), (), "uv 1.0")

    monkeypatch.setattr("pip_assay.sources.resolve.resolve", resolve)
    wanted = ("acme-one==1.2", "acme-two", "clean")
    text = {
        "requirements.txt": "\n".join(wanted),
        "pyproject.toml": f"[project]\nname = 'x'\nversion = '1'\ndependencies = {list(wanted)}\n",
    }[name]
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / name).write_text(text, encoding="utf-8")
    (tmp_path / "part" / "pip-assay.toml").write_text('internal = "acme-*"\n', encoding="utf-8")
    settings = SETTINGS._replace(targets=(str(tmp_path / "part" / name),))
    (audit,) = flow.audit(settings, outside).audits
    assert asked == ["clean"]
    assert {each.pin.name: each.skipped for each in audit.inventory.dependencies} == {
        "acme-one": INTERNAL, "acme-two": INTERNAL, "clean": "",
    }  # fmt: skip
    assert audit.problems == ()
    (strict,) = flow.audit(settings._replace(strict=True), outside).audits
    assert [(each.gap, each.subject) for each in strict.problems] == [
        ("unresolved", "acme-one"), ("unresolved", "acme-two"),
    ]  # fmt: skip
    asked.clear()
    (part,) = fleet.Fleet(SETTINGS._replace(targets=(str(tmp_path / "part"),), recursive=True), outside)
    assert [set(asked), part.report.problems] == [{"clean"}, ()]
    (listed,) = flow.audit(settings._replace(no_deps=True), outside).audits
    assert {each.subject for each in listed.problems} == {"clean"}


def test_wrong_settings_of_one_target_are_a_problem_of_that_target(outside: Outside, tmp_path: Path) -> None:
    """One of many projects that is set up wrongly stops none of the others, and is judged by the strictest policy."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "pip-assay.toml").write_text('fail-on = "severe"\n', encoding="utf-8")
    (tmp_path / "one" / "uv.lock").touch()
    vulnerable = (Dependency(Pin(PYPI, "alpha", "1.2"), HERE),)
    report = flow.judge([Inventory("one/uv.lock", "k", vulnerable), Inventory("t", "k", vulnerable)], SETTINGS, outside)
    wrong, right = report.audits
    (problem,) = wrong.problems
    assert str(problem).startswith("one/pip-assay.toml:1: fail-on: 'severe' is not a condition; choose from: low,")
    assert wrong.verdicts == right.verdicts
    assert not right.problems


def test_a_target_s_own_settings_send_no_name_anywhere(outside: Outside, tmp_path: Path) -> None:
    """What somebody else's file asks the package index for is a problem, until the person asks for it."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "pip-assay.toml").write_text("fail-on-yanked = true\n", encoding="utf-8")
    (tmp_path / "one" / "uv.lock").touch()
    report = flow.judge(
        [Inventory("one/uv.lock", "k", (dependency("1.0"),))], SETTINGS._replace(offline=False), outside
    )
    assert [(each.gap, "add --status" in each.hint) for each in report.audits[0].problems] == [("status", True)]
    assert policy.exit_code(report) == 3
