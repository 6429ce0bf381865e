"""Why flaws stay, and what would help."""

import pytest

from pip_assay.fix.nouns import Level, Newest, Plan, Relaxation, Root, Wish
from pip_assay.model import PYPI, PYTHON, Dependency, Pin, Place
from tests.fixing import Index, finding, target
from tests.unit.test_fix_plan import HELD, WEB, moved, planned


def whys(made: Plan) -> list[str]:
    """Return the reasons."""
    return [each.why for each in made.blocked]


def test_the_requirement_in_the_way_is_named_with_its_line() -> None:
    """The text, file and line of what holds a fix back, what would let it in, and what else would move then."""
    made = planned(WEB, HELD, {"F-1": ("web", ["1.0", "1.1"])}, ["web", "app<2"])
    (blocked,) = made.blocked
    assert blocked.why == "app<2 (r.in:2) holds it back"
    assert blocked.would == (Relaxation(Place("r.in", 2), "app<2", "app>=2.0", ("part", "web")),)
    assert (blocked.name, blocked.version) == ("web", "1.0")


def test_the_projects_own_newest_day_is_named_where_it_leaves_out_the_fix() -> None:
    """Where newer releases would do, the setting that leaves them out is what holds back; elsewhere it is not."""
    newest = Newest("2021-06-01", Place("pyproject.toml"))
    index: Index = {"a": {"1.0": [], "2.0": []}, "b": {"1.0": [], "2.0": []}, "c": {"1.0": ["b<2"]}}
    held = {"a": "1.0", "b": "1.0", "c": "1.0"}
    flaws = {"F-1": ("a", ["1.0"]), "F-2": ("b", ["1.0"]), "F-3": ("c", ["1.0"])}
    made = planned(index, held, flaws, target=target(held, exclude_newer=newest), young=[("a", "2.0"), ("b", "2.0")])
    assert {each.name: each.why for each in made.blocked} == {
        "a": "exclude-newer 2021-06-01 (pyproject.toml) leaves out releases that it needs",
        "b": "no release that fixes it fits: no",
        "c": "no release fixes it",
    }
    made = planned(index, held, flaws, target=target(held), young=[("a", "2.0")])
    assert not any("exclude-newer" in each for each in whys(made))


def test_two_requirements_may_hold_a_fix_back_together() -> None:
    """Where no single one helps, the fewest that do are named; one that does not matter is not."""
    index: Index = {
        "fast": {"1.0": ["low<2"], "2.0": ["low>=2"]},
        "low": {"1.0": [], "2.0": []},
        "other": {"1.0": [], "2.0": []},
    }
    held = {"fast": "1.0", "low": "1.0", "other": "1.0"}
    made = planned(index, held, {"F-1": ("low", ["1.0"])}, ["other<2", "fast==1.0", "low<1.5"])
    assert whys(made) == ["fast==1.0 (r.in:2) and low<1.5 (r.in:3) hold it back"]
    assert [each.new for each in made.blocked[0].would] == ["fast==2.0", "low>=2.0"]


def test_one_relaxation_is_worked_out_for_all_that_it_lets_in() -> None:
    """Two projects that one requirement holds back are given one relaxation, which settles both."""
    index: Index = {
        "app": {"1.0": ["web<2"], "2.0": ["web>=2"], "3.0": ["web>=2"]},
        "web": {"1.0": [], "2.0": []},
    }
    flaws = {"F-1": ("web", ["1.0"]), "F-2": ("app", ["1.0", "2.0"])}
    made = planned(index, HELD, flaws, ["app<2"])
    assert whys(made) == ["app<2 (r.in:1) holds it back"] * 2
    assert {each.would[0].new for each in made.blocked} == {"app>=3.0"}


