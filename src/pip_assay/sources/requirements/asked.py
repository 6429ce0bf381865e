"""What one logical line asks for: a requirement with its options, or options alone."""

from pip_assay.model import INDEX, Origin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.requirements import addresses, options
from pip_assay.sources.requirements.line import Parts, Requirement, names, parse, parse_editable
from pip_assay.sources.requirements.options import Given
from pip_assay.values import NamedTuple

LONGEST = 4096
"""The longest requirement that is read, in characters, its options aside."""


class Asked(NamedTuple):
    """What one logical line asks for: a requirement's text (empty where it has options alone) and its options."""

    text: str
    editable: bool
    given: Given


def asked_for(line: str) -> Asked:
    """Return what the line asks for."""
    text, rest = options.split(line)
    if not rest:
        return Asked(text, False, _NOTHING)
    given = options.parse(rest)
    editables = given.values("--editable")
    return Asked(text or (editables[0] if editables else ""), bool(editables), given)


_NOTHING = Given()


def requirement_of(
    asked: Asked, written: str, place: Place, physical: str, *, via: tuple[str, ...], compiled: bool
) -> Requirement | None:
    """Return the requirement; `written` is its text with ${VARIABLES} not filled in, `physical` its first line."""
    if len(asked.text) > LONGEST:
        return None
    read_text = parse_editable if asked.editable else parse
    parts = read_text(asked.text)
    if parts is None:
        return None
    origin = INDEX
    if parts.address or asked.editable:
        shown = parts if written == asked.text else read_text(written) or Parts()
        origin = Origin("editable" if asked.editable else parts.kind, addresses.public(shown.address))
        place = place._replace(column=_column(physical, written, parts.spelling, place.column, asked.editable))
    return Requirement(
        written,
        place,
        parts.spelling,
        normalise(parts.spelling),
        parts.version,
        parts.specifier,
        names(parts.extras) if parts.extras else (),
        parts.marker,
        asked.given.values("--hash") if asked.given.pairs else (),
        origin,
        asked.editable,
        via,
        compiled,
    )


def _column(physical: str, text: str, spelling: str, first: int, editable: bool) -> int:
    """Return the column of the name, or of the text where it has none, in the first physical line."""
    after_option = first + 1 if editable else 0
    at = physical.find(text, after_option) if text.startswith(spelling) else physical.rfind(spelling)
    return at + 1 or first


def no_requirement(text: str, place: Place) -> Problem:
    """Return the problem of a text that pip cannot read."""
    if len(text) > LONGEST:
        return Problem("unreadable", "is too long to be a requirement", place, "write NAME==VERSION")
    hint = "write NAME==VERSION"
    if "=" in text and not any(operator in text for operator in ("==", "<=", ">=", "!=", "~=")):
        hint = "write == between the name and the version"
    what = f'is no requirement that pip can read: "{addresses.public(text)}"'
    return Problem("unreadable", what, place, hint)
