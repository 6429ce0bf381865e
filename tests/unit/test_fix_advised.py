"""A plan without a resolver: advice, and never more."""

from pip_assay.fix.nouns import Change, Wish
from pip_assay.fix.planning.advised import advised
from pip_assay.model import Place, Upgrade
from tests.fixing import finding, target

PLACES = (Place("r.txt", 1),)


def test_an_advised_plan_is_the_audits_own_upgrades_and_unproved() -> None:
    """What an advisory names as fixed is advised; the note tells how to get a resolver."""
    wanted = [finding("web", "1.0", "F-1"), finding("web", "1.0", "F-2"), finding("part", "0.1", "F-3")]
    upgrades = [Upgrade("web", "1.0", "1.1", ("F-1",), PLACES)]
    made = advised(target({"part": "0.1", "web": "1.0"}), wanted, upgrades, Wish())
    assert made.changes == (Change("web", "1.0", "1.1", "minor", ("F-1",), places=PLACES),)
    assert [each.id for each in made.settled] == ["F-1"]
    assert [(each.name, each.findings[0].id, each.why) for each in made.blocked] == [
        ("part", "F-3", "no release fixes it"),
        ("web", "F-2", "no release fixes it"),
    ]
    assert (made.proved, made.calls) == (False, 0)
    assert "pip install 'pip-assay[fix]'" in made.notes[0]


def test_of_two_upgrades_the_one_that_settles_more_is_advised() -> None:
    """An audit may name another one for what a release carries inside."""
    upgrades = [Upgrade("web", "1.0", "1.1", ("F-1",), PLACES), Upgrade("web", "1.0", "9.0", ("C-1",), PLACES)]
    for offered in (upgrades, upgrades[::-1]):
        made = advised(target({"web": "1.0"}), [finding("web", "1.0", "F-1")], offered, Wish())
        assert [each.new for each in made.changes] == ["1.1"]


def test_advice_keeps_to_the_largest_step() -> None:
    """An upgrade that is a larger step than allowed is not advised."""
    upgrades = [Upgrade("web", "1.0", "2.0", ("F-1",), PLACES)]
    made = advised(target({"web": "1.0"}), [finding("web", "1.0", "F-1")], upgrades, Wish(level="minor"))
    assert made.changes == ()
    assert made.blocked[0].why == "it needs a major step (1.0 -> 2.0), which --max-level minor forbids"


def test_advice_is_never_to_go_down_and_only_for_what_is_wished() -> None:
    """A lower release is no upgrade; what nobody wishes to settle is not in the plan at all."""
    held = target({"part": "0.1", "web": "2.0"})
    wanted = [finding("web", "2.0", "F-1"), finding("part", "0.1", "F-2")]
    upgrades = [Upgrade("web", "2.0", "1.0", ("F-1",), PLACES), Upgrade("part", "0.1", "0.2", ("F-2",), PLACES)]
    made = advised(held, wanted, upgrades, Wish(only=("web",)))
    assert (made.changes, [each.name for each in made.blocked]) == ((), ["web"])
    assert advised(held, [], upgrades, Wish()).notes == ()
