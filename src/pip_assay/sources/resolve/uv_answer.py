"""What uv answers: an annotated requirements file, or a refusal that names what it could not find."""

import re
from collections.abc import Mapping

from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, Origin
from pip_assay.names import normalise
from pip_assay.sources.resolve import words
from pip_assay.sources.resolve.nouns import CORRECT, HINT, NO_BUILD, Package, Unfit
from pip_assay.values import NamedTuple

NO_WHEEL = f"it has no wheel for {{}}, and {NO_BUILD}"
OTHER_PYTHON = "it is not for {}"
"""Why a project is left out; "{}" stands for the Python and platform that are asked for."""

TOO_NEW = "no release of it is as old as asked for"
NO_TIMES = "its index does not say when its releases were uploaded"
NOT_FOUND = "no index has it"
NO_RELEASE = "no index has that release"
NOT_HAD = "its wheel cannot be had from its address"
NOT_BUILT = "it could not be built"
NOT_FOLLOWED = "another package names an address for it, which uv does not follow"

LASTING = (NO_WHEEL, OTHER_PYTHON, TOO_NEW)
"""Reasons that hold tomorrow as well: what no index has today may be there in a minute."""

LONGEST = 100_000
"""Characters of a refusal that are read."""

_PACKAGE = re.compile(r"([A-Za-z0-9._-]+)(?:==([^\s;#]+)| @ ([^\s;#]+))\s*(?:;[^#]*)?(?:#\s*via\s+(.*))?")
_FROM = re.compile(r"\s+#\s*from\s+(\S+)")

_NAME = r"(?<![\w.-])`?([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?"
_RELEASE = rf"{_NAME}(?:[=<>!~,][^\s`]*)?`?"
_DEPENDS = re.compile(rf"{_RELEASE} (?:depends? on|cause: Package) {_NAME}")
_REASONS = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (rf"Wheels are required for {_RELEASE} ", NO_WHEEL),
        (rf"Building source distributions for {_NAME}` is disabled", NO_WHEEL),
        (rf"{_RELEASE} ha(?:s|ve) no (?:usable )?wheels", NO_WHEEL),
        (rf"{_RELEASE} requires? Python ", OTHER_PYTHON),
        (rf"does not satisfy Python\S+ and (?:all versions of )?{_RELEASE} depends? on Python", OTHER_PYTHON),
        (rf"{_NAME} was not found in the (?:package registry|provided package locations)", NOT_FOUND),
        (rf"there (?:is|are) no versions? of {_RELEASE} ", NO_RELEASE),
        (rf"only {_RELEASE} (?:is|are) available and you require `?\1(?![\w.-])", NO_RELEASE),
        (rf"{_RELEASE} (?:was|were) published after the exclude newer time", TOO_NEW),
        (rf"{_RELEASE} ha(?:s|ve) no publish time", NO_TIMES),
        (rf"Package {_NAME}` was included as a URL dependency", NOT_FOLLOWED),
        (rf"Failed to (?:download and )?build:? {_RELEASE} ", NOT_BUILT),
        (rf"Failed to [a-z ]+:? {_NAME} @ ", NOT_HAD),
    )
)
_FILTERED = re.compile(
    rf"{_NAME}`? was filtered by `exclude-newer`[^`]*?The "
    r"(?:latest version satisfying the requirement is|requested version,) \S+(?: was)?( published at)?"
)


class Left(NamedTuple):
    """Why a project is left out, and which packages ask for it."""

    why: str
    wanted_by: tuple[str, ...]


def packages(text: str, left: Mapping[str, Left], asked: set[str], wanted: str) -> tuple[Package, ...]:
    """Return the packages of an annotated requirements file, and those left out; `asked` names what lines ask for.

    `wanted` says for which Python and platform.

    Raises:
        Unreadable: a line is neither a package nor a comment.
    """
    found: dict[str, Package] = {}
    wants: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := _PACKAGE.fullmatch(line):
            name = normalise(match[1])
            via = (match[4] or "").split(", ")
            for parent in via:
                wants.setdefault(normalise(parent.partition("[")[0]), set()).add(name)
            version = match[2] or words.version(match[3])
            origin = words.origin(match[3]) if match[3] else INDEX
            found[name] = Package(name, version, asked="-r requirements.in" in via, origin=origin)
        elif (match := _FROM.fullmatch(line)) and name:
            found[name] = found[name]._replace(origin=_index(match[1]))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise Unreadable(f"uv answered what cannot be read: {words.one_line(line)}", hint=HINT)
    for name, (why, wanted_by) in left.items():
        found[name] = Package(name, "", asked=name in asked, missing=why.format(wanted))
        for parent in wanted_by:
            wants.setdefault(parent, set()).add(name)
    return tuple(each._replace(requires=tuple(sorted(wants.get(each.name, ())))) for each in found.values())


def _index(url: str) -> Origin:
    """Return the origin of a package from an index. A folder of files is nobody's index in particular."""
    from pip_assay import net

    if not url.startswith(("http:", "https:")) or net.is_public_index(url):
        return INDEX
    return Origin("index", net.without_credentials(url))


def blamed(said: str) -> dict[str, Left]:
    """Return the projects that a refusal names as impossible to have, each alone, and who asks for them."""
    text = _unframed(said)
    if "authentication credentials" in text:
        return {}
    wanted_by: dict[str, dict[str, None]] = {}
    for match in _DEPENDS.finditer(text):
        wanted_by.setdefault(normalise(match[2]), {})[normalise(match[1])] = None
    found: dict[str, Left] = {}
    for pattern, why in _REASONS:
        for match in pattern.finditer(text):
            name = normalise(match[1])
            found.setdefault(name, Left(why, tuple(wanted_by.get(name, ()))))
    filtered = {normalise(match[1]): TOO_NEW if match[2] else NO_TIMES for match in _FILTERED.finditer(text)}
    for name in filtered.keys() & found.keys():
        if found[name].why in (NOT_FOUND, NO_RELEASE):
            found[name] = found[name]._replace(why=filtered[name])
    return found


def lasting(left: Mapping[str, Left]) -> bool:
    """Return whether tomorrow's answer will be the same."""
    return all(each.why in LASTING for each in left.values())


def refusal(said: str) -> Unreadable:
    """Return the error that a refusal is, in uv's own words as far as they are short."""
    text = _unframed(said).partition(" hint: ")[0]
    if "authentication credentials" in said:
        return Unreadable("an index wants a login that it was not given", hint="put it into netrc, or its address")
    _, unsolved, reason = text.partition("No solution found when resolving dependencies")
    if unsolved:
        reason = reason.lstrip(": ").removeprefix("cause: ").removesuffix(".")
        reason = reason.replace(", we can conclude that your requirements are unsatisfiable", "")
        return Unfit(f"no set of releases fits: {words.one_line(reason)}", hint=CORRECT)
    return Unreadable(f"uv failed: {words.one_line(text.removeprefix('error: '))}", hint=HINT)


def _unframed(said: str) -> str:
    return words.unframed(said[:LONGEST])
