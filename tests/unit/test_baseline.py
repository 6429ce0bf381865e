"""The baseline: what a change introduces, what is newly published, what was known; and reading a kept report."""

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import baselines, fleet, flow, policy, reports
from pip_assay.errors import UsageError
from pip_assay.fleet import Fleet
from pip_assay.model import CHANGES, Audit, Change, Finding, Inventory, Notice, Pin, Place, Problem, Report, Verdict
from pip_assay.policy import baseline
from pip_assay.policy.baseline import Baseline, Before
from pip_assay.reports import Style
from pip_assay.settings import Outside, Settings
from tests import report_strategies, samples
from tests.transcripts import NOW, PROJECTS, RECORDS, Person, copy

LOCK = "uv.lock"
JINJA = samples.dependency("jinja2", "2.10", LOCK, 12)
FLAW = samples.finding(JINJA, "PYSEC-1", aliases=("CVE-1", "GHSA-1"))


def before(
    *ids: str, place: str = LOCK, pin: Pin = JINJA.pin, new: bool = False, carrier: str = "",
    releases: tuple[tuple[str, Pin, str], ...] = (),
) -> Baseline:  # fmt: skip
    """A baseline of one finding."""
    return baseline.made("--baseline b", "/shop", [([place], pin, Before(frozenset(ids), new, carrier))], releases)


@pytest.mark.parametrize(
    ("known", "change"),
    [
        (before("PYSEC-1"), "known"),
        (before("CVE-1", "OSV-9"), "known"),
        (before("CVE-1", pin=JINJA.pin._replace(version="2.9")), "known"),
        (before("CVE-1", place="./x/../uv.lock"), "known"),
        (before("CVE-1", place="/shop/uv.lock"), "known"),
        (before("CVE-1", place=".\\uv.lock"), "known"),
        (before("CVE-1", place="other/uv.lock"), "introduced"),
        (before("CVE-1", pin=Pin("npm", "jinja2", "2.10")), "introduced"),
        (before("CVE-1", pin=Pin("PyPI", "jinja", "2.10")), "introduced"),
        (before("CVE-2"), "introduced"),
        (before("CVE-1", carrier="pip"), "introduced"),
        (before("CVE-2", releases=((LOCK, JINJA.pin, "pip"),)), "introduced"),
        (before("CVE-1", new=True), "newly published"),
        (before("CVE-2", releases=((LOCK, JINJA.pin, ""),)), "newly published"),
        (before("CVE-2", releases=((LOCK, JINJA.pin._replace(version="2.9"), ""),)), "introduced"),
        (before("CVE-2", releases=(("other.lock", JINJA.pin, ""),)), "introduced"),
    ],
)
def test_what_has_changed(known: Baseline, change: Change) -> None:
    """Known is the same flaw of the same project in the same file; of an unchanged release another flaw is new."""
    (verdict,) = baseline.changed([Verdict(FLAW, "fails")], known, LOCK)
    assert verdict.change == change
    assert verdict.status == ("fails" if change == "introduced" else "known")
    assert verdict.rule == ("" if change == "introduced" else f"--baseline b: {change}")


def test_a_copy_inside_a_distribution_is_told_apart_from_the_release_itself() -> None:
    """It is known where that distribution carried it before, in whichever release; alone, or elsewhere, it is not."""
    inside = FLAW._replace(dependency=JINJA._replace(inside=Pin("PyPI", "pip", "23.0")))
    for known, change in (
        (before("CVE-1"), "introduced"),
        (before("CVE-1", carrier="pip"), "known"),
        (before("CVE-1", carrier="conda"), "introduced"),
        (before("CVE-2", releases=((LOCK, JINJA.pin, "pip"),)), "newly published"),
        (before("CVE-2", releases=((LOCK, JINJA.pin, ""),)), "introduced"),
    ):
        assert baseline.changed([Verdict(inside, "fails")], known, LOCK)[0].change == change


