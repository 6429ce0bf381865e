"""The HTML report, read by an independent parser of the HTML standard."""

import itertools
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinyhtml5.parser import HTMLParser  # type: ignore[import-untyped]

import pip_assay
from pip_assay.model import (
    PYPI,
    Audit,
    Data,
    Dependency,
    Finding,
    Inventory,
    LeftOut,
    Notice,
    NoticeKind,
    Pin,
    Place,
    Problem,
    Report,
    Rule,
    Signals,
    Status,
    Upgrade,
    Verdict,
)
from pip_assay.records import Advisory
from pip_assay.reports import Style
from pip_assay.reports.html import render
from pip_assay.reports.page import content, rest
from pip_assay.reports.page.markup import safe, web_address
from pip_assay.reports.text import neutral
from tests import page_sample, samples
from tests.report_strategies import FORBIDDEN, obeyed, ordinary, poisoned, shuffled

FULL = Style(descriptions=True, aliases=True, link_site="https://index.example")
REPORTS = {**samples.SAMPLES, "everything": page_sample.everything}
ELEMENTS = re.compile(
    "html|head|meta|title|style|body|header|nav|main|footer|section|article|h[1-4]|p|div|span|strong|code|pre|a|ul|ol|li|"
    "dl|dt|dd|table|thead|tbody|tr|t[hd]|details|summary|svg|rect|form|fieldset|legend|label|input|select|option|output|"
    "button|script"
)
FAILS = "1 package fails for what the index says; the audit is incomplete: 1 problem."
HANDLER = re.compile(r"on\w+|style|src|action|formaction|srcset|xlink:href", re.IGNORECASE)


class Page:
    """A page as a browser reads it."""

    def __init__(self, text: str) -> None:
        self.source = text
        parser = HTMLParser(namespace_html_elements=False)
        self.root: Element = parser.parse(text)
        self.errors = parser.errors

    def all(self, name: str) -> list[Element]:
        """Return every element of the name, in the order of the page."""
        return [each for each in self.root.iter() if _name(each) == name]

    def classed(self, name: str) -> list[Element]:
        """Return every element of the class."""
        return [each for each in self.root.iter() if name in each.get("class", "").split()]

    def section(self, name: str) -> str:
        """Return the text of a section; empty where it is not there."""
        return next((said(each) for each in self.all("section") if each.get("id") == name), "")

    @property
    def sentence(self) -> str:
        """The answer at the top."""
        return said(self.classed("sentence")[0])


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def said(element: Element) -> str:
    """Return the text of an element, with one space for every run of white space."""
    return " ".join("".join(element.itertext()).split())


def page(report: Report, style: Style = FULL) -> Page:
    """Return the report as a page that its reader has parsed."""
    return Page(render(report, style))


def of(*verdicts: Verdict, upgrades: tuple[Upgrade, ...] = (), target: str = "requirements.txt") -> Report:
    """Return a report of one target with these verdicts."""
    listed = tuple(dict.fromkeys(each.finding.dependency for each in verdicts))
    return Report((Audit(Inventory(target, "requirements", listed), verdicts, upgrades),), data=samples.DATA)


def faults(read: Page) -> Iterator[str]:
    """Yield what a checker of pages complains of."""
    yield from (f"{error}" for error in read.errors)
    ids = [each.get("id") for each in read.root.iter() if each.get("id")]
    yield from (f"id twice: {each}" for each in ids if ids.count(each) > 1)
    for label in read.all("label"):
        if not [each for each in label.iter() if _name(each) in {"input", "select"}]:
            yield f"label without a control: {said(label)}"
    controls = [*read.all("input"), *read.all("select")]
    inside = {id(each) for label in read.all("label") for each in label.iter()}
    yield from ("control without a label" for each in controls if id(each) not in inside)
    yield from (f"link to nowhere: {to}" for to in _targets(read) if to[1:] not in ids)
    levels = [int(_name(each)[1]) for each in read.root.iter() if re.fullmatch("h[1-6]", _name(each))]
    if levels[0] != 1 or levels.count(1) != 1:
        yield "not one h1 that comes first"
    yield from (f"h{two} after h{one}" for one, two in itertools.pairwise(levels) if two > one + 1)
    names = [each.get("aria-labelledby") for each in read.all("section")]
    yield from (f"section without a heading: {each}" for each in names if each not in ids)


