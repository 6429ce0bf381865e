"""Whether the newest release of a distribution still carries what was found inside the one that is there.

The index that an install would ask is asked for that release, and for parts of one of its wheels. What comes of it is
information for people: no verdict depends on it.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from pip_assay import files, match, net, published, releases, versions
from pip_assay.errors import NetworkError, Unreadable
from pip_assay.index_pages import Wheel
from pip_assay.model import OPEN, PYPI, Audit, Dependency, Evidence, Finding, Pin, Place, Upgrade
from pip_assay.net import Network
from pip_assay.origins import Origins
from pip_assay.published import Carried
from pip_assay.records import Claim
from pip_assay.releases import Project
from pip_assay.reports.bundled import Hosts
from pip_assay.settings import Outside, Settings, network
from pip_assay.values import NamedTuple

MOST = 50
"""Distributions whose newest release is looked into."""

AT_ONCE = 4
"""Wheels that are read at the same time: each may take some 60 MB of memory."""

LONGEST = 100
"""Characters of what a wheel says of itself that are repeated."""

Claims = Mapping[tuple[str, str], Sequence[Claim]]

_NOWHERE = Place("")
_COPIES: tuple[Evidence, ...] = ("metadata", "list")


class Newest(NamedTuple):
    """The newest release of a distribution: what it carries, or one sentence that is all there is to say of it."""

    version: str = ""
    carried: Carried = Carried()
    said: str = ""


def ask(
    audits: Sequence[Audit], claims: Claims, origins: Origins, settings: Settings, outside: Outside
) -> tuple[Audit, ...]:
    """Return the audits with what the newest releases carry in place of what was found inside distributions.

    With it comes an upgrade of each distribution whose newest release is free of some of that. Only those from a public
    index are asked about. `claims` are of whole records: they must speak of other releases, too.
    """
    carriers = [_carriers(audit) for audit in audits]
    hosts: dict[Pin, Dependency] = {}
    for audit, found in zip(audits, carriers, strict=True):
        hosts |= _public(audit, set(found.values()), origins)
    if not hosts:
        return tuple(audits)
    known = _newest(hosts, claims, settings, outside)
    return tuple(_told(audit, found, known, claims) for audit, found in zip(audits, carriers, strict=True))


def _carriers(audit: Audit) -> dict[int, Pin]:
    """Return the distribution to upgrade for each open finding in what distributions carry, by the verdict's number."""
    found = [
        (number, each.finding.dependency)
        for number, each in enumerate(audit.verdicts)
        if each.finding.dependency.inside and each.status in OPEN
    ]
    hosts = Hosts(audit.inventory.dependencies if found else ())
    return {number: hosts.of(each)[-1] for number, each in found}


def _public(audit: Audit, wanted: Collection[Pin], origins: Origins) -> dict[Pin, Dependency]:
    """Return those of the wanted releases whose names may be sent to the index."""
    return {
        each.pin: each
        for each in (audit.inventory.dependencies if wanted else ())
        if each.pin in wanted and each.pin.ecosystem == PYPI
        if not (each.inside or each.skipped) and origins.may_be_sent(each.origin)
    }


# --- what the newest releases carry --------------------------------------------------------------


def _newest(hosts: Mapping[Pin, Dependency], claims: Claims, settings: Settings, outside: Outside) -> dict[Pin, Newest]:
    connections = network(settings, outside)._replace(connections=AT_ONCE)
    cache = settings.cache or files.cache_folder()
    asked = sorted(hosts)[:MOST]
    projects = releases.of(sorted({pin.name for pin in asked}), connections, cache, outside.now, say=outside.say)
    known = {pin: _of_index(pin, projects[pin.name], claims) for pin in asked}
    wheels: dict[Pin, Wheel] = {}
    for pin, each in known.items():
        project = projects[pin.name]
        if not each.said and isinstance(project, Project):
            wheels[pin] = published.fitting(project.wheels, published.tags(hosts[pin]))
    releases_of = {wheel: pin._replace(version=known[pin].version) for pin, wheel in wheels.items()}
    read = _read(releases_of, connections, cache, outside)
    known |= {pin: read[wheel] for pin, wheel in wheels.items()}
    rest = Newest(said=_unknown("", f"the index is asked about {MOST} distributions at most"))
    return dict.fromkeys(hosts, rest) | known


