"""JSON for programs: pip-audit's shapes first, to the key, and after them everything that the report knows.

The whole is described by report-1.schema.json beside this module. Text is as published: JSON escapes it. saved.py makes
a Report of it again, so that every format can be had of a document that was kept.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from pip_assay import __version__, policy
from pip_assay.model import OPEN, Audit, Dependency, Finding, Fix, Notice, Pin, Place, Problem, Report, Upgrade, Verdict
from pip_assay.records import Advisory
from pip_assay.reports import Style
from pip_assay.reports.entries import Entry, as_found, description, in_order, normal_version, problems_of, summary
from pip_assay.reports.long_text import LongText
from pip_assay.reports.summary import counts, incomplete
from pip_assay.reports.text import advisory_address
from pip_assay.values import Any

NAME = "json"
MANIFEST = True
AUTO = True
SCHEMA_VERSION = "1.3"

Object = dict[str, Any]


def render(report: Report, style: Style, *, whole: bool = False) -> str:
    """Return one line of ASCII. Of the style, only `descriptions` and `aliases` change it, as they do pip-audit's.

    `whole` says that it is complete although it names no target.
    """
    made = LongText()
    for key, value in _members(report, style, whole=whole):
        made.add(f"{', ' if made.pieces else '{'}{json.dumps(key)}: ")
        if isinstance(value, Iterator):
            # One by one: what is made of 50,000 findings at once would take half a gigabyte.
            made.add("[")
            for text in _between(map(_text, value)):
                made.add(text)
            made.add("]")
        else:
            made.add(_text(value))
    return made.whole("", "}\n")


def document(report: Report, style: Style) -> Object:
    """Return the report as JSON's own values."""
    members = _members(report, style)
    return {key: list(value) if isinstance(value, Iterator) else value for key, value in members}


def _text(value: object) -> str:
    text = json.dumps(value)
    # A build server obeys "##[" and "##vso[" anywhere in a line (text.harmless_lines); this spells the same string.
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", text) if "##" in text else text


