"""Plans over made-up indexes: what a wish changes, and what each change says."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from pip_assay.fix.nouns import Change, Level, Plan, Target, Wish
from pip_assay.fix.planning.moves import moves
from pip_assay.fix.planning.plan import plan
from pip_assay.fix.planning.questions import Release as Chosen
from pip_assay.model import Finding, Place
from pip_assay.releases import Release
from tests.fixing import Auditor, Flaws, Index, Lister, Releases, Solver, after, finding, found, target

WEB: Index = {
    "app": {"1.0": ["web<2"], "1.1": ["web<2"], "2.0": ["web>=2"], "3.0": ["web>=2"]},
    "web": {"1.0": [], "1.1": [], "2.0": ["part"], "2.1": ["part"]},
    "part": {"0.1": [], "0.2": []},
}
HELD = {"app": "1.0", "web": "1.0"}


def planned(
    index: Index, held: Releases, flaws: Flaws, roots: Iterable[str] = (), wish: Wish = Wish(), **settings: Any  # noqa: B008
) -> Plan:  # fmt: skip
    """Return the plan for what is held."""
    made: Target = settings.pop("target", None) or target(held, roots)
    lister = Lister(index, settings.pop("yanked", ()))
    wanted: list[Finding] = settings.pop("wanted", None) or found(held, flaws, settings.pop("severities", {}))
    auditor = settings.pop("auditor", None) or Auditor(flaws)
    solver = Solver(index, made, wish.level, **settings)
    return plan(made, wanted, wish, auditor, solver, lister)


def moved(made: Plan) -> dict[str, tuple[str, str]]:
    """Return the old and new releases by name."""
    return {each.name: (each.old, each.new) for each in made.changes}


def test_a_flaw_is_settled_by_the_nearest_release() -> None:
    """One release moves, by the smallest step that does; it says what it settles, and where it is written."""
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0"])})
    assert made.changes == (Change("web", "1.0", "1.1", "minor", ("F-1",), places=(Place("r.txt", 2),)),)
    assert [each.id for each in made.settled] == ["F-1"]
    assert (made.blocked, made.proved, made.calls, made.most) == ((), True, 2, 200)


def test_what_else_must_move_says_for_whom() -> None:
    """A parent that could not stay beside the fix moves with it, and what comes in anew names who needs it."""
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0", "1.1"])})
    assert moved(made) == {"app": ("1.0", "2.0"), "part": ("", "0.2"), "web": ("1.0", "2.0")}
    assert {each.name: each.needed_by for each in made.changes} == {"app": ("web",), "part": ("web",), "web": ()}


def test_what_comes_in_has_no_flaws_either() -> None:
    """A flawed release is not brought in by a fix, though nobody asked about its project."""
    flaws = {"F-1": ("web", ["1.0", "1.1"]), "F-2": ("part", ["0.2"]), "F-3": ("app", ["2.0"])}
    made = planned(WEB, HELD, flaws)
    assert after(HELD, made) == {"app": "3.0", "part": "0.1", "web": "2.0"}


def test_a_fix_that_only_a_flawed_release_allows_is_none() -> None:
    """Where what must come in has flaws in all of its releases, nothing moves."""
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0", "1.1"]), "F-2": ("part", ["0.1", "0.2"])})
    assert (made.changes, [each.name for each in made.blocked]) == ((), ["web"])


def test_a_yanked_release_is_no_fix() -> None:
    """Where every release that would do is yanked, none is there to move to."""
    flaws = {"F-1": ("web", ["1.0"])}
    index: Index = {"web": {"1.0": [], "1.1": []}}
    assert planned(index, {"web": "1.0"}, flaws, yanked=[("web", "1.1")]).blocked[0].why == "no release fixes it"
    assert not planned(index, {"web": "1.0"}, flaws).blocked


def test_a_release_that_settles_most_is_better_than_none() -> None:
    """Of two flaws of which one has no fix the other is settled."""
    made = planned({"web": {"1.0": [], "1.1": []}}, {"web": "1.0"}, {
        "F-1": ("web", ["1.0", "1.1"]), "F-2": ("web", ["1.0"]),
    })  # fmt: skip
    assert moved(made) == {"web": ("1.0", "1.1")}
    assert [each.id for each in made.settled] == ["F-2"]
    assert [(each.findings[0].id, each.why) for each in made.blocked] == [("F-1", "no release fixes it")]


def test_a_part_of_the_flaws_is_settled_where_all_do_not_fit() -> None:
    """Where a requirement holds the last fix back, the ones before it are taken."""
    flaws = {"F-1": ("web", ["1.0", "1.1"]), "F-2": ("web", ["1.0"])}
    made = planned(WEB, HELD, flaws, ["app<2", "web"])
    assert moved(made) == {"web": ("1.0", "1.1")}
    assert [each.id for each in made.settled] == ["F-2"]
    assert made.blocked[0].why == "app<2 (r.in:1) holds it back"


def test_the_worst_is_settled_where_not_all_can_be() -> None:
    """Of two fixes that exclude each other, that of the worse flaw is taken."""
    index: Index = {"a": {"1.0": [], "2.0": ["b<2"]}, "b": {"1.0": [], "2.0": ["a<2"]}}
    held = {"a": "1.0", "b": "1.0"}
    flaws = {"F-1": ("a", ["1.0"]), "F-2": ("b", ["1.0"])}
    assert moved(planned(index, held, flaws, severities={"F-2": "critical"})) == {"b": ("1.0", "2.0")}
    assert moved(planned(index, held, flaws, severities={"F-1": "critical"})) == {"a": ("1.0", "2.0")}


@pytest.mark.parametrize(
    ("wish", "settled"),
    [
        (Wish(only=("web",)), ["F-1", "F-2"]), (Wish(only=("f-2",)), ["F-2"]), (Wish(only=("CVE-9",)), []),
        (Wish(least="high"), ["F-1", "F-3"]), (Wish(least="critical"), ["F-3"]), (Wish(), ["F-1", "F-2", "F-3"]),
    ],
)  # fmt: skip
def test_only_what_is_asked_for_is_settled(wish: Wish, settled: list[str]) -> None:
    """Names of projects, ids and the least severity choose; a flaw of unknown severity is never too small."""
    index: Index = {"web": {"1.0": [], "1.1": [], "2.0": []}, "part": {"0.1": [], "0.2": []}}
    flaws = {"F-1": ("web", ["1.0", "1.1"]), "F-2": ("web", ["1.0"]), "F-3": ("part", ["0.1"])}
    severities = {"F-1": "high", "F-2": "low", "F-3": "unknown"}
    made = planned(index, {"part": "0.1", "web": "1.0"}, flaws, wish=wish, severities=severities)
    assert sorted(each.id for each in made.settled) == settled
    assert not made.blocked


def test_what_was_asked_for_alone_is_reported() -> None:
    """A flaw that is gone by the way, and that nobody asked about, is not counted as settled."""
    flaws = {"F-1": ("web", ["1.0"]), "F-2": ("web", ["1.0"])}
    made = planned(WEB, HELD, flaws, wish=Wish(only=("F-2",)))
    assert [each.settles for each in made.changes] == [("F-2",)]


@pytest.mark.parametrize(
    ("level", "new", "why"),
    [
        ("patch", "", "it needs a minor step (1.0 -> 1.1), which --max-level patch forbids"),
        ("minor", "1.1", ""),
        ("major", "1.1", ""),
    ],
)
def test_no_step_is_larger_than_wished(level: Level, new: str, why: str) -> None:
    """A larger step than a person allows is not taken, and told of."""
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0"])}, wish=Wish(level=level))
    assert after(HELD, made)["web"] == (new or "1.0")
    assert [each.why for each in made.blocked] == [why] * bool(why)


def test_the_step_of_another_project_is_named() -> None:
    """Where the fix itself is a small step, and a large one of its parent is in the way, that is what is said."""
    index: Index = {"app": {"1.0": ["web<1.1"], "2.0": ["web"]}, "web": {"1.0": [], "1.1": []}}
    made = planned(index, HELD, {"F-1": ("web", ["1.0"])}, wish=Wish(level="minor"))
    assert [each.why for each in made.blocked] == [
        "it needs a major step of app (1.0 -> 2.0), which --max-level minor forbids"
    ]


def test_a_fix_younger_than_the_cooldown_is_taken_and_marked() -> None:
    """Only a release that settles something may be younger, and it says so; what comes with it may not."""
    wish = Wish(cooldown=7)
    flaws = {"F-1": ("web", ["1.0"]), "F-2": ("part", ["0.1"])}
    index: Index = {"part": {"0.1": [], "0.2": []}, "web": {"1.0": [], "1.1": []}}
    held = {"part": "0.1", "web": "1.0"}
    made = planned(index, held, flaws, wish=wish, young=[("web", "1.1")])
    assert {each.name: each.fresh for each in made.changes} == {"part": False, "web": True}
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0", "1.1"])}, wish=wish, young=[("web", "2.0"), ("part", "0.2")])
    assert {each.name: (each.new, each.fresh) for each in made.changes} == {
        "app": ("2.0", False), "part": ("0.1", False), "web": ("2.1", False),
    }  # fmt: skip


def test_a_lower_release_only_where_no_higher_one_would_do() -> None:
    """A downgrade is taken on request alone, and for a project alone that has no higher release without flaws."""
    index: Index = {"web": {"1.0": [], "1.1": [], "2.0": []}}
    held = {"web": "1.1"}
    flaws = {"F-1": ("web", ["1.1", "2.0"])}
    assert planned(index, held, flaws).changes == ()
    assert moved(planned(index, held, flaws, wish=Wish(allow_downgrade=True))) == {"web": ("1.1", "1.0")}
    flaws = {"F-1": ("web", ["1.1"])}
    assert moved(planned(index, held, flaws, wish=Wish(allow_downgrade=True))) == {"web": ("1.1", "2.0")}


DROPS: Index = {"py": {"1.0": [], "1.1": []}, "test": {"1.0": ["py"], "2.0": ["py"], "3.0": []}}
NO_FIX: Flaws = {"F-1": ("py", ["1.0", "1.1"])}


def test_what_nothing_fixes_is_dropped_with_its_parents_upgrade() -> None:
    """Where the project's own requirements are known, a parent that needs it no more settles a flaw without a fix."""
    made = planned(DROPS, {"py": "1.0", "test": "1.0"}, NO_FIX, ["test"])
    assert moved(made) == {"py": ("1.0", ""), "test": ("1.0", "3.0")}
    assert {each.name: (each.settles, each.needed_by) for each in made.changes} == {
        "py": (("F-1",), ()), "test": ((), ("py",)),
    }  # fmt: skip
    assert not made.blocked


