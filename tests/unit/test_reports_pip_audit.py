"""The drop-in formats against pip-audit's own formatters, for generated reports of harmless text."""

import json
import sys
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from packaging.version import Version

from pip_assay.model import Audit, Fix, Report
from pip_assay.names import normalise
from pip_assay.records import Advisory
from pip_assay.reports import Style, columns, load, markdown
from pip_assay.reports.entries import normal
from pip_assay.reports.summary import summary_line
from tests import samples
from tests.report_strategies import VERSIONS, ordinary, prose

SITE = "https://index.example"

interface = pytest.importorskip("pip_audit._service.interface", exc_type=ImportError)
peer_fix = pytest.importorskip("pip_audit._fix", exc_type=ImportError)
peer_columns = pytest.importorskip("pip_audit._format.columns", exc_type=ImportError)
peer_markdown = pytest.importorskip("pip_audit._format.markdown", exc_type=ImportError)
peer_json = pytest.importorskip("pip_audit._format.json", exc_type=ImportError)


@pytest.fixture(autouse=True)
def our_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip-audit links projects to the site that these tests name."""
    for module in (peer_columns, peer_markdown):
        monkeypatch.setattr(module, "pypi_url", lambda name: f"{SITE}/project/{name}/")


def as_pip_audit(report: Report) -> dict[Any, list[Any]]:
    """Return pip-audit's own result for an ordinary report; aliases as a sorted list, because its set has no order."""
    (audit,) = report.audits
    result: dict[Any, list[Any]] = {}
    for dependency in sorted(audit.inventory.dependencies, key=lambda each: each.pin.name):
        if dependency.skipped:
            result[interface.SkippedDependency(dependency.spelling, dependency.skipped)] = []
        else:
            result[interface.ResolvedDependency(dependency.spelling, Version(dependency.pin.version))] = [
                interface.VulnerabilityResult(
                    verdict.finding.id,
                    described(verdict.finding.advisories[0]),
                    [Version(text) for text in verdict.finding.fixed_in],
                    sorted(verdict.finding.aliases),
                )
                for verdict in sorted(audit.verdicts, key=lambda verdict: verdict.finding.id)
                if normalise(verdict.finding.dependency.spelling) == normalise(dependency.spelling)
            ]
    return result


def described(record: Advisory) -> str:
    """Return pip-audit's description of an OSV record: summary, else details, else "N/A", on one line."""
    return (
        (record.summary if record.summary.strip() else "")
        or (record.details if record.details.strip() else "")
        or "N/A"
    ).replace("\n", " ")


@given(ordinary(), st.booleans(), st.booleans(), st.booleans())
@example(samples.clean(), False, False, False)
def test_columns_are_those_of_pip_audit(report: Report, descriptions: bool, aliases: bool, links: bool) -> None:
    """For every report of harmless text, columns are pip-audit's to the byte, links on a terminal included."""
    style = Style(descriptions=descriptions, aliases=aliases, links=links, link_site=SITE, width=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdout, "isatty", lambda: links, raising=False)
        expected = peer_columns.ColumnsFormat(descriptions, aliases).format(as_pip_audit(report), [])
    assert columns.render(report, style) == (expected + "\n" if expected else "")


@given(ordinary(), st.booleans(), st.booleans())
@example(samples.clean(), False, False)
def test_markdown_is_that_of_pip_audit(report: Report, descriptions: bool, aliases: bool) -> None:
    """For every report of harmless text, Markdown is pip-audit's to the byte."""
    style = Style(descriptions=descriptions, aliases=aliases, link_site=SITE)
    expected = peer_markdown.MarkdownFormat(descriptions, aliases).format(as_pip_audit(report), [])
    assert markdown.render(report, style) == (expected + "\n" if expected else "")


@given(ordinary(), st.booleans(), st.booleans())
@example(samples.clean(), True, True)
def test_json_holds_all_that_pip_audits_does(report: Report, descriptions: bool, aliases: bool) -> None:
    """Without the keys that we add, which come last everywhere, the bytes are those of pip-audit's JSON."""
    text = load("json").render(report, Style(descriptions=descriptions, aliases=aliases))
    expected = peer_json.JsonFormat(descriptions, aliases).format(as_pip_audit(report), [])
    peer = json.loads(expected)
    ours = json.loads(text)
    for mine, theirs in zip(ours["dependencies"], peer["dependencies"], strict=True):
        assert list(mine)[: len(theirs)] == list(theirs)
    first = {key: ours[key] for key in list(ours)[:2]}
    first["dependencies"] = [
        {key: mine[key] for key in theirs}
        for mine, theirs in zip(ours["dependencies"], peer["dependencies"], strict=True)
    ]
    assert json.dumps(first) == expected


# --- what --fix has done -------------------------------------------------------------------------


