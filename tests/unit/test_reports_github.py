"""Annotations: read back as GitHub's runner reads a log, line by line."""

import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings

from pip_assay.model import Audit, Finding, Inventory, LeftOut, Notice, Place, Problem, Report, Rule, Verdict
from pip_assay.reports import Style, github
from pip_assay.reports.summary import summary_line
from tests import samples
from tests.report_strategies import ordinary, poisoned

FOO = samples.dependency("foo", "1.0", line=3)


class Command(NamedTuple):
    """A workflow command as the runner understands it."""

    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, *more: tuple[str, str]) -> str:
    """Return the text without the runner's escapes; the percent sign's is the last one undone."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, character)
    return text


def command(line: str) -> Command | None:
    """Return what the runner takes the line for: "::" first after white space, then up to the next "::"."""
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, _, data = line[2:].partition("::")
    name, _, listed = head.partition(" ")
    pairs = (each.partition("=") for each in listed.split(",") if "=" in each)
    return Command(
        name,
        {key.strip(): unescaped(value, ("%3A", ":"), ("%2C", ",")) for key, _, value in pairs},
        unescaped(data),
    )


def commands(report: Report) -> list[Command]:
    """Return the commands of a report, and check that there is nothing else."""
    read = [command(line) for line in github.render(report, Style()).splitlines()]
    assert None not in read
    return [each for each in read if each]


def report_of(*verdicts: Verdict, **more: tuple[object, ...]) -> Report:
    """Return the report of one target; `more` are fields of Audit."""
    listed = tuple(dict.fromkeys(each.finding.dependency for each in verdicts))
    audit = Audit(Inventory("x", "requirements", listed), verdicts)
    return Report((audit._replace(**more),))  # type: ignore[arg-type]


def test_one_annotation_for_each_release_those_that_fail_first() -> None:
    """With the place, what to do, and every finding."""
    found = commands(samples.findings())
    assert [each.name for each in found] == ["error", "error", "warning", "notice"]
    assert found[1].properties == {
        "file": "requirements.txt",
        "line": "12",
        "title": "jinja2 2.10: 2 findings, high 8.6",
    }
    assert found[1].data.splitlines()[:2] == [
        "Upgrade jinja2 to 2.11.3.",
        "CVE-2019-10906, PYSEC-2019-217, GHSA-462w-v97r-4m45 (high 8.6): Sandbox escape through str.format_map",
    ]
    assert found[2].data == "acme-internal 2.1: not from a public index: not looked up"
    assert found[3].data == "1 finding ignored"


@pytest.mark.parametrize("sample", ["clean", "nothing", "incomplete", "findings"])
def test_a_file_of_its_own_ends_with_the_sentence_that_sums_it_up(sample: str) -> None:
    """On stdout there are commands alone, if any: a person reads the sentence on stderr."""
    report = samples.SAMPLES[sample]()
    annotations, text = (github.render(report, Style(in_file=each)) for each in (False, True))
    assert text == f"{annotations}{summary_line(report)}\n"


def test_only_warnings_are_warnings() -> None:
    """A release of which one finding fails is an error, and says which of them only warn."""
    warns = Verdict(samples.finding(FOO, "X-2", "Small"), "warns")
    fails = Verdict(samples.finding(FOO, "X-1", "Large", severity="high"), "fails")
    (alone,) = commands(report_of(warns))
    (both,) = commands(report_of(warns, fails))
    assert (alone.name, both.name) == ("warning", "error")
    assert both.data.splitlines() == ["No fix known.", "X-1 (high): Large", "X-2 (unknown, warns only): Small"]


def test_nothing_found_is_no_annotation() -> None:
    """A file of its own says so, and that an audit of nothing is incomplete."""
    assert not github.render(samples.clean(), Style())
    assert github.render(samples.clean(), Style(in_file=True)) == "No known vulnerabilities found\n"
    assert "the audit is incomplete" in github.render(Report(()), Style(in_file=True))


@pytest.mark.parametrize("number", [9, 10, 11, 40])
def test_no_more_than_github_shows(number: int) -> None:
    """Ten of a kind; the tenth names the rest where there are more."""
    made = [samples.finding(samples.dependency(f"p{each}", "1.0", line=each), "X-1") for each in range(1, number + 1)]
    found = commands(report_of(*samples.fails(*made)))
    assert len(found) == min(number, 10)
    if number > 10:
        assert found[-1].properties == {"title": f"{number - 9} more"}
        assert len(found[-1].data.splitlines()) == number - 9
    problems = tuple(Problem("look-up", f"failed {each}") for each in range(number))
    warned = [each for each in commands(report_of(problems=problems)) if each.name == "warning"]
    assert "\n".join(each.data for each in warned).count("failed") == number


def test_many_findings_of_one_release_are_counted() -> None:
    """Twenty are named."""
    made = [samples.finding(FOO, f"X-{number:02}") for number in range(25)]
    (found,) = commands(report_of(*samples.fails(*made)))
    assert found.data.splitlines()[-1] == "and 5 findings more"


def test_what_else_there_is_is_one_notice() -> None:
    """Numbers of what is known and silenced, what the index says, what was left out."""
    statuses = ("known", "known", "ignored", "not_affected")
    found = [Verdict(samples.finding(FOO, f"X-{number}"), status) for number, status in enumerate(statuses)]  # type: ignore[arg-type]
    report = report_of(*found, notices=(Notice(FOO.pin, "yanked", "broken"),))
    (told,) = commands(report._replace(left_out=(LeftOut("env", "a virtual environment"),)))
    assert told.name == "notice"
    assert told.data.splitlines() == [
        "2 findings known", "1 finding ignored", "1 finding not affected", "foo 1.0: yanked: broken",
        "not looked into: 1 x a virtual environment",
    ]  # fmt: skip


def test_what_the_index_says_is_an_error_where_policy_fails_for_it() -> None:
    """At the place of the release, where one is known."""
    told = (Notice(FOO.pin, "yanked", fails=True), Notice(FOO.pin, "archived", "", (FOO.place,), fails=True))
    found = commands(report_of(notices=told))
    assert [(each.name, each.data, each.properties.get("line")) for each in found] == [
        ("error", "foo 1.0: archived", "3"),
        ("error", "foo 1.0: yanked", None),
    ]


def test_a_column_is_told_where_it_is_known() -> None:
    """An editor's place."""
    (found,) = commands(report_of(*samples.fails(samples.finding(FOO._replace(place=Place("a", 3, 7)), "X-1"))))
    assert (found.properties["line"], found.properties["col"]) == ("3", "7")


