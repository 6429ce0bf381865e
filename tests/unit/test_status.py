"""--status: what the package index says of projects and releases, which of it fails, and when nobody could say."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pip_assay import flow, notices, policy
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.model import PYPI, Audit, Dependency, Inventory, Notice, Origin, Pin, Place, Problem, Report
from pip_assay.origins import Origins
from pip_assay.policy import NO_POLICY, Policy
from pip_assay.releases import DAY, Project, Release
from pip_assay.settings import Outside, Settings
from tests.server import Reply, Server
from tests.transcripts import NOW, Person, copy

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HERE = Place("requirements.txt", 1)
PRIVATE = Origin("index", "https://packages.example/simple")


def page(name: str, *versions: str, status: str = "", reason: str = "", yanked: str = "", api: str = "1.4") -> Reply:
    """Return what an index says of a project; `yanked` is a release of it."""
    listed = [
        {"filename": f"{name}-{version}.tar.gz", "url": "x", "yanked": "broken build" if version == yanked else False}
        for version in versions
    ]
    marker = {"project-status": {"status": status, "reason": reason}} if status else {}
    return Reply({"meta": {"api-version": api}, "name": name, "files": listed, **marker}, headers=JSON)


PAGES = {
    "clean": page("clean", "1.0"),
    "taken": page("taken", status="quarantined", reason="steals keys"),
    "old": page("old", "1.0", "2.0", status="archived"),
    "dusk": page("dusk", "1.0", status="deprecated", reason="use clean"),
    "bad": page("bad", "1.0", "1.1", yanked="1.0"),
    "gap": page("gap", "1.0"),
    "quiet": page("quiet", "1.0", api="1.1"),
}
LINES = ("bad==1.0", "dusk==1.0", "clean==1.0", "gap==1.1", "gone==1.0", "old==2.0", "quiet==1.0", "taken==3.0")


@pytest.fixture
def index() -> Iterator[Server]:
    """An index that knows of PEP 792, and one project from somewhere else."""
    with Server({f"/simple/{name}/": reply for name, reply in PAGES.items()}) as server:
        yield server


@pytest.fixture
def person(index: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody who installs from that index."""
    found = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    found.types("db", "import", "records")
    write(found, *LINES)
    return found


