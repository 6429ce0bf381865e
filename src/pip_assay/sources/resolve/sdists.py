"""Source distributions that say themselves what they depend on, so that nobody has to build them.

A PKG-INFO of metadata version 2.2 or later holds for every wheel that may be built, but for the fields that it names
as Dynamic (PEP 643). Where an index has no wheel that fits, such a PKG-INFO is put into a wheel that holds nothing
else, and the resolver is given that. The archive is read in memory; nothing of it is unpacked, and nothing is run.
"""

import io
import os
import time
from collections.abc import Callable, Iterable, Iterator

from pip_assay import files, net
from pip_assay.errors import AssayError, Unreadable
from pip_assay.names import normalise
from pip_assay.sources.resolve import words
from pip_assay.sources.resolve.nouns import Index, Package, Task
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.model import Origin
    from pip_assay.sources.resolve.listing import Offered

TRIES = 3
"""So many releases of a project are looked at, the newest that fit."""

MOST = 20
"""So many archives are fetched for one question."""

ARCHIVE_LIMIT = 32 * 1024 * 1024
INFLATED_LIMIT = 256 * 1024 * 1024
METADATA_LIMIT = 4 * 1024 * 1024
MEMBERS = 50_000

SECONDS = len("2026-11-22T06:15:00")
"""Of an RFC 3339 time in UTC, so much can be compared as text."""

_FOLDER = "described"
_DECIDES = {"name", "version", "requires-dist", "requires-python", "provides-extra"}
_WHEEL = "Wheel-Version: 1.0\nGenerator: pip-assay\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n"


class Static(NamedTuple):
    """What a source distribution says of every wheel that may be built from it."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    python: str = ""


class Described:
    """The wheels of metadata alone for one question, in one folder."""

    def __init__(self, task: Task, scratch: str, deadline: float, *, every: bool) -> None:
        self._task = task
        self._folder = os.path.join(scratch, _FOLDER)
        self._deadline = deadline
        self._every = every
        self._tried: set[str] = set()
        self._fetched = 0
        self._origins: dict[tuple[str, str], Origin] = {}

    def add(self, names: Iterable[str]) -> bool:
        """Return whether there are now more releases of these projects to choose from."""
        before = len(self._origins)
        for name in names:
            if name not in self._tried and not self._task.wanted.build:
                self._tried.add(name)
                self._add(name)
        return len(self._origins) > before

    def added_to(self, indexes: Index) -> Index:
        """Return the indexes with the folder, once it holds something."""
        from pathlib import Path

        links = (Path(self._folder).as_uri(),) if self._origins else ()
        return indexes._replace(find_links=indexes.find_links + links)

    def with_origins(self, packages: Iterable[Package]) -> tuple[Package, ...]:
        """Return the packages, those of the folder with the index that has their source distribution."""
        return tuple(
            each._replace(origin=self._origins.get((each.name, each.version), each.origin)) for each in packages
        )

    def _add(self, name: str) -> None:
        from pip_assay.sources.resolve import listing

        left = self._deadline - time.monotonic()
        network = net.network(self._task.environ, timeout=max(1.0, min(15.0, left / net.PATIENCE)))
        offered = listing.sdists(name, self._task.indexes, network, every=self._every)
        for each in fitting(name, offered, self._task)[:TRIES]:
            if self._fetched == MOST or time.monotonic() > self._deadline:
                return
            self._fetched += 1
            static = _static(each, network, name)
            if static:
                write(self._folder, static)
                self._origins[name, static.version] = each.origin


def fitting(name: str, offered: Iterable["Offered"], task: Task) -> list["Offered"]:
    """Return those that the lines, limits and the asked Python and moment allow, the newest first."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    limits = SpecifierSet(",".join(_specifiers(name, task)))
    pinned = any(each.operator == "==" and not each.version.endswith(".*") for each in limits)
    before, python = task.wanted.before, task.wanted.environment.get("python_full_version") or _running()

    def fits(each: "Offered") -> bool:
        late = before and not (each.uploaded and each.uploaded[:SECONDS] < before[:SECONDS])
        if late or (each.yanked and not pinned):
            return False
        try:
            return SpecifierSet(each.python).contains(python, prereleases=True)
        except InvalidSpecifier:
            return True

    found = {each.version: each for each in offered if fits(each)}
    versions = limits.filter(found, prereleases=True if task.indexes.pre else None)
    return [found[version] for version in sorted(versions, reverse=True)]


def _specifiers(name: str, task: Task) -> Iterator[str]:
    """Yield what limits the versions of a project: an override alone, else all lines and constraints."""
    from packaging.requirements import Requirement

    overrides = [each for each in map(Requirement, task.handed.overrides) if normalise(each.name) == name]
    lines = [line.text for line in task.handed.lines if line.name == name and line.active]
    for each in overrides or map(Requirement, lines):
        yield str(each.specifier)
    for constraint in map(Requirement, task.handed.constraints):
        if normalise(constraint.name) == name:
            yield str(constraint.specifier)


