"""What the package index says, as the reports show it: words carry it, and nothing that fails looks clean."""

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pip_assay.model import PYPI, Audit, Inventory, Notice, NoticeKind, Pin, Place, Problem, Report
from pip_assay.reports import Style, columns, markdown, terminal
from pip_assay.reports.summary import NOTICES, summary_line
from pip_assay.reports.text import harmless_lines
from tests import samples
from tests.report_strategies import FORBIDDEN, nasty, obeyed

COLOURED = Style(color=True)
RED, GREEN, YELLOW = "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m"


def notice(kind: NoticeKind, name: str = "alpha", reason: str = "", **more: Any) -> Notice:
    """Return a notice; a quarantined one fails."""
    made = Notice(Pin(PYPI, name, "1.0"), kind, reason, (Place("requirements.txt", 3),), kind == "quarantined")
    return made._replace(**more)


def report_of(*notices: Notice, kind: str = "requirements", problems: tuple[Problem, ...] = ()) -> Report:
    """Return a report of one target without findings, whose releases have these notices."""
    names = dict.fromkeys(("clean", *(each.pin.name for each in notices)))
    listed = tuple(samples.dependency(name, "1.0", line=3) for name in names)
    return Report((Audit(Inventory("requirements.txt", kind, listed), (), (), problems, notices),), data=samples.DATA)


EVERY = (
    notice("unknown", "eta"), notice("unlisted", "zeta", "no index that was asked has the project"),
    notice("deprecated", "epsilon"), notice("archived", "delta", "no time left"), notice("yanked", "gamma", "broken"),
    notice("quarantined", "beta", "steals keys"),
)  # fmt: skip


CLOSING = "1 quarantined (fails), 1 yanked, 1 archived, 1 deprecated, 1 unlisted."


def test_each_notice_is_a_line_worst_first() -> None:
    """What, which release, why in the index's words, where; then the numbers, and what to do."""
    assert terminal.render(report_of(*EVERY), Style()).splitlines()[1:] == [
        "",
        "QUARANTINED  beta 1.0  steals keys (requirements.txt:3)",
        "YANKED       gamma 1.0  broken (requirements.txt:3)",
        "ARCHIVED     delta 1.0  no time left (requirements.txt:3)",
        "DEPRECATED   epsilon 1.0  (requirements.txt:3)",
        "UNLISTED     zeta 1.0  no index that was asked has the project (requirements.txt:3)",
        "STATUS       unknown for 1 package: the index publishes no project status: eta 1.0",
        "",
        "No known vulnerabilities in 7 packages; " + CLOSING,
        "Next: replace quarantined beta 1.0.",
    ]
    assert {each.kind for each in EVERY} == {*samples.words(NoticeKind)} == {*NOTICES}


def test_notices_stand_in_the_column_of_everything_else() -> None:
    """Short words take no more room than a severity."""
    text = terminal.render(report_of(notice("yanked", reason="broken"), notice("archived")), Style())
    assert "\nARCHIVED  alpha 1.0  (requirements.txt:3)\n" in text
    assert "\nYANKED    alpha 1.0  broken (requirements.txt:3)\n" in text


