"""Which releases to move to: the fewest and nearest that settle the most, in a set that a solver found to fit."""

from collections.abc import Callable, Iterable, Sequence

from pip_assay import markers
from pip_assay.fix.nouns import Plan, Relaxation, Target, Wish
from pip_assay.fix.planning import blocked, lines
from pip_assay.fix.planning.apart import apart
from pip_assay.fix.planning.changes import changes, gone
from pip_assay.fix.planning.choosing import Choice, Unit, is_movable, units, wished
from pip_assay.fix.planning.moves import moves, reached
from pip_assay.fix.planning.questions import Auditor, Question, Releases, Solution, Solver
from pip_assay.fix.planning.reduced import reduced
from pip_assay.fix.planning.search import ANY, Allowance, Fresh, Search, State
from pip_assay.fix.planning.ways import Ways
from pip_assay.model import Finding

STEPS = 5

TO_REDUCE, TO_EXPLAIN = 0.1, 0.3
"""So much of the questions is kept for putting back what need not move, and for telling why the rest stays."""

NONE = Solution(unfit="nothing")


def _nobody(*_: object) -> None:
    """Tell nobody."""


def plan(
    target: Target, wanted: Iterable[Finding], wish: Wish, auditor: Auditor, solver: Solver, releases: Releases,
    progress: Callable[[int, int], None] = _nobody,
) -> Plan:  # fmt: skip
    """Return what to change so that the most of the wanted findings are settled, the worst first.

    Nothing is asked where nothing is wanted. `progress` is told how many of the steps are done, of how many.

    Raises:
        Unreadable: the solver fails, or nobody knows the flaws of a release.
    """
    found = wished(wanted, wish)
    active = _active(target)
    unmovable = lines.unmovable(active)
    others = apart(found, active, unmovable)
    movable = [each for each in found if is_movable(each, active, unmovable)]
    if not movable:
        return Plan(target, blocked=others, most=solver.most)
    progress(0, STEPS)
    before = solver.present()
    choice = Choice(active, auditor, releases, movable)
    choice.look_at(sorted({each.dependency.pin.name for each in movable}))
    search = Search([each for each in active.held if each.name not in unmovable], choice, solver)
    search.answers.spare = int(solver.most * (TO_REDUCE + TO_EXPLAIN))
    progress(1, STEPS)
    state, solution = _settled(search, units(movable), active, Ways(search, active, wish, before), wish)
    search.answers.spare = int(solver.most * TO_EXPLAIN)
    progress(2, STEPS)
    if solution.fits():
        solution = reduced(search, state, solution, solver.notes)
    search.answers.spare = 0
    progress(3, STEPS)
    state, solution = _without_orphans(search, active, state, solution, before)
    moved = moves(search.held, solution.releases, state.gone)
    settled = gone(movable, moved, choice)
    made = changes(search.held, solution, state, settled, before)
    progress(4, STEPS)
    left = [each for each in movable if each not in settled]
    explaining = blocked.Explaining(search, active, wish, state, solution, before)
    explained = explaining.blocked(left)
    progress(STEPS, STEPS)
    return Plan(
        target, made, tuple(settled), (*explained, *others), _relaxed(state, solution), solver.calls, solver.most,
        notes=(*_inconsistent(before), *solver.notes, *explaining.notes),
    )  # fmt: skip


def _active(target: Target) -> Target:
    """Return the target with what applies to the one Python and platform that it is for."""
    if target.universal or not any(each.marker for each in target.held):
        return target
    environment = markers.environment(target.python, target.platform)
    held = tuple(each for each in target.held if markers.applies(each.marker, environment))
    return target._replace(held=held)


def _allowances(wanted: Iterable[Unit], target: Target, wish: Wish) -> list[Allowance]:
    """Return what a person lets be allowed for the sake of a fix, what is liked best first."""
    fresh = [Fresh(each.name) for each in wanted] if wish.cooldown else []
    bounds = blocked.bounds(target) if wish.relax else ()
    return [*fresh, *(each for each in bounds if each.widens)]


def _settled(search: Search, wanted: Sequence[Unit], target: Target, ways: Ways, wish: Wish) -> tuple[State, Solution]:
    """Return what can be settled, and the nearest releases that do; of nothing the solution is unfit."""
    parted = [(unit, *search.choice.parted(unit, wish.level)) for unit in wanted]
    possible = [kept for _, kept, _ in parted if kept.findings]
    hopeless = [Unit(unit.name, tuple(rest)) for unit, _, rest in parted if rest]
    plain = State().plus(*possible)
    solution = search.solve(plain, Question()) if possible else NONE
    if solution.fits() and not hopeless:
        return plain, solution
    allowances = _allowances(wanted, target, wish)
    state, left = search.grown(State().allowing(allowances), possible)
    waiting = [(unit, ways.to_fit()) for unit in left] + [(unit, ways.to_do_without()) for unit in hopeless]
    state = search.narrowed(search.extended(state, waiting), allowances)
    if solution.fits() and state == plain:
        return state, solution
    return state, _nearest(search, state, solution) if state.settling or state.gone else NONE


def _nearest(search: Search, state: State, solution: Solution) -> Solution:
    """Return the nearest releases for a state that fits; any that do, where these are not found in time."""
    found = search.solve(state, Question(prefer=solution.releases))
    return found if found.fits() else search.solve(state, ANY)


def _without_orphans(
    search: Search, target: Target, state: State, solution: Solution, before: Solution
) -> tuple[State, Solution]:
    """Return the solution without what nothing needs any more, where the project's own requirements are known.

    What nothing needed before stays: somebody wants it for a reason of their own.
    """
    if not (target.roots and solution.fits() and before.fits()):
        return state, solution
    roots = {lines.named(each.text) for each in target.roots}
    held = {each.name for each in search.held}
    needed = reached(roots | held - reached(roots, before.releases), solution.releases)
    kept = tuple(each for each in solution.releases if each.name in needed)
    gone = (held & {each.name for each in solution.releases}) - needed
    return state._replace(gone=state.gone | gone), Solution(kept)


def _relaxed(state: State, solution: Solution) -> tuple[Relaxation, ...]:
    chosen = {each.name: each.version for each in solution.releases}
    return tuple(
        Relaxation(root.place, root.text, lines.relaxed(root, chosen[lines.named(root.text)]))
        for root in sorted(state.relaxed(), key=lambda each: each.place)
        if lines.named(root.text) in chosen and not lines.admits(root, solution.releases)
    )


def _inconsistent(before: Solution) -> tuple[str, ...]:
    return () if before.fits() else (f"what is held now does not fit together: {before.unfit}",)
