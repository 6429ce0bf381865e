"""The lists in which a distribution says what it has copied: vendor.txt and its like, and pip's bom.cdx.json."""

import re
from collections.abc import Iterator
from itertools import islice

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import PYPI, UNAUDITABLE, Dependency, Gap, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.bundled.vendored import below, part_of
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.requirements import addresses, lines
from pip_assay.sources.requirements.asked import LONGEST, Asked, asked_for
from pip_assay.sources.requirements.line import parse, parse_editable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.bundled.nouns import Host
    from pip_assay.sources.requirements.lines import Line

MOST = 1000
"""Lines that are read of one list; real ones have fifty."""

_LOOK = "look into the folder of the list for what it holds"
_NO_COPIES = re.compile(r"(?i)__init__\.\w+|__pycache__|readme.*|.*\.cdx\.json")
_PARTLY_COPIED = ("setuptools",)
"""Projects of which a copy without the folder of their name is only a part, and one that none of their advisories is
about: pip, and what copied pip, list setuptools and hold its pkg_resources alone (pip/_vendor/README.rst)."""


def read(host: "Host", path: str) -> list[Found]:
    """Return what a list of the host names; of vendor.txt each with its line as the place.

    A list beside which nothing is installed names nothing: distributions of Linux take the copies out and leave it.
    Markers are not looked at: they said what to copy, not where the copies apply. A Found of the host itself brings
    the problems.
    """
    beside = _beside(host, path)
    if beside is not None and not beside:
        return []
    found = _bill(host, path) if path.endswith(".json") else _of_lines(host, path)
    return found if beside is None else [_as_far(each, beside) for each in found]


def _beside(host: "Host", path: str) -> set[str] | None:
    """Return the names of what is installed in the folder of a list and may be a copy; None where nobody knows.

    RECORD tells it, for not every tree holds all files.
    """
    folder, _, own = path.rpartition("/")
    try:
        content = host.tree.start(below(host.folder, f"{host.metadata}/RECORD"))
    except Unreadable:
        return None
    listed = re.findall(rb'^"?%s/([^/,"\r\n]+)' % re.escape(folder.encode()), content, re.MULTILINE)
    names = {name.decode("utf-8", "replace") for name in listed}
    if own not in names or len(content) >= files.START_LIMIT:
        return None
    return {name for name in names if name != own and not _NO_COPIES.fullmatch(name)}


def _as_far(found: Found, beside: set[str]) -> Found:
    """Return the same, not to be audited where only a part of the project is there that no advisory is about."""
    name = found.dependency.pin.name
    if name not in _PARTLY_COPIED or name in beside:
        return found
    return found._replace(dependency=found.dependency._replace(skipped=UNAUDITABLE))


def _bill(host: "Host", path: str) -> list[Found]:
    from pip_assay.sources.bundled import sboms

    return [
        each._replace(dependency=each.dependency._replace(known_by="list")) if each.dependency.inside else each
        for each in sboms.read(host, path)
    ]


def _of_lines(host: "Host", path: str) -> list[Found]:
    """Return what a list in the format of requirements files names."""
    where, place = below(host.folder, path), Place(below(host.shown, path))
    try:
        content = host.tree.start(where)
    except Unreadable as error:
        gap: Gap = "unreadable" if host.tree.has(where) else "missing"
        return [_failed(host, gap, f"{error.what}, so what it lists is not known", place)]
    text = lines.decode(content)
    if text is None:
        return [_failed(host, "unreadable", "is not a text file, so what it lists is not known", place)]
    logical = list(islice(lines.logical_lines(text.splitlines()), MOST + 1))
    found = [each for line in logical[:MOST] for each in _line(host, place.file, line)]
    if len(logical) > MOST or len(content) >= files.START_LIMIT:
        found.append(_failed(host, "unreadable", "is too long; the rest of it was not read", place))
    return found


def _line(host: "Host", file: str, line: "Line") -> Iterator[Found]:
    """Yield the copy that a line names, or why it cannot be told; a line of other options names none."""
    place = Place(file, line.number, line.column)
    asked = asked_for(line.text)
    if asked.text:
        one = _dependency(asked, place)
        if one:
            yield Found(part_of(host, one, "list"))
        else:
            shown = addresses.public(line.text[:LONGEST])
            yield _failed(host, "unreadable", f'names a copy in a way that cannot be read: "{shown}"', place)
    elif asked.given.values("--requirement"):
        yield _failed(host, "unreadable", "names another list, which was not read", place)
    elif asked.given.wrong:
        yield _failed(host, "unreadable", asked.given.wrong, place)


def _dependency(asked: Asked, place: Place) -> Dependency | None:
    """Return what one line lists; None where it is not known which project that is."""
    parts = None
    if len(asked.text) <= LONGEST:
        parts = parse_editable(asked.text) if asked.editable else parse(asked.text)
    if parts is None or not parts.spelling:
        return None
    pin = Pin(PYPI, normalise(parts.spelling), parts.version)
    return Dependency(pin, place, skipped="" if pin.version else UNAUDITABLE, spelling=parts.spelling)


def _failed(host: "Host", gap: Gap, what: str, place: Place) -> Found:
    return Found(host.dependency, (Problem(gap, what, place, _LOOK, host.dependency.pin.name),))
