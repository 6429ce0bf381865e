"""The vulnerabilities of a CycloneDX document: what their records say, what was decided, which components have them."""

import json
from collections.abc import Iterable, Iterator

from pip_assay import moments, severity
from pip_assay.model import OPEN, Finding, Verdict
from pip_assay.records import Advisory, Rating
from pip_assay.reports import Style
from pip_assay.reports.bill import Bill, Flaw, stated, story
from pip_assay.reports.entries import details, reason, summary
from pip_assay.reports.listing import links, names
from pip_assay.reports.text import advisory_address, neutral, percent_encoded
from pip_assay.values import Any

Object = dict[str, Any]

JUSTIFICATIONS = {
    "component_not_present": "code_not_present",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
    "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_not_present": "code_not_present",
}
"""The nearest of CycloneDX's words for each of VEX's; the property "justification" has VEX's own."""

VERSION_STATES = {"not_affected": "unaffected", "in_triage": "unknown"}
"""What an analysis makes of the versions that it is about; without one they are affected."""

LONGEST_VERSION = 1024

_METHODS = {"CVSS_V2": "CVSSv2", "CVSS_V3": "CVSSv3", "CVSS_V4": "CVSSv4"}
_SOURCES = {
    "CVE-": ("NVD", "https://nvd.nist.gov/vuln/detail/"),
    "GHSA-": ("GITHUB", "https://github.com/advisories/"),
}
"""Who publishes the ids that begin so, in the words of Dependency-Track; all others are OSV's."""


def vulnerabilities(found: Bill, style: Style) -> Iterator[Object]:
    """Yield one for the id of each finding, or more where the verdicts on it differ; malware first."""
    alike: dict[tuple[str, str], list[Flaw]] = {}
    for flaw in found.flaws:
        decided = json.dumps(_analysis(flaw.item.verdict))
        alike.setdefault((flaw.item.finding.id, decided), []).append(flaw)
    return (_vulnerability(flaws, found, style) for flaws in alike.values())


def properties(pairs: Iterable[tuple[str, str]]) -> list[Object]:
    """Return properties by our names, each once and on one line; an empty one is none."""
    shown = dict.fromkeys((name, neutral(value).strip()) for name, value in pairs)
    return [{"name": f"pip-assay:{name}", "value": value} for name, value in shown if value]


def _vulnerability(flaws: list[Flaw], found: Bill, style: Style) -> Object:
    item = flaws[0].item
    finding, records = item.finding, item.finding.advisories
    identifier = neutral(finding.id).strip() or item.name
    analysis = _analysis(item.verdict)
    made: Object = {
        "id": identifier,
        "source": _source(identifier),
        "references": [{"id": name, "source": _source(name)} for name in sorted(names(item)) if name != identifier],
        "ratings": _ratings(finding),
        "description": neutral(summary(finding)).strip(),
        "detail": story(details(finding)) if style.descriptions else "",
        "recommendation": " ".join(dict.fromkeys(flaw.item.advice for flaw in flaws)),
        "advisories": [{"url": address} for address in links(item)],
        "published": min(_moments(record.published for record in records), default=""),
        "updated": max(_moments(record.modified for record in records), default=""),
        "rejected": _rejected(records),
        "analysis": analysis,
        "affects": [_affected(found.parts[number].ref, flaw, analysis) for flaw in flaws for number in flaw.parts],
        "properties": properties(note for flaw in flaws for note in _notes(flaw.item.verdict)),
    }
    return {key: value for key, value in made.items() if value}


def _source(identifier: str) -> Object:
    for start, (name, address) in _SOURCES.items():
        if identifier.startswith(start):
            return {"name": name, "url": f"{address}{percent_encoded(identifier)}"}
    return {"name": "OSV", "url": advisory_address(identifier)}


def _ratings(finding: Finding) -> list[Object]:
    """Return every vector with who gave it, and the words of those who gave none; else what the finding has."""
    made = []
    for record in finding.advisories:
        made += [_rating(rating, record) for rating in record.ratings]
        if record.word and not record.ratings:
            made.append({"source": _source(record.id), "severity": severity.word(record.word), "method": "other"})
    if made or (finding.score is None and finding.severity == "unknown"):
        return made
    score = {} if finding.score is None else {"score": finding.score}
    return [score | {"severity": finding.severity, "method": "other"}]


def _rating(rating: Rating, record: Advisory) -> Object:
    method = "CVSSv31" if rating.vector.startswith("CVSS:3.1/") else _METHODS.get(rating.kind, "other")
    made: Object = {"source": _source(record.id)}
    if rating.score is not None:
        made |= {"score": rating.score, "severity": severity.band(rating.score)}
    return made | {"method": method, "vector": neutral(rating.vector).strip()}


def _moments(texts: Iterable[str]) -> Iterator[str]:
    return filter(None, map(moments.utc, texts))


def _rejected(records: Iterable[Advisory]) -> str:
    """Return when the last of its records was withdrawn; empty where one still stands."""
    withdrawn = [moments.utc(record.withdrawn) for record in records]
    return max(withdrawn, default="") if all(withdrawn) else ""


def _analysis(verdict: Verdict) -> Object:
    """Return what somebody decided; empty where nobody did. What is ignored in no word of VEX is not settled by it."""
    if verdict.status in OPEN:
        return {}
    if verdict.finding.malware or not (verdict.status == "not_affected" or verdict.justification in JUSTIFICATIONS):
        return {"state": "in_triage", "detail": neutral(reason(verdict)).strip() or verdict.status}
    word = JUSTIFICATIONS.get(verdict.justification)
    return {
        "state": "not_affected",
        **({"justification": word} if word else {}),
        "detail": neutral(verdict.reason).strip() or neutral(verdict.rule).strip() or verdict.status,
        **({"lastUpdated": moment} if (moment := stated(verdict)) else {}),
    }


def _affected(ref: str, flaw: Flaw, analysis: Object) -> Object:
    """Return the component with its version, which alone of all its versions the verdict is about."""
    finding = flaw.item.finding
    version = neutral(finding.dependency.pin.version).strip()[:LONGEST_VERSION]
    status = VERSION_STATES.get(analysis.get("state", ""), "affected" if finding.certainty == "affected" else "unknown")
    return {"ref": ref, "versions": [{"version": version, "status": status}]} if version else {"ref": ref}


def _notes(verdict: Verdict) -> Iterator[tuple[str, str]]:
    finding, signals = verdict.finding, verdict.finding.signals
    yield "status", verdict.status
    yield from (("rule", verdict.rule), ("until", verdict.until), ("owner", verdict.owner), ("change", verdict.change))
    yield "justification", verdict.justification
    yield "malware", "true" if finding.malware else ""
    yield "certainty", "" if finding.certainty == "affected" else f"{finding.certainty}: {finding.because}"
    yield "newest", finding.newest
    yield from (("disagreement", sentence) for sentence in sorted(finding.disagreement))
    if signals.exploited is not None:
        yield "known-exploited", f"since {signals.since}" if signals.since else str(signals.exploited).lower()
        yield "ransomware", "true" if signals.ransomware else ""
    if signals.epss is not None:
        yield "epss", str(signals.epss)
        yield "epss-percentile", "" if signals.percentile is None else str(signals.percentile)