def test_a_finding_that_moves_to_another_target_of_the_same_file_is_known() -> None:
    """A file that two targets read is one place: it is enough that the target or the file is the same."""
    (verdict,) = baseline.changed([Verdict(FLAW, "fails")], before("CVE-1"), "uv.lock, more.txt")
    assert verdict.change == "known"
    elsewhere = FLAW._replace(places=(Place("a.txt"),), dependency=JINJA._replace(place=Place("a.txt")))
    (verdict,) = baseline.changed([Verdict(elsewhere, "fails")], before("CVE-1"), LOCK)
    assert verdict.change == "known"


@pytest.mark.parametrize("status", ["warns", "ignored", "not_affected"])
def test_what_does_not_fail_keeps_its_status_and_rule(status: Any) -> None:
    """A baseline excuses failures alone; what is silenced stays silenced by its own rule."""
    (verdict,) = baseline.changed([Verdict(FLAW, status, "rule", "reason")], before("CVE-1"), LOCK)
    assert verdict == Verdict(FLAW, status, "rule", "reason", change="known")


def test_the_reason_of_an_ignore_that_is_over_does_not_stand_by_the_rule_of_the_baseline() -> None:
    """The rule of a known finding is the baseline; why an ignore failed to silence it is not its reason."""
    (verdict,) = baseline.changed([Verdict(FLAW, "fails", "a:1", "expired")], before("CVE-1"), LOCK)
    assert (verdict.rule, verdict.reason) == ("--baseline b: known", "")


@pytest.mark.parametrize(("failing", "codes"), [(("introduced",), (1, 0, 0)), (CHANGES[:2], (1, 1, 0))])
def test_what_fails_against_a_baseline_is_a_choice(failing: tuple[Change, ...], codes: tuple[int, ...]) -> None:
    """By default what is introduced fails; a nightly run may fail on what is newly published too."""
    for known, code in zip((before("CVE-2"), before("CVE-1", new=True), before("CVE-1")), codes, strict=True):
        verdicts = baseline.changed([Verdict(FLAW, "fails")], known._replace(failing=failing), LOCK)
        assert policy.exit_code(Report((Audit(Inventory(LOCK, "uv.lock"), verdicts),))) == code


def test_malware_fails_whatever_is_known_of_it() -> None:
    """Exit 4, also where the baseline had it."""
    malware = FLAW._replace(malware=True)
    verdicts = baseline.changed([Verdict(malware, "fails")], before("CVE-1"), LOCK)
    assert verdicts == (Verdict(malware, "fails", change="known"),)
    assert policy.exit_code(Report((Audit(Inventory(LOCK, "uv.lock"), verdicts),))) == 4


def test_a_baseline_excuses_no_problem_and_no_quarantine() -> None:
    """Promise 1: what could not be looked at stays exit 3, and what the index quarantined fails."""
    verdicts = baseline.changed([Verdict(FLAW, "fails")], before("CVE-1"), LOCK)
    audit = Audit(Inventory(LOCK, "uv.lock"), verdicts)
    assert policy.exit_code(Report((audit._replace(problems=(Problem("missing", "is gone"),)),))) == 3
    assert policy.exit_code(Report((audit._replace(notices=(Notice(JINJA.pin, "quarantined", fails=True),)),))) == 1


# --- brute force -------------------------------------------------------------------------------

PATHS = ("a/uv.lock", "./a/uv.lock", "a/../b.txt", "b.txt", "/shop/b.txt", "a", "ab/uv.lock", "../shop/a/x")
NAMES, VERSIONS, IDS = ("one", "two"), ("1", "2"), ("CVE-1", "CVE-2", "GHSA-3")
ONE_OF = st.sampled_from
PINS = st.builds(Pin, ONE_OF(("PyPI", "npm")), ONE_OF(NAMES), ONE_OF(VERSIONS))
CARRIERS = ONE_OF(("", "pip", "conda"))
BEFORE = st.tuples(
    st.lists(ONE_OF(PATHS), min_size=1, max_size=2), PINS,
    st.builds(Before, st.frozensets(ONE_OF(IDS)), st.booleans(), CARRIERS),
)  # fmt: skip