def _targets(read: Page) -> list[str]:
    return [to for each in read.all("a") if (to := each.get("href", "")).startswith("#")]


def dangers(read: Page) -> Iterator[str]:
    """Yield what loads, sends or runs something, other than the page's own style and script."""
    yield from {_name(each) for each in read.root.iter() if not ELEMENTS.fullmatch(_name(each))}
    for name in ("script", "style", "title", "form"):
        if len(read.all(name)) > 1:
            yield f"two of {name}"
    for each in read.root.iter():
        yield from (f"{_name(each)} {name}" for name in dict(each.items()) if HANDLER.fullmatch(name))
    for link in read.all("a"):
        if not re.match(r"#[a-z0-9-]+\Z|https?://[!-~]+\Z", link.get("href", "")):
            yield f"link to {link.get('href')}"
        if link.get("href", "").startswith("http") and link.get("rel") != "noopener noreferrer nofollow":
            yield "link that tells where it comes from"
    yield from (each.get("http-equiv", "") for each in read.all("meta")[2:] if each.get("http-equiv"))


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("style", [FULL, Style()])
def test_every_page_is_flawless(name: str, style: Style) -> None:
    """No parse error, no id twice, every control labelled, headings in order, every link inside the page arrives."""
    assert not [*faults(page(REPORTS[name](), style))]


@settings(max_examples=60)
@given(poisoned() | ordinary())
def test_no_text_breaks_out(report: Report) -> None:
    """Whatever the texts say: the page is flawless, loads and runs nothing but its own, and steers no terminal."""
    text = render(report, FULL)
    read = Page(text)
    assert not [*faults(read)]
    assert not [*dangers(read)]
    assert text.isascii()
    assert not set("".join(read.root.itertext())) & FORBIDDEN - {"\t"}
    assert not [line for line in text.split("\n") if obeyed(line)]


def test_a_page_full_of_traps_shows_them_as_text() -> None:
    """Markup in an advisory is read by people as it was written."""
    found = samples.finding(
        samples.dependency("foo", "1.0"), "PYSEC-1", "<script>alert(1)</script> &amp; <b onclick=x>"
    )
    read = page(of(*samples.fails(found)))
    assert not [*dangers(read)]
    assert "<script>alert(1)</script> &amp; <b onclick=x>" in read.section("findings")


