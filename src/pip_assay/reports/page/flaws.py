"""A row for each flaw: what it is and how bad, and when asked for: why, by whom, in how many words."""

import re
from collections.abc import Iterator

from pip_assay.model import Finding, Signals
from pip_assay.records import Advisory
from pip_assay.reports import Style
from pip_assay.reports.entries import details, how_bad, reason, summary
from pip_assay.reports.fixes import branch, fixes, on_other_branches
from pip_assay.reports.page.content import Flaw, Package
from pip_assay.reports.page.filters import CHANGES, STATUSES, Choices, marks
from pip_assay.reports.page.markup import (
    LISTED,
    NOTHING,
    Markup,
    badge,
    between,
    bulleted,
    commas,
    element,
    escaped_line,
    folded,
    hidden,
    identifier,
    join,
    more_than,
    pairs,
    web_address,
)
from pip_assay.reports.text import paragraphs, percent

LONGEST_TEXT = 20_000
"""Characters that a description gets at most."""

ALL_TEXTS = 10_000_000
"""Characters that all descriptions of a page get together: where there are many, each gets less."""


def text_room(findings: int, style: Style) -> int:
    """Return how many characters a description gets on a page of so many findings; 0 where none are wanted."""
    return min(LONGEST_TEXT, ALL_TEXTS // findings) if style.descriptions else 0


def flaw_row(name: str, flaw: Flaw, package: Package, given: Choices, room: int, style: Style) -> Markup:
    """Return one finding; `name` is its id on the page, `room` the characters that its description gets."""
    finding = flaw.finding
    score = Markup() if finding.score is None else element("span", f"{finding.score:.1f}", class_="score")
    aliases = sorted(finding.aliases) if style.aliases else []
    word = how_bad(finding)
    return element(
        "article",
        element("div", badge(word, word), " ", score, class_="measure"),
        element(
            "div",
            element("h4", _title(finding)),
            element("p", commas([identifier(each) for each in (finding.id, *aliases)]), class_="ids"),
            element("p", between(_facts(flaw, package), " "), class_="facts"),
            folded(join("Details", hidden(f" of {finding.id}")), _said(flaw), _description(finding, room)),
        ),
        class_="finding",
        id=name,
        **marks(flaw, package, given),
    )


def _title(finding: Finding) -> str:
    """Return the summary, else the first line of the details that is no heading."""
    if text := summary(finding).strip():
        return text
    lines = [line for line in paragraphs(details(finding)[:LONGEST_TEXT]) if line]
    return next((line for line in lines if not line.startswith("#")), "no description")


def _facts(flaw: Flaw, package: Package) -> list[Markup]:
    """Return what to know at a glance: where it is fixed, and whether it is used, unsure, new or no failure."""
    finding, verdict = flaw.finding, flaw.verdict
    unsettled = ", not settled by the upgrade" if package.settled and finding.id not in package.settled else ""
    facts = []
    if other := on_other_branches(finding):
        facts.append(element("span", "fixed in ", commas(other), f", not on {branch(finding.dependency.pin)}"))
    elif finding.fixed_in:
        facts.append(element("span", "fixed in ", commas(fixes(finding)), unsettled))
    elif not finding.malware:
        facts.append(element("span", "no fix known"))
    facts += _used(finding.signals)
    facts += [badge("possibly affected", "unsure")] if finding.certainty != "affected" else []
    facts += [badge(CHANGES[verdict.change], "quiet")] if verdict.change and verdict.change != verdict.status else []
    facts += [badge(STATUSES[verdict.status], "quiet")] if verdict.status != "fails" else []
    return facts


def _used(signals: Signals) -> Iterator[Markup]:
    """Yield what is known of its use in attacks; what is not known is not called low."""
    if signals.exploited:
        yield badge("known exploited", "exploited")
    if signals.ransomware:
        yield badge("used in ransomware", "exploited")
    if signals.epss is not None:
        yield badge(f"EPSS {percent(signals.epss)}", "quiet")


def _said(flaw: Flaw) -> Markup:
    """Return why it is a finding, how bad each source calls it, what policy says, and where to read more."""
    finding = flaw.finding
    signals = finding.signals
    rank = (
        ""
        if signals.percentile is None
        else f", as likely as {percent(signals.percentile)} of all scored flaws or more"
    )
    vectors = dict.fromkeys(each for advisory in finding.advisories for each in advisory.ratings)
    elsewhere = [each for each in finding.fixed_in if each not in fixes(finding)]
    references = dict.fromkeys(url for advisory in finding.advisories for _, url in advisory.references)
    return pairs(
        ("Certainty", "possibly affected" if finding.certainty != "affected" else ""),
        ("Why", finding.because),
        ("Newest release", finding.newest),
        ("Fixed on other branches", commas(elsewhere) if fixes(finding) else ""),
        ("Sources disagree", _lines(sorted(finding.disagreement))),
        ("Known exploited since", signals.since),
        ("Likelihood of use", "" if signals.epss is None else f"{percent(signals.epss)} within 30 days{rank} (EPSS)"),
        ("CVSS", _lines([_rating(each.vector, each.score) for each in vectors])),
        ("Policy", _lines(_policy(flaw))),
        ("Records", _lines([_record(advisory) for advisory in finding.advisories])),
        ("Read more", _lines([web_address(url) for url in references])),
    )


def _lines(items: list[str] | list[Markup]) -> Markup:
    """Return one line for each; none where there is nothing."""
    more = more_than(len(items) - LISTED, "line")
    return join(bulleted([join(item) for item in items[:LISTED]]), more)


def _rating(vector: str, score: float | None) -> Markup:
    return join(element("code", vector), NOTHING if score is None else f" {score:.1f}")


def _policy(flaw: Flaw) -> list[str]:
    """Return what each target's verdict is, where a rule made it or they differ."""
    said = {(each.status, reason(each)) for _, each in flaw.held}
    if said == {("fails", "")}:
        return []
    rows = [f"{each.status} in {target}{': ' * bool(reason(each))}{reason(each)}" for target, each in flaw.held]
    return [*dict.fromkeys(rows)]


def _record(advisory: Advisory) -> Markup:
    told = [
        f"published {advisory.published[:10]}" if advisory.published else "",
        f"changed {advisory.modified[:10]}" if advisory.modified else "",
        f"calls it {advisory.word}" if advisory.word else "",
        f"withdrawn {advisory.withdrawn[:10]}" if advisory.withdrawn else "",
    ]
    return join(identifier(advisory.id), *(f", {each}" for each in told if each))


def _description(finding: Finding, room: int) -> Markup:
    """Return what the advisory says at length: its headings, its blocks of code, and its lines as they are."""
    text = details(finding).strip()
    if not text or not room:
        return NOTHING
    left_out = len(text) - room
    note = [element("p", f"{left_out:,} more characters are left out here; the JSON report (-f json) holds them.")]
    return element("div", *_blocks(text[:room]), *(note if left_out > 0 else []), class_="description")


def _blocks(text: str) -> Iterator[Markup]:
    """Yield the parts of a text that may be Markdown. Nothing in it becomes a link or an image."""
    for number, part in enumerate(re.split(r"^ {0,3}(?:```|~~~).*$", text, flags=re.MULTILINE)):
        if number % 2:
            yield element("pre", _escaped_lines(part.strip("\r\n")))
            continue
        for paragraph in re.split(r"\n\s*\n|^(?= {0,3}#{1,6} )|(?<=\n)(?= {0,3}#{1,6} )", part):
            yield from _paragraph(paragraph)


def _paragraph(text: str) -> Iterator[Markup]:
    first, _, rest = text.strip().partition("\n")
    if heading := re.fullmatch(r"#{1,6}\s+(.*?)\s*#*\s*", first):
        yield element("p", element("strong", heading[1]))
        first, text = "", rest
    if text.strip():
        yield element("p", _escaped_lines(text.strip()))


def _escaped_lines(text: str) -> Markup:
    return Markup("\n".join(escaped_line(line) for line in text.expandtabs(4).splitlines()))
