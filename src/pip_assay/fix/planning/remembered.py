"""A solver's answers, used again: what fits, fits with less as well, and what does not, does not with more."""

from pip_assay.fix.planning.lines import admits, order
from pip_assay.fix.planning.questions import NOTHING, Question, Release, Solution, Solver

SPENT = "the resolver had been asked as often as it may be"


class Remembered:
    """A solver that is not asked what follows from what it has answered.

    spare  so many questions are kept for later.
    """

    def __init__(self, solver: Solver) -> None:
        self.spare = 0
        self._solver = solver
        self._answers: list[tuple[Question, Solution]] = []

    def may_ask(self) -> bool:
        """Return whether questions are left beside those that are kept for later."""
        return self._solver.calls < self._solver.most - self.spare

    def ask(self, question: Question) -> Solution:
        """Return the answer; where no more may be asked, one that is not sure.

        Raises:
            Unreadable: the solver fails.
        """
        if known := self.known(question):
            return known
        if not self.may_ask():
            return Solution(unfit=SPENT, sure=False)
        solution = self._solver.ask(question)
        if solution.sure:
            self._answers.append((question, solution))
        return solution

    def known(self, question: Question) -> Solution | None:
        """Return the answer as far as it follows from those to other questions."""
        for asked, solution in self._answers:
            follows = _is_one_of(solution, asked, question) if solution.fits() else _is_wider(asked, question)
            if follows or asked == question:
                return solution
        return None


def _is_one_of(solution: Solution, asked: Question, question: Question) -> bool:
    """Return whether a solution of one question is one of another, for which any will do."""
    return (
        not question.nearest
        and _is_alike(asked, question)
        and _allows(question, asked)
        and all(admits(each, solution.releases) for each in asked.relaxed - question.relaxed)
        and all(_may_be_chosen(each, question) for each in solution.releases)
    )


def _is_wider(asked: Question, question: Question) -> bool:
    """Return whether every solution of the second question would be one of the first."""
    return (
        _is_alike(asked, question)
        and _allows(asked, question)
        and asked.relaxed >= question.relaxed
        and all(versions <= question.excluded.get(name, NOTHING) for name, versions in asked.excluded.items())
        and asked.least.items() <= question.least.items()
    )


def _is_alike(one: Question, other: Question) -> bool:
    return (one.pinned, one.gone, one.most) == (other.pinned, other.gone, other.most)


def _allows(wide: Question, narrow: Question) -> bool:
    """Return whether the one question leaves out no release for its age or its step that the other does not."""
    return wide.fresh >= narrow.fresh and all(
        its >= others
        for its, others in (
            (wide.any_age, narrow.any_age), (wide.any_step, narrow.any_step), (wide.uncooled, narrow.uncooled),
            (wide.loose, narrow.loose),
        )
    )  # fmt: skip


def _may_be_chosen(release: Release, question: Question) -> bool:
    least = question.least.get(release.name)
    is_excluded = release.version in question.excluded.get(release.name, NOTHING)
    return not is_excluded and (least is None or order(release.version) >= order(least))
