"""The steps of a fix, in their order: audit, plan, edit, prove, write."""

import os
import time
from collections.abc import Iterable, Sequence

from pip_assay import flow
from pip_assay.errors import Unreadable
from pip_assay.fix import formats, write
from pip_assay.fix.nouns import Edit, Outcome, Plan, Proof, Target, Wish
from pip_assay.fix.planned import planned
from pip_assay.fix.prove import open_findings, prove
from pip_assay.fix.tools import Tools
from pip_assay.model import OPEN, Audit, Report
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import programs
from pip_assay.values import NamedTuple

SECONDS = 900.0
"""For all that programs do in one fix."""

ENVIRONMENT = "environment"
"""The kind of target whose plan a program carries out, where that of any other is a change of files."""


class Fixed(NamedTuple):
    """The audit that a fix starts from, and what came of each of its targets, in its order."""

    report: Report
    outcomes: tuple[Outcome, ...]


def fix(settings: Settings, outside: Outside, wish: Wish, *, writing: bool) -> Fixed:
    """Return what a fix of every target does; with `writing`, what is proved was written.

    The files of all targets change together, or none does; then the environments, each by itself.
    """
    report = flow.audit(settings, outside)
    fixing = _Fixing(settings, outside, wish)
    outcomes = [fixing.outcome(each) for each in report.audits]
    if writing:
        outcomes = [fixing.applied(each) for each in _written(outcomes)]
    return Fixed(report, tuple(outcomes))


class _Fixing:
    """What all the targets of one fix share."""

    def __init__(self, settings: Settings, outside: Outside, wish: Wish) -> None:
        self._settings = settings
        self._outside = outside
        self._wish = wish
        self._deadline = time.monotonic() + SECONDS

    def outcome(self, audit: Audit) -> Outcome:
        """Return the plan of a target, the edits that carry it out, and their proof; what fails is told in it."""
        plan = Plan(Target(audit.inventory, audit.inventory.kind, ()))
        wanted = open_findings(audit)
        if not wanted:
            return Outcome(plan)
        settings, outside = self._settings, self._outside
        name = audit.inventory.target
        try:
            module = formats.of(audit.inventory.kind, name)
            target = module.read(audit.inventory, settings, outside)
            plan = plan._replace(target=target)
            plan = planned(target, wanted, audit.upgrades, self._wish, settings, outside, _silenced(audit, outside.now))
            plan = plan._replace(notes=(*target.notes, *plan.notes))
            if not plan.changes or not plan.proved:
                return Outcome(plan)
            tools = self._tools(target)
            outside.say(f"writing the plan into a copy of {', '.join(target.files) or name}, and auditing that")
            edits = module.edits(plan, tools)
            proof = prove(plan, edits, audit, settings, outside, tools)
        except Unreadable as error:
            return Outcome(plan, faults=(str(error),))
        return Outcome(plan, edits, proof, faults=(*proof.faults, *_introduced(name, proof)))

    def applied(self, outcome: Outcome) -> Outcome:
        """Return the outcome of an environment with its plan carried out, if it is proved."""
        target = outcome.plan.target
        if not (_is_proved(outcome) and target.kind == ENVIRONMENT):
            return outcome
        self._outside.say(f"installing into {target.inventory.target}")
        try:
            formats.of(target.kind, target.inventory.target).apply(outcome.plan, self._tools(target))
        except Unreadable as error:
            return outcome._replace(faults=(str(error),))
        return outcome._replace(written=True)

    def _tools(self, target: Target) -> Tools:
        """Return what starts programs: none that lies in the current folder, or in what is fixed."""
        environ, wish = self._outside.environ, self._wish
        environ = {**environ, "PATH": programs.search_path(environ, self._outside.folder)}
        folder = os.path.dirname(os.path.abspath(target.files[0])) if target.files else target.inventory.target
        return Tools(
            environ, folder, self._deadline, offline=self._settings.offline, allow_build=wish.allow_build,
            reformat=wish.reformat,
        )  # fmt: skip


def _silenced(audit: Audit, now: float) -> frozenset[str]:
    """Return the ids and aliases of the flaws that a rule silences, also where nobody has them yet."""
    today = time.strftime("%Y-%m-%d", time.gmtime(now))
    holding = (each for each in audit.rules if each.state != "over" and not (each.until and today > each.until))
    findings = (each.finding for each in audit.verdicts if each.status not in OPEN)
    silenced = {name for each in findings for name in (each.id, *each.aliases)}
    return frozenset(silenced | {each.id for each in holding})


def _introduced(target: str, proof: Proof) -> tuple[str, ...]:
    if not proof.introduced:
        return ()
    found = sorted({f"{each.id} in {each.dependency.pin}" for each in proof.introduced})
    return (f"the second audit of {target} finds what was not there before: {', '.join(found)}",)


def _is_proved(outcome: Outcome) -> bool:
    """Return whether there is something to carry out, of which nothing speaks against it."""
    does = bool(outcome.edits) or outcome.plan.target.kind == ENVIRONMENT
    return does and outcome.proof is not None and not outcome.faults


def _written(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes with the files written of all that are proved, or of none; that is a fault of them all."""
    try:
        write.write(_together(each for each in outcomes if _is_proved(each)))
    except Unreadable as error:
        return [each._replace(faults=(str(error),)) if _is_proved(each) else each for each in outcomes]
    return [each._replace(written=_is_proved(each) and bool(each.edits)) for each in outcomes]


def _together(outcomes: Iterable[Outcome]) -> list[Edit]:
    """Return the edits of all targets, each file once.

    Raises:
        Unreadable: two targets change one file in two ways.
    """
    found: dict[str, Edit] = {}
    for outcome in outcomes:
        for each in outcome.edits:
            known = found.setdefault(os.path.abspath(each.path), each)
            if (known.before, known.after) != (each.before, each.after):
                hint = "fix them one after the other; nothing was changed"
                raise Unreadable("would be changed in two ways, for two targets", each.path, hint)
    return list(found.values())
