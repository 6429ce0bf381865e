"""The verb itself: whatever a source forgets to say, nothing is taken for clean in silence."""

import json
from pathlib import Path

import pytest

from pip_assay import fleet, flow, policy
from pip_assay.cli import main
from pip_assay.look_up import Answers
from pip_assay.model import (
    INTERNAL,
    NOT_HERE,
    PYPI,
    PYTHON,
    UNAUDITABLE,
    UNCOVERED,
    UNKNOWN_PATCH,
    Data,
    Dependency,
    Inventory,
    Origin,
    Pin,
    Place,
)
from pip_assay.notices import Told
from pip_assay.origins import Origins
from pip_assay.records import Claim, Span
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


def not_held(ecosystem: str) -> str:
    return f"the database holds no advisories for {ecosystem} (run: pip-assay db update --ecosystem {ecosystem})"


def test_what_no_data_cover_is_listed_and_only_strict_minds(outside: Outside) -> None:
    """A package of an ecosystem that the database does not hold is marked so; beside others it is no problem."""
    listed = (dependency("1.0"), other("npm"), other("conda", "openssl", "3.0", skipped=UNCOVERED))
    report = flow.judge([Inventory("t", "k", listed)], SETTINGS, outside)
    reasons = [each.skipped for each in report.audits[0].inventory.dependencies]
    assert reasons == ["", not_held("npm"), UNCOVERED]
    assert policy.exit_code(report) == 0
    strict = flow.judge([Inventory("t", "k", listed)], SETTINGS._replace(strict=True), outside)
    assert [problem.subject for problem in strict.audits[0].problems] == ["left-pad", "openssl"]


def test_a_target_of_which_nothing_is_covered_is_not_clean(outside: Outside) -> None:
    """Promise 1: an SBOM of npm packages alone was not audited, whatever the database holds."""
    report = flow.judge([Inventory("t", "k", (other("npm"), other("conda", "zlib", "1")))], SETTINGS, outside)
    (problem,) = report.audits[0].problems
    assert (problem.gap, "conda, npm" in problem.what) == ("empty", True)
    assert policy.exit_code(report) == 3


@pytest.mark.parametrize(
    ("listed", "held"),
    [
        ([dependency("1.0"), dependency("")], "projects of your own"),
        ([dependency("1.0"), other("npm"), other("conda", skipped=UNCOVERED)],
         "projects of your own and packages of conda, npm"),
        ([dependency("1.0"), other(PYPI, skipped=NOT_HERE)], "projects of your own and what was left out"),
    ],
)  # fmt: skip
def test_a_target_that_its_own_settings_leave_out_is_not_clean(
    outside: Outside, tmp_path: Path, listed: list[Dependency], held: str
) -> None:
    """Promise 1: who is audited cannot say that nothing is to be looked at, and be clean, with --strict or without."""
    (tmp_path / "pip-assay.toml").write_text('internal = ["clean"]\n', encoding="utf-8")
    report = flow.judge([Inventory("t", "k", tuple(listed))], SETTINGS, outside)
    (problem,) = report.audits[0].problems
    assert (problem.gap, problem.subject) == ("empty", "t")
    assert problem.what == f"holds nothing that advisory data cover, but {held}"
    assert "narrow `internal`" in problem.hint
    assert policy.exit_code(report) == 3
    strict = flow.judge([Inventory("t", "k", tuple(listed))], SETTINGS._replace(strict=True), outside)
    assert problem in strict.audits[0].problems


def test_what_is_not_installed_here_is_no_problem(outside: Outside) -> None:
    """A target of only what another platform needs stays as it is: nothing is missing here."""
    listed = (dependency("1.0", skipped=NOT_HERE),)
    report = flow.judge([Inventory("t", "k", listed)], SETTINGS, outside)
    assert not report.audits[0].problems
    assert policy.exit_code(report) == 0


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
    assert [each.skipped for each in audit.inventory.dependencies] == ["", "", not_held("Go")]


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


# --- what distributions carry, and the interpreter ----------------------------------------------

HOST = Pin(PYPI, "clean", "1.0")
INTERPRETER = Dependency(Pin(PYTHON, "cpython", "3.11.9"), HERE, ("runtime",))


def carried(ecosystem: str, name: str, version: str = "1.0", host: Pin = HOST, **others: object) -> Dependency:
    made = Dependency(Pin(ecosystem, name, version), HERE, direct=False, origin=Origin("bundled"), inside=host)
    return made._replace(**others)  # type: ignore[arg-type]


def test_what_wheels_carry_is_listed_where_the_database_holds_nothing_of_it(outside: Outside) -> None:
    """Whoever imported PyPI's records alone fails no audit for crates, and reads what to do; --strict minds."""
    listed = (
        dependency("1.0"), carried("crates.io", "rsa"), carried("Rocky Linux:9", "glibc", "2.34-1.el9"),
        carried("generic", "libfoo", skipped=UNAUDITABLE),
    )  # fmt: skip
    (audit,) = flow.judge([Inventory("t", "environment", listed)], SETTINGS, outside).audits
    assert [each.skipped for each in audit.inventory.dependencies] == [
        "", not_held("crates.io"), not_held("Rocky Linux").replace("Rocky Linux)", "'Rocky Linux')"), UNAUDITABLE,
    ]  # fmt: skip
    assert (audit.problems, audit.verdicts) == ((), ())
    (strict,) = flow.judge([Inventory("t", "environment", listed)], SETTINGS._replace(strict=True), outside).audits
    assert [each.subject for each in strict.problems] == ["rsa", "glibc"]


