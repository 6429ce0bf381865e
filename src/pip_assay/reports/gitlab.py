"""GitLab's dependency scanning report, schema 15.2.1.

It knows no ignored finding: one is listed with GitLab's only flag, "likely false positive", and the reason behind it.
Dates are those of the advisories: a report has no clock.
"""

import re
from collections.abc import Iterable

from pip_assay import __version__
from pip_assay.model import OPEN, Report, Verdict
from pip_assay.records import Advisory
from pip_assay.reports import Style
from pip_assay.reports.entries import identity, reason
from pip_assay.reports.listing import (
    LONGEST,
    Item,
    cut,
    idle,
    items,
    links,
    names,
    notes,
    notice_text,
    notices,
    one_line,
    problems,
    remarks,
    story,
    told,
    unlinked,
)
from pip_assay.reports.relative import relative
from pip_assay.reports.summary import incomplete
from pip_assay.reports.text import advisory_address, neutral
from pip_assay.values import Any

NAME = "gitlab"
MANIFEST = True
AUTO = True

VERSION = "15.2.1"
SCHEMA = (
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas"
    f"/-/raw/v{VERSION}/dist/dependency-scanning-report-format.json"
)

NAMESPACE = "6f1d2a0e-6c1b-4d0f-9a53-1c1f0a6f3b5e"
"""Makes a vulnerability's id out of its fingerprint (RFC 9562, UUID version 5)."""

SOLUTION = 7_000
DESCRIPTION = 8_000
ROOM = 80_000_000
"""Characters: of one description, where GitLab takes a million, and of all of them."""

IDENTIFIERS = 20

VECTORS = {"CVSS_V3": r"CVSS:3\.[01](?=.{24,120}$)(?:/[A-Z]{1,3}:[A-Z])+", "CVSS_V2": r"(?=.{16,128}$)(?:/?\w+:\w+)+"}
"""The shapes and lengths of the vectors that GitLab accepts, by OSV's word for the standard, the better one first."""

MESSAGES = 1_000

SEVERITIES = {"critical": "Critical", "high": "High", "medium": "Medium", "low": "Low", "none": "Info"}

Object = dict[str, Any]


def render(report: Report, style: Style) -> str:
    """Return one line of ASCII. Of the style only `descriptions` and `folders` change it."""
    report = relative(report, style.folders)
    moment = _moment(report.data.date or report.data.fetched or report.data.as_of)
    tool = {"id": "pip-assay", "name": "pip-assay", "version": __version__, "vendor": {"name": "pip-assay"}}
    scan = {
        "analyzer": tool,
        "scanner": tool,
        "type": "dependency_scanning",
        "start_time": moment,
        "end_time": moment,
        "status": "failure" if incomplete(report) else "success",
        "messages": _messages(report),
    }
    found = items(report)
    room = min(DESCRIPTION, ROOM // max(1, len(found))) if style.descriptions else 0
    vulnerabilities = (_vulnerability(item, room) for item in found)
    return one_line({"schema": SCHEMA, "version": VERSION, "scan": scan}, "vulnerabilities", vulnerabilities) + "\n"


def _moment(date: str) -> str:
    """Return an RFC 3339 time, or a day, as GitLab writes UTC: "2026-11-22T06:15:00"; 1970 where there is none."""
    from datetime import UTC, datetime

    try:
        read = datetime.fromisoformat(date)
        moment = read.astimezone(UTC) if read.tzinfo else read
    except (ValueError, OverflowError):
        moment = datetime(1970, 1, 1, tzinfo=UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _messages(report: Report) -> list[Object]:
    listed = [told(target, problem) for target, problem in problems(report)]
    listed += [text for text, _ in idle(report)]
    hidden = len(listed) - MESSAGES
    more = [f"{hidden} more problems; -f json holds them all"] if hidden > 0 else []
    said = [notice_text(notice) for audit in report.audits for notice in notices(audit)]
    quiet = [*said, *remarks(report)][:MESSAGES]
    return [
        *({"level": "warn", "value": cut(text, DESCRIPTION)} for text in (*listed[:MESSAGES], *more)),
        *({"level": "info", "value": cut(text, DESCRIPTION)} for text in quiet),
    ]


def _vulnerability(item: Item, room: int) -> Object:
    finding = item.finding
    dependency = finding.dependency
    about: Object = {
        "package": {"name": neutral(identity(dependency).name)},
        "version": neutral(dependency.pin.version),
    }
    if dependency.direct is not None:
        about["direct"] = dependency.direct
    shown: Object = {
        "id": _identity(item.fingerprint),
        "name": cut(item.about, LONGEST),
        "description": unlinked(story(item.finding, room) or cut(item.about, DESCRIPTION)),  # GitLab shows Markdown
        "severity": "Critical" if finding.malware else SEVERITIES.get(finding.severity, "Unknown"),
        "solution": unlinked(cut(item.advice, SOLUTION // 3)),
        "identifiers": [_identifier(name) for name in names(item)[:IDENTIFIERS]],
        "location": {"file": item.place.file, "dependency": about},
        "links": [{"url": address} for address in links(item)],
        "details": _details(item),
    }
    if vectors := _vectors(finding.advisories):
        shown["cvss_vectors"] = vectors
    if item.verdict.status not in OPEN:
        shown["flags"] = [_flag(item.verdict)]
    return shown


def _identity(fingerprint: str) -> str:
    from uuid import UUID, uuid5

    return str(uuid5(UUID(NAMESPACE), fingerprint))


def _identifier(name: str) -> Object:
    """Return an id with the kind that GitLab knows it by: "cve", "ghsa", "pysec"."""
    kind = re.match(r"[A-Za-z]{2,}(?=-)", name, re.ASCII)
    shown = cut(name, LONGEST)
    return {
        "type": kind[0].lower() if kind else "pip_assay",
        "name": shown,
        "value": shown,
        "url": advisory_address(name),
    }


def _details(item: Item) -> Object:
    """Return named fields, which GitLab shows in the order of their names."""
    verdict = item.verdict
    change = f" ({verdict.change})" if verdict.change else ""
    texts = {"status": ("Verdict", neutral(f"{verdict.status.replace('_', ' ')}{change}"))}
    if item.hosts:
        texts["inside"] = ("Bundled inside", ", inside ".join(item.hosts))
    if more := notes(item):
        texts["notes"] = ("Notes", cut("; ".join(more), DESCRIPTION))
    if item.place.line:
        texts["line"] = ("Written at", f"{item.place.file}:{item.place.line}")
    return {key: {"name": name, "type": "text", "value": text} for key, (name, text) in texts.items()}


def _flag(verdict: Verdict) -> Object:
    why = neutral(": ".join(filter(None, (verdict.status.replace("_", " "), reason(verdict)))))
    return {"type": "flagged-as-likely-false-positive", "origin": "pip-assay", "description": cut(why, SOLUTION)}


def _vectors(records: Iterable[Advisory]) -> list[Object]:
    """Return the vectors that GitLab's patterns accept: CVSS 3 before 2, none of 4, each once."""
    found: dict[str, str] = {}
    rated = [(rating, record.id) for record in records for rating in record.ratings if rating.score is not None]
    for kind, shape in VECTORS.items():
        for rating, identifier in rated:
            if rating.kind == kind and re.fullmatch(shape, rating.vector, re.ASCII):
                found.setdefault(rating.vector, neutral(identifier).partition("-")[0] or "unknown")
    return [{"vendor": vendor, "vector": vector} for vector, vendor in [*found.items()][:10]]