def test_notices_come_after_findings_and_before_problems() -> None:
    """And the closing line of findings has them, too."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    problem = Problem("status", "bar: its status is not known", Place("requirements.txt", 9), subject="bar")
    audit = report_of(notice("yanked"), problems=(problem,)).audits[0]._replace(verdicts=samples.fails(found))
    text = terminal.render(Report((audit,), data=samples.DATA), Style())
    assert text.index("PYSEC-1") < text.index("YANKED") < text.index("PROBLEM")
    assert "1 finding in 1 package (1 unknown); 1 yanked; 1 problem; 3 of 3 audited." in text


def test_what_nobody_publishes_is_one_line() -> None:
    """A mirror without the field: how many, a few names, and each of them on request."""
    many = [notice("unknown", f"project-{number:02}") for number in range(30)]
    text = terminal.render(report_of(*many), Style())
    assert text.splitlines()[2] == (
        "STATUS    unknown for 30 packages: the index publishes no project status: "
        "project-00 1.0, project-01 1.0, project-02 1.0 and 27 more"
    )
    assert text.splitlines()[-1] == "No known vulnerabilities in 31 packages."
    verbose = terminal.render(report_of(*many), Style(verbose=1))
    assert verbose.count("unknown: the index publishes no project status (requirements.txt:3)") == 30


def test_many_of_which_the_same_is_said_are_folded_unless_they_fail() -> None:
    """Three lines are read; forty are not. But whatever fails the audit is named."""
    names = ("a", "b", "c", "d", "e")
    folded = "UNLISTED  5 packages: gone: a 1.0, b 1.0, c 1.0, d 1.0, e 1.0"
    assert folded in terminal.render(report_of(*(notice("unlisted", name, "gone") for name in names)), Style())
    few = terminal.render(report_of(*(notice("unlisted", name, "gone") for name in names[:3])), Style())
    assert few.count("UNLISTED") == 3
    fails = terminal.render(report_of(*(notice("yanked", name, fails=True) for name in names)), Style())
    assert fails.count("YANKED") == 5
    without = terminal.render(report_of(*(notice("archived", name) for name in names)), Style(width=40))
    assert "ARCHIVED  5 packages: a 1.0, b 1.0, c 1.0 and 2 more\n" in without


def test_places_are_those_of_findings() -> None:
    """Two are shown, more are counted, all on request; in an environment only then."""
    places = tuple(Place("requirements.txt", number) for number in (1, 2, 3))
    report = report_of(notice("yanked", places=places))
    assert "alpha 1.0  (requirements.txt:1 and 2 more)\n" in terminal.render(report, Style())
    assert "alpha 1.0  (requirements.txt:1, requirements.txt:2, requirements.txt:3)\n" in terminal.render(
        report, Style(verbose=1)
    )
    environment = report_of(notice("yanked", reason="broken"), kind="environment")
    assert "YANKED    alpha 1.0  broken\n" in terminal.render(environment, Style())
    assert "broken (requirements.txt:3)\n" in terminal.render(environment, Style(verbose=1))
    assert "YANKED    alpha 1.0\n" in terminal.render(report_of(notice("yanked", places=())), Style())


@pytest.mark.parametrize(
    ("notices", "colour"),
    [
        ((), GREEN),
        ((notice("unknown"),), GREEN),
        ((notice("yanked"),), YELLOW),
        ((notice("unlisted"),), YELLOW),
        ((notice("quarantined"),), RED),
        ((notice("yanked", fails=True),), RED),
    ],
)
def test_only_what_is_clean_is_green(notices: tuple[Notice, ...], colour: str) -> None:
    """What fails is red, what the index warns of yellow; the words say the same."""
    lines = terminal.render(report_of(*notices), COLOURED).splitlines()
    closing = next(line for line in lines if "No known vulnerabilities" in line)
    assert closing.startswith(colour)
    assert ("(fails)" in closing) is (colour == RED)


def test_several_that_fail_are_counted() -> None:
    """The same release in two targets counts once."""
    report = report_of(notice("yanked", "a", fails=True), notice("yanked", "b", fails=True))
    twice = report._replace(audits=report.audits * 2)
    assert "3 packages of 2 targets; 2 yanked (fail).\n" in terminal.render(twice, Style())


def test_many_quarantined_are_counted_in_the_last_line() -> None:
    """Each has its own line above."""
    report = report_of(*(notice("quarantined", f"bad-{number}") for number in range(9)))
    text = terminal.render(report, Style())
    assert text.endswith("Next: replace the 9 quarantined packages.\n")
    assert text.count("QUARANTINED") == 9


@pytest.mark.parametrize(
    ("notices", "line"),
    [
        ((notice("yanked"), notice("unknown", "b"), notice("quarantined")),
         "No known vulnerabilities found; 1 quarantined (fails), 1 yanked; status of 1 package unknown"),
        ((notice("unknown"), notice("unknown", "b")), "No known vulnerabilities found; status of 2 packages unknown"),
        ((notice("archived", fails=True),), "No known vulnerabilities found; 1 archived (fails)"),
    ],
)  # fmt: skip
def test_the_line_on_stderr_has_what_fails(notices: tuple[Notice, ...], line: str) -> None:
    """Formats for programs and tables leave their summary to it."""
    assert summary_line(report_of(*notices)) == line
    problem = Problem("stale", "the data is old")
    incomplete = report_of(*notices)._replace(problems=(problem,))
    assert summary_line(incomplete) == f"{line}; the audit is incomplete: 1 problem"


def test_the_tables_have_one_more() -> None:
    """Name, version, status, reason, worst first; how many are unknown is told on stderr."""
    assert columns.render(report_of(*EVERY), Style()) == (
        "Name    Version Status      Reason\n"
        "------- ------- ----------- ---------------------------------------\n"
        "beta    1.0     quarantined steals keys\n"
        "gamma   1.0     yanked      broken\n"
        "delta   1.0     archived    no time left\n"
        "epsilon 1.0     deprecated\n"
        "zeta    1.0     unlisted    no index that was asked has the project\n"
    )
    assert "Name | Version | Status | Reason\n--- | --- | --- | ---\nbeta | 1.0 | quarantined | steals keys\n" in (
        markdown.render(report_of(*EVERY), Style())
    )


@pytest.mark.parametrize("module", [columns, markdown])
def test_nothing_to_warn_of_is_no_table(module: Any) -> None:
    """Nor is a status that nobody publishes."""
    for notices in ((), (notice("unknown"),)):
        assert module.render(report_of(*notices), Style()) == ""


hostile = st.lists(
    st.builds(
        lambda name, version, kind, reason, file, fails: Notice(
            Pin(PYPI, name, version), kind, reason, (Place(file, 1),), fails
        ),
        nasty, nasty, st.sampled_from(NOTICES), nasty, nasty, st.booleans(),
    ),
    max_size=5,
)  # fmt: skip


@given(hostile, st.integers(0, 1))
def test_hostile_reasons_steer_nothing(notices: list[Notice], verbose: int) -> None:
    """Whatever an index says: no control character, no command to a build server, no markup, no cell of its own."""
    report, style = report_of(*notices), Style(verbose=verbose, link_site="https://index.example")
    for module in (terminal, columns):
        text = module.render(report, style)
        assert not set(text) & FORBIDDEN
        assert not [line for line in text.split("\n") if obeyed(line)]
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", terminal.render(report, style._replace(color=True)))
    plain = terminal.render(report, style)
    assert [each.rstrip() for each in harmless_lines(coloured).split("\n")] == [
        each.rstrip() for each in harmless_lines(plain).split("\n")
    ]
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.render(report, style))
    inline = [child for token in tokens for child in token.children or ()]
    assert not [token for token in inline if token.type in {"html_inline", "image"}]
    assert sum(token.type == "th_open" for token in tokens) in {0, 4}
    assert {token.type for token in tokens} <= {
        f"{name}_{side}" for name in ("table", "thead", "tbody", "tr", "th", "td") for side in ("open", "close")
    } | {"inline"}


@given(hostile, st.randoms(use_true_random=False))
def test_their_order_changes_no_byte(notices: list[Notice], random: Random) -> None:
    """The same notices in another order give the same report."""
    once = list({(each.pin, each.kind): each for each in notices}.values())
    mixed = random.sample(once, len(once))
    for module in (terminal, columns, markdown):
        assert module.render(report_of(*mixed), Style()) == module.render(report_of(*once), Style())