def _between(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number:
            yield ", "
        yield text


def _members(report: Report, style: Style, *, whole: bool = False) -> Iterator[tuple[str, object]]:
    """Yield the members of the document; those that may be many are iterators."""
    audits = report.audits
    numbered = list(enumerate(audits))
    yield "dependencies", (_entry(entry, style) for entry in as_found(report))
    yield "fixes", list(map(fix, report.fixes))
    yield "schema_version", SCHEMA_VERSION
    yield "tool", {"name": "pip-assay", "version": __version__}
    yield "status", "incomplete" if incomplete(report) and not whole else "complete"
    yield "data", report.data._asdict()
    yield "targets", map(_target, audits)
    yield "findings", _findings(audits)
    yield "upgrades", (_of(each) | _upgrade(upgrade) for each in numbered for upgrade in sorted(each[1].upgrades))
    yield "notices", (_of(each) | _notice(notice) for each in numbered for notice in sorted(each[1].notices))
    yield "rules", [rule._asdict() for rule in policy.merged(rule for audit in audits for rule in audit.rules)]
    yield (
        "problems",
        chain(
            (_OF_NONE | _problem(problem) for problem in in_order(report.problems)),
            (_of(each) | _problem(problem) for each in numbered for problem in problems_of(each[1])),
        ),
    )
    yield "left_out", (each._asdict() for each in sorted(report.left_out))
    if report.fixes:
        yield "settled", _findings([each._replace(verdicts=each.settled) for each in audits])


def fix(made: Fix) -> Object:
    """Return a release that was moved, or was not, as pip-audit lists it."""
    if made.why:
        return {"name": made.name, "version": made.old, "skip_reason": made.why}
    return {"name": made.name, "old_version": made.old, "new_version": made.new}


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
        "origins": [origin._asdict() for origin in sorted({each.origin for each in dependencies})],
        "places": _places({dependency.place for dependency in dependencies}),
        "inside": entry.inside._asdict() if entry.inside else None,
        "known_by": sorted({dependency.known_by for dependency in dependencies if dependency.known_by}),
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


_OF_NONE: Object = {"target": "", "target_number": None}


def _of(numbered: tuple[int, Audit]) -> Object:
    """Return which target something is of: by name for people, and by number, because two may have one name."""
    number, audit = numbered
    return {"target": audit.inventory.target, "target_number": number}


def _findings(audits: Iterable[Audit]) -> Iterator[Object]:
    """Yield the findings: malware first, then audit by audit."""
    found: list[tuple[Verdict, Object, Mapping[Dependency, int]]] = []
    for numbered in enumerate(audits):
        audit = numbered[1]
        of = _of(numbered)
        positions = {each: position for position, each in enumerate(_dependencies(audit))} if audit.verdicts else {}
        ordered = sorted(audit.verdicts, key=_by_name)
        found += [(verdict, of, positions) for verdict in ordered]
    found.sort(key=lambda each: not each[0].finding.malware)
    return (of | _finding(verdict, positions) for verdict, of, positions in found)


def _by_name(verdict: Verdict) -> tuple[object, ...]:
    pin, *_ = dependency = verdict.finding.dependency
    return pin, verdict.finding.id, dependency.inside or ()


def _finding(verdict: Verdict, positions: Mapping[Dependency, int]) -> Object:
    finding = verdict.finding
    dependency = _ordered(finding.dependency)
    position = positions.get(dependency)
    return {
        "id": finding.id,
        "aliases": sorted(finding.aliases),
        "link": advisory_address(finding.id),
        "package": dependency.pin._asdict(),
        "status": verdict.status,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "until": verdict.until,
        "owner": verdict.owner,
        "justification": verdict.justification,
        "change": verdict.change,
        "stated": verdict.stated,
        "malware": finding.malware,
        "severity": finding.severity,
        "score": finding.score,
        "signals": finding.signals._asdict(),
        "summary": summary(finding),
        "fixed_in": list(finding.fixed_in),
        "certainty": finding.certainty,
        "because": finding.because,
        "newest": finding.newest,
        "disagreement": sorted(finding.disagreement),
        "groups": list(dependency.groups),
        "direct": dependency.direct,
        "marker": dependency.marker,
        "origin": dependency.origin._asdict(),
        "inside": dependency.inside._asdict() if dependency.inside else None,
        "dependency": _dependency(dependency) if position is None else position,
        "places": _places({dependency.place, *finding.places}),
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
        "upstream": sorted(advisory.upstream),
        "link": advisory_address(advisory.id),
        "summary": advisory.summary,
        "details": advisory.details,
        "severity": advisory.word,
        "informs": advisory.informs,
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
        "groups": list(inventory.groups),
        "counts": {
            "dependencies": number.packages,
            "bundled": number.bundled.listed,
            "audited": number.audited,
            "findings": number.findings,
            "ignored": number.ignored,
            "not_affected": number.not_affected,
            "problems": number.problems,
        },
        "rules": [rule._asdict() for rule in audit.rules],
        "dependencies": [_dependency(each) for each in _dependencies(audit)],
    }


def _dependencies(audit: Audit) -> list[Dependency]:
    return sorted(map(_ordered, audit.inventory.dependencies), key=_key)


def _ordered(dependency: Dependency) -> Dependency:
    groups = dependency.groups
    return dependency._replace(groups=tuple(sorted(groups))) if len(groups) > 1 else dependency


def _key(dependency: Dependency) -> tuple[object, ...]:
    """Return every field, as what can be compared."""
    pin, place, groups, requires, direct, origin, inside, *texts = dependency
    return pin, place, groups, requires, str(direct), origin, inside or (), *texts


def _dependency(dependency: Dependency) -> Object:
    return {
        "package": dependency.pin._asdict(),
        "place": dependency.place._asdict(),
        "groups": list(dependency.groups),
        "requires": list(dependency.requires),
        "direct": dependency.direct,
        "origin": dependency.origin._asdict(),
        "inside": dependency.inside._asdict() if dependency.inside else None,
        "hashes": list(dependency.hashes),
        "marker": dependency.marker,
        "skipped": dependency.skipped,
        "spelling": dependency.spelling,
        "known_by": dependency.known_by,
    }


def _upgrade(upgrade: Upgrade) -> Object:
    return {
        "name": upgrade.name,
        "old": upgrade.old,
        "new": upgrade.new,
        "settles": sorted(upgrade.settles),
        "places": _places(upgrade.places),
    }


def _notice(notice: Notice) -> Object:
    return {
        "package": notice.pin._asdict(),
        "kind": notice.kind,
        "reason": notice.reason,
        "fails": notice.fails,
        "places": _places(notice.places),
    }


def _problem(problem: Problem) -> Object:
    return {
        "gap": problem.gap,
        "subject": problem.subject,
        "what": problem.what,
        "place": problem.place._asdict() if problem.place else None,
        "hint": problem.hint,
    }


def _places(places: Iterable[Place]) -> list[Object]:
    return [place._asdict() for place in sorted(places)]