def test_nothing_is_dropped_that_may_be_asked_for() -> None:
    """Where the requirements are not known, or ask for it, the parent is named and nothing is dropped."""
    held = {"py": "1.0", "test": "1.0"}
    flat = planned(DROPS, held, NO_FIX)
    assert (flat.changes, flat.blocked[0].why, flat.blocked[0].parents) == ((), "no release fixes it", ("test 3.0",))
    assert planned(DROPS, held, NO_FIX, ["py", "test"]).changes == ()
    assert planned(DROPS, {"py": "1.0", "test": "3.0"}, NO_FIX, ["test"]).changes == ()


def test_what_nothing_needs_any_more_goes() -> None:
    """With known requirements, what only the old release of a fix needed goes with it; else it stays."""
    index: Index = {"old": {"1.0": []}, "web": {"1.0": ["old"], "2.0": []}}
    held = {"old": "1.0", "web": "1.0"}
    flaws = {"F-1": ("web", ["1.0"])}
    made = planned(index, held, flaws, ["web"])
    assert made.changes[0]._replace(places=()) == Change("old", "1.0", "", needed_by=("web",))
    assert moved(planned(index, held, flaws)) == {"web": ("1.0", "2.0")}


def test_a_bound_is_widened_on_request() -> None:
    """With the wish to relax, a requirement of the project that is in the way becomes part of the plan."""
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0", "1.1"])}, ["app<2"], Wish(relax=True))
    assert moved(made) == {"app": ("1.0", "2.0"), "part": ("", "0.2"), "web": ("1.0", "2.0")}
    assert [(each.place, each.old, each.new) for each in made.relaxed] == [(Place("r.in", 1), "app<2", "app>=2.0")]
    assert not made.blocked


