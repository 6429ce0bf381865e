"""The line for stderr, and the problems that the tables leave to it."""

import json
import re

import pytest

from pip_assay.model import INTERNAL, Audit, Inventory, Place, Problem, Report, Status, Verdict
from pip_assay.reports import Style, load
from pip_assay.reports.entries import entries
from pip_assay.reports.summary import Tally, counts, problem_lines, problem_text, summary_line
from tests import samples


def report_of(found: int, packages: int, ignored: int, *problems: Problem) -> Report:
    """Return a report with so many findings spread over so many packages."""
    listed = [samples.dependency(f"foo-{number}", "1.0") for number in range(packages or 1)]
    findings = [samples.finding(listed[number % len(listed)], f"PYSEC-{number}") for number in range(found + ignored)]
    verdicts = [Verdict(each, "fails" if number < found else "ignored") for number, each in enumerate(findings)]
    return Report((Audit(Inventory("x", "requirements", tuple(listed)), tuple(verdicts)),), problems)


@pytest.mark.parametrize(
    ("found", "packages", "ignored", "line"),
    [
        (0, 0, 0, "No known vulnerabilities found"),
        (0, 0, 1, "No known vulnerabilities found, 1 ignored"),
        (1, 1, 0, "Found 1 known vulnerability in 1 package"),
        (2, 1, 0, "Found 2 known vulnerabilities in 1 package"),
        (2, 2, 0, "Found 2 known vulnerabilities in 2 packages"),
        (2, 2, 2, "Found 2 known vulnerabilities, ignored 2 in 2 packages"),
    ],
)
def test_the_line_is_that_of_pip_audit(found: int, packages: int, ignored: int, line: str) -> None:
    """pip-audit 2.10.1, _cli.py: scripts read these words, with their singulars and plurals."""
    assert summary_line(report_of(found, packages, ignored)) == line


def test_what_vex_settles_is_counted_apart_from_what_a_rule_ignores() -> None:
    """In the line for stderr, after pip-audit's words, in the terminal, and in JSON for each target."""
    report = report_of(1, 2, 2)
    (audit,) = report.audits
    harmless = audit.verdicts[2]._replace(status="not_affected")
    audit = audit._replace(verdicts=(*audit.verdicts[:2], harmless))
    report = Report((audit,))
    assert summary_line(report) == "Found 1 known vulnerability, ignored 1, not affected 1 in 1 package"
    assert "; 1 ignored, 1 not affected; 2 of 2 audited." in load("terminal").render(report, Style())
    numbers = json.loads(load("json").render(report, Style()))["targets"][0]["counts"]
    assert (numbers["findings"], numbers["ignored"], numbers["not_affected"]) == (1, 1, 1)
    quiet = Report((audit._replace(verdicts=audit.verdicts[1:]),))
    assert summary_line(quiet) == "No known vulnerabilities found, 1 ignored, 1 not affected"
    page = re.sub(r"<[^>]+>", "|", load("html").render(Report((audit, audit)), Style()))
    assert "Ignored||1||" in page
    assert "Not affected||1||" in page
    assert "|1; 1 not affected|" in page
    assert "|1 finding; 1 not affected|" in page


def test_a_release_that_one_target_audits_is_audited() -> None:
    """Whatever another target's settings say of it; and nothing audited is never told as nothing found."""
    alpha, beta = samples.dependency("alpha", "1.0"), samples.dependency("beta", "1.0")
    own = Audit(Inventory("a", "requirements", (alpha._replace(skipped=INTERNAL),)))
    public = Audit(Inventory("b", "requirements", (alpha,)))
    for order in ((own, public), (public, own)):
        assert counts(order)[:2] == (1, 1)
        tally = Tally()
        for audit in order:
            one = Tally()
            one.add(audit)
            tally.join(one)
        assert tally.counts() == counts(order)
        assert summary_line(Report(order)) == "No known vulnerabilities found"
    assert summary_line(Report((own,))) == "Nothing was audited: 1 package is listed, and not audited"
    both = Audit(Inventory("a", "requirements", (alpha._replace(skipped="x"), beta._replace(skipped="y"))))
    line = "Nothing was audited: 2 packages are listed, and not audited"
    assert summary_line(Report((both,))) == line
    problem = Problem("stale", "the data is old")
    assert summary_line(Report((both,), (problem,))) == f"{line}; the audit is incomplete: 1 problem"


def test_nothing_found_is_not_said_alone_while_the_audit_is_incomplete() -> None:
    """pip-audit's sentence goes on where it would claim too much."""
    report = report_of(0, 0, 0, Problem("stale", "the advisory data is 12 days old"))
    assert summary_line(report) == "No known vulnerabilities found; the audit is incomplete: 1 problem"
    assert "incomplete" in summary_line(Report(()))


