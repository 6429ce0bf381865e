"""Targets of one run that build on each other: what one holds is a source, or a constraint, of another.

They are planned in that order. The later one is read, audited and tried as if the earlier one's files were written.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from packaging.requirements import InvalidRequirement, Requirement

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix import copies, formats
from pip_assay.fix.nouns import Blocked, Change, Edit, Outcome, Plan, Root, Target, Wish
from pip_assay.fix.planning import lines
from pip_assay.fix.planning.carried import Carried
from pip_assay.fix.planning.choosing import identifiers
from pip_assay.fix.prove import changed, open_findings
from pip_assay.fix.tools import Tools
from pip_assay.model import PYPI, Audit, Dependency, Finding, Inventory, Pin

KIND = "requirements"
"""The kind of target that may build on another one."""

NOTHING_CHANGED = "nothing was changed"

FOLLOWS = "pip-assay-follows"
"""In place of a flaw's id, for a release that has to follow another file: it is planned as a flaw is."""


def above(targets: Sequence[Target | None]) -> list[frozenset[int]]:
    """Return for each target the numbers of those that it builds on, also through others; itself where in a circle."""
    tops = [frozenset(map(os.path.realpath, _tops(each))) for each in targets]
    every = [frozenset(map(os.path.realpath, each.files if each else ())) for each in targets]
    found = [
        frozenset(other for other, its in enumerate(tops) if its != tops[number] and its & every[number])
        for number in range(len(targets))
    ]
    for _ in targets:
        found = [each.union(*(found[other] for other in each)) for each in found]
    return found


def _tops(target: Target | None) -> Sequence[str]:
    return (target.named or (target.inventory.target,)) if target else ()


@contextmanager
def as_if_written(edits: Iterable[Edit]) -> Iterator[None]:
    """Have the edited files read as they are to be."""
    files.AS_IF.update({os.path.abspath(each.path): each.after for each in edits})
    try:
        yield
    finally:
        files.AS_IF.clear()


def ahead(target: Target, built_on: Iterable[Outcome]) -> tuple[Root, ...]:
    """Return what edited files demand of a target that holds another release.

    A project of several releases, each under its marker, is left to the solver.
    """
    edited = {os.path.abspath(edit.path) for each in built_on for edit in each.edits}
    held = {each.name: each.version for each in target.held if each.name not in lines.forked(target)}
    found: dict[str, list[Root]] = {}
    for root in (*target.limits, *target.roots):
        name = lines.named(root.text)
        if os.path.abspath(root.place.file) in edited and _pinned(root) and name in held:
            found.setdefault(name, []).append(root)
    single = {name: its for name, its in found.items() if len({_pinned(each) for each in its}) == 1}
    return tuple(
        each for name, its in single.items() for each in its
        if lines.order(_pinned(each)) != lines.order(held[name])
    )  # fmt: skip


def _demanded(target: Target) -> dict[str, str]:
    return {lines.named(each.text): _pinned(each) for each in target.ahead}


def _pinned(root: Root) -> str:
    try:
        clauses = list(Requirement(root.text).specifier)
    except InvalidRequirement:
        return ""
    is_pin = len(clauses) == 1 and clauses[0].operator == "==" and not clauses[0].version.endswith(".*")
    return clauses[0].version if is_pin else ""


def following(target: Target, wish: Wish) -> tuple[Carried, ...]:
    """Return what has to follow as findings that the demanded releases are free of: asked for, whatever is wished."""
    demanded = _demanded(target)
    found = []
    for each in target.held:
        if (new := demanded.get(each.name)) and lines.order(new) > lines.order(each.version):
            held = Dependency(Pin(PYPI, each.name, each.version), each.place)
            finding = Finding(FOLLOWS, wish.only, held, (), "critical")
            found.append(Carried(finding, finding, new))
    return tuple(found)


def kept_up(plan: Plan, built_on: Sequence[Outcome]) -> Plan:
    """Return the plan without what stands for a flaw in it.

    Raises:
        Unreadable: something does not follow, and why.
    """
    if not built_on:
        return plan
    target, demanded = plan.target, _demanded(plan.target)
    has = {each.pin.name: each.pin.version for each in changed(plan).dependencies if each.pin.name in demanded}
    for name, new in sorted(demanded.items()):
        if name in has and lines.order(has[name]) != lines.order(new):
            stays = [each.why for each in plan.blocked if each.name == name and _stands(each.findings)]
            what = f"{name} {has[name]} does not follow to {new}" + "".join(f": {each}" for each in stays[:1])
            raise Unreadable(what, target.inventory.target, f"fix them as one: {_as_one(target, built_on)}")
    names = ", ".join(each.plan.target.inventory.target for each in built_on)
    changes = (each._replace(settles=tuple(one for one in each.settles if one != FOLLOWS)) for each in plan.changes)
    blocked = (each._replace(findings=_real(each.findings)) for each in plan.blocked)
    return plan._replace(
        changes=tuple(changes),
        settled=_real(plan.settled),
        blocked=tuple(each for each in blocked if each.findings),
        notes=(f"it builds on {names}, and is planned as if that was written", *plan.notes),
    )


def _stands(found: Iterable[Finding]) -> bool:
    return any(each.id == FOLLOWS for each in found)


