"""The report for people."""

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay import policy
from pip_assay.model import (
    Audit,
    Data,
    Finding,
    Gap,
    Inventory,
    Notice,
    Origin,
    Place,
    Problem,
    Report,
    Severity,
    Signals,
    Status,
    Upgrade,
    Verdict,
)
from pip_assay.policy import Ignore
from pip_assay.records import Advisory
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
    quiet=st.integers(0, 2),
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
    text = re.sub(r"\s+", " ", render(report, style._replace(quiet=style.quiet % 2)))
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


known = st.builds(
    Signals, st.none() | st.booleans(), st.just(""), st.booleans(), st.none() | st.sampled_from([0.0, 0.004, 0.5])
)
ranked = st.tuples(
    st.booleans(), st.sampled_from(SEVERITIES), st.none() | st.sampled_from([0.0, 5.0, 9.8]), known, st.integers(0, 3)
)


@settings(max_examples=60)
@given(st.lists(ranked, min_size=1, max_size=8))
def test_what_is_exploited_comes_before_what_only_is_severe(listed: list[tuple[Any, ...]]) -> None:
    """Malware, then known exploited, then severity, score and EPSS; within a release, and from release to release."""
    found = [
        samples.finding(
            samples.dependency(f"package-{release}", "1.0"),
            f"X-{number}",
            malware=malware, severity=severity, score=score, signals=signals,
        )
        for number, (malware, severity, score, signals, release) in enumerate(listed)
    ]  # fmt: skip

    def worse(each: Finding) -> tuple[object, ...]:
        """Return what a person would compare, the greater the worse."""
        unknown = -1.0
        return (
            each.malware,
            each.signals.exploited is True,
            -SEVERITIES.index(each.severity),
            unknown if each.score is None else each.score,
            unknown if each.signals.epss is None else each.signals.epss,
        )

    text = render(of(*found), Style(width=200))
    order = [found[int(number)] for number in re.findall(r"^ +X-([0-9])", text, re.MULTILINE)]
    assert sorted(map(id, order)) == sorted(map(id, found))
    releases = list(dict.fromkeys(each.dependency.pin.name for each in order))
    groups = [[worse(each) for each in order if each.dependency.pin.name == name] for name in releases]
    assert [each.dependency.pin.name for each in order] == [
        name for name, group in zip(releases, groups, strict=True) for _ in group
    ]
    assert groups == [sorted(group, reverse=True) for group in groups]
    assert groups == sorted(groups, key=lambda group: group[0], reverse=True)


@pytest.mark.parametrize(
    ("signals", "plain", "verbose"),
    [
        (Signals(), "", ""),
        (Signals(False), "", ""),
        (Signals(True), "known exploited", "known exploited"),
        (Signals(True, "2026-01-01", True, 0.9432), "known exploited, used in ransomware, EPSS 94%", None),
        (Signals(None, "", False, 0.01), "EPSS 1%", "EPSS 1%"),
        (Signals(None, "", False, 0.0099), "", "EPSS 1.0%"),
        (Signals(None, "", False, 0.00042), "", "EPSS <0.1%"),
        (Signals(None, "", False, 0.0), "", "EPSS 0.0%"),
    ],
)
def test_a_finding_names_its_use_in_attacks(signals: Signals, plain: str, verbose: str | None) -> None:
    """On its line, where it is known; a probability of less than 1% only when somebody wants to know all."""
    found = of(samples.finding(samples.dependency("foo", "1.0"), "X-1", "Summary", signals=signals))
    for style, expected in ((Style(), plain), (Style(verbose=1), plain if verbose is None else verbose)):
        (line,) = [line for line in render(found, style).splitlines() if "X-1 " in line]
        assert line.partition("Summary")[2].strip() == expected


# --- grouped by what has to be changed ---------------------------------------------------------


def brought(name: str, score: float, *path: str, **more: Any) -> Finding:
    """Return a finding of a release that the path brings in; without one, that the target asks for."""
    of = samples.dependency(name, "1.0", line=1, direct=not path)
    chain = (*path, name)
    return samples.finding(of, f"X-{name}", severity="high", score=score, paths=(chain,), **more)


