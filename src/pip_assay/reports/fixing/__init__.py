"""What a fix does, or has done, as text: for people, for a pull request, for programs, and for `git apply`.

wording.py   the words that people read of a plan, in any format
terminal.py  a section for each target: what changes, what stays and why, the difference
markdown.py  the description of a pull request
json.py      everything, for programs; described by fix-1.schema.json
patch.py     the difference as git writes it
"""

from collections.abc import Mapping
from itertools import chain, repeat

from pip_assay import policy
from pip_assay.credentials import all_without_credentials
from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, MALWARE, UsageError
from pip_assay.model import OPEN, Audit, Finding, Fix, Report
from pip_assay.reports import Named
from pip_assay.reports.entries import normal, normal_version, problems_of
from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pip_assay.fix.nouns import Blocked, Edit, Outcome
    from pip_assay.reports import Style
else:
    Protocol = object

FORMATS = ("terminal", "json", "markdown", "patch")
"""Every format, by the name of its module in this folder. The first is the default."""


class Fixing(NamedTuple):
    """A fix of all targets, as formats show it.

    report    the audit that it started from; `outcomes` what came of each of its targets, in their order.
    asked     of each target the findings that are to be settled, the worst first.
    writing   whether it was to be written; else it is a plan.
    again     the command that writes it; empty where it was.
    names     of each file that changes its name in a patch, as seen from the top of its repository.
    """

    report: Report
    outcomes: "tuple[Outcome, ...]"
    asked: tuple[tuple[Finding, ...], ...]
    writing: bool = False
    again: str = ""
    names: Mapping[str, str] = {}

    def is_done(self, outcome: "Outcome") -> bool:
        """Return whether the plan is carried out, or would be."""
        is_sound = not outcome.faults and outcome.plan.proved
        return is_sound and (outcome.written or not self.writing or not outcome.plan.changes)

    def settled(self, outcome: "Outcome") -> tuple[Finding, ...]:
        """Return the findings that are gone, or would be: what the second audit still finds is not."""
        if not self.is_done(outcome):
            return ()
        still = {(each.dependency.pin.name, each.id) for each in (outcome.proof.remaining if outcome.proof else ())}
        return tuple(each for each in outcome.plan.settled if (each.dependency.pin.name, each.id) not in still)

    def left(self) -> list[Finding]:
        """Return the findings that are asked to be settled, and stay."""
        gone = [frozenset(self.settled(outcome)) for outcome in self.outcomes]
        return [each for asked, its in zip(self.asked, gone, strict=True) for each in asked if each not in its]

    def after(self) -> Report:
        """Return the report with what could not be seen of what is there after the fix, or would be."""
        audits = zip(self.report.audits, self.outcomes, strict=True)
        return self.report._replace(audits=tuple(self._after(*each) for each in audits))

    def _after(self, audit: Audit, outcome: "Outcome") -> Audit:
        """Return an audit with the problems of the second one, which asks no index for what its releases are like."""
        if not (outcome.proof and outcome.edits and self.is_done(outcome)):
            return audit
        unasked = [each for each in problems_of(audit) if each.gap == "status"]
        inventory = audit.inventory._replace(problems=())
        return audit._replace(inventory=inventory, problems=(*unasked, *outcome.proof.problems))


class Format(Named, Protocol):
    """What a format's module holds."""

    def render(self, fixing: Fixing, style: "Style") -> str:
        """Return the fix as text; bytes that are not UTF-8 are in it as surrogates, in a patch alone."""
        raise NotImplementedError


def load(name: str) -> Format:
    """Return the module of the format, imported only now.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"{name!r} is not a format of a fix", hint=f"choose one of: {', '.join(FORMATS)}")
    chosen: Any = __import__(f"{__name__}.{name}", fromlist=("render",))
    loaded: Format = chosen
    return loaded


def exit_code(fixing: Fixing) -> int:
    """Return the exit code of what is, or would be, after the fix.

    4 malware stays; 3 no fix can be made or written; 1 a finding stays that fails an audit; 3 the audit is incomplete;
    0 nothing is left to settle.
    """
    failing = {each.finding for audit in fixing.report.audits for each in audit.verdicts if each.status == "fails"}
    settled = {each for outcome in fixing.outcomes for each in fixing.settled(outcome)}
    if any(each.malware for each in failing - settled):
        return MALWARE
    if not all(map(fixing.is_done, fixing.outcomes)):
        return INCOMPLETE
    if failing.intersection(fixing.left()):
        return FINDINGS
    return INCOMPLETE if policy.incomplete(fixing.after()) else CLEAN


def fixes(fixing: Fixing) -> tuple[Fix, ...]:
    """Return each release that was moved or went, and then those that were to be and were not, as pip-audit lists them.

    Without a fix that was, or would be, carried out nothing is moved.
    """
    made: dict[Fix, None] = {}
    kept: dict[Fix, None] = {}
    for outcome, asked in zip(fixing.outcomes, fixing.asked, strict=True):
        if fixing.is_done(outcome):
            moved = {(each.name, each.old): each.new for each in outcome.plan.changes if each.old}
            made |= {Fix(name, normal(old), normal(new)): None for (name, old), new in moved.items()}
            kept |= {
                # What stays of a release that was moved is in the one that took its place.
                Fix(each.name, normal(moved.get((each.name, each.version), each.version)), why=reason(each)): None
                for each in outcome.plan.blocked
            }
        else:
            why = "; ".join(outcome.faults or outcome.plan.notes) or "nothing was written"
            pins = sorted({each.dependency.pin for each in asked})
            kept |= {Fix(pin.name, normal_version(pin), why=all_without_credentials(why)): None for pin in pins}
    return (*made, *kept)


def settled(fixing: Fixing, report: Report) -> Report:
    """Return the report of what is there after a fix, with what was done, and what it has settled."""
    gone = (frozenset(fixing.settled(each)) for each in fixing.outcomes)
    before = [
        tuple(verdict for verdict in audit.verdicts if verdict.finding in its)
        for audit, its in zip(fixing.report.audits, gone, strict=True)
    ]
    audits = (audit._replace(settled=its) for audit, its in zip(report.audits, chain(before, repeat(())), strict=False))
    return report._replace(audits=tuple(audits), fixes=fixes(fixing))


def reason(blocked: "Blocked") -> str:
    """Return why findings stay, in one phrase."""
    return all_without_credentials(blocked.why) or "no release that fixes it fits with the others"


def edits(fixing: Fixing) -> "tuple[Edit, ...]":
    """Return the files that change, or would, each once."""
    done = filter(fixing.is_done, fixing.outcomes)
    return tuple(dict.fromkeys(chain.from_iterable(each.edits for each in done)))


def unasked(fixing: Fixing) -> int:
    """Return how many open findings a person did not ask to have settled."""
    found = sum(each.status in OPEN for audit in fixing.report.audits for each in audit.verdicts)
    return found - sum(map(len, fixing.asked))
