"""From what is held to what is chosen: which release takes the place of which, and how large a step it is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pip_assay.fix.nouns import Held
from pip_assay.fix.planning.lines import order
from pip_assay.fix.planning.questions import Release
from pip_assay.values import NamedTuple


class Move(NamedTuple):
    """A held release and the one that takes its place; `old` is None for what comes in, `new` for what goes."""

    old: Held | None
    new: Release | None

    def name(self) -> str:
        """Return the project."""
        return self.old.name if self.old else self.new.name if self.new else ""


def moves(held: Iterable[Held], chosen: Iterable[Release], gone: Collection[str] = ()) -> list[Move]:
    """Return what a solution changes, sorted by name; `gone` names what it drops.

    What is held and not chosen is left as it is: the solver was not asked for it.
    """
    before: dict[str, list[Held]] = {}
    after: dict[str, list[Release]] = {}
    for each in held:
        before.setdefault(each.name, []).append(each)
    for release in chosen:
        after.setdefault(release.name, []).append(release)
    found: list[Move] = []
    for name in sorted({*before, *after}):
        if name in gone:
            found += [Move(each, None) for each in before.get(name, ())]
        elif name in after:
            found += _of_one(before.get(name, ()), after[name])
    return found


def _of_one(held: Sequence[Held], chosen: Sequence[Release]) -> Iterator[Move]:
    """Yield the moves of one project: forks are told apart by their markers, else by their releases, else in order."""
    old, new = list(held), list(chosen)
    for fork in held:
        same = next((each for each in new if each.marker == fork.marker and len(held) > 1), None)
        same = same or next((each for each in new if each.version == fork.version), None)
        if same:
            old.remove(fork)
            new.remove(same)
            if same.version != fork.version:
                yield Move(fork, same)
    old.sort(key=lambda each: order(each.version))
    new.sort(key=lambda each: order(each.version))
    if len(old) == 1 and new:
        yield from (Move(old[0], each) for each in new)
        return
    yield from (Move(before, after) for before, after in zip(old, new, strict=False))
    for before in old[len(new) :]:  # forks that have become one
        yield Move(before, _nearest(before, chosen))
    yield from (Move(None, each) for each in new[len(old) :])


def _nearest(held: Held, chosen: Sequence[Release]) -> Release:
    """Return the lowest chosen release that is no lower than the held one."""
    ordered = sorted(chosen, key=lambda each: order(each.version))
    return next((each for each in ordered if order(each.version) >= order(held.version)), ordered[-1])


def reached(roots: Iterable[str], chosen: Iterable[Release]) -> frozenset[str]:
    """Return the projects that the roots need, by what the solver says who requires what."""
    requires: dict[str, list[str]] = {}
    present = set()
    for each in chosen:
        present.add(each.name)
        for parent in each.needed_by:
            requires.setdefault(parent, []).append(each.name)
    found: set[str] = set()
    waiting = [name for name in roots if name in present]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += requires.get(name, [])
    return frozenset(found)


def parents(chosen: Iterable[Release]) -> Mapping[str, frozenset[str]]:
    """Return who requires each project, in any of its forks."""
    found: dict[str, frozenset[str]] = {}
    for each in chosen:
        found[each.name] = found.get(each.name, frozenset()) | frozenset(each.needed_by)
    return found
