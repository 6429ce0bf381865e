"""JUnit XML: read back by a parser of XML and by a reader of JUnit, neither of which is ours."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from junitparser import JUnitXml, TestCase

from pip_assay.model import Audit, Finding, Inventory, LeftOut, Notice, Problem, Report, Rule, Verdict
from pip_assay.records import Advisory
from pip_assay.reports import Style, junit
from tests import samples
from tests.report_strategies import FORBIDDEN, ordinary, poisoned

FOO = samples.dependency("foo", "1.0", line=3)


def suites_of(report: Report) -> dict[str, dict[str, TestCase]]:
    """Return the cases by suite and name, as a reader of JUnit sees them."""
    read = JUnitXml.fromstring(junit.render(report, Style()).encode())
    return {suite.name: {case.name: case for case in suite} for suite in read}


def case_of(*verdicts: Verdict, problems: tuple[Problem, ...] = (), notices: tuple[Notice, ...] = ()) -> TestCase:
    """Return the case of foo."""
    audit = Audit(Inventory("x", "requirements", (FOO,)), verdicts, problems=problems, notices=notices)
    return suites_of(Report((audit,)))["x"]["foo 1.0"]


def outcome(case: TestCase) -> tuple[str, str, str | None]:
    """Return the element that says how a case went, its message and its type."""
    (result,) = case.result
    return type(result).__name__, result.message, result.type


def verdict(status: str = "fails", identifier: str = "PYSEC-1", **more: object) -> Verdict:
    """Return a verdict on a finding of foo."""
    found = samples.finding(FOO, identifier, "A flaw", **more)
    return Verdict(found, status, "--fail-on high")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_numbers_are_those_of_the_cases(name: str) -> None:
    """In every suite, and in the whole; each release of a target has one case, with one outcome at most.

    What others carry has its cases in a suite of its own, once for each that carries it.
    """
    report = samples.SAMPLES[name]()
    root = ET.fromstring(junit.render(report, Style()))
    assert root.tag == "testsuites"
    for suite in (root, *root.findall("testsuite")):
        for key, path in (("tests", ""), ("failures", "/failure"), ("errors", "/error"), ("skipped", "/skipped")):
            assert int(suite.attrib[key]) == len(suite.findall(f".//testcase{path}"))
    for audit in report.audits:
        target, listed = audit.inventory.target, audit.inventory.dependencies
        for title, releases in (
            (target, {each.pin for each in listed if not each.inside}),
            (f"{target}: bundled", {(each.pin, each.inside) for each in listed if each.inside}),
        ):
            cases = [case for case in suites_of(report).get(title, {}) if not case.startswith("requirements")]
            assert name == "hostile" or len(cases) == len(releases)
    assert all(len(case.result) <= 1 for cases in suites_of(report).values() for case in cases.values())


@settings(max_examples=80)
@given(ordinary() | poisoned())
def test_every_report_is_xml(report: Report) -> None:
    """Whatever its texts say: ASCII that a parser reads, and no character in it that harms."""
    text = junit.render(report, Style())
    assert text.isascii()
    root = ET.fromstring(text)
    said = [part for node in root.iter() for part in (node.text or "", *node.attrib.values())]
    assert not FORBIDDEN & set("".join(said))


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    """XML 1.0, 2.2: no control, no surrogate, neither U+FFFE nor U+FFFF; all else comes back as it was."""
    found = samples.finding(FOO, "X-1", "a\x00\x08\x1b\ud800\ufffe\uffffb <&>\"' é \U0001f600")
    case = case_of(Verdict(found, "fails"))
    assert case.result[0].text.splitlines()[0] == "X-1 (unknown): ab <&>\"' é \U0001f600"


def test_what_fails_is_a_failure() -> None:
    """With the findings and what to do in its message, everything in its text, and its severity as type."""
    record = Advisory("PYSEC-1", summary="A flaw", references=(("WEB", "https://a.example/1"),))
    first = Finding("PYSEC-1", ("CVE-1",), FOO, (record,), "high", 7.5, ("1.1",), disagreement=("fixes",))
    case = case_of(Verdict(first, "fails"), verdict(identifier="PYSEC-2"), verdict("warns", "PYSEC-3"))
    assert outcome(case) == ("Failure", "2 findings (CVE-1, PYSEC-2): Upgrade foo to 1.1. No fix known.", "high")
    assert case.result[0].text.splitlines() == [
        "CVE-1, PYSEC-1 (high 7.5): A flaw",
        "  Upgrade foo to 1.1.",
        "  sources disagree: fixes",
        "  https://osv.dev/vulnerability/CVE-1",
        "  https://a.example/1",
        "PYSEC-2 (unknown): A flaw",
        "  No fix known.",
        "  https://osv.dev/vulnerability/PYSEC-2",
    ]
    assert case.system_out.splitlines()[:2] == ["warns only: --fail-on high", "PYSEC-3 (unknown): A flaw"]
    element = ET.fromstring(junit.render(samples.findings(), Style())).find(".//testcase[@name='pillow 9.5.0']")
    assert element is not None
    assert (element.get("file"), element.get("line"), element.get("classname")) == (
        "pyproject.toml",
        "14",
        "requirements.txt",
    )


def test_malware_is_the_type_of_its_failure_and_first() -> None:
    """A build server that sorts by type shows it apart."""
    cases = suites_of(samples.several())["uv.lock"]
    assert next(iter(cases)) == "requestz 1.0.0"
    assert outcome(cases["requestz 1.0.0"])[2] == "malware"


@pytest.mark.parametrize(("status", "word"), [("warns", "warns only"), ("known", "known")])
def test_what_does_not_fail_passes_and_is_told(status: str, word: str) -> None:
    """It stands in the output of a case that passed."""
    case = case_of(verdict(status))
    assert case.is_passed
    assert case.system_out.splitlines()[0] == f"{word}: --fail-on high"


@pytest.mark.parametrize(("status", "word"), [("ignored", "ignored"), ("not_affected", "not affected")])
def test_what_was_ignored_is_skipped_with_its_reason(status: str, word: str) -> None:
    """Unless something else of the release is still open."""
    silenced = Verdict(verdict().finding, status, "a rule", "tests only", "2027-01-01")  # type: ignore[arg-type]
    assert outcome(case_of(silenced)) == ("Skipped", f'{word}: a rule: "tests only", until 2027-01-01', None)
    assert case_of(silenced, verdict("warns", "PYSEC-2")).is_passed
    assert outcome(case_of(silenced, verdict(identifier="PYSEC-2")))[0] == "Failure"


def test_what_could_not_be_looked_at_is_an_error() -> None:
    """On its own case where a release is meant, else on one of its own; a failure says it in its text."""
    problem = Problem("look-up", "the server did not answer", FOO.place, "try again", "foo 1.0")
    line = "requirements.txt:3: foo 1.0: the server did not answer; try again"
    assert outcome(case_of(problems=(problem,))) == ("Error", line, "look-up")
    assert case_of(verdict(), problems=(problem,)).result[0].text.splitlines()[-1] == line
    cases = suites_of(samples.incomplete())
    assert outcome(cases["requirements.txt"]["requirements.txt:2"])[0] == "Error"
    assert outcome(cases["pip-assay"]["stale"])[1] == "the advisory data is 12 days old; run pip-assay db update"
    assert outcome(suites_of(samples.nothing())["pip-assay"]["missing.txt"])[2] == "missing"


def test_what_was_left_out_is_skipped() -> None:
    """A dependency that was not audited, and a folder that was not looked into, each with the reason."""
    cases = suites_of(samples.incomplete()._replace(left_out=(LeftOut("env", "a virtual environment"),)))
    assert outcome(cases["requirements.txt"]["own-tool 0.1"]) == ("Skipped", "requirement marked as editable", None)
    assert outcome(cases["pip-assay"]["env"]) == ("Skipped", "a virtual environment", None)


def test_an_audit_of_nothing_is_an_error() -> None:
    """No suite at all would look like success."""
    assert outcome(suites_of(Report(()))["pip-assay"]["pip-assay"]) == ("Error", "nothing was audited", "empty")


def test_what_the_index_says_fails_only_where_policy_says_so() -> None:
    """Else it is output of the release's case."""
    yanked = Notice(FOO.pin, "yanked", "broken")
    assert case_of(notices=(yanked,)).system_out == "foo 1.0: yanked: broken"
    assert outcome(case_of(notices=(yanked._replace(fails=True),))) == ("Failure", "foo 1.0: yanked: broken", "index")


def test_an_ignore_that_silences_nothing_fails_only_where_settings_are_strict() -> None:
    """As the exit code does."""
    told = (Rule("a.toml:1", "X-1", state="unused"), Rule("a.toml:2", "X-2", state="over", why="expired", strict=True))
    cases = suites_of(Report((Audit(Inventory("x", "y"), rules=told),)))["pip-assay"]
    assert cases["a.toml:1: X-1 matches no finding"].is_passed
    assert outcome(cases["a.toml:2: X-2 expired"]) == ("Failure", "a.toml:2: X-2 expired", "ignore")