@pytest.mark.parametrize("name", REPORTS)
def test_the_policy_allows_the_blocks_of_the_page_and_nothing_else(name: str) -> None:
    """The hashes in the policy are those of the style and the script as they stand between their tags."""
    text = render(REPORTS[name](), FULL)
    read = Page(text)
    policy = dict(
        part.strip().split(" ", 1) for part in read.all("meta")[1].get("content", "").split(";")
    )  # fmt: skip
    assert read.all("meta")[1].get("http-equiv") == "Content-Security-Policy"
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        (block,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert policy.pop(directive) == f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"
    assert policy == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script>")
    assert not re.search(r"url\(|@import|https?:", "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL)))


@pytest.mark.parametrize("name", REPORTS)
def test_everything_is_told(name: str) -> None:
    """Every finding, rule, problem, upgrade, notice, place and package of the report stands on the page."""
    report = REPORTS[name]()
    text = said(page(report).root.find("body") or Element("none"))
    for told in _told(report):
        assert " ".join(neutral(told).split()) in text


def _told(report: Report) -> Iterator[str]:
    yield from report.data[:2] if report.data.source != "none" else ()
    problems = list(report.problems)
    for audit in report.audits:
        problems += [*audit.inventory.problems, *audit.problems]
        yield audit.inventory.target
        for dependency in audit.inventory.dependencies:
            yield from (dependency.pin.name, dependency.pin.version, dependency.skipped)
        for verdict in audit.verdicts:
            finding = verdict.finding
            yield from (finding.id, *finding.aliases, *finding.fixed_in, verdict.reason, verdict.rule, verdict.until)
            if verdict.status in {"fails", "warns", "known"}:
                yield from (finding.because, *finding.disagreement, *map(str, finding.places))
                yield from (name for path in finding.paths for name in path)
        for notice in audit.notices:
            yield from (str(notice.pin), notice.kind, notice.reason, *map(str, notice.places))
    for problem in problems:
        yield from (problem.what.removeprefix(f"{problem.subject} "), problem.hint, problem.subject)
        yield str(problem.place or "")
    yield from (part for each in report.left_out for part in each)


@settings(max_examples=40)
@given(ordinary())
def test_no_finding_is_left_out(report: Report) -> None:
    """Every id, with the name and the version of its package, stands among the findings."""
    text = page(report).section("findings")
    for verdict in report.audits[0].verdicts:
        for part in (verdict.finding.id, *verdict.finding.dependency.pin[1:]):
            assert part in text


@settings(max_examples=25)
@given(random=st.randoms(use_true_random=False))
def test_order_that_means_nothing_changes_no_byte(random: Random) -> None:
    """The same report in another order gives the same bytes."""
    report = page_sample.everything()
    assert render(shuffled(report, random), FULL) == render(report, FULL)


def test_the_seed_of_hashes_changes_no_byte() -> None:
    """Two processes give the same bytes, however their sets are ordered."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\nfrom tests import page_sample\nfrom pip_assay.reports import Style\n"
        "from pip_assay.reports.html import render\n"
        "print(render(page_sample.everything(), Style(descriptions=True, aliases=True)))"
    )
    folders = [str(Path(pip_assay.__file__).parents[1]), str(Path(__file__).parents[2])]
    command = [sys.executable, "-S", "-c", program, *folders]
    texts = {
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert len(texts.pop()) > 30_000


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (samples.clean(), "No known vulnerabilities in 3 packages."),
        (samples.findings(), "3 known vulnerabilities in 2 packages; the audit is incomplete: 1 problem."),
        (
            samples.incomplete(),
            "No known vulnerabilities in the 1 of 11 packages that were audited; the audit is incomplete: 11 problems.",
        ),
        (
            samples.several(),
            "1 malicious package and 5 known vulnerabilities in 4 packages, 1 of them bundled.",
        ),
        (samples.nothing(), "Nothing was audited; the audit is incomplete: 1 problem."),
        (Report(()), "Nothing was audited; the audit is incomplete."),
        (
            page_sample.everything(),
            f"1 malicious package and 7 known vulnerabilities in 4 packages; {FAILS}",
        ),
    ],
)  # fmt: skip
def test_the_first_sentence_is_the_answer(report: Report, sentence: str) -> None:
    """How many and in how many packages; and that the audit is incomplete, where it is."""
    assert page(report).sentence == sentence


def test_completeness_is_said_in_words() -> None:
    """Complete means that everything was audited, or that what was not is no problem and is listed."""
    skipped = samples.dependency("foo", "1.0", skipped="left out, as the options ask")
    listed = Inventory("requirements.txt", "requirements", (samples.dependency("bar", "1.0"), skipped))
    told = {
        name: said(page(report).classed("answer")[0])
        for name, report in {
            "all": samples.clean(), "some": Report((Audit(listed),)), "not": samples.incomplete(), "none": Report(()),
        }.items()
    }  # fmt: skip
    assert "Complete: every package was audited, 3 in all." in told["all"]
    assert "Complete: 1 of 2 packages was audited; the others are listed with the reason." in told["some"]
    assert "INCOMPLETE: 1 of 11 packages was audited. See what could not be looked at." in told["not"]
    assert "INCOMPLETE: 0 of 0 packages were audited." in told["none"]
    assert "left out, as the options ask" in page(Report((Audit(listed),))).section("left")


@pytest.mark.parametrize(
    ("report", "look"),
    [(samples.clean(), "good"), (samples.incomplete(), "unsure"), (Report(()), "unsure"), (samples.findings(), "bad")],
)  # fmt: skip
def test_only_a_complete_audit_without_findings_is_green(report: Report, look: str) -> None:
    """The colour of the answer repeats what its words say."""
    assert page(report).classed("answer")[0].get("class") == f"answer {look}"


def test_a_failing_notice_is_never_green() -> None:
    """What the package index says may fail an audit that has no findings."""
    audit = samples.clean().audits[0]
    notice = Notice(audit.inventory.dependencies[0].pin, "quarantined", fails=True)
    report = Report((audit._replace(notices=(notice,)),), data=samples.DATA)
    assert page(report).classed("answer")[0].get("class") == "answer bad"
    assert "1 package fails for what the index says" in page(report).sentence


def test_the_worst_comes_first() -> None:
    """Malware, then what is known to be exploited, then by severity, score and likelihood."""
    ranks: list[tuple[str, dict[str, Any]]] = [
        ("evil", {"malware": True}),
        ("used", {"severity": "low", "score": 2.0, "signals": Signals(True)}),
        ("critical", {"severity": "critical", "score": 9.8}),
        ("high-b", {"severity": "high", "score": 7.5, "signals": Signals(epss=0.5)}),
        ("high-a", {"severity": "high", "score": 7.5}),
        ("unknown", {}),
    ]
    found = [
        samples.finding(samples.dependency(name, "1.0"), f"PYSEC-{name}", **more) for name, more in reversed(ranks)
    ]
    read = page(of(*samples.fails(*found)))
    assert [said(each).split()[0] for each in read.all("h3") if each in _headings(read)] == [name for name, *_ in ranks]


def _headings(read: Page) -> list[Element]:
    return [each for card in read.classed("package") for each in card.iter("h3")]


def test_a_card_names_the_upgrade_and_what_it_leaves_open() -> None:
    """The upgrade that settles most stands in the card's heading and among the next steps."""
    foo = samples.dependency("foo", "1.0")
    found = [samples.finding(foo, f"PYSEC-{number}", fixed_in=(f"1.{number}",)) for number in (1, 2, 3)]
    read = page(of(*samples.fails(*found), upgrades=(Upgrade("foo", "1.0", "1.2", ("PYSEC-1", "PYSEC-2", "PYSEC-9")),)))
    assert "Upgrade to 1.2, settles 2 of 3" in read.section("findings")
    assert "fixed in 1.3, not settled by the upgrade" in read.section("findings")
    assert "Upgrade foo 1.0 to 1.2: settles 2 of 3" in read.section("summary")
    assert "Settled by upgrades2 of 3" in read.section("summary")


def test_an_upgrade_that_settles_nothing_shown_is_not_advised() -> None:
    """An upgrade for findings that are ignored is nobody's next step."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    read = page(of(*samples.fails(found), upgrades=(Upgrade("foo", "1.0", "2.0", ("PYSEC-9",)),)))
    assert "2.0" not in read.section("summary")
    assert "Look at foo 1.0: no fix known" in read.section("summary")


def test_malware_is_removed_and_its_secrets_changed() -> None:
    """Also where another release is known to be good."""
    evil = samples.finding(samples.dependency("evil", "1.0"), "MAL-1", malware=True, fixed_in=("1.1",))
    assert "Remove evil 1.0 and rotate the secrets" in page(of(*samples.fails(evil))).section("summary")
    read = page(of(*samples.fails(evil), upgrades=(Upgrade("evil", "1.0", "1.1", ("MAL-1",)),)))
    for name in ("summary", "findings"):
        assert re.search(r"Replace .* with 1\.1.* rotate the secrets", read.section(name))


def test_a_flaw_of_two_targets_is_shown_once_with_both() -> None:
    """One card, one row, the worst status; each target's own verdict stands in its details."""
    foo = samples.dependency("foo", "1.0", "a.txt", 1)
    found = samples.finding(foo, "PYSEC-1", paths=(("bar", "foo"),))
    other = found._replace(dependency=foo._replace(place=Place("b.txt", 2)), places=(Place("b.txt", 2),))
    first = of(Verdict(found, "warns", "--fail-on high"), target="a.txt").audits[0]
    second = of(Verdict(other, "fails"), target="b.txt").audits[0]
    read = page(Report((first, second), data=samples.DATA))
    assert len(read.classed("finding")) == len(read.classed("package")) == 1
    assert read.classed("finding")[0].get("data-status") == "fails"
    assert read.sentence == "1 known vulnerability in 1 package."
    text = read.section("findings")
    assert "a.txtbarfoo" in text
    assert "b.txtbarfoo" in text
    assert "warns in a.txt: --fail-on high" in text
    assert "fails in b.txt" in text


@pytest.mark.parametrize(
    ("number", "heading"),
    [(0, "Audit of nothing"), (1, "Audit of t0"), (3, "Audit of t0, t1 and t2"), (4, "Audit of 4 targets")],
)
def test_the_heading_names_what_was_audited(number: int, heading: str) -> None:
    """A few targets by name; of many, how many; each has its row where there are several."""
    audits = tuple(Audit(Inventory(f"t{at}", "requirements")) for at in range(number))
    read = page(Report(audits))
    assert said(read.all("h1")[0]) == said(read.all("title")[0]) == heading
    rows = [said(each) for each in read.all("th") if each.get("scope") == "row"]
    assert rows == ([audit.inventory.target for audit in audits] if number > 1 else [])


def test_what_one_target_ignores_stays_a_finding_of_the_other() -> None:
    """A rule that silences a flaw in one target does not silence it in another."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    silent = of(Verdict(found, "ignored", "a rule", "a reason"), target="a.txt").audits
    for audits in ((*silent, *of(Verdict(found, "fails")).audits), (*of(Verdict(found, "fails")).audits, *silent)):
        read = page(Report(audits, data=samples.DATA))
        assert "PYSEC-1" in read.section("findings")
        assert "Reasona reason" in read.section("ignored")
        assert read.sentence.startswith("1 known vulnerability")


@pytest.mark.parametrize("status", samples.words(Status))
def test_every_status_has_its_place(status: Status) -> None:
    """What is open is a finding, what is silenced is in its own section with everything that the rule says."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    verdict = Verdict(found, status, "the rule", "the reason", "2027-01-01", "ann", "vulnerable_code_not_present")
    read = page(of(verdict))
    silenced = status in {"ignored", "not_affected"}
    assert ("PYSEC-1" in read.section("ignored")) is silenced
    assert ("PYSEC-1" in read.section("findings")) is not silenced
    if silenced:
        for part in ("the rule", "the reason", "2027-01-01", "ann", "vulnerable code not present"):
            assert part in read.section("ignored")


@pytest.mark.parametrize("kind", samples.words(NoticeKind))
def test_every_notice_is_told_in_words(kind: NoticeKind) -> None:
    """What the package index says has its section, folded where it says the same of many."""
    names = [samples.dependency(f"package-{number}", "1.0") for number in range(5)]
    notices = tuple(Notice(each.pin, kind, "so it is") for each in names)
    audit = Audit(Inventory("requirements.txt", "requirements", tuple(names)), notices=notices)
    text = page(Report((audit,))).section("notices")
    assert f"{kind}5 packages: {rest.MEANING[kind]}: so it is" in text
    assert all(str(each.pin) in text for each in names)


def test_idle_ignores_are_told_with_what_to_do() -> None:
    """What silences nothing has its section; where that fails the audit, the answer says so and is not green."""
    over = Rule("pyproject.toml:31", "CVE-1", "the reason", "2026-01-01", "ann", "over", "expired on 2026-01-01")
    unused = Rule("--ignore-vuln CVE-2", "CVE-2", state="unused", strict=True)
    report = samples.clean()
    told = page(report._replace(audits=(report.audits[0]._replace(rules=(unused, over, Rule("used", "CVE-3"))),)))
    text = told.section("rules")
    for part in ("pyproject.toml:31: CVE-1", "expired on 2026-01-01", "the reason", "ann", "settle the finding"):
        assert part in text
    assert "--ignore-vuln CVE-2failsmatches no findingWhat to doremove it" in text
    assert "CVE-3" not in text
    assert told.sentence == "No known vulnerabilities in 3 packages; 1 ignore fails because it silences nothing."
    assert told.classed("answer")[0].get("class") == "answer bad"
    assert not page(report).section("rules")


def test_findings_that_only_warn_are_no_failure() -> None:
    """The colour is that of what the audit deserves; the words say how many do not fail."""
    foo = samples.dependency("foo", "1.0")
    found = [samples.finding(foo, f"PYSEC-{number}") for number in (1, 2, 3)]
    statuses: tuple[Status, ...] = ("warns", "known", "known")
    read = page(of(*(Verdict(each, status) for each, status in zip(found, statuses, strict=True))))
    assert read.classed("answer")[0].get("class") == "answer unsure"
    assert "Of the findings, 1 only warns and 2 were known before." in said(read.classed("answer")[0])


def test_signals_are_shown_where_they_are_known() -> None:
    """Known exploited, ransomware and the likelihood; nothing of it where nobody knows."""
    known = Signals(True, "2026-11-20", True, 0.943, 0.999)
    foo = samples.dependency("foo", "1.0")
    text = page(of(*samples.fails(samples.finding(foo, "PYSEC-1", signals=known)))).section("findings")
    for part in ("known exploited", "used in ransomware", "EPSS 94.3%", "2026-11-20", "as likely as 99.9%"):
        assert part in text
    text = page(of(*samples.fails(samples.finding(foo, "PYSEC-1")))).section("findings")
    assert not re.search("exploited|EPSS|ransomware", text)
    assert "Known exploitednot known" in page(of(*samples.fails(samples.finding(foo, "PYSEC-1")))).section("summary")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "//evil.example", "/relative", "ftp://files.example/x", "https://good.example@evil.example/\"><b>",
        "https://a b.example/", "https://", "https:evil.example", "https://evil.example\\@good.example",
        "https://evil.example/\u202e", "https://index.example/" + "x" * 3000, "", " ", "https:///x",
    ],
)  # fmt: skip
def test_only_harmless_addresses_become_links(address: str) -> None:
    """Anything but a plain web page stays text: no other scheme, no user name, no white space, nothing hidden."""
    made = web_address(address)
    assert "<" not in made


