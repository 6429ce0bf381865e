"""A solution as the changes that people read: how large each is, what it settles, and what else it is needed by."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pip_assay.fix.nouns import Change, Held
from pip_assay.fix.planning.choosing import Choice, identifiers, names
from pip_assay.fix.planning.lines import step
from pip_assay.fix.planning.moves import Move, moves, parents
from pip_assay.fix.planning.questions import Release, Solution
from pip_assay.fix.planning.search import State
from pip_assay.model import Finding


def changes(
    held: Sequence[Held], solution: Solution, state: State, settled: Iterable[Finding], before: Solution
) -> tuple[Change, ...]:
    """Return the changes, sorted. `before` is what is held as a solution: it knows what a release that went needed."""
    moved = moves(held, solution.releases, state.gone)
    needs = _neighbours(before.releases, solution.releases)
    settling = {each: _settled(each, settled) for each in moved}
    return tuple(sorted(_change(each, settling, needs, state.fresh()) for each in moved))


def gone(findings: Iterable[Finding], moved: Iterable[Move], choice: Choice) -> list[Finding]:
    """Return the findings that are gone with the moves: their release goes, or all that take its place are without."""
    found = []
    after: dict[tuple[str, str], list[Release | None]] = {}
    for move in moved:
        if move.old:
            after.setdefault((move.old.name, move.old.version), []).append(move.new)
    for finding in findings:
        pin, flaws = finding.dependency.pin, names(finding)
        taken = after.get((pin.name, pin.version), ())
        if taken and not any(each and choice.is_bad(pin.name, each.version, {pin.name: flaws}) for each in taken):
            found.append(finding)
    return found


def _change(
    move: Move, settling: Mapping[Move, list[Finding]], needs: Mapping[str, frozenset[str]], fresh: Collection[str]
) -> Change:
    old, new, name = move.old, move.new, move.name()
    settles = identifiers(settling[move])
    return Change(
        name,
        old.version if old else "",
        new.version if new else "",
        step(old.version, new.version) if old and new else "major",
        settles,
        () if settles else _needed_by(name, settling, needs),
        (old.place,) if old else (),
        fresh=bool(settles) and name in fresh,
        marker=(new.marker if new else "") or (old.marker if old else ""),
    )


def _settled(move: Move, settled: Iterable[Finding]) -> list[Finding]:
    """Return the findings that a move settles."""
    if move.old is None:
        return []
    release = (move.old.name, move.old.version)
    return [each for each in settled if (each.dependency.pin.name, each.dependency.pin.version) == release]


def _needed_by(
    name: str, settling: Mapping[Move, list[Finding]], needs: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Return the changed projects that require this one, or that it requires and could not stay beside; see `needs`.

    Where there are none, as where what is held did not fit together, those that settle something.
    """
    others = {each.name() for each in settling if each.name() != name}
    above = needs.get(name, frozenset()) & others
    below = {each for each in others if name in needs.get(each, ())}
    causes = {each.name() for each, found in settling.items() if found}
    return tuple(sorted(above or below & causes or below or causes))


def _neighbours(*graphs: Iterable[Release]) -> dict[str, frozenset[str]]:
    """Return who requires each project, before or after."""
    found: dict[str, frozenset[str]] = {}
    for graph in graphs:
        for name, required_by in parents(graph).items():
            found[name] = found.get(name, frozenset()) | required_by
    return found
