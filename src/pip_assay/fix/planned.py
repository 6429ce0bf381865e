"""A plan for one target, by uv where it is there, else by advisories alone."""

from collections.abc import Collection, Mapping, Sequence

from pip_assay import files, releases
from pip_assay.fix.advised import advised
from pip_assay.fix.auditing import Auditing
from pip_assay.fix.choosing import wished
from pip_assay.fix.nouns import Plan, Target, Wish
from pip_assay.fix.plan import plan
from pip_assay.model import Finding, Upgrade
from pip_assay.settings import Outside, Settings, network
from pip_assay.sources.resolve import Index, surroundings

TIMEOUT = 300.0
"""Seconds for all questions of one plan."""


def planned(
    target: Target, wanted: Sequence[Finding], upgrades: Sequence[Upgrade], wish: Wish, settings: Settings,
    outside: Outside, silenced: Collection[str] = (), *, timeout: float = TIMEOUT,
) -> Plan:  # fmt: skip
    """Return what to change in a target so that the most of the wanted findings are settled.

    upgrades  what the audit names by itself: all there is without a resolver.
    silenced  ids and aliases of flaws that a policy silences: a release may have them.

    Raises:
        Unreadable: the resolver or an index fails.
    """
    import tempfile
    import time

    from pip_assay.fix.solver import UvSolver
    from pip_assay.sources.resolve import programs

    if not wished(wanted, wish):
        return Plan(target)
    uv = programs.find_uv(outside.environ, outside.folder)
    if uv is None:
        return advised(target, wanted, upgrades, wish)
    outside.say(f"asking uv which releases fit together{_but_build(wish)}")
    net = network(settings, outside)
    target = target._replace(indexes=_named(target, settings))
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        deadline = time.monotonic() + timeout
        solver = UvSolver(uv, target, wish, outside.environ, net, scratch, deadline, outside.now)
        listed = _Listed(target, settings, outside)
        auditor = Auditing(settings, outside, target, silenced)
        return plan(target, wanted, wish, auditor, solver, listed, outside.progress)


class _Listed:
    """What the indexes of a target list; nothing where folders count as well, of which the solver alone can tell."""

    def __init__(self, target: Target, settings: Settings, outside: Outside) -> None:
        indexes = target.indexes
        self._is_silent = indexes.none or bool(indexes.find_links)
        self._cache = settings.cache or files.cache_folder()
        self._outside = outside
        named = settings._replace(index_url=indexes.url, extra_index_urls=indexes.extra)
        if not target.uses_pip:
            outside = outside._replace(environ=surroundings.without_pips_indexes(outside.environ))
        self._network = network(named, outside)._replace(progress=None)

    def __call__(self, names: Sequence[str]) -> Mapping[str, Sequence[releases.Release]]:
        if self._is_silent:
            return {}
        found = releases.of(names, self._network, self._cache, self._outside.now, say=self._outside.say)
        return {name: each.releases for name, each in found.items() if isinstance(each, releases.Project)}


def _named(target: Target, settings: Settings) -> Index:
    """Return the indexes to ask: those of the command line before the target's own, as in an audit."""
    return target.indexes._replace(
        url=settings.index_url or target.indexes.url, extra=settings.extra_index_urls or target.indexes.extra
    )


def _but_build(wish: Wish) -> str:
    return ", which may build packages and so run their code" if wish.allow_build else ""
