"""Which flaws any release has: of the local database, or of the service that the settings name."""

from collections.abc import Collection, Sequence

from pip_assay import match, versions
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Target
from pip_assay.fix.questions import NOTHING
from pip_assay.look_up import look_up
from pip_assay.model import INDEX, PYPI, Dependency, Origin, Pin, Place
from pip_assay.origins import Origins
from pip_assay.records import Claim
from pip_assay.settings import Outside, Settings


class Auditing:
    """Advisories about releases that nobody holds yet; each project is looked up once, of a service each release.

    silenced  ids and aliases of the flaws that a policy silences: they are no reason to leave a release out.
    target    what is held, and of which index: no service is told a name that may be private.
    """

    def __init__(self, settings: Settings, outside: Outside, target: Target, silenced: Collection[str] = ()) -> None:
        self._settings = settings
        self._outside = outside
        self._silenced = frozenset(silenced)
        self._origins = {each.pin.name: each.origin for each in target.inventory.dependencies}
        several = target.indexes.extra or settings.extra_index_urls
        self._anywhere = Origin("private index", "") if several else INDEX
        self._claims: dict[str, dict[str, Claim]] = {}
        self._asked: set[tuple[str, str]] = set()
        self._found: dict[tuple[str, str], frozenset[str]] = {}
        self._whole = settings.service == "local"

    def affected(self, name: str, version: str) -> frozenset[str]:
        """Return the ids of the records of open flaws that affect the release, or may.

        Raises:
            Unreadable: nobody answers for it.
        """
        asked = (name, "" if self._whole else version)
        if asked not in self._asked:
            self._look_up([(name, version)])
        return self.known(name, version)

    def known(self, name: str, version: str) -> frozenset[str]:
        """Return the same as far as it is known without asking a service."""
        if self._whole and (name, "") not in self._asked:
            self._look_up([(name, version)])
        claims = self._claims.get(name)
        if not claims:
            return NOTHING
        if (found := self._found.get((name, version))) is None:
            key = versions.key(PYPI, version)
            found = frozenset(each for each, said in claims.items() if match.certainty(said, key, version))
            self._found[name, version] = found
        return found - self._silenced

    def expect(self, releases: Sequence[tuple[str, str]]) -> None:
        """Look up many releases, (name, version), at once, so that later answers need no look-up of their own."""
        wanted = {(name, "" if self._whole else version): (name, version) for name, version in releases}
        self._look_up([release for asked, release in wanted.items() if asked not in self._asked])

    def _look_up(self, releases: Sequence[tuple[str, str]]) -> None:
        if not releases:
            return
        self._found.clear()
        made_up = [self._dependency(name, version) for name, version in releases]
        with look_up(made_up, self._settings, self._outside) as answers:
            for name, version in releases:
                self._asked.add((name, "" if answers.data.source == "local database" else version))
                claims = self._claims.setdefault(name, {})
                for claimed in answers.claims.get((PYPI, name), ()):
                    claims[claimed.advisory] = _joined(claims.get(claimed.advisory), claimed)
                if (why := answers.unanswered.get(Pin(PYPI, name, version))) and self._is_public(name, answers.origins):
                    raise Unreadable(f"whether {name} {version} has flaws is not known: {why}")
            self._whole = answers.data.source == "local database"

    def _dependency(self, name: str, version: str) -> Dependency:
        return Dependency(Pin(PYPI, name, version), Place(""), origin=self._origins.get(name, self._anywhere))

    def _is_public(self, name: str, origins: Origins) -> bool:
        return self._whole or origins.may_be_sent(self._origins.get(name, self._anywhere))


def _joined(known: Claim | None, claimed: Claim) -> Claim:
    """Return what two answers about one record say together: that of PyPI lists the asked release alone."""
    if known is None or known == claimed:
        return claimed
    spans, texts = {*known.spans, *claimed.spans}, {*known.texts, *claimed.texts}
    return Claim(claimed.advisory, tuple(sorted(spans)), tuple(sorted(texts)))
