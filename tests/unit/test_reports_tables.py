"""Columns and Markdown: what they add to pip-audit's, with a Markdown parser as the judge of hostile text."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pip_assay.model import Audit, Finding, Inventory, Problem, Report, Signals, Verdict
from pip_assay.reports import Style, columns, markdown
from pip_assay.reports.bundled import TITLE
from pip_assay.reports.summary import problem_lines, summary_line
from pip_assay.reports.text import harmless_lines
from tests import samples
from tests.report_strategies import FORBIDDEN, obeyed, poisoned

SITE = "https://index.example"


def test_aliases_are_sorted() -> None:
    """Unlike pip-audit's, whose order changes from run to run, aliases come in one order."""
    of = samples.dependency("foo", "1.0")
    found = samples.finding(of, "PYSEC-1", aliases=("GHSA-b", "CVE-2", "CVE-1"))
    report = one(found)
    assert "CVE-1, CVE-2, GHSA-b" in columns.render(report, Style(aliases=True))


def lines_of(text: str) -> list[str]:
    """Return the lines as a build server would let them pass, without what no eye sees at their ends."""
    return [line.rstrip() for line in harmless_lines(text).split("\n")]


def one(*found: Finding, problems: tuple[Problem, ...] = ()) -> Report:
    """Return a report of one target with these findings."""
    listed = tuple(dict.fromkeys(each.dependency for each in found))
    inventory = Inventory("requirements.txt", "requirements", listed, problems)
    return Report((Audit(inventory, samples.fails(*found)),))


