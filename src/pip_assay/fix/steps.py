"""The steps of a fix, in their order: audit, plan, edit, prove, write."""

import os
import time
from collections.abc import Collection, Iterable, Sequence

from pip_assay import flow
from pip_assay.errors import Unreadable, UsageError
from pip_assay.fix import formats, layers, write
from pip_assay.fix.nouns import Edit, Outcome, Plan, Proof, Target, Wish
from pip_assay.fix.planning import left
from pip_assay.fix.planning.carried import carried
from pip_assay.fix.planning.planned import planned
from pip_assay.fix.prove import again, open_findings, prove
from pip_assay.fix.tools import Tools
from pip_assay.model import Audit, Place, Report
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


def fix(settings: Settings, outside: Outside, wish: Wish, *, writing: bool, reserved: Collection[str] = ()) -> Fixed:
    """Return what a fix of every target does; with `writing`, what is proved was written.

    The files of all targets change together, or none does; then the environments, each by itself.

    Raises:
        UsageError: a file of a target is one of those that are `reserved` for reports.
    """
    report = flow.audit(settings, outside)
    spare(report.audits, reserved)
    fixing = _Fixing(settings, outside, wish, reserved)
    outcomes = _agreed(fixing.outcomes(report.audits))
    if writing:
        outcomes = fixing.all_applied(_written(outcomes))
    return Fixed(report, tuple(outcomes))


def spare(audits: Iterable[Audit], reserved: Collection[str]) -> None:
    """Refuse to go on where a file that was audited is one of those that are reserved for reports.

    Raises:
        UsageError: it is.
    """
    if reserved:
        places = (place.file for each in audits for place in _places(each))
        _spare((*(each.inventory.target for each in audits), *places), reserved)


def _places(audit: Audit) -> Iterable[Place]:
    yield from (each.place for each in audit.inventory.dependencies)
    yield from (each.place for each in (*audit.inventory.problems, *audit.problems) if each.place)


def _spare(paths: Iterable[str], reserved: Collection[str]) -> None:
    places = {os.path.realpath(each): each for each in reserved}
    for path in dict.fromkeys(paths):
        if taken := places.get(os.path.realpath(path)):
            raise UsageError("is what is fixed, and would be overwritten", taken, "name another file for the report")


