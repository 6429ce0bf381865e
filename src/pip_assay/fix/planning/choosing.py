"""Which flaws are to be settled, and which releases would not do: pure, but for what an auditor and an index say."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pip_assay import findings, severity
from pip_assay.fix.nouns import Held, Level, Target, Wish
from pip_assay.fix.planning.lines import allows, is_prerelease, order
from pip_assay.fix.planning.questions import NOTHING, Auditor, Release, Releases
from pip_assay.model import PYPI, Audit, Finding
from pip_assay.names import normalise
from pip_assay.values import NamedTuple

Settling = Mapping[str, frozenset[str]]
"""By project, the ids and aliases of the flaws that no chosen release of it may have."""


class Unit(NamedTuple):
    """The findings of one project that are settled together, worst first."""

    name: str
    findings: tuple[Finding, ...]

    def flaws(self) -> frozenset[str]:
        """Return the ids and aliases of the findings."""
        return frozenset(name for each in self.findings for name in names(each))


def names(finding: Finding) -> frozenset[str]:
    """Return the ids and aliases of a finding, with those of its records."""
    return frozenset((finding.id, *finding.aliases, *(each.id for each in finding.advisories)))


def wished(wanted: Iterable[Finding], wish: Wish) -> list[Finding]:
    """Return the findings that a person asks to settle, worst first; what is unknown is not less than anything."""
    least = severity.ORDER.index(wish.least) if wish.least in severity.ORDER else len(severity.ORDER)
    kept = [
        each
        for each in wanted
        if (severity.ORDER.index(each.severity) <= least or each.severity == "unknown")
        and (not wish.only or any(_is_meant(word, (each.dependency.pin.name,), names(each)) for word in wish.only))
    ]
    return sorted(kept, key=lambda each: (severity.ORDER.index(each.severity), each.dependency.pin, each.id))


def unmatched(only: Iterable[str], audits: Iterable[Audit]) -> tuple[str, ...]:
    """Return the words that neither name anything in these targets nor any of the flaws that were found there."""
    every = list(audits)
    projects = {each.pin.name for audit in every for each in audit.inventory.dependencies}
    flaws = {name for audit in every for each in audit.verdicts for name in names(each.finding)}
    return tuple(word for word in only if not _is_meant(word, projects, flaws))


def _is_meant(word: str, projects: Collection[str], flaws: Iterable[str]) -> bool:
    """Return whether a word names one of the projects, however it is spelled, or is one of the ids."""
    return normalise(word) in projects or word.lower() in {each.lower() for each in flaws}


def units(wanted: Iterable[Finding]) -> list[Unit]:
    """Return the findings by project: the worst project first, of equals that with the most findings."""
    found: dict[str, list[Finding]] = {}
    for each in wanted:
        found.setdefault(each.dependency.pin.name, []).append(each)
    together = [Unit(name, tuple(members)) for name, members in found.items()]
    return sorted(together, key=_merit)


def _merit(unit: Unit) -> tuple[int, int, str]:
    return severity.ORDER.index(unit.findings[0].severity), -len(unit.findings), unit.name


class Choice:
    """Which releases of which project would not do, by what is known of their flaws.

    A release must have no flaw that is to be settled, and none that no held release of its project has.
    """

    def __init__(self, target: Target, auditor: Auditor, releases: Releases, found: Iterable[Finding] = ()) -> None:
        self.held: dict[str, list[Held]] = {}
        for each in target.held:
            self.held.setdefault(each.name, []).append(each)
        self._found = units(found)
        self._auditor = auditor
        self._releases = releases
        self._listed: dict[str, Sequence[str]] = {}
        self._seen: dict[str, set[str]] = {}
        self._anyway: dict[str, frozenset[str]] = {}

    def look_at(self, projects: Collection[str]) -> None:
        """Have the releases of these projects listed, all of them at once."""
        missing = [name for name in projects if name not in self._listed]
        if missing:
            found = self._releases(missing)
            for name in missing:
                kept = [each.version for each in found.get(name, ()) if not each.yanked]
                self._listed[name] = sorted(kept, key=order)

    def is_bad(self, name: str, version: str, settling: Settling, *, ask: bool = True) -> bool:
        """Return whether the release has a flaw that speaks against it."""
        found = self._auditor.affected(name, version) if ask else self._auditor.known(name, version)
        return bool(found and not found <= self._tolerated(name) - settling.get(name, NOTHING))

    def bad(self, chosen: Iterable[Release], settling: Settling) -> list[Release]:
        """Return the chosen releases that would not do."""
        return [each for each in chosen if self.is_bad(each.name, each.version, settling)]

    def leave_out(self, bad: Iterable[Release]) -> None:
        """Remember the releases, and that their projects have others like them."""
        found = list(bad)
        self.look_at([each.name for each in found])
        for each in found:
            self._seen.setdefault(each.name, set()).add(each.version)

    def excluded(self, settling: Settling) -> dict[str, frozenset[str]]:
        """Return the releases that would not do, of the projects to settle and those that were seen to have some."""
        return {
            name: frozenset(
                [each for each in self._offered(name) if self.is_bad(name, each, settling, ask=False)]
                + [each for each in self._held_versions(name) if self.is_bad(name, each, settling)]
                + [each for each in self._seen.get(name, ()) if self.is_bad(name, each, settling)]
            )
            for name in {*settling, *self._seen}
        }

    def between(self, name: str, old: str, new: str) -> frozenset[str]:
        """Return the releases that an index lists between two."""
        self.look_at([name])
        return frozenset(each for each in self._listed[name] if order(old) < order(each) < order(new))

    def safe(self, name: str, settling: Settling, *, level: Level = "major", lower: bool = False) -> list[str]:
        """Return the listed releases that would do, the nearest first: above those held that would not, or `lower`."""
        moved = [each for each in self._held_versions(name) if self.is_bad(name, each, settling)]
        if not moved:
            return []
        lowest = min(moved, key=order)
        found = [
            each
            for each in self._offered(name)
            if (order(each) < order(lowest) if lower else order(each) > order(lowest) and allows(level, lowest, each))
            and not self.is_bad(name, each, settling, ask=False)
        ]
        return found[::-1] if lower else found

    def floors(self, settling: Settling) -> dict[str, str]:
        """Return the lowest releases that may be without the flaws, of projects whose releases are not listed.

        That is the highest of the first fixes of each flaw; one of a project with forks is not that of another.
        """
        found = {}
        for unit in self._found:
            flaws = settling.get(unit.name, NOTHING)
            fixes = [each.fixed_in[0] for each in unit.findings if each.fixed_in and each.id in flaws]
            if fixes and not self.is_listed(unit.name) and len(self.held.get(unit.name, ())) == 1:
                found[unit.name] = max(fixes, key=order)
        return found

    def is_listed(self, name: str) -> bool:
        """Return whether an index has told of any release of the project."""
        return bool(self._listed.get(name))

    def parted(self, unit: Unit, level: Level) -> tuple[Unit, list[Finding]]:
        """Return the findings of a unit that one release settles, worst first, and those that none settles then.

        Where no index has told of the project, a solver will tell.
        """
        if not self.is_listed(unit.name) or self.safe(unit.name, {unit.name: unit.flaws()}, level=level):
            return unit, []
        kept = Unit(unit.name, ())
        rest = []
        for each in unit.findings:
            tried = Unit(unit.name, (*kept.findings, each))
            if self.safe(unit.name, {unit.name: tried.flaws()}, level=level):
                kept = tried
            else:
                rest.append(each)
        return kept, rest

    def _offered(self, name: str) -> Iterable[str]:
        """Return the listed releases that a solver may take: no pre-release unless one is held."""
        listed = self._listed.get(name, ())
        if any(is_prerelease(each) for each in self._held_versions(name)):
            return listed
        return [each for each in listed if not is_prerelease(each)]

    def _held_versions(self, name: str) -> tuple[str, ...]:
        return tuple(each.version for each in self.held.get(name, ()))

    def _tolerated(self, name: str) -> frozenset[str]:
        """Return the flaws that the project has anyway."""
        if name not in self._anyway:
            found = (self._auditor.affected(name, each) for each in self._held_versions(name))
            self._anyway[name] = NOTHING.union(*found)
        return self._anyway[name]


def is_movable(finding: Finding, target: Target, unmovable: Collection[str]) -> bool:
    """Return whether a solver can be asked for another release of what has the flaw."""
    pin = finding.dependency.pin
    is_held = any((each.name, each.version) == (pin.name, pin.version) for each in target.held)
    return pin.ecosystem == PYPI and is_held and pin.name not in unmovable and finding.dependency.inside is None


def identifiers(found: Iterable[Finding]) -> tuple[str, ...]:
    """Return the ids of findings as people know them, sorted, each once."""
    return tuple(sorted({each.id for each in found}, key=findings.preference))
