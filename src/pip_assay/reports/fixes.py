"""Which releases settle a flaw, as reports name them: an interpreter is upgraded within its branch ("3.11")."""

import re
from collections.abc import Iterable

from pip_assay.model import OPEN, PYTHON, Audit, Finding, Pin, Upgrade


def branch(pin: Pin) -> str:
    """Return the branch of an interpreter: "3.11" of 3.11.9; empty for any other release."""
    return _branch(pin.version) if pin.ecosystem == PYTHON else ""


def fixes(finding: Finding) -> tuple[str, ...]:
    """Return the releases named as fixed that can be installed in place of this one; of an interpreter its branch's."""
    own = branch(finding.dependency.pin)
    return tuple(each for each in finding.fixed_in if _branch(each) == own) if own else finding.fixed_in


def on_other_branches(finding: Finding) -> tuple[str, ...]:
    """Return the releases named as fixed where none is of the interpreter's own branch; else nothing."""
    return () if fixes(finding) else finding.fixed_in


def upgrades(audit: Audit) -> tuple[Upgrade, ...]:
    """Return the upgrades of one target; that of an interpreter is the smallest of its branch that settles the most."""
    found: dict[Pin, list[Finding]] = {}
    for each in audit.verdicts:
        pin = each.finding.dependency.pin
        if pin.ecosystem == PYTHON and each.status in OPEN:
            found.setdefault(pin, []).append(each.finding)
    if not found:
        return audit.upgrades
    interpreters = {(pin.name, pin.version) for pin in found}
    others = (each for each in audit.upgrades if (each.name, each.old) not in interpreters)
    return (*others, *filter(None, (_within_branch(pin, each) for pin, each in sorted(found.items()))))


def _within_branch(pin: Pin, found: Iterable[Finding]) -> Upgrade | None:
    """Return the upgrade of an interpreter: what is fixed in one release of a branch is fixed in all after it."""
    from pip_assay import versions

    first = {each.id: (fixes(each)[0], each.places) for each in found if fixes(each)}
    if not first:
        return None
    new = max((text for text, _ in first.values()), key=lambda text: (versions.key(PYTHON, text) or b"", text))
    places = {place for _, written in first.values() for place in written}
    return Upgrade(pin.name, pin.version, new, tuple(sorted(first)), tuple(sorted(places)))


def _branch(version: str) -> str:
    found = re.match(r"[0-9]+\.[0-9]+", version)
    return found[0] if found else version
