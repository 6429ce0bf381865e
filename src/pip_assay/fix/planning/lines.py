"""A question to uv as the lines of its files, and its answer read: no disk, no process.

What is held is asked for by name, one bare line for each release, and preferred in the releases that are held; what
must move then takes the nearest release that fits (`--resolution lowest-direct`), and what comes in anew the newest.
Without a lowest release for everything uv would go back to old releases whose metadata say nothing yet.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import LEVELS, Held, Level, Root, Target
from pip_assay.fix.planning.questions import NOTHING, Question, Release, Solution
from pip_assay.model import INTERNAL, PYPI
from pip_assay.names import normalise
from pip_assay.values import NamedTuple

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_CHOSEN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;#]+)(?:\s*;\s*([^#]*?))?\s*(?:#\s*via\s+(.*))?")
BEYOND = "pip-assay-beyond"
"""A wheel that is asked for above the last Python of a target, so that uv resolves for those apart: for it alone."""

_NEVER = 'python_version < "0"'

NOWHERE: Mapping[str, str] = MappingProxyType({})


class Handed(NamedTuple):
    """The lines of uv's files: what is asked for, what limits it, what replaces it, and what is preferred."""

    wanted: tuple[str, ...]
    limits: tuple[str, ...]
    overrides: tuple[str, ...]
    preferred: tuple[str, ...]


def hand_over(
    target: Target, question: Question, level: Level, left: Iterable[str] = (), fixed: Mapping[str, str] = NOWHERE
) -> Handed:
    """Return the lines for a question; `left` names projects that are left out of it, whoever requires them.

    fixed  by project, the address of the wheel of what cannot be moved; what has none is left out.
    """
    stay = unmovable(target)
    left = {*left, *((stay | own(target)) - fixed.keys())}
    held = [each for each in target.held if each.name not in {*left, *stay, *question.gone}]
    there = (_line(each, fixed[each.name]) for each in target.held if each.name in stay & fixed.keys())
    chosen = {(each.name, each.marker): each.version for each in question.pinned}
    forks = forked(target)
    kept = NOTHING if question.loose else forks
    bound = [each for each in held if each.written or each.version in question.excluded.get(each.name, NOTHING)]
    limits = [_limit(each, chosen, question, level, kept) for each in bound]
    limits += [f"{each.name}=={each.version}" for each in question.pinned if not _is_held(each.name, bound)]
    limits += [f"{name}<0.dev0" for name in sorted(question.gone)]
    limits += [_excluding(name, versions) for name, versions in sorted(question.excluded.items()) if versions]
    limits += [f"{name}>={_public(version)}" for name, version in sorted(question.least.items())]
    limits += [f"{name}<={version}" for name, version in sorted(question.most.items()) if "+" not in version]
    preferred = question.prefer or [
        Release(each.name, each.version, each.marker)
        for each in held
        # uv would prefer the release of one fork for the other, too.
        if each.name not in forks or not question.excluded.get(each.name)
    ]
    asked = _roots(target.roots, left, question.relaxed, held)
    wanted = (*asked, *(_line(each) for each in bound), *dict.fromkeys(there))
    overrides = target.overrides
    if target.universal and target.below:
        wanted, overrides = (tuple(_within(each, target.below) for each in group) for group in (wanted, overrides))
    return Handed(
        wanted,
        (*limits, *(each.text for each in target.limits if each not in question.relaxed)),
        (*(each for each in overrides if named(each) not in {*left, *fixed}), *(f"{name} ; {_NEVER}" for name in left)),
        tuple(f"{each.name}=={each.version}{_when(each.marker)}" for each in preferred if each.name not in left),
    )


def forked(target: Target) -> frozenset[str]:
    """Return the projects that are held in several releases, each under a marker of its own."""
    counted = Counter(each.name for each in target.held)
    return frozenset(name for name, count in counted.items() if count > 1)


def own(target: Target) -> frozenset[str]:
    """Return the projects that are somebody's own, as the settings say: no index is asked for their names."""
    return frozenset(each.pin.name for each in target.inventory.dependencies if each.skipped == INTERNAL)