def test_a_web_page_becomes_a_link_that_tells_nobody() -> None:
    """The page that is opened is not told from where."""
    assert web_address("https://advisories.example/a?b=1&c#d") == (
        '<a href="https://advisories.example/a?b=1&amp;c#d" rel="noopener noreferrer nofollow">'
        "https://advisories.example/a?b=1&amp;c#d</a>"
    )


def test_a_long_text_is_cut_and_the_page_says_so() -> None:
    """A description of a million characters gets 20,000, a name of a million 2,000; how many are left out is said."""
    foo = samples.dependency("foo" + "o" * 1_000_000, "1.0")
    found = samples.finding(foo, "PYSEC-1", "s" * 1_000_000)
    found = found._replace(advisories=(found.advisories[0]._replace(details="a line\n" * 150_000),))
    text = render(of(*samples.fails(found)), FULL)
    assert len(text) < 100_000
    assert "1,029,999 more characters are left out here; the JSON report (-f json) holds them." in text
    assert "[... 998,000 more characters are left out]" in text


def test_lists_without_end_are_cut_and_the_page_says_so() -> None:
    """What belongs to one finding in thousands is counted where it is too much."""
    foo = samples.dependency("foo", "1.0")
    many = tuple(f"X-{number:05}" for number in range(10_000))
    found = samples.finding(foo, "PYSEC-1", aliases=many, fixed_in=many, disagreement=many)
    found = found._replace(paths=tuple((name, "foo") for name in many), places=tuple(Place(name, 1) for name in many))
    text = render(of(*samples.fails(found)), FULL)
    assert len(text) < 150_000
    for said_so in (
        "and 9,981 more",
        "and 9,980 more",
        "9,980 more lines are not shown",
        "9,997 more paths",
        "9,900 more paths are not shown",
    ):
        assert said_so in text