def test_one_bound_widened_lets_others_in() -> None:
    """What fits once a bound is widened for another project is settled as well."""
    index: Index = {
        "app": {"1.0": ["web<2"], "2.0": ["web>=2"], "3.0": ["web>=2"]},
        "web": {"1.0": [], "2.0": []},
    }
    flaws = {"F-1": ("web", ["1.0"]), "F-2": ("app", ["1.0", "2.0"])}
    severities = {"F-1": "critical"}
    made = planned(index, HELD, flaws, ["app<2"], Wish(relax=True), severities=severities)
    assert after(HELD, made) == {"app": "3.0", "web": "2.0"}
    assert [each.new for each in made.relaxed] == ["app>=3.0"]


def test_what_does_not_fit_now_is_told_of() -> None:
    """A set that does not fit as it is held is mended where a fix is wanted, with a note."""
    index: Index = {"app": {"1.0": ["web>=2"]}, "web": {"1.0": [], "2.0": []}, "c": {"1.0": [], "1.1": []}}
    held = {"app": "1.0", "c": "1.0", "web": "1.0"}
    made = planned(index, held, {"F-1": ("c", ["1.0"])})
    assert moved(made) == {"c": ("1.0", "1.1"), "web": ("1.0", "2.0")}
    assert made.notes == ("what is held now does not fit together: what is held does not fit",)
    assert made.changes[1].needed_by == ("app",) or made.changes[1].needed_by == ("c",)


