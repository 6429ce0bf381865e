"""The drop-in formats against pip-audit's own formatters, for generated reports of harmless text."""

import json
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version

from pip_assay.model import Report
from pip_assay.names import normalise
from pip_assay.records import Advisory
from pip_assay.reports import Style, columns, load, markdown
from tests import samples
from tests.report_strategies import ordinary

SITE = "https://index.example"

interface = pytest.importorskip("pip_audit._service.interface", exc_type=ImportError)
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
