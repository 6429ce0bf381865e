"""JSON for programs: pip-audit's shapes first, to the key, and after them everything that the report knows.

The whole is described by report-1.schema.json beside this module. Text is as published: JSON escapes it.
"""

import json
import re

from pip_assay import __version__
from pip_assay.model import (
    OPEN,
    Advisory,
    Audit,
    Data,
    Dependency,
    Finding,
    Notice,
    Pin,
    Place,
    Problem,
    Report,
    Upgrade,
    Verdict,
)
from pip_assay.reports import Style
from pip_assay.reports.entries import Entry, description, entries, in_order, normal_version, problems_of, summary
from pip_assay.reports.summary import counts, incomplete
from pip_assay.reports.text import advisory_address
from pip_assay.values import Any

NAME = "json"
MANIFEST = True
AUTO = True
SCHEMA_VERSION = "1.2"

Object = dict[str, Any]


def render(report: Report, style: Style, *, whole: bool = False) -> str:
    """Return one line of ASCII. Of the style, only `descriptions` and `aliases` change it, as they do pip-audit's.

    `whole` says that it is complete although it names no target.
    """
    found = document(report, style)
    text = json.dumps(found | {"status": "complete"} if whole else found)
    # A build server obeys "##[" and "##vso[" anywhere in a line (text.harmless_lines); this spells the same string.
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", text) + "\n"


def document(report: Report, style: Style) -> Object:
    """Return the report as JSON's own values."""
    audits = report.audits
    problems = [("", problem) for problem in in_order(report.problems)]
    problems += [(audit.inventory.target, problem) for audit in audits for problem in problems_of(audit)]
    return {
        "dependencies": [_entry(entry, style) for entry in entries(audits)],
        "fixes": [],
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pip-assay", "version": __version__},
        "status": "incomplete" if incomplete(report) else "complete",
        "data": _data(report.data),
        "targets": [_target(audit) for audit in audits],
        "findings": [_finding(audit, verdict) for audit in audits for verdict in _in_order(audit.verdicts)],
        "upgrades": [_upgrade(audit, upgrade) for audit in audits for upgrade in sorted(audit.upgrades)],
        "notices": [_notice(audit, notice) for audit in audits for notice in sorted(audit.notices)],
        "problems": [_problem(target, problem) for target, problem in problems],
        "left_out": [each._asdict() for each in sorted(report.left_out)],
    }


def _entry(entry: Entry, style: Style) -> Object:
    """Return what pip-audit calls a dependency; one that was not audited and has no finding is "skipped" there."""
    reported = [verdict.finding for verdict in entry.verdicts if verdict.status in OPEN]
    shown: Object = {"name": entry.pin.name}
    if entry.skip and not reported:
        shown["skip_reason"] = entry.skip
    else:
        shown["version"] = normal_version(entry.pin)
        shown["vulns"] = [_vulnerability(finding, style) for finding in reported]
    dependencies = [dependency for _, dependency in entry.dependencies]
    return shown | {
        "ecosystem": entry.pin.ecosystem,
        "written_version": entry.pin.version,
        "audited": not entry.skip,
        "targets": sorted({target for target, _ in entry.dependencies}),
        "groups": sorted({group for dependency in dependencies for group in dependency.groups}),
        "direct": _direct(dependencies),
        "origins": [_origin(kind, location) for kind, location in sorted({each.origin for each in dependencies})],
        "places": [_place(place) for place in sorted({dependency.place for dependency in dependencies})],
    }


def _direct(dependencies: list[Dependency]) -> bool | None:
    known = [dependency.direct for dependency in dependencies if dependency.direct is not None]
    return any(known) if known else None


def _vulnerability(finding: Finding, style: Style) -> Object:
    shown: Object = {"id": finding.id, "fix_versions": _fixes(finding)}
    if style.aliases:
        shown["aliases"] = sorted(finding.aliases)
    if style.descriptions:
        shown["description"] = description(finding).replace("\n", " ")
    return shown


