"""The report for people."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay.model import (
    Advisory,
    Audit,
    Data,
    Finding,
    Gap,
    Inventory,
    Origin,
    Place,
    Problem,
    Report,
    Severity,
    Upgrade,
    Verdict,
)
from pip_assay.reports import FORMATS, Style, load
from pip_assay.reports.summary import SEVERITIES
from pip_assay.reports.terminal import render
from pip_assay.reports.text import harmless_lines, neutral, screen_width
from tests import samples
from tests.report_strategies import FORBIDDEN, obeyed, ordinary, poisoned, shuffled

SGR_OR_LINK = r"\x1b\[[0-9;]*m|\x1b\]8;;[!-~]*\x1b\\"

wishes = st.builds(
    Style,
    color=st.just(False),
    links=st.just(False),
    unicode=st.just(True),
    width=st.integers(20, 160),
    descriptions=st.booleans(),
    aliases=st.booleans(),
    verbose=st.integers(0, 1),
    link_site=st.just("https://index.example"),
)


def of(*found: Finding, upgrades: tuple[Upgrade, ...] = (), problems: tuple[Problem, ...] = ()) -> Report:
    """Return a report of one target with these findings."""
    listed = tuple(dict.fromkeys(each.dependency for each in found))
    inventory = Inventory("requirements.txt", "requirements", listed, problems)
    return Report((Audit(inventory, samples.fails(*found), upgrades, problems),), data=samples.DATA)


def clean_of(*problems: Problem, skipped: str = "") -> Report:
    """Return a report of three dependencies without findings, the first perhaps skipped."""
    first, *others = (samples.dependency(f"package-{number}", "1.0", line=number) for number in (1, 2, 3))
    inventory = Inventory("requirements.txt", "requirements", (first._replace(skipped=skipped), *others))
    return Report((Audit(inventory, problems=problems),), data=samples.DATA)


@given(poisoned(), wishes)
def test_hostile_text_steers_no_terminal(report: Report, style: Style) -> None:
    """Whatever the texts say, the output holds no control, bidi or hidden character and no build server command."""
    text = render(report, style)
    assert not set(text) & FORBIDDEN
    assert not [line for line in text.split("\n") if obeyed(line)]


@settings(max_examples=80)
@given(poisoned(), wishes)
def test_colours_and_links_change_no_word(report: Report, style: Style) -> None:
    """Without our own colours and links, the coloured report is the plain one: words carry the meaning."""
    coloured = re.sub(SGR_OR_LINK, "", render(report, style._replace(color=True, links=True)))
    lines = [[line.rstrip() for line in harmless_lines(text).split("\n")] for text in (coloured, render(report, style))]
    assert lines[0] == lines[1]


@settings(max_examples=40)
@given(poisoned(), wishes)
def test_an_ascii_stream_gets_ascii(report: Report, style: Style) -> None:
    """Where the encoding holds ASCII alone, so does the report."""
    assert render(report, style._replace(unicode=False)).isascii()


@given(ordinary(), wishes)
def test_ids_names_and_versions_are_never_cut(report: Report, style: Style) -> None:
    """However narrow the screen: every id, every name and every version of a finding stands there whole."""
    text = re.sub(r"\s+", " ", render(report, style))
    for audit in report.audits:
        for verdict in audit.verdicts:
            assert verdict.finding.id in text
            assert str(verdict.finding.dependency.pin) in text


@given(st.text(st.characters(categories=["L", "N", "Zs"]), min_size=70, max_size=300), st.integers(80, 160))
def test_a_summary_is_cut_to_the_screen(summary: str, width: int) -> None:
    """A finding's line is no wider than the screen, in columns that wide characters take twice."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", summary, aliases=("CVE-1",))
    assert all(screen_width(line) <= width for line in render(of(found), Style(width=width)).splitlines())


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25)
@given(random=st.randoms(use_true_random=False), sample=st.sampled_from(sorted(samples.SAMPLES)))
def test_order_that_means_nothing_changes_no_byte(name: str, random: Random, sample: str) -> None:
    """The same report in another order gives the same bytes, in every format."""
    report = samples.SAMPLES[sample]()
    style = Style(descriptions=True, aliases=True, verbose=1)
    for wish in (style, Style()):
        assert load(name).render(shuffled(report, random), wish) == load(name).render(report, wish)


