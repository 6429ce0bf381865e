"""The top of the page: the answer in one sentence, how complete it is, and which advisories it rests on."""

from collections.abc import Sequence

from pip_assay import __version__, policy
from pip_assay.errors import FINDINGS, MALWARE
from pip_assay.model import Audit, Data, Report
from pip_assay.reports.page.content import Numbers, Package
from pip_assay.reports.page.markup import NOTHING, Markup, element, join, many, pairs
from pip_assay.reports.summary import incomplete

NAMED = 3
"""More targets than this are not named in the heading."""


def title(report: Report) -> str:
    """Return what was audited, for the heading and the browser's tab."""
    targets = [audit.inventory.target for audit in report.audits]
    if len(targets) > NAMED:
        return f"Audit of {many(len(targets), 'target')}"
    *others, last = targets or ["nothing"]
    return f"Audit of {', '.join(others)} and {last}" if others else f"Audit of {last}"


def header(report: Report, found: Sequence[Package], number: Numbers) -> Markup:
    """Return the page's head: the answer first, then what it rests on."""
    return element(
        "header",
        element("p", f"pip-assay {__version__}", class_="brand"),
        element("h1", title(report)),
        _targets_in_words(report.audits),
        element("div", *_answer(report, found, number), class_=f"answer {_look(report, number)}"),
        _data(report.data),
    )


def sentence(report: Report, found: Sequence[Package], number: Numbers) -> str:
    """Return the answer. The word "no" is used only for what was looked at."""
    parts = [_found(found, number) if number.findings else _nothing_found(number)]
    if number.failing:
        fail = _verb(number.failing, "fails", "fail")
        parts.append(f"{many(number.failing, 'package')} {fail} for what the index says")
    if number.idle:
        fail = _verb(number.idle, "fails because it silences", "fail because they silence")
        parts.append(f"{many(number.idle, 'ignore')} {fail} nothing")
    if incomplete(report):
        problems = f": {many(number.problems, 'problem')}" if number.problems else ""
        parts.append(f"the audit is incomplete{problems}")
    return "; ".join(parts)


def _found(found: Sequence[Package], number: Numbers) -> str:
    flaws = number.findings - dict(number.words).get("malware", 0)
    holding = sum(any(not flaw.finding.malware for flaw in package.flaws) for package in found)
    known = f"{many(flaws, 'known vulnerability')} in {many(holding, 'package')}" if flaws else ""
    malicious = many(number.malicious, "malicious package") if number.malicious else ""
    bundled = f", {number.inside:,} of them bundled" if number.inside else ""
    return " and ".join(filter(None, (malicious, known))) + bundled


def _nothing_found(number: Numbers) -> str:
    if not number.audited:
        return "Nothing was audited"
    if number.audited < number.packages:
        return f"No known vulnerabilities in the {number.audited:,} of {number.packages:,} packages that were audited"
    return f"No known vulnerabilities in {many(number.packages, 'package')}"


def _look(report: Report, number: Numbers) -> str:
    """Return the colour of the answer: red where the audit fails, green where there is nothing to tell."""
    if policy.exit_code(report) in {FINDINGS, MALWARE}:
        return "bad"
    return "unsure" if number.findings or incomplete(report) or not number.audited else "good"


def _answer(report: Report, found: Sequence[Package], number: Numbers) -> list[Markup]:
    """Return the sentence, and below it how complete it is and what some of the findings are."""
    some = [
        f"{number.warns:,} {_verb(number.warns, 'only warns', 'only warn')}" if number.warns else "",
        f"{number.known:,} {_verb(number.known, 'was', 'were')} known before" if number.known else "",
    ]
    more = f" Of the findings, {' and '.join(filter(None, some))}." if any(some) else ""
    return [
        element("p", f"{sentence(report, found, number)}.", class_="sentence"),
        element("p", _completeness(report, number), more),
    ]


def _completeness(report: Report, number: Numbers) -> Markup:
    audited = (
        f" {number.audited:,} of {many(number.packages, 'package')} {_verb(number.audited, 'was', 'were')} audited"
    )
    if incomplete(report):
        where = element("a", "what could not be looked at", href="#problems")
        told = join(". See ", where, ".") if number.problems else Markup(".")
        return join(element("strong", "INCOMPLETE:"), audited, told)
    if number.audited == number.packages:
        return join(element("strong", "Complete:"), f" every package was audited, {number.packages:,} in all.")
    listed = element("a", "the others are listed with the reason", href="#left")
    return join(element("strong", "Complete:"), audited, "; ", listed, ".")


def _verb(number: int, one: str, several: str) -> str:
    return one if number == 1 else several


def _targets_in_words(audits: Sequence[Audit]) -> Markup:
    """Return what the only target is, and why it was chosen."""
    if len(audits) != 1:
        return NOTHING
    return element("p", kind(audits[0]), class_="muted")


def _data(data: Data) -> Markup:
    """Return which advisories answered, and of when."""
    if data.source == "none":
        return element("p", "No advisories were asked for.", class_="muted")
    return element(
        "div",
        pairs(
            ("Advisories of", _time(data.date) or "a date that the service does not say"),
            ("Only records published by", f"{_time(data.as_of)}, as they read now" if data.as_of else ""),
            ("Source", data.source),
            ("Place", data.where),
            ("Fetched", _time(data.fetched)),
            ("Records", f"{data.records:,}" if data.records else ""),
            ("Known exploited (KEV) as of", _time(data.kev)),
            ("EPSS scores of", _time(data.epss)),
            ("Digest", element("code", data.digest) if data.digest else ""),
        ),
        class_="data",
    )


def _time(text: str) -> str:
    """Return an RFC 3339 time as "2026-11-22 06:15 UTC"; what is none as it is."""
    day, _, time = text.partition("T")
    if len(day) != 10 or time[2:3] != ":":
        return text
    return f"{day} {time[:5]}{' UTC' if time.endswith(('Z', '+00:00')) else time[8:]}"


def kind(audit: Audit) -> str:
    """Return what the target is, and why it was chosen where nobody named one."""
    return ", ".join(filter(None, (audit.inventory.kind, audit.inventory.detail, audit.inventory.because)))
