"""The largest part of the flaws that can be settled together, in order of severity.

A solver is asked for everything at once. What it then chooses is audited, and what is no better is excluded, until the
whole of it will do. Where nothing fits, the projects are added one after the other, the worst first, in halves: what
fits together with less fits with nothing more, so that each half is asked for once, and not each project.
"""

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

from pip_assay.fix.choosing import Choice, Settling, Unit
from pip_assay.fix.nouns import Held, Root
from pip_assay.fix.questions import NOTHING, Pinned, Question, Solution, Solver
from pip_assay.values import NamedTuple

ROUNDS = 8
"""So often an answer is audited, and asked again without what would not do."""

RESERVE = 8
"""So many questions are kept for putting back what need not move, and for telling why the rest stays."""

_UNSTEADY = f"after {ROUNDS} answers there were still releases with flaws among them"


class State(NamedTuple):
    """What is asked for. The settling of each project, and what is allowed for its sake; see `Question`."""

    settling: Settling = MappingProxyType({})
    gone: frozenset[str] = NOTHING
    pinned: frozenset[Pinned] = frozenset()
    fresh: frozenset[str] = NOTHING
    relaxed: frozenset[Root] = frozenset()

    def plus(self, unit: Unit) -> "State":
        """Return the state that settles one more project."""
        flaws = self.settling.get(unit.name, NOTHING) | unit.flaws()
        return self._replace(settling={**self.settling, unit.name: flaws})


Way = Callable[[State, Unit], Iterator[State]]
"""What else could settle a project, once no release of it fits: each state is tried in turn."""


class Search:
    """Asks a solver, and an auditor of its answers."""

    def __init__(self, held: Sequence[Held], choice: Choice, solver: Solver) -> None:
        self.held = held
        self.choice = choice
        self.solver = solver

    def solve(self, state: State, question: Question) -> Solution:
        """Return a solution of the question for the state in which no release is any worse than what is held.

        Raises:
            Unreadable: the solver fails, or nobody knows the flaws of a release.
        """
        pinned = {each for each in question.pinned if each.name not in state.gone}
        asked = question._replace(
            pinned=frozenset(pinned | state.pinned), gone=state.gone, fresh=state.fresh,
            relaxed=question.relaxed | state.relaxed,
        )  # fmt: skip
        nearest = question.nearest
        for _ in range(ROUNDS):
            excluded = self._excluded(state, asked)
            solution = self.solver.ask(asked._replace(excluded=excluded, nearest=nearest))
            bad = self.choice.bad(solution.releases, state.settling)
            self.choice.leave_out(bad)
            if not bad and (nearest or not (question.nearest and solution.fits())):
                return solution
            # What else would not do shows sooner in any answer: the nearest is asked for once there is one that does.
            nearest = question.nearest and not bad
        return Solution(unfit=_UNSTEADY)

    def fits(self, state: State) -> bool:
        """Return whether there is any solution."""
        return self.may_ask() and self.solve(state, Question(nearest=False)).fits()

    def may_ask(self) -> bool:
        """Return whether questions are left beside those that are kept for later."""
        return self.solver.calls < self.solver.most - RESERVE

    def largest(self, units: Sequence[Unit]) -> tuple[State, Solution, list[Unit]]:
        """Return what is settled together, the releases of it, and the units that are left; see the module."""
        everything = State()
        for unit in units:
            everything = everything.plus(unit)
        solution = self.solve(everything, Question())
        if solution.fits():
            return everything, solution, []
        state, left = self._grown(State(), units, is_unfit=True)
        return state, Solution(unfit=solution.unfit), left

    def extended(self, state: State, left: Sequence[Unit], ways: Sequence[Way]) -> tuple[State, list[Unit]]:
        """Return the state with what of the rest can be settled in other ways, the first that fits."""
        rest = []
        for unit in left:
            tried = (found for way in ways for found in way(state, unit))
            better = next((each for each in tried if self.fits(each)), None)
            if better is None:
                rest.append(unit)
            else:
                state = better
        return state, rest

    def _grown(self, state: State, units: Sequence[Unit], *, is_unfit: bool) -> tuple[State, list[Unit]]:
        """Return the state with as many of the units as fit, in their order, and the others."""
        together = state
        for unit in units:
            together = together.plus(unit)
        if not is_unfit and self.fits(together):
            return together, []
        if len(units) <= 1 or not self.may_ask():
            return state, list(units)
        half = len(units) // 2
        state, first = self._grown(state, units[:half], is_unfit=False)
        # The first half fits, and both do not: nor does the second one with the first.
        state, second = self._grown(state, units[half:], is_unfit=not first)
        return state, [*first, *second]

    def _excluded(self, state: State, question: Question) -> dict[str, frozenset[str]]:
        """Return what must not be chosen; of what has to be gone there is nothing to choose from."""
        found = self.choice.excluded(state.settling)
        return {
            name: found.get(name, NOTHING) | question.excluded.get(name, NOTHING)
            for name in sorted({*found, *question.excluded})
            if name not in question.gone
        }