def _of_index(pin: Pin, project: Project | Unreadable, claims: Claims) -> Newest:
    """Return the newest release, with all there is to say of it where its files need not be looked into."""
    if isinstance(project, Unreadable):
        return Newest(said=_unknown("", f"{project.where} {project.what}".strip()))
    new = releases.newest(project.releases)
    if not new:
        return Newest(said=_unknown("", "the index lists no final release"))
    ours, theirs = versions.public_key(PYPI, pin.version), versions.public_key(PYPI, new)
    if ours == theirs:
        return Newest(new, said=f"{new} is the newest release")
    if ours and theirs and ours > theirs:
        return Newest(new, said=f"the newest final release, {new}, is older than {pin.version}")
    if malware := _malware(pin._replace(version=new), claims):
        return Newest(new, said=f"the newest release, {new}, is malicious ({malware})")
    return Newest(new, said="" if project.wheels else _unknown(new, "it has no wheel"))


def _malware(pin: Pin, claims: Claims) -> str:
    """Return the record that calls a release malicious; empty where none does."""
    own = {(pin.ecosystem, pin.name): claims.get((pin.ecosystem, pin.name), ())}
    hits, _ = match.hits([Dependency(pin, _NOWHERE)], own)
    return min((each.advisory for each in hits if each.advisory.startswith(match.MALWARE)), default="")


def _read(wheels: Mapping[Wheel, Pin], connections: Network, cache: str, outside: Outside) -> dict[Wheel, Newest]:
    """Return what each wheel carries, or why that is not known."""
    found: dict[Wheel, Newest] = {}
    for wheel, host in wheels.items():
        if carried := published.kept(wheel, cache):
            found[wheel] = Newest(host.version, carried)
    missing = [wheel for wheel in wheels if wheel not in found]
    if missing and not connections.offline:
        outside.say(f"looking into the newest release of {len(missing)} distribution{'s' * (len(missing) > 1)}")
    work = [partial(_one, wheel, wheels[wheel], connections, cache) for wheel in missing]
    for wheel, answer in zip(missing, net.gather(connections, work), strict=True):
        found[wheel] = _unreadable(wheels[wheel], answer) if isinstance(answer, NetworkError) else answer
    return found


def _one(wheel: Wheel, host: Pin, connections: Network, cache: str) -> Newest:
    try:
        return Newest(host.version, published.read(wheel, host, connections, cache))
    except NetworkError:  # of many in a row, `net.gather` makes an end
        raise
    except Unreadable as error:
        return _unreadable(host, error)


def _unreadable(host: Pin, error: Unreadable) -> Newest:
    return Newest(host.version, said=_unknown(host.version, f"{error.where or 'its wheel'} {error.what}"))


# --- what is said of that ------------------------------------------------------------------------


def _told(audit: Audit, carriers: Mapping[int, Pin], known: Mapping[Pin, Newest], claims: Claims) -> Audit:
    """Return the audit with a sentence for each finding, and an upgrade of each host that settles some of its own."""
    verdicts = list(audit.verdicts)
    free: dict[Pin, set[str]] = {}
    left: dict[Pin, set[str]] = {}
    for number, host in carriers.items():
        if host in known:
            finding = verdicts[number].finding
            sentence, is_free = said(finding, known[host], claims)
            verdicts[number] = verdicts[number]._replace(finding=finding._replace(newest=sentence))
            (free if is_free else left).setdefault(host, set()).add(finding.id)
    upgrades = list(audit.upgrades)
    for host, ids in free.items():
        if settled := ids - left.get(host, set()):
            places = {each.place for each in audit.inventory.dependencies if each.pin == host and not each.inside}
            new = known[host].version
            upgrades.append(Upgrade(host.name, host.version, new, tuple(sorted(settled)), tuple(sorted(places))))
    return audit._replace(verdicts=tuple(verdicts), upgrades=tuple(sorted(upgrades)))