def test_a_clean_audit_says_so_in_two_lines() -> None:
    """The target, why it was chosen, how much was audited, against which advisories; then the answer."""
    assert render(samples.clean(), Style()) == (
        "Audited .venv (CPython 3.11.9), the active virtual environment (VIRTUAL_ENV): 3 distributions. "
        "Advisories of 2026-11-22 06:15 UTC.\n"
        "No known vulnerabilities in 3 packages.\n"
    )


@pytest.mark.parametrize("gap", samples.words(Gap))
def test_nothing_is_called_clean_while_there_is_a_problem(gap: Gap) -> None:
    """Whatever the gap, the answer speaks only of what could be audited and counts the problem."""
    last = render(clean_of(Problem(gap, "something is wrong", subject="package-1 1.0")), Style()).splitlines()[-1]
    assert last in {
        "No known vulnerabilities in the 2 of 3 packages that could be audited; 1 problem.",
        "No known vulnerabilities in 3 packages that could be audited; 1 problem.",
    }


def test_what_was_skipped_is_listed_and_not_counted_as_audited() -> None:
    """A dependency left out on purpose has a line that says why, and the numbers leave it out."""
    text = render(clean_of(skipped="requirement marked as editable"), Style())
    assert "SKIPPED   requirements.txt:1: package-1 1.0: requirement marked as editable\n" in text
    assert "Audited requirements.txt: 2 of 3 packages." in text
    assert "No known vulnerabilities in the 2 of 3 packages that could be audited.\n" in text


def test_a_problem_tells_of_what_was_skipped_once() -> None:
    """A skipped dependency with a problem of its own has one line."""
    told = Problem("unpinned", "has no certain version", subject="package-1")
    text = render(clean_of(told, skipped="has no certain version"), Style())
    assert "SKIPPED" not in text
    assert text.count("has no certain version") == 1


def test_nothing_audited_is_not_clean() -> None:
    """A report without any target, or without any dependency, never says that there are no vulnerabilities."""
    empty = Report((Audit(Inventory("requirements.txt", "requirements")),), data=samples.DATA)
    for report in (samples.nothing(), empty, Report(())):
        assert "Nothing was audited" in render(report, Style())
        assert "No known" not in render(report, Style())


def test_findings_come_worst_first() -> None:
    """Malware first, then by severity, then by score, then by name; within a package too."""
    ranks: tuple[tuple[str, Severity, float | None, bool], ...] = (
        ("evil", "unknown", None, True), ("bad-b", "critical", 9.8, False), ("bad-c", "critical", 9.1, False),
        ("bad-d", "high", 7.5, False), ("bad-e", "high", 7.5, False), ("bad-f", "high", None, False),
        ("bad-a", "low", 2.0, False), ("bad-g", "unknown", None, False),
    )  # fmt: skip
    found = [
        samples.finding(
            samples.dependency(name, "1.0"), f"PYSEC-{name}", severity=severity, score=score, malware=malware
        )
        for name, severity, score, malware in reversed(ranks)
    ]
    headings = re.findall(r"^[A-Z]+ +(\S+) 1\.0", render(of(*found), Style()), re.MULTILINE)
    assert headings == [name for name, *_ in ranks]
    assert sorted(SEVERITIES) == sorted(samples.words(Severity))