@st.composite
def found(draw: st.DrawFn) -> Finding:
    pin, (first, *rest) = draw(PINS), draw(st.lists(ONE_OF(IDS), min_size=1, unique=True))
    file, *files = draw(st.lists(ONE_OF(PATHS), min_size=1, max_size=2))
    host = draw(CARRIERS)
    inside = Pin("PyPI", host, draw(ONE_OF(VERSIONS))) if host else None
    dependency = samples.dependency(pin.name, pin.version, file)._replace(pin=pin, inside=inside)
    return Finding(first, tuple(rest), dependency, (), places=tuple(map(Place, files)))


def real(path: str) -> str:
    """Where a path leads from /shop, as the system says."""
    return os.path.normpath(os.path.join("/shop", path))


def brute_force(
    finding: Finding, target: str, earlier: list[tuple[list[str], Pin, Before]], releases: list[tuple[str, Pin, str]]
) -> str:
    """The definition, word by word."""
    pin, inside = finding.dependency.pin, finding.dependency.inside
    carrier = inside.name if inside else ""
    here = {real(target), real(finding.dependency.place.file), *(real(place.file) for place in finding.places)}
    same = [
        each
        for places, other, each in earlier
        if (other.ecosystem, other.name, each.carrier) == (pin.ecosystem, pin.name, carrier)
        and here & set(map(real, places))
        and {finding.id, *finding.aliases} & each.ids
    ]
    if same and not all(each.new for each in same):
        return "known"
    if same or any(real(where) == real(target) and (there, by) == (pin, carrier) for where, there, by in releases):
        return "newly published"
    return "introduced"


@given(
    st.lists(found(), max_size=4), ONE_OF(PATHS), st.lists(BEFORE, max_size=4),
    st.lists(st.tuples(ONE_OF(PATHS), PINS, CARRIERS), max_size=4),
)  # fmt: skip
def test_every_change_is_what_the_definition_says(
    findings: list[Finding], target: str, earlier: list[tuple[list[str], Pin, Before]],
    releases: list[tuple[str, Pin, str]],
) -> None:  # fmt: skip
    """Law: the indexed comparison answers as a search through everything does; and so does the part near a target."""
    made = baseline.made("--baseline b", "/shop", earlier, releases)
    verdicts = baseline.changed([Verdict(each, "fails") for each in findings], made, target)
    assert [each.change for each in verdicts] == [brute_force(each, target, earlier, releases) for each in findings]
    assert [each.finding for each in verdicts] == findings
    places = [target, *(place.file for each in findings for place in (each.dependency.place, *each.places))]
    near = baseline.near(made, [os.path.dirname(place) or "." for place in places])
    assert baseline.changed([Verdict(each, "fails") for each in findings], near, target) == verdicts
    strangers = not any(real(where) == real(target) for where, *_ in releases)
    assert baseline.is_of_others(made, [target]) == (bool(releases) and strangers)


def test_near_leaves_out_what_is_elsewhere() -> None:
    """Of a baseline a worker gets what lies in its folders: "ab" is not below "a"."""
    made = baseline.made(
        "--baseline b", "/shop", [([path], JINJA.pin, Before(frozenset("x"))) for path in PATHS],
        [(path, JINJA.pin, "") for path in PATHS],
    )  # fmt: skip
    near = baseline.near(made, ["a"])
    assert {place for place, _ in near.findings} == {"/shop/a", "/shop/a/uv.lock", "/shop/a/x"}
    assert near.releases.keys() == {"/shop/a", "/shop/a/uv.lock", "/shop/a/x"}
    assert baseline.near(made, ["."]) == baseline.near(made, ["/"]) == made


# --- a report that was kept --------------------------------------------------------------------

STYLE = Style(descriptions=True, aliases=True)


