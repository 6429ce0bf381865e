"""The listed requirements as dependencies, as they stand: nothing is resolved."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pip_assay import versions
from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Problem
from pip_assay.sources.requirements import annotations
from pip_assay.sources.requirements.line import Requirement
from pip_assay.sources.requirements.nested import Requirements, has_hash

# These three are pip-audit's words, which scripts look for.
EDITABLE = "requirement marked as editable"
NAMED_URL = "URL requirements cannot be pinned to a specific package version"
UNNAMED_URL = "could not deduce package version from URL requirement"
UNPINNED = "has no pinned version"

_Version = str | bytes
_Pins = dict[tuple[str, str], dict[_Version, Requirement]]
_NONE: Mapping[_Version, Requirement] = {}


def inventory(
    found: Requirements, *, target: str, skip_editable: bool = False, require_hashes: bool = False
) -> Inventory:
    """Return every requirement as a dependency, those without one certain version with the reason in `skipped`.

    Requirements of the same release are one dependency. One without a version has that of a constraint, or is left to
    the requirement of the same name that has one: pip would install just that. Every branch of the markers is listed.
    """
    counts = Counter(each.name for each in (*found.requirements, *found.constraints))
    repeated = {name for name, count in counts.items() if count > 1}
    pins, limits = _pins(found.requirements, repeated), _pins(found.constraints, repeated)
    graph = _Graph(found.requirements)
    problems = [*found.problems, *_without_hash(found, require_hashes), *_contradictions(pins)]
    same: dict[tuple[str, _Version, Origin], list[Dependency]] = {}
    for each in found.requirements:
        if not each.version and _certain(each, pins):
            continue
        version = each.version or _certain(each, limits)
        skipped, problem = _skipped(each, version, skip_editable)
        if problem:
            problems.append(problem)
        dependency = _dependency(each, version, skipped, graph)
        release = (dependency.pin.name, _version(each.name, version, repeated), each.origin)
        same.setdefault(release, []).append(dependency)
    dependencies = (group[0] if len(group) == 1 else _united(group) for group in same.values())
    return Inventory(target, "requirements", tuple(dependencies), tuple(problems))


def _dependency(requirement: Requirement, version: str, skipped: str, graph: "_Graph") -> Dependency:
    name = requirement.name or requirement.shown
    return Dependency(
        Pin(PYPI, name, version),
        requirement.place,
        ("runtime",),
        graph.requires.get(requirement.name, ()),
        graph.direct(requirement),
        requirement.origin,
        None,
        requirement.hashes,
        requirement.marker,
        skipped,
        requirement.spelling or name,
    )


def _skipped(requirement: Requirement, version: str, skip_editable: bool) -> tuple[str, Problem | None]:
    """Return why the requirement cannot be audited (empty where it can), and the problem that this is."""
    if requirement.editable and skip_editable:
        return EDITABLE, None
    if version:
        return "", None
    name, place = requirement.name or requirement.shown, requirement.place
    if requirement.origin.kind == "index":
        return UNPINNED, Problem("unpinned", UNPINNED, place, "pin it with ==", name)
    reason = NAMED_URL if requirement.name else UNNAMED_URL
    hint = "install it, and audit the environment"
    return reason, Problem("unpinned", reason, place, hint, name)


def _version(name: str, version: str, repeated: Collection[str]) -> _Version:
    """Return what is equal for two spellings of one version, 1.0 and 1.0.0; it is worth its time for a name twice."""
    return (versions.key(PYPI, version) if name in repeated else None) or version


def _united(group: Sequence[Dependency]) -> Dependency:
    hashes = dict.fromkeys(each for dependency in group for each in dependency.hashes)
    markers = list(dict.fromkeys(dependency.marker for dependency in group))
    marker = " or ".join(f"({each})" for each in markers) if len(markers) > 1 else markers[0]
    return group[0]._replace(hashes=tuple(hashes), marker="" if "" in markers else marker)


def _pins(requirements: Iterable[Requirement], repeated: Collection[str]) -> _Pins:
    """Return the requirements that have a certain version, by name and marker, the first of each version."""
    found: _Pins = {}
    for each in requirements:
        if each.version:
            version = _version(each.name, each.version, repeated)
            found.setdefault((each.name, each.marker), {}).setdefault(version, each)
    return found


def _certain(requirement: Requirement, pins: _Pins) -> str:
    """Return the one version that pins of the same name give wherever the requirement applies, else nothing."""
    if requirement.origin.kind != "index":
        return ""
    always = pins.get((requirement.name, ""), _NONE)
    alike = pins.get((requirement.name, requirement.marker), _NONE)
    first = next(iter((*always.values(), *alike.values())), None)
    return first.version if first and len(always.keys() | alike.keys()) == 1 else ""


def _contradictions(pins: _Pins) -> Iterator[Problem]:
    """Yield a problem for each release that stands beside another of its project under the same marker."""
    for (name, _), by_version in pins.items():
        first, *others = by_version.values()
        for each in others:
            what = f"is pinned twice: {each.version} here and {first.version} at {first.place}"
            yield Problem("duplicate", what, each.place, "keep one of the two", name)


def _without_hash(found: Requirements, require_hashes: bool) -> Iterator[Problem]:
    """Yield a problem for each requirement without a hash where hashes are wanted: one hash wants all, as in pip."""
    options = found.options
    implied = not options.no_require_hashes and any(each.hashes for each in found.requirements)
    if require_hashes or options.require_hashes or implied:
        for each in found.requirements:
            if not has_hash(each) and not each.editable:
                what = f"requirement {each.shown} does not contain a hash"
                yield Problem("unpinned", what, each.place, "add its --hash", each.shown)


class _Graph:
    """Who asks for what, from the annotations of compiled files."""

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        compiled = [each for each in requirements if each.compiled]
        names = {each.name for each in compiled}
        requires: dict[str, dict[str, None]] = {}
        self._annotated = {each.place.file for each in compiled if each.via}
        self._asked_for = set()
        for each in compiled:
            askers = {annotations.asker(entry, names) for entry in each.via}
            if "" in askers or not each.via:
                self._asked_for.add(each.name)
            for asker in sorted(filter(None, askers)):
                requires.setdefault(asker, {})[each.name] = None
        self.requires = {name: tuple(required) for name, required in requires.items()}

    def direct(self, requirement: Requirement) -> bool | None:
        """Return whether the user asks for the requirement by name; None where a compiled file does not say.

        uv notes nothing beside what it was asked for on its standard input.
        """
        if not requirement.compiled:
            return True
        return requirement.name in self._asked_for if requirement.place.file in self._annotated else None
