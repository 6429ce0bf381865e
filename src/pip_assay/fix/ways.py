"""What else settles a flaw, once no release that fixes it fits: a younger one, none at all, a lower one, a part."""

from collections.abc import Iterator

from pip_assay.fix.blocked import widened
from pip_assay.fix.choosing import Unit
from pip_assay.fix.lines import named, order
from pip_assay.fix.moves import reached
from pip_assay.fix.nouns import Target, Wish
from pip_assay.fix.questions import Pinned, Solution
from pip_assay.fix.search import Search, State, Way

LOWER = 3
"""So many lower releases are tried, the nearest ones."""


class Ways:
    """The ways that a person's wish leaves open, best first."""

    def __init__(self, search: Search, target: Target, wish: Wish, before: Solution) -> None:
        self._search = search
        self._target = target
        self._wish = wish
        roots = [named(each.text) for each in target.roots]
        self._droppable = reached(roots, before.releases).difference(roots)

    def to_fit(self) -> list[Way]:
        """Return the ways for a project of which some release would do, and none fits."""
        found = [self._again]
        found += [self._fresh] if self._wish.cooldown else []
        found += [self._relaxed] if self._wish.relax else []
        return [*found, *self.to_do_without(), self._part]

    def to_do_without(self) -> list[Way]:
        """Return the ways for flaws that no higher release is without."""
        return [self._gone, *([self._lower] if self._wish.allow_downgrade else [])]

    def _again(self, state: State, unit: Unit) -> Iterator[State]:
        """Yield the plain state, where what was done for another project may have cleared the way."""
        if state.relaxed or state.fresh or state.gone or state.pinned:
            yield state.plus(unit)

    def _fresh(self, state: State, unit: Unit) -> Iterator[State]:
        yield state.plus(unit)._replace(fresh=state.fresh | {unit.name})

    def _relaxed(self, state: State, unit: Unit) -> Iterator[State]:
        roots = widened(self._search, self._target, state.plus(unit), unit)
        if roots:
            yield state.plus(unit)._replace(relaxed=state.relaxed | roots)

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
        for bound in sorted(filter(None, set(first.values())), key=order, reverse=True)[1:]:
            kept = tuple(each for each, version in first.items() if version and order(version) <= order(bound))
            yield state.plus(Unit(unit.name, kept))

    def _first(self, unit: Unit) -> str:
        found = self._search.choice.safe(unit.name, {unit.name: unit.flaws()}, level=self._wish.level)
        return found[0] if found else ""