def test_each_relaxation_tells_its_own_changes() -> None:
    """What one bound lets in and moves is not told of another; they are worked out one by one."""
    index: Index = {"idna": {"1.0": [], "2.0": []}, **WEB}
    held = {"idna": "1.0", **HELD}
    flaws = {"F-1": ("web", ["1.0", "1.1"]), "F-2": ("idna", ["1.0"])}
    made = planned(index, held, flaws, ["app<2", "idna<2"])
    assert {each.name: each.would for each in made.blocked} == {
        "idna": (Relaxation(Place("r.in", 2), "idna<2", "idna>=2.0"),),
        "web": (Relaxation(Place("r.in", 1), "app<2", "app>=2.0", ("part", "web")),),
    }
    assert moved(planned(index, held, flaws, ["app<2", "idna<2"], Wish(relax=True, only=("idna",)))) == {
        "idna": ("1.0", "2.0")
    }


def test_a_relaxation_always_names_a_release() -> None:
    """However few questions there are, no bound is said to have to go as a whole, and what is not known is told."""
    index: Index = {"idna": {"1.0": [], "2.0": []}, **WEB}
    flaws = {"F-1": ("web", ["1.0", "1.1"]), "F-2": ("idna", ["1.0"])}
    notes = set()
    for most in range(2, 20):
        made = planned(index, {"idna": "1.0", **HELD}, flaws, ["app<2", "idna<2"], most=most)
        assert {each.new for blocked in made.blocked for each in blocked.would} <= {"app>=2.0", "idna>=2.0"}
        notes |= {*made.notes}
    assert any(each.startswith("what else would change with wider bounds was not looked for") for each in notes)


def test_all_that_is_in_the_way_is_named() -> None:
    """A setting and a bound that hold a fix back together are told of together, and no widening is said to help."""
    newest = Newest("2021-06-01", Place("pyproject.toml"))
    made = target(HELD, ["app<2", "web"], exclude_newer=newest)
    (blocked,) = planned(
        WEB, HELD, {"F-1": ("web", ["1.0", "1.1"])}, target=made, young=[("app", "2.0"), ("app", "3.0")]
    ).blocked
    assert (blocked.why, blocked.would) == (
        "exclude-newer 2021-06-01 (pyproject.toml) leaves out releases that it needs, and app<2 (r.in:1) holds it back",
        (),
    )


STEP = "it needs a major step of test (1.0 -> 2.0), which --max-level minor forbids"


@pytest.mark.parametrize(
    ("level", "roots", "but"),
    [
        ("minor", ["test", "py"], ""),
        ("minor", ["test"], STEP),
        ("major", ["test<2"], "test<2 (r.in:1) holds it back"),
        ("minor", ["test<2"], f"{STEP}, and test<2 (r.in:1) holds it back"),
    ],
)
def test_the_upgrade_that_would_drop_it_is_named_with_what_forbids_it(level: Level, roots: list[str], but: str) -> None:
    """Where nothing fixes a flaw, and the upgrade of a parent that drops it is not allowed, both are told."""
    index: Index = {
        "low": {"1.0": [], "2.0": []}, "py": {"1.0": []}, "test": {"1.0": ["py", "low<2"], "2.0": ["low>=2"]},
    }  # fmt: skip
    made = planned(index, dict.fromkeys(index, "1.0"), {"F-1": ("py", ["1.0"])}, roots, Wish(level=level))
    told = f"; an upgrade to test 2.0 would drop it, but {but}" if but else ""
    assert whys(made) == [f"no release fixes it{told}"]


def test_without_a_requirement_in_the_way_the_solver_speaks() -> None:
    """Where no relaxation helps, the reason is the solver's, for the one bound that a person would try."""
    index: Index = {"app": {"1.0": ["web<2"]}, "web": {"1.0": [], "2.0": []}}
    made = planned(index, HELD, {"F-1": ("web", ["1.0"])})
    assert whys(made) == ["no release that fixes it fits: no"]


WEB_ALONE: Index = {"web": {"1.0": [], "2.0": []}}
WEB_FLAW = {"F-1": ("web", ["1.0"])}


