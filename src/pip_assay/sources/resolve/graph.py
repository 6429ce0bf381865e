"""A resolver's answer as dependencies: each at the line that brings it in, with the groups that reach it."""

from collections.abc import Iterable, Mapping, Sequence

from pip_assay.model import PYPI, Dependency, Pin, Place, Problem
from pip_assay.sources.resolve.nouns import HINT, Answer, Line, Package, Root, hint


def attach(
    roots: Sequence[Root], lines: Sequence[Line], answer: Answer, problems: list[Problem]
) -> tuple[Dependency, ...]:
    """Return the packages as dependencies, sorted by name, and add a problem for all that the answer leaves open."""
    packages = {package.name: package for package in answer.packages}
    named = [_named(line, answer.packages) for line in lines]
    asking = [line for line in named if line.active and line.name in packages and packages[line.name].asked]
    nearest = _nearest(asking, packages)
    groups = {
        group: _nearest([line for line in asking if roots[line.number].group == group], packages)
        for group in in_order(roots[line.number].group for line in asking)
    }
    found = []
    for name, package in sorted(packages.items()):
        line = nearest.get(name)
        place = roots[line.number].place if line else Place(roots[0].place.file)
        if package.missing:
            asked_at = [roots[each.number].place for each in asking if each.name == name]
            problems += _missing(package, asked_at or [place])
        if not (package.missing and package.asked):
            reached = tuple(group for group, names in groups.items() if name in names)
            found.append(_dependency(package, place, reached, line, packages))
    problems += _forgotten(roots, named, packages, answer.resolver)
    return tuple(found)


def in_order(groups: Iterable[str]) -> list[str]:
    """Return the groups, each once: the runtime first, the others sorted."""
    return sorted(set(groups), key=lambda group: (group != "runtime", group))


def _named(line: Line, packages: Iterable[Package]) -> Line:
    """Return the line, with the name of the package that came from its place if it says no name itself."""
    if line.name:
        return line
    for package in packages:
        if package.asked and package.origin.kind != "index" and _place(package.origin.location) == _place(line.address):
            return line._replace(name=package.name, spelling=package.name)
    return line


def _place(address: str) -> str:
    """Return an address without the revision of a repository, which a resolver makes a commit."""
    folder, _, last = address.rstrip("/").rpartition("/")
    return f"{folder}/{last.partition('@')[0]}"


def _nearest(lines: Iterable[Line], packages: Mapping[str, Package]) -> dict[str, Line]:
    """Return, for each name that the lines reach, the line at the fewest steps; of several the first."""
    found: dict[str, Line] = {}
    for line in lines:
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


def _missing(package: Package, places: Iterable[Place]) -> list[Problem]:
    what = f"what {package.name} would bring in is not known: {package.missing}"
    return [Problem("unresolved", what, each, hint(what), package.name) for each in places]


def _forgotten(
    roots: Sequence[Root], lines: Sequence[Line], packages: Mapping[str, Package], resolver: str
) -> list[Problem]:
    """Return a problem for each line that applies and whose project the answer does not hold."""
    what = f"is not in the answer of {resolver}, so what it would bring in is not known"
    return [
        Problem("unresolved", what, roots[line.number].place, HINT, line.name)
        for line in lines
        if line.active and line.name not in packages
    ]
