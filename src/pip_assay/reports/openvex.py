"""OpenVEX 0.2.0, as JSON in ASCII: a statement for each finding. Where nothing is wrong there is none, and no document.

What was not audited has no place in it but the text about the tool.
"""

import json
from collections.abc import Iterable

from pip_assay import __version__, purls
from pip_assay.model import OPEN, Report, Verdict
from pip_assay.reports import Style
from pip_assay.reports.bill import BEGINNING, Bill, Flaw, Part, as_json, bill, spoken, stated, unsaid, uuid
from pip_assay.reports.entries import reason, summary
from pip_assay.reports.listing import names
from pip_assay.reports.summary import incomplete
from pip_assay.reports.text import advisory_address, count, neutral
from pip_assay.values import Any
from pip_assay.vex.statement import JUSTIFICATIONS

NAME = "openvex"
MANIFEST = False
AUTO = True

CONTEXT = "https://openvex.dev/ns/v0.2.0"
NO_FIX = "No fix known: remove it, replace it, or keep what reaches the flaw out of use."

Object = dict[str, Any]


def render(report: Report, style: Style) -> str:
    """Return the document, indented, because people keep it and change it; empty where there is no finding."""
    found = bill(report)
    statements = [_statement(flaw, found) for flaw in found.flaws]
    if not statements:
        return ""
    problems = f"; the audit is incomplete: {count(len(unsaid(report)), 'problem')}" if incomplete(report) else ""
    made: Object = {
        "@context": CONTEXT,
        "@id": "",
        "author": neutral(style.author).strip() or "pip-assay",
        "timestamp": spoken(report, style.now) or BEGINNING,
        "version": 1,
        "tooling": f"pip-assay {__version__}{problems}",
        "statements": _once(statements),
    }
    return as_json(made | {"@id": f"urn:uuid:{uuid([as_json(made)])}"}, indent=2) + "\n"


def _statement(flaw: Flaw, found: Bill) -> Object:
    item = flaw.item
    identifier = neutral(item.finding.id).strip() or item.name
    vulnerability: Object = {
        "@id": advisory_address(identifier),
        "name": identifier,
        "description": neutral(summary(item.finding)).strip(),
        "aliases": [name for name in names(item) if name != identifier],
    }
    moment = stated(item.verdict)
    return {
        "vulnerability": {key: value for key, value in vulnerability.items() if value},
        "products": _once(_product(found.parts[number], found) for number in flaw.parts),
        **_status(flaw),
        **({"timestamp": moment} if moment else {}),
    }


def _product(part: Part, found: Bill) -> Object:
    """Return a release; what another carries is a subcomponent of that, whether or not the target lists it."""
    own = _component(part.purl, part.ref)
    if part.inside is None:
        return own
    carrier = None if part.carrier is None else found.parts[part.carrier]
    whole = _component(carrier.purl, carrier.ref) if carrier else _component(purls.write(purls.of(part.inside)))
    return whole | {"subcomponents": [own]}


def _component(purl: str, ref: str = "") -> Object:
    """Return a release by its package URL; one that has none by a name of ours, of which "|" is none of a URI's."""
    return {"@id": purl, "identifiers": {"purl": purl}} if purl else {"@id": ref.replace("|", "%7C")}


def _once(listed: Iterable[Object]) -> list[Object]:
    """Return each object once: strangers' names may differ in what is not kept (the schema's `uniqueItems`)."""
    return [*{json.dumps(each): each for each in listed}.values()]


def _status(flaw: Flaw) -> Object:
    """Return the status with what it needs beside it: only a reason in a word of VEX, or a VEX statement, settles.

    Of justification and impact_statement one must be there, and not both (OpenVEX 0.2.0).
    """
    verdict = flaw.item.verdict
    finding, why = verdict.finding, neutral(verdict.reason).strip()
    if not finding.malware and (verdict.status == "not_affected" or _justified(verdict)):
        if not _justified(verdict):
            return {"status": "not_affected", "impact_statement": why or neutral(verdict.rule) or "not affected"}
        notes = {"status_notes": why} if why else {}
        return {"status": "not_affected", **notes, "justification": verdict.justification}
    if verdict.status not in OPEN and not finding.malware:
        return {"status": "under_investigation", "status_notes": neutral(reason(verdict)) or verdict.status}
    if finding.certainty != "affected" and not finding.malware:
        return {"status": "under_investigation", "status_notes": neutral(finding.because) or "possibly affected"}
    notes = {"status_notes": neutral(reason(verdict))} if verdict.reason else {}
    action = flaw.item.advice if finding.malware or finding.fixed_in else NO_FIX
    if finding.newest:
        action += f" Known of it: {neutral(finding.newest)}."
    return {"status": "affected", **notes, "action_statement": action}


def _justified(verdict: Verdict) -> bool:
    return verdict.status not in OPEN and verdict.justification in JUSTIFICATIONS