def write(person: Person, *lines: str) -> None:
    """Put the lines into requirements.txt."""
    (person.folder / "requirements.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def audited(person: Person, *options: str) -> tuple[dict[str, Any], int]:
    """Return the JSON report and the exit code."""
    said = person.types("-r", "requirements.txt", "--no-deps", "-f", "json", "--timeout", "2", *options)
    return json.loads(said.stdout), said.code


def kinds(document: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(each["package"]["name"], each["kind"], each["fails"]) for each in document["notices"]]


def test_every_project_is_asked_about_once(person: Person, index: Server) -> None:
    """Each notice names the release, what the index says in its own words, and where the release is written."""
    document, code = audited(person, "--status")
    assert kinds(document) == [
        ("bad", "yanked", False), ("dusk", "deprecated", False), ("gap", "unlisted", False),
        ("gone", "unlisted", False),
        ("old", "archived", False), ("quiet", "unknown", False), ("taken", "quarantined", True),
    ]  # fmt: skip
    assert {each["package"]["name"]: each["reason"] for each in document["notices"]} == {
        "bad": "broken build", "dusk": "use clean", "gap": "no index that was asked lists the release",
        "gone": "no index that was asked has the project", "old": "", "quiet": "", "taken": "steals keys",
    }  # fmt: skip
    assert [each["places"][0]["line"] for each in document["notices"]] == [1, 2, 4, 5, 6, 7, 8]
    assert sorted(index.paths()) == sorted(f"/simple/{line.partition('==')[0]}/" for line in LINES)
    assert (code, document["status"]) == (1, "complete")


def test_the_page_on_status_shows_what_a_person_sees(person: Person) -> None:
    """What docs/status.md prints of this very project is what the program prints."""
    page = (Path(SOURCE).parent / "docs" / "status.md").read_text(encoding="utf-8")
    shown = page.partition("$ pip-assay -r requirements.txt --no-deps --status\n")[2].partition("```")[0]
    assert person.types("-r", "requirements.txt", "--no-deps", "--status").stdout == shown


def test_nobody_is_asked_unasked(person: Person, index: Server) -> None:
    """Without one of the three options no name leaves the machine."""
    document, _ = audited(person)
    assert document["notices"] == []
    assert index.asked == []


def test_only_what_is_quarantined_fails_by_itself(person: Person) -> None:
    """The others are told; each of the two options asks, and makes its own kinds fail."""
    write(person, "bad==1.0", "dusk==1.0", "old==1.0", "gap==2", "gone==1", "quiet==1.0")
    assert audited(person, "--status")[1] == 0
    document, code = audited(person, "--fail-on-yanked")
    assert (code, [name for name, _, fails in kinds(document) if fails]) == (1, ["bad"])
    document, code = audited(person, "--fail-on-archived")
    assert (code, [name for name, _, fails in kinds(document) if fails]) == (1, ["dusk", "old"])
    write(person, "clean==1.0", "gone==1", "quiet==1.0")
    assert audited(person, "--fail-on-archived", "--fail-on-yanked")[1] == 0


@pytest.mark.parametrize("option", ["--fail-on-archived", "--fail-on-yanked"])
def test_a_strict_gate_lets_nothing_unknown_pass(person: Person, option: str) -> None:
    """An index that says nothing, or has no such release, leaves open what was asked: then it is a problem."""
    write(person, "clean==1.0", "gap==1.1", "gone==1", "quiet==1.0")
    assert audited(person, "--status", "--strict")[1] == 0
    assert audited(person, option)[1] == 0
    document, code = audited(person, option, "--strict")
    assert code == 3
    assert [(each["gap"], each["subject"], each["what"]) for each in document["problems"]] == [
        ("status", "gap", "gap 1.1: no index that was asked lists the release, so it may be yanked, archived or worse"),
        ("status", "gone", "gone 1: no index that was asked has the project, so it may be yanked, archived or worse"),
        ("status", "quiet", "quiet 1.0: the index publishes no project status, so it may be yanked, archived or worse"),
    ]
    write(person, "clean==1.0")
    assert audited(person, option, "--strict")[1] == 0


def test_a_reason_without_a_status_is_none(person: Person, index: Server) -> None:
    """The line says that no status is published, not a word that stands beside none."""
    index.script["/simple/quiet/"] = page("quiet", "1.0", status="retired", reason="x")
    write(person, "quiet==1.0")
    said = person.types("-r", "requirements.txt", "--no-deps", "--status").stdout
    assert "unknown for 1 package: the index publishes no project status: quiet 1.0\n" in said


def test_the_answers_are_kept_for_a_day(person: Person, index: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run asks nobody; offline it gives the same; the next day everybody is asked again."""
    first = audited(person, "--status")
    asked = len(index.asked)
    assert audited(person, "--status") == first
    assert audited(person, "--status", "--offline") == first
    assert len(index.asked) == asked
    monkeypatch.setattr("time.time", lambda: NOW + DAY)
    assert audited(person, "--status", "--max-db-age", "99") == first
    assert len(index.asked) == 2 * asked


def test_a_release_that_is_newer_than_the_list_is_asked_for_again(
    person: Person, index: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade of this morning is not called unlisted because the list is of yesterday evening."""
    write(person, "gap==1.0", "clean==1.0")
    assert audited(person, "--status")[0]["notices"] == []
    write(person, "gap==1.1", "clean==1.0")
    index.script["/simple/gap/"] = page("gap", "1.0", "1.1")
    assert kinds(audited(person, "--status")[0]) == [("gap", "unlisted", False)]
    monkeypatch.setattr("time.time", lambda: NOW + 3600)
    assert audited(person, "--status")[0]["notices"] == []
    assert index.paths().count("/simple/gap/") == 2
    assert index.paths().count("/simple/clean/") == 1


@pytest.mark.parametrize("options", [("--offline",), ()])
def test_who_cannot_be_asked_leaves_the_audit_incomplete(
    person: Person, index: Server, options: tuple[str, ...]
) -> None:
    """Somebody wanted to know, and nobody looked: a problem for each project, exit 3, and the flaws are still known."""
    index.script.clear()
    index.script.update({f"/simple/{name}/": Reply(status=403) for name in PAGES})
    write(person, "clean==1.0", "quiet==1.0")
    document, code = audited(person, "--status", *options)
    assert (code, document["status"], document["notices"]) == (3, "incomplete", [])
    assert [(each["gap"], each["subject"], each["place"]["line"]) for each in document["problems"]] == [
        ("status", "clean", 1),
        ("status", "quiet", 2),
    ]
    assert all(each["audited"] for each in document["dependencies"])
    said = person.types("-r", "requirements.txt", "--no-deps", "--status", *options)
    why = "is not asked: the network is off (--offline)" if options else "answered 403: it does not let us in"
    assert f"clean: its status is not known: {index.url.partition('://')[2]} {why}" in said.stdout
    assert "No known vulnerabilities in 2 packages that could be audited; 2 problems." in said.stdout


def test_what_fails_beats_what_is_not_known(person: Person, index: Server) -> None:
    """A quarantined project is exit 1 even while another one's status is not known."""
    index.script["/simple/quiet/"] = Reply(status=403)
    assert audited(person, "--status")[1] == 1


def test_private_names_never_leave(person: Person, index: Server) -> None:
    """What is from a private index, an address or a repository is not asked about, nor are other ecosystems."""
    listed = (
        dependency("clean", "1.0"), dependency("secret", "1.0", origin=PRIVATE),
        dependency("local", "1.0", origin=Origin("path", "../local")), dependency("git", "1.0", origin=Origin("vcs")),
        dependency("inner", "1.0", origin=Origin("bundled")), dependency("unpinned", ""),
        dependency("left-out", "1.0", skipped="left out, as the options ask"),
        Dependency(Pin("npm", "left-pad", "1.0"), HERE),
    )  # fmt: skip
    outside = Outside(dict(os.environ), str(person.folder), NOW)
    report = flow.judge([Inventory("t", "k", listed)], Settings(status=True, max_database_age=99), outside)
    assert index.paths() == ["/simple/clean/"]
    assert report.audits[0].notices == ()


def test_what_is_asked_for_twice_is_asked_once(person: Person, index: Server) -> None:
    """All targets are asked about at once; each has its own notices, one for a release on several lines."""
    twice = (dependency("old", "1.0", line=2), dependency("old", "1.0", line=1), dependency("old", "2.0", line=3))
    inventories = [Inventory("a", "k", twice), Inventory("b", "k", twice[:1]), Inventory("c", "k", ())]
    outside = Outside(dict(os.environ), str(person.folder), NOW)
    report = flow.judge(inventories, Settings(status=True, max_database_age=99), outside)
    assert [[(str(each.pin), len(each.places)) for each in audit.notices] for audit in report.audits] == [
        [("old 1.0", 2), ("old 2.0", 1)], [("old 1.0", 1)], [],
    ]  # fmt: skip
    assert index.paths() == ["/simple/old/"]


def test_a_tree_of_targets_is_asked_about_too(person: Person, index: Server) -> None:
    """--recursive: each target has its notices, and one that fails makes the whole fail."""
    for name, line in (("one", "taken==3.0"), ("two", "old==1.0"), ("three", "quiet==1.0")):
        (person.folder / name).mkdir()
        (person.folder / name / "requirements.txt").write_text(f"{line}\n", encoding="utf-8")
    (person.folder / "requirements.txt").unlink()
    said = person.types("-R", ".", "--no-deps", "--status", "--max-db-age", "99")
    assert said.code == 1
    assert "QUARANTINED  taken 3.0  steals keys (one/requirements.txt:1)" in said.stdout
    assert "ARCHIVED  old 1.0  (two/requirements.txt:1)" in said.stdout
    assert "; 1 quarantined (fails), 1 archived." in said.stdout
    assert sorted(index.paths()) == ["/simple/old/", "/simple/quiet/", "/simple/taken/"]


FORKS = """
import os
from pip_assay import net
from pip_assay.net.client import client

network = net.Network(environ=(("PIP_CONFIG_FILE", os.devnull),))
before = client(network)
assert client(network) is before
child = os.fork()
if not child:
    os._exit(client(network) is before)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts workers anew")
def test_workers_do_not_share_connections() -> None:
    """A copy of a process that has asked opens connections of its own, else each would get the other's answers."""
    assert subprocess.run([sys.executable, "-c", FORKS], env={"PYTHONPATH": SOURCE}, check=False).returncode == 0


def test_single_releases_can_be_asked_about(person: Person) -> None:
    """`check --status` is the same question."""
    said = person.types("check", "taken==1.0", "clean==1.0", "--status")
    assert said.code == 1
    assert "QUARANTINED  taken 1.0  steals keys" in said.stdout


# --- what is said of one release -----------------------------------------------------------------


def dependency(name: str, version: str, *, line: int = 1, **more: Any) -> Dependency:
    return Dependency(Pin(PYPI, name, version), Place("requirements.txt", line), **more)


def said(version: str, *listed: Release, others: tuple[str, ...] = (), status: str = "active") -> list[str]:
    project = Project(listed, others, status)
    return [kind for kind, _ in notices.said(Pin(PYPI, "alpha", version), project)]


YANKED = Release("2.0", True, "broken")


@pytest.mark.parametrize(
    ("version", "listed", "kinds"),
    [
        ("2.0", [Release("2.0")], []),
        ("2", [Release("2.0")], []),
        ("v2.0.0", [Release("2.0")], []),
        ("2.0+cu118", [Release("2.0")], []),
        ("2.0", [Release("2.0+cpu")], []),
        ("2.0+cu118", [Release("2.0+cpu")], []),
        ("2.0.1", [Release("2.0")], ["unlisted"]),
        ("2.0", [], ["unlisted"]),
        ("2.0", [YANKED], ["yanked"]),
        ("2.0+cu118", [YANKED], ["yanked"]),
        ("2.0+cu118", [YANKED, Release("2.0+cu118")], []),
        ("2.0+cu118", [Release("2.0"), Release("2.0+cu118", True)], ["yanked"]),
        ("2.0+cu121", [YANKED, Release("2.0+cu118")], []),
        ("2.0", [Release("2.0+cpu", True), Release("2.0+cu118", True)], ["yanked"]),
        ("not a version", [Release("2.0")], []),
    ],
)
def test_a_release_is_found_by_its_public_part(version: str, listed: list[Release], kinds: list[str]) -> None:
    """PEP 440: a local version is a build of the public one; the exact one counts where it is listed by itself."""
    assert said(version, *listed) == kinds


def test_a_release_that_is_listed_by_its_version_alone_is_listed() -> None:
    """Its files may be of a kind that nobody installs any more."""
    assert said("0.9", Release("1.0"), others=("0.9.0",)) == []
    assert said("0.9", Release("1.0"), others=("not a version",)) == ["unlisted"]


def test_a_project_may_have_several_faults() -> None:
    """An archived project's release may be yanked, or missing; what is quarantined offers no files to miss."""
    assert said("2.0", YANKED, status="archived") == ["archived", "yanked"]
    assert said("1.0", YANKED, status="deprecated") == ["deprecated", "unlisted"]
    assert said("1.0", status="quarantined") == ["quarantined"]
    assert said("2.0", YANKED, status="quarantined") == ["quarantined", "yanked"]
    assert said("2.0", YANKED, status="") == ["unknown", "yanked"]


texts = st.from_regex(r"[0-3]\.[0-3](\.0|rc1|\.post1)?(\+cpu|\+cu\.1)?", fullmatch=True)


@given(texts, st.lists(texts, max_size=5))
def test_listed_is_what_packaging_calls_the_same_public_release(version: str, listed: list[str]) -> None:
    """Whatever is listed, packaging's own comparison is the oracle."""
    same = any(Version(Version(each).public) == Version(Version(version).public) for each in listed)
    assert ("unlisted" in said(version, *map(Release, listed))) is not same


ANSWERS: dict[str, Project | Unreadable] = {
    "a": Project((), status="quarantined", reason="x"),
    "b": NotFound("nobody has it"),
    "c": NetworkError("answered 500", "index.example", "try again later"),
    "d": NetworkError("no index in use has a web address"),
    "e": Project((Release("1", True),), status="archived"),
}


@given(st.lists(st.builds(dependency, st.sampled_from(sorted(ANSWERS)), st.sampled_from("12"), line=st.integers(1, 3))),
       st.booleans(), st.booleans())  # fmt: skip
def test_every_release_is_spoken_of_or_a_problem(listed: list[Dependency], yanked: bool, archived: bool) -> None:
    """Sorted, one for each release and kind, with all of its places; what nobody answered for is a problem once."""
    rules = Policy(fail_on_yanked=yanked, fail_on_archived=archived)
    told = notices._told(listed, ANSWERS, rules)
    assert list(told.notices) == sorted(told.notices, key=lambda each: each.pin)
    assert len({(each.pin, each.kind) for each in told.notices}) == len(told.notices)
    assert {each.pin for each in told.notices} | {
        each.pin for each in listed if each.pin.name in {problem.subject for problem in told.problems}
    } == {each.pin for each in listed}
    for each in told.notices:
        assert each.places == tuple(sorted({one.place for one in listed if one.pin == each.pin}))
    assert {each.kind for each in told.notices if each.fails} <= (
        {"quarantined"} | ({"yanked"} if yanked else set()) | ({"archived"} if archived else set())
    )
    assert all(each.fails for each in told.notices if each.kind == "quarantined")
    assert [each.subject for each in told.problems] == sorted({each.pin.name for each in listed} & {"c", "d"})
    assert [each.place for each in told.problems] == [
        min((one.pin, one.place) for one in listed if one.pin.name == each.subject)[1] for each in told.problems
    ]


def test_a_problem_names_the_index_and_what_to_do() -> None:
    """And says nothing of an index where there is none."""
    told = notices._told([dependency("c", "1"), dependency("d", "1")], ANSWERS, NO_POLICY)
    assert told.problems == (
        Problem("status", "c: its status is not known: index.example answered 500", HERE, "try again later", "c"),
        Problem("status", "d: its status is not known: no index in use has a web address", HERE, "", "d"),
    )


def test_nothing_to_ask_asks_nothing(tmp_path: Path) -> None:
    """Without a public dependency no setting of pip's is even read."""
    outside = Outside({"PIP_CONFIG_FILE": str(tmp_path / "broken")}, str(tmp_path), NOW)
    (tmp_path / "broken").write_text("[", encoding="utf-8")
    origins = Origins(lambda: "https://index.example/simple", Settings(), {})
    private = [([dependency("x", "1", origin=PRIVATE)], NO_POLICY), ([], NO_POLICY)]
    assert notices.ask(private, origins, Settings(), outside) == [notices.Told(), notices.Told()]


def test_a_failing_notice_is_a_finding_for_the_exit_code() -> None:
    """1 beats 3, and 0 is for what does not fail."""
    inventory = Inventory("t", "k", (dependency("a", "1"),))
    notice = Notice(Pin(PYPI, "a", "1"), "quarantined")
    problem = Problem("status", "b: its status is not known", HERE)
    codes = [
        policy.exit_code(Report((Audit(inventory, notices=(notice._replace(fails=fails),), problems=problems),)))
        for fails, problems in ((True, (problem,)), (True, ()), (False, (problem,)), (False, ()))
    ]
    assert codes == [1, 1, 3, 0]