def test_a_long_path_keeps_both_its_ends() -> None:
    """What is left out of the middle of a chain is counted."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", paths=((*map(str, range(50)), "foo"),))
    steps = [said(each) for each in page(of(*samples.fails(found))).classed("chain")[0]]
    assert steps[:2] == ["requirements.txt", "0"]
    assert steps[-2:] == ["... 32 more ...", "foo"]
    assert len(steps) == 21


def test_too_many_findings_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows the worst; how many are not shown, and what holds them, stands before and after them."""
    monkeypatch.setattr(content, "FINDINGS", 10)
    found = [
        samples.finding(samples.dependency(f"foo-{number:02}", "1.0"), f"PYSEC-{number}-{part}", severity=severity)
        for number, severity in enumerate(("low", "high", "critical", "medium", "high", "low"))
        for part in range(3)
    ]
    read = page(of(*samples.fails(*found)))
    assert len(read.classed("finding")) == 10
    assert [said(each) for each in _headings(read)] == ["foo-02 1.0", "foo-01 1.0", "foo-04 1.0", "foo-03 1.0"]
    note = "8 more findings are not shown on this page; the JSON report (-f json) holds everything."
    assert read.section("findings").count(note) == 2
    assert read.sentence == "18 known vulnerabilities in 6 packages."
    assert not [*faults(read)]


