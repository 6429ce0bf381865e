"""Why a flaw stays, and what would help: asked of the solver again, with one bound at a time."""

import re
from collections.abc import Collection, Iterable, Iterator

from pip_assay.fix.choosing import Unit, is_movable, units
from pip_assay.fix.lines import allows, limits_something, named, relaxed, step
from pip_assay.fix.moves import moves, parents
from pip_assay.fix.nouns import Blocked, Relaxation, Root, Target, Wish
from pip_assay.fix.questions import Question, Solution
from pip_assay.fix.search import Search, State
from pip_assay.model import PYPI, PYTHON, Finding
from pip_assay.names import normalise

NO_FIX = "no release fixes it"
ADDRESS = "it is of no index, so no other release can be chosen"
ELSEWHERE = "it does not apply to the Python and platform that the plan is for"
UNTRIED = "it was not tried, because the resolver had been asked as often as it may be"

_REQUIRED = re.compile(r"\byou require ([A-Za-z0-9][A-Za-z0-9._-]*)|\band ([A-Za-z0-9][A-Za-z0-9._-]*)[<=>!~]")


def apart(findings: Iterable[Finding], target: Target, unmovable: Collection[str]) -> tuple[Blocked, ...]:
    """Return the findings that no solver is asked about, and why."""
    return tuple(
        Blocked(unit.findings, unit.name, unit.findings[0].dependency.pin.version, _apart(unit, unmovable))
        for unit in _by_release(each for each in findings if not is_movable(each, target, unmovable))
    )


def _apart(unit: Unit, unmovable: Collection[str]) -> str:
    finding = unit.findings[0]
    pin, inside = finding.dependency.pin, finding.dependency.inside
    if pin.ecosystem == PYTHON:
        return "it is the interpreter, which is upgraded as it was installed"
    if inside is not None:
        return f"{inside} carries it; {finding.newest or f'upgrade {inside.name} once a release carries a fixed one'}"
    if pin.ecosystem != PYPI:
        return f"it is a package of {pin.ecosystem}, which is upgraded by its own tools"
    return ADDRESS if unit.name in unmovable else ELSEWHERE


class Explaining:
    """Tells of the findings that stay. `solution` is what the plan comes to, `before` what is held as a solution."""

    def __init__(
        self, search: Search, target: Target, wish: Wish, state: State, solution: Solution, before: Solution
    ) -> None:
        self._search = search
        self._target = target
        self._wish = wish
        self._state = state
        self._solution = solution
        self._before = before
        self._roots: dict[Unit, frozenset[Root]] = {}
        self._all_fit_later = False

    def blocked(self, left: Iterable[Finding]) -> tuple[Blocked, ...]:
        """Return why each of the findings stays: those of one release together, apart from those nothing fixes."""
        waiting = units(left)
        self._all_fit_later = bool(waiting) and self._fits_later(waiting)
        found = [each for unit in waiting for each in self._of_one(unit)]
        return tuple(self._with_relaxations(found))

    def _of_one(self, unit: Unit) -> Iterator[Blocked]:
        choice = self._search.choice
        fixable, hopeless = choice.parted(unit, "major")
        for each in _by_release(hopeless):
            yield Blocked(each.findings, each.name, _version(each), NO_FIX, parents=self._parents(each.name))
        for each in _by_release(fixable.findings):
            yield Blocked(each.findings, each.name, _version(each), self._why(each))

    def _why(self, unit: Unit) -> str:
        """Return why no release that would do fits; empty where requirements of the project are in the way."""
        safe = self._search.choice.safe(unit.name, {unit.name: unit.flaws()})
        if safe and not allows(self._wish.level, _version(unit), safe[0]):
            return self._too_far(_version(unit), safe[0])
        date = self._target.exclude_newer
        if date and (self._all_fit_later or self._fits_later([unit])):
            return f"exclude-newer {date.text} ({date.place}) leaves out the releases that fix it"
        if not _may_ask(self._search):
            return UNTRIED
        if self._wish.level != "major" and (why := self._far_others(self._state.plus(unit))):
            return why
        if roots := self._in_the_way(unit):
            self._roots[unit] = roots
            return ""
        return self._words(unit)

    def _fits_later(self, left: Iterable[Unit]) -> bool:
        """Return whether the rest fits, too, with releases that are newer than the project takes."""
        if not self._target.exclude_newer or not _may_ask(self._search):
            return False
        state = self._state
        for unit in left:
            fixable, _ = self._search.choice.parted(unit, "major")
            state = state.plus(fixable) if fixable.findings else state
        return self._search.solve(state, Question(any_age=True, nearest=False)).fits()

    def _in_the_way(self, unit: Unit) -> frozenset[Root]:
        """Return the requirements without whose bounds a fix would fit: those of another project, if they do."""
        state = self._state.plus(unit)
        for roots in dict.fromkeys(self._roots.values()):
            if _fits_without(self._search, state, roots):
                return roots
        return widened(self._search, self._target, state, unit)

    def _with_relaxations(self, found: Iterable[Blocked]) -> Iterator[Blocked]:
        """Yield what is blocked with what would let the fixes in, all of them together."""
        state = self._state
        for unit, roots in self._roots.items():
            state = state.plus(unit)._replace(relaxed=state.relaxed | roots)
        solution = self._search.solve(state, Question()) if self._roots else Solution()
        for each in found:
            roots = self._roots.get(Unit(each.name, each.findings), frozenset())
            if not roots:
                yield each
                continue
            ordered = sorted(roots, key=lambda root: root.place)
            said = " and ".join(f"{root.text} ({root.place})" for root in ordered)
            would = tuple(self._relaxation(root, solution) for root in ordered)
            yield each._replace(why=f"{said} hold{'s' * (len(roots) == 1)} it back", would=would)

    def _relaxation(self, root: Root, solution: Solution) -> Relaxation:
        chosen = {each.name: each.version for each in solution.releases}
        moved = {each.name() for each in moves(self._search.held, solution.releases)}
        planned = {each.name() for each in moves(self._search.held, self._solution.releases)}
        name = named(root.text)
        also = tuple(sorted(moved - planned - {name}))
        return Relaxation(root.place, root.text, relaxed(root, chosen[name]) if name in chosen else name, also)

    def _too_far(self, old: str, new: str, of: str = "") -> str:
        return f"needs a {step(old, new)} step{of} ({old} -> {new}), which --max-level {self._wish.level} forbids"

    def _far_others(self, state: State) -> str:
        """Return which step of another project would be too large, where that is what is in the way."""
        found = self._search.solve(state, Question(any_step=True, nearest=False))
        for each in moves(self._search.held, found.releases):
            if each.old and each.new and not allows(self._wish.level, each.old.version, each.new.version):
                return self._too_far(each.old.version, each.new.version, f" of {each.name()}")
        return ""

    def _words(self, unit: Unit) -> str:
        """Return the solver's own words, for the one bound that a person would try."""
        said = _unfit_words(self._search, self._state, unit)
        limits = [each for each in self._target.limits if named(each) in _mentioned(said)]
        if limits:
            return f"the constraint {limits[0]} holds it back"
        return f"no release that fixes it fits: {said}" if said else "no release that fixes it fits with the others"

    def _parents(self, name: str) -> tuple[str, ...]:
        """Return the projects whose upgrade would drop this one; their names and releases."""
        if not _may_ask(self._search) or not parents(self._before.releases).get(name):
            return ()
        state = self._state._replace(gone=self._state.gone | {name})
        found = self._search.solve(state, Question())
        above = parents(self._before.releases)[name]
        moved = moves(self._search.held, found.releases)
        return tuple(f"{each.new.name} {each.new.version}" for each in moved if each.new and each.name() in above)


