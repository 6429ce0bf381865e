"""Roots as they may be handed to a resolver: requirements by name, and wheels; nothing that would need a build.

Each is read and written out again, so that no option, no second line and no ${VARIABLE} of a hostile file gets
through. Hashes are left out: pip would want them for everything, and what they are worth is not asked here.
"""

import os
import re
from collections.abc import Iterable, Mapping

from pip_assay.names import normalise
from pip_assay.sources.resolve import surroundings, words
from pip_assay.sources.resolve.nouns import NO_BUILD, Handed, Line, Question, Refused, Root, Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.requirements import Requirement

BUILD = f"needs a build to know what it depends on, and {NO_BUILD}"
GARBLED = "cannot be read as a requirement, so what it would bring in is not known"
LEAK = "is a wheel at an address, whose metadata could send the login of your proxy elsewhere, so it is not resolved"
VARIABLE = "has an environment variable in its address, which no resolver is given"
MISSING = "is a wheel that does not exist"
LIMIT = "has {} that is no version of a named project, and was not taken into account"

_OPTIONS = re.compile(r"\s--?(?:hash|config-settings?|global-option|install-option|C)\b.*", re.DOTALL)
_EDITABLE = re.compile(r"(?:-e|--editable)\b[\s=]*")
_PLACE = re.compile(r"(?P<address>[^\s\[\];]+)(?P<extras>\[[^\]\s]*\])?(?:\s*;\s*(?P<marker>.+))?")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar|t?gz|tbz|bz2|t?xz|tlz|lzma)$", re.IGNORECASE)
"""How a name ends that pip takes for a file's, although it could be a project's."""

_ADDRESS = re.compile(rf"\.|[a-z][a-z0-9+.-]*:|.*[/\\]|.*{_ARCHIVE.pattern}", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?|(?:git|hg|bzr|svn)\+[a-z+]+)://", re.IGNORECASE)


def hand_over(question: Question, wanted: Wanted, *, addresses: bool) -> Handed:
    """Return what a resolver may be given of the question, and why not the rest.

    `addresses` says whether it may be given releases by their address, not only projects by name.
    """
    lines: list[Line] = []
    refused: list[Refused] = []
    for number, root in enumerate(question.roots):
        line = _line(root, question.folder, wanted)
        if isinstance(line, Line) and (addresses or not line.address):
            lines.append(line._replace(number=number))
        else:
            refused.append(Refused(number, LEAK if isinstance(line, Line) else line))
    constraints = _limits(question.constraints, "a constraint", refused)
    overrides = _limits(question.overrides, "an override", refused, extras=True)
    paths = (words.path(line.address) for line in lines if line.address.startswith("file:"))
    files = tuple((path, surroundings.identity(path)) for path in paths)
    return Handed(tuple(lines), constraints, overrides, tuple(refused), files)


def _limits(texts: Iterable[str], kind: str, refused: list[Refused], *, extras: bool = False) -> tuple[str, ...]:
    kept: list[str] = []
    for text in texts:
        requirement = _requirement(_OPTIONS.sub("", text).strip())
        if requirement is None or requirement.url:
            refused.append(Refused(-1, LIMIT.format(kind)))
            continue
        if not extras:
            requirement.extras.clear()  # pip forbids extras in a constraint, and they would not limit anything
        kept.append(str(requirement))
    return tuple(kept)


def _line(root: Root, folder: str, wanted: Wanted) -> Line | str:
    """Return the line of a root, or why there is none."""
    text = _OPTIONS.sub("", root.text).strip()
    editable = _EDITABLE.match(text)
    if editable and not wanted.build:
        return BUILD
    if "${" in text:
        return VARIABLE
    text = text[editable.end() :] if editable else text
    requirement = (not editable and _requirement(_wheel(text))) or _requirement(text)
    if requirement is None or _ARCHIVE.search(requirement.name) or (editable and not requirement.url):
        if not (editable or _ADDRESS.match(text)):
            return GARBLED
        return _place(text, root.name, folder, wanted) if wanted.build else BUILD
    return _named(requirement, folder, wanted)


def _named(requirement: "Requirement", folder: str, wanted: Wanted) -> Line | str:
    active = _active(str(requirement.marker or ""), wanted.environment)
    if active is None:
        return GARBLED
    if requirement.url:
        requirement.url, why_not = _absolute(requirement.url, folder, build=wanted.build)
        if why_not:
            return why_not
    address = words.origin(requirement.url).location if requirement.url else ""
    return Line(str(requirement), normalise(requirement.name), requirement.name, active=active, address=address)


def _place(text: str, name: str, folder: str, wanted: Wanted) -> Line | str:
    """Return the line of a folder, archive or repository that may be built, given by its place alone."""
    found = _PLACE.fullmatch(text)
    active = _active(found["marker"] or "", wanted.environment) if found else None
    if found is None or active is None:
        return GARBLED
    address, why_not = _absolute(found["address"], folder, build=True)
    extras, marker = found["extras"] or "", f" ; {found['marker']}" if found["marker"] else ""
    if why_not:
        return why_not
    if requirement := _requirement(f"{name}{extras} @ {address}{marker}") if name else None:
        return _named(requirement, folder, wanted)
    where = words.path(address)
    if not where.isprintable() or re.search(r"[\s\[\];#]", where.partition("#")[0]):
        return GARBLED
    return Line(f"{address}{extras}{marker}", "", "", active=active, address=words.origin(address).location)


def _requirement(text: str) -> "Requirement | None":
    import warnings

    from packaging.requirements import InvalidRequirement, Requirement

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own, about backslashes in a marker
        try:
            return Requirement(text) if text else None
        except (InvalidRequirement, RecursionError):
            return None


def _active(marker: str, environment: Mapping[str, str]) -> bool | None:
    """Return whether the marker is true for the asked interpreter and platform; None where it makes no sense."""
    if not marker:
        return True
    from packaging.markers import Marker

    from pip_assay import markers

    try:
        here = Marker(marker).evaluate({"extra": ""})
    except (ValueError, KeyError, RecursionError):
        return None
    return markers.applies(marker, environment) if environment else here


def _wheel(text: str) -> str:
    """Return "NAME[EXTRAS] @ ADDRESS ; MARKER" for a wheel's bare path or URL; nothing for any other text."""
    found = _PLACE.fullmatch(text.partition("#")[0].strip())
    if not found or not found["address"].lower().endswith(".whl"):
        return ""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name = parse_wheel_filename(re.split(r"[/\\]", found["address"])[-1])[0]
    except InvalidWheelFilename:
        return ""
    marker = f" ; {found['marker']}" if found["marker"] else ""
    return f"{name}{found['extras'] or ''} @ {found['address']}{marker}"


def _absolute(address: str, folder: str, *, build: bool) -> tuple[str, str]:
    """Return the absolute address of a release, and why it cannot be handed over.

    Without a build it must be a wheel's, and its fragment, which may hold a hash, is left out.
    """
    from pathlib import Path

    is_wheel = address.partition("#")[0].partition("?")[0].lower().endswith(".whl")
    if not (is_wheel or build):
        return "", BUILD
    if _REMOTE.match(address):
        return address.partition("#")[0] if is_wheel else address, ""
    path = os.path.abspath(os.path.join(folder, words.path(address.partition("#")[0])))
    if is_wheel:
        return Path(path).as_uri(), "" if os.path.isfile(path) else MISSING
    return Path(path).as_uri(), "" if os.path.exists(path) else "does not exist"
