"""What a person asks to have settled, and the reasons of what no plan is made for."""

from pip_assay.fix.left import asked, explained
from pip_assay.fix.nouns import Blocked, Outcome, Plan, Wish
from pip_assay.model import PYPI, PYTHON, Audit, Pin, Verdict
from tests.fixing import finding, target

TARGET = target({"alpha": "1.2", "beta": "0.9"})
ALPHA, BETA = finding("alpha", "1.2", "A-1", "low"), finding("beta", "0.9", "B-1")
CARRIED = ALPHA.dependency._replace(pin=Pin("generic", "openssl", "3.0"), inside=Pin(PYPI, "beta", "0.9"))
INSIDE = ALPHA._replace(id="C-1", dependency=CARRIED)
CPYTHON = ALPHA._replace(id="D-1", dependency=ALPHA.dependency._replace(pin=Pin(PYTHON, "cpython", "3.11.1")))


def audit() -> Audit:
    open_ones = tuple(Verdict(each, "fails") for each in (ALPHA, BETA, INSIDE, CPYTHON))
    silenced = Verdict(finding("beta", "0.9", "B-2"), "ignored", "rule")
    return Audit(TARGET.inventory, (*open_ones, silenced))


def test_what_is_open_and_wished_is_asked_for() -> None:
    """Not what a rule silences, and not what --only or --min-severity leaves out."""
    assert {each.id for each in asked(audit(), Wish())} == {"A-1", "B-1", "C-1", "D-1"}
    assert {each.id for each in asked(audit(), Wish(least="high"))} == {"B-1"}
    assert {each.id for each in asked(audit(), Wish(only=("alpha",)))} == {"A-1"}


def test_what_no_plan_is_made_for_has_a_reason() -> None:
    """What others carry, and the interpreter; what a plan speaks of is left as it is."""
    stuck = Blocked((BETA,), "beta", "0.9", "no release fixes it")
    whole = explained(Outcome(Plan(TARGET, settled=(ALPHA,), blocked=(stuck,))), asked(audit(), Wish())).plan.blocked
    assert whole[0] == stuck
    reasons = {each.name: each.why for each in whole[1:]}
    assert reasons["openssl"].startswith("beta 0.9 carries it; upgrade beta")
    assert reasons["cpython"].startswith("it is the interpreter")


def test_a_fault_is_reason_enough() -> None:
    """Nothing is added to a plan that could not be made."""
    outcome = Outcome(Plan(TARGET), faults=("is a link",))
    assert explained(outcome, asked(audit(), Wish())) == outcome
