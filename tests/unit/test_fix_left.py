"""What a person asks to have settled, and the reasons of what no plan is made for."""

from pip_assay.fix.nouns import Blocked, Change, Outcome, Plan, Wish
from pip_assay.fix.planning.left import asked, explained
from pip_assay.model import PYPI, PYTHON, Audit, Finding, Pin, Upgrade, Verdict
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
    plan = Plan(TARGET, settled=(ALPHA,), blocked=(stuck,))
    whole = explained(Outcome(plan), asked(audit(), Wish())).plan.blocked
    assert whole[0] == stuck
    assert {each.name: each.why for each in whole[1:]} == {
        "openssl": "inside beta 0.9; no release of beta without it is known",
        "cpython": "it is the interpreter: no release of Python that fixes it is known",
    }


def reasons(finding: Finding, *upgrades: Upgrade, changes: tuple[Change, ...] = ()) -> list[str]:
    """Return why a finding stays."""
    return [each.why for each in explained(Outcome(Plan(TARGET, changes)), (finding,), upgrades).plan.blocked]


def test_an_interpreter_is_upgraded_on_its_branch() -> None:
    """The audit's own upgrade is told; of a flaw that it does not settle, a later release that is named."""
    offered = Upgrade("cpython", "3.11.1", "3.11.9", ("D-1",))
    assert reasons(CPYTHON, offered) == ["it is the interpreter: upgrade Python to 3.11.9"]
    other = CPYTHON._replace(id="D-2", fixed_in=("3.13.2", "3.14.0"))
    told = "it is the interpreter: no release of Python 3.11 is known to fix it, but 3.13.2"
    assert reasons(other, offered) == [told]


def test_what_is_known_of_a_carrier_is_told() -> None:
    """What its newest release carries, that it moves, that it is malicious; of a copy in a copy, the outermost."""
    newest = "1.0 is the newest release and still carries it"
    assert reasons(INSIDE._replace(newest=newest)) == [f"inside beta 0.9; {newest}"]
    free = Upgrade("beta", "0.9", "1.0", ("C-1",))
    assert reasons(INSIDE, Upgrade("beta", "0.9", "0.95", ("B-1",)), free) == [
        "inside beta 0.9; beta 1.0 no longer does, so upgrade to that"
    ]
    moves = (Change("beta", "0.9", "0.95"),)
    moved = "inside beta 0.9, of which 0.95 takes the place: whether that carries it is not known before"
    assert reasons(INSIDE, free, changes=moves) == [moved]
    assert reasons(INSIDE._replace(malware=True), free) == [
        "inside beta 0.9; remove beta 0.9, which is malicious itself"
    ]
    python = Pin(PYTHON, "cpython", "3.11.1")
    pip = CARRIED._replace(pin=Pin(PYPI, "pip", "23.0"), inside=python)
    certifi = CARRIED._replace(pin=Pin(PYPI, "certifi", "2022.1"), inside=pip.pin)
    inventory = TARGET.inventory._replace(dependencies=(*TARGET.inventory.dependencies, pip, certifi))
    nested = Outcome(Plan(TARGET._replace(inventory=inventory)))
    [blocked] = explained(nested, (INSIDE._replace(dependency=certifi),)).plan.blocked
    assert blocked.why == "inside pip 23.0 inside cpython 3.11.1; no release of Python without it is known"


def test_findings_of_one_release_with_several_reasons_are_told_apart() -> None:
    """No finding is given the reason of another."""
    found = (CPYTHON, CPYTHON._replace(id="D-2", fixed_in=("3.13.2",)), CPYTHON._replace(id="D-3"))
    offered = (Upgrade("cpython", "3.11.1", "3.11.9", ("D-1", "D-3")),)
    blocked = explained(Outcome(Plan(TARGET)), found, offered).plan.blocked
    assert [[each.id for each in one.findings] for one in blocked] == [["D-1", "D-3"], ["D-2"]]


def test_a_fault_is_reason_enough() -> None:
    """Nothing is added to a plan that could not be made."""
    outcome = Outcome(Plan(TARGET), faults=("is a link",))
    assert explained(outcome, asked(audit(), Wish())) == outcome
