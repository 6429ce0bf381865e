"""Requirements in a TOML manifest with other bounds; every other byte of it stays as it was.

A requirement is a text of PEP 508 in a list, or a key and a value as Poetry and Pipenv write it: NAME = "^1.2". Pure:
text in, text out.
"""

import re

from pip_assay.errors import Unreadable
from pip_assay.model import Place
from pip_assay.sources.manifests.positions import Path, Positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TOKEN = re.compile(r"""(?P<quote>"(?!"")|'(?!''))(?P<inner>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)""")
_PEP_508 = re.compile(r"(\s*[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*)(\([^)]*\)|[^;@]*?)(\s*(?:;.*)?)")
_SIGN = re.compile(r"\s*(\^|~=|~(?!=)|===?)?\s*([0-9][^\s,|*]*)\s*")

_SIGNS = re.compile(r"[<>=!~]+")
_SPACED = re.compile(r"[<>=!~] ")

BY_HAND = "change it by hand"


def rewritten(text: str, place: Place, specifier: str) -> str:
    """Return the text with another specifier, ">=2.2.5", for the requirement whose name or key is written at a place.

    A value that is a caret, a tilde or one release in Poetry's way stays one, of the lowest release that is named.

    Raises:
        Unreadable: no requirement is written there, or in a way that cannot be changed alone.
    """
    positions, at = Positions(text), _offset(text, place)
    found = _listed(text, positions, at) or _keyed(text, positions, at)
    if not found:
        raise Unreadable("holds no requirement here that can be changed alone", str(place), BY_HAND)
    path, start, is_listed = found
    token = _TOKEN.match(text, start)
    inner = token["inner"] if token else ""
    made = _in_list(inner, specifier) if is_listed else _as_value(inner, specifier)
    if token is None or made is None:
        raise Unreadable("is not written as one requirement that can be changed alone", str(place), BY_HAND)
    after = f"{text[: token.start('inner')]}{made}{text[token.end('inner') :]}"
    if not _differs_only_at(text, after, path):
        raise Unreadable("could not be changed without changing more", str(place), BY_HAND)
    return after


def _offset(text: str, place: Place) -> int:
    """Return where in the text a place is; -1 where that is not known."""
    if not (place.line and place.column):
        return -1
    start = 0
    for _ in range(place.line - 1):
        start = text.find("\n", start) + 1
        if not start:
            return -1
    return start + place.column - 1


def _listed(text: str, positions: Positions, at: int) -> tuple[Path, int, bool] | None:
    """Return the path and start of the text of PEP 508 in which an offset is."""
    for path, start in positions.values.items():
        token = _TOKEN.match(text, start) if 0 <= start < at else None
        if token and at < token.end():
            return path, start, True
    return None


def _keyed(text: str, positions: Positions, at: int) -> tuple[Path, int, bool] | None:
    """Return the path and start of the version that belongs to the key at an offset."""
    for path, start in positions.keys.items():
        if at >= 0 and start in {at, at - 1} and text[start:at] in {"", '"', "'"}:
            for inner in ((*path, "version"), path):
                if inner in positions.values:
                    return inner, positions.values[inner], False
    return None


def _in_list(inner: str, specifier: str) -> str | None:
    found = _PEP_508.fullmatch(inner)
    if not found:
        return None
    old = found[2]
    spaced = _SIGNS.sub(rf"\g<0>{' ' * bool(_SPACED.search(old))}", specifier)
    if old.startswith("("):
        return f"{found[1]}({spaced}){found[3]}"
    return f"{found[1]}{spaced}{found[3]}"


def _as_value(inner: str, specifier: str) -> str | None:
    """Return a version of Poetry or Pipenv; a list of alternatives ("^1 || ^2") is none that is changed alone."""
    if "|" in inner:
        return None
    found = _SIGN.fullmatch(inner)
    lowest = re.search(r"[0-9][^\s,]*", specifier)
    if not (found and lowest):
        return specifier
    return f"{found[1] or ''}{lowest[0]}"


def _differs_only_at(before: str, after: str, path: Path) -> bool:
    import tomllib

    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    holder: Any = old
    value: Any = new
    for key in path[:-1]:
        holder, value = holder[key], value[key]
    holder[path[-1]] = value[path[-1]]
    return old == new
