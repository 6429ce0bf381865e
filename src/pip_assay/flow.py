"""The verb: read, look up, match, merge, judge."""

from collections.abc import Collection, Iterable, Sequence

from pip_assay import findings, match, policy, targets
from pip_assay.look_up import Answers, look_up
from pip_assay.model import ACCEPTED, UNCOVERED, Advisory, Audit, Dependency, Inventory, Match, Place, Problem, Report
from pip_assay.origins import Origins
from pip_assay.settings import Outside, Settings

_Doubts = list[tuple[Dependency, Problem]]


def audit(settings: Settings, outside: Outside) -> Report:
    """Return the report on every target that the settings name."""
    return judge(targets.read(settings, outside), settings, outside)


def judge(inventories: Sequence[Inventory], settings: Settings, outside: Outside) -> Report:
    """Return the report on what was already read."""
    asked = [each for inventory in inventories for each in inventory.dependencies if auditable(each)]
    with look_up(asked, settings, outside) as answers:
        audits = tuple(_audit(inventory, answers, settings) for inventory in inventories)
        return Report(audits, answers.problems, answers.data)


def auditable(dependency: Dependency) -> bool:
    """Return whether the dependency is to be audited: it has a version, and no reason speaks against it."""
    return bool(dependency.pin.version) and not dependency.skipped


def _audit(inventory: Inventory, answers: Answers, settings: Settings) -> Audit:
    inventory = _with_uncovered(_with_origins(inventory, answers.origins), answers.uncovered)
    dependencies = [each for each in inventory.dependencies if auditable(each)]
    hits, doubts = match.hits(dependencies, answers.claims)
    advisories = answers.advisories({hit.advisory for hit in hits})
    matches = [_match(hit, advisories[hit.advisory]) for hit in hits]
    names = {name for each in advisories.values() for name in (each.id, *each.aliases)}
    related = answers.related(names, advisories.keys())
    found = findings.findings(inventory, matches, answers.claims, related)

    doubts += _unseen(inventory)
    doubts += _unanswered(dependencies, answers)
    doubts += _private({hit.dependency for hit in hits}, dependencies)
    inventory = _mark(inventory, doubts, {hit.dependency for hit in hits})
    problems = (*inventory.problems, *(problem for _, problem in doubts))
    return Audit(
        inventory,
        policy.verdicts(found, ignored=settings.ignored, fail_on=settings.fail_on),
        findings.upgrades(found, answers.claims),
        problems + _strict(inventory, problems) if settings.strict else problems,
    )


def _match(hit: match.Hit, advisory: Advisory) -> Match:
    because = match.because(advisory, hit.dependency.pin)
    return Match(hit.dependency, advisory, hit.certainty, because)


def _unseen(inventory: Inventory) -> _Doubts:
    """Return a doubt for each dependency without a version that its source has raised no problem about.

    Sources raise one themselves, with better words; this makes sure that no silence is ever taken for "clean".
    """
    told = {problem.subject for problem in inventory.problems}
    return [
        (each, Problem("unpinned", each.skipped or "has no version", each.place, "audit it by hand", each.pin.name))
        for each in inventory.dependencies
        if not each.pin.version and each.pin.name not in told and not _accepted(each)
    ]


def _accepted(dependency: Dependency) -> bool:
    """Return whether it is left out for a reason that is no problem."""
    return dependency.skipped in ACCEPTED or (dependency.origin.kind == "editable" and bool(dependency.skipped))


def _unanswered(dependencies: Iterable[Dependency], answers: Answers) -> _Doubts:
    return [
        (each, Problem("look-up", f"{each.pin}: {why}", each.place, "", each.pin.name))
        for each in dependencies
        if (why := answers.unanswered.get(each.pin))
    ]


def _with_origins(inventory: Inventory, origins: Origins) -> Inventory:
    """Return the inventory with what comes from a private index marked so."""
    if not any(origins.is_private(each.origin) for each in inventory.dependencies):
        return inventory
    marked = (
        each._replace(origin=each.origin._replace(kind="private index")) if origins.is_private(each.origin) else each
        for each in inventory.dependencies
    )
    return inventory._replace(dependencies=tuple(marked))


def _with_uncovered(inventory: Inventory, ecosystems: Collection[str]) -> Inventory:
    """Return the inventory with what no advisory could speak of marked so; where that is all of it, a problem."""
    dependencies = inventory.dependencies
    if ecosystems:
        dependencies = tuple(
            each._replace(skipped=UNCOVERED) if each.pin.ecosystem in ecosystems and auditable(each) else each
            for each in dependencies
        )
    if not dependencies or any(each.skipped != UNCOVERED for each in dependencies):
        return inventory._replace(dependencies=dependencies)
    names = ", ".join(sorted({each.pin.ecosystem for each in dependencies}))
    what = f"holds nothing that advisory data cover, but packages of {names}"
    problem = Problem("empty", what, Place(inventory.target), "audit what Python has of it", inventory.target)
    return inventory._replace(dependencies=dependencies, problems=(*inventory.problems, problem))


def _private(hit: set[Dependency], dependencies: Iterable[Dependency]) -> _Doubts:
    """Return a doubt for each release from a private index that no advisory names: its own flaws are never public.

    One that is named is a finding: in doubt whether it is the public project, show.
    """
    hint = "audit it by hand, or name the index with --index-url if it mirrors the public one"
    what = "not from a public index, so no public advisory speaks of it"
    return [
        (each, Problem("private", what, each.place, hint, each.pin.name))
        for each in dependencies
        if each not in hit and each.origin.kind == "private index"
    ]


def _mark(inventory: Inventory, doubts: _Doubts, hit: set[Dependency]) -> Inventory:
    """Return the inventory with the reason on each dependency that was not audited."""
    reasons = {each: problem.what for each, problem in doubts if problem.gap != "undecided" and each not in hit}
    if not reasons:
        return inventory
    marked = (each._replace(skipped=reasons[each]) if each in reasons else each for each in inventory.dependencies)
    return inventory._replace(dependencies=tuple(marked))


def _strict(inventory: Inventory, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return a problem for each dependency that was left out for a reason that would else be accepted."""
    known = {problem.subject for problem in problems}
    return tuple(
        Problem("unreadable", f"{each.pin}: {each.skipped}", each.place, "drop --strict to accept that", each.pin.name)
        for each in inventory.dependencies
        if each.skipped and each.pin.name not in known
    )
