"""What a person asks to have settled, and why those of it stay that no plan is made for."""

from collections.abc import Sequence

from pip_assay.fix.nouns import Outcome, Wish
from pip_assay.fix.planning.apart import Known, apart
from pip_assay.fix.planning.choosing import wished
from pip_assay.model import OPEN, Audit, Finding, Upgrade


def asked(audit: Audit, wish: Wish) -> tuple[Finding, ...]:
    """Return the findings of an audit that a person asks to have settled, the worst first."""
    return tuple(wished((each.finding for each in audit.verdicts if each.status in OPEN), wish))


def explained(outcome: Outcome, found: tuple[Finding, ...], upgrades: Sequence[Upgrade] = ()) -> Outcome:
    """Return the outcome with a reason also for what others carry, and for interpreters.

    `found` is what is asked to be settled, `upgrades` what the audit names for it.
    """
    plan = outcome.plan
    known = {*plan.settled, *(finding for each in plan.blocked for finding in each.findings)}
    rest = [each for each in found if each not in known]
    if outcome.faults or not rest:
        return outcome
    others = apart(rest, plan.target, (), Known(upgrades, plan.changes))
    return outcome._replace(plan=plan._replace(blocked=(*plan.blocked, *others)))
