"""A wheel, or a zipped egg: the distribution that it installs, and those that it carries."""

import os

from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, Inventory, Place, Problem
from pip_assay.sources.archive import inside, named
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.installed.distribution import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.archive.contents import Contents, Zip
    from pip_assay.sources.bundled import Reader

KIND = "wheel"
EGG = "egg"


def read(contents: "Zip", target: str, carried: "Reader | None" = None) -> Inventory:
    """Return the distribution and what it carries. What it requires is no part of it, and the detail says so."""
    found = distributions(contents, "", inside.parts(contents.paths), contents.shown, carried)
    required = found[0].dependency.requires if found else ()
    found[:1] = [one._replace(dependency=one.dependency._replace(direct=True)) for one in found[:1]]
    kind = EGG if contents.shown.endswith(".egg") else KIND
    return inside.inventory(
        target, kind, contents.shown, found, contents.problems, requirements_left_out(len(required))
    )


def failed(path: str, target: str, error: Unreadable) -> Inventory:
    """Return what the name of a wheel or an egg tells, which cannot be read."""
    found = named.found(path, named.of_built(path), error.what)
    kind = EGG if path.endswith(".egg") else KIND
    return inside.inventory(target, kind, path, found) if found else inside.failed(target, kind, path, error)


def requirements_left_out(count: int) -> str:
    """Return in words that what a distribution requires is not audited with it."""
    if not count:
        return ""
    return "its 1 requirement is not part of it" if count == 1 else f"its {count} requirements are not part of it"


def distributions(
    contents: "Contents", folder: str, parts: inside.Parts, file: str, carried: "Reader | None"
) -> list[Found]:
    """Return the distribution of a wheel, then what it carries.

    folder   that of the contents in which the wheel's files are.
    parts    of that folder and all below it.
    file     the wheel's path: its name must agree with the metadata in it.
    carried  reads what it carries, which is left out without it.
    """
    told = named.of_built(file)
    own = [(inside.read(contents, folder, entry), entry) for entry in parts.folders.get(folder, ())]
    own.sort(key=lambda each: not named.agrees(told, each[0].dependency.pin))
    found = [_checked(own[0][0], file, len(own))] if own else named.found(file, told, "holds no metadata")
    if not found:
        return _without_own(contents, parts, file, carried)
    pin = found[0].dependency.pin
    beside = [inside.carried(one, pin) for one, _ in own[1:]]
    if carried:
        found = inside.with_carried(contents, folder, own[0][1] if own else "", found[0], carried)
    return found + beside


def _without_own(contents: "Contents", parts: inside.Parts, file: str, carried: "Reader | None") -> list[Found]:
    """Return what is in a wheel of which neither its name nor metadata tell what it is."""
    found = [
        inside.read(contents, below, entry)
        for below, entries in parts.folders.items()
        for entry in entries
        if not inside.is_egg(entry)
    ]
    for name in parts.wheels:
        found += nested(contents, name, carried)
    if not found:
        contents.problems.append(Problem("unreadable", "holds no metadata", Place(file), HINT, os.path.basename(file)))
    return found


def nested(contents: "Contents", name: str, carried: "Reader | None") -> list[Found]:
    """Return the distribution of a wheel that is one of the files of an archive, then what it carries."""
    shown = inside.joined(contents.shown, name)
    try:
        with contents.opened(name) as inner:
            return distributions(inner, "", inside.parts(inner.paths), inner.shown, carried)
    except Unreadable as error:
        return unreadable(contents, shown, error.what)


def unreadable(contents: "Contents", file: str, fault: str) -> list[Found]:
    """Return what the name of a wheel tells that cannot be read, or note the problem where that tells nothing."""
    found = named.found(file, named.of_built(file), fault)
    if not found:
        contents.problems.append(Problem("unreadable", fault, Place(file), HINT, os.path.basename(file)))
    return found


def _checked(found: Found, file: str, count: int) -> Found:
    """Return the distribution that a wheel installs, with what is wrong about the wheel."""
    one = found.dependency._replace(direct=None, origin=INDEX)
    problems = found.problems + named.disagreement(file, named.of_built(file), one)
    if count > 1:
        what = f"holds {count} metadata folders, where a wheel holds one"
        problems += (Problem("unreadable", what, Place(file), HINT, one.pin.name),)
    return Found(one, problems)