def headings(report: Report) -> list[str]:
    """Return the names in the headings of findings, in their order."""
    return re.findall(r"^[A-Z]+ +(\S+) 1\.0", render(report, Style()), re.MULTILINE)


def test_what_one_direct_dependency_brings_stands_together() -> None:
    """At the place of the worst of it; each heading says through what it comes."""
    found = [
        brought("alone", 9.0),
        brought("worst", 9.8, "web"), brought("lesser", 5.0, "web", "between"), brought("web", 6.0),
        brought("other", 7.0, "tool"),
    ]  # fmt: skip
    assert headings(of(*reversed(found))) == ["worst", "web", "lesser", "alone", "other"]
    text = render(of(*found), Style())
    for name, via in (("worst", "via web"), ("lesser", "via web"), ("web", "direct"), ("other", "via tool")):
        assert re.search(rf"HIGH +{name} 1\.0, no fix known +{via} ", text)


def test_what_is_inside_of_a_release_comes_after_all_that_is_not() -> None:
    """However bad it is: that it is there does not say that anybody reaches it."""
    carrier, other = brought("carrier", 5.0), brought("other", 7.0)
    inner = samples.dependency("inner", "1.0", inside=carrier.dependency.pin)
    found = [samples.finding(inner, "X-inner", severity="high", score=9.0), other, carrier]
    assert headings(of(*found)) == ["other", "carrier", "inner"]


def test_malware_and_what_is_new_stay_before_what_they_come_with() -> None:
    """Malware first, then what a change introduces, whatever direct dependency brought it."""
    evil = brought("evil", 1.0, "web", malware=True)
    new, old, other = brought("new", 5.0, "web"), brought("old", 9.9, "web"), brought("other", 9.0)
    report = of(evil, new, old, other)
    changes = {"evil": "known", "new": "introduced", "old": "known", "other": "introduced"}
    verdicts = tuple(
        each._replace(change=changes[each.finding.dependency.pin.name])  # type: ignore[arg-type]
        for each in report.audits[0].verdicts
    )
    report = report._replace(audits=(report.audits[0]._replace(verdicts=verdicts),))
    assert headings(report) == ["evil", "other", "new", "old"]


# --- what policy says --------------------------------------------------------------------------