def test_a_heading_names_the_upgrade_that_settles_the_package() -> None:
    """What the upgrade leaves open is marked at the finding, and counted in the last line."""
    foo = samples.dependency("foo", "1.0")
    settled = samples.finding(foo, "PYSEC-1", severity="high", fixed_in=("1.1",))
    later = samples.finding(foo, "PYSEC-2", fixed_in=("3.0",))
    never = samples.finding(foo, "PYSEC-3")
    text = render(of(settled, later, never, upgrades=(Upgrade("foo", "1.0", "1.1", ("PYSEC-1",)),)), Style())
    assert "HIGH      foo 1.0 -> 1.1" in text
    assert re.search(r"PYSEC-1 +high +no description$", text, re.MULTILINE)
    assert re.search(r"PYSEC-2 +unknown +no description +fixed in 3\.0$", text, re.MULTILINE)
    assert re.search(r"PYSEC-3 +unknown +no description +no fix known$", text, re.MULTILINE)
    assert text.endswith("Next: upgrade foo to 1.1 (settles 1 of 3).\n")


def test_an_upgrade_that_settles_only_what_is_ignored_is_not_advised() -> None:
    """The last line advises nothing that settles no finding shown."""
    foo = samples.dependency("foo", "1.0")
    report = of(samples.finding(foo, "PYSEC-1"), upgrades=(Upgrade("foo", "1.0", "2.0", ("PYSEC-9",)),))
    assert "2.0" not in render(report, Style())


def test_many_upgrades_are_counted_in_the_last_line() -> None:
    """More than eight stand in their headings only; all are named when asked for."""
    found = [samples.finding(samples.dependency(f"foo-{number}", "1.0"), f"PYSEC-{number}") for number in range(9)]
    upgrades = tuple(Upgrade(each.dependency.pin.name, "1.0", "2.0", (each.id,)) for each in found)
    assert render(of(*found, upgrades=upgrades), Style()).endswith(
        "Next: make the 9 upgrades named above (they settle 9).\n"
    )
    assert "foo-8 to 2.0 (settles 1)." in render(of(*found, upgrades=upgrades), Style(verbose=1))


def test_one_upgrade_of_several_releases_is_named_once() -> None:
    """Two old releases, or two targets, and one new release: one step that settles the flaws of all."""
    old, older = samples.dependency("foo", "1.1"), samples.dependency("foo", "1.0")
    found = [samples.finding(each, f"PYSEC-{number}") for each in (old, older) for number in (1, 2)]
    upgrades = tuple(Upgrade("foo", version, "2.0", ("PYSEC-1", "PYSEC-2")) for version in ("1.0", "1.1"))
    report = of(*found, upgrades=upgrades)
    twice = report._replace(audits=report.audits * 2)
    for each in (report, twice):
        assert render(each, Style()).endswith("Next: upgrade foo to 2.0 (settles 4).\n")


def test_what_was_ignored_is_a_line_of_its_own() -> None:
    """An ignored finding is not among the findings, and its line says which rule silenced it."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    silenced = Verdict(found, "ignored", "--ignore-vuln CVE-1", "tests only", "2027-01-01")
    audit = of(found).audits[0]._replace(verdicts=(silenced,))
    text = render(Report((audit,), data=samples.DATA), Style())
    assert 'IGNORED   foo 1.0  PYSEC-1  --ignore-vuln CVE-1: "tests only", until 2027-01-01\n' in text
    assert text.endswith("No known vulnerabilities in 1 package; 1 ignored.\n")
    assert text.count("PYSEC-1") == 1


def test_what_sources_disagree_about_is_said() -> None:
    """Each disagreement is a line below its finding."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", disagreement=("fixed in: 2 (A), 3 (B)", "a"))
    text = render(of(found), Style())
    assert "            sources disagree: a\n            sources disagree: fixed in: 2 (A), 3 (B)\n" in text


