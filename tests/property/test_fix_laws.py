"""Laws of a plan, over made-up indexes small enough to try everything in them."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from pip_assay.fix.nouns import Plan, Relaxation, Wish
from pip_assay.fix.planning.choosing import units
from pip_assay.fix.planning.plan import plan
from pip_assay.model import Finding
from tests.fixing import Auditor, Flaws, Index, Lister, Releases, Solver, after, every, fits, found, name_of, target

NAMES = ["a", "b", "c", "d"]
VERSIONS = ["1.0", "1.1", "2.0", "3.0"]
RELAX = Wish(relax=True)
SPECIFIERS = ["", ">=1.1", "<2", ">=2", "<3", ">=1.1,<3", "==1.0"]


class Case:
    """An index, what is held of it, and the flaws in it."""

    def __init__(
        self, index: Index, held: Releases, roots: list[str], flaws: Flaws, severities: Any, is_wild: bool
    ) -> None:
        self.index, self.held, self.roots, self.flaws, self.severities = index, held, roots, flaws, severities
        self.is_wild = is_wild

    def __repr__(self) -> str:
        return f"Case({self.index}, {self.held}, {self.roots}, {self.flaws}, {self.severities}, {self.is_wild})"

    def planned(self, held: Releases, wish: Wish = Wish(), roots: Sequence[str] | None = None) -> tuple[Plan, Solver]:  # noqa: B008
        """Return the plan for what is held, and the solver that was asked."""
        made = target(held, self.roots if roots is None else roots)
        solver = Solver(self.index, made, wish.level, is_wild=self.is_wild)
        wanted = found(held, self.flaws, self.severities)
        return plan(made, wanted, wish, Auditor(self.flaws), solver, Lister(self.index)), solver

    def widened(self, relaxed: Iterable[Relaxation]) -> list[str]:
        """Return the requirements of the project with some of them widened."""
        new = {each.old: each.new for each in relaxed}
        return [new.get(each, each) for each in self.roots]

    def can_be(self, held: Releases, roots: Sequence[str], settled: Iterable[Finding]) -> bool:
        """Return whether any choice of releases has all that is held, no lower and no worse, without some flaws."""
        flaws: dict[str, set[str]] = {}
        for each in settled:
            flaws.setdefault(each.dependency.pin.name, set()).add(each.id)
        tolerated = {name: self.affected(name, version) - flaws.get(name, set()) for name, version in held.items()}
        return any(
            chosen.keys() >= held.keys()
            and fits(chosen, self.index, roots)
            and all(Version(chosen[name]) >= Version(held[name]) for name in held)
            and all(self.affected(name, chosen[name]) <= tolerated.get(name, frozenset()) for name in chosen)
            for chosen in every(self.index)
        )

    def affected(self, name: str, version: str) -> frozenset[str]:
        """Return the flaws of a release."""
        return Auditor(self.flaws).affected(name, version)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return an index of four projects, a set of its releases that fits, and flaws in some."""
    index: dict[str, dict[str, list[str]]] = {}
    for number, name in enumerate(NAMES):
        index[name] = {}
        for version in draw(st.lists(st.sampled_from(VERSIONS), min_size=1, unique=True)):
            others = draw(st.lists(st.sampled_from([*NAMES[number + 1 :], NAMES[0]]), max_size=2, unique=True))
            index[name][version] = [f"{each}{draw(st.sampled_from(SPECIFIERS))}" for each in others if each != name]
    fitting = [each for each in every(index) if each and fits(each, index)]
    assume(fitting)
    held = draw(st.sampled_from(fitting))
    roots = []
    if draw(st.booleans()):
        roots = [
            f"{name}{draw(st.sampled_from([each for each in SPECIFIERS if fits(held, index, [name + each])]))}"
            for name in draw(st.lists(st.sampled_from(sorted(held)), min_size=1, unique=True))
        ]
    flaws = {
        f"FLAW-{number}": (name, draw(st.lists(st.sampled_from(VERSIONS), min_size=1, unique=True)))
        for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)))
    }
    severities = {flaw: draw(st.sampled_from(["critical", "high", "low", "unknown"])) for flaw in flaws}
    return Case(index, held, roots, flaws, severities, draw(st.booleans()))


@given(cases())
@settings(max_examples=30)
def test_nothing_is_asked_where_nothing_is_wanted(case: Case) -> None:
    """Without a finding a plan is empty, and no solver is asked."""
    made = target(case.held, case.roots)
    solver = Solver(case.index, made)
    empty = plan(made, [], Wish(), Auditor(case.flaws), solver, Lister(case.index))
    assert (empty.changes, empty.settled, empty.blocked, solver.calls) == ((), (), (), 0)


@given(cases())
@settings(max_examples=60)
def test_what_is_planned_fits_and_is_no_worse(case: Case) -> None:
    """After a plan all requirements hold, nothing is lower, no release has a flaw that its project did not have."""
    made, _ = case.planned(case.held)
    new = after(case.held, made)
    assert fits(new, case.index, case.roots)
    for name, version in new.items():
        before = case.affected(name, case.held[name]) if name in case.held else frozenset()
        assert case.affected(name, version) <= before
        assert name not in case.held or Version(version) >= Version(case.held[name])
    assert all(each.name in case.held for each in made.changes if not each.new)


