"""The verb: read, look up, match, merge, judge."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pip_assay import findings, match, policy, targets
from pip_assay.configuration.policies import Policies, with_own
from pip_assay.errors import DatabaseError
from pip_assay.look_up import Answers, look_up, nobody
from pip_assay.model import (
    ACCEPTED,
    INTERNAL,
    NOT_HELD,
    PYTHON,
    UNAUDITABLE,
    UNCOVERED,
    Audit,
    Data,
    Dependency,
    Heard,
    Inventory,
    Match,
    Place,
    Problem,
    Report,
    Verdict,
)
from pip_assay.origins import Origins
from pip_assay.policy import Policy
from pip_assay.records import Advisory
from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.policy.baseline import Baseline
    from pip_assay.vex import Statement

_Doubts = list[tuple[Dependency, Problem]]


def audit(settings: Settings, outside: Outside, before: "Baseline | None" = None) -> Report:
    """Return the report on every target that the settings name; `before` is what was there before."""
    return judge(read(settings, outside), settings, outside, before)


def read(settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what is in every target that the settings name; no resolver is asked for projects of one's own."""
    outside = with_own(settings, outside)
    return [_with_internal(each, outside.own(each.target).names) for each in targets.read(settings, outside)]


def judge(
    inventories: Sequence[Inventory], settings: Settings, outside: Outside, before: "Baseline | None" = None
) -> Report:
    """Return the report on what was already read."""
    policies = Policies(settings, outside)
    inventories = [_with_internal(each, policies.of(each.target).internal) for each in inventories]
    asked = [each for inventory in inventories for each in inventory.dependencies if auditable(each)]
    try:
        with look_up(asked, settings, outside) as answers:
            return _report(inventories, answers, policies, settings, outside, before)
    except DatabaseError as error:
        # It is damaged somewhere in the middle, which shows only when that is read.
        problem = Problem("unreadable", error.what, Place(error.where), error.hint, error.where)
        with nobody(asked, (problem,), settings, outside) as answers:
            return _report(inventories, answers, policies, settings, outside, before)


def _report(
    inventories: Sequence[Inventory], answers: Answers, policies: Policies, settings: Settings, outside: Outside,
    before: "Baseline | None",
) -> Report:  # fmt: skip
    said = _Said()
    audits = tuple(_audit(inventory, answers, policies, before, said) for inventory in inventories)
    if settings.status or policies.here.asks:
        listed = [(_of_index(one.dependencies), policies.of(one.target)) for one in inventories]
        audits = _with_notices(audits, listed, answers.origins, settings, outside)
        if settings.status:
            audits = _with_newest(audits, answers, settings, outside)
    else:
        audits = tuple(_unasked(each) if policies.of(each.inventory.target).asks else each for each in audits)
    used = {name for each in audits if each.verdicts for name in policy.uses(policies.of(each.inventory.target))}
    problems = (*answers.problems, *_old_lists(used, answers.data, settings, outside), *said.problems)
    return Report(audits, problems, answers.data, heard=said.heard())


def _unasked(audit: Audit) -> Audit:
    """Return the audit with the problem that its own settings ask for more than this run may: names would be sent."""
    target = audit.inventory.target
    what = "its settings ask for the status of projects and releases, which the package index was not asked for"
    problem = Problem("status", what, Place(target), "add --status to have it asked", target)
    return audit._replace(problems=(*audit.problems, problem))


def _old_lists(used: Collection[str], data: Data, settings: Settings, outside: Outside) -> tuple[Problem, ...]:
    """Return a problem for each list of CVEs that a policy decides by and that is too old for that."""
    if not (used and (data.kev or data.epss)):
        return ()
    from pip_assay.advisories import local

    return local.old_lists(used, data, settings, outside)


class _Said:
    """What VEX documents say; each is read once, by the first target whose policy names it."""

    def __init__(self) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._read: dict[str, tuple[Statement, ...]] = {}
        self._matched: set[Statement] = set()

    def judged(self, verdicts: tuple[Verdict, ...], paths: Iterable[str], inventory: Inventory) -> tuple[Verdict, ...]:
        """Return the verdicts of a target with what the documents say of its findings."""
        if not paths:
            return verdicts
        from pip_assay import vex, vex_files

        for path in paths:
            if path not in self._read:
                statements, problems = vex_files.statements(path)
                self._read[path] = tuple(statements)
                self.problems += tuple(problems)
        every = [each for path in paths for each in self._read[path]]
        return vex.judge(verdicts, every, inventory.dependencies, self._matched)

    def heard(self) -> tuple[Heard, ...]:
        """Return the documents that were read, and what they say of no finding."""
        if not self._read:
            return ()
        from pip_assay import vex

        return tuple(Heard(path, vex.unmatched(said, self._matched)) for path, said in self._read.items())


