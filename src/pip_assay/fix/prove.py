"""The proof of a fix: what is to be written is read again and audited again, in a copy, before anything is written."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import flow, targets, versions
from pip_assay.configuration.policies import with_own
from pip_assay.fix import copies, formats
from pip_assay.fix.nouns import Change, Edit, Plan, Proof, Target
from pip_assay.fix.planning import lines
from pip_assay.fix.planning.choosing import names
from pip_assay.fix.tools import Tools
from pip_assay.model import INDEX, OPEN, PYPI, Audit, Dependency, Finding, Inventory, Pin, Place, Problem
from pip_assay.settings import Outside, Settings

_Releases = dict[str, frozenset[bytes | str]]
"""By project, its releases; what is equal is equal for two spellings of one."""


_NONE: "frozenset[bytes | str]" = frozenset()


def prove(
    plan: Plan, edits: Sequence[Edit], before: Audit, settings: Settings, outside: Outside, tools: Tools
) -> tuple[Plan, Proof]:
    """Return the plan as it was written, and what a second audit says of the edited files, and the tool that owns them.

    Raises:
        Unreadable: no copy of the files can be made.
    """
    target = plan.target
    module = formats.of(target.kind, target.inventory.target)
    if not target.files:
        checks, faults = module.check(plan, "", tools)
        return plan, _told(plan, before, audited(changed(plan), settings, outside), checks, faults)
    with copies.made(target.files, edits) as (folder, placed):
        checks, faults = module.check(plan, folder, tools)
        after = _read(target, placed, folder, settings, outside)
        faults = (*faults, *_unread(after, target.inventory))
        there = dict.fromkeys(target.files, "")
        alone = settings._replace(no_deps=True)
        old, new = (_read(target, each, folder, alone, outside) for each in (there, placed))
        faults = (*faults, *_astray(plan, old, new, settings))
        plan = plan._replace(changes=_as_written(plan.changes, _releases(new.dependencies)))
        return plan, _told(plan, before, audited(after, settings, outside), checks, faults)


def again(target: Target, settings: Settings, outside: Outside) -> Audit:
    """Return the audit of a target's files as they are read now."""
    return audited(_read(target, {}, "", settings, outside), settings, outside)


def audited(inventory: Inventory, settings: Settings, outside: Outside) -> Audit:
    """Return the audit of what was already read."""
    return flow.judge([inventory], settings._replace(status=False), outside).audits[0]


def open_findings(audit: Audit) -> tuple[Finding, ...]:
    """Return the findings of an audit that are to be settled: of Python's packages, and of nothing inside others."""
    return tuple(
        each.finding
        for each in audit.verdicts
        if each.status in OPEN and each.finding.dependency.pin.ecosystem == PYPI and not each.finding.dependency.inside
    )


def changed(plan: Plan) -> Inventory:
    """Return what a target holds once the plan is carried out."""
    kept = _moved(plan.target.inventory.dependencies, plan)
    added = (
        Dependency(Pin(PYPI, each.name, each.new), Place(plan.target.inventory.target), direct=False, origin=INDEX)
        for each in plan.changes
        if not each.old
    )
    every = sorted((*kept, *added), key=lambda each: (each.pin, each.place))
    return plan.target.inventory._replace(dependencies=tuple(every))


def _moved(dependencies: Iterable[Dependency], plan: Plan) -> Iterator[Dependency]:
    """Yield dependencies as the plan has them; what was inside of a release is not known of another."""
    moves = _moves(plan)
    for each in dependencies:
        pin, carrier = each.pin, each.inside
        if carrier and carrier.ecosystem == PYPI and (carrier.name, carrier.version) in moves:
            continue
        if carrier or pin.ecosystem != PYPI or (pin.name, pin.version) not in moves:
            yield each
        else:
            yield from (each._replace(pin=pin._replace(version=new)) for new in moves[pin.name, pin.version])