def test_numbers_agree_however_many_targets_share_a_release() -> None:
    """A release and its flaws count once, problems of each target by themselves."""
    once = samples.findings()
    twice = once._replace(audits=once.audits * 2)
    assert counts(twice.audits)._replace(problems=1) == counts(once.audits)


def test_problems_that_no_table_shows_are_lines() -> None:
    """What is about no dependency, or about one that was audited anyway, is left to stderr."""
    listed = (samples.dependency("foo", "1.0"), samples.dependency("bar", "1.0"))
    problems = (
        Problem("look-up", "the server did not answer", subject="foo 1.0"),
        Problem(
            "unresolved", "what it would bring in is not known", Place("requirements.txt", 2), "install uv", "bar 1.0"
        ),
        Problem("unreadable", "cannot be read\nas a requirement", Place("requirements.txt", 3), "correct the line"),
    )
    stale = Problem("stale", "::the data is old")
    audit = Audit(Inventory("requirements.txt", "requirements", listed, problems[:1]), problems=problems)
    assert problem_lines(Report((audit,), (stale, stale))) == [
        ": :the data is old",
        "requirements.txt:2: bar 1.0: what it would bring in is not known; install uv",
        "requirements.txt:3: cannot be read as a requirement; correct the line",
    ]


def test_a_dependency_that_a_problem_leaves_in_doubt_is_not_audited() -> None:
    """By name, by spelling or by pin: the dependency that a problem speaks of does not count as audited."""
    for subject in ("foo-bar", "Foo.Bar", "foo-bar 1.0", "Foo.Bar==1.0"):
        listed = (samples.dependency("Foo.Bar", "1.0"), samples.dependency("bar", "1.0"))
        audit = Audit(
            Inventory("x", "requirements", listed), problems=(Problem("look-up", "no answer", subject=subject),)
        )
        assert counts([audit]).audited == 1


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (
            Problem("unpinned", "is not pinned", Place("a.txt", 2), "pin it", "foo"),
            "a.txt:2: foo: is not pinned; pin it",
        ),
        (Problem("unpinned", "foo 1.0: is odd", Place("a.txt"), subject="foo 1.0"), "a.txt: foo 1.0: is odd"),
        (Problem("unreadable", "has no end", Place("a.txt"), subject="a.txt"), "a.txt: has no end"),
        (Problem("look-up", "a copy of it is old", subject="py"), "py: a copy of it is old"),
        (Problem("stale", "the data is old"), "the data is old"),
    ],
)
def test_a_problem_names_its_subject_once(problem: Problem, line: str) -> None:
    """Where, about what, what is wrong, what to do: and nothing of it twice."""
    assert problem_text(problem) == line


def test_a_problem_is_about_the_dependency_on_its_own_line() -> None:
    """A name may be written twice; the other release was audited."""
    audited, url = samples.dependency("foo", "1.0", line=1), samples.dependency("foo", "2.0", line=2)
    told = Problem("look-up", "no answer", Place("requirements.txt", 2), subject="foo")
    audit = Audit(Inventory("requirements.txt", "requirements", (audited, url)), problems=(told,))
    assert [(entry.pin.version, entry.skip) for entry in entries([audit])] == [("1.0", ""), ("2.0", "no answer")]


def test_reasons_of_one_release_come_in_one_order() -> None:
    """Two lines of one release, skipped for two reasons, give one text in whichever order they stand."""
    listed = tuple(samples.dependency("foo", "1.0", line=number, skipped=why) for number, why in enumerate("ba"))
    for order in (listed, listed[::-1]):
        (entry,) = entries([Audit(Inventory("x", "requirements", order))])
        assert entry.skip == "a; b"


@pytest.mark.parametrize("what", ["foo: no answer", "foo no answer", "foo", "foo ", ""])
def test_whatever_a_problem_says_its_dependency_is_not_audited(what: str) -> None:
    """Even a problem without words keeps its dependency from counting as audited."""
    listed = (samples.dependency("foo", "1.0"),)
    audit = Audit(Inventory("x", "requirements", listed), problems=(Problem("look-up", what, subject="foo"),))
    (entry,) = entries([audit])
    assert entry.skip in {"no answer", "foo", "look-up"}


def test_a_flaw_that_one_target_ignores_and_another_does_not_is_open() -> None:
    """Policies differ from target to target; the worst that any of them says counts, whichever comes first."""
    of = samples.dependency("alpha", "1.0")
    found = samples.finding(of, "PYSEC-2026-1")
    statuses: tuple[Status, ...] = ("ignored", "fails", "not_affected")
    audits = [Audit(Inventory(each, "requirements", (of,)), (Verdict(found, each),)) for each in statuses]
    for order in (audits, audits[::-1]):
        number = counts(order)
        assert (number.findings, number.ignored) == (1, 0)
        (entry,) = entries(order)
        assert [verdict.status for verdict in entry.verdicts] == ["fails"]
        joined = Tally()
        for audit in order:
            one = Tally()
            one.add(audit)
            joined.join(one)
        assert joined.counts() == number
