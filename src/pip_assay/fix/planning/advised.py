"""A plan from advisories alone, where there is no resolver: what to move to, and no proof that it fits together."""

from collections.abc import Iterable

from pip_assay import versions
from pip_assay.fix.nouns import Blocked, Change, Plan, Target, Wish
from pip_assay.fix.planning.apart import apart
from pip_assay.fix.planning.blocked import NO_FIX, too_far
from pip_assay.fix.planning.choosing import is_movable, wished
from pip_assay.fix.planning.lines import allows, step, unmovable
from pip_assay.model import PYPI, Finding, Upgrade

INSTALL = "pip install 'pip-assay[fix]'"
UNPROVED = (
    "no resolver was found, so nobody knows whether these releases fit together, and nothing is written; to get one: "
    f"{INSTALL}"
)


def advised(target: Target, wanted: Iterable[Finding], upgrades: Iterable[Upgrade], wish: Wish) -> Plan:
    """Return what an audit's own upgrades would settle of the wanted findings. It is no proved plan."""
    found = wished(wanted, wish)
    movable = [each for each in found if is_movable(each, target, unmovable(target))]
    offered = list(upgrades)
    changes: list[Change] = []
    settled: list[Finding] = []
    blocked: list[Blocked] = []
    for pin in sorted({each.dependency.pin for each in movable}):
        members = tuple(each for each in movable if each.dependency.pin == pin)
        own = (each for each in offered if (each.name, each.old) == (pin.name, pin.version))
        upgrade = max(own, key=lambda each: sum(one.id in each.settles for one in members), default=None)
        gone = tuple(each for each in members if upgrade and each.id in upgrade.settles)
        if upgrade and gone and not allows(wish.level, pin.version, upgrade.new):
            why = too_far(pin.version, upgrade.new, wish.level)
            blocked.append(Blocked(members, pin.name, pin.version, why))
            continue
        if upgrade and gone and _is_above(upgrade):
            ids = tuple(sorted(each.id for each in gone))
            level = step(pin.version, upgrade.new)
            changes.append(Change(pin.name, pin.version, upgrade.new, level, ids, places=upgrade.places))
            settled += gone
        if left := tuple(each for each in members if each not in settled):
            blocked.append(Blocked(left, pin.name, pin.version, NO_FIX))
    others = apart(found, target, unmovable(target))
    notes = (UNPROVED,) if found else ()
    return Plan(target, tuple(changes), tuple(settled), (*blocked, *others), proved=False, notes=notes)


def _is_above(upgrade: Upgrade) -> bool:
    old, new = versions.key(PYPI, upgrade.old), versions.key(PYPI, upgrade.new)
    return old is not None and new is not None and old < new