def test_a_constraint_in_the_way_is_named_with_its_line() -> None:
    """As a requirement is: where it is written, and what would let the fix in; with --relax it is widened."""
    made = target({"web": "1.0"}, limits=(Root("web", "web<1.5", Place("c.txt", 2)),))
    (blocked,) = planned(WEB_ALONE, {"web": "1.0"}, WEB_FLAW, target=made).blocked
    wider = Relaxation(Place("c.txt", 2), "web<1.5", "web>=2.0")
    assert (blocked.why, blocked.would) == ("web<1.5 (c.txt:2) holds it back", (wider,))
    done = planned(WEB_ALONE, {"web": "1.0"}, WEB_FLAW, target=made, wish=Wish(relax=True))
    assert (done.relaxed, done.blocked) == ((wider,), ())


def test_a_pin_of_another_set_is_not_widened() -> None:
    """A file of pins that is fixed as a set holds back, with what to fix together; what is one's own comes first."""
    base = Root("web", "web==1.0", Place("base.txt", 3), widens=False)
    alone = target({"web": "1.0"}, named=("dev.txt",))
    for made in (alone._replace(limits=(base,)), alone._replace(roots=(base,))):
        plan = planned(WEB_ALONE, {"web": "1.0"}, WEB_FLAW, target=made, wish=Wish(relax=True))
        (blocked,) = plan.blocked
        told = "web==1.0 (base.txt:3) holds it back: fix base.txt, too (-r base.txt -r dev.txt)"
        assert (blocked.why, blocked.would, plan.relaxed) == (told, (), ())
    own = Root("web", "web<2", Place("dev.in", 1))
    made = alone._replace(limits=(base,), roots=(own,))
    (blocked,) = planned(WEB_ALONE, {"web": "1.0"}, WEB_FLAW, target=made, wish=Wish(relax=True)).blocked
    assert blocked.why.startswith("web==1.0 (base.txt:3) and web<2 (dev.in:1) hold it back")


def test_of_many_constraints_those_are_named_that_the_solver_blames() -> None:
    """A long file of constraints is not tried line by line."""
    many = tuple(Root(f"p{number}", f"p{number}<2", Place("c.txt", number)) for number in range(1, 99))
    made = target({"web": "1.0"}, limits=(*many, Root("web", "web<1.5", Place("c.txt", 99))))
    done = planned(WEB_ALONE, {"web": "1.0"}, WEB_FLAW, target=made)
    assert whys(done) == ["web<1.5 (c.txt:99) holds it back"]
    index: Index = {"web": {"1.0": [], "2.0": ["core>=2"]}, "core": {"1.0": [], "2.0": []}}
    held = {"web": "1.0", "core": "1.0"}
    both = (Root("core", "core<2", Place("c.txt", 100)), made.limits[-1])
    done = planned(index, held, WEB_FLAW, target=target(held, limits=(*many, *both)))
    assert whys(done) == ["web<1.5 (c.txt:99) and core<2 (c.txt:100) hold it back"]
    assert done.calls < 20


@pytest.mark.parametrize(
    ("dependency", "why"),
    [
        (
            Dependency(Pin(PYTHON, "cpython", "3.11.1"), Place("r.txt")),
            "it is the interpreter: no release of Python that fixes it is known",
        ),
        (
            Dependency(Pin("crates.io", "ring", "0.1"), Place("r.txt"), inside=Pin(PYPI, "cryptography", "41.0")),
            "inside cryptography 41.0; no release of cryptography without it is known",
        ),
        (
            Dependency(Pin("Debian:12", "zlib", "1.2"), Place("r.txt")),
            "it is a package of Debian:12, which is upgraded by its own tools",
        ),
        (
            Dependency(Pin(PYPI, "git-one", "1.0"), Place("r.txt")),
            "it is of no index, so no other release can be chosen",
        ),
    ],
)
def test_what_no_solver_can_move_says_what_it_is(dependency: Dependency, why: str) -> None:
    """Interpreters, bundled copies, system packages and addresses: each has its own reason, and nothing is asked."""
    made = target({"git-one": "1.0"})
    made = made._replace(held=(made.held[0]._replace(plain=False),))
    wanted = [finding("x", "1")._replace(dependency=dependency)]
    done = planned({}, {}, {}, target=made, wanted=wanted)
    assert (whys(done), done.changes, done.calls) == ([why], (), 0)