@st.composite
def fixed(draw: st.DrawFn) -> tuple[Report, Report]:
    """Return a report of what was there, and one of what a fix of it leaves: each release is moved, or has a reason."""
    before = draw(ordinary())
    (audit,) = before.audits
    listed, made, kept = list(audit.inventory.dependencies), [], []
    for dependency in sorted({each.finding.dependency for each in audit.verdicts}):
        pin = dependency.pin
        if draw(st.booleans()):
            others = [each for each in VERSIONS if Version(each) != Version(pin.version)]
            new = pin._replace(version=draw(st.sampled_from(others)))
            listed[listed.index(dependency)] = dependency._replace(pin=new)
            made.append(Fix(pin.name, normal(pin.version), normal(new.version)))
        else:
            kept.append(Fix(pin.name, normal(pin.version), why=" ".join(draw(prose).split()) or "no release fixes it"))
    gone = {each.name for each in made}
    settled = tuple(each for each in audit.verdicts if each.finding.dependency.pin.name in gone)
    left = tuple(each for each in audit.verdicts if each not in settled)
    after = Audit(audit.inventory._replace(dependencies=tuple(listed)), left, settled=settled)
    return before, Report((after,), fixes=(*made, *kept))


def as_pip_audit_fixes(result: dict[Any, list[Any]], after: Report) -> list[Any]:
    """Return the fixes as pip-audit has them."""
    by_name = {each.canonical_name: each for each in result}
    return [
        peer_fix.SkippedFixVersion(by_name[each.name], each.why)
        if each.why
        else peer_fix.ResolvedFixVersion(by_name[each.name], Version(each.new))
        for each in after.fixes
    ]


@given(fixed(), st.booleans(), st.booleans())
def test_columns_of_a_fix_are_those_of_pip_audit(
    both: tuple[Report, Report], descriptions: bool, aliases: bool
) -> None:
    """What was there before, and what was done of each, to the byte."""
    before, after = both
    result = as_pip_audit(before)
    expected = peer_columns.ColumnsFormat(descriptions, aliases).format(result, as_pip_audit_fixes(result, after))
    text = columns.render(after, Style(descriptions=descriptions, aliases=aliases))
    assert text == (expected + "\n" if expected else "")


@given(fixed(), st.booleans(), st.booleans())
def test_markdown_of_a_fix_is_that_of_pip_audit(both: tuple[Report, Report], descriptions: bool, aliases: bool) -> None:
    """The same tables."""
    before, after = both
    result = as_pip_audit(before)
    expected = peer_markdown.MarkdownFormat(descriptions, aliases).format(result, as_pip_audit_fixes(result, after))
    text = markdown.render(after, Style(descriptions=descriptions, aliases=aliases, link_site=SITE))
    assert text == (expected + "\n" if expected else "")


@given(fixed(), st.booleans(), st.booleans())
def test_json_of_a_fix_holds_all_that_pip_audits_does(
    both: tuple[Report, Report], descriptions: bool, aliases: bool
) -> None:
    """Also what was settled; our own keys tell what is there now."""
    before, after = both
    result = as_pip_audit(before)
    peer = json.loads(peer_json.JsonFormat(descriptions, aliases).format(result, as_pip_audit_fixes(result, after)))
    ours = json.loads(load("json").render(after, Style(descriptions=descriptions, aliases=aliases)))
    assert ours["fixes"] == peer["fixes"]
    mine = [
        {key: each[key] for key in theirs}
        for each, theirs in zip(ours["dependencies"], peer["dependencies"], strict=True)
    ]
    assert mine == peer["dependencies"]
    assert {each["id"] for each in ours["findings"]} == {each.finding.id for each in after.audits[0].verdicts}


def peer_summary(result: dict[Any, list[Any]], fixes: list[Any]) -> str:
    """Return what pip-audit's `audit` sums up (_cli.py, which cannot be called for that alone)."""
    vulnerable = [each for each in result.values() if each]
    found, done = sum(map(len, vulnerable)), [each.dep for each in fixes if not each.is_skipped()]
    settled = sum(len(result[each]) for each in done)
    if not found:
        return "No known vulnerabilities found"
    return (
        f"Found {found} known {'vulnerability' if found == 1 else 'vulnerabilities'} "
        f"in {len(vulnerable)} {'package' if len(vulnerable) == 1 else 'packages'} "
        f"and fixed {settled} {'vulnerability' if settled == 1 else 'vulnerabilities'} "
        f"in {len(done)} {'package' if len(done) == 1 else 'packages'}"
    )


@given(fixed())
@example((samples.clean(), samples.clean()))
def test_a_fix_is_summed_up_as_pip_audit_does(both: tuple[Report, Report]) -> None:
    """How much was found, and how much of it is settled; with --dry-run nothing is."""
    before, after = both
    result = as_pip_audit(before)
    assume(not result or any(not each.is_skipped() for each in result))  # then we say that nothing was audited
    assert summary_line(after, fixing=True) == peer_summary(result, as_pip_audit_fixes(result, after))
    assert summary_line(before, fixing=True) == peer_summary(result, [])
