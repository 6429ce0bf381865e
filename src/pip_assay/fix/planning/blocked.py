"""Why a flaw stays, and what would help: asked of the solver again, with more and more allowed."""

import re
from collections.abc import Collection, Iterable, Iterator

from pip_assay.fix.nouns import Blocked, Level, Relaxation, Root, Target, Wish
from pip_assay.fix.planning.choosing import Unit, units
from pip_assay.fix.planning.lines import allows, limits_something, named, relaxed, step, unmovable
from pip_assay.fix.planning.moves import moves, parents
from pip_assay.fix.planning.questions import Question, Solution
from pip_assay.fix.planning.remembered import SPENT
from pip_assay.fix.planning.search import AGE, ANY, COOLDOWN, LEVEL, ROUNDS, Allowance, Fresh, Search, State
from pip_assay.model import Finding
from pip_assay.names import normalise

NO_FIX = "no release fixes it"
UNTRIED = f"it was not tried, because {SPENT}"
SLOW = "no release that fixes it was found in the time that the resolver was given"
UNKNOWN = f"no release that fixes it fits; what is in the way was not looked for, because {SPENT}"
LATE = "a release that fixes it fits, but was found too late for this plan: fix once more"
UNLISTED = f"no release that fixes it was found: which there are is not known, and of {ROUNDS} sets none would do"
ALSO_UNKNOWN = f"what else would change with wider bounds was not looked for, because {SPENT}"

_DEPENDS = re.compile(r"(?<![\w.-])([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==\S+ depends on (\S+?),?(?=\s|$)")


def bounds(target: Target) -> list[Root]:
    """Return the requirements and constraints that leave out newer releases, those first that may be widened."""
    found = (each for each in (*target.roots, *target.limits) if limits_something(each))
    return sorted(found, key=lambda each: not each.widens)