def saved(path: Path, content: str | bytes) -> baselines.Known:
    """Read what a file holds."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    known = baselines.before(Settings(baseline=str(path)), Outside({}, "/shop", NOW))
    assert known
    return known


@pytest.mark.parametrize("name", ["json", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_report_against_itself_is_known(name: str, encoding: str, tmp_path: Path) -> None:
    """What our own JSON and JSON Lines hold is known in the next run, in the encodings that shells write."""
    report = samples.findings()
    known = saved(tmp_path / "b.json", reports.load(name).render(report, STYLE).encode(encoding))
    for audit in report.audits:
        verdicts = baseline.changed(audit.verdicts, known.baseline, audit.inventory.target)
        assert {each.change for each in verdicts} == {"known"}


@given(report_strategies.ordinary())
def test_any_report_against_itself_is_known(tmp_path: Path, report: Report) -> None:
    """Law: whatever a report holds, reading it back knows every finding of it."""
    for name in ("json", "jsonl"):
        text = reports.load(name).render(report, STYLE)
        if not text:
            continue
        known = saved(tmp_path / "b.json", text).baseline
        for audit in report.audits:
            verdicts = baseline.changed(audit.verdicts, known, audit.inventory.target)
            assert all(each.change == "known" for each in verdicts)
            there = baseline.changed(
                [each._replace(finding=each.finding._replace(id="NEW-1", aliases=())) for each in audit.verdicts],
                known, audit.inventory.target,
            )  # fmt: skip
            assert "known" not in {each.change for each in there}


def test_a_kept_report_tells_carriers_apart(tmp_path: Path) -> None:
    """What was known of the copy inside pip, and that pip had it, is not known of the release itself."""
    pip, other = Pin("PyPI", "pip", "22.3"), Pin("PyPI", "other", "1")
    copied = JINJA._replace(inside=pip)
    flaw = FLAW._replace(dependency=copied)
    audit = Audit(Inventory(LOCK, "uv.lock", (copied, samples.dependency("pip", "22.3"))), samples.fails(flaw))
    for name in ("json", "jsonl"):
        known = saved(tmp_path / "b.json", reports.load(name).render(Report((audit,)), STYLE)).baseline
        new = FLAW._replace(id="CVE-9", aliases=())
        changes = {
            inside: [
                each.change
                for flaw in (FLAW, new)
                for each in baseline.changed(
                    [Verdict(flaw._replace(dependency=JINJA._replace(inside=inside)), "fails")], known, LOCK
                )
            ]
            for inside in (None, pip, other)
        }
        assert changes == {None: ["introduced"] * 2, pip: ["known", "newly published"], other: ["introduced"] * 2}


def test_a_release_that_was_not_audited_is_not_unchanged(tmp_path: Path) -> None:
    """What the baseline could not see looks introduced: nothing that was there is told apart from nothing seen."""
    private = samples.findings().audits[0].inventory.dependencies[3]
    assert private.pin.name == "acme-internal"
    known = saved(tmp_path / "b.json", reports.load("json").render(samples.findings(), STYLE))
    verdict = Verdict(samples.finding(private, "CVE-9"), "fails")
    (changed,) = baseline.changed([verdict], known.baseline, "requirements.txt")
    assert changed.change == "introduced"
    assert known.notes == (f"{tmp_path}/b.json: is of an incomplete audit; what it did not see counts as introduced",)


def document(**changes: object) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(reports.load("json").render(samples.findings(), STYLE))
    return whole | changes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (b"\xff\xfe\xff", "is not JSON"),
        ('{"a": ' + "9" * 10_000 + "}", "is not JSON"),
        ("[]", "is no report of pip-assay"),
        ("null", "is no report of pip-assay"),
        ('{"dependencies": [], "fixes": []}', "is no report of pip-assay"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "is no report of pip-assay"),
        (json.dumps({"schema_version": "1.0", "ranges": [], "tool": {"name": "pip-assay"}}), "is no report"),
        (json.dumps(document(tool={"name": "other"})), "is no report of pip-assay"),
        (json.dumps(document(schema_version="2.0")), "is a report of another version of the schema (2.0)"),
        (json.dumps(document(schema_version=1)), "is no report of pip-assay"),
        (json.dumps({key: value for key, value in document().items() if key != "findings"}), "it lacks 'findings'"),
        (json.dumps({key: value for key, value in document().items() if key != "status"}), "it lacks 'status'"),
        (json.dumps(document(findings=[{}])), "is no whole report"),
        (json.dumps(document(findings={"a": 1})), "is no whole report"),
        (json.dumps(document(dependencies=[1])), "is no whole report"),
        (json.dumps(document(dependencies=[{"audited": True, "ecosystem": 1}])), "is no whole report"),
        (json.dumps(document()) + "\n{", "is not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_report_of_ours_is_wrong_usage(content: str | bytes, said: str, tmp_path: Path) -> None:
    """Another tool's report, another schema, half a file: one sentence with the file and what to do."""
    with pytest.raises(UsageError) as error:
        saved(tmp_path / "b.json", content)
    assert said in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "b.json"))
    assert error.value.hint
    assert "\n" not in str(error.value)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))