def widened(search: Search, target: Target, state: State, unit: Unit) -> frozenset[Root]:
    """Return the fewest requirements of the project without whose bounds the state fits; none where that is not so.

    First each alone that the solver blames, or that brings the project in; then all together, put back one by one.
    """
    limiting = [each for each in target.roots if limits_something(each) and each not in state.relaxed]
    if not limiting:
        return frozenset()
    blamed = _mentioned(_unfit_words(search, state, unit))
    likely = [each for each in limiting if named(each.text) in blamed or named(each.text) == unit.name]
    for root in likely or limiting[:1]:
        if _fits_without(search, state, frozenset({root})):
            return frozenset({root})
    every = frozenset(limiting)
    if len(every) == 1 or not _fits_without(search, state, every):
        return frozenset()
    for root in sorted(every, key=lambda each: (each in likely, each)):
        if len(every) > 1 and _fits_without(search, state, every - {root}):
            every -= {root}
    return every


def _fits_without(search: Search, state: State, roots: frozenset[Root]) -> bool:
    widened = state._replace(relaxed=state.relaxed | roots)
    return _may_ask(search) and search.solve(widened, Question(nearest=False)).fits()


def _unfit_words(search: Search, state: State, unit: Unit) -> str:
    """Return why the lowest release that would do does not fit, in the solver's words."""
    safe = search.choice.safe(unit.name, {unit.name: unit.flaws()})
    if not safe or not _may_ask(search):
        return ""
    settling = {name: flaws for name, flaws in state.settling.items() if name != unit.name}
    asked = Question(least={unit.name: safe[0]}, nearest=False)
    return search.solve(state._replace(settling=settling), asked).unfit


def _mentioned(said: str) -> set[str]:
    return {normalise(each[1] or each[2]) for each in _REQUIRED.finditer(said)}


def _may_ask(search: Search) -> bool:
    return search.solver.calls < search.solver.most


def _by_release(found: Iterable[Finding]) -> list[Unit]:
    """Return the findings by release, the worst project first."""
    return [
        Unit(unit.name, tuple(each for each in unit.findings if each.dependency.pin == pin))
        for unit in units(found)
        for pin in dict.fromkeys(each.dependency.pin for each in unit.findings)
    ]


def _version(unit: Unit) -> str:
    return unit.findings[0].dependency.pin.version
