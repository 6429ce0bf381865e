"""Roots as they may be handed to a resolver: requirements by name, and wheels; nothing that would need a build.

Each is read and written out again, so that no option, no second line and no ${VARIABLE} of a hostile file gets
through. Hashes are left out: pip would want them for everything, and what they are worth is not asked here.
"""

import os
import re

from pip_assay.model import Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.resolve.nouns import HINT, Line, Question, Root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.requirements import Requirement

BUILD = "needs a build to know what it depends on, and pip-assay never builds"
GARBLED = "cannot be read as a requirement, so what it would bring in is not known"
LEAK = "is a wheel at an address, whose metadata could send the login of your proxy elsewhere, so it is not resolved"
VARIABLE = "has an environment variable in its address, which no resolver is given"

_OPTIONS = re.compile(r"\s--?(?:hash|config-settings?|global-option|install-option|C)\b.*", re.DOTALL)
_EDITABLE = re.compile(r"(?:-e|--editable)\b")
_WHEEL = re.compile(r"(?P<address>[^\s\[\]]+\.whl)(?P<extras>\[[^\]]*\])?(?:\s*;\s*(?P<marker>.+))?", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar|t?gz|tbz|bz2|t?xz|tlz|lzma)$", re.IGNORECASE)
"""How a name ends that pip takes for a file's, although it could be a project's."""

_ADDRESS = re.compile(rf"\.|[a-z][a-z0-9+.-]*:|.*[/\\]|.*{_ARCHIVE.pattern}", re.IGNORECASE)


def hand_over(question: Question, problems: list[Problem], *, addresses: bool) -> tuple[Line, ...]:
    """Return the lines that a resolver may be given, and add a problem for each root that it may not.

    `addresses` says whether it may be given wheels by their address, not only projects by name.
    """
    handed: list[Line] = []
    for root in question.roots:
        line = _line(root, question.folder, addresses)
        if isinstance(line, Line):
            handed.append(line)
        else:
            problems.append(Problem("unresolved", line, root.place, HINT, root.name))
    return tuple(handed)


def constraints(question: Question, problems: list[Problem]) -> tuple[str, ...]:
    """Return the constraints as a resolver may be given them, and add a problem for each that it may not."""
    kept: list[str] = []
    for text in question.constraints:
        requirement = _requirement(_OPTIONS.sub("", text).strip())
        if requirement is None or requirement.url:
            what = "has a constraint that is no version of a named project, and was not taken into account"
            problems.append(Problem("unresolved", what, Place(question.roots[0].place.file), HINT))
        else:
            requirement.extras.clear()  # pip forbids extras here, and they would not limit anything
            kept.append(str(requirement))
    return tuple(kept)


def _line(root: Root, folder: str, addresses: bool) -> Line | str:
    """Return the line of a root, or why there is none."""
    text = _OPTIONS.sub("", root.text).strip()
    if _EDITABLE.match(text):
        return BUILD
    if "${" in text:
        return VARIABLE
    requirement = _requirement(_named(text)) or _requirement(text)
    if requirement is None or _ARCHIVE.search(requirement.name):
        return BUILD if _ADDRESS.match(text) else GARBLED
    active = _active(requirement)
    if active is None:
        return GARBLED
    if requirement.url:
        requirement.url, why_not = _wheel(requirement.url, folder)
        if why_not or not addresses:
            return why_not or LEAK
    return Line(str(requirement), normalise(requirement.name), requirement.name, root, active)


def _requirement(text: str) -> "Requirement | None":
    import warnings

    from packaging.requirements import InvalidRequirement, Requirement

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own, about backslashes in a marker
        try:
            return Requirement(text) if text else None
        except (InvalidRequirement, RecursionError):
            return None


def _active(requirement: "Requirement") -> bool | None:
    """Return whether the requirement applies to the running interpreter; None where its marker makes no sense."""
    try:
        return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    except (ValueError, KeyError, RecursionError):
        return None


def _named(text: str) -> str:
    """Return "NAME[EXTRAS] @ ADDRESS ; MARKER" for a wheel's bare path or URL; nothing for any other text."""
    found = _WHEEL.fullmatch(text.partition("#")[0].strip())
    if not found:
        return ""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name = parse_wheel_filename(re.split(r"[/\\]", found["address"])[-1])[0]
    except InvalidWheelFilename:
        return ""
    marker = f" ; {found['marker']}" if found["marker"] else ""
    return f"{name}{found['extras'] or ''} @ {found['address']}{marker}"


def _wheel(address: str, folder: str) -> tuple[str, str]:
    """Return the absolute address of a wheel, and why it cannot be handed over.

    Its fragment, which may hold a hash, is left out.
    """
    from pathlib import Path
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    address = address.partition("#")[0]
    if not address.partition("?")[0].lower().endswith(".whl"):
        return "", BUILD
    scheme = address.partition("://")[0].lower()
    if scheme in ("http", "https"):
        return address, ""
    path = url2pathname(urlsplit(address).path) if scheme == "file" else address.removeprefix("file:")
    path = os.path.abspath(os.path.join(folder, path))
    return Path(path).as_uri(), "" if os.path.isfile(path) else "is a wheel that does not exist"
