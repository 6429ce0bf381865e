"""Which flaws any release has: of the local database, or of the service that the settings name."""

from collections.abc import Mapping, Sequence

from pip_assay import match, versions
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Target
from pip_assay.fix.planning.carried import Carried, Carriers
from pip_assay.fix.planning.judging import Judging
from pip_assay.look_up import Answers, look_up
from pip_assay.model import INDEX, PYPI, Dependency, Origin, Pin, Place
from pip_assay.origins import Origins
from pip_assay.records import Advisory, Claim
from pip_assay.settings import Outside, Settings


class Auditing:
    """Advisories about releases that nobody holds yet; each project is looked up once, of a service each release.

    A flaw that the target's policy silences is no reason to leave a release out, as far as it silences it there.

    target   what is held, and of which index: no service is told a name that may be private.
    carried  findings of what releases carry, which count as their own.
    several  whether what comes in may be of another index than the main one.
    """

    def __init__(
        self, settings: Settings, outside: Outside, target: Target, carried: Sequence[Carried] = (), *,
        several: bool = False,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._outside = outside
        self._carriers = Carriers(carried)
        self._judging = Judging(target.inventory, settings, outside)
        self._origins = {each.pin.name: each.origin for each in target.inventory.dependencies}
        several = bool(several or target.indexes.extra or settings.extra_index_urls)
        self._anywhere = Origin("private index", "") if several else INDEX
        self._records: dict[str, dict[str, Advisory]] = {}
        self._claims: dict[str, dict[str, Claim]] = {}
        self._asked: set[tuple[str, str]] = set()
        self._found: dict[tuple[str, str], frozenset[str]] = {}
        self._whole = settings.service == "local"

    def affected(self, name: str, version: str) -> frozenset[str]:
        """Return the ids of the records of open flaws that affect the release, or may.

        Raises:
            Unreadable: nobody answers for it.
        """
        if (name, "" if self._whole else version) not in self._asked:
            self._look_up(name, version)
        return self.known(name, version)

    def known(self, name: str, version: str) -> frozenset[str]:
        """Return the same as far as it is known without asking a service."""
        if self._whole and (name, "") not in self._asked:
            self._look_up(name, version)
        inside = self._carriers.of(name, version)
        if not self._claims.get(name):
            return inside
        if (found := self._found.get((name, version))) is None:
            found = self._found[name, version] = self._open(name, version)
        return found | inside

    def _open(self, name: str, version: str) -> frozenset[str]:
        claims = self._claims[name]
        key = versions.key(PYPI, version)
        found = frozenset(each for each, said in claims.items() if match.certainty(said, key, version))
        if found and self._judging.may_silence():
            said = {(PYPI, name): tuple(claims.values())}
            found -= self._judging.silenced(name, version, said, self._records[name])
        return found

    def _look_up(self, name: str, version: str) -> None:
        """Have the flaws of a project looked up, or of a service those of one release; of one's own project none."""
        if self._judging.is_own(name):
            self._asked |= {(name, ""), (name, version)}
            return
        self._found.clear()
        with look_up([self._dependency(name, version)], self._settings, self._outside) as answers:
            whole = answers.data.source == "local database"
            self._asked.add((name, "" if whole else version))
            claims = self._claims.setdefault(name, {})
            for claimed in answers.claims.get((PYPI, name), ()):
                claims[claimed.advisory] = _joined(claims.get(claimed.advisory), claimed)
            if self._judging.may_silence():
                self._records.setdefault(name, {}).update(_records(answers, claims))
            if (why := answers.unanswered.get(Pin(PYPI, name, version))) and self._is_public(name, answers.origins):
                raise Unreadable(f"whether {name} {version} has flaws is not known: {why}")
            self._whole = whole

    def _dependency(self, name: str, version: str) -> Dependency:
        return Dependency(Pin(PYPI, name, version), Place(""), origin=self._origins.get(name, self._anywhere))

    def _is_public(self, name: str, origins: Origins) -> bool:
        return self._whole or origins.may_be_sent(self._origins.get(name, self._anywhere))


def _records(answers: Answers, claims: Mapping[str, Claim]) -> dict[str, Advisory]:
    """Return the records of the claims, by which a policy decides, and those that share their names."""
    found = answers.advisories(claims)
    names = {name for each in found.values() for name in (each.id, *each.aliases)}
    return {**found, **answers.related(names, found.keys())}


def _joined(known: Claim | None, claimed: Claim) -> Claim:
    """Return what two answers about one record say together: that of PyPI lists the asked release alone."""
    if known is None or known == claimed:
        return claimed
    spans, texts = {*known.spans, *claimed.spans}, {*known.texts, *claimed.texts}
    return Claim(claimed.advisory, tuple(sorted(spans)), tuple(sorted(texts)))
