"""What else settles a flaw, once no release that fixes it fits: none of the project at all, a lower one, a part."""

from collections.abc import Iterator

from pip_assay.fix.nouns import Target, Wish
from pip_assay.fix.planning.choosing import Unit
from pip_assay.fix.planning.lines import named, order
from pip_assay.fix.planning.moves import reached
from pip_assay.fix.planning.questions import Pinned, Solution
from pip_assay.fix.planning.search import Search, State, Way

LOWER = 3
"""So many lower releases are tried, the nearest ones."""


class Ways:
    """The ways that a person's wish leaves open, best first."""

    def __init__(self, search: Search, target: Target, wish: Wish, before: Solution) -> None:
        self._search = search
        self._wish = wish
        roots = [named(each.text) for each in target.roots]
        self._droppable = reached(roots, before.releases).difference(roots)

    def to_fit(self) -> list[Way]:
        """Return the ways for a project of which some release would do, and none fits."""
        return [self._again, *self.to_do_without(), self._part]

    def to_do_without(self) -> list[Way]:
        """Return the ways for flaws that no higher release is without."""
        return [self._gone, *([self._lower] if self._wish.allow_downgrade else [])]

    def _again(self, state: State, unit: Unit) -> Iterator[State]:
        """Yield the plain state: what was done for another project may have cleared the way."""
        yield state.plus(unit)

    def _gone(self, state: State, unit: Unit) -> Iterator[State]:
        """Yield the state without the project at all, where it is there for the sake of others alone."""
        if unit.name in self._droppable:
            settling = {name: flaws for name, flaws in state.settling.items() if name != unit.name}
            yield state._replace(gone=state.gone | {unit.name}, settling=settling)

    def _lower(self, state: State, unit: Unit) -> Iterator[State]:
        held = self._search.choice.held[unit.name]
        if len(held) == 1:
            state = state.plus(unit)
            for version in self._search.choice.safe(unit.name, state.settling, lower=True)[:LOWER]:
                yield state._replace(pinned=state.pinned | {Pinned(unit.name, held[0].marker, version)})

    def _part(self, state: State, unit: Unit) -> Iterator[State]:
        """Yield the state with fewer and fewer of the findings: without those that only the highest releases settle."""
        first = {each: self._first(Unit(unit.name, (each,))) for each in unit.findings}
        parts = [
            state.plus(
                Unit(unit.name, tuple(each for each, one in first.items() if one and order(one) <= order(bound)))
            )
            for bound in sorted(filter(None, set(first.values())), key=order, reverse=True)[1:]
        ]
        # Each part holds the next: where the last one does not fit, none does.
        if parts and self._search.fits(parts[-1]):
            yield from parts

    def _first(self, unit: Unit) -> str:
        found = self._search.choice.safe(unit.name, {unit.name: unit.flaws()}, level=self._wish.level)
        return found[0] if found else ""