def _with_notices(
    audits: Iterable[Audit],
    listed: Sequence[tuple[Iterable[Dependency], Policy]],
    origins: Origins,
    settings: Settings,
    outside: Outside,
) -> tuple[Audit, ...]:
    """Return the audits with what the package index says of releases and projects beside their flaws."""
    from pip_assay import notices

    told = notices.ask(listed, origins, settings, outside)
    return tuple(
        audit._replace(notices=each.notices, problems=audit.problems + each.problems)
        for audit, each in zip(audits, told, strict=True)
    )


def _with_newest(
    audits: tuple[Audit, ...], answers: Answers, settings: Settings, outside: Outside
) -> tuple[Audit, ...]:
    """Return the audits with what the newest release of each distribution carries in place of what was found inside."""
    if not any(verdict.finding.dependency.inside for audit in audits for verdict in audit.verdicts):
        return audits
    from pip_assay import newest

    # A package index's own claims are about the very releases that were asked for, and about no other.
    claims = {} if answers.data.source == "PyPI" else answers.claims
    return newest.ask(audits, claims, answers.origins, settings, outside)


def auditable(dependency: Dependency) -> bool:
    """Return whether the dependency is to be audited: it has a version, and no reason speaks against it."""
    return not dependency.skipped and bool(dependency.pin.version)


def _of_index(dependencies: Iterable[Dependency]) -> list[Dependency]:
    """Return those of which the package index may know more: a copy inside another is not what it offers."""
    return [each for each in dependencies if auditable(each) and not each.inside]


def _audit(inventory: Inventory, answers: Answers, policies: Policies, before: "Baseline | None", said: _Said) -> Audit:
    rules = policies.of(inventory.target)
    inventory = _with_uncovered(_with_origins(inventory, answers.origins), answers.uncovered)
    dependencies = list(filter(auditable, inventory.dependencies))
    hits, doubts = match.hits(dependencies, answers.claims)
    if answers.data.source != "local database":
        doubts = [(each, _elsewhere(problem, answers.data.source)) for each, problem in doubts]
    advisories = answers.advisories({hit.advisory for hit in hits})
    matches = [_match(hit, advisories[hit.advisory]) for hit in hits]
    names = {name for each in advisories.values() for name in (each.id, *each.aliases)}
    # A record that matches another release of the target may still share a name with those that match this one.
    related = {**advisories, **answers.related(names, advisories.keys())}
    found = findings.findings(inventory, matches, answers.claims, related)
    found = findings.with_signals(found, answers.signals(findings.identifiers(found)), answers.data.kev)

    doubts += _unseen(inventory)
    private = _private({hit.dependency for hit in hits}, dependencies)
    doubts += _unanswered(dependencies, answers, {each for each, _ in private})
    doubts += private
    inventory = _mark(inventory, doubts, {hit.dependency for hit in hits})
    problems = (*inventory.problems, *_unlooked(inventory), *dict.fromkeys(problem for _, problem in doubts))
    problems += policies.problems(inventory.target)
    judged = policy.verdicts(found, rules, inventory.target, policies.today, answers.data)
    return Audit(
        inventory,
        _against(before, said.judged(judged, rules.vex, inventory), inventory.target),
        findings.upgrades(found, answers.claims),
        problems + _strict(inventory, problems) if rules.strict else problems,
        rules=policy.rules(found, rules, inventory.target, policies.today),
    )


def _against(before: "Baseline | None", verdicts: tuple[Verdict, ...], target: str) -> tuple[Verdict, ...]:
    """Return the verdicts with what has changed since there was something before."""
    if not before:
        return verdicts
    from pip_assay.policy import baseline

    return baseline.changed(verdicts, before, target)


def _match(hit: match.Hit, advisory: Advisory) -> Match:
    pin = hit.dependency.pin
    because = match.because(advisory, pin)
    if pin.ecosystem == PYTHON:
        from pip_assay import cpython

        because = "; ".join(filter(None, (because, cpython.note(pin, advisory))))
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
    return _kind(dependency.skipped) in ACCEPTED or (dependency.origin.kind == "editable" and bool(dependency.skipped))


def _kind(reason: str) -> str:
    """Return a reason without what differs from ecosystem to ecosystem."""
    return UNCOVERED if reason.startswith(NOT_HELD) else reason


def _unanswered(dependencies: Iterable[Dependency], answers: Answers, told: Collection[Dependency]) -> _Doubts:
    """Return a doubt for each release that nobody answered for; what is told of already is told once.

    What is inside of others is told together: one wheel may carry five hundred crates.
    """
    if not answers.unanswered:
        return []
    silent = [(each, why) for each in dependencies if each not in told and (why := answers.unanswered.get(each.pin))]
    inside = [(each, why) for each, why in silent if each.inside]
    together = _many(inside) if len(inside) > 1 else None
    return [(each, together if together and each.inside else _one(each, why)) for each, why in silent]


