"""One installed distribution, read from the metadata that its installer left in a site-packages folder."""

import os

from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, PYPI, Dependency, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.installed import direct_url
from pip_assay.sources.installed.locate import as_named
from pip_assay.sources.installed.metadata import Metadata, parse, parse_file_name, parse_requires
from pip_assay.sources.installed.tree import DISK
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from pip_assay.sources.installed.tree import Tree

    Owner = Callable[[str, str], str]

    class Carried(Protocol):
        """Reads what distributions carry, and what their interpreter does (bundled.Reader)."""

        def __call__(self, path: str, shown: str, tree: Tree, hosts: Sequence[tuple[str, "Found"]], /) -> list["Found"]:
            """Return what the distributions of one folder carry, in their order."""

        def of_interpreter(self, prefix: str, interpreter: Dependency, /) -> list["Found"]:
            """Return what the interpreter of the environment with this prefix carries."""


LEFT_EMPTY = "its metadata folder is empty"
NO_VERSION = "no version in its metadata"
_AGAIN = "install it again"


class Folder(NamedTuple):
    """A site-packages folder: its path in a tree, how it is shown, and whether the system's own packages fill it.

    owner  tells from the path of a distribution's metadata and its INSTALLER which package of the system brought it,
           "" for none; None where nobody knows, and INSTALLER and `distro` have to tell.
    """

    path: str
    shown: str
    distro: bool = False
    tree: "Tree" = DISK
    owner: "Owner | None" = None


class Found(NamedTuple):
    """A distribution, and what could not be read of it."""

    dependency: Dependency
    problems: tuple[Problem, ...] = ()


def dist_info(folder: Folder, entry: str, stem: str) -> Found:
    """Return what a *.dist-info folder says ("Recording installed projects", and PEP 610)."""
    inside = f"{folder.path}{os.sep}{entry}{os.sep}"
    shown = f"{folder.shown}{os.sep}{entry}{os.sep}"
    metadata, problems = _metadata(folder.tree, f"{inside}METADATA", f"{shown}METADATA", stem)
    if problems and _is_empty(folder.tree, inside):
        return _left_empty(metadata, shown)
    # To ask for three files costs a third of listing the folder.
    requested = folder.tree.has(f"{inside}REQUESTED")
    installer = _installer(folder.tree, f"{inside}INSTALLER")
    # "conda" stays with the index: what conda packages of an index's project is that project's release.
    owned = _system_origin(folder, entry, installer)
    origin: Origin | None = owned
    if not owned.location and folder.tree.has(f"{inside}direct_url.json"):
        origin = _direct_origin(folder.tree, f"{inside}direct_url.json")
    if origin is None:
        what = "cannot be understood, so it is not known where this distribution came from"
        place = Place(f"{shown}direct_url.json")
        problems += (Problem("unreadable", what, place, _AGAIN, metadata.name),)
    return _found(metadata, f"{shown}METADATA", origin or direct_url.UNKNOWN, problems, _direct(requested, installer))


def _system_origin(folder: Folder, entry: str, installer: str = "") -> Origin:
    """Return "distro" where a package of the operating system brought the distribution, else the index."""
    if folder.owner and (owner := folder.owner(f"{folder.path}{os.sep}{entry}", installer)):
        return Origin("distro", owner)
    guessed = folder.distro and not installer and not folder.owner
    return Origin("distro") if guessed or installer in ("debian", "rpm") else INDEX


def _direct(requested: bool, installer: str) -> bool | None:
    """Return whether somebody asked for it by name. uv marks all that it installs, so its marks tell nothing."""
    if installer == "uv":
        return None
    return True if requested else False if installer == "pip" else None


def egg_info(folder: Folder, entry: str, stem: str) -> Found:
    """Return what a *.egg-info says: a folder with PKG-INFO in it, or a file that is the PKG-INFO."""
    origin = _system_origin(folder, entry)
    return _egg(folder, os.path.join(folder.path, entry), os.path.join(folder.shown, entry), stem, origin)


def egg(folder: Folder, entry: str, stem: str) -> Found:
    """Return what a *.egg holds: a folder with EGG-INFO in it, or a zip, whose name says enough."""
    path, shown = os.path.join(folder.path, entry), os.path.join(folder.shown, entry)
    if folder.tree.is_folder(path):
        origin = _system_origin(folder, entry)
        return _egg(folder, os.path.join(path, "EGG-INFO"), os.path.join(shown, "EGG-INFO"), stem, origin)
    return _found(parse_file_name(stem), shown, _system_origin(folder, entry))


