"""Findings that no solver is asked about, and why: of interpreters, of what others carry, of no index."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pip_assay.fix.nouns import Blocked, Change, Target
from pip_assay.fix.planning.choosing import is_movable
from pip_assay.model import PYPI, PYTHON, Finding, Pin, Upgrade
from pip_assay.reports.bundled import Hosts, inside
from pip_assay.values import NamedTuple

ADDRESS = "it is of no index, so no other release can be chosen"
ELSEWHERE = "it does not apply to the Python and platform that the plan is for"


class Known(NamedTuple):
    """What is known beside a target: the upgrades that its audit names, and what a plan changes."""

    upgrades: Sequence[Upgrade] = ()
    changes: Sequence[Change] = ()


NOTHING = Known()


def apart(
    findings: Iterable[Finding], target: Target, unmovable: Collection[str], known: Known = NOTHING
) -> tuple[Blocked, ...]:
    """Return the findings that no solver is asked about: those of one release for one reason together."""
    hosts = Hosts(target.inventory.dependencies)
    staying = {name: _stays(name, target) or ADDRESS for name in unmovable}
    found: dict[tuple[Pin, str], list[Finding]] = {}
    for each in findings:
        if not is_movable(each, target, unmovable):
            found.setdefault((each.dependency.pin, _why(each, hosts, staying, known)), []).append(each)
    return tuple(Blocked(tuple(its), pin.name, pin.version, why) for (pin, why), its in found.items())


def _stays(name: str, target: Target) -> str:
    return next((each.stays for each in target.held if each.name == name), "")


def _why(finding: Finding, hosts: Hosts, staying: Mapping[str, str], known: Known) -> str:
    pin = finding.dependency.pin
    if finding.dependency.inside:
        return _carried(finding, hosts.of(finding.dependency), known)
    if pin.ecosystem == PYTHON:
        return _interpreter(finding, known)
    if pin.ecosystem != PYPI:
        return f"it is a package of {pin.ecosystem}, which is upgraded by its own tools"
    return staying.get(pin.name, ELSEWHERE)


def _interpreter(finding: Finding, known: Known) -> str:
    """Return which release of Python is without the flaw: of its own branch, else of a later one."""
    pin = finding.dependency.pin
    if new := _upgrade(finding, pin, known):
        return f"it is the interpreter: upgrade Python to {new}"
    branch = ".".join(pin.version.split(".")[:2])
    if finding.fixed_in:
        return f"it is the interpreter: no release of Python {branch} is known to fix it, but {finding.fixed_in[0]}"
    return "it is the interpreter: no release of Python that fixes it is known"


def _carried(finding: Finding, hosts: Sequence[Pin], known: Known) -> str:
    """Return what is known of releases of the carrier, which alone can be upgraded."""
    host, where = hosts[-1], inside(hosts)
    if finding.malware:
        return f"{where}; remove {host}, which is malicious itself"
    for each in known.changes:
        if (each.name, each.old) == (host.name, host.version) and each.new:
            return f"{where}, of which {each.new} takes the place: whether that carries it is not known before"
    if new := _upgrade(finding, host, known):
        return f"{where}; {host.name} {new} no longer does, so upgrade to that"
    if finding.newest:
        return f"{where}; {finding.newest}"
    return f"{where}; no release of {'Python' if host.ecosystem == PYTHON else host.name} without it is known"


def _upgrade(finding: Finding, pin: Pin, known: Known) -> str:
    """Return the release that the audit names as free of the finding; empty where it names none."""
    found = (each for each in known.upgrades if (each.name, each.old) == (pin.name, pin.version))
    return next((each.new for each in found if finding.id in each.settles), "")