def test_marks_come_back_as_they_were() -> None:
    """Percent signs, commas, colons and what looks like an escape, in a path and in a text."""
    file = "a,b::c%0A%2C=d.txt"
    found = samples.finding(FOO._replace(place=Place(file, 1)), "X-1", "100%0A, of: all")
    (read,) = commands(report_of(*samples.fails(found)))
    assert read.properties["file"] == file
    assert read.data.splitlines()[-1] == "X-1 (unknown): 100%0A, of: all"


@settings(max_examples=80)
@given(ordinary() | poisoned())
def test_no_text_makes_a_command(report: Report) -> None:
    """Whatever a stranger wrote: only our three commands, with our properties, and no command of another server."""
    found = commands(report)
    assert {each.name for each in found} <= {"error", "warning", "notice"}
    assert all(set(each.properties) <= {"file", "line", "col", "title"} for each in found)
    assert not re.search(r"##\w*\[", github.render(report, Style()))
    ascii_only = github.render(report, Style(unicode=False))
    assert ascii_only.isascii()


def test_a_long_text_is_cut() -> None:
    """GitHub takes 64 KB of a message."""
    found = Finding("X-1", (), FOO, (), because="b" * 100_000, certainty="possible")
    (read,) = commands(report_of(*samples.fails(found)))
    assert len(read.data) == 4_000
    assert read.data.endswith("...")


def test_an_ignore_that_silences_nothing_is_told() -> None:
    """As an error where settings are strict about it."""
    told = (Rule("a.toml:1", "X-1", state="unused"), Rule("a.toml:2", "X-2", state="over", why="expired", strict=True))
    found = commands(report_of(rules=told))
    assert [(each.name, each.data) for each in found] == [
        ("error", "a.toml:2: X-2 expired"),
        ("warning", "a.toml:1: X-1 matches no finding"),
    ]
