"""What targets are made of, as a tree for people and as JSON for programs.

The JSON is described by contents-1.schema.json beside this module. CycloneDX says the same as cyclonedx.py does.
"""

import os
from collections.abc import Iterable, Iterator, Sequence

from pip_assay import __version__, pieces, purls
from pip_assay.files import size
from pip_assay.model import INDEX, PYPI, PYTHON, UNAUDITABLE, Dependency, OriginKind, Pin, Problem
from pip_assay.pieces import Contents, Extent, Piece
from pip_assay.reports import Style
from pip_assay.reports.bill import as_json
from pip_assay.reports.entries import identity, in_order
from pip_assay.reports.text import count, finished, neutral, pad, screen_width
from pip_assay.values import Any

SCHEMA_VERSION = "1.0"

FOLD, MANY = 10, 30
"""Of more releases of one kind than MANY, the first FOLD are told one by one."""

WIDEST = 48
"""Columns that names are lined up in; a longer one pushes what follows it."""

HOLDING = ("environment", "wheel", "egg", "sdist", "pex", "zipapp", "wheelhouse", "image", "file system")
"""Kinds of targets that hold the files of distributions; any other one only names releases."""

_BILLS = ("cyclonedx", "spdx")

_WORDS = {
    "crates.io": "crate",
    PYPI: "Python project",
    PYTHON: "interpreter",
    "generic": "library",
    "github": "GitHub project",
    "Go": "Go module",
}
_FROM: dict[OriginKind, str] = {
    "private index": "from a private index", "url": "from", "vcs": "from", "path": "from", "editable": "editable from",
    "bundled": "", "distro": "of the operating system",
}  # fmt: skip

Object = dict[str, Any]


def text(found: Sequence[Contents], shown: Sequence[Sequence[Piece]], style: Style) -> str:
    """Return a tree for each target. `shown` are the pieces of each that are told; the numbers are of all of them."""
    blocks = [_block(each, its, style) for each, its in zip(found, shown, strict=True)]
    return finished((line for number, block in enumerate(blocks) for line in ([""] * bool(number) + block)), style)


def _block(found: Contents, shown: Sequence[Piece], style: Style) -> list[str]:
    opening = [neutral(line) for line in _opening(found, shown)]
    wide = min(WIDEST, max((screen_width(_name(each.dependency)) for each in shown), default=0))
    tree = [line for each in shown for line in _own_lines(each, wide, found.inventory.kind, style)]
    return [*opening, *(["", *tree] if tree else [])]


def _opening(found: Contents, shown: Sequence[Piece]) -> Iterator[str]:
    """Yield which target it is, why that one, how much is in it, and what of that is told."""
    inventory = found.inventory
    detail = f" ({inventory.detail})" if inventory.detail else ""
    because = f", {inventory.because}" if inventory.because else ""
    if not inventory.dependencies and inventory.problems:
        yield f"Could not read {inventory.target}{detail}{because}."
        return
    own, bundled = _counts(found)
    said = [count(own, "distribution" if inventory.kind in HOLDING else "package")]
    said += [count(bundled, "bundled component")] * bool(bundled)
    said += [_room(found.total)] if found.total else []
    yield f"Contents of {inventory.target}{detail}{because}: {', '.join(said)}."
    if inventory.kind in _BILLS:
        yield "It lists releases and holds none of their files: what they carry is known as far as it says."
    elif inventory.kind not in HOLDING:
        yield "It lists releases and holds none of their files, so what they carry is not known."
    if len(shown) < len(found.pieces):
        yield f"Shown: {len(shown)} of {len(found.pieces)}."


def _counts(found: Contents) -> tuple[int, int]:
    """Return how many distributions there are, and how many releases in them, or in the interpreter."""
    own = sum(each.dependency.pin.ecosystem != PYTHON for each in found.pieces)
    return own, pieces.count(found.pieces) - len(found.pieces)


def _room(extent: Extent) -> str:
    """Return "412.0 MB in 23,410 files", and how many of those that are listed are missing."""
    room = f"{size(extent.size)} in {extent.files:,} file{'s'[: extent.files != 1]}"
    return f"{room} ({extent.missing:,} more missing)" if extent.missing else room


def _own_lines(piece: Piece, wide: int, kind: str, style: Style) -> Iterator[str]:
    one = piece.dependency
    said = [_room(piece.extent)] if piece.extent else []
    if one.pin.ecosystem == PYTHON:
        said.append(kind_of(one.pin))
    elif kind in HOLDING and not piece.extent:
        said.append("size not known")
    if one.inside:
        said.append(f"inside {one.inside}")
    yield _line(0, _name(one), wide, (", ".join([*said, *_origin(one), *_unsaid(one)]),))
    yield from _part_lines(piece.parts, 1, style)