def test_strict_does_not_mind_what_no_other_auditor_lists(outside: Outside) -> None:
    """Parity with pip-audit --strict: of a nameless library in a wheel and of an unknown patch release it is silent."""
    unknown = INTERPRETER._replace(pin=INTERPRETER.pin._replace(version="3.11"), skipped=UNKNOWN_PATCH)
    listed = (dependency("1.0"), carried("generic", "libfoo", skipped=UNAUDITABLE), unknown)
    strict = SETTINGS._replace(strict=True)
    assert policy.exit_code(flow.judge([Inventory("t", "environment", listed)], strict, outside)) == 0
    beside = (dependency("1.0"), other("generic", "libfoo", skipped=UNAUDITABLE))
    assert policy.exit_code(flow.judge([Inventory("t", "k", beside)], strict, outside)) == 3


def test_a_copy_inside_a_distribution_is_audited(outside: Outside) -> None:
    """A flaw of a copy is a finding of its own, found by way of its host, and no upgrade is offered for it."""
    listed = (
        dependency("1.0", direct=True),
        carried(PYPI, "alpha", "1.2"),
        Dependency(Pin(PYPI, "alpha", "1.2"), HERE),
    )
    (audit,) = flow.judge([Inventory("t", "environment", listed)], SETTINGS, outside).audits
    of_copy = [each.finding for each in audit.verdicts if each.finding.dependency.inside]
    assert len(of_copy) * 2 == len(audit.verdicts) == 4
    assert {each.paths for each in of_copy} == {(("clean", "alpha"),)}
    assert [each.name for each in audit.upgrades] == ["alpha"]
    (alone,) = flow.judge([Inventory("t", "environment", listed[:2])], SETTINGS, outside).audits
    assert alone.upgrades == ()


def test_neither_the_interpreter_nor_what_wheels_carry_makes_a_target_audited(outside: Outside, tmp_path: Path) -> None:
    """Promise 1: of an environment of projects of one's own alone, nothing was looked at that its people installed."""
    (tmp_path / "pip-assay.toml").write_text('internal = ["clean"]\n', encoding="utf-8")
    listed = (dependency("1.0"), INTERPRETER, carried(PYPI, "alpha", "1.2"))
    (audit,) = flow.judge([Inventory("t", "environment", listed)], SETTINGS, outside).audits
    (problem,) = audit.problems
    assert problem.what == "holds nothing that advisory data cover, but projects of your own"
    assert {each.finding.dependency.pin.name for each in audit.verdicts} >= {"alpha"}


def test_what_is_inside_a_private_project_is_matched_and_stays_home(
    outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy inside a project of one's own, or of a private index, is looked up in the database and sent nowhere."""
    (tmp_path / "pip-assay.toml").write_text('internal = ["acme-*"]\n', encoding="utf-8")
    private = Origin("private index", "https://packages.example/simple")
    acme, secret = Pin(PYPI, "acme-web", "1"), Pin(PYPI, "secret", "1")
    listed = (
        dependency("1.0"), Dependency(acme, HERE), carried(PYPI, "alpha", "1.2", acme),
        Dependency(secret, HERE, origin=private), carried(PYPI, "quiet", "1.0", secret, origin=private),
    )  # fmt: skip
    (audit,) = flow.judge([Inventory("t", "environment", listed)], SETTINGS, outside).audits
    assert {each.finding.dependency.pin.name for each in audit.verdicts} == {"alpha"}
    assert [(each.gap, each.subject) for each in audit.problems] == [("private", "secret")]
    sent: list[object] = []

    def answer(_: object, __: object, body: dict[str, list[object]], **___: object) -> object:
        sent.extend(body["queries"])
        return {"results": [{} for _ in body["queries"]]}

    monkeypatch.setattr("pip_assay.net.post_json", answer)
    flow.judge([Inventory("t", "environment", listed)], Settings(service="osv"), outside)
    assert "clean" in str(sent)
    assert not any(name in str(sent) for name in ("acme", "alpha", "secret", "quiet"))


def test_the_index_is_not_asked_for_the_status_of_copies(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of a release is of what it offers, not of what somebody copied years ago."""
    asked: list[str] = []

    def ask(targets: list[tuple[list[Dependency], object]], *_: object) -> list[Told]:
        asked.extend(each.pin.name for listed, _ in targets for each in listed)
        return [Told() for _ in targets]

    monkeypatch.setattr("pip_assay.notices.ask", ask)
    listed = (dependency("1.0"), carried(PYPI, "alpha", "1.2"))
    flow.judge([Inventory("t", "environment", listed)], SETTINGS._replace(status=True), outside)
    assert asked == ["clean"]


def test_what_is_inside_and_has_no_answer_is_told_together() -> None:
    """One wheel may carry five hundred crates: one problem counts them, and is the reason of each."""
    host = Pin(PYPI, "carrier", "1.0")
    inside = [
        Dependency(
            Pin(PYPI, name, "1.0"), Place("METADATA"), inside=host, origin=Origin("bundled"), known_by="metadata"
        )
        for name in ("one", "two", "three")
    ]
    alone = Dependency(Pin(PYPI, "alone", "1.0"), Place("METADATA"))

    class Silent:
        unanswered = {each.pin: f"{each.pin.name} is not there" for each in (*inside, alone)}  # noqa: RUF012

    doubts = flow._unanswered([*inside, alone], Silent(), ())  # type: ignore[arg-type]
    told = {problem for _, problem in doubts}
    assert [each for each, _ in doubts] == [*inside, alone]
    assert {problem.what for problem in told} == {
        "3 bundled components were not answered for, such as one 1.0: one is not there",
        "alone 1.0: alone is not there",
    }
    Silent.unanswered = dict.fromkeys((each.pin for each in inside), "there is no data")
    assert {problem.what for _, problem in flow._unanswered(inside, Silent(), ())} == {  # type: ignore[arg-type]
        "3 bundled components: there is no data"
    }