@given(cases())
@settings(max_examples=60)
def test_every_finding_is_settled_or_blocked(case: Case) -> None:
    """What is told as settled is gone, the rest is still there; each finding is told of once, with a reason."""
    made, _ = case.planned(case.held)
    new = after(case.held, made)
    wanted = found(case.held, case.flaws, case.severities)
    left = [each for blocked in made.blocked for each in blocked.findings]
    assert sorted([*made.settled, *left]) == sorted(wanted)
    assert all(each.why for each in made.blocked)
    for each in wanted:
        name = each.dependency.pin.name
        is_there = name in new and each.id in case.affected(name, new[name])
        assert is_there == (each in left)


@given(cases())
@settings(max_examples=60)
def test_every_change_is_needed(case: Case) -> None:
    """With any one change taken back, a flaw is back or a requirement is broken; each change says what it is for."""
    made, _ = case.planned(case.held)
    new = after(case.held, made)
    for each in made.changes:
        assert each.settles or each.needed_by
        if each.old and each.new:
            back = {**new, each.name: each.old}
            flawed = case.affected(each.name, each.old) - case.affected(each.name, each.new)
            assert flawed or not fits(back, case.index, case.roots)
        assert not each.settles or set(each.settles) <= case.affected(each.name, each.old)


@given(cases())
@settings(max_examples=60)
def test_a_plan_is_a_fixpoint(case: Case) -> None:
    """To what a plan has made of a target, another plan has nothing to add."""
    made, _ = case.planned(case.held)
    again, _ = case.planned(after(case.held, made))
    assert (again.changes, again.settled) == ((), ())


@given(cases())
@settings(max_examples=60)
def test_a_plan_that_widens_bounds_is_a_fixpoint(case: Case) -> None:
    """To what was settled with wider bounds, a second plan that may widen them has nothing to add."""
    made, _ = case.planned(case.held, RELAX)
    roots = case.widened(made.relaxed)
    assert fits(after(case.held, made), case.index, roots)
    again, _ = case.planned(after(case.held, made), RELAX, roots)
    assert (again.changes, again.settled, again.relaxed) == ((), (), ())


@given(cases())
@settings(max_examples=60)
def test_nothing_is_left_that_could_be_settled(case: Case) -> None:
    """Beside what a plan settles, no choice of releases is without any flaw more; none is with wider bounds, either."""
    for wish, roots in ((Wish(), case.roots), (RELAX, [name_of(each) for each in case.roots])):
        made, _ = case.planned(case.held, wish)
        if any(not each.new for each in made.changes):
            continue  # what is gone makes room that the oracle does not look for
        for blocked in made.blocked:
            for each in blocked.findings:
                assert not case.can_be(case.held, roots, [*made.settled, each])


@given(cases())
@settings(max_examples=80)
def test_what_is_in_the_way_is(case: Case) -> None:
    """With the bounds that are named a fix fits, with any one of them it does not; widened as told they let it in."""
    made, _ = case.planned(case.held)
    if any(not each.new for each in made.changes):
        return
    for blocked in made.blocked:
        assert bool(blocked.would) == ("hold" in blocked.why)
        olds = [each.old for each in blocked.would]
        settled = [*made.settled, *blocked.findings]
        for kept in ["", *olds] if olds else []:
            bare = [name_of(each) if each in olds and each != kept else each for each in case.roots]
            assert case.can_be(case.held, bare, settled) == (not kept)
        assert not olds or case.can_be(case.held, case.widened(blocked.would), settled)


@given(cases())
@settings(max_examples=60)
def test_with_few_questions_a_plan_is_as_right_if_not_as_large(case: Case) -> None:
    """Whatever number of questions there is, it is kept to, what is planned fits, and nothing untrue is said."""
    _, solver = case.planned(case.held)
    for most in range(2, solver.calls):
        made = target(case.held, case.roots)
        few = Solver(case.index, made, is_wild=case.is_wild, most=most)
        wanted = found(case.held, case.flaws, case.severities)
        part = plan(made, wanted, Wish(), Auditor(case.flaws), few, Lister(case.index))
        assert few.calls <= most
        assert fits(after(case.held, part), case.index, case.roots)
        for blocked in part.blocked:
            if "fits;" in blocked.why:
                assert not case.can_be(case.held, case.roots, [*part.settled, *blocked.findings])


@given(cases())
@settings(max_examples=60)
def test_the_worst_that_can_be_settled_is(case: Case) -> None:
    """The first project, the worst first, of which any choice of releases settles all findings is settled."""
    made, _ = case.planned(case.held)
    for unit in units(found(case.held, case.flaws, case.severities)):
        if any(_settles(case, unit.name, each) for each in every(case.index)):
            assert set(unit.findings) <= set(made.settled)
            break


def _settles(case: Case, name: str, chosen: Releases) -> bool:
    """Return whether a choice of releases has all that is held, no lower, and the project without any flaw."""
    return (
        chosen.keys() >= case.held.keys()
        and fits(chosen, case.index, case.roots)
        and all(Version(chosen[each]) >= Version(case.held[each]) for each in case.held)
        and not case.affected(name, chosen[name])
        and all(
            case.affected(each, version) <= (case.affected(each, case.held[each]) if each in case.held else frozenset())
            for each, version in chosen.items()
        )
    )