def test_an_index_that_lists_nothing_is_no_obstacle() -> None:
    """Where nobody tells which releases there are, each answer of the solver is audited until one will do."""

    def nothing(names: Sequence[str]) -> dict[str, list[Release]]:
        return {name: [] for name in names}

    made = target({"web": "1.0"})
    flaws = {"F-1": ("web", ["1.0", "1.1", "2.0"])}
    index: Index = {"web": {"1.0": [], "1.1": [], "2.0": [], "2.1": []}}
    done = plan(made, found({"web": "1.0"}, flaws), Wish(), Auditor(flaws), Solver(index, made), nothing)
    assert moved(done) == {"web": ("1.0", "2.1")}


def test_a_service_is_asked_about_what_is_chosen_alone() -> None:
    """Where each question about a release goes to a service, only held and chosen releases are asked about."""

    class Service(Auditor):
        asked: set[tuple[str, str]]

        def affected(self, name: str, version: str) -> frozenset[str]:
            self.asked = {*getattr(self, "asked", ()), (name, version)}
            return super().affected(name, version)

        def known(self, name: str, version: str) -> frozenset[str]:
            return super().affected(name, version) if (name, version) in getattr(self, "asked", ()) else frozenset()

    flaws = {"F-1": ("web", ["1.0", "1.1"])}
    auditor = Service(flaws)
    index: Index = {"web": {each: [] for each in ("0.9", "1.0", "1.1", "2.0", "2.1", "3.0")}, "c": {"1.0": []}}
    made = planned(index, {"c": "1.0", "web": "1.0"}, flaws, auditor=auditor)
    assert moved(made) == {"web": ("1.0", "2.0")}
    assert auditor.asked == {("web", "1.0"), ("web", "1.1"), ("web", "2.0"), ("c", "1.0")}


def test_a_release_under_a_marker_that_is_false_is_left_alone() -> None:
    """What does not apply to the Python and platform of the plan is not moved, and told of."""
    made = target({"web": "1.0", "part": "0.1"}, python="3.11")
    held = (made.held[0]._replace(marker="python_version < '3'"), made.held[1])
    made = made._replace(held=held)
    flaws = {"F-1": ("web", ["1.0"]), "F-2": ("part", ["0.1"])}
    done = planned(
        WEB, {"part": "0.1"}, flaws, target=made, wanted=[finding("web", "1.0", "F-1"), finding("part", "0.1", "F-2")]
    )
    assert moved(done) == {"part": ("0.1", "0.2")}
    assert [each.why for each in done.blocked] == ["it does not apply to the Python and platform that the plan is for"]