def test_a_huge_report_stays_small() -> None:
    """50,000 findings, each with a long description, make a page below 50 MB that says what it leaves out."""
    details = "A word <and> another; " * 200
    record = Advisory("PYSEC-1", ("CVE-1",), "A flaw", details, references=(("WEB", "https://advisories.example/x"),))
    found = [
        Finding(
            f"PYSEC-{number}", ("CVE-1",), _listed(number), (record,), "high", 7.0, ("2.0",), places=(Place("x", 1),)
        )
        for number in range(50_000)
    ]
    text = render(of(*samples.fails(*found)), FULL)
    assert len(text) < 50_000_000
    assert "45,000 more findings are not shown on this page" in text
    assert "40,000 more packages are not shown on this page" in text
    assert "50,000 known vulnerabilities in 50,000 packages." in text


def _listed(number: int) -> Dependency:
    return Dependency(Pin(PYPI, f"package-{number}", "1.0"), Place("x", number))


def test_a_description_is_read_as_simple_markdown() -> None:
    """Headings and blocks of code keep their look; a link or an image stays text, an open block stays whole."""
    code = "```python\nif x:\n    <b>\n```\n"
    details = f"Intro\nsecond line\n\n### Impact ###\nBad.\n{code}[a](https://x.example) ![b](c)\n~~~\nopen"
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1", "A flaw")
    found = found._replace(advisories=(found.advisories[0]._replace(details=details),))
    described = page(of(*samples.fails(found))).classed("description")[0]
    assert [(_name(each), "".join(each.itertext())) for each in described] == [
        ("p", "Intro\nsecond line"), ("p", "Impact"), ("p", "Bad."), ("pre", "if x:\n    <b>"),
        ("p", "[a](https://x.example) ![b](c)"), ("pre", "open"),
    ]  # fmt: skip
    assert not page(of(*samples.fails(found)), Style()).classed("description")


