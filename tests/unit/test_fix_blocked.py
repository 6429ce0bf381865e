"""Why flaws stay, and what would help."""

import pytest

from pip_assay.fix.nouns import Newest, Plan, Relaxation
from pip_assay.model import PYPI, PYTHON, Dependency, Pin, Place
from tests.fixing import Index, finding, target
from tests.unit.test_fix_plan import HELD, WEB, planned


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
        "a": "exclude-newer 2021-06-01 (pyproject.toml) leaves out the releases that fix it",
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


def test_without_a_requirement_in_the_way_the_solver_speaks() -> None:
    """Where no relaxation helps, the reason is the solver's, for the one bound that a person would try."""
    index: Index = {"app": {"1.0": ["web<2"]}, "web": {"1.0": [], "2.0": []}}
    made = planned(index, HELD, {"F-1": ("web", ["1.0"])})
    assert whys(made) == ["no release that fixes it fits: no"]


def test_a_constraint_in_the_way_is_named() -> None:
    """A constraint that the solver blames is told as it is written."""
    index: Index = {"web": {"1.0": [], "2.0": []}}
    made = target({"web": "1.0"}, limits=("web<1.5",))
    assert whys(planned(index, {"web": "1.0"}, {"F-1": ("web", ["1.0"])}, target=made)) == [
        "the constraint web<1.5 holds it back"
    ]


@pytest.mark.parametrize(
    ("dependency", "why"),
    [
        (
            Dependency(Pin(PYTHON, "cpython", "3.11.1"), Place("r.txt")),
            "it is the interpreter, which is upgraded as it was installed",
        ),
        (
            Dependency(Pin("crates.io", "ring", "0.1"), Place("r.txt"), inside=Pin(PYPI, "cryptography", "41.0")),
            "cryptography 41.0 carries it; upgrade cryptography once a release carries a fixed one",
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