def _running() -> str:
    import platform

    return platform.python_version()


def _static(offered: "Offered", network: net.Network, name: str) -> Static | None:
    """Return what the source distribution says; None where it cannot be had, or does not say it for every build."""
    try:
        if offered.url.startswith(("https:", "http:")):
            content = net.get(network, offered.url, limit=ARCHIVE_LIMIT).body
        else:
            content = files.read_bytes(words.path(offered.url), ARCHIVE_LIMIT)
        static = read(content)
    except AssayError:
        return None
    return static if static and (static.name, static.version) == (name, str(offered.version)) else None


def read(archive: bytes) -> Static | None:
    """Return what the PKG-INFO of a source distribution says; None where a build may say otherwise.

    Raises:
        Unreadable: it is no archive, is too large when inflated, or has no PKG-INFO that can be read.
    """
    from packaging.metadata import parse_email
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        said, _ = parse_email(member(archive, _is_pkg_info))
        dynamic = {field.strip().lower() for field in said.get("dynamic", [])}
        if Version(said.get("metadata_version", "1.0")) < Version("2.2") or dynamic & _DECIDES:
            return None
        requires = tuple(str(Requirement(each)) for each in said.get("requires_dist", []))
        extras = tuple(normalise(each) for each in said.get("provides_extra", []))
        python, version = str(SpecifierSet(said.get("requires_python", ""))), str(Version(said["version"]))
        static = Static(normalise(said["name"]), version, requires, extras, python)
    except (InvalidRequirement, InvalidSpecifier, InvalidVersion, KeyError, RecursionError, UnicodeError):
        raise Unreadable("its PKG-INFO cannot be read") from None
    if not all(each.isprintable() for each in (*requires, *extras, static.name)):
        raise Unreadable("its PKG-INFO cannot be read")
    return static


def member(archive: bytes, wanted: Callable[[str], bool]) -> bytes:
    """Return the first small file of a source distribution whose name is wanted.

    Raises:
        Unreadable: it is no archive, is too large when inflated, or has no such file.
    """
    return _zipped(archive, wanted) if archive.startswith(b"PK") else _tarred(archive, wanted)


def _tarred(archive: bytes, wanted: Callable[[str], bool]) -> bytes:
    """Return a file in the one folder of a tar.gz (PEP 517, "Source distributions")."""
    import gzip
    import tarfile
    import zlib

    try:
        stream = _Limited(gzip.GzipFile(fileobj=io.BytesIO(archive)))
        with tarfile.open(fileobj=stream, mode="r|") as members:
            for _, each in zip(range(MEMBERS), members, strict=False):
                if wanted(each.name) and each.isfile() and each.size <= METADATA_LIMIT:
                    opened = members.extractfile(each)
                    return opened.read() if opened else b""
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise Unreadable(f"cannot be unpacked ({files.reason(error)})") from None
    raise Unreadable("has no PKG-INFO")


def _zipped(archive: bytes, wanted: Callable[[str], bool]) -> bytes:
    with files.open_zip(io.BytesIO(archive)) as members:
        for info in members.infolist():
            if wanted(info.filename):
                content = files.zip_start(members, info, METADATA_LIMIT + 1)
                if len(content) > METADATA_LIMIT:
                    raise Unreadable(f"is larger than {files.size(METADATA_LIMIT)}", info.filename)
                return content
    raise Unreadable("has no PKG-INFO")


def _is_pkg_info(name: str) -> bool:
    return name.removeprefix("./").count("/") == 1 and name.endswith("/PKG-INFO")


class _Limited(io.RawIOBase):
    """A stream that ends in an error where more comes out of it than anybody needs."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._left = INFLATED_LIMIT

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(content)
        if not self._left:
            raise OSError("it is too large")
        return content


def write(folder: str, static: Static) -> str:
    """Return the path of the wheel written into the folder that holds nothing but this metadata (PEP 427)."""
    import zipfile

    lines = ["Metadata-Version: 2.1", f"Name: {static.name}", f"Version: {static.version}"]
    lines += [f"Requires-Python: {static.python}"] if static.python else []
    lines += [f"Provides-Extra: {each}" for each in static.extras]
    lines += [f"Requires-Dist: {each}" for each in static.requires]
    os.makedirs(folder, exist_ok=True)
    stem = f"{static.name.replace('-', '_')}-{static.version}"
    path = os.path.join(folder, f"{stem}-py2.py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", "\n".join([*lines, ""]))
        archive.writestr(f"{stem}.dist-info/WHEEL", _WHEEL)
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return path