def test_what_was_ignored_is_a_table_of_its_own() -> None:
    """Policy drops nothing: pip-audit leaves an ignored finding out, we say which rule silenced it."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    silenced = Verdict(found, "ignored", "--ignore-vuln PYSEC-1", "tests only", "2027-01-01")
    audit = one(found).audits[0]._replace(verdicts=(silenced,))
    assert columns.render(Report((audit,)), Style()) == (
        "Name Version ID      Ignored because\n"
        "---- ------- ------- -----------------------------------------------------\n"
        'foo  1.0     PYSEC-1 --ignore-vuln PYSEC-1: "tests only", until 2027-01-01\n'
    )


@pytest.mark.parametrize("module", [columns, markdown])
def test_a_dependency_that_nobody_could_look_up_is_not_left_out(module: Any) -> None:
    """A dependency with a problem stands in the table of what was skipped, whoever tells of the problem."""
    listed = (samples.dependency("foo", "1.0"), samples.dependency("bar", "2.0"))
    failed = Problem("look-up", "the server did not answer", subject="foo 1.0")
    audit = Audit(Inventory("x", "requirements", listed), problems=(failed,))
    text = module.render(Report((audit,)), Style())
    assert re.search(r"^foo +(\| )?the server did not answer$", text, re.MULTILINE)
    assert "bar" not in text


def test_what_two_targets_share_is_shown_once() -> None:
    """As pip-audit counts a dependency of two requirements files once, so do the tables."""
    report = one(samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1"))
    twice = report._replace(audits=report.audits * 2)
    assert columns.render(twice, Style()) == columns.render(report, Style())


@given(poisoned(), st.booleans())
def test_hostile_text_steers_no_terminal_through_columns(report: Report, aliases: bool) -> None:
    """Whatever the texts say: no control character but our own links, no command to a build server."""
    style = Style(aliases=aliases, descriptions=True, link_site=SITE)
    text = columns.render(report, style)
    assert not set(text) & FORBIDDEN
    assert not [line for line in text.split("\n") if obeyed(line)]
    linked = columns.render(report, style._replace(links=True))
    assert lines_of(re.sub(r"\x1b\]8;;[!-~]*\x1b\\", "", linked)) == lines_of(text)


@given(poisoned(), st.booleans())
def test_hostile_text_stays_in_its_cell_of_markdown(report: Report, aliases: bool) -> None:
    """A Markdown parser sees our tables and nothing else: every cell, no HTML, no link but our own."""
    text = markdown.render(report, Style(aliases=aliases, descriptions=True, link_site=SITE))
    text = text.replace(f"**{TITLE}:**\n", "")
    headers = [line.count(" | ") + 1 for line in text.split("\n") if line.startswith(("Name | ", "Inside | "))]
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert {token.type for token in tokens} <= {
        f"{name}_{side}" for name in ("table", "thead", "tbody", "tr", "th", "td") for side in ("open", "close")
    } | {"inline"}
    assert sum(token.type == "table_open" for token in tokens) == len(headers)
    inline = [child for token in tokens for child in token.children or ()]
    assert not [token for token in inline if token.type in {"html_inline", "image"}]
    for token in inline:
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith((f"{SITE}/project/", "https://osv.dev/vulnerability/"))
    for row in text.split("\n"):
        cells = re.findall(r"(?<!\\)(?:\\\\)*\|", row)
        assert not row or len(cells) + 1 in headers


def test_what_markdown_escapes() -> None:
    """Only what would leave the cell, link or be HTML gets a backslash; code spans and emphasis stay."""
    text = r"`a|b` <img> [x](https://evil.example) *bold* \| c:\new"
    found = samples.finding(samples.dependency("foo_bar", "1.0"), "PYSEC-1", text)
    row = markdown.render(one(found), Style(descriptions=True)).splitlines()[-1]
    assert row.endswith(r"|  | `a\|b` \<img> \[x\](https://evil.example) *bold* \\\| c:\new")


SIGNALS = [
    (Signals(True, "2026-01-01", True, 0.9432, 0.999), "yes", "94.3%"),
    (Signals(False, "", False, 0.00042, 0.1), "no", "<0.1%"),
    (Signals(False, "", False, 0.0, 0.0), "no", "0.0%"),
    (Signals(None, "", False, 1.0, 1.0), "unknown", "100.0%"),
    (Signals(), "unknown", "unknown"),
]


@pytest.mark.parametrize("module", [columns, markdown])
def test_signals_are_two_columns_after_the_fixes_and_unknown_is_a_word(module: Any) -> None:
    """A cell is never blank, and never 0 for what is unknown or merely improbable."""
    of = samples.dependency("foo", "1.0")
    found = [
        samples.finding(of, f"PYSEC-{number}", aliases=("CVE-1",), fixed_in=("2",), signals=signals)
        for number, (signals, *_) in enumerate(SIGNALS)
    ]
    text = module.render(one(*found), Style(aliases=True)).strip().replace(" | ", " ").replace("\\<", "<").splitlines()
    assert text[0].split() == ["Name", "Version", "ID", "Fix", "Versions", "Exploited", "EPSS", "Aliases"]
    assert [row.split()[4:6] for row in text[2:]] == [list(shown) for _, *shown in SIGNALS]


@pytest.mark.parametrize("module", [columns, markdown])
def test_columns_of_signals_stand_only_where_some_are_known(module: Any) -> None:
    """Without them the tables are pip-audit's; a list that was joined shows even where no CVE is in it."""
    report = one(samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1"))
    assert "EPSS" not in module.render(report, Style())
    for data in (samples.DATA._replace(kev="2026-11-20"), samples.DATA._replace(epss="2026-11-20")):
        assert re.search(r"unknown( \|)? +unknown$", module.render(report._replace(data=data), Style()), re.MULTILINE)


@pytest.mark.parametrize("module", [columns, markdown])
@pytest.mark.parametrize("sample", ["clean", "nothing", "incomplete", "findings"])
def test_a_file_of_its_own_holds_what_else_goes_to_stderr(module: Any, sample: str) -> None:
    """An audit that finds nothing, or could not look, says so there; pip-audit's tables stay what they are."""
    report = samples.SAMPLES[sample]()
    tables, text = (module.render(report, Style(in_file=each)) for each in (False, True))
    assert summary_line(report) in text.splitlines()[0]
    assert tables in text
    lines = text.removeprefix(text.splitlines()[0]).replace(tables, "").splitlines()
    told = [line.removeprefix("- ") for line in lines if line and line != "Problems:"]
    assert told == problem_lines(report)


@given(poisoned())
def test_hostile_text_stays_in_its_line_of_a_file_of_its_own(report: Report) -> None:
    """A Markdown parser sees a sentence, tables and one list: no HTML, heading or link but our own."""
    text = markdown.render(report, Style(in_file=True, link_site=SITE))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    kinds = {each.type for each in tokens}
    assert not kinds & {"html_block", "heading_open", "fence", "code_block", "blockquote_open", "ordered_list_open"}
    for token in tokens:
        for child in token.children or ():
            assert child.type not in {"html_inline", "image"}
            if child.type == "link_open":
                assert str(child.attrGet("href")).startswith((SITE, "https://osv.dev/"))
    assert not any(FORBIDDEN & set(line) or obeyed(line) for line in text.split("\n"))