@given(st.data())
def test_no_damaged_report_does_more_than_be_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Law: with anything in the place of any part, a report is read or refused in a sentence; nothing else happens."""
    whole = document()
    part: Any = whole
    for _ in range(data.draw(st.integers(0, 5))):
        keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
        if not keys:
            break
        key = data.draw(st.sampled_from(list(keys)))
        inner = part[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            part[key] = data.draw(VALUES)
            break
        part = inner
    with contextlib.suppress(UsageError):
        assert saved(tmp_path / "b.json", json.dumps(whole)).baseline.folder == "/shop"


def test_what_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    """A missing file and a folder are told as such, with exit 2."""
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(UsageError) as error:
            baselines.before(Settings(baseline=str(path)), Outside({}, "/shop", NOW))
        assert str(path) in str(error.value)


# --- the command -------------------------------------------------------------------------------


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    one = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    one.types("db", "import", "records")
    return one


AUDIT = ("requirements.txt", "--no-deps")


def test_a_pull_request_fails_only_on_what_it_introduces(person: Person) -> None:
    """The flow of a team: keep a report, change a file, and see what the change did; all findings are shown."""
    assert person.types(*AUDIT, "-f", "json", "-o", "base.json").code == 1
    said = person.types(*AUDIT, "--baseline", "base.json")
    assert said.code == 0
    assert "3 known;" in said.stdout
    with Path("requirements.txt").open("a", encoding="utf-8") as file:
        file.write("gamma==1.0\n")
    said = person.types(*AUDIT, "--baseline", "base.json")
    assert said.code == 1
    assert "1 introduced, 3 known;" in said.stdout
    assert said.stdout.index("gamma") < said.stdout.index("alpha"), "what is introduced comes first"
    said = person.types(*AUDIT, "--baseline", "base.json", "-f", "json")
    assert {(each["change"], each["status"], each["rule"]) for each in json.loads(said.stdout)["findings"]} == {
        ("introduced", "fails", ""), ("known", "known", "--baseline base.json: known"),
    }  # fmt: skip
    said = person.types(*AUDIT, "--baseline", "base.json", "-f", "columns")
    assert said.stderr.endswith("Found 4 known vulnerabilities (1 introduced, 3 known) in 3 packages\n")
    assert said.stdout.splitlines()[0].split() == ["Name", "Version", "ID", "Fix", "Versions", "Change"]
    assert [line.rpartition(" ")[2] for line in said.stdout.splitlines()[2:6]] == ["known"] * 3 + ["introduced"]


def test_a_new_advisory_for_an_unchanged_package_passes_unless_asked(person: Person) -> None:
    """What is published tonight blocks nobody's change, and a nightly run can fail on it."""
    record = Path("records/PYSEC-2026-3.json")
    kept = record.read_text(encoding="utf-8")
    record.unlink()
    person.types("db", "import", "records", "--replace")
    person.types(*AUDIT, "-f", "json", "-o", "base.json")
    record.write_text(kept, encoding="utf-8")
    person.types("db", "import", "records")
    said = person.types(*AUDIT, "--baseline", "base.json")
    assert (said.code, "1 newly published, 2 known;" in said.stdout) == (0, True)
    assert person.types(*AUDIT, "--baseline", "base.json", "--baseline-fails", "new").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--baseline", "base.json", "--since", "HEAD"), "--baseline does not go with --since"),
        (("--baseline-fails", "new"), "--baseline-fails goes with a baseline"),
        (("--baseline", "base.json", "--ranges"), "--ranges does not go with --baseline"),
        (("--baseline", "nowhere.json"), "nowhere.json: does not exist"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(arguments: tuple[str, ...], said: str, person: Person) -> None:
    """Exit 2 and a sentence."""
    answer = person.types("requirements.txt", *arguments)
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_a_word_that_is_no_choice_is_wrong_usage() -> None:
    """The library's settings are checked as the option is."""
    with pytest.raises(UsageError, match="is not what a baseline may fail on"):
        baselines.before(Settings(baseline="b", baseline_fails="all"), Outside({}, "/shop", NOW))


def test_a_baseline_of_something_else_is_told(person: Person) -> None:
    """Where no target is the baseline's, everything is introduced, and a person learns why."""
    person.types(*AUDIT, "-f", "json", "-o", "base.json")
    Path("other.txt").write_bytes(Path("requirements.txt").read_bytes())
    said = person.types("other.txt", "--no-deps", "--baseline", "base.json")
    assert said.code == 1
    assert "--baseline base.json speaks of other targets than other.txt" in said.stderr
    assert person.types(*AUDIT, "--baseline", "base.json").stderr == ""


def test_an_incomplete_baseline_is_told(person: Person) -> None:
    """It is used, and what it did not see fails: the safe side."""
    person.types("requirements.txt", "missing.txt", "--no-deps", "-f", "json", "-o", "base.json")
    said = person.types(*AUDIT, "--baseline", "base.json")
    assert said.code == 0
    assert "base.json: is of an incomplete audit; what it did not see counts as introduced" in said.stderr


def test_workers_know_what_one_process_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    """A tree audited by several processes has the changes that its folders have one by one."""
    person = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    person.types("db", "import", str(RECORDS), "--db", str(tmp_path / "advisories.db"))
    for number in range(fleet.BATCH * (fleet.FEW + 2)):
        shutil.copytree(PROJECTS / ("hashed", "two-locks")[number % 2], tmp_path / "tree" / f"{number:02}")
    monkeypatch.chdir(tmp_path)
    outside = Outside({"PIP_ASSAY_DB": str(tmp_path / "advisories.db")}, str(tmp_path), NOW)
    settings = Settings(targets=("tree",), recursive=True, offline=True, no_deps=True)
    every = [audit for part in Fleet(settings, outside, workers=1) for audit in part.report.audits]
    half = Report(tuple(every[::2]))
    (tmp_path / "b.json").write_text(reports.load("json").render(half, STYLE), encoding="utf-8")
    known = baselines.before(settings._replace(baseline="b.json"), outside)
    assert known
    seen: dict[str, list[str]] = {}
    for part in Fleet(settings, outside, workers=3, before=known.baseline):
        for audit in part.report.audits:
            seen[audit.inventory.target] = [each.change for each in audit.verdicts]
    for number, audit in enumerate(every):
        alone = flow.judge([audit.inventory], settings, outside, known.baseline).audits[0]
        assert seen[audit.inventory.target] == [each.change for each in alone.verdicts]
        assert set(seen[audit.inventory.target]) <= ({"known"} if number % 2 == 0 else {"introduced"})
    assert {change for changes in seen.values() for change in changes} == {"known", "introduced"}