def test_a_flaw_that_cannot_be_settled_keeps_no_other_back() -> None:
    """Where nothing fits with a fix of the worst flaw, those after it are settled all the same."""
    index: Index = {"a": {"1.0": [], "2.0": ["none"]}, "b": {"1.0": [], "2.0": []}, "c": {"1.0": [], "2.0": []}}
    flaws = {f"F-{name}": (name, ["1.0"]) for name in index}
    made = planned(index, dict.fromkeys(index, "1.0"), flaws, severities={"F-a": "critical"})
    assert moved(made) == {"b": ("1.0", "2.0"), "c": ("1.0", "2.0")}
    made = planned(index, dict.fromkeys("ab", "1.0"), flaws, severities={"F-a": "critical"})
    assert moved(made) == {"b": ("1.0", "2.0")}


def test_what_a_fix_of_something_unasked_needs_comes_in() -> None:
    """What is held though no requirement asks for it stays, and what its fix needs comes in with it."""
    index: Index = {"extra": {"1.0": [], "2.0": ["part"]}, "part": {"0.1": []}, "web": {"1.0": []}}
    made = planned(index, {"extra": "1.0", "web": "1.0"}, {"F-1": ("extra", ["1.0"])}, ["web"])
    assert moved(made) == {"extra": ("1.0", "2.0"), "part": ("", "0.1")}


def test_needless_changes_are_put_back() -> None:
    """Whatever a solver moves without need is where it was in the plan, also what moved together."""
    index: Index = {
        "a": {"1.0": ["b<2"], "2.0": ["b>=2"]}, "b": {"1.0": [], "2.0": []}, "c": {"1.0": [], "2.0": []},
        "web": {"1.0": [], "1.1": []},
    }  # fmt: skip
    held = dict.fromkeys(index, "1.0")
    made = planned(index, held, {"F-1": ("web", ["1.0"])}, is_wild=True)
    assert moved(made) == {"web": ("1.0", "1.1")}
    made = planned(index, held, {"F-1": ("web", ["1.0"])}, is_wild=True, most=2)
    assert after(held, made) == {"a": "2.0", "b": "2.0", "c": "2.0", "web": "1.1"}
    assert made.notes == ("the resolver was asked so often that some of the changes may not be needed",)


def test_the_nearest_is_asked_for_again_once_an_answer_will_do() -> None:
    """What comes in with a flaw is found in cheap answers; the one that counts is of the nearest releases."""
    index: Index = {"web": {"1.0": [], "1.1": ["part"]}, "part": {"0.1": [], "0.2": [], "0.3": []}}
    flaws = {"F-1": ("web", ["1.0"]), "F-2": ("part", ["0.3"]), "F-3": ("part", ["0.2"])}
    made = target({"web": "1.0"})
    solver = Solver(index, made)

    class OneByOne(Auditor):
        """Knows of a release what it was asked about."""

        def known(self, name: str, version: str) -> frozenset[str]:
            return frozenset() if (name, version) not in self.seen else super().known(name, version)

        def affected(self, name: str, version: str) -> frozenset[str]:
            self.seen.add((name, version))
            return super().affected(name, version)

        seen: set[tuple[str, str]] = set()  # noqa: RUF012

    done = plan(made, found({"web": "1.0"}, flaws), Wish(), OneByOne(flaws), solver, Lister(index))
    assert moved(done) == {"part": ("", "0.1"), "web": ("1.0", "1.1")}
    assert [each.nearest for each in solver.asked] == [True, False, False, True]


def test_answers_that_are_never_any_better_end() -> None:
    """A solver that chooses one flawed release after the other is not asked forever."""
    index: Index = {"web": {"1.0": [], **{f"1.{number}": [] for number in range(1, 20)}}}
    flaws = {"F-1": ("web", list(index["web"]))}

    def nothing(names: Sequence[str]) -> dict[str, list[Release]]:
        return {name: [] for name in names}

    made = target({"web": "1.0"})
    solver = Solver(index, made)
    done = plan(made, found({"web": "1.0"}, flaws), Wish(), Auditor(flaws), solver, nothing)
    assert (done.changes, [each.name for each in done.blocked]) == ((), ["web"])
    assert solver.calls < 60