def _real(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(each for each in found if each.id != FOLLOWS)


def _as_one(target: Target, built_on: Iterable[Outcome]) -> str:
    import shlex

    paths = dict.fromkeys(path for each in (*(one.plan.target for one in built_on), target) for path in _tops(each))
    return " ".join(f"-r {shlex.quote(each)}" for each in paths)


def misfits(plan: Plan, edits: Sequence[Edit], built_on: Sequence[Outcome], tools: Tools) -> tuple[str, ...]:
    """Return what is wrong with the edited files of a target and those that it builds on, installed as one.

    Raises:
        Unreadable: no copy of the files can be made.
    """
    if not built_on:
        return ()
    every = [*(each.plan.target for each in built_on), plan.target]
    named = tuple(dict.fromkeys(path for each in every for path in _tops(each)))
    paths = tuple(dict.fromkeys(path for each in every for path in each.files))
    union = plan.target._replace(named=named, files=paths)
    with copies.made(paths, edits) as (folder, _):
        _, faults = formats.of(KIND, named[0]).check(plan._replace(target=union), folder, tools)
    return tuple(f"{' and '.join(named)} do not fit together: {each}" for each in faults)


def in_a_circle(target: Target) -> Outcome:
    """Return the outcome of a target that builds on itself."""
    hint = f"name one of them alone; {NOTHING_CHANGED}"
    told = f"{target.inventory.target}: builds on files that build on it, so that none of them can be first; {hint}"
    return Outcome(Plan(target), faults=(told,))


def together_or_not(outcomes: Sequence[Outcome], above: Sequence[frozenset[int]]) -> list[Outcome]:
    """Return the outcomes; where one cannot change as what it builds on does, nothing of those changes."""
    found = list(outcomes)
    for number, each in enumerate(outcomes):
        if each.faults and number not in above[number] and any(outcomes[one].edits for one in above[number]):
            for other, its in enumerate(above):
                if other in above[number] or its & above[number]:
                    found[other] = _with_fault(found[other], each)
    return found


def _with_fault(outcome: Outcome, failed: Outcome) -> Outcome:
    if outcome.faults or not outcome.edits:
        return outcome
    name, target = failed.plan.target.inventory.target, outcome.plan.target.inventory.target
    told = f"{target}: stays as it is, because {name} cannot change with it ({failed.faults[0]})"
    return outcome._replace(faults=(told,))


def since(before: Audit, now: Audit, outcome: Outcome, built_on: Iterable[Outcome] = ()) -> Outcome:
    """Return the outcome of a target that was planned as it is `now`, as one of what it was `before`.

    What the files that it builds on, and includes, have changed and settled for it counts as its own.
    """
    if now.inventory.dependencies == before.inventory.dependencies:
        return outcome
    plan = outcome.plan
    known = {(each.dependency.pin.name, each.id): each for each in open_findings(before)}
    left = {(each.dependency.pin.name, each.id) for each in open_findings(now)}
    gone = [each for key, each in known.items() if key not in left]

    def of(found: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(known.get((each.dependency.pin.name, each.id), each) for each in found)

    blocked = [_blocked(each._replace(findings=of(each.findings)), before.inventory) for each in plan.blocked]
    changes = _joined(_between(before.inventory, now.inventory, gone), plan.changes)
    plan = plan._replace(changes=changes, settled=(*gone, *of(plan.settled)), blocked=tuple(blocked))
    own = set(map(os.path.abspath, plan.target.files))
    others = (edit for each in built_on for edit in each.edits if os.path.abspath(edit.path) in own)
    return outcome._replace(plan=plan, edits=tuple(dict.fromkeys((*others, *outcome.edits))))


def _blocked(blocked: Blocked, before: Inventory) -> Blocked:
    old = _single(before).get(blocked.name)
    return blocked._replace(version=old.pin.version) if old else blocked


def _between(before: Inventory, now: Inventory, gone: Sequence[Finding]) -> list[Change]:
    """Return what has changed, of projects with a single release."""
    old, new = _single(before), _single(now)
    found = []
    for name in sorted(old.keys() | new.keys()):
        was, is_now = (each[name].pin.version if name in each else "" for each in (old, new))
        if was != is_now:
            settles = identifiers(each for each in gone if each.dependency.pin.name == name)
            places = (old[name].place,) if was else ()
            level = lines.step(was, is_now) if was and is_now else "major"
            found.append(Change(name, was, is_now, level, settles, places=places))
    return found


def _single(inventory: Inventory) -> dict[str, Dependency]:
    found: dict[str, list[Dependency]] = {}
    for each in inventory.dependencies:
        if each.pin.ecosystem == PYPI and not each.inside:
            found.setdefault(each.pin.name, []).append(each)
    return {name: its[0] for name, its in found.items() if len({each.pin.version for each in its}) == 1}


def _joined(first: Iterable[Change], then: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes of two steps as one."""
    made = {each.name: each for each in first}
    rest = []
    for each in then:
        earlier = made.get(each.name)
        if earlier and earlier.new == each.old:
            level = lines.step(earlier.old, each.new) if earlier.old and each.new else "major"
            made[each.name] = each._replace(
                old=earlier.old, level=level, settles=tuple(sorted({*earlier.settles, *each.settles})),
                places=earlier.places,
            )  # fmt: skip
        else:
            rest.append(each)
    return tuple(sorted((*(each for each in made.values() if each.old != each.new), *rest), key=lambda each: each.name))
