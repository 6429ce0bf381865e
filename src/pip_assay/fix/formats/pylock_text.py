"""A pylock.toml with some of its [[packages]] tables replaced, and every other byte as it was. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping

from pip_assay.errors import Unreadable
from pip_assay.names import normalise
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_START = re.compile(r"(?m)^[ \t]*\[\[[ \t]*packages[ \t]*\]\]")
_OTHER = re.compile(r"(?m)^[ \t]*\[\[?[ \t]*(?!packages\b)(?=[\w\"'-])")
_MARKER = re.compile(r"(?m)^marker[ \t]*=[ \t]*(\"[^\"\\\n]*\"|'[^'\n]*')[ \t]*\n")
_VERSION = re.compile(r"(?m)^version[ \t]*=.*\n")

Release = tuple[str, str]
"""A normalised name and a version."""


class _Pieces(NamedTuple):
    """A lock in pieces: what comes before the first package, the packages, and what comes after the last one."""

    head: str
    packages: "tuple[tuple[Release, str], ...]"
    tail: str


def document(text: str, path: str) -> "dict[str, Any]":
    """Return what the lock says.

    Raises:
        Unreadable: it is no TOML.
    """
    import tomllib

    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError):
        raise Unreadable("is not valid TOML", path, "correct it") from None


def releases(text: str, path: str) -> list[Release]:
    """Return the releases that the lock holds, sorted; those without a version are left out.

    Raises:
        Unreadable: it is no TOML.
    """
    listed = document(text, path).get("packages", [])
    return sorted((normalise(str(each["name"])), str(each["version"])) for each in listed if "version" in each)


def blocks(text: str, path: str) -> dict[Release, str]:
    """Return the text of each package's table, without the lines around it.

    Raises:
        Unreadable: the tables cannot be told apart.
    """
    return {release: block.strip("\n") for release, block in _pieces(text, path).packages}


def replaced(
    text: str, moved: Collection[Release], fresh: Mapping[Release, str], markers: Mapping[Release, str], path: str
) -> str:
    """Return the text without the moved releases and with the fresh ones, where the names are in order there.

    markers  of every release that is there afterwards.

    Raises:
        Unreadable: the tables cannot be told apart.
    """
    ends = "\r\n" if "\r\n" in text else "\n"
    pieces = _pieces(text.replace("\r\n", "\n"), path)
    found: list[tuple[Release, str]] = []
    waiting = {release: _with_marker(block, markers.get(release, "")) for release, block in fresh.items()}
    for release, block in pieces.packages:
        if release not in moved:
            found.append((release, _with_marker(block, markers.get(release, ""))))
            waiting.pop(release, None)
            continue
        # What takes the place of a release stands where that stood.
        for new in [each for each in waiting if each[0] == release[0]]:
            found.append((new, _ended(waiting.pop(new), block)))
    for release, block in sorted(waiting.items()):
        at = next((at for at, (other, _) in enumerate(found) if other[0] > release[0]), len(found))
        found.insert(at, (release, f"{block}\n\n"))
    written = "".join(_apart([block for _, block in found], last=not pieces.tail))
    return f"{pieces.head}{written}{pieces.tail}".replace("\n", ends)


def _pieces(text: str, path: str) -> _Pieces:
    starts = [found.start() for found in _START.finditer(text)]
    listed = document(text, path).get("packages", [])
    if not starts or len(starts) != len(listed):
        what = "is not written with a table for each package, so a change could not keep the rest of it"
        raise Unreadable(what, path, "lock it again with the tool that wrote it")
    other = _OTHER.search(text, starts[-1])
    end = other.start() if other else len(text)
    names = [(normalise(str(each.get("name"))), str(each.get("version", ""))) for each in listed]
    parts = [text[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True)]
    return _Pieces(text[: starts[0]], tuple(zip(names, parts, strict=True)), text[end:])


def _with_marker(block: str, marker: str) -> str:
    """Return a table with this marker; one that means the same stays as it is written."""
    written = _MARKER.search(block)
    if (_plain(written[1]) if written else "") == _plain(marker):
        return block
    line = f'marker = "{marker}"\n' if '"' not in marker else f"marker = '{marker}'\n"
    without = _MARKER.sub("", block, count=1)
    return _VERSION.sub(lambda found: found[0] + (line if marker else ""), without, count=1)


def _plain(marker: str) -> str:
    return re.sub(r"[\"'\s]", "", marker)


def _ended(block: str, like: str) -> str:
    """Return a table that ends in as many empty lines as another one."""
    return block + (like[len(like.rstrip("\n")) :] or "\n")


def _apart(found: list[str], *, last: bool) -> Iterator[str]:
    """Yield tables with an empty line between two of them, and none after the last one of a file."""
    for at, block in enumerate(found):
        is_last = at == len(found) - 1
        yield block.rstrip("\n") + "\n" if is_last and last else block if block.endswith("\n\n") else f"{block}\n"