def egg_link(folder: Folder, entry: str, stem: str) -> Found:
    """Return the source tree that a *.egg-link (of `setup.py develop`) points at: its first line is the path."""
    try:
        content = folder.tree.start(os.path.join(folder.path, entry))
        sources = os.path.join(folder.path, os.fsdecode(content.split(b"\n")[0].strip()))
        for name in sorted(folder.tree.names(sources)):
            if name.endswith(".egg-info") and normalise(name.removesuffix(".egg-info")) == normalise(stem):
                path = os.path.join(sources, name)
                return _egg(folder, path, as_named(path), stem, Origin("editable", sources))
        fault = "points at a source tree without metadata"
    except (Unreadable, OSError, ValueError):
        fault = "points at a source tree that cannot be read"
    shown = os.path.join(folder.shown, entry)
    problem = Problem("unreadable", fault, Place(shown), _AGAIN, stem)
    return _found(Metadata(stem), shown, Origin("editable"), (problem,))


READERS = {"dist-info": dist_info, "egg-info": egg_info, "egg": egg, "egg-link": egg_link}


def _egg(folder: Folder, path: str, shown: str, stem: str, origin: Origin) -> Found:
    if not folder.tree.is_folder(path):
        metadata, problems = _metadata(folder.tree, path, shown, stem)
        return _found(metadata, shown, origin, problems)
    shown = os.path.join(shown, "PKG-INFO")
    metadata, problems = _metadata(folder.tree, os.path.join(path, "PKG-INFO"), shown, stem)
    requires = os.path.join(path, "requires.txt")
    if not metadata.requires and folder.tree.has(requires):
        try:
            metadata = metadata._replace(requires=parse_requires(folder.tree.start(requires)))
        except Unreadable as error:
            what = f"{error.what}, so it is not known what this distribution depends on"
            problems += (Problem("unreadable", what, Place(shown), _AGAIN, metadata.name),)
    return _found(metadata, shown, origin, problems)


def _metadata(tree: "Tree", path: str, shown: str, stem: str) -> tuple[Metadata, tuple[Problem, ...]]:
    """Return what METADATA or PKG-INFO states; what it does not, its folder's name tells, and that is a problem."""
    stated, fault = Metadata(), ""
    try:
        stated = parse(tree.start(path, until=b"\n\n"))
    except Unreadable as error:
        fault = error.what
    if stated.name and stated.version:
        return stated, ()
    named = parse_file_name(stem)
    completed = stated._replace(name=stated.name or named.name or stem, version=stated.version or named.version)
    if completed == stated:
        return stated, ()
    fault = fault or ("states no version" if stated.name else "states no name")
    what = f"{fault}, so what the name of its folder tells was taken"
    return completed, (Problem("unreadable", what, Place(shown), _AGAIN, completed.name),)


def _found(
    metadata: Metadata, shown: str, origin: Origin, problems: tuple[Problem, ...] = (), direct: bool | None = None
) -> Found:
    place = Place(shown, metadata.line)
    skipped = "" if metadata.version else NO_VERSION
    if skipped:
        problems += (Problem("unpinned", "has no version, so it was not audited", place, _AGAIN, metadata.name),)
    pin = Pin(PYPI, normalise(metadata.name), metadata.version)
    dependency = Dependency(
        pin, place, (), metadata.requires, direct, origin, skipped=skipped, spelling=metadata.name
    )  # fmt: skip
    return Found(dependency, problems)


def _is_empty(tree: "Tree", path: str) -> bool:
    try:
        return not tree.names(path)
    except OSError:
        return False


def _left_empty(metadata: Metadata, shown: str) -> Found:
    """An uninstall that did not finish leaves the folder; whether the code is still there cannot be told."""
    found = _found(metadata, shown, INDEX)
    what = "this metadata folder is empty, so it cannot be told whether the distribution is installed"
    problem = Problem("unreadable", what, Place(shown), "remove the folder, or install it again", metadata.name)
    return Found(found.dependency._replace(skipped=LEFT_EMPTY), (problem,))


def _installer(tree: "Tree", path: str) -> str:
    try:
        return tree.start(path).decode("utf-8", "replace").strip().lower()
    except Unreadable:
        return ""


def _direct_origin(tree: "Tree", path: str) -> Origin | None:
    try:
        return direct_url.origin(tree.start(path))
    except Unreadable:
        return None