class _Fixing:
    """What all the targets of one fix share."""

    def __init__(self, settings: Settings, outside: Outside, wish: Wish, reserved: Collection[str]) -> None:
        self._settings = settings
        self._outside = outside
        self._wish = wish
        self._reserved = reserved
        self._deadline = time.monotonic() + SECONDS

    def outcomes(self, audits: Sequence[Audit]) -> list[Outcome]:
        """Return the outcome of each target; what others build on is planned before them."""
        targets = self._layered(audits)
        above = layers.above(targets)
        done: dict[int, Outcome] = {}
        for number in sorted(range(len(audits)), key=lambda each: len(above[each])):
            target = targets[number]
            if target and number in above[number]:
                done[number] = layers.in_a_circle(target)
            else:
                built_on = [done[each] for each in sorted(above[number]) if _is_proved(done[each])]
                done[number] = self.explained(audits[number], target, built_on)
        return layers.together_or_not([done[each] for each in range(len(audits))], above)

    def _layered(self, audits: Sequence[Audit]) -> list[Target | None]:
        """Return the targets that may build on each other: requirements files, where there are several."""
        listed = [each for each in audits if each.inventory.kind == layers.KIND]
        if len(listed) < 2 or not any(map(open_findings, audits)):
            return [None] * len(audits)
        return [self._read(each) if each in listed else None for each in audits]

    def _read(self, audit: Audit) -> Target | None:
        """Return what a target holds; None where it cannot be fixed, which is told where it is to be."""
        try:
            module = formats.of(audit.inventory.kind, audit.inventory.target)
            target: Target = module.read(audit.inventory, self._settings, self._outside)
        except Unreadable:
            return None
        return target._replace(seen=write.digests(target.files))

    def explained(self, audit: Audit, target: Target | None = None, built_on: Sequence[Outcome] = ()) -> Outcome:
        """Return the outcome of a target, with a reason for everything that stays.

        It is planned as if what it builds on, all of which is proved, was written.
        """
        outcome = self._following(audit, target, built_on) if target and built_on else self.outcome(audit)
        return left.explained(outcome, left.asked(audit, self._wish), audit.upgrades)

    def _following(self, audit: Audit, target: Target, built_on: Sequence[Outcome]) -> Outcome:
        with layers.as_if_written(edit for each in built_on for edit in each.edits):
            now = again(target, self._settings, self._outside)
            outcome = self.outcome(now, built_on)
        known = outcome.plan.target._replace(inventory=audit.inventory, seen=target.seen)
        return layers.since(audit, now, outcome._replace(plan=outcome.plan._replace(target=known)), built_on)

    def outcome(self, audit: Audit, built_on: Sequence[Outcome] = ()) -> Outcome:
        """Return the plan of a target, the edits that carry it out, and their proof; what fails is told in it."""
        plan = Plan(Target(audit.inventory, audit.inventory.kind, ()))
        wanted = open_findings(audit)
        inside = carried(audit) if audit.inventory.kind in formats.FORMATS else ()
        if not (wanted or inside or built_on):
            return Outcome(plan)
        settings, outside = self._settings, self._outside
        name = audit.inventory.target
        try:
            module = formats.of(audit.inventory.kind, name)
            target = module.read(audit.inventory, settings, outside)
            _spare(target.files, self._reserved)
            target = target._replace(seen=write.digests(target.files), ahead=layers.ahead(target, built_on))
            plan = plan._replace(target=target)
            inside = (*inside, *layers.following(target, self._wish))
            made = planned(target, wanted, audit.upgrades, self._wish, settings, outside, inside)
            plan = layers.kept_up(made, built_on)
            plan = plan._replace(notes=(*target.notes, *plan.notes))
            if not plan.proved or not (plan.changes or built_on):
                return Outcome(plan)
            tools = self._tools(target)
            write.unchanged(target.seen)
            outside.say(_proving(target))
            edits = module.edits(plan, tools)
            write.unchanged(target.seen)
            plan, proof = prove(plan, edits, audit, settings, outside, tools)
            faults = (*proof.faults, *_introduced(name, proof), *layers.misfits(plan, edits, built_on, tools))
        except Unreadable as error:
            return Outcome(plan, faults=(str(error),))
        return Outcome(plan, edits, proof, faults=faults)

    def all_applied(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """Return the outcomes with those of environments carried out, one after the other.

        Raises:
            KeyboardInterrupt: it was stopped; its notes tell what was done.
        """
        done = list(outcomes)
        try:
            for number, each in enumerate(done):
                done[number] = self.applied(each)
        except KeyboardInterrupt as stopped:
            for each in (each for each in done if each.written):
                for name in [edit.path for edit in each.edits] or [each.plan.target.inventory.target]:
                    stopped.add_note(f"{name}: was written")
            raise
        return done

    def applied(self, outcome: Outcome) -> Outcome:
        """Return the outcome of an environment with its plan carried out, if it is proved."""
        target = outcome.plan.target
        if not (_is_proved(outcome) and target.kind == ENVIRONMENT):
            return outcome
        self._outside.say(f"installing into {target.inventory.target}")
        try:
            module = formats.of(target.kind, target.inventory.target)
            module.apply(outcome.plan, self._tools(target), self._outside.say)
        except Unreadable as error:
            return outcome._replace(faults=(str(error),), tried=True)
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


def _proving(target: Target) -> str:
    """Return what is done once there is a plan; nothing is copied of what has no files, as an environment."""
    if not target.files:
        return f"trying the plan for {target.inventory.target}, and auditing what would be there"
    return f"writing the plan into a copy of {', '.join(target.files)}, and auditing that"


def _introduced(target: str, proof: Proof) -> tuple[str, ...]:
    if not proof.introduced:
        return ()
    found = sorted({f"{each.id} in {each.dependency.pin}" for each in proof.introduced})
    return (f"the second audit of {target} finds what was not there before: {', '.join(found)}",)


def _is_proved(outcome: Outcome) -> bool:
    """Return whether there is something to carry out, of which nothing speaks against it."""
    does = bool(outcome.edits) or outcome.plan.target.kind == ENVIRONMENT
    return does and outcome.proof is not None and not outcome.faults


def _agreed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes; where they cannot all be written, that is a fault of all that change, of a plan as well."""
    try:
        write.check(_together(outcomes), _seen(outcomes))
    except Unreadable as error:
        return _failed(outcomes, error)
    return list(outcomes)


def _written(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes with the files written of all that are proved, or of none; that is a fault of them all."""
    try:
        write.write(_together(outcomes), _seen(outcomes))
    except Unreadable as error:
        return _failed(outcomes, error)
    return [each._replace(written=_is_proved(each) and bool(each.edits)) for each in outcomes]


def _seen(outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    """Return all files that a plan which is proved was made of, and the digests of what they held then."""
    return [each for outcome in filter(_is_proved, outcomes) for each in outcome.plan.target.seen]


def _failed(outcomes: Iterable[Outcome], error: Unreadable) -> list[Outcome]:
    """Return the outcomes with what keeps the proved ones from being written: all files change together, or none."""
    return [each._replace(faults=(str(error),)) if _is_proved(each) else each for each in outcomes]


def _together(outcomes: Iterable[Outcome]) -> list[Edit]:
    """Return the edits of all targets that are proved, each file once.

    Raises:
        Unreadable: two targets change one file in two ways.
    """
    found: dict[str, Edit] = {}
    for outcome in filter(_is_proved, outcomes):
        for each in outcome.edits:
            known = found.setdefault(os.path.abspath(each.path), each)
            if (known.before, known.after) != (each.before, each.after):
                hint = "fix them one after the other; nothing was changed"
                raise Unreadable("would be changed in two ways, for two targets", each.path, hint)
    return list(found.values())
