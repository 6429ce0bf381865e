"""What the page tells: findings by release, worst first, whatever number of targets hold it; and the numbers.

What a release carries is another one than the same that is there by itself, and comes after all of those.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pip_assay import policy
from pip_assay.model import OPEN, Audit, Dependency, Finding, Pin, Report, Rule, Status, Upgrade, Verdict
from pip_assay.reports.bundled import Hosts, raised
from pip_assay.reports.entries import Key, how_bad
from pip_assay.reports.fixes import fixes, upgrades
from pip_assay.reports.summary import SEVERITIES, counts
from pip_assay.values import NamedTuple

WORDS = ("malware", *SEVERITIES)
"""What a finding is called, worst first."""

FINDINGS = 5_000
"""More findings than this are counted and not shown: the page has to open."""

Held = tuple[str, Verdict]
"""A target, and what policy says of a flaw there."""


class Flaw(NamedTuple):
    """One flaw of one release.

    verdict  the worst that policy says of it in any target.
    held     every target that holds it, with its own verdict.
    """

    verdict: Verdict
    held: tuple[Held, ...]

    @property
    def finding(self) -> Finding:
        """The flaw as it is in the target of the worst verdict."""
        return self.verdict.finding

    @property
    def exploited(self) -> bool:
        """Whether the flaw is known to be exploited; False also where nobody knows."""
        return self.finding.signals.exploited is True


class Where(NamedTuple):
    """One target that holds a release; what has an order is sorted.

    direct  whether the target asks for it by name; None where that is not known.
    paths   chains of names from a direct dependency down to this one, those of one name left out.
    """

    target: str
    dependencies: frozenset[Dependency]
    places: tuple[str, ...]
    groups: tuple[str, ...]
    direct: bool | None
    paths: tuple[tuple[str, ...], ...]


class Package(NamedTuple):
    """One release with findings that are to be settled, worst first.

    upgrade  the release that settles the most of them, if one can be installed; `settled` holds their ids.
    hosts    what carries it, the nearest first; the last is what to upgrade. Empty for what is there by itself.
    above    the upgrade of that last one whose release is known to be free of some of these flaws.
    """

    pin: Pin
    flaws: tuple[Flaw, ...]
    where: tuple[Where, ...]
    upgrade: Upgrade | None
    settled: frozenset[str]
    hosts: tuple[Pin, ...] = ()
    above: Upgrade | None = None

    @property
    def word(self) -> str:
        """What the worst of its flaws is called."""
        return min((how_bad(flaw.finding) for flaw in self.flaws), key=WORDS.index)

    @property
    def malware(self) -> bool:
        """Whether the release itself is malicious."""
        return self.word == "malware"

    @property
    def exploited(self) -> bool:
        """Whether one of its flaws is known to be exploited."""
        return any(flaw.exploited for flaw in self.flaws)

    @property
    def is_fixed(self) -> bool:
        """Whether a release is known that does not have one of the flaws, and that can be installed in its place."""
        return any(fixes(flaw.finding) for flaw in self.flaws)

    @property
    def is_apart(self) -> bool:
        """Whether it stands in the section of what others carry; malware stands first of all."""
        return bool(self.hosts) and not self.malware


Offered = Mapping[tuple[str, str], Sequence[Upgrade]]


class Silenced(NamedTuple):
    """A finding that one rule silences, and the targets where it does."""

    verdict: Verdict
    targets: tuple[str, ...]


class Numbers(NamedTuple):
    """The numbers at the top of the page; a release or a flaw that two targets hold counts once.

    inside   of the findings those in what other releases carry.
    failing  releases that fail for what the package index says of them.
    idle     rules that fail because they silence nothing.
    words    how many findings are malware and of each severity, worst first, zeros left out.
    """

    packages: int
    audited: int
    findings: int
    inside: int
    malicious: int
    exploited: int
    settled: int
    warns: int
    known: int
    ignored: int
    not_affected: int
    failing: int
    idle: int
    words: tuple[tuple[str, int], ...]
    problems: int


def packages(report: Report) -> list[Package]:
    """Return the releases with findings that no rule silences, worst first, and after them those that others carry."""
    held: dict[Key, dict[str, list[Held]]] = {}
    for audit in report.audits:
        for verdict in audit.verdicts:
            if verdict.status in OPEN:
                by_id = held.setdefault(_key(verdict.finding.dependency), {})
                by_id.setdefault(verdict.finding.id, []).append((audit.inventory.target, verdict))
    by_name = _upgrades(report.audits)
    written = _written(report.audits, held)
    carries = any(key[1] for key in held)
    hosts = Hosts(each for audit in report.audits for each in audit.inventory.dependencies) if carries else Hosts(())
    made = [_package(key, flaws, written[key], by_name, hosts) for key, flaws in held.items()]
    return sorted(made, key=lambda each: (each.is_apart, _badness(each.flaws[0])[:-1], each.pin, each.hosts))


def shown(found: Sequence[Package]) -> list[tuple[Package, tuple[Flaw, ...]]]:
    """Return the worst packages with those of their findings that the page has room for."""
    listed, room = [], FINDINGS
    for package in found:
        if room <= 0:
            break
        listed.append((package, package.flaws[:room]))
        room -= len(package.flaws)
    return listed


def silenced(report: Report) -> list[Silenced]:
    """Return the findings that rules silence, by release and id."""
    found: dict[tuple[object, ...], list[Held]] = {}
    for audit in report.audits:
        for verdict in audit.verdicts:
            if verdict.status not in OPEN:
                finding = verdict.finding
                pin, inside = _key(finding.dependency)
                key = (pin, inside or (), finding.id, *verdict[1:])
                found.setdefault(key, []).append((audit.inventory.target, verdict))
    return [
        Silenced(held[0][1], tuple(dict.fromkeys(target for target, _ in held))) for _, held in sorted(found.items())
    ]


def idle(report: Report) -> list[Rule]:
    """Return the rules that silence nothing: those that are over, and those that match nothing."""
    return sorted(policy.idle(rule for audit in report.audits for rule in audit.rules))


def numbers(report: Report, found: Sequence[Package]) -> Numbers:
    """Return the numbers of the report, and of what `packages` found in it."""
    flaws = [flaw for package in found for flaw in package.flaws]
    words = Counter(how_bad(flaw.finding) for flaw in flaws)
    statuses = Counter(flaw.verdict.status for flaw in flaws)
    total = counts(report.audits, report.problems)
    return Numbers(
        packages=total.packages,
        audited=total.audited,
        findings=len(flaws),
        inside=sum(len(package.flaws) for package in found if package.hosts),
        malicious=sum(package.malware for package in found),
        exploited=sum(flaw.exploited for flaw in flaws),
        settled=sum(len(package.settled) for package in found),
        warns=statuses["warns"],
        known=statuses["known"],
        ignored=_number(report, "ignored"),
        not_affected=_number(report, "not_affected"),
        failing=len({notice.pin for audit in report.audits for notice in audit.notices if notice.fails}),
        idle=sum(rule.strict for rule in idle(report)),
        words=tuple((word, words[word]) for word in WORDS if words[word]),
        problems=total.problems,
    )


def _number(report: Report, status: Status) -> int:
    """Return how many flaws of releases have the status in a target."""
    found = (each.verdict for each in silenced(report) if each.verdict.status == status)
    return len({(_key(each.finding.dependency), each.finding.id) for each in found})


def _key(dependency: Dependency) -> Key:
    return dependency.pin, dependency.inside


def _badness(flaw: Flaw) -> tuple[bool, bool, int, float, float, str]:
    """Return what puts the worst first, in the order of the terminal."""
    finding, signals = flaw.finding, flaw.finding.signals
    score, epss = (-1.0 if each is None else each for each in (finding.score, signals.epss))
    severity = SEVERITIES.index(finding.severity)
    return not finding.malware, not signals.exploited, severity, -score, -epss, finding.id


def _package(
    key: Key, held: dict[str, list[Held]], where: tuple[Where, ...], by_name: Offered, hosts: Hosts
) -> Package:
    flaws = sorted((_flaw(each) for each in held.values()), key=_badness)
    carriers = hosts.of(flaws[0].finding.dependency)
    top = carriers[-1] if carriers else key[0]
    offered = by_name.get((top.name, top.version), ())
    if carriers:
        return Package(key[0], tuple(flaws), where, None, frozenset(), carriers, raised(offered, held))
    upgrade = max(offered, key=lambda each: (len(held.keys() & {*each.settles}), each), default=None)
    settled = frozenset(held.keys() & {*upgrade.settles} if upgrade else ())
    worst = flaws[0].finding
    if worst.malware and worst.id not in settled:  # as in the terminal: nothing else about it is worth settling
        settled = frozenset()
    return Package(key[0], tuple(flaws), where, upgrade if settled else None, settled)


def _flaw(held: list[Held]) -> Flaw:
    if len(held) == 1:
        return Flaw(held[0][1], tuple(held))
    in_order = sorted(held, key=lambda each: (OPEN.index(each[1].status), each[1].finding.dependency.place, repr(each)))
    return Flaw(in_order[0][1], tuple(sorted(in_order, key=lambda each: each[0])))


def _upgrades(audits: Iterable[Audit]) -> Offered:
    """Return the upgrades by name and release; one names no ecosystem, so it is for every release of its name."""
    found: dict[tuple[str, str], list[Upgrade]] = {}
    for audit in audits:
        for upgrade in upgrades(audit):
            each = upgrade._replace(settles=tuple(sorted(upgrade.settles)), places=tuple(sorted(upgrade.places)))
            found.setdefault((upgrade.name, upgrade.old), []).append(each)
    return found


def _written(audits: Iterable[Audit], held: Iterable[Key]) -> dict[Key, tuple[Where, ...]]:
    """Return the targets that hold each release."""
    found: dict[Key, dict[str, tuple[list[Dependency], list[Finding]]]] = {key: {} for key in held}
    for audit in audits:
        target = audit.inventory.target
        for verdict in audit.verdicts:
            if verdict.status in OPEN:
                about = found[_key(verdict.finding.dependency)].setdefault(target, ([], []))
                about[0].append(verdict.finding.dependency)
                about[1].append(verdict.finding)
        for dependency in audit.inventory.dependencies:
            if target in found.get(_key(dependency), ()):
                found[_key(dependency)][target][0].append(dependency)
    return {
        key: tuple(_where(target, *about) for target, about in sorted(targets.items()))
        for key, targets in found.items()
    }


def _where(target: str, dependencies: list[Dependency], findings: list[Finding]) -> Where:
    each = set(dependencies)
    known = [dependency.direct for dependency in each if dependency.direct is not None]
    places = {dependency.place for dependency in each} | {place for found in findings for place in found.places}
    groups = {group for dependency in each for group in dependency.groups}
    paths = {path for found in findings for path in found.paths if len(path) > 1}
    return Where(
        target,
        frozenset(each),
        tuple(dict.fromkeys(str(place) for place in sorted(places))),
        tuple(sorted(groups, key=lambda group: (group != "runtime", group))),
        any(known) if known else None,
        tuple(sorted(paths, key=lambda path: (len(path), path))),
    )