def unheld(target: Target) -> frozenset[str]:
    """Return the projects that a target asks for, or is known to bring in, and holds in no release."""
    listed = (each for each in target.inventory.dependencies if each.pin.ecosystem == PYPI and not each.inside)
    every = {*(named(each.text) for each in target.roots), *(each.pin.name for each in listed)}
    return frozenset(every - {each.name for each in target.held})


def unmovable(target: Target) -> frozenset[str]:
    """Return the projects that no solver is asked for: of an address, or of a name or version that none can read."""
    kept = own(target)
    return frozenset(each.name for each in target.held if each.name in kept or not (each.plain and is_readable(each)))


def is_readable(held: Held) -> bool:
    """Return whether a solver can be told of a release."""
    return bool(_NAME.fullmatch(held.name) and _read(held.version) and _is_marker(held.marker))


def named(text: str) -> str:
    """Return the normalised name that a requirement begins with."""
    found = re.match(r"\s*([A-Za-z0-9._-]+)", text)
    return normalise(found[1]) if found else ""


def read(text: str, below: str = "", fixed: Collection[str] = ()) -> Solution:
    """Return the solution that uv has written, without what is `fixed`: the names of what cannot be moved.

    That all of it is for Pythons `below` one, no marker repeats.

    Raises:
        Unreadable: a line is neither a release nor a comment.
    """
    found: list[Release] = []
    for line in text.splitlines():
        if line.partition(" @ ")[0].partition("[")[0] in {BEYOND, *fixed}:
            continue
        if match := _CHOSEN.fullmatch(line.strip()):
            via = (normalise(each.partition("[")[0]) for each in (match[4] or "").split(", ") if each[:1] != "-")
            name = normalise(match[1])
            marker = _without_end((match[3] or "").strip(), below)
            found.append(Release(name, match[2], marker, tuple(sorted({*via} - {"", name}))))
        elif line.strip() and not line.lstrip().startswith(("#", "-")):
            raise Unreadable("uv answered what cannot be read as a release", hint="update uv")
    return Solution(tuple(sorted(found)))


def step(old: str, new: str) -> Level:
    """Return how large the step between two releases is, by their release numbers (PEP 440)."""
    before, after = _read(old), _read(new)
    if before is None or after is None or (before.epoch, before.major) != (after.epoch, after.major):
        return "major"
    return "minor" if before.minor != after.minor else "patch"


def allows(level: Level, old: str, new: str) -> bool:
    """Return whether a step is no larger than the level."""
    return LEVELS.index(step(old, new)) <= LEVELS.index(level)


def is_prerelease(version: str) -> bool:
    """Return whether the version is one that solvers take only where it is asked for."""
    found = _read(version)
    return bool(found and found.is_prerelease)


def order(version: str) -> Version:
    """Return what versions are sorted by; what is none comes first."""
    return _read(version) or Version("0.dev0")


def relaxed(root: Root, version: str) -> str:
    """Return the requirement, widened so that the release fits: in the form that it had."""
    requirement = Requirement(root.text)
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    signs = {each.operator for each in requirement.specifier if not each.version.endswith(".*")}
    sign = next(iter(signs)) if signs in ({"=="}, {"~="}) else ">="
    least = _as_precise(version, requirement.specifier) if sign == "~=" else _public(version)
    return f"{requirement.name}{extras}{sign}{least}{_when(str(requirement.marker or ''))}"


def _as_precise(version: str, old: Iterable[Specifier]) -> str:
    """Return a version for a "~=" with as many numbers as an older one has there, so that it leaves as much open."""
    found, many = Version(version), max(each.version.count(".") + 1 for each in old)
    numbers = (*found.release, 0)[: max(many, 2)]
    epoch = f"{found.epoch}!" if found.epoch else ""
    return (
        _public(version) if found.is_prerelease and len(found.release) > 1 else f"{epoch}{'.'.join(map(str, numbers))}"
    )


def admits(root: Root, releases: Iterable[Release]) -> bool:
    """Return whether a requirement, wherever it applies, allows the releases of its project among these."""
    requirement = _requirement(root.text)
    versions = [each.version for each in releases if each.name == named(root.text)]
    return bool(requirement and all(requirement.specifier.contains(each, prereleases=True) for each in versions))


def limits_something(root: Root) -> bool:
    """Return whether a requirement rules out any release of its project that is newer than others."""
    requirement = _requirement(root.text)
    return bool(requirement and any(each.operator not in {">=", ">"} for each in requirement.specifier))


