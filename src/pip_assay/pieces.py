"""What a target is made of, as a tree: each distribution with what its files carry, and what that carries in its turn.

An inventory lists them one after the other, each with the release that it is inside of.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from pip_assay.model import PYTHON, Dependency, Inventory, Pin
from pip_assay.values import NamedTuple

DEEPEST = 20
"""Releases that are told one inside of the other; what is deeper, or in a circle, stands by itself."""

_WHEEL = re.compile(r".*\.whl(?=[/\\]|$)", re.DOTALL)


class Extent(NamedTuple):
    """How much room files take.

    size     bytes of those that are there; `files` is how many these are.
    missing  files that are listed and not there, or not where they may be.
    """

    size: int = 0
    files: int = 0
    missing: int = 0


class Piece(NamedTuple):
    """A release in a target, and what its files carry. `extent` is None where nothing lists its files."""

    dependency: Dependency
    extent: Extent | None = None
    parts: tuple["Piece", ...] = ()


class Contents(NamedTuple):
    """What a target is made of.

    inventory  what was found in it, the problems among it.
    pieces     what stands by itself, the interpreter first, then by name and version.
    total      all files that are listed, each once; None where no file is.
    """

    inventory: Inventory
    pieces: tuple[Piece, ...] = ()
    total: Extent | None = None


def tree(dependencies: Sequence[Dependency], extents: Sequence[Extent | None]) -> tuple[Piece, ...]:
    """Return the dependencies of an inventory as a tree; `extents` has the room that each takes.

    What is inside of a release that is not listed stands by itself.
    """
    carriers = _carriers(dependencies)
    parts: dict[int | None, list[int]] = {}
    for number, carrier in enumerate(carriers):
        parts.setdefault(carrier, []).append(number)

    def made(numbers: Iterable[int]) -> tuple[Piece, ...]:
        pieces = (Piece(dependencies[each], extents[each], made(parts.get(each, ()))) for each in numbers)
        return tuple(sorted(pieces, key=_order))

    return made(parts.get(None, ()))


def _order(piece: Piece) -> tuple[bool, str, str, Dependency]:
    pin = piece.dependency.pin
    return pin.ecosystem != PYTHON, pin.name.lower(), pin.version, piece.dependency._replace(direct=None, inside=None)


def _carriers(dependencies: Sequence[Dependency]) -> list[int | None]:
    """Return the number of what carries each dependency; None for what stands by itself."""
    by_pin: dict[Pin, list[int]] = {}
    for number, each in enumerate(dependencies):
        by_pin.setdefault(each.pin, []).append(number)
    found = [
        _carrier(number, by_pin.get(each.inside, ()) if each.inside else (), dependencies)
        for number, each in enumerate(dependencies)
    ]
    return [carrier if _reaches_up(found, number) else None for number, carrier in enumerate(found)]


def _carrier(number: int, possible: Iterable[int], dependencies: Sequence[Dependency]) -> int | None:
    """Return which of several copies of one release carries a dependency.

    pip is installed, and virtualenv has a wheel of the same pip: what either carries is inside of "pip 24.0". What is
    in that wheel is carried by the last copy that was listed before it, for inventories list each after its carrier.
    """
    archive = _archive(dependencies[number])

    def fits(other: int) -> tuple[bool, bool, bool, int]:
        carrier = dependencies[other]
        is_same = _archive(carrier) == archive
        return is_same, (carrier.inside is None) == is_same, other < number, other if other < number else -other

    return max((other for other in possible if other != number), key=fits, default=None)


def _archive(one: Dependency) -> str:
    """Return the path of the wheel that something is in, or is itself; empty where it is in none."""
    found = _WHEEL.match(one.place.file)
    return found[0] if found else ""


def _reaches_up(carriers: Sequence[int | None], number: int) -> bool:
    """Return whether what carries it, and what carries that, ends at something that stands by itself."""
    carrier = carriers[number]
    for _ in range(DEEPEST):
        if carrier is None:
            return True
        carrier = carriers[carrier]
    return False


def count(pieces: Iterable[Piece]) -> int:
    """Return how many releases are in the pieces, themselves included."""
    return sum(1 + count(each.parts) for each in pieces)


def chosen(pieces: Iterable[Piece], names: Collection[str] = (), *, carrying: bool = False) -> tuple[Piece, ...]:
    """Return those of these names, normalised, or all where none is given; and those alone that carry something."""
    return tuple(
        each for each in pieces if (not names or each.dependency.pin.name in names) and (each.parts or not carrying)
    )


def flat(pieces: Iterable[Piece]) -> list[Dependency]:
    """Return the dependencies of the pieces and of all in them, each before its own parts."""
    return [one for each in pieces for one in (each.dependency, *flat(each.parts))]
