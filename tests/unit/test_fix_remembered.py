"""What follows from a solver's answers, against asking it for everything."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from pip_assay.fix.nouns import Root
from pip_assay.fix.planning.questions import Pinned, Question
from pip_assay.fix.planning.remembered import SPENT, Remembered
from pip_assay.model import Place
from tests.fixing import Index, Solver, fits, target

INDEX: Index = {
    "app": {"1.0": ["web<2"], "2.0": ["web>=2"]},
    "web": {"1.0": [], "1.1": [], "2.0": ["part"]},
    "part": {"0.1": [], "0.2": []},
}
HELD = {"app": "1.0", "web": "1.0"}
ROOTS = tuple(Root(text.partition("<")[0], text, Place("r.in", 1)) for text in ("app<2", "web<1.1"))
LIMITS = (Root("part", "part<0.2", Place("c.txt", 1)),)
YOUNG = [("web", "1.1"), ("web", "2.0")]


def solver(most: int = 999) -> Solver:
    """Return a solver for what is held."""
    return Solver(INDEX, target(HELD, limits=LIMITS)._replace(roots=ROOTS), "minor", YOUNG, most=most)


def excluding(*releases: str) -> dict[str, frozenset[str]]:
    """Return what is excluded: "web 1.0"."""
    pairs = [each.split() for each in releases]
    return {name: frozenset(version for one, version in pairs if one == name) for name, _ in pairs}


RELEASES = [f"{name} {version}" for name, versions in INDEX.items() for version in versions]

QUESTIONS = st.builds(
    Question,
    excluded=st.lists(st.sampled_from(RELEASES), max_size=4).map(lambda found: excluding(*found)),
    least=st.dictionaries(st.just("web"), st.sampled_from(["1.0", "1.1", "2.0"]), max_size=1),
    most=st.dictionaries(st.just("web"), st.sampled_from(["1.1", "2.0"]), max_size=1),
    pinned=st.sets(st.sampled_from([Pinned("app", "", "2.0"), Pinned("web", "", "1.0")]), max_size=1).map(frozenset),
    gone=st.sets(st.just("part"), max_size=1).map(frozenset),
    relaxed=st.sets(st.sampled_from([*ROOTS, *LIMITS])).map(frozenset),
    fresh=st.sets(st.just("web"), max_size=1).map(frozenset),
    any_age=st.booleans(),
    any_step=st.booleans(),
    uncooled=st.booleans(),
    nearest=st.booleans(),
)


@given(st.lists(QUESTIONS, max_size=40))
@settings(max_examples=150)
def test_what_is_not_asked_again_would_be_answered_so(questions: list[Question]) -> None:
    """Whatever was asked before, an answer is one that the solver itself could have given."""
    remembered, oracle = Remembered(solver()), solver()
    for question in questions:
        found, real = remembered.ask(question), oracle.ask(question)
        assert found.fits() == real.fits()
        if question.nearest:
            assert found.releases == real.releases
        elif found.fits():
            chosen = {each.name: each.version for each in found.releases}
            texts = [each.name if each in question.relaxed else each.text for each in ROOTS]
            assert fits(chosen, INDEX, texts)
            assert all(version not in question.excluded.get(name, ()) for name, version in chosen.items())
            assert all(
                each in question.relaxed or Requirement(each.text).specifier.contains(chosen.get(each.name, "0"))
                for each in LIMITS
            )


ANY = Question(nearest=False, any_age=True, any_step=True)


def test_what_fits_is_not_asked_for_less() -> None:
    """A solution answers all that it is one of: less excluded, and bounds kept that it keeps anyway."""
    one = solver()
    remembered = Remembered(one)
    wide = ANY._replace(excluded=excluding("web 1.0"), relaxed=frozenset([*ROOTS, *LIMITS]))
    assert remembered.ask(wide).fits()
    assert remembered.ask(wide._replace(relaxed=frozenset(ROOTS[1:]))).fits()
    assert remembered.ask(wide._replace(excluded={})).fits()
    assert one.calls == 1
    assert not remembered.ask(wide._replace(relaxed=frozenset(ROOTS[:1]))).fits()
    assert remembered.ask(wide._replace(nearest=True)).fits()
    assert one.calls == 3


def test_what_does_not_fit_is_not_asked_for_more() -> None:
    """With more excluded, and less allowed, nothing fits either; with less excluded something may."""
    one = solver()
    remembered = Remembered(one)
    narrow = ANY._replace(excluded=excluding("web 1.0"))
    assert not remembered.ask(narrow).fits()
    more = excluding("web 1.0", "web 1.1", "part 0.1")
    assert not remembered.ask(narrow._replace(excluded=more, any_step=False, nearest=True)).fits()
    assert one.calls == 1
    assert remembered.ask(ANY).fits()
    assert one.calls == 2


ALL = frozenset([*ROOTS, *LIMITS])
OLD_AND_NEAR = Question(nearest=False, relaxed=ALL)


@pytest.mark.parametrize(
    ("narrow", "more"),
    [
        (OLD_AND_NEAR._replace(excluded=excluding("web 1.0")), {"any_age": True}),
        (OLD_AND_NEAR._replace(excluded=excluding("web 1.0")), {"uncooled": True}),
        (OLD_AND_NEAR._replace(excluded=excluding("web 1.0")), {"fresh": frozenset({"web"})}),
        (OLD_AND_NEAR._replace(excluded=excluding("web 1.0", "web 1.1"), any_age=True), {"any_step": True}),
        (ANY._replace(excluded=excluding("web 1.0")), {"relaxed": ALL}),
        (ANY._replace(relaxed=ALL, excluded=excluding("app 2.0"), least={"web": "2.0"}), {"least": {}}),
        (ANY._replace(relaxed=ALL, excluded=excluding("app 2.0"), least={"web": "2.0"}), {"least": {"web": "1.1"}}),
        (ANY._replace(relaxed=ALL, excluded=excluding("web 2.0", "web 1.0"), most={"web": "1.0"}), {"most": {}}),
        (ANY._replace(relaxed=ALL, gone=frozenset({"part"}), least={"web": "2.0"}), {"gone": frozenset()}),
        (ANY._replace(relaxed=ALL, pinned=frozenset({Pinned("web", "", "1.0")}), least={"web": "1.1"}),
         {"pinned": frozenset()}),
    ],
)  # fmt: skip
def test_what_allows_more_is_asked_again(narrow: Question, more: dict[str, Any]) -> None:
    """That nothing fits says nothing of a question that leaves more open, in whichever way."""
    remembered = Remembered(solver())
    assert not remembered.ask(narrow).fits()
    assert remembered.ask(narrow._replace(**more)).fits()


def test_what_may_not_be_asked_any_more_is_not_known() -> None:
    """Beside what is kept for later nothing is asked, and that is no answer: what is known stays known."""
    remembered = Remembered(solver(most=2))
    remembered.spare = 1
    assert remembered.ask(ANY).fits()
    narrow = ANY._replace(excluded=excluding("web 1.0"))
    refused = remembered.ask(narrow)
    assert (refused.unfit, refused.sure, remembered.may_ask()) == (SPENT, False, False)
    assert remembered.known(narrow) is None
    assert remembered.ask(ANY).fits()
    remembered.spare = 0
    assert remembered.ask(narrow).sure