def _moves(plan: Plan) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return what takes the place of each release that moves: that itself as well, where another fork of it stays."""
    moves: dict[tuple[str, str], set[str]] = {}
    moving = {(each.name, place) for each in plan.changes for place in each.places}
    for each in plan.changes:
        if each.old:
            moves.setdefault((each.name, each.old), set()).update(filter(None, [each.new]))
    for held in plan.target.held:
        release = held.name, held.version
        if release in moves and any(name == held.name for name, _ in moving) and (held.name, held.place) not in moving:
            moves[release].add(held.version)
    return {release: tuple(sorted(new)) for release, new in moves.items()}


def _read(target: Target, placed: Mapping[str, str], folder: str, settings: Settings, outside: Outside) -> Inventory:
    """Return what is in a target's files, or where they are `placed`, as if it stood in the originals.

    The settings of the originals hold, so that no index is asked for projects of one's own by name.
    """
    before = target.inventory
    only = settings._replace(
        targets=(), requirements=(), paths=(), python="", roots=(), tools=False, recursive=False, no_bundled=True
    )
    if target.named:
        only = only._replace(requirements=tuple(placed.get(each) or each for each in target.named))
    else:
        only = only._replace(targets=(placed.get(before.target) or before.target,))
    own = with_own(settings, outside).own
    found = targets.read(only, outside._replace(own=lambda _: own(before.target)))
    one = found[0] if found else before._replace(dependencies=(), problems=())
    back = {place: path for path, place in placed.items() if place}
    return one._replace(
        target=before.target,
        dependencies=tuple(each._replace(place=_named(each.place, back)) for each in one.dependencies),
        problems=tuple(_problem(each, back, folder) for each in one.problems),
    )


def _named(place: Place, back: Mapping[str, str]) -> Place:
    return place._replace(file=back.get(os.path.abspath(place.file), place.file)) if back else place


def _problem(problem: Problem, back: Mapping[str, str], folder: str) -> Problem:
    what, subject = problem.what, problem.subject
    for copy, path in back.items():
        what, subject = what.replace(copy, path), subject.replace(copy, path)
    place = _named(problem.place, back) if problem.place else None
    return problem._replace(place=place, subject=subject, what=what.replace(folder + os.sep, ""))


def _unread(after: Inventory, before: Inventory) -> list[str]:
    """Return what cannot be read of the edited files, and could be before."""
    known = {(each.gap, each.what) for each in before.problems}
    serious = ("unreadable", "missing", "empty", "unresolved", "duplicate")
    return [str(each) for each in after.problems if each.gap in serious and (each.gap, each.what) not in known]


def _astray(plan: Plan, old: Inventory, new: Inventory, settings: Settings) -> Iterator[str]:
    """Yield where the edited files do not say what the plan does: a sentence each. `old` is what the files said.

    Where they leave some of what they need to the installer, that is not written, and nothing that comes in is.
    """
    is_whole = _releases(old.dependencies) == _releases(plan.target.inventory.dependencies)
    wanted = _releases(_moved(old.dependencies, plan))
    added = _releases(each for each in changed(plan).dependencies if each.pin.name not in _releases(old.dependencies))
    if is_whole and not settings.narrows():
        wanted |= {name: added[name] for name in added}
    found, before = _releases(new.dependencies), _releases(old.dependencies)
    for name in sorted(wanted.keys() | found.keys()):
        plans = {wanted.get(name, _NONE), added.get(name, wanted.get(name, _NONE))}
        if not any(_is_planned(found.get(name, _NONE), each, before.get(name, _NONE)) for each in plans):
            has, meant = _versions(new.dependencies, name), _versions(changed(plan).dependencies, name)
            yield f"the edited {plan.target.inventory.target} holds {has} of {name}, where {meant} is planned"


def _is_planned(has: "frozenset[bytes | str]", wanted: "frozenset[bytes | str]", old: "frozenset[bytes | str]") -> bool:
    """Return whether releases are those that are wanted.

    A tool that owns a lock may find that one of several that come in, each for other Pythons, does for all of them.
    """
    coming = wanted - old
    return has == wanted or (has < wanted and wanted - has <= coming and not has.isdisjoint(coming))


def _as_written(changes: Sequence[Change], found: _Releases) -> tuple[Change, ...]:
    """Return the changes as they were written: the tool that owns a lock may find that one of several does for all."""
    written = {each.name: each for each in changes if each.new and _key(each.new) in found.get(each.name, _NONE)}
    made: dict[tuple[str, str, str], Change] = {}
    for each in changes:
        one, instead = each, written.get(each.name)
        if each.new and instead and _key(each.new) not in found[each.name]:
            level = lines.step(each.old, instead.new) if each.old else instead.level
            one = each._replace(new=instead.new, level=level)
        key = one.name, one.old, one.new
        made[key] = _both(made[key], one) if key in made else one
    return tuple(made.values())


def _both(one: Change, other: Change) -> Change:
    """Return two changes that turned out to be one, for the markers of both."""
    return one._replace(
        settles=tuple(dict.fromkeys((*one.settles, *other.settles))),
        needed_by=tuple(sorted({*one.needed_by, *other.needed_by})),
        places=tuple(dict.fromkeys((*one.places, *other.places))),
        marker="",
    )


def _key(version: str) -> bytes | str:
    """Return what is equal for two spellings of one release."""
    return versions.key(PYPI, version) or version


def _releases(dependencies: Iterable[Dependency]) -> _Releases:
    found: dict[str, set[bytes | str]] = {}
    for each in dependencies:
        if each.pin.ecosystem == PYPI and not each.inside:
            found.setdefault(each.pin.name, set()).add(_key(each.pin.version))
    return {name: frozenset(releases) for name, releases in found.items()}


def _versions(dependencies: Iterable[Dependency], name: str) -> str:
    found = {each.pin.version for each in dependencies if each.pin.name == name and not each.inside}
    return " and ".join(sorted(each or "any version" for each in found)) or "nothing"


def _told(plan: Plan, before: Audit, after: Audit, checks: Sequence[str], faults: Sequence[str]) -> Proof:
    """Return the proof; what the plan says to be settled, and is not, is a fault."""
    known = open_findings(before)
    remaining = tuple(each for each in open_findings(after) if any(_is_same(each, one) for one in known))
    introduced = tuple(each for each in open_findings(after) if each not in remaining)
    left = [each for each in known if each not in plan.settled]
    unsettled = [
        f"the second audit of {before.inventory.target} still finds {each.id} in {each.dependency.pin}"
        for each in remaining
        if any(_is_same(each, one) for one in plan.settled if not one.dependency.inside)
        and not any(_is_same(each, one) and each.dependency.pin == one.dependency.pin for one in left)
    ]
    problems = tuple(dict.fromkeys((*after.inventory.problems, *after.problems)))
    return Proof(remaining, introduced, tuple(checks), (*faults, *unsettled), problems)


def _is_same(one: Finding, other: Finding) -> bool:
    """Return whether two findings are of one flaw of one project, whatever release has it."""
    return one.dependency.pin.name == other.dependency.pin.name and not names(one).isdisjoint(names(other))
