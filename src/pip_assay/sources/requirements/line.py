"""One requirement: what a line of a requirements file asks for."""

import re

from pip_assay.model import INDEX, Origin, OriginKind, Place
from pip_assay.sources.requirements import addresses, markers
from pip_assay.values import NamedTuple

_NAME = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
_NUMBERS = r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*"
_PHASES = (
    r"(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?[0-9]*)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
)
_LOCAL = r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?"
_CLAUSE = (
    rf"(?:[=!]=[ \t]*{_NUMBERS}(?:\.\*|{_PHASES}{_LOCAL})|[<>]=?[ \t]*{_NUMBERS}{_PHASES}"
    rf"|~=[ \t]*v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)+{_PHASES})"
)
_NAMED = (
    rf"(?ia)({_NAME})[ \t]*(?:\[[ \t]*((?:{_NAME}(?:[ \t]*,[ \t]*{_NAME})*)?)[ \t]*\][ \t]*)?"
    rf"(?:@[ \t]*([^ \t]+)|({_CLAUSE}(?:[ \t]*,[ \t]*{_CLAUSE})*))?"
)
"""The dependency specifiers standard (PEP 508) but for rarities: brackets round versions, "===", odd white space."""

_ANY = r"(?ia)([a-z0-9._-]+)[ \t]*(?:\[([^\]]*)\])?[ \t]*(?:@[ \t]*([^ \t]+)|\(?([^()]*)\)?)"
"""The same parts of any line that `packaging` calls valid."""

_PIN = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[([A-Za-z0-9]+(?:[,_-][A-Za-z0-9]+)*)\])?"
    r"(==([0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?))[ \t]*"
)
"""The plain pins that fill most files, as tools write them. The others wait for their pattern to be compiled."""


class Requirement(NamedTuple):
    """One line that asks for a project.

    text       as a resolver may read it: without comment, hashes and other options; ${VARIABLES} not filled in;
               to be written after "-e " where `editable` is true. It may hold credentials: never print it.
    place      the file, the line where it starts, and the column of its name (of its text where no name is written).
    spelling   the name as written; empty where it is unknown (a bare URL or path).
    name       normalised.
    version    the one certain version: of "==1.2" or "===1.2", or of the file name in a URL; else empty.
    specifier  as written.
    hashes     "sha256:...", as its --hash options give them.
    origin     its location has no credentials, and no ${VARIABLE} filled in.
    via        who asks for it, in the words of the tool that wrote the file: "flask", "-r requirements.in".
    compiled   whether a comment at the head of the file says that pip-compile or uv wrote it.
    """

    text: str
    place: Place
    spelling: str = ""
    name: str = ""
    version: str = ""
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    hashes: tuple[str, ...] = ()
    origin: Origin = INDEX
    editable: bool = False
    via: tuple[str, ...] = ()
    compiled: bool = False

    def __repr__(self) -> str:
        return f"<Requirement {self.shown!r} at {self.place}>"

    @property
    def shown(self) -> str:
        """The requirement as it may be printed: on one line, without credentials."""
        return ("-e " if self.editable else "") + addresses.public(self.text)


class Parts(NamedTuple):
    """What the text of one requirement says; `address` is the URL or path, empty for a name alone."""

    spelling: str = ""
    extras: str = ""
    specifier: str = ""
    marker: str = ""
    address: str = ""
    version: str = ""

    @property
    def kind(self) -> OriginKind:
        """Where it comes from: "index", "url", "vcs" or "path"."""
        return addresses.kind(self.address) if self.address else "index"


def parse(text: str) -> Parts | None:
    """Return what the text says, or None where pip would call it invalid whatever is on the disk."""
    head, _, marker = text.partition("; " if addresses.is_address(text) else ";")
    marker = marker.strip()
    parts = _parse_pin(head) or _parse(head.strip())
    if parts is None or (marker and not markers.is_marker(marker)):
        return None
    return parts._replace(marker=marker) if marker else parts


def _parse_pin(text: str) -> Parts | None:
    match = _PIN.fullmatch(text)
    if match is None:
        return None
    spelling, extras, specifier, version = match.groups("")
    return Parts(spelling, extras, specifier, version=version)


def _parse(text: str) -> Parts | None:
    if addresses.is_address(text):
        return _address(text)
    if addresses.is_archive(text) and ("@" not in text or _looks_like_path(text.partition("@")[0])):
        return _path(text)
    if match := re.fullmatch(_NAMED, text):
        return _named(match)
    is_path = _looks_like_path(text)
    if not is_path or "@" in text or "===" in text:  # nothing else with a slash in it can be valid
        match = re.fullmatch(_ANY, text) if markers.is_valid(text) else None
    if match:
        return _named(match)
    return _path(text) if is_path else None


def _named(match: re.Match[str]) -> Parts:
    spelling, extras, address, specifier = match.groups("")
    specifier = specifier.strip(" \t")
    version = addresses.version_of(address, spelling) if address else _pinned(specifier)
    return Parts(spelling, extras, specifier, "", address, version)


def parse_editable(text: str) -> Parts | None:
    """Return what the value of -e says, or None where pip would call it invalid.

    It is "NAME @ ADDRESS", a path, or an address with "#egg=NAME"; the address leads to a folder or to a repository.
    """
    if re.match(r"(?:ssh|git|hg|bzr|sftp|svn):", text, re.IGNORECASE):
        text = f"{text.partition(':')[0]}+{text}"
    parts = parse(text) if not addresses.is_address(text) else _address(text)
    if parts and parts.address:
        return parts if addresses.kind(parts.address) != "url" else None
    return None if parts and parts.specifier else _path(text)


def _address(text: str) -> Parts:
    spelling, version = addresses.release(text)
    return Parts(spelling, addresses.egg(text)[1], "", "", text, version)


def _path(text: str) -> Parts:
    path, extras = addresses.split_extras(text)
    return _address(path)._replace(extras=extras) if extras else _address(path)


def _looks_like_path(text: str) -> bool:
    return text.startswith(".") or (("/" in text or "\\" in text) and "://" not in text)


def _pinned(specifier: str) -> str:
    """Return the version of the one "==" or "===" in the specifier that has no wildcard, else nothing."""
    if "==" not in specifier:
        return ""
    exact = {clause.strip().lstrip("=").strip() for clause in specifier.split(",") if clause.strip().startswith("==")}
    exact = {version for version in exact if not version.endswith(".*")}
    return exact.pop() if len(exact) == 1 else ""


def names(text: str) -> tuple[str, ...]:
    """Return the names between the brackets of "name[first, second]"."""
    return tuple(stripped for each in text.split(",") if (stripped := each.strip()))
