"""Every change that is not needed is put back: as long as the rest still fits, and no flaw comes back."""

from pip_assay.fix.nouns import LEVELS, Held
from pip_assay.fix.planning.lines import order, step
from pip_assay.fix.planning.moves import moves
from pip_assay.fix.planning.questions import Pinned, Question, Release, Solution
from pip_assay.fix.planning.search import Search, State

UNFINISHED = "the resolver was asked so often that some of the changes may not be needed"


def reduced(search: Search, state: State, solution: Solution, notes: list[str]) -> Solution:
    """Return a solution of which no single change can be taken back. The largest steps are tried first.

    A change that settles something is never tried: what is held has the flaw. With one taken back others may be, too;
    nothing else may move, so that all that the solver has to read has been read. `notes` tells of what was not tried.

    Raises:
        Unreadable: the solver fails.
    """
    tried: set[Held] = set()
    while waiting := [each for each in _put_back(search, state, solution) if each not in tried]:
        if not search.answers.may_ask():
            notes.append(UNFINISHED)
            break
        tried.add(waiting[0])
        found = search.solve(state, _without(waiting[0], search, solution))
        if found.fits() and len(moves(search.held, found.releases)) < len(moves(search.held, solution.releases)):
            solution = found
    return solution


def _put_back(search: Search, state: State, solution: Solution) -> list[Held]:
    """Return the held releases that have moved without settling anything, the largest steps first."""
    moved = [
        (LEVELS.index(step(each.old.version, each.new.version)), each.old)
        for each in moves(search.held, solution.releases)
        if each.old and each.new and not search.choice.is_bad(each.name(), each.old.version, state.settling)
    ]
    moved.sort(key=lambda pair: (-pair[0], pair[1]))
    return [held for _, held in moved]


def _without(held: Held, search: Search, solution: Solution) -> Question:
    """Return the question whether the rest of the solution will do without the move of a held release."""
    moved = [each for each in moves(search.held, solution.releases) if each.old]
    kept = {each.old for each in moved} - {held}
    replaced = {each.new for each in moved if each.old == held}
    back = Release(held.name, held.version, held.marker)
    return Question(
        (*(each for each in solution.releases if each not in replaced), back),
        excluded={
            each.old.name: search.choice.between(each.old.name, each.old.version, each.new.version)
            for each in moved
            if each.old and each.new
        },
        most={each.name: each.version for each in sorted(solution.releases, key=lambda each: order(each.version))},
        pinned=frozenset(Pinned(each.name, each.marker, each.version) for each in search.held if each not in kept),
        nearest=False,
    )
