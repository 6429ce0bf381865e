"""Groups together, and one by one where they contradict each other: the plan alone, then with the real resolvers."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.model import PYPI, Dependency, Pin, Place, Problem
from pip_assay.sources.resolve import Question, Resolved, Root, groups
from pip_assay.sources.resolve.graph import in_order
from tests.resolving import Ask, asker, choose, pins, problems
from tests.wheel_folder import wheel


def root(text: str, group: str = "runtime", line: int = 1) -> Root:
    """Return a root of a group."""
    return Root(text, Place("p.toml", line), text.rstrip("=<>0123456789. "), group)


class Asked:
    """Answers that every root brings in itself alone; pairs of `contradicting` groups have no solution."""

    def __init__(self, *contradicting: set[str]) -> None:
        self.contradicting = contradicting
        self.questions: list[list[str]] = []

    def __call__(self, question: Question) -> tuple[Resolved, bool]:
        """Return the answer, and whether no set of releases fits."""
        self.questions.append([f"{each.group} {each.text}" for each in question.roots])
        asked = {each.group for each in question.roots}
        place = question.roots[0].place
        if any(each <= asked for each in self.contradicting):
            return Resolved((), (Problem("unresolved", "no set of releases fits", place),), ""), True
        version = str(len(self.questions))
        named: dict[str, list[Root]] = {}
        for each in question.roots:
            named.setdefault(each.name, []).append(each)
        found = (
            Dependency(Pin(PYPI, name, version), roots[0].place, tuple(in_order(each.group for each in roots)))
            for name, roots in named.items()
        )
        return Resolved(tuple(found), (), "uv 1"), False


def test_all_groups_are_asked_for_at_once() -> None:
    """One question is enough where nothing contradicts; its answer is handed on as it is."""
    asked = Asked()
    roots = (root("a"), root("b", "extra:x"), root("c", "group:dev"))
    found = groups.united(Question(roots), asked)
    assert asked.questions == [["runtime a", "extra:x b", "group:dev c"]]
    assert [(each.pin.name, each.groups) for each in found.dependencies] == [
        ("a", ("runtime",)), ("b", ("extra:x",)), ("c", ("group:dev",)),
    ]  # fmt: skip


def test_what_builds_is_apart() -> None:
    """Roots of the group "build" are asked for by themselves; one release that both have is listed once."""
    asked = Asked()
    found = groups.united(Question((root("tool", "build"), root("a"), root("a", "build"))), asked)
    assert asked.questions == [["runtime a"], ["build tool", "build a"]]
    assert sorted((str(each.pin), each.groups) for each in found.dependencies) == [
        ("a 1", ("runtime",)), ("a 2", ("build",)), ("tool 2", ("build",)),
    ]  # fmt: skip
    only = groups.united(Question((root("tool", "build"),)), Asked())
    assert [each.pin.name for each in only.dependencies] == ["tool"]


def test_groups_that_contradict_are_asked_one_by_one() -> None:
    """Then the runtime is asked alone, and each other group with it; nothing that was resolved is a problem."""
    asked = Asked({"extra:cpu", "extra:gpu"})
    roots = (root("a"), root("b", "extra:gpu"), root("b", "extra:cpu"), root("t", "group:test"))
    found = groups.united(Question(roots), asked)
    assert asked.questions == [
        ["runtime a", "extra:gpu b", "extra:cpu b", "group:test t"],
        ["runtime a"],
        ["extra:cpu b", "runtime a"],
        ["extra:gpu b", "runtime a"],
        ["group:test t", "runtime a"],
    ]
    assert found.problems == ()
    assert {str(each.pin): each.groups for each in found.dependencies}["a 2"] == ("runtime",)


def test_a_group_without_a_solution_is_told() -> None:
    """A group that does not fit the runtime is a problem that names it; a runtime without a solution stops nobody."""
    roots = (root("a"), root("b", "group:bad", 7), root("c", "group:good"))
    found = groups.united(Question(roots), Asked({"runtime", "group:bad"}))
    assert [str(each) for each in found.problems] == ["p.toml:7: no set of releases fits (with group:bad)"]
    assert {each.pin.name for each in found.dependencies} == {"a", "c"}
    asked = Asked({"runtime"})
    found = groups.united(Question(roots), asked)
    assert len(found.problems) == 1
    assert asked.questions[2:] == [["group:bad b"], ["group:good c"]]


def test_one_group_alone_is_asked_once() -> None:
    """Where the only group has no solution, that is all there is to say."""
    asked = Asked({"runtime"})
    found = groups.united(Question((root("a"), root("b"))), asked)
    assert (len(asked.questions), len(found.problems)) == (1, 1)


def test_the_number_of_questions_is_bounded() -> None:
    """Of ever so many groups so many are asked for, and each other one is told."""
    names = [f"group:{number:04}" for number in range(groups.MOST + 5)]
    asked = Asked(set(names))
    found = groups.united(Question(tuple(root("a", name) for name in names)), asked)
    assert len(asked.questions) == groups.MOST + 1
    assert len([each for each in found.problems if "is not known" in each.what]) == 5


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["runtime", "build", "extra:x", "group:y", "group:z"])),
        max_size=8,
    ).filter(bool),
    st.lists(st.sets(st.sampled_from(["runtime", "extra:x", "group:y", "group:z"]), min_size=1), max_size=2),
)
def test_no_root_is_lost(named: list[tuple[str, str]], contradicting: list[set[str]]) -> None:
    """Every root is in a part that was answered with its group named, or in a problem; groups come in order."""
    roots = tuple(root(name, group, number) for number, (name, group) in enumerate(named, 1))
    found = groups.united(Question(roots), Asked(*contradicting))
    for each in roots:
        listed = [every for every in found.dependencies if every.pin.name == each.name and each.group in every.groups]
        assert listed or found.problems
    for every in found.dependencies:
        assert list(every.groups) == sorted(set(every.groups), key=lambda group: (group != "runtime", group))
    assert len({(every.pin, every.origin) for every in found.dependencies}) == len(found.dependencies)


# --- with the resolvers --------------------------------------------------------------------------


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Return a folder in which two extras of one project cannot be had together."""
    folder = tmp_path / "links"
    for version in ("1.0", "2.0", "3.0"):
        wheel(folder, "engine", version, [f"part=={version}", "oil"])
        wheel(folder, "part", version)
    wheel(folder, "oil", "1.0")
    wheel(folder, "app", "1.0", ["engine"])
    wheel(folder, "old", "1.0", ["engine<2"])
    wheel(folder, "new", "1.0", ["engine<3,>=2"])
    return folder


