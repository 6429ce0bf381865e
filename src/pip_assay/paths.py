"""Why is this here? The shortest chains of names from what a target asks for down to one release."""

from collections.abc import Iterable

from pip_assay.model import Dependency, Pin

MOST = 3
"""How many chains of the shortest length a finding carries; `pip-assay why` prints all of them."""


class Paths:
    """The graph of one target, turned around: who requires whom. What is inside a distribution requires nobody."""

    def __init__(self, dependencies: Iterable[Dependency]) -> None:
        listed: list[Dependency] = []
        self._inside: dict[Pin, Pin] = {}  # what carries it
        for dependency in dependencies:
            if dependency.inside:
                self._inside.setdefault(dependency.pin, dependency.inside)
            else:
                listed.append(dependency)
        by_name: dict[str, list[Pin]] = {}
        for dependency in listed:
            by_name.setdefault(dependency.pin.name, []).append(dependency.pin)
        self._parents: dict[Pin, dict[Pin, None]] = {}
        for dependency in listed:
            for required in dependency.requires:
                name, _, version = required.partition("==")
                for pin in by_name.get(name, ()):
                    if pin != dependency.pin and version in ("", pin.version):
                        self._parents.setdefault(pin, {})[dependency.pin] = None
        self._asked = {dependency.pin for dependency in listed if dependency.direct}
        self._own = {dependency.pin for dependency in listed}

    def to(self, pin: Pin, most: int = MOST, *, inside: Pin | None = None) -> tuple[tuple[str, ...], ...]:
        """Return up to `most` of the shortest chains of names that end at `pin`, sorted.

        A chain starts at a dependency that the target asks for, or that nothing in the target requires. That of a
        release `inside` a distribution is the distribution's own, and its name.
        """
        below: list[str] = []
        passed = {pin}
        while inside and inside not in passed:
            below.insert(0, pin.name)
            passed.add(inside)
            pin, inside = inside, None if inside in self._own else self._inside.get(inside)
        chains = self._to(pin, most)
        return tuple((*chain, *below) for chain in chains) if below else chains

    def _to(self, pin: Pin, most: int) -> tuple[tuple[str, ...], ...]:
        depth, level = {pin: 0}, [pin]
        while level and not any(self._starts(each) for each in level):
            following: list[Pin] = []
            for each in level:
                for parent in self._parents.get(each, ()):
                    if parent not in depth:
                        depth[parent] = depth[each] + 1
                        following.append(parent)
            level = following
        chains = self._chains(pin, depth, most)
        found = {chain for start in level if self._starts(start) for chain in chains.get(start, ())}
        return tuple(sorted(found)[:most])

    def _chains(self, target: Pin, depth: dict[Pin, int], most: int) -> dict[Pin, list[tuple[str, ...]]]:
        """Return for each release the first chains, sorted, that go down to the target by one level at each step.

        Releases that differ in their version alone give equal chains, which are kept once: there may be a great many.
        """
        chains: dict[Pin, list[tuple[str, ...]]] = {target: [(target.name,)]}
        for pin, below in depth.items():  # by rising depth: what is below is known
            for parent in self._parents.get(pin, ()):
                if depth.get(parent) == below + 1:
                    longer = {(parent.name, *chain) for chain in chains[pin]}
                    chains[parent] = sorted(longer.union(chains.get(parent, ())))[:most]
        return chains

    def _starts(self, pin: Pin) -> bool:
        return pin in self._asked or not self._parents.get(pin)
