"""Findings in what a distribution carries: they are settled by another release of it, where one is known to be free.

Only the newest release is ever looked into, and only where the index may be asked (--status). To plan, such a finding
is one of the carrier itself, which every release below that one has.
"""

from collections.abc import Iterable, Mapping, Sequence

from pip_assay.fix.nouns import Plan
from pip_assay.fix.planning.lines import order
from pip_assay.model import OPEN, PYPI, Audit, Finding
from pip_assay.reports.bundled import Hosts
from pip_assay.values import NamedTuple


class Carried(NamedTuple):
    """A finding in what a distribution carries.

    finding  as the audit has it; `planned` as one of the carrier.
    free     the lowest release of the carrier that is known to be without it.
    """

    finding: Finding
    planned: Finding
    free: str


def carried(audit: Audit) -> tuple[Carried, ...]:
    """Return the open findings in what distributions carry of which the audit names a release that is free of them."""
    own = {each.pin: each for each in audit.inventory.dependencies if not each.inside and each.pin.ecosystem == PYPI}
    free = {(each.name, each.old, flaw): each.new for each in audit.upgrades for flaw in each.settles}
    hosts = Hosts(audit.inventory.dependencies)
    found = []
    for finding in (each.finding for each in audit.verdicts if each.status in OPEN and each.finding.dependency.inside):
        host = hosts.of(finding.dependency)[-1]
        new = free.get((host.name, host.version, finding.id))
        if new and host in own and not finding.malware:
            found.append(Carried(finding, finding._replace(dependency=own[host], fixed_in=(new,)), new))
    return tuple(found)


class Carriers:
    """Tells which releases of a carrier still carry what was found in the one that is held."""

    def __init__(self, every: Iterable[Carried]) -> None:
        self._free: dict[str, dict[str, str]] = {}
        for each in every:
            self._free.setdefault(each.planned.dependency.pin.name, {})[each.finding.id] = each.free

    def of(self, name: str, version: str) -> frozenset[str]:
        """Return the ids of the findings that a release has as well."""
        own = self._free.get(name)
        return frozenset(flaw for flaw, free in own.items() if order(version) < order(free)) if own else frozenset()


def told(plan: Plan, every: Sequence[Carried]) -> Plan:
    """Return the plan with the findings as the audit has them."""
    real: dict[Finding, list[Finding]] = {}
    for each in every:
        real.setdefault(each.planned, []).append(each.finding)
    blocked = (each._replace(findings=_told(each.findings, real)) for each in plan.blocked)
    return plan._replace(settled=_told(plan.settled, real), blocked=tuple(blocked))


def _told(found: Iterable[Finding], real: Mapping[Finding, Sequence[Finding]]) -> tuple[Finding, ...]:
    return tuple(one for each in found for one in real.get(each, (each,)))