def judged(status: Status, **more: Any) -> Report:
    """Return a report of one finding with this verdict."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", aliases=("CVE-1",))
    audit = of(found).audits[0]
    return Report((audit._replace(verdicts=(Verdict(found, status, **more),)),), data=samples.DATA)


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        (
            Ignore("CVE-1", expires="2026-10-01", rule="pyproject.toml:4"),
            "ignore of pyproject.toml:4 expired on 2026-10-01",
        ),
        (Ignore("CVE-1", until_fixed=True, rule="a.toml:9"), "ignore of a.toml:9 was until fixed, and 1.1 is"),
        (
            Ignore("X-1", rule="--ignore-vuln X-1"),
            "--ignore-vuln X-1 does not silence malware; if the report is wrong, name MAL-1",
        ),
    ],
)  # fmt: skip
def test_an_ignore_that_does_not_hold_is_told_at_its_finding(ignore: Ignore, said: str) -> None:
    """Whoever thought it settled reads why it is not, whether it fails or only warns."""
    found = samples.finding(
        samples.dependency("foo", "1.0"), "MAL-1", aliases=("CVE-1", "X-1"), malware=ignore.id == "X-1",
        severity="low", fixed_in=("1.1",),
    )  # fmt: skip
    for limit in (policy.EVERYTHING, policy.threshold(["high"])):
        verdicts = policy.verdicts(
            [found], policy.Policy(limit, "--fail-on high", ignores=(ignore,)), "x", "2026-11-22"
        )
        report = Report((of(found).audits[0]._replace(verdicts=verdicts),), data=samples.DATA)
        assert f"\n            {said}\n" in render(report, Style())


def test_a_statement_that_does_not_settle_is_told_in_its_own_words() -> None:
    """VEX that says otherwise than the advisories, beside whatever rule."""
    text = render(judged("warns", rule="--fail-on high", reason="VEX x.json says fixed; 1.0 is affected"), Style())
    assert "\n            VEX x.json says fixed; 1.0 is affected\n" in text


def test_what_is_not_affected_is_marked_so() -> None:
    """Beside what is ignored, with the document, its justification and its words; aligned."""
    more = {"rule": "VEX vex.json", "justification": "vulnerable_code_not_in_execute_path", "reason": "never called"}
    report = judged("not_affected", **more)
    silenced = Verdict(samples.finding(samples.dependency("bar", "1.0"), "PYSEC-2"), "ignored", "--ignore-vuln X")
    audit = report.audits[0]
    text = render(Report((audit._replace(verdicts=(*audit.verdicts, silenced)),), data=samples.DATA), Style())
    assert (
        "IGNORED       bar 1.0  PYSEC-2  --ignore-vuln X\n"
        'NOT AFFECTED  foo 1.0  PYSEC-1  VEX vex.json: vulnerable code not in execute path, "never called"\n'
    ) in text
    for name in ("columns", "markdown"):
        table = load(name).render(report, Style())
        assert 'not affected: VEX vex.json: vulnerable code not in execute path, "never called"' in table


# --- less of it --------------------------------------------------------------------------------


def test_quiet_leaves_findings_problems_and_the_last_line() -> None:
    """Under the name of its target; what was ignored, skipped or is to be done next is not told."""
    assert render(samples.findings(), Style(quiet=1)) == (
        "requirements.txt:\n"
        "CRITICAL  pillow 9.5.0 -> 10.0.1  runtime, via streamlit (pyproject.toml:14)\n"
        "          PYSEC-2023-175  9.8  Heap buffer overflow in the bundled libwebp            CVE-2023-4863\n"
        "            sources disagree: severity: critical (PYSEC-2023-175), high (GHSA-j7hp-h8jx-5ppr)\n"
        "HIGH      jinja2 2.10 -> 2.11.3   runtime, direct (requirements.txt:12)\n"
        "          PYSEC-2019-217  8.6  Sandbox escape through str.format_map                  CVE-2019-10906\n"
        "          PYSEC-2021-66   5.3  Slow regular expression in urlize, which takes time…   CVE-2020-28493\n"
        "PROBLEM   requirements.txt:31: acme-internal 2.1: not from a public index: not looked up\n"
        "\n"
        "3 findings in 2 packages (1 critical, 1 high, 1 medium); 1 ignored; 1 problem; 8 of 9 audited.\n"
    )


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_last_line_is_the_same_however_quiet(name: str) -> None:
    """Twice quiet, it stands alone; of what is clean, so it does when once quiet."""
    report = samples.SAMPLES[name]()
    loud, quiet, quieter = (render(report, Style(quiet=number)).splitlines() for number in range(3))
    assert len(quieter) == 1
    assert quieter[0] == quiet[-1]
    assert quieter[0] in loud
    assert (len(quiet) == 1) is (name == "clean")
    assert not [line for line in quiet if line.startswith(("Audited", "IGNORED", "SKIPPED", "Next:"))]


def test_quiet_keeps_every_finding_and_every_problem() -> None:
    """No id of a finding and no problem of the whole report goes with the rest."""
    for sample in (samples.several, samples.incomplete, samples.nothing):
        loud, quiet = (render(sample(), Style(quiet=number)) for number in (0, 1))
        assert re.findall(r"(?:PYSEC|GHSA|MAL|PVE|CVE)-\S+", quiet) == re.findall(
            r"(?:PYSEC|GHSA|MAL|PVE|CVE)-\S+", loud
        )
        assert [line for line in loud.splitlines() if line.startswith("PROBLEM")] == [
            line for line in quiet.splitlines() if line.startswith("PROBLEM")
        ]


def test_quiet_shows_of_what_the_index_says_what_fails() -> None:
    """A quarantined release is there, one that was only yanked is in the last line's numbers."""
    bar = samples.dependency("bar", "1.0")
    notices = (Notice(bar.pin, "yanked", "broken"), Notice(bar.pin._replace(name="evil"), "quarantined", fails=True))
    inventory = Inventory("x", "requirements", (bar,))
    text = render(Report((Audit(inventory, notices=notices),), data=samples.DATA), Style(quiet=1))
    assert re.search(r"^QUARANTINED +evil 1\.0$", text, re.MULTILINE)
    assert "YANKED" not in text
    assert "1 yanked" in text
