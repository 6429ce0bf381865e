"""What requirements files ask for: those that hold the pins, and those that these were compiled from."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from pip_assay.fix.formats import compiled
from pip_assay.fix.formats.compiled import Head
from pip_assay.fix.nouns import Root
from pip_assay.sources import requirements as source
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.requirements import Requirement, Requirements

GONE = "what {} was compiled from is not there, so its bounds are not known"
NO_LIMITS = "{}, which limits {}, is not there, so its bounds are not known"


class Asked(NamedTuple):
    """What is asked for, what limits it, and the files beside those with the pins in which that is written.

    notes  what of it is not known, one sentence each.
    """

    roots: tuple[Root, ...] = ()
    limits: tuple[Root, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def of(found: "Requirements", heads: Mapping[str, Head], environ: Mapping[str, str]) -> Asked:
    """Return what is asked for by files that were read, of which some say in their heads what made them.

    A file that was compiled says what from; of any other the lines without a pin are what its author asks for, and
    those with one as well, in whatever version. A file of pins alone, as `pip freeze` writes it, says nothing.
    """
    limits = [_bound(each) for each in found.constraints if not each.version and is_plain(each)]
    limits += [bound for each in (*found.requirements, *found.constraints) if (bound := _beside_the_pin(each))]
    asked = Asked(limits=tuple(limits))
    own = frozenset(map(os.path.abspath, found.files))
    told: set[str] = set()
    for path, head in heads.items():
        via = [entry for each in found.requirements if each.place.file == path for entry in each.via]
        if sources := compiled.found(head, path, via):
            told.add(path)
            asked = _joined(asked, *_of_sources(sources, head, own, environ), _of_limits(head, path, own, environ))
        elif head.sources:
            asked = _joined(asked, Asked(notes=(GONE.format(path),)))
    others = [each for each in found.requirements if each.place.file not in told and each.name and is_plain(each)]
    if told or not all(each.version for each in others):
        asked = asked._replace(roots=(*asked.roots, *map(_root, others)))
    return asked


def is_plain(requirement: "Requirement") -> bool:
    """Return whether an index has what is asked for, by its name."""
    return requirement.origin.kind == "index" and not requirement.editable


def written(requirement: "Requirement", bounds: str) -> str:
    """Return the requirement with other bounds."""
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    when = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}{extras}{bounds}{when}"


def _of_sources(sources: Iterable[str], head: Head, own: frozenset[str], environ: Mapping[str, str]) -> Iterator[Asked]:
    """Yield what each source of a compiled file asks for; a pin in a file that is fixed itself asks for any version."""
    for path in sources:
        if path.endswith((".toml", ".py", ".cfg")):
            yield _of_project(path, head)
            continue
        found = source.read([path], environ)
        sets = _sets(found, path)
        named = [each for each in found.requirements if each.name and is_plain(each)]
        roots = (_root(each) if _is_in(own, each) else _bound(each, sets) for each in named)
        limits = (_bound(each, sets) for each in found.constraints if is_plain(each) and not _is_in(own, each))
        yield Asked(tuple(roots), tuple(limits), tuple(_beside(found.files, own)))


def _of_limits(head: Head, path: str, own: frozenset[str], environ: Mapping[str, str]) -> Asked:
    """Return the constraints that the tool was told of beside the sources of a compiled file."""
    asked = Asked()
    for name in head.limits:
        place = compiled.place(name, head, path)
        if not place:
            asked = _joined(asked, Asked(notes=(NO_LIMITS.format(name, path),)))
            continue
        found = source.read([place], environ)
        sets = _sets(found, "")
        listed = [each for each in (*found.requirements, *found.constraints) if each.name and is_plain(each)]
        limits = tuple(_bound(each, sets) for each in listed if not _is_in(own, each))
        asked = _joined(asked, Asked(limits=limits, files=tuple(_beside(found.files, own))))
    return asked


def _of_project(path: str, head: Head) -> Asked:
    from pip_assay.fix.formats import pyproject
    from pip_assay.sources import manifests

    declared = manifests.read(path)
    roots = (
        Root(each.name, each.text, each.place, each.group)
        for each in declared.roots
        if each.name and (each.group in {"runtime", *head.groups} or f"{each.group.partition(':')[0]}:*" in head.groups)
    )
    return Asked(tuple(roots), pyproject.limits(path, declared), (path,))


def _sets(found: "Requirements", path: str) -> frozenset[str]:
    """Return the files that are sets of their own, and are fixed as such: compiled, with hashes, or of pins alone.

    A file that people write, as a source of the name `path` or one called .in, may be of pins alone as well.
    """
    listed = (*found.requirements, *found.constraints)
    loose = {each.place.file for each in listed if not each.version}
    made = {each.place.file for each in listed if each.compiled or each.hashes}
    pinned = {each.place.file for each in listed} - loose - {path}
    return frozenset(made | {each for each in pinned if not each.endswith(".in")})


def _is_in(own: frozenset[str], requirement: "Requirement") -> bool:
    return os.path.abspath(requirement.place.file) in own


def _beside(paths: Iterable[str], own: frozenset[str]) -> Iterator[str]:
    return (each for each in paths if os.path.abspath(each) not in own)


def _joined(*every: Asked) -> Asked:
    return Asked(
        tuple(dict.fromkeys(one for each in every for one in each.roots)),
        tuple(dict.fromkeys(one for each in every for one in each.limits)),
        tuple(dict.fromkeys(one for each in every for one in each.files)),
        tuple(dict.fromkeys(one for each in every for one in each.notes)),
    )


def _bound(requirement: "Requirement", sets: Collection[str] = ()) -> Root:
    """Return what a line asks for, its version too; in a set of its own it is not for others to widen."""
    widens = requirement.place.file not in sets
    return Root(requirement.name, requirement.text, requirement.place, widens=widens)


def _root(requirement: "Requirement") -> Root:
    """Return what a line asks for: of a pin whatever version."""
    text = written(requirement, "") if requirement.version else requirement.text
    return Root(requirement.name, text, requirement.place)


def _beside_the_pin(requirement: "Requirement") -> Root | None:
    """Return the bounds that a line sets beside its pin, as a constraint: of "==1.0,<2" that is "<2"."""
    if not (requirement.version and is_plain(requirement) and "," in requirement.specifier):
        return None
    clauses = (each.strip() for each in requirement.specifier.split(","))
    bounds = ",".join(each for each in clauses if each.lstrip("= ") != requirement.version)
    if not bounds:
        return None
    return Root(requirement.name, written(requirement._replace(extras=()), bounds), requirement.place)
