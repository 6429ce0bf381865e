"""What the metadata of an installed distribution says: the header of METADATA or PKG-INFO, and requires.txt.

The header format is that of the core metadata specification: "Name: value" lines up to the first empty line.
"""

import re

from pip_assay.names import normalise
from pip_assay.values import NamedTuple

# The header is put in lower case once: a literal start lets the expressions run four times faster than re.IGNORECASE.
_NAME = re.compile(rb"\nname:([^\n]*)")
_VERSION = re.compile(rb"\nversion:([^\n]*)")
_REQUIRES = re.compile(rb"\nrequires-dist:[ \t]*([a-z0-9][a-z0-9._-]*)([^\n]*)")
_EXTRA = re.compile(rb"\bextra\s*==|==\s*extra\b")
_FIRST_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class Metadata(NamedTuple):
    """What one distribution says of itself; texts are empty where it says nothing.

    line      the line of "Version:", from 1; 0 where there is none.
    requires  normalised names of what it depends on when no extra is asked for.
    """

    name: str = ""
    version: str = ""
    line: int = 0
    requires: tuple[str, ...] = ()


def parse(content: bytes) -> Metadata:
    """Return what the header at the start of `content` says. Never raises; any encoding will do."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    end = 0 if content.startswith(b"\n") else content.find(b"\n\n")
    header = b"\n" + (content if end < 0 else content[:end])
    lowered = header.lower()
    version = _VERSION.search(lowered)
    return Metadata(
        name=_value(header, _NAME.search(lowered)),
        version=_value(header, version),
        line=header.count(b"\n", 0, version.start() + 1) if version else 0,
        requires=_requires(lowered),
    )


def _value(header: bytes, found: re.Match[bytes] | None) -> str:
    return header[found.start(1) : found.end(1)].decode("utf-8", "replace").strip() if found else ""


def _requires(lowered: bytes) -> tuple[str, ...]:
    """Return the names of Requires-Dist; those with an `extra ==` marker apply only where that extra is asked for."""
    names = [
        normalise(name.decode())
        for name, rest in _REQUIRES.findall(lowered)
        if b"extra" not in rest or (b"; extra == " not in rest and not _EXTRA.search(rest))
    ]
    return tuple(dict.fromkeys(names))


def parse_requires(content: bytes) -> tuple[str, ...]:
    """Return the names in an egg's requires.txt: sections are "[extra]", "[extra:marker]" or "[:marker]".

    The first lines, before any section, and those of a section that is only a marker apply without an extra.
    """
    names: list[str] = []
    applies = True
    for line in content.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("["):
            applies = text.startswith("[:")
        elif applies and (found := re.match(_FIRST_NAME, text)):
            names.append(normalise(found[0]))
    return tuple(dict.fromkeys(names))


def parse_file_name(stem: str) -> Metadata:
    """Return the name and version in the name of a metadata folder: "name-version" or "name-version-py3.8".

    Both are spelled with "_" for "-" there, so the first "-" ends the name; old tools left a "-" in names, so what
    follows it must begin like a version.
    """
    found = re.fullmatch(r"(?s)(.+?)(?:-(v?\d[^-]*)(?:-.*)?)?", stem)
    return Metadata(found[1], found[2] or "") if found else Metadata()
