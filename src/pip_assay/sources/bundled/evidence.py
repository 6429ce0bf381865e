"""What a distribution carries, by all that tells of it: bills of materials, metadata of copies, lists, file names."""

import os
import re
from collections.abc import Iterable, Iterator

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Evidence, Pin, Place, Problem
from pip_assay.sources.bundled import record, remembered
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set

    from pip_assay.sources.bundled.record import Parts
    from pip_assay.sources.installed.tree import Tree

    Search = Callable[[Host, Parts], list[Found]]
    """Returns the libraries whose code is in the compiled files of a distribution (strings.read)."""

_AGAIN = "install it again"
_BEST_FIRST: tuple[Evidence, ...] = ("sbom", "metadata", "list", "file name", "string", "")

_MOST = 1000
"""Files and folders in the folder of bills of materials: real ones hold two."""

_MOST_BILLS, _LARGEST_BILLS, _MOST_COMPONENTS = 100, 128 * 1024 * 1024, 50_000
"""Bills of materials of one distribution, bytes and components of all: once that much was read, no more is begun."""

_LIBRARIES = ("generic", "github", "ConanCenter")
"""The ecosystems of libraries by the names of their projects. A crate of the same name only calls the library."""

_COPIED_LIBRARY = re.compile(r"[^/]+\.libs/([^./]+)-[0-9a-f]{8}(\.[^/]+)")
_SYSTEM_FOLDERS = (
    "/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/", "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/",
    "/lib/aarch64-linux-gnu/", "/usr/lib/aarch64-linux-gnu/",
)  # fmt: skip
"""Where packages of a system put libraries: what auditwheel has noted the SHA-256 of is one of these, and a name."""


def of_host(host: Host, search: "Search | None" = None, parts: "Parts | None" = None) -> list[Found]:
    """Return everything that a distribution carries, each release once, by the best evidence for it, sorted.

    A Found of the host itself comes first where something could not be read: it brings the problems. `parts` are its
    files, where they are known already.
    """
    parts = parts or record.parts(host.paths, host.metadata)
    compiled = parts.libraries
    found: list[Found] = []
    if parts.sboms:
        listed, named = _of_sboms(host, parts.sboms)
        found += listed
        if named:
            untold = tuple(path for path in parts.libraries if not _is_named(path, named))
            parts = parts._replace(libraries=untold)
    if parts.copies or parts.lists or parts.wheels:
        from pip_assay.sources.bundled import vendored

        found += vendored.read(host, parts)
    if parts.libraries:
        from pip_assay.sources.bundled import native

        found += native.read(host, parts)
    if search and compiled:
        from pip_assay.sources.bundled import strings

        found = strings.completed(found, search(host, parts._replace(libraries=compiled)))
    return best(host, found)


def _of_sboms(host: Host, paths: "Sequence[str]") -> tuple[list[Found], set[str]]:
    """Return what the bills of materials list, and the SHA-256 of the paths of the libraries that they name."""
    from pip_assay.sources.bundled import sboms

    found: list[Found] = []
    named: set[str] = set()
    size = components = 0
    for number, path in enumerate(paths):
        if number >= _MOST_BILLS or size >= _LARGEST_BILLS or components >= _MOST_COMPONENTS:
            what = f"comes after as many bills of materials as are read of {host.dependency.pin}; the rest was not read"
            place, name = Place(host.named(path)), host.dependency.pin.name
            found.append(Found(host.dependency, (Problem("unreadable", what, place, sboms.HINT, name),)))
            break
        said = sboms.components(host, path)
        found += sboms.listed(host, path, said)
        named |= sboms.system_files(said)
        size, components = size + said.size, components + len(said.components)
    return found, named


def _is_named(path: str, digests: "Set[str]") -> bool:
    """Return whether a library is one that auditwheel has copied from a system package, and named that of.

    It puts a part of a hash into the name: "libssl-81259c47.so.1.1.1k" was "/lib64/libssl.so.1.1.1k".
    """
    found = _COPIED_LIBRARY.fullmatch(path)
    if not found:
        return False
    import hashlib

    paths = (f"{folder}{found[1]}{found[2]}" for folder in _SYSTEM_FOLDERS)
    return any(hashlib.sha256(each.encode(errors="ignore")).hexdigest() in digests for each in paths)


def best(host: Host, found: Iterable[Found]) -> list[Found]:
    """Return each release in each carrier once, by the best evidence, what is inside of the host itself first, sorted.

    A Found of the host itself comes before all of them where there is any problem, and brings every one.
    """
    own = host.dependency.pin
    kept: dict[tuple[bool, Pin, Pin], Dependency] = {}
    problems: dict[Problem, None] = {}
    for one, wrong in found:
        if wrong:
            problems |= dict.fromkeys(wrong)
        if inside := one.inside:
            key = inside != own, inside, one.pin
            known = kept.setdefault(key, one)
            if known is not one and _BEST_FIRST.index(one.known_by) < _BEST_FIRST.index(known.known_by):
                kept[key] = one
    told = {
        (word, version)
        for each in kept.values()
        if each.known_by == "sbom" and each.pin.ecosystem in _LIBRARIES
        for word in _words(each)
        for version in ("", each.pin.version)
    }
    listed = [Found(kept[key]) for key in sorted(kept) if not _is_told(kept[key], told)]
    return [Found(host.dependency, tuple(problems)), *listed] if problems else listed


