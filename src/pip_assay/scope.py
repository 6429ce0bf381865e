"""What of a target the options ask for: its groups and extras, and what applies to a Python or a platform.

What they leave out stays listed, with that as its reason, and is counted: a choice is not a clean answer.
"""

from collections.abc import Iterable

from pip_assay.model import NOT_ASKED, Dependency, Inventory, Place, Problem
from pip_assay.names import normalise
from pip_assay.settings import Settings

_OF_PYTHON = ("python_version", "python_full_version", "implementation_version")
_OF_PLATFORM = (
    "os_name", "sys_platform", "platform_system", "platform_machine", "platform_release", "platform_version",
)  # fmt: skip
_OF_NOTHING = ("implementation_name", "platform_python_implementation", "extra")
"""What no option names may be anything. Extras are asked for as groups, not by markers."""


class Scope:
    """What the settings ask for."""

    def __init__(self, settings: Settings) -> None:
        self._named = [(f"{kind}:{normalise(name)}", f"{kind} {name}") for kind, name in _named(settings)]
        self._groups = {group for group, _ in self._named}
        self._only = bool(settings.only_groups)
        self._no_dev = settings.no_dev
        self._settings = settings
        self._applies: dict[str, bool] = {}
        self._environment: dict[str, str] = {}

    def asks_for(self, groups: Iterable[str]) -> bool:
        """Return whether something of these groups is asked for; of what is in no known group, everything is."""
        asked = list(map(_normalised, groups))
        return not asked or any(map(self._asks, asked))

    def _asks(self, group: str) -> bool:
        if group in self._groups or self._only:
            return group in self._groups
        if self._groups:
            return group == "runtime"
        return not (self._no_dev and group.startswith("group:"))

    def applies(self, marker: str) -> bool:
        """Return whether the marker may be true for the named Python and platform; of what is not named, for any."""
        if not marker or not (self._settings.python_version or self._settings.platform):
            return True
        if marker not in self._applies:
            from pip_assay import markers

            self._applies[marker] = markers.applies(marker, self._known())
        return self._applies[marker]

    def _known(self) -> dict[str, str]:
        if not self._environment:
            from pip_assay import markers

            settings = self._settings
            known = markers.environment(settings.python_version, settings.platform)
            unknown = [*_OF_NOTHING]
            unknown += [] if settings.python_version else _OF_PYTHON
            unknown += [] if settings.platform else _OF_PLATFORM
            self._environment = known | dict.fromkeys(unknown, "")
        return self._environment

    def narrowed(self, inventory: Inventory) -> Inventory:
        """Return the inventory with what is left out marked, and without the problems of that alone.

        What is inside a distribution is left out with it.
        """
        dependencies = _with_hosts(tuple(map(self._marked, inventory.dependencies)))
        kept = {each.pin.name for each in dependencies if each.skipped != NOT_ASKED}
        gone = {each.pin.name for each in dependencies} - kept
        problems = tuple(each for each in inventory.problems if each.subject not in gone)
        return inventory._replace(dependencies=dependencies, problems=problems)

    def _marked(self, dependency: Dependency) -> Dependency:
        if self.asks_for(dependency.groups) and self.applies(dependency.marker):
            return dependency
        return dependency._replace(skipped=NOT_ASKED)

    def unknown(self, declared: Iterable[str]) -> list[str]:
        """Return the named groups and extras that are not among the declared ones, as people say them."""
        known = set(map(_normalised, declared))
        return [said for group, said in self._named if group not in known]


def _with_hosts(dependencies: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """Return the dependencies, with what is inside those that are left out marked as they are."""
    hosts = [each for each in dependencies if not each.inside]
    left = {each.pin for each in hosts if each.skipped == NOT_ASKED}
    left -= {each.pin for each in hosts if each.skipped != NOT_ASKED}
    return tuple([each._replace(skipped=NOT_ASKED) if each.inside in left else each for each in dependencies])


def _named(settings: Settings) -> Iterable[tuple[str, str]]:
    yield from (("group", name) for name in (*settings.groups, *settings.only_groups))
    yield from (("extra", name) for name in settings.extras)


def _normalised(group: str) -> str:
    kind, mark, name = group.partition(":")
    return f"{kind}:{normalise(name)}" if mark else group


def narrowed(found: list[Inventory], settings: Settings) -> list[Inventory]:
    """Return the inventories with what the options leave out marked so.

    A group or extra that no target has is a problem of the first: a slip of the pen must not look clean.
    """
    scope = Scope(settings)
    groups = {group for inventory in found for group in inventory.groups}
    groups |= {group for inventory in found for each in inventory.dependencies for group in each.groups}
    missing = [_missing(said, found[0], groups) for said in scope.unknown(groups)] if found else []
    narrow = [scope.narrowed(each) for each in found]
    return [narrow[0]._replace(problems=(*narrow[0].problems, *missing)), *narrow[1:]] if narrow else []


def _missing(said: str, first: Inventory, declared: set[str]) -> Problem:
    kind = said.partition(" ")[0]
    known = sorted(group.partition(":")[2] for group in declared if group.startswith(f"{kind}:"))
    hint = f"it has: {', '.join(known)}" if known else f"it names no {kind}"
    return Problem("missing", f"there is no {said}", Place(first.target), hint, said)