def test_without_a_summary_the_first_line_of_the_description_is_the_title() -> None:
    """A heading is no title; where there is no text at all, the page says so."""
    found = samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1")
    described = found._replace(advisories=(found.advisories[0]._replace(details="# Heading\n\nFoo trusts all."),))
    assert said(page(of(*samples.fails(described))).all("h4")[0]) == "Foo trusts all."
    assert said(page(of(*samples.fails(found))).all("h4")[0]) == "no description"


def test_filters_offer_only_what_parts_the_findings() -> None:
    """Nobody chooses among one; what no script can act on stays hidden."""
    one = page(of(*samples.fails(samples.finding(samples.dependency("foo", "1.0"), "PYSEC-1"))))
    assert [each.get("name") for each in (*one.all("input"), *one.all("select"))] == ["search"]
    read = page(page_sample.everything())
    names = {each.get("name") for each in (*read.all("input"), *read.all("select"))}
    assert names == {"search", "severity", "only", "status", "change", "group", "target"}
    assert read.all("form")[0].get("hidden") is not None
    assert not page(samples.clean()).all("form")


def test_many_problems_that_say_the_same_are_one() -> None:
    """They are counted, and named when somebody asks."""
    text = page(samples.incomplete()).section("problems")
    assert "8 packages: not from a public index" in text
    assert text.count("audit it with an index that knows it") == 1