def _part_lines(parts: Sequence[Piece], depth: int, style: Style) -> Iterator[str]:
    """Yield what a piece carries, kind by kind, and what that carries in its turn."""
    told: list[tuple[list[Piece], str]] = []
    for kind, its in _by_kind(parts):
        few = its if style.verbose or len(its) <= MANY else its[:FOLD]
        rest = f"and {len(its) - len(few):,} more {_plural(kind)} (-v)" if len(few) < len(its) else ""
        told.append((few, rest))
    rows = {id(each): (_name(each.dependency), *_cells(each)) for few, _ in told for each in few}
    wide = [min(WIDEST, max(map(screen_width, column))) for column in zip(*rows.values(), strict=True)]
    for few, rest in told:
        for each in few:
            name, kind, known, room = rows[id(each)]
            yield _line(depth, name, wide[0], (f"{kind}{pad(kind, wide[1])}", f"{known}{pad(known, wide[2])}", room))
            yield from _part_lines(each.parts, depth + 1, style)
        if rest:
            yield "  " * depth + rest


def _by_kind(parts: Iterable[Piece]) -> list[tuple[str, list[Piece]]]:
    found: dict[str, list[Piece]] = {}
    for each in parts:
        found.setdefault(kind_of(each.dependency.pin), []).append(each)
    return sorted(found.items(), key=lambda item: (item[0].lower(), item[0]))


def _cells(piece: Piece) -> tuple[str, str, str]:
    """Return of which kind it is, how that is known, and its size."""
    one = piece.dependency
    kind = ", ".join([kind_of(one.pin), *_unsaid(one)])
    # A copy need not hold all that its own RECORD lists: tests and scripts are mostly left out.
    room = _room(piece.extent._replace(missing=0)).removesuffix(" in 1 file") if piece.extent else ""
    return neutral(kind), neutral(f"{one.known_by} {_last(one.place.file)}".strip()), room


def _line(depth: int, name: str, wide: int, cells: Sequence[str]) -> str:
    return "  ".join(("  " * depth + name + pad(name, wide), *map(neutral, cells))).rstrip()


def _name(one: Dependency) -> str:
    return neutral(str(identity(one)))


def _unsaid(one: Dependency) -> list[str]:
    """Return why it could not be audited, if so."""
    return ["not auditable" if one.skipped == UNAUDITABLE else one.skipped] if one.skipped else []


def _origin(one: Dependency) -> list[str]:
    if one.origin == INDEX or one.origin.kind == "bundled":
        return []
    return [f"{_FROM.get(one.origin.kind, one.origin.kind)} {one.origin.location}".strip()]


def _last(file: str) -> str:
    """Return the last part of a path; for metadata that of their folder."""
    parts = file.replace(os.sep, "/").rstrip("/").split("/")
    return parts[-2] if parts[-1] in {"METADATA", "PKG-INFO"} and len(parts) > 1 else parts[-1]


def kind_of(pin: Pin) -> str:
    """Return what a release is, in words: "crate", "AlmaLinux 8 package", "Python project", "library"."""
    return _WORDS.get(pin.ecosystem) or f"{pin.ecosystem.replace(':', ' ')} package"


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def document(found: Sequence[Contents], shown: Sequence[Sequence[Piece]]) -> str:
    """Return one line of JSON. `shown` are the pieces of each that are told; the numbers are of all of them."""
    made = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pip-assay", "version": __version__},
        "status": "incomplete" if any(each.inventory.problems for each in found) else "complete",
        "targets": [_target(each, its) for each, its in zip(found, shown, strict=True)],
    }
    return f"{as_json(made)}\n"


def _target(found: Contents, shown: Iterable[Piece]) -> Object:
    inventory = found.inventory
    own, bundled = _counts(found)
    return {
        "name": inventory.target,
        "kind": inventory.kind,
        "detail": inventory.detail,
        "because": inventory.because,
        "distributions": own,
        "bundled": bundled,
        "size": _extent(found.total),
        "contents": list(map(_piece, shown)),
        "problems": list(map(_problem, in_order(inventory.problems))),
    }


def _piece(piece: Piece) -> Object:
    one = piece.dependency
    pin = identity(one)
    return {
        "name": pin.name,
        "version": pin.version,
        "ecosystem": pin.ecosystem,
        "kind": kind_of(pin),
        "purl": purls.write(purls.of(pin, one.origin)) if pin.name else "",
        "origin": one.origin._asdict(),
        "place": one.place._asdict(),
        "known_by": one.known_by,
        "skipped": one.skipped,
        "size": _extent(piece.extent),
        "carries": list(map(_piece, piece.parts)),
    }


def _extent(extent: Extent | None) -> Object | None:
    return {"bytes": extent.size, "files": extent.files, "missing": extent.missing} if extent else None


def _problem(problem: Problem) -> Object:
    return problem._asdict() | {"place": problem.place._asdict() if problem.place else None}