def test_only_a_warning_is_marked() -> None:
    """A finding below the threshold is shown, marked and counted."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", severity="low")
    audit = of(found).audits[0]._replace(verdicts=(Verdict(found, "warns", "--fail-on high"),))
    text = render(Report((audit,), data=samples.DATA), Style())
    assert re.search(r"PYSEC-1 +low +no description +warns only$", text, re.MULTILINE)
    assert "1 finding in 1 package (1 low); 1 only warns; 1 of 1 audited." in text


def test_problems_that_say_the_same_are_folded_and_counted() -> None:
    """More than three become one line with their number; asked for more, each has its line."""
    text = render(samples.incomplete(), Style())
    assert (
        "PROBLEM   8 packages: not from a public index: acme-anvils 1.0, acme-birds 1.0, acme-cactus 1.0 and 5 more"
        in text
    )
    wide = render(samples.incomplete(), Style(width=300))
    assert "more" not in wide
    each = render(samples.incomplete(), Style(verbose=1))
    for problem in samples.incomplete().audits[0].problems:
        assert problem.subject in each
        assert problem.subject in wide


def test_the_place_of_an_installed_distribution_is_shown_on_request() -> None:
    """In an environment the first line says where everything is; the files themselves come with -v."""
    found = samples.finding(samples.dependency("foo", "1.0", ".venv/lib/foo-1.0.dist-info/METADATA"), "PYSEC-1")
    inventory = Inventory(".venv", "environment", (found.dependency,))
    report = Report((Audit(inventory, samples.fails(found)),))
    assert "METADATA" not in render(report, Style())
    assert "(.venv/lib/foo-1.0.dist-info/METADATA)" in render(report, Style(verbose=1))


@pytest.mark.parametrize("kind", ["private index", "url", "vcs", "path", "editable", "distro"])
def test_a_release_from_elsewhere_is_marked(kind: str) -> None:
    """A release that is not the public index's may not be the one that the advisory means."""
    elsewhere = samples.dependency("foo", "1.0", origin=Origin(kind, "x"))  # type: ignore[arg-type]
    assert re.search(
        r"^ {10}(comes from|is) .*: may ", render(of(samples.finding(elsewhere, "PYSEC-1")), Style()), re.MULTILINE
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (Data("none"), "No advisories were asked for."),
        (Data("PyPI"), "Advisories from PyPI."),
        (Data("local database", date="2026-11-22T06:15:59Z"), "Advisories of 2026-11-22 06:15 UTC."),
        (Data("local database", date="2026-11-22T06:15:59+02:00"), "Advisories of 2026-11-22 06:15 +02:00."),
        (Data("local database", date="2026-11-22"), "Advisories of 2026-11-22."),
    ],
)
def test_the_age_of_the_advisories_is_told(data: Data, sentence: str) -> None:
    """The first line says how old the advisories are, or who was asked."""
    assert render(samples.clean()._replace(data=data), Style()).splitlines()[0].endswith(f" {sentence}")


def test_details_stand_in_where_there_is_no_summary() -> None:
    """The first line of the details that is no heading is the summary of a record without one."""
    record = Advisory("PYSEC-1", details="### Impact\n\nAnyone can read\nany file.")
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", advisories=(record,))
    assert "PYSEC-1  unknown  Anyone can read\n" in render(of(found), Style())


def test_every_place_is_reachable() -> None:
    """Two places are shown, more are counted, and all are shown when asked for."""
    places = tuple(Place("requirements.txt", number) for number in (1, 2, 3))
    found = samples.finding(samples.dependency("foo", "1.0", line=1), "PYSEC-1", places=places)
    assert "(requirements.txt:1 and 2 more)" in render(of(found), Style())
    assert "(requirements.txt:1, requirements.txt:2, requirements.txt:3)" in render(of(found), Style(verbose=1))


def test_hostile_names_stay_readable() -> None:
    """What is left of hostile text is its harmless words."""
    assert neutral("foo") in render(of(samples.finding(samples.dependency("foo\x1b[2J", "1.0"), "PYSEC-1")), Style())
