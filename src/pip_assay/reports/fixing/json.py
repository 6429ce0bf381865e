"""A fix for programs: `fixes` as pip-audit lists them, and for each target the plan, its proof and the difference.

The whole is described by fix-1.schema.json beside this module. Addresses are without the credentials in them, also in
the difference; `-f patch` writes one that is exact.
"""

from collections.abc import Iterable

from pip_assay import __version__
from pip_assay.credentials import all_without_credentials
from pip_assay.model import Finding
from pip_assay.reports import Style
from pip_assay.reports.bill import as_json
from pip_assay.reports.entries import in_order, problems_of
from pip_assay.reports.fixing import Fixing, edits, fixes, patch, reason
from pip_assay.reports.json import fix
from pip_assay.values import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.fix.nouns import Blocked, Change, Outcome, Proof, Relaxation, Target

NAME = "json"
AUTO = True
SCHEMA_VERSION = "1.0"

Object = dict[str, Any]


def render(fixing: Fixing, style: Style) -> str:  # noqa: ARG001 - programs read no style
    """Return one line of ASCII."""
    return f"{as_json(document(fixing))}\n"


def document(fixing: Fixing) -> Object:
    """Return the fix as JSON's own values."""
    left = fixing.left()
    after = fixing.after()
    problems = (*after.problems, *(each for audit in after.audits for each in problems_of(audit)))
    made: Object = {
        "fixes": [fix(each) for each in fixes(fixing)],
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pip-assay", "version": __version__},
        "status": _status(fixing, left),
        "written": any(each.written for each in fixing.outcomes),
        "data": fixing.report.data._asdict(),
        "targets": [_target(fixing, *each) for each in zip(fixing.outcomes, fixing.asked, strict=True)],
        "diff": _difference(fixing),
        "problems": [
            each._asdict() | {"place": each.place._asdict() if each.place else None} for each in in_order(problems)
        ],
    }
    return {key: _clean(value) for key, value in made.items()}


def _status(fixing: Fixing, left: Iterable[Finding]) -> str:
    if not all(map(fixing.is_done, fixing.outcomes)):
        return "failed"
    return "remaining" if left else "settled"


def _target(fixing: Fixing, outcome: "Outcome", asked: tuple[Finding, ...]) -> Object:
    plan, target = outcome.plan, outcome.plan.target
    settled = fixing.settled(outcome)
    return {
        "target": target.inventory.target,
        "kind": target.inventory.kind,
        "files": list(target.files),
        "plan": {
            "changes": list(map(_change, plan.changes)),
            "settled": list(map(_finding, plan.settled)),
            "blocked": list(map(_blocked, plan.blocked)),
            "relaxed": list(map(_relaxation, plan.relaxed)),
            "proved": plan.proved,
            "calls": plan.calls,
            "most": plan.most,
            "notes": list(plan.notes),
            "for": _for(target),
        },
        "proof": _proof(outcome.proof) if outcome.proof else None,
        "remaining": [_finding(each) for each in asked if each not in settled],
        "written": outcome.written,
        "faults": list(outcome.faults),
    }


def _for(target: "Target") -> Object:
    """Return which Python and platform the plan is for; empty for those of this machine."""
    return {"python": target.python, "platform": target.platform, "universal": target.universal}


def _change(change: "Change") -> Object:
    return change._asdict() | {"places": [each._asdict() for each in change.places]}


def _blocked(blocked: "Blocked") -> Object:
    return {
        "name": blocked.name,
        "version": blocked.version,
        "findings": list(map(_finding, blocked.findings)),
        "why": reason(blocked),
        "would": list(map(_relaxation, blocked.would)),
        "parents": list(blocked.parents),
    }


def _relaxation(relaxation: "Relaxation") -> Object:
    return relaxation._asdict() | {"place": relaxation.place._asdict()}


def _proof(proof: "Proof") -> Object:
    return {
        "checks": list(proof.checks),
        "remaining": list(map(_finding, proof.remaining)),
        "introduced": list(map(_finding, proof.introduced)),
        "faults": list(proof.faults),
    }


def _finding(finding: Finding) -> Object:
    return {
        "id": finding.id,
        "aliases": sorted(finding.aliases),
        "package": finding.dependency.pin._asdict(),
        "severity": finding.severity,
        "malware": finding.malware,
    }


def _difference(fixing: Fixing) -> str:
    return patch.content(fixing).decode("utf-8", "backslashreplace") if edits(fixing) else ""


def _clean(value: object) -> object:
    """Return the value with no credentials in any of its texts."""
    if isinstance(value, str):
        return all_without_credentials(value)
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value
