"""Into which of several requirements files a pin is written that comes in: into those of what needs it."""

import os
from collections.abc import Mapping

from pip_assay.fix.formats.spliced import Added
from pip_assay.fix.nouns import Change, Plan
from pip_assay.sources import requirements as source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.requirements import Requirements


def incoming(plan: Plan) -> list[Change]:
    """Return the changes that bring a project in."""
    return [each for each in plan.changes if not each.old and each.new]


def of(
    plan: Plan, found: "Requirements", known: Mapping[tuple[str, str], tuple[str, ...]], environ: Mapping[str, str]
) -> dict[str, list[Added]]:
    """Return the pins that come in, by the file that they are written into; `known` are their hashes.

    What needs one may come in itself: then it is the file of what needs that. Files that leave some of what they need
    to the installer get none.
    """
    homes = _Homes(plan, found, environ)
    if not homes.pinned or any(each.name not in homes.pinned for each in plan.target.held):
        return {}
    made: dict[str, list[Added]] = {}
    for change in incoming(plan):
        when = f" ; {change.marker}" if change.marker else ""
        hashes = known.get((change.name, change.new), ())
        for path in homes.of(change.name):
            via = tuple(each for each in change.needed_by if path in homes.all_of(each)) or change.needed_by
            one = Added(change.name, f"{change.name}=={change.new}{when}", hashes, via)
            made.setdefault(path, []).append(one)
    return made


class _Homes:
    """Tells in which files projects are pinned, or are to be.

    pinned  the files with a pin of each project, as it is installed from: that of a constraint only where there is
            no other.
    """

    def __init__(self, plan: Plan, found: "Requirements", environ: Mapping[str, str]) -> None:
        self.pinned: dict[str, list[str]] = {}
        self._needed_by = {each.name: each.needed_by for each in incoming(plan)}
        self._environ = environ
        self._first = next((each.place.file for each in (*found.requirements, *found.constraints)), "")
        for listed in (found.requirements, found.constraints):
            pins: dict[str, list[str]] = {}
            for each in listed:
                if each.version:
                    pins.setdefault(each.name, []).append(each.place.file)
            self.pinned = {**pins, **self.pinned}

    def of(self, name: str) -> list[str]:
        """Return the files to write a project into: none that takes it in from another of them."""
        every = self.all_of(name)
        if len(every) < 2:
            return every or [self._first]
        whole = {os.path.abspath(each) for each in every}
        return [each for each in every if self._taken_in(each).isdisjoint(whole)]

    def all_of(self, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """Return the files with what needs a project, or with the project itself."""
        if name in self.pinned:
            return list(dict.fromkeys(self.pinned[name]))
        parents = [each for each in self._needed_by.get(name, ()) if each not in seen]
        return list(dict.fromkeys(path for each in parents for path in self.all_of(each, seen | {name})))

    def _taken_in(self, path: str) -> set[str]:
        """Return the files whose requirements a file takes in with -r, whole paths."""
        every = {os.path.abspath(each.place.file) for each in source.read([path], self._environ).requirements}
        return every - {os.path.abspath(path)}
