"""What an environment holds: what its distributions require of each other, and why some of them cannot be replaced.

All of it is read from the disk; nothing of the environment is started.
"""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from pip_assay import files, markers
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Held
from pip_assay.fix.planning.stubs import egg_requires
from pip_assay.model import INTERNAL, PYPI, Dependency, Inventory, Place
from pip_assay.names import normalise

_EXTERNAL = {"distro": "the system's package manager installed it, and upgrades it"}
"""Why a distribution stays, by the kind of its origin."""

_Releases = Mapping[str, Sequence[str]]
"""By project, the releases that are there."""


def held(inventory: Inventory, python: str) -> tuple[Held, ...]:
    """Return the distributions of an environment, with what they require of each other on its Python."""
    there = [each for each in inventory.dependencies if _is_installed(each)]
    releases: dict[str, list[str]] = {}
    for each in there:
        releases.setdefault(each.pin.name, []).append(each.pin.version)
    needs = [_requires(each, python) for each in there]
    unmet = {normalise(one.name) for one in (one for every in needs for one in every or ()) if _is_unmet(one, releases)}
    return tuple(
        _held(each, _stays(each, inventory.target, releases), _there(every, releases, each.pin.name in unmet))
        for each, every in zip(there, needs, strict=True)
    )


def _is_installed(dependency: Dependency) -> bool:
    return dependency.pin.ecosystem == PYPI and bool(dependency.pin.version) and not dependency.inside


def _held(dependency: Dependency, stays: str, requires: tuple[str, ...] | None) -> Held:
    pin = dependency.pin
    is_plain = dependency.origin.kind in {"index", "private index"} and dependency.skipped != INTERNAL and not stays
    return Held(
        pin.name, pin.version, dependency.spelling or pin.name, dependency.place, plain=is_plain, stays=stays,
        requires=requires,
    )  # fmt: skip


def _there(needs: Sequence[Requirement] | None, releases: _Releases, is_unmet: bool) -> tuple[str, ...] | None:
    """Return what is required of what is there, and is met by it: what is broken anyway is nothing to keep."""
    if needs is None or is_unmet:
        return None
    met = (each for each in needs if normalise(each.name) in releases and not _is_unmet(each, releases))
    return tuple(dict.fromkeys(f"{normalise(each.name)}{each.specifier}" for each in met))


def _is_unmet(requirement: Requirement, releases: _Releases) -> bool:
    """Return whether a requirement is of a project that is there, in no release that will do."""
    found = releases.get(normalise(requirement.name), ())
    return bool(found) and not any(_is_met(requirement, each) for each in found)


def _is_met(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _requires(dependency: Dependency, python: str) -> list[Requirement] | None:
    """Return what a distribution requires on a Python without any extra; None where that cannot be read."""
    path = dependency.place.file
    if path.endswith(".egg"):
        return None
    environment = markers.environment(python)
    try:
        said, _ = parse_email(files.read_bytes(path, files.START_LIMIT))
        texts: Iterable[str] = said.get("requires_dist", [])
        beside = os.path.join(os.path.dirname(path), "requires.txt")
        if not texts and os.path.basename(path) == "PKG-INFO" and os.path.exists(beside):
            texts, _ = egg_requires(files.read_bytes(beside, files.START_LIMIT).decode("utf-8", "replace"))
    except Unreadable:
        return None
    return [each for each in _readable(texts) if markers.applies(str(each.marker or ""), environment)]


def _readable(texts: Iterable[str]) -> Iterator[Requirement]:
    for text in texts:
        try:
            yield Requirement(text)
        except (InvalidRequirement, RecursionError):
            continue


def _stays(dependency: Dependency, prefix: str, releases: _Releases) -> str:
    """Return why a distribution cannot be replaced; empty where it can, or its origin says it all."""
    pin, folder = dependency.pin, os.path.dirname(dependency.place.file)
    kind = dependency.origin.kind
    if kind not in {"index", "private index"}:
        return _EXTERNAL.get(kind, "")
    if os.path.isdir(os.path.join(prefix, "conda-meta")) and _installer(folder) == "conda":
        return "conda installed it, and upgrades it"
    if not is_own(dependency.place, prefix):
        site = os.path.dirname(folder)
        return f"it is in {site}, which this environment only looks into: fix the installation that has it"
    if len(releases[pin.name]) > 1:
        return f"it is installed twice, as {' and '.join(releases[pin.name])}: uninstall it until it is gone"
    if why := not_recorded(dependency.place.file):
        again = f"uv pip install --reinstall --no-deps {pin.name}=={pin.version}"
        return f"{pin.name} {why}, so it cannot be replaced: install it again first ({again})"
    return ""


def is_own(place: Place, prefix: str) -> bool:
    """Return whether the metadata in this place are in the environment itself, and not in one that it looks into."""
    return os.path.realpath(place.file).startswith(os.path.realpath(prefix) + os.sep)


def _installer(folder: str) -> str:
    try:
        return files.read_start(os.path.join(folder, "INSTALLER")).decode("utf-8", "replace").strip().lower()
    except Unreadable:
        return ""


def not_recorded(path: str) -> str:
    """Return why uv would not know which files to remove with the distribution of this metadata; else nothing.

    Those of a dist-info are in its RECORD ("Recording installed projects"); of an egg-info uv takes top_level.txt.
    """
    folder, name = os.path.split(path)
    if name == "PKG-INFO" and folder.endswith(".egg-info"):
        return "" if os.path.isfile(os.path.join(folder, "top_level.txt")) else "has no list of its modules"
    if name != "METADATA":
        return "was installed by setup.py, which kept no list of its files"
    if not os.path.isfile(os.path.join(folder, "RECORD")):
        return "has no RECORD"
    try:
        recorded(path)
    except Unreadable:
        return "has a RECORD that cannot be read"
    return ""


def recorded(path: str) -> list[str]:
    """Return the files that a distribution has installed, by its RECORD; `path` is that of its METADATA.

    Raises:
        Unreadable: it has none that can be read.
    """
    folder = os.path.dirname(path)
    record = os.path.join(folder, "RECORD")
    try:
        rows = [each for each in csv.reader(files.read_bytes(record).decode().splitlines(), strict=True) if each]
    except (csv.Error, UnicodeDecodeError):
        rows = []
    if not rows or any(len(each) != 3 or "\0" in each[0] for each in rows):
        raise Unreadable("cannot be read", record, "install it again")
    return [os.path.normpath(os.path.join(os.path.dirname(folder), *each[0].split("/"))) for each in rows]