def too_far(old: str, new: str, level: Level, of: str = "") -> str:
    """Return that a step is too large; `of` names another project than the one that has the flaw."""
    return f"it needs a {step(old, new)} step{of} ({old} -> {new}), which --max-level {level} forbids"


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
        self.notes: list[str] = []

    def blocked(self, left: Iterable[Finding]) -> tuple[Blocked, ...]:
        """Return why each of the findings stays: those of one release together, apart from those nothing fixes."""
        waiting = units(left)
        self._try_together(waiting)
        found = [each for unit in waiting for each in self._of_one(unit)]
        return tuple(self._with_relaxations(found))

    def _try_together(self, waiting: Iterable[Unit]) -> None:
        """Ask for all of it with all allowed: mostly that fits, and then says much about each of them."""
        parted = (self._search.choice.parted(unit, "major") for unit in waiting)
        state = self._state.plus(*(fixable for fixable, _ in parted if fixable.findings))
        if state != self._state:
            self._search.fits(state.allowing([*self._obstacles(state, ""), *self._freshness(*state.settling)]))

    def _of_one(self, unit: Unit) -> Iterator[Blocked]:
        fixable, hopeless = self._search.choice.parted(unit, "major")
        for each in _by_release(hopeless):
            yield self._without_fix(each)
        for each in _by_release(fixable.findings):
            yield Blocked(each.findings, each.name, _version(each), self._why(each))

    def _why(self, unit: Unit) -> str:
        """Return why no release that would do fits; empty where bounds alone are in the way, which are told later."""
        safe = self._search.choice.safe(unit.name, {unit.name: unit.flaws()})
        if safe and not allows(self._wish.level, _version(unit), safe[0]):
            return too_far(_version(unit), safe[0], self._wish.level)
        state = self._state.plus(unit).allowing(self._freshness(unit.name))
        needed = self._in_the_way(state, unit.name)
        if self._search.fits(state):
            return LATE
        if needed is None:
            return self._not_known(unit)
        if not needed:
            return self._words(state, unit)
        above = parents(self._before.releases).get(unit.name, frozenset())
        roots = frozenset(each for each in needed if isinstance(each, Root))
        if roots == needed:
            self._roots[unit] = roots
            return ""
        return self._said(state, needed, above)

    def _freshness(self, *names: str) -> list[Fresh]:
        """Return what a cooldown does not hold back: what settles something itself."""
        return [Fresh(each) for each in names] if self._wish.cooldown else []

    def _in_the_way(self, state: State, name: str) -> frozenset[Allowance] | None:
        """Return the fewest bounds and settings without which a state fits; none where it never does, or fits anyway.

        None where the solver could not be asked for all that this takes.
        """
        unsure = self._search.unsure
        waiting = self._obstacles(state, name)
        if not self._search.fits(state.allowing(waiting)):
            return None if self._search.unsure > unsure else frozenset()
        found = self._search.narrowed(state.allowing(waiting), waiting).allowed - state.allowed
        return found if self._search.unsure == unsure else None

    def _obstacles(self, state: State, name: str) -> list[Allowance]:
        """Return what may be in the way of a project, what a person would change first to begin with."""
        every = [each for each in bounds(self._target) if each not in state.allowed]
        every.sort(key=lambda each: named(each.text) != name)
        settings = [LEVEL] * (self._wish.level != "major") + [COOLDOWN] * bool(self._wish.cooldown)
        settings += [AGE] * bool(self._target.exclude_newer)
        return [*(each for each in every if each.widens), *settings, *(each for each in every if not each.widens)]

    def _not_known(self, unit: Unit) -> str:
        if self._search.answers.may_ask():
            return UNLISTED if not self._search.choice.is_listed(unit.name) else SLOW
        return UNKNOWN if self._search.is_unfit(self._state.plus(unit)) else UNTRIED

    def _said(self, state: State, needed: frozenset[Allowance], above: Collection[str]) -> str:
        """Return what is in the way, in one sentence fragment. `above` are the projects that need the affected one."""
        said = [self._too_far_of(state.allowing(needed), above)] if LEVEL in needed else []
        said += [self._too_young(state, needed)] if COOLDOWN in needed else []
        date = self._target.exclude_newer
        if date and AGE in needed:
            said.append(f"exclude-newer {date.text} ({date.place}) leaves out releases that it needs")
        roots = sorted((each for each in needed if isinstance(each, Root)), key=lambda each: each.place)
        return ", and ".join([*said, *([_hold_back(roots)] if roots else [])])

    def _too_far_of(self, state: State, above: Collection[str]) -> str:
        """Return which step of another project would be too large, of one above if there is one."""
        found = self._search.solve(state, Question())
        found = found if found.fits() else self._search.solve(state, ANY)
        for each in sorted(moves(self._search.held, found.releases), key=lambda each: each.name() not in above):
            if each.old and each.new and not allows(self._wish.level, each.old.version, each.new.version):
                return too_far(each.old.version, each.new.version, self._wish.level, f" of {each.name()}")
        return f"it needs a step that --max-level {self._wish.level} forbids"

    def _too_young(self, state: State, needed: frozenset[Allowance]) -> str:
        """Return which other releases a fix needs that are younger than the cooldown."""
        unsure = self._search.unsure
        found = moves(self._search.held, self._search.solve(state.allowing(needed), ANY).releases)
        fresh = [Fresh(each.name(), anyway=True) for each in found if each.new]
        least = state.allowing(needed - {COOLDOWN}).allowing(fresh)
        young = self._search.narrowed(least, fresh).fresh() if self._search.fits(least) else frozenset()
        needless = state.fresh()
        names = [f"{each.name()} {each.new.version}" for each in found if each.new and each.name() in young - needless]
        if not names or self._search.unsure > unsure:
            return "it needs releases that are younger than the cooldown"
        return f"it needs {' and '.join(names)}, which {'is' if len(names) == 1 else 'are'} younger than the cooldown"

    def _words(self, state: State, unit: Unit) -> str:
        """Return the solver's own words for why the lowest release that would do does not fit, whatever is allowed."""
        safe = self._search.choice.safe(unit.name, {unit.name: unit.flaws()})
        state = state.allowing(self._obstacles(state, unit.name))
        said = self._search.solve(state, ANY)
        if safe:
            settling = {name: flaws for name, flaws in state.settling.items() if name != unit.name}
            least = ANY._replace(least={unit.name: safe[0]})
            lowest = self._search.solve(state._replace(settling=settling), least)
            said = lowest if lowest.sure and not lowest.fits() else said
        return self._staying(said.unfit) or f"no release that fixes it fits: {said.unfit}"

    def _staying(self, said: str) -> str:
        """Return what the first of the projects requires that cannot be moved, and that the solver blames."""
        for each in _DEPENDS.finditer(said):
            held = next((one for one in self._target.held if one.name == normalise(each[1])), None)
            if held and held.name in unmovable(self._target):
                return f"{held.name} {held.version} ({held.place}) requires {each[2]}, and cannot be moved itself"
        return ""

    def _without_fix(self, unit: Unit) -> Blocked:
        """Return the findings that no release fixes, with the projects whose upgrade would drop the affected one."""
        blocked = Blocked(unit.findings, unit.name, _version(unit), NO_FIX)
        above = parents(self._before.releases).get(unit.name)
        if not above:
            return blocked
        settling = {name: flaws for name, flaws in self._state.settling.items() if name != unit.name}
        state = self._state._replace(gone=self._state.gone | {unit.name}, settling=settling)
        if upgrades := self._upgraded(state, above):
            return blocked._replace(parents=upgrades)
        needed = self._in_the_way(state, unit.name)
        if needed and (upgrades := self._upgraded(state.allowing(needed), above)):
            said = self._said(state, needed, above)
            return blocked._replace(why=f"{NO_FIX}; an upgrade to {' and '.join(upgrades)} would drop it, but {said}")
        return blocked

    def _upgraded(self, state: State, names: Collection[str]) -> tuple[str, ...]:
        """Return those of the projects that a solution upgrades, with their new releases."""
        found = moves(self._search.held, self._search.solve(state, Question()).releases)
        return tuple(f"{each.new.name} {each.new.version}" for each in found if each.new and each.name() in names)

    def _with_relaxations(self, found: Iterable[Blocked]) -> Iterator[Blocked]:
        """Yield what is blocked with what would let the fixes in: for each set of bounds all that it lets in."""
        would = {roots: self._relaxations(roots) for roots in dict.fromkeys(self._roots.values())}
        for each in found:
            roots = self._roots.get(Unit(each.name, each.findings))
            if roots is None:
                yield each
                continue
            ordered = sorted(roots, key=lambda root: root.place)
            sets = dict.fromkeys(root.place.file for root in ordered if not root.widens)
            yield each._replace(why=_hold_back(ordered) + self._together_with(sets), would=would[roots])

    def _relaxations(self, roots: frozenset[Root]) -> tuple[Relaxation, ...]:
        """Return what these bounds would have to be, and what else would change then; none where one may not widen."""
        if not all(each.widens for each in roots):
            return ()
        let_in = [unit for unit, needed in self._roots.items() if needed <= roots]
        state = self._state.plus(*let_in).allowing([*roots, *self._freshness(*(each.name for each in let_in))])
        nearest = self._search.solve(state, Question())
        solution = nearest if nearest.fits() else self._search.solve(state, ANY)
        moved = {each.name() for each in moves(self._search.held, nearest.releases)}
        also = moved - {each.name() for each in moves(self._search.held, self._solution.releases)}
        if not nearest.fits() and ALSO_UNKNOWN not in self.notes:
            self.notes.append(ALSO_UNKNOWN)
        chosen = {each.name: each.version for each in solution.releases}
        return tuple(
            Relaxation(each.place, each.text, relaxed(each, chosen[name]), tuple(sorted(also - {name})))
            for each in sorted(roots, key=lambda root: root.place)
            if (name := named(each.text)) in chosen
        )

    def _together_with(self, sets: Iterable[str]) -> str:
        """Return what to do about sets of pins that hold something back: what is named is to be fixed with them."""
        named = self._target.named
        files = list(sets)
        if not (named and files):
            return ""
        return f": fix {' and '.join(files)}, too ({' '.join(f'-r {each}' for each in (*files, *named))})"


def _hold_back(roots: Collection[Root]) -> str:
    said = " and ".join(f"{each.text} ({each.place})" for each in roots)
    return f"{said} hold{'s' * (len(roots) == 1)} it back"


def _by_release(found: Iterable[Finding]) -> list[Unit]:
    """Return the findings by release, the worst project first."""
    return [
        Unit(unit.name, tuple(each for each in unit.findings if each.dependency.pin == pin))
        for unit in units(found)
        for pin in dict.fromkeys(each.dependency.pin for each in unit.findings)
    ]


def _version(unit: Unit) -> str:
    return unit.findings[0].dependency.pin.version
