"""What the name of a distribution's file tells, and whether that agrees with the metadata in the file."""

import os

from pip_assay import versions
from pip_assay.model import PYPI, Dependency, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.metadata import parse_file_name

TARS = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tar")
_WHEEL_PARTS = (5, 6)

Told = tuple[str, str]
"""A name and a version, as a file's name spells them."""


def of_built(file: str) -> list[Told]:
    """Return what the name of a wheel's or an egg's file tells; nothing where it is no such name.

    Binary distribution format: {distribution}-{version}(-{build tag})?-{python tag}-{abi tag}-{platform tag}.whl
    """
    name = os.path.basename(file)
    if name.endswith(".egg"):
        likely = parse_file_name(name.removesuffix(".egg"))
        return [(likely.name, likely.version)] if likely.version else []
    parts = name.removesuffix(".whl").split("-")
    return [(parts[0], parts[1])] if len(parts) in _WHEEL_PARTS and all(parts) else []


def of_sdist(file: str) -> list[Told]:
    """Return every way to read the name of an sdist's file, the likeliest first; nothing where it is no such name.

    It is NAME-VERSION, but before PEP 625 either could hold a "-" itself.
    """
    name = os.path.basename(file)
    ending = next((ending for ending in (*TARS, ".zip") if name.lower().endswith(ending)), "")
    stem = name[: len(name) - len(ending)]
    likely = parse_file_name(stem)
    if not likely.version:
        return []
    pieces = stem.split("-")
    every = [("-".join(pieces[:at]), "-".join(pieces[at:])) for at in range(1, len(pieces))]
    return [(likely.name, likely.version), *every]


def found(file: str, told: list[Told], fault: str) -> list[Found]:
    """Return what only a file's name tells of, with `fault` as the problem; nothing where it does not tell."""
    if not told:
        return []
    name, version = told[0]
    place, pin = Place(file), Pin(PYPI, normalise(name), version)
    problem = Problem("unreadable", f"{fault}, so what its name tells was taken", place, HINT, pin.name)
    return [Found(Dependency(pin, place, spelling=name), (problem,))]


def agrees(told: list[Told], pin: Pin) -> bool:
    """Return whether one of the ways to read a name means this release: versions are equal as PEP 440 has it."""
    return any(normalise(name) == pin.name and _same(version, pin.version) for name, version in told)


def _same(version: str, stated: str) -> bool:
    version = version.replace("_", "-")  # as in file names it must be
    key = versions.key(PYPI, version)
    return version == stated or (key is not None and key == versions.key(PYPI, stated))


def disagreement(file: str, told: list[Told], one: Dependency) -> tuple[Problem, ...]:
    """Return a problem where a file's name tells of another release than the metadata in it."""
    if not told or not one.pin.version or agrees(told, one.pin):
        return ()
    what = f"is named otherwise than its metadata state: {one.spelling} {one.pin.version}"
    return (Problem("unreadable", what, Place(file), HINT, one.pin.name),)
