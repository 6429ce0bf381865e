"""What a target's policy makes of the flaws of releases that nobody holds yet: as an audit judges those that are."""

from collections.abc import Mapping, Sequence

from pip_assay import findings, match, policy
from pip_assay.configuration.policies import Policies
from pip_assay.findings import Claims
from pip_assay.model import INDEX, OPEN, PYPI, Dependency, Inventory, Match, Pin, Place
from pip_assay.records import Advisory
from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.vex import Statement


class Judging:
    """Judges a release in the place of the one that the target holds: of its groups, in its files.

    inventory  what is held now.
    """

    def __init__(self, inventory: Inventory, settings: Settings, outside: Outside) -> None:
        policies = Policies(settings, outside)
        self._inventory = inventory
        self._rules = policies.of(inventory.target)
        self._today = policies.today
        self._statements = _statements(self._rules.vex)

    def is_own(self, name: str) -> bool:
        """Return whether it is a project of one's own, of which no public record speaks, and whose name is not sent."""
        return policy.is_internal(name, self._rules.internal)

    def may_silence(self) -> bool:
        """Return whether any flaw may be silenced, so that `silenced` has to be asked."""
        return bool(self._rules.ignores or self._statements)

    def silenced(self, name: str, version: str, claims: Claims, records: Mapping[str, Advisory]) -> frozenset[str]:
        """Return the ids of the records whose flaws a rule or a VEX statement silences in a release.

        claims   those about the project.
        records  those that the claims are of, and those that share a name with them.
        """
        release = self.release(name, version)
        hits, _ = match.hits(release, claims)
        matches = [
            Match(each.dependency, records[each.advisory], each.certainty) for each in hits if each.advisory in records
        ]
        found = findings.findings(self._inventory._replace(dependencies=release), matches, claims, records)
        verdicts = policy.verdicts(found, self._rules, self._inventory.target, self._today)
        if self._statements:
            from pip_assay import vex

            verdicts = vex.judge(verdicts, self._statements, (*self._others(name), *release))
        return frozenset(
            record.id for each in verdicts if each.status not in OPEN for record in each.finding.advisories
        )

    def release(self, name: str, version: str) -> tuple[Dependency, ...]:
        """Return a release as the target would list it: as it lists the one that is held, else as one that comes in."""
        held = [each for each in self._inventory.dependencies if _is_of(each, name)]
        new = Dependency(Pin(PYPI, name, version), Place(self._inventory.target), direct=False, origin=INDEX)
        return tuple(each._replace(pin=new.pin) for each in held) or (new,)

    def _others(self, name: str) -> Sequence[Dependency]:
        return [each for each in self._inventory.dependencies if not _is_of(each, name)]


def _is_of(dependency: Dependency, name: str) -> bool:
    return (dependency.pin.ecosystem, dependency.pin.name, dependency.inside) == (PYPI, name, None)


def _statements(paths: Sequence[str]) -> "Sequence[Statement]":
    """Return what VEX files say; what cannot be read of them, the audit has told."""
    if not paths:
        return ()
    from pip_assay import vex_files

    return [each for path in paths for each in vex_files.statements(path)[0]]