def test_several_problems_name_their_target() -> None:
    """Where a file's own name does not say it."""
    problem = Problem("unreadable", "cannot be read", Place("other.txt", 1))
    first = Audit(Inventory("a", "requirements", (samples.dependency("foo", "1.0"),)), problems=(problem,))
    report = Report((first, samples.clean().audits[0]))
    assert "other.txt:1 in a" in page(report).section("problems")


def test_dates_are_in_words_and_odd_ones_as_they_are() -> None:
    """RFC 3339 becomes a date that people read; what is none is left alone."""
    for written, shown in (
        ("2026-11-22T06:15:00Z", "2026-11-22 06:15 UTC"), ("2026-11-22T06:15:00+02:00", "2026-11-22 06:15+02:00"),
        ("2026-11-22", "2026-11-22"), ("yesterday", "yesterday"), ("", "a date that the service does not say"),
    ):  # fmt: skip
        text = said(page(Report((), data=Data("OSV", date=written))).classed("data")[0])
        assert f"Advisories of{shown}Source" in text


def test_what_the_data_was_limited_to_is_said() -> None:
    """The page of an audit as of a day says so at its top."""
    text = said(page(Report((), data=samples.DATA._replace(as_of="2026-01-02"))).classed("data")[0])
    assert "Only records published by2026-01-02, as they read now" in text
    assert "No advisories were asked for." in render(Report(()), FULL)


def test_folders_that_were_not_looked_into_are_listed() -> None:
    """With the reason, when somebody asks."""
    report = samples.clean()._replace(left_out=(LeftOut("b", "is ignored"), LeftOut("a", "is a link")))
    assert page(report).section("folders") == "Not looked intoShow 2 placesa: is a linkb: is ignored"


def test_text_is_one_line_and_no_command() -> None:
    """A text's own line breaks, and what a build server would obey, do not get through; people read the same."""
    assert safe("\n::error::x ##[group]\ufffe") == " :&#58;error:&#58;x #&#35;[group]\ufffd"
