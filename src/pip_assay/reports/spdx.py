"""SPDX 2.3 as JSON, on one line of ASCII: packages, what contains and needs what, and a reference for each finding."""

import re

from pip_assay import __version__
from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.bill import (
    BEGINNING,
    Bill,
    Flaw,
    Part,
    as_json,
    bill,
    free,
    hashes,
    said,
    source,
    time,
    unsaid,
    uuid,
)
from pip_assay.reports.entries import reason
from pip_assay.reports.listing import names
from pip_assay.reports.summary import incomplete
from pip_assay.reports.text import advisory_address, neutral
from pip_assay.values import Any

NAME = "spdx"
MANIFEST = True
AUTO = True

DOCUMENT = "SPDXRef-DOCUMENT"
UNKNOWN = "NOASSERTION"

Object = dict[str, Any]


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has a style
    """Return the document; nothing of the style changes it."""
    found = bill(report)
    taken = {DOCUMENT: 1}
    targets = [_id("Target", target.name, taken) for target in found.targets]
    parts = [_id("Package", f"{part.pin.name}-{part.pin.version}".rstrip("-"), taken) for part in found.parts]
    made: Object = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": ", ".join(_name(target.name) for target in found.targets) or "nothing",
        "documentNamespace": "",
        "creationInfo": {"created": time(report) or BEGINNING, "creators": [f"Tool: pip-assay-{__version__}"]},
        "comment": "\n".join(_comment(report)),
        "packages": [
            *(_target(target.name, identifier) for target, identifier in zip(found.targets, targets, strict=True)),
            *_packages(found, parts),
        ],
        "relationships": _relationships(found, targets, parts),
    }
    namespace = f"https://spdx.org/spdxdocs/pip-assay-{uuid([as_json(made)])}"
    return as_json(made | {"documentNamespace": namespace}) + "\n"


def _id(kind: str, text: str, taken: dict[str, int]) -> str:
    """Return an id that no other element has: letters, digits, "." and "-" alone (SPDX 2.3, 7.2)."""
    return free(re.sub(r"[^A-Za-z0-9.-]+", "-", f"SPDXRef-{kind}-{text}"), taken, "-")


def _name(text: str) -> str:
    return neutral(text).strip() or "unnamed"


def _comment(report: Report) -> list[str]:
    return [
        f"status: {'incomplete' if incomplete(report) else 'complete'}",
        neutral(f"data: {source(report)} {report.data.date}").strip(),
        *(f"problem: {text}" for text in unsaid(report)),
        *(f"note: {text}" for text in said(report)),
    ]


def _target(name: str, identifier: str) -> Object:
    return {"name": _name(name), "SPDXID": identifier, "primaryPackagePurpose": "APPLICATION"} | _unknown()


def _unknown() -> Object:
    """Return what every package must say, or is expected to, and an audit does not look at."""
    return {"downloadLocation": UNKNOWN, "filesAnalyzed": False, "supplier": UNKNOWN}


def _packages(found: Bill, identifiers: list[str]) -> list[Object]:
    flaws: dict[int, list[Flaw]] = {}
    for flaw in found.flaws:
        for number in flaw.parts:
            flaws.setdefault(number, []).append(flaw)
    return [
        _package(part, identifier, flaws.get(number, []))
        for number, (part, identifier) in enumerate(zip(found.parts, identifiers, strict=True))
    ]


def _package(part: Part, identifier: str, flaws: list[Flaw]) -> Object:
    purl = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.purl}
    made: Object = {
        "name": _name(part.pin.name),
        "SPDXID": identifier,
        "versionInfo": neutral(part.pin.version).strip(),
        "primaryPackagePurpose": "LIBRARY",
        **_unknown(),
        "checksums": [
            {"algorithm": name.replace("SHA-", "SHA"), "checksumValue": digits} for name, digits in hashes(part)
        ],
        "externalRefs": [purl] * bool(part.purl) + [_reference(flaw) for flaw in flaws],
        "comment": "\n".join(dict.fromkeys(_notes(part))),
    }
    return {key: value for key, value in made.items() if value not in ("", [])}


def _notes(part: Part) -> list[str]:
    groups = sorted({group for each in part.dependencies for group in each.groups})
    said = [f"groups: {', '.join(groups)}"] * bool(groups)
    said += [f"written at {each.place}" for each in part.dependencies]
    said += [f"inside {part.inside}"] * bool(part.inside and part.carrier is None)
    said += [f"known by: {each.known_by}" for each in part.dependencies if each.known_by]
    said += [f"not audited: {part.skip}"] * bool(part.skip)
    return [neutral(text) for text in said]


def _reference(flaw: Flaw) -> Object:
    """Return a finding as the reference to its advisory; what is known of it has no other place than the comment."""
    item = flaw.item
    finding, verdict = item.finding, item.verdict
    others = [name for name in names(item) if name != neutral(finding.id).strip()]
    decided = ": ".join(filter(None, (verdict.status, reason(verdict))))
    told = (
        neutral(finding.id) + (f" ({', '.join(others)})" if others else ""),
        item.measure,
        item.about,
        item.advice,
        *([neutral(finding.newest)] if finding.newest else []),
        neutral(decided),
    )
    return {
        "referenceCategory": "SECURITY",
        "referenceType": "advisory",
        "referenceLocator": advisory_address(finding.id),
        "comment": "; ".join(told),
    }


def _relationships(found: Bill, targets: list[str], parts: list[str]) -> list[Object]:
    said = [(DOCUMENT, "DESCRIBES", target) for target in targets or ["NONE"]]
    for target, identifier in zip(found.targets, targets, strict=True):
        said += [(identifier, "DEPENDS_ON", parts[number]) for number in target.asked]
    for number, needs in found.needs.items():
        said += [(parts[number], "DEPENDS_ON", parts[each]) for each in needs]
    for number, part in enumerate(found.parts):
        if part.carrier is not None:
            said.append((parts[part.carrier], "CONTAINS", parts[number]))
    return [
        {"spdxElementId": element, "relationshipType": word, "relatedSpdxElement": related}
        for element, word, related in said
    ]
