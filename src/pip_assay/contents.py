"""What targets are really made of: each distribution with what its files carry, and how much room it takes.

Nothing is looked up: no advisory, no server, no database.
"""

from pip_assay import pieces, targets
from pip_assay.model import Gap, Inventory
from pip_assay.pieces import Contents
from pip_assay.settings import Outside, Settings
from pip_assay.sources import sizes

_OF_AUDITS: frozenset[Gap] = frozenset(("unpinned", "version", "private"))
"""Gaps that leave nothing unread: a release that cannot be audited is listed here as any other, and says why."""


def contents(settings: Settings, outside: Outside) -> tuple[Contents, ...]:
    """Return what every target is made of that the settings name, in the order in which they were named.

    Requirements are listed as they are written, for nothing is asked of any index.
    """
    found = targets.read(settings._replace(no_bundled=False, offline=True, no_deps=True), outside)
    return tuple(_made(inventory, settings, outside) for inventory in found)


def _made(inventory: Inventory, settings: Settings, outside: Outside) -> Contents:
    problems = tuple(each for each in inventory.problems if each.gap not in _OF_AUDITS)
    measured = sizes.measure(inventory, outside.folder, settings.roots)
    tree = pieces.tree(inventory.dependencies, measured.extents)
    return Contents(inventory._replace(problems=problems), tree, measured.total)
