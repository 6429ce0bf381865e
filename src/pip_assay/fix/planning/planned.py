"""A plan for one target, by uv where it is there, else by advisories alone."""

from collections.abc import Sequence

from pip_assay.fix.nouns import Plan, Target, Wish
from pip_assay.fix.planning.advised import advised
from pip_assay.fix.planning.auditing import Auditing
from pip_assay.fix.planning.carried import Carried, told
from pip_assay.fix.planning.choosing import wished
from pip_assay.fix.planning.listed import Listed
from pip_assay.fix.planning.plan import plan
from pip_assay.model import Finding, Upgrade
from pip_assay.settings import Outside, Settings, network
from pip_assay.sources.resolve import Index

TIMEOUT = 300.0
"""Seconds for all questions of one plan."""


def planned(
    target: Target, wanted: Sequence[Finding], upgrades: Sequence[Upgrade], wish: Wish, settings: Settings,
    outside: Outside, carried: Sequence[Carried] = (), *, timeout: float = TIMEOUT,
) -> Plan:  # fmt: skip
    """Return what to change in a target so that the most of the wanted findings are settled.

    upgrades  what the audit names by itself: all there is without a resolver.
    carried   the findings in what releases carry that are wanted as well.

    Raises:
        Unreadable: the resolver or an index fails.
    """
    import tempfile
    import time

    from pip_assay.fix.planning.solver import UvSolver
    from pip_assay.sources.resolve import programs

    carried = [each for each in carried if wished([each.finding], wish)]
    every = (*wished(wanted, wish), *(each.planned for each in carried))
    if not every:
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
        # Whoever is asked about releases sees the same indexes as uv.
        listed = Listed(solver.indexes, settings, outside, every=solver.every)
        auditor = Auditing(settings, outside, target, carried, several=bool(solver.indexes.extra))
        all_of_it = wish._replace(only=(), least="")
        return told(plan(target, every, all_of_it, auditor, solver, listed, outside.progress), carried)


def _named(target: Target, settings: Settings) -> Index:
    """Return the indexes to ask: those of the command line before the target's own, as in an audit."""
    return target.indexes._replace(
        url=settings.index_url or target.indexes.url, extra=settings.extra_index_urls or target.indexes.extra
    )


def _but_build(wish: Wish) -> str:
    return ", which may build packages and so run their code" if wish.allow_build else ""