@pytest.fixture(params=["uv", "pip"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make one of the two the resolver that is found, and return its name."""
    return choose(str(request.param), monkeypatch)


@pytest.fixture
def ask(program: str, links: Path, tmp_path: Path) -> Ask:  # noqa: ARG001 - the resolver must be chosen
    """Return what resolves lines from the folder of wheels."""
    return asker(links, tmp_path)


ROOTS = (
    root("app", line=1), root("old", "extra:old", 2), root("new", "extra:new", 3), root("oil", "group:dev", 4),
    root("part<2", "build", 5),
)  # fmt: skip


def test_contradicting_extras(ask: Ask) -> None:
    """Each extra's own releases are there for it alone, beside those of the runtime, with edges that say which."""
    found = ask(*ROOTS, now=time.time())
    assert problems(found) == ""
    assert {(str(each.pin), each.groups, each.place.line, each.requires) for each in found.dependencies} == {
        ("app 1.0", ("runtime",), 1, ("engine==1.0", "engine==2.0", "engine==3.0")),
        ("engine 3.0", ("runtime",), 1, ("oil", "part==3.0")),
        ("part 3.0", ("runtime",), 1, ()),
        ("oil 1.0", ("runtime", "extra:new", "extra:old", "group:dev"), 1, ()),
        ("old 1.0", ("extra:old",), 2, ("engine==1.0",)),
        ("engine 1.0", ("extra:old",), 2, ("oil", "part==1.0")),
        ("part 1.0", ("build", "extra:old"), 2, ()),
        ("new 1.0", ("extra:new",), 3, ("engine==2.0",)),
        ("engine 2.0", ("extra:new",), 3, ("oil", "part==2.0")),
        ("part 2.0", ("extra:new",), 3, ()),
    }


def test_contradicting_extras_are_answered_from_the_cache(ask: Ask) -> None:
    """That they contradict each other is remembered as the answers are."""
    said: list[str] = []
    now = time.time()
    first = ask(*ROOTS, now=now, say=said.append)
    assert len(said) == 1
    assert ask(*ROOTS, now=now, offline=True) == first


def test_a_group_that_has_no_solution_with_the_runtime(ask: Ask) -> None:
    """It is a problem, and all other groups are resolved."""
    found = ask(root("engine>=3"), root("old", "extra:old", 2), root("oil", "group:dev", 3), now=time.time())
    assert pins(found) == {"engine": "3.0", "part": "3.0", "oil": "1.0"}
    assert len(found.problems) == 1
    assert "(with extra:old)" in problems(found)


def test_groups_that_agree_are_resolved_together(ask: Ask) -> None:
    """What all of them allow is chosen, as an install of all of them would."""
    found = ask(root("app"), root("old", "extra:old", 2), now=time.time())
    assert pins(found) == {"app": "1.0", "engine": "1.0", "part": "1.0", "oil": "1.0", "old": "1.0"}
    assert {each.pin.name: each.groups for each in found.dependencies}["engine"] == ("runtime", "extra:old")


def test_all_questions_share_one_deadline(ask: Ask) -> None:
    """When the time is over nothing more is resolved, and that is told."""
    found = ask(*ROOTS, now=time.time(), timeout=0.0)
    assert found.dependencies == ()
    assert "took too long" in problems(found)