def said(finding: Finding, newest: Newest, claims: Claims) -> tuple[str, bool]:
    """Return one sentence on what the newest release of its carrier means for a finding, and whether it is free of it.

    That nothing is listed proves something only where the same kind of knowledge lists other things.
    """
    if newest.said:
        return newest.said, False
    new, pin = newest.version, finding.dependency.pin
    found = (each.pin for each in newest.carried.components if _project(each.pin) == _project(pin))
    same = list(dict.fromkeys(found))
    affected = {each: _is_affected(each, finding, claims) for each in same}
    if hit := [each for each in same if affected[each]]:
        other = f"carries {_some(hit)}, which {_are(hit)} affected, too"
        return f"{new} is the newest release and still {'carries it' if pin in hit else other}", False
    if newest.carried.unread:
        return _unknown(new, newest.carried.unread), False
    if unsure := [each for each in same if affected[each] is None]:
        return f"the newest release, {new}, carries {_some(unsure)}: whether that is affected is not known", False
    if same:
        return f"the newest release, {new}, carries {_some(same)}, which {_are(same)} not affected", True
    if why := _silent(finding.dependency, newest.carried):
        return _unknown(new, why), False
    return f"the newest release, {new}, no longer carries it", True


def _project(pin: Pin) -> tuple[str, str]:
    """Return what stays the same from release to release: another one may be built on AlmaLinux:9, not AlmaLinux:8."""
    return pin.ecosystem.partition(":")[0], pin.name


def _is_affected(pin: Pin, finding: Finding, claims: Claims) -> bool | None:
    """Return whether the flaw is, or may be, in another release of the same project; None where nobody can tell."""
    if pin == finding.dependency.pin:
        return True
    ids = {each.id for each in finding.advisories}
    own = [each for each in claims.get((pin.ecosystem, pin.name), ()) if each.advisory in ids]
    hits, doubts = match.hits([finding.dependency._replace(pin=pin)], {(pin.ecosystem, pin.name): own})
    if hits:
        return True
    return None if doubts or not (own and pin.version) else False


def _silent(dependency: Dependency, carried: Carried) -> str:
    """Return why it tells nothing that the newest release does not list this; empty where it does."""
    if dependency.known_by == "sbom":
        if not carried.sboms:
            return "it has no SBOM"
        name, (ecosystem, _) = os.path.basename(dependency.place.file), _project(dependency.pin)
        listed = {_project(each.pin)[0] for each in carried.components if each.known_by == "sbom"}
        # A wheel that was built on another distribution lists that one's packages; what it is made of is the same.
        is_empty = name in map(os.path.basename, carried.sboms) and not any(map(_is_packaged, listed))
        return "" if ecosystem in listed or is_empty else f"its SBOM lists nothing of {ecosystem}"
    kinds = _COPIES if dependency.known_by in _COPIES else (dependency.known_by,)
    return "" if any(each.known_by in kinds for each in carried.components) else "nothing in it lists what it carries"


def _is_packaged(ecosystem: str) -> bool:
    """Return whether it is a distribution of Linux, by OSV's word or by that of a purl."""
    return versions.is_distribution(ecosystem) or ecosystem in {"apk", "deb", "rpm"}


def _unknown(new: str, why: str) -> str:
    return f"what the newest release{f', {new},' if new else ''} carries is not known: {why}"


def _some(pins: Sequence[Pin]) -> str:
    more = f" and {len(pins) - 3} more" if len(pins) > 3 else ""
    return ", ".join(str(pin)[:LONGEST] for pin in pins[:3]) + more


def _are(pins: Sequence[Pin]) -> str:
    return "is" if len(pins) == 1 else "are"