def test_a_held_pre_release_may_move_to_another() -> None:
    """Pre-releases are candidates where one is held, and nowhere else."""
    flaws = {"F-1": ("web", ["2.0rc1", "1.0"])}
    index: Index = {"web": {"1.0": [], "2.0rc1": [], "2.0rc2": []}}
    assert moved(planned(index, {"web": "2.0rc1"}, flaws)) == {"web": ("2.0rc1", "2.0rc2")}
    assert planned(index, {"web": "1.0"}, flaws).blocked[0].why == "no release fixes it"


FORKS = [("1.0", "python_version < '3.9'"), ("2.0", "python_version >= '3.9'")]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([("1.1", FORKS[0][1]), ("2.0", FORKS[1][1])], [("1.0", "1.1")]),
        ([("1.1", FORKS[0][1]), ("2.1", FORKS[1][1])], [("1.0", "1.1"), ("2.0", "2.1")]),
        ([("2.0", "")], [("1.0", "2.0")]),
        ([("3.0", "")], [("1.0", "3.0"), ("2.0", "3.0")]),
        (
            [("1.1", "os_name == 'nt'"), ("2.1", "os_name != 'nt'"), ("3.0", "x")],
            [("1.0", "1.1"), ("2.0", "2.1"), ("", "3.0")],
        ),
    ],
)
def test_each_fork_moves_by_itself(chosen: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    """Forks are told apart by their markers; where these change, by their releases in order."""
    (one,) = target({"web": "1.0"}).held
    held = [one._replace(version=version, marker=marker) for version, marker in FORKS]
    made = moves(held, [Chosen("web", version, marker) for version, marker in chosen])
    pairs = [(each.old.version if each.old else "", each.new.version if each.new else "") for each in made]
    assert sorted(pairs) == sorted(expected)


def test_one_release_may_become_several_forks() -> None:
    """Where a fix is one release for old Pythons and another for new ones, both take the place of what is held."""
    (one,) = target({"web": "1.0"}).held
    made = moves([one], [Chosen("web", "1.1", FORKS[0][1]), Chosen("web", "2.0", FORKS[1][1])])
    assert [(each.old, each.new and each.new.version) for each in made] == [(one, "1.1"), (one, "2.0")]
    assert [each.name() for each in moves([], [Chosen("part", "1.0", "x"), Chosen("part", "2.0", "y")])] == ["part"] * 2


MANY: Index = {
    **{f"p{number}": {"1.0": [], "2.0": []} for number in range(6)},
    "flask": {"1.0": ["werkzeug<2", "jinja>=1"], "2.0": ["werkzeug>=2", "jinja>=2"]},
    "werkzeug": {"1.0": [], "2.0": []},
    "jinja": {"1.0": [], "2.0": []},
}
"""A project of many bounds: each of its own flaw, and two that together hold back a third project."""

MANY_ROOTS = [*(f"p{number}<2" for number in range(6)), "flask<2", "jinja<2"]


def test_many_bounds_are_widened_with_few_questions() -> None:
    """All that can be settled is, whichever number of bounds is in the way, and a second fix adds nothing."""
    held = dict.fromkeys(MANY, "1.0")
    flaws = {f"F-{name}": (name, ["1.0"]) for name in MANY if name != "jinja"}
    made = planned(MANY, held, flaws, MANY_ROOTS, Wish(relax=True), most=30)
    assert not made.blocked
    assert {each.old for each in made.relaxed} == set(MANY_ROOTS)
    new = {each.old: each.new for each in made.relaxed}
    again = planned(MANY, after(held, made), flaws, [new.get(each, each) for each in MANY_ROOTS], Wish(relax=True))
    assert (again.changes, again.settled, again.blocked) == ((), (), ())


def test_only_what_needs_it_is_widened() -> None:
    """Of many bounds those are put back that nothing needs to be widened."""
    held = dict.fromkeys(MANY, "1.0")
    flaws = {"F-1": ("p3", ["1.0"]), "F-2": ("werkzeug", ["1.0"]), "F-3": ("p5", ["1.0"])}
    roots = [each for each in MANY_ROOTS if each != "p5<2"]
    made = planned(MANY, held, flaws, [*roots, "p5"], Wish(relax=True))
    assert {each.old for each in made.relaxed} == {"p3<2", "flask<2", "jinja<2"}


def test_what_was_not_tried_is_told_apart_from_what_does_not_fit() -> None:
    """Where questions run out, "not tried" is said of what was not, and of the rest that its reason is not known."""
    names = [f"p{number}" for number in range(8)]
    index: Index = {name: {"1.0": [], "2.0": ["none"]} for name in names}
    flaws = {f"F-{name}": (name, ["1.0"]) for name in names}
    told = set()
    for most in range(4, 20):
        made = planned(index, dict.fromkeys(names, "1.0"), flaws, ["p0<2", "p1<2"], most=most)
        assert made.calls <= made.most
        told |= {each.why.partition(" because")[0] for each in made.blocked}
    assert told == {
        "it was not tried,", "no release that fixes it fits; what is in the way was not looked for,",
        "no release that fixes it fits: no",
    }  # fmt: skip


def test_a_floor_stands_in_for_releases_that_nobody_lists() -> None:
    """Where an index lists nothing, the fixes that advisories name say where to begin, however many came before."""

    def nothing(names: Sequence[str]) -> dict[str, list[Release]]:
        return {name: [] for name in names}

    versions = [f"1.{number}" for number in range(40)]
    index: Index = {"web": {each: [] for each in versions}}
    flaws = {"F-1": ("web", versions[:30]), "F-2": ("web", versions[:20])}
    made = target({"web": "1.0"})
    wanted = [
        each._replace(fixed_in=("1.30",) if each.id == "F-1" else ("1.20", "1.30"))
        for each in found({"web": "1.0"}, flaws)
    ]
    done = plan(made, wanted, Wish(), Auditor(flaws), Solver(index, made), nothing)
    assert (moved(done), done.calls) == ({"web": ("1.0", "1.30")}, 2)
    blind = [each._replace(fixed_in=()) for each in wanted]
    (late,) = plan(made, blind, Wish(), Auditor(flaws), Solver(index, made), nothing).blocked
    assert late.why == "a release that fixes it fits, but was found too late for this plan: fix once more"
    index = {"web": {f"{first}.{second}": [] for first in range(1, 9) for second in range(40)}}
    flaws = {"F-1": ("web", list(index["web"]))}
    wanted = found({"web": "1.0"}, flaws)
    (never,) = plan(made, wanted, Wish(), Auditor(flaws), Solver(index, made), nothing).blocked
    assert never.why == "no release that fixes it was found: which there are is not known, and of 8 sets none would do"


def test_a_cooldown_lets_in_what_settles_something_and_names_what_else_is_too_young() -> None:
    """What comes with a fix must be old enough: it is named where it is not, with no other reason."""
    index: Index = {
        "celery": {"1.0": ["kombu<2"], "2.0": ["kombu>=2"]}, "kombu": {"1.0": [], "2.0": []},
        "web": {"1.0": [], "2.0": []},
    }  # fmt: skip
    held = dict.fromkeys(index, "1.0")
    flaws = {"F-1": ("celery", ["1.0"]), "F-2": ("web", ["1.0"])}
    young = [(name, "2.0") for name in index]
    made = planned(index, held, flaws, ["celery", "web<2"], Wish(cooldown=7, relax=True), young=young)
    assert {each.name: each.fresh for each in made.changes} == {"web": True}
    assert [each.why for each in made.blocked] == ["it needs kombu 2.0, which is younger than the cooldown"]
    made = planned(index, held, flaws, ["celery<2", "web"], Wish(cooldown=7), young=young)
    assert [each.why for each in made.blocked] == [
        "it needs kombu 2.0, which is younger than the cooldown, and celery<2 (r.in:1) holds it back"
    ]