def _is_told(one: Dependency, told: "Set[tuple[str, str]]") -> bool:
    """Return whether a bill of materials names the library that a file tells of.

    A file's name seldom tells the version, a bill of materials does: FreeType 2.14.3 is libfreetype.so.6.20.6. Where
    the file tells another version, both are listed.
    """
    is_of_file = one.known_by in {"file name", "string"}
    return is_of_file and any((word, one.pin.version) in told for word in _words(one))


def _words(one: Dependency) -> set[str]:
    """Return what a library is called, without what differs between a project's name and a file's."""
    spelled = (re.sub(r"[^a-z0-9+]", "", each.lower()) for each in f"{one.spelling}/{one.pin.name}".split("/"))
    return {re.sub(r"(?<=[a-z]{3})\d+$", "", each.removeprefix("lib")) for each in spelled if each}


def read(
    path: str, shown: str, tree: "Tree", entry: str, dependency: Dependency, search: "Search | None" = None
) -> list[Found]:
    """Return everything that an installed distribution carries; `entry` is its metadata folder in that at `path`."""
    host, problems = host_of(path, shown, tree, entry, dependency)
    found = of_host(host, search) if host.paths else []
    return [Found(dependency, problems), *found] if problems else found


def stamped(
    path: str, shown: str, entry: str, dependency: Dependency, search: "Search | None" = None
) -> "tuple[list[Found], list[remembered.Stamp]]":
    """Return what `read` does of the disk, and stamps of all files and folders that it comes from."""
    host, problems = host_of(path, shown, DISK, entry, dependency)
    parts = record.parts(host.paths, host.metadata)
    found = of_host(host, search, parts) if host.paths else []
    if problems:
        found = [Found(dependency, problems), *found]
    return found, remembered.stamps(os.path.abspath(path), sorted(_sources(host, parts, searched=bool(search))))


def _sources(host: Host, parts: "Parts", *, searched: bool) -> Iterator[str]:
    """Yield the paths of what would have to change for the host to carry something else, each once."""
    above = f"{host.metadata}/sboms"
    folders = {path.rpartition("/")[0] for path in parts.sboms if path.startswith(f"{above}/")}
    read = {*parts.sboms, *parts.copies, *parts.lists, *parts.wheels, *(parts.libraries if searched else ())}
    yield from {f"{host.metadata}/RECORD", above, *folders, *read}


def host_of(
    path: str, shown: str, tree: "Tree", entry: str, dependency: Dependency
) -> tuple[Host, tuple[Problem, ...]]:
    """Return the distribution with the names of those of its files that may tell what it carries."""
    metadata = f"{entry}/EGG-INFO" if entry.lower().endswith(".egg") else entry
    host = Host(dependency, path, shown, metadata, tree)
    paths, problems = _sboms(host)
    if dependency.origin.kind != "editable":
        recorded, more = _recorded(host)
        paths, problems = [*dict.fromkeys((*paths, *recorded))], (*problems, *more)
    return host._replace(paths=tuple(paths)), problems


def _sboms(host: Host) -> tuple[list[str], tuple[Problem, ...]]:
    """Return the files in the folder of bills of materials and below it; there need not be any."""
    waiting = [f"{host.metadata}/sboms"]
    if not host.tree.is_folder(host.at(waiting[0])):
        return [], ()
    paths: list[str] = []
    faults: dict[str, None] = {}
    for path in waiting:  # which grows
        where = host.at(path)
        if not host.tree.is_folder(where):
            paths.append(path)
        elif host.tree is DISK and os.path.islink(where):  # links to files are what uv installs if asked to
            faults["leads through a link to a folder, which was not followed"] = None
        else:
            try:
                names = sorted(host.tree.names(where))
            except (OSError, ValueError) as error:
                faults[f"cannot be listed ({files.reason(error)})"] = None
                continue
            left = _MOST + 1 - len(waiting)
            waiting += [f"{path}/{name}" for name in names[:left]]
            if len(names) > left:
                faults[f"holds more than {_MOST:,} files, of which the rest was not looked at"] = None
    return paths, tuple(_problem(host, "sboms", what) for what in faults)


def _recorded(host: Host) -> tuple[list[str], tuple[Problem, ...]]:
    """Return the files that RECORD lists and that matter here; packages of a system often have no RECORD."""
    where = host.at(f"{host.metadata}/RECORD")
    if not host.tree.has(where):
        return [], ()
    try:
        paths, astray = record.paths(host.tree.whole(where, record.LIMIT))
    except Unreadable as error:
        return [], (_problem(host, "RECORD", f"{error.what}, so it is not known what {host.dependency.pin} carries"),)
    told = []
    if astray:
        told.append(f"lists {astray} file{'s'[: astray > 1]} outside of the environment, which were not looked at")
    if len(paths) >= record.MOST:
        told.append(f"lists more than {record.MOST:,} libraries, lists and copies; the rest was not looked at")
    return paths, tuple(_problem(host, "RECORD", what) for what in told)


def _problem(host: Host, name: str, what: str) -> Problem:
    place = Place(host.named(f"{host.metadata}/{name}"))
    return Problem("unreadable", what, place, _AGAIN, host.dependency.pin.name)