def _limit(
    held: Held, chosen: Mapping[tuple[str, str], str], question: Question, level: Level, kept: Iterable[str]
) -> str:
    when = _when(held.marker)
    version = chosen.get((held.name, held.marker), "")
    if held.name in kept and held.version not in question.excluded.get(held.name, NOTHING):
        version = version or held.version
    if version:
        return f"{held.name}=={version}{when}"
    least = f"{held.name}>={_public(held.version)}"
    return f"{least}{when}" if question.any_step else f"{least}{_below(held.version, level)}{when}"


def _below(version: str, level: Level) -> str:
    """Return what keeps a project within a step: ",<2" for a minor one from 1.4."""
    found = Version(version)
    epoch = f"{found.epoch}!" if found.epoch else ""
    if level == "patch":
        return f",<{epoch}{found.major}.{found.minor + 1}"
    return f",<{epoch}{found.major + 1}" if level == "minor" else ""


def _excluding(name: str, versions: Iterable[str]) -> str:
    return name + ",".join(f"!={each}" for each in sorted(versions, key=order) if _read(each))


def _roots(roots: Iterable[Root], left: Iterable[str], bare: Iterable[Root], held: Sequence[Held]) -> Iterator[str]:
    """Yield the requirements of the project; one for a project with forks once for each of them.

    Without their markers uv takes the forks for one, and finds no wheel that is for all of their Pythons.
    """
    forks: dict[str, list[str]] = {}
    for each in held:
        forks.setdefault(each.name, []).append(each.marker)
    for root in roots:
        requirement = _requirement(root.text)
        name = normalise(requirement.name) if requirement else ""
        if requirement and not requirement.url and name not in left:
            if root in bare:
                requirement.specifier = SpecifierSet()
            own = [f"({requirement.marker})"] if requirement.marker else []
            for marker in forks.get(name, [""]) if len(forks.get(name, [])) > 1 else [""]:
                requirement.marker = None
                yield f"{requirement}{_when(' and '.join([*own, *([f'({marker})'] if marker else [])]))}"


def _line(held: Held, address: str = "") -> str:
    extras = f"[{','.join(held.extras)}]" if held.extras else ""
    return f"{held.name}{extras}{f' @ {address}' if address else ''}{_when(held.marker)}"


def _end(below: str) -> str:
    return f"python_full_version < '{below}'"


def beyond(url: str, below: str) -> str:
    """Return the requirement of the wheel `BEYOND`."""
    return f"{BEYOND} @ {url} ; python_full_version >= '{below}'"


def _within(line: str, below: str) -> str:
    """Return a requirement for Pythons below one alone: uv has no other way to be told where a project's end."""
    if " @ " in line:
        return line
    text, _, marker = map(str.strip, line.partition(";"))
    return f"{text} ; ({marker}) and {_end(below)}" if marker else f"{text} ; {_end(below)}"


def _without_end(marker: str, below: str) -> str:
    """Return a marker that uv has written without the end of the project's Pythons, where that stands by itself."""
    if not below or " or " in re.sub(r"\([^()]*\)", "", marker):
        return marker
    end = _end(below)
    major, minor = below.split(".")
    last = f"{major}.{int(minor) - 1}"
    marker = marker.replace(f"python_full_version == '{last}.*'", f"python_full_version >= '{last}'")
    kept = marker.removeprefix(f"{end} and ").removesuffix(f" and {end}").replace(f" and {end} and ", " and ")
    kept = "" if kept == end else kept
    whole = kept.startswith("(") and kept.find(")") == len(kept) - 1
    return kept[1:-1] if whole else kept


def _when(marker: str) -> str:
    return f" ; {marker}" if marker else ""


def _is_held(name: str, held: Iterable[Held]) -> bool:
    return any(each.name == name for each in held)


def _is_marker(text: str) -> bool:
    return not text or _requirement(f"a ; {text}") is not None


def _requirement(text: str) -> Requirement | None:
    try:
        return None if "${" in text else Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def _public(version: str) -> str:
    """Return the version without its local part, which PEP 440 allows in no order comparison."""
    return version.partition("+")[0]


def _read(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None
