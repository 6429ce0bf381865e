"""The largest part of the flaws that can be settled together, in order of severity.

A solver is asked for everything at once. What it then chooses is audited, and what is no better is excluded, until the
whole of it will do. Where nothing fits, all is allowed that a person lets be allowed for its sake, and the projects are
added one after the other, the worst first, in halves: what fits together with less fits with nothing more, so that each
half is asked for once, and not each project. What need not have been allowed is then taken back, in halves as well.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from types import MappingProxyType

from pip_assay.fix.nouns import Held, Root
from pip_assay.fix.planning.choosing import Choice, Settling, Unit
from pip_assay.fix.planning.questions import NOTHING, Pinned, Question, Solution, Solver
from pip_assay.fix.planning.remembered import Remembered
from pip_assay.values import NamedTuple

ROUNDS = 8
"""So often an answer is audited, and asked again without what would not do."""

UNSTEADY = f"after {ROUNDS} answers there were still releases with flaws among them"

ANY = Question(nearest=False)
"""Whether there is any solution."""


class Fresh(NamedTuple):
    """That a project may be moved to young releases, whatever the cooldown, where it settles a flaw, or anyway."""

    name: str
    anyway: bool = False


AGE, COOLDOWN, LEVEL = "exclude-newer", "cooldown", "level"
"""Settings of a project or a person that may be left aside: `any_age`, `uncooled`, `any_step` of a question."""

Allowance = Root | Fresh | str
"""What may be allowed for the sake of a fix: any release of a requirement, or one of a setting."""


class State(NamedTuple):
    """What is asked for: the settling of each project, and what is allowed for its sake; see `Question`."""

    settling: Settling = MappingProxyType({})
    gone: frozenset[str] = NOTHING
    pinned: frozenset[Pinned] = frozenset()
    allowed: frozenset[Allowance] = frozenset()

    def plus(self, *units: Unit) -> "State":
        """Return the state that settles more projects."""
        settling = dict(self.settling)
        for unit in units:
            settling[unit.name] = settling.get(unit.name, NOTHING) | unit.flaws()
        return self._replace(settling=settling)

    def allowing(self, more: Iterable[Allowance]) -> "State":
        """Return the state with more allowed."""
        return self._replace(allowed=self.allowed.union(more))

    def relaxed(self) -> frozenset[Root]:
        """Return the requirements of which any release will do."""
        return frozenset(each for each in self.allowed if isinstance(each, Root))

    def fresh(self) -> frozenset[str]:
        """Return the projects whose youngest releases will do."""
        every = (each for each in self.allowed if isinstance(each, Fresh))
        return frozenset(each.name for each in every if each.anyway or each.name in self.settling)

    def lacks(self, unit: Unit) -> bool:
        """Return whether it leaves flaws of a unit."""
        return unit.name not in self.gone and not unit.flaws() <= self.settling.get(unit.name, NOTHING)


Way = Callable[[State, Unit], Iterator[State]]
"""What else could settle a project, once no release of it fits: each state is tried in turn."""


class Search:
    """Asks a solver, and an auditor of its answers.

    answers  what the solver has said, and how much more it may be asked.
    unsure   how often there was no answer that counts.
    """

    def __init__(self, held: Sequence[Held], choice: Choice, solver: Solver) -> None:
        self.held = held
        self.choice = choice
        self.answers = Remembered(solver)
        self.unsure = 0

    def solve(self, state: State, question: Question) -> Solution:
        """Return a solution of the question for the state in which no release is any worse than what is held.

        Raises:
            Unreadable: the solver fails, or nobody knows the flaws of a release.
        """
        asked = _asked(state, question)
        nearest = question.nearest
        for _ in range(ROUNDS):
            least = {**self.choice.floors(state.settling), **question.least}
            excluded = self._excluded(state, asked)
            solution = self.answers.ask(asked._replace(excluded=excluded, least=least, nearest=nearest))
            bad = self.choice.bad(solution.releases, state.settling)
            self.choice.leave_out(bad)
            if not bad and (nearest or not (question.nearest and solution.fits())):
                self.unsure += not solution.sure
                return solution
            # What else would not do shows sooner in any answer: the nearest is asked for once there is one that does.
            nearest = question.nearest and not bad
        self.unsure += 1
        return Solution(unfit=UNSTEADY, sure=False)

    def fits(self, state: State) -> bool:
        """Return whether there is any solution."""
        return self.solve(state, ANY).fits()

    def is_unfit(self, state: State) -> bool:
        """Return whether it is known already that there is no solution."""
        asked = _asked(state, ANY)._replace(least=self.choice.floors(state.settling))
        known = self.answers.known(asked._replace(excluded=self._excluded(state, asked)))
        return known is not None and not known.fits()

    def grown(self, state: State, units: Sequence[Unit]) -> tuple[State, list[Unit]]:
        """Return the state with as many of the units as fit, in their order, and the others."""
        if not units:
            return state, []
        together = state.plus(*units)
        if self.fits(together):
            return together, []
        if len(units) == 1:
            return state, list(units)
        half = len(units) // 2
        state, first = self.grown(state, units[:half])
        state, second = self.grown(state, units[half:])
        return state, [*first, *second]

    def extended(self, state: State, left: Sequence[tuple[Unit, Sequence[Way]]]) -> State:
        """Return the state with what of the rest can be settled in its ways, the first that fits.

        What was done for one may clear the way of another: they are gone through until nothing more is settled.
        """
        before = None
        while state != before:
            before = state
            for unit, ways in left:
                state = self._better(state, unit, ways) if state.lacks(unit) else state
        return state

    def _better(self, state: State, unit: Unit, ways: Sequence[Way]) -> State:
        tried = (found for way in ways for found in way(state, unit))
        return next((each for each in tried if each != state and self.fits(each)), state)

    def narrowed(self, state: State, waiting: Collection[Allowance]) -> State:
        """Return the state with as few of these allowed as it takes: none of them can be taken back. With all it fits.

        Of several that would each do, those remain that come first.
        """
        least = state._replace(allowed=state.allowed - frozenset(waiting))
        return least.allowing(self._needed(least, list(waiting)))

    def _needed(self, state: State, waiting: Sequence[Allowance]) -> frozenset[Allowance]:
        """Return the fewest of those that wait which let a state fit; with all of them it does."""
        if not waiting or self.fits(state):
            return frozenset()
        if len(waiting) == 1:
            return frozenset(waiting)
        half = len(waiting) // 2
        later = self._needed(state.allowing(waiting[:half]), waiting[half:])
        return later | self._needed(state.allowing(later), waiting[:half])

    def _excluded(self, state: State, question: Question) -> dict[str, frozenset[str]]:
        """Return what must not be chosen; of what has to be gone there is nothing to choose from."""
        found = self.choice.excluded(state.settling)
        return {
            name: found.get(name, NOTHING) | question.excluded.get(name, NOTHING)
            for name in sorted({*found, *question.excluded})
            if name not in question.gone
        }


def _asked(state: State, question: Question) -> Question:
    """Return the question with what a state asks for and allows."""
    pinned = frozenset(each for each in question.pinned if each.name not in state.gone)
    return question._replace(
        pinned=pinned | state.pinned,
        gone=state.gone,
        fresh=state.fresh(),
        relaxed=state.relaxed(),
        any_age=AGE in state.allowed,
        any_step=LEVEL in state.allowed,
        uncooled=COOLDOWN in state.allowed,
    )
