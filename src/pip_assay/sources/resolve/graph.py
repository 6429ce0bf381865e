"""A resolver's answer as dependencies: each at the line that brings it in, with the groups that reach it."""

from collections.abc import Iterable, Mapping, Sequence

from pip_assay.model import PYPI, Dependency, Pin, Place, Problem
from pip_assay.sources.resolve.nouns import HINT, Answer, Line, Package


def attach(lines: Sequence[Line], answer: Answer, problems: list[Problem]) -> tuple[Dependency, ...]:
    """Return the packages as dependencies, sorted by name, and add a problem for all that the answer leaves open."""
    packages = {package.name: package for package in answer.packages}
    roots = [line for line in lines if line.active and line.name in packages and packages[line.name].asked]
    nearest = _nearest(roots, packages)
    groups = {
        group: _nearest([line for line in roots if line.root.group == group], packages)
        for group in sorted({line.root.group for line in roots}, key=lambda group: (group != "runtime", group))
    }
    found = []
    for name, package in sorted(packages.items()):
        line = nearest.get(name)
        place = line.root.place if line else Place(lines[0].root.place.file)
        if package.missing:
            problems += _missing(package, place, roots)
        if not (package.missing and package.asked):
            reached = tuple(group for group, names in groups.items() if name in names)
            found.append(_dependency(package, place, reached, line, packages))
    problems += _forgotten(lines, packages, answer.resolver)
    return tuple(found)


def _nearest(roots: Iterable[Line], packages: Mapping[str, Package]) -> dict[str, Line]:
    """Return, for each name that the roots reach, the root at the fewest steps; of several the first."""
    found: dict[str, Line] = {}
    for line in roots:
        found.setdefault(line.name, line)
    level = list(found)
    while level:
        following = []
        for name in level:
            for required in packages[name].requires:
                if required in packages and required not in found:
                    found[required] = found[name]
                    following.append(required)
        level = following
    return found


def _dependency(
    package: Package, place: Place, groups: tuple[str, ...], line: Line | None, packages: Mapping[str, Package]
) -> Dependency:
    return Dependency(
        Pin(PYPI, package.name, package.version),
        place,
        groups,
        tuple(name for name in package.requires if name in packages),
        direct=package.asked,
        origin=package.origin,
        skipped=package.missing,
        spelling=line.spelling if line and line.name == package.name else package.name,
    )


def _missing(package: Package, place: Place, roots: Sequence[Line]) -> list[Problem]:
    what = f"what {package.name} would bring in is not known: {package.missing}"
    places = [line.root.place for line in roots if line.name == package.name] or [place]
    return [Problem("unresolved", what, each, HINT, package.name) for each in places]


def _forgotten(lines: Sequence[Line], packages: Mapping[str, Package], resolver: str) -> list[Problem]:
    """Return a problem for each line that applies here and whose project the answer does not hold."""
    what = f"is not in the answer of {resolver}, so what it would bring in is not known"
    return [
        Problem("unresolved", what, line.root.place, HINT, line.name)
        for line in lines
        if line.active and line.name not in packages
    ]