def _fixes(finding: Finding) -> list[str]:
    pin = finding.dependency.pin
    return [normal_version(pin._replace(version=text)) for text in finding.fixed_in]


def _in_order(verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    return sorted(verdicts, key=lambda verdict: (verdict.finding.dependency.pin, verdict.finding.id))


def _finding(audit: Audit, verdict: Verdict) -> Object:
    finding = verdict.finding
    dependency = finding.dependency
    return {
        "target": audit.inventory.target,
        "id": finding.id,
        "aliases": sorted(finding.aliases),
        "link": advisory_address(finding.id),
        "package": _pin(dependency.pin),
        "status": verdict.status,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "until": verdict.until,
        "owner": verdict.owner,
        "justification": verdict.justification,
        "change": verdict.change,
        "malware": finding.malware,
        "severity": finding.severity,
        "score": finding.score,
        "signals": finding.signals._asdict(),
        "summary": summary(finding),
        "fixed_in": list(finding.fixed_in),
        "certainty": finding.certainty,
        "because": finding.because,
        "disagreement": sorted(finding.disagreement),
        "groups": sorted(dependency.groups),
        "direct": dependency.direct,
        "marker": dependency.marker,
        "origin": _origin(*dependency.origin),
        "inside": _pin(dependency.inside) if dependency.inside else None,
        "places": [_place(place) for place in sorted({dependency.place, *finding.places})],
        "paths": [list(path) for path in finding.paths],
        "advisories": [_advisory(advisory, dependency.pin) for advisory in finding.advisories],
    }


def _advisory(advisory: Advisory, pin: Pin) -> Object:
    """Return one record, with what it alone claims of the project: where the records disagree, this shows how."""
    entries_of = [each for each in advisory.affected if (each.ecosystem, each.name) == (pin.ecosystem, pin.name)]
    events = [event for each in entries_of for span in each.ranges if span.kind != "GIT" for event in span.events]
    return {
        "id": advisory.id,
        "aliases": sorted(advisory.aliases),
        "link": advisory_address(advisory.id),
        "summary": advisory.summary,
        "details": advisory.details,
        "severity": advisory.word,
        "ratings": [rating._asdict() for rating in advisory.ratings],
        "events": [{event.bound: event.version} for event in events],
        "references": [{"type": kind, "url": url} for kind, url in advisory.references],
        "published": advisory.published,
        "modified": advisory.modified,
        "withdrawn": advisory.withdrawn,
    }


def _target(audit: Audit) -> Object:
    inventory, number = audit.inventory, counts([audit])
    return {
        "target": inventory.target,
        "kind": inventory.kind,
        "detail": inventory.detail,
        "because": inventory.because,
        "counts": {
            "dependencies": number.packages,
            "audited": number.audited,
            "findings": number.findings,
            "ignored": number.ignored,
            "problems": number.problems,
        },
    }


def _data(data: Data) -> Object:
    return data._asdict()


def _upgrade(audit: Audit, upgrade: Upgrade) -> Object:
    return {
        "target": audit.inventory.target,
        "name": upgrade.name,
        "old": upgrade.old,
        "new": upgrade.new,
        "settles": sorted(upgrade.settles),
        "places": [_place(place) for place in sorted(upgrade.places)],
    }


def _notice(audit: Audit, notice: Notice) -> Object:
    return {
        "target": audit.inventory.target,
        "package": _pin(notice.pin),
        "kind": notice.kind,
        "reason": notice.reason,
        "fails": notice.fails,
        "places": [_place(place) for place in sorted(notice.places)],
    }


def _problem(target: str, problem: Problem) -> Object:
    return {
        "target": target,
        "gap": problem.gap,
        "subject": problem.subject,
        "what": problem.what,
        "place": _place(problem.place) if problem.place else None,
        "hint": problem.hint,
    }


def _pin(pin: Pin) -> Object:
    return pin._asdict()


def _place(place: Place) -> Object:
    return place._asdict()


def _origin(kind: str, location: str) -> Object:
    return {"kind": kind, "location": location}