def _one(dependency: Dependency, why: str) -> Problem:
    return Problem("look-up", f"{dependency.pin}: {why}", dependency.place, "", dependency.pin.name)


def _many(silent: Sequence[tuple[Dependency, str]]) -> Problem:
    """Return what is told of several together: their reason, or that of the first as an example."""
    first, why = silent[0]
    reason = why if len({each for _, each in silent}) == 1 else f"were not answered for, such as {first.pin}: {why}"
    what = f"{len(silent)} bundled components{':' if reason == why else ''} {reason}"
    return Problem("look-up", what, None, "leave them out with --no-bundled")


def _elsewhere(problem: Problem, source: str) -> Problem:
    """Return the problem with a hint that holds where the local database did not answer: it may not have the record."""
    return problem._replace(hint=f"read it at {source}") if problem.gap == "undecided" else problem


def _with_internal(inventory: Inventory, patterns: Sequence[str]) -> Inventory:
    """Return the inventory with what are projects of one's own marked so: their names are looked up nowhere.

    Whether one of them has a certain version changes nothing, and is no problem.
    """
    if not patterns:
        return inventory
    own = {each.pin.name for each in inventory.dependencies if policy.is_internal(each.pin.name, patterns)}
    return inventory._replace(
        dependencies=tuple(
            [each._replace(skipped=INTERNAL) if each.pin.name in own else each for each in inventory.dependencies]
        ),
        problems=tuple([each for each in inventory.problems if each.gap != "unpinned" or each.subject not in own]),
    )


def _with_origins(inventory: Inventory, origins: Origins) -> Inventory:
    """Return the inventory with what comes from a private index marked so."""
    # Of a thousand dependencies most share one origin: looking at each of those once is a third of the work.
    if not any(map(origins.is_private, {each.origin for each in inventory.dependencies})):
        return inventory
    marked = (
        each._replace(origin=each.origin._replace(kind="private index")) if origins.is_private(each.origin) else each
        for each in inventory.dependencies
    )
    return inventory._replace(dependencies=tuple(marked))


def _with_uncovered(inventory: Inventory, why: Mapping[str, str]) -> Inventory:
    """Return the inventory with what no advisory could speak of marked so; `why` is by ecosystem."""
    if not why:
        return inventory
    marked = (
        each._replace(skipped=why[each.pin.ecosystem]) if each.pin.ecosystem in why and auditable(each) else each
        for each in inventory.dependencies
    )
    return inventory._replace(dependencies=tuple(marked))


def _unlooked(inventory: Inventory) -> tuple[Problem, ...]:
    """Return a problem where nothing of a target was audited, and some of it only for want of data, or as internal.

    What stands beside its own packages, the interpreter and what they carry, says nothing of them.
    """
    every = inventory.dependencies
    listed = [each for each in every if not each.inside and each.pin.ecosystem != PYTHON] or every
    reasons = {_kind(each.skipped) for each in listed}
    if reasons.isdisjoint({UNCOVERED, INTERNAL}) or not all(map(_accepted, listed)):
        return ()
    names = ", ".join(sorted({each.pin.ecosystem for each in listed if _kind(each.skipped) == UNCOVERED}))
    held = ["projects of your own"] * (INTERNAL in reasons) + [f"packages of {names}"] * bool(names)
    held += ["what was left out"] * bool(reasons - {UNCOVERED, INTERNAL})
    what = f"holds nothing that advisory data cover, but {' and '.join(held)}"
    hint = "audit it by hand, or narrow `internal`" if INTERNAL in reasons else "audit what Python has of it"
    return (Problem("empty", what, Place(inventory.target), hint, inventory.target),)


def _private(hit: set[Dependency], dependencies: Iterable[Dependency]) -> _Doubts:
    """Return a doubt for each release from a private index that no advisory names: its own flaws are never public.

    What is inside of one may be public, and is no doubt of its own. One that is named is a finding: in doubt whether it
    is the public project, show.
    """
    hint = "audit it by hand, or name the index with --index-url if it mirrors the public one"
    what = "not from a public index, so no public advisory speaks of it"
    return [
        (each, Problem("private", what, each.place, hint, each.pin.name))
        for each in dependencies
        if each.origin.kind == "private index" and not each.inside and each not in hit
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
        if each.skipped and each.skipped != INTERNAL and each.pin.name not in known and not _beyond(each)
    )


def _beyond(dependency: Dependency) -> bool:
    """Return whether it is what other auditors do not list at all: then --strict, which is theirs, does not mind it."""
    return (dependency.skipped == UNAUDITABLE and bool(dependency.inside)) or dependency.pin.ecosystem == PYTHON
