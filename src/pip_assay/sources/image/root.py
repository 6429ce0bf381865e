"""What is installed in a whole file system: an inventory for each Python environment in it."""

import os
import re
from collections.abc import Collection, Iterable, Iterator

from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Inventory, Place, Problem
from pip_assay.sources import interpreter
from pip_assay.sources.image import owners
from pip_assay.sources.image.system import Rooted
from pip_assay.sources.image.walk import METADATA, Found, walk
from pip_assay.sources.installed import installation
from pip_assay.sources.installed.environment import read_paths, with_interpreter
from pip_assay.sources.installed.locate import as_named
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.bundled import Reader
    from pip_assay.sources.image.system import System
    from pip_assay.sources.installed.distribution import Owner

KIND = "environment"
ROOT_KIND = "file system"

_LAYOUTS = (
    re.compile(r"(.*)/lib(?:64|32)?/((?:python|pypy)\d(?:[.\d]*t?))/(?:site|dist)-packages"),
    re.compile(r"(.*)/[Ll]ib/(?:site-packages)()"),  # Windows
    re.compile(r"(.*)/site-packages()"),  # PyPy of old
)
_CONDA_PYTHON = re.compile(r"python-(\d[^-]*)-[^-]+\.json")
_NOT_MODULES = ("__pycache__", "README", "README.txt")


class Group(NamedTuple):
    """The folders of one environment: its prefix and library where the layout tells them, else the folder alone."""

    prefix: str
    library: str
    paths: tuple[str, ...]


def read_root(folder: str, *, carried: "Reader | None" = None) -> list[Inventory]:
    """Return what is installed below a folder that holds a whole file system, an inventory for each environment.

    Links are followed as if the folder were the root of the machine, never out of it. One more inventory, of the
    folder itself, comes first where something was passed over or could not be looked at. `carried` reads what the
    distributions and interpreters carry; without it, that and the interpreters are left out.
    """
    if not os.path.isdir(folder):
        what = "is not a folder" if os.path.lexists(folder) else "does not exist"
        hint = "name the folder of an unpacked image or file system"
        gap: Gap = "unreadable" if os.path.lexists(folder) else "missing"
        return [Inventory(folder, ROOT_KIND, problems=(Problem(gap, what, Place(folder), hint, folder),))]
    return read(Rooted(folder), ROOT_KIND, carried=carried)


def read(
    system: "System",
    kind: str,
    notes: Iterable[str] = (),
    problems: Iterable[Problem] = (),
    carried: "Reader | None" = None,
) -> list[Inventory]:
    """Return the inventories of a file system; `notes` and `problems` are of it as a whole."""
    found = walk(system)
    owner = owners.read(system) if found.sites or found.strays else None
    environments, without = [], []
    copies: set[str] = set()
    for group in _groups(found, system):  # each after those above it
        one = _environment(group, found, system, owner, carried)
        if one.dependencies and copies.issuperset(each.place.file for each in one.dependencies if not each.inside):
            continue
        copies |= {each.place.file for each in one.dependencies if each.inside and each.known_by == "metadata"}
        if one.dependencies or any(problem.gap != "empty" for problem in one.problems):
            environments.append(one)
        elif _holds_modules(group, system):
            without.append(as_named(group.paths[0]))
    every = [*problems, *found.problems]
    target = as_named(system.root)
    if not environments and not every:
        every.append(Problem("empty", "holds no installed Python distribution", None, "name another root", target))
    unread = [path for path in found.carried if not _is_read(path, system, copies)]
    said = [*notes, *_passed_over(found, without, unread)]
    if not (said or every):
        return environments
    return [Inventory(target, kind, problems=tuple(every), detail="; ".join(said)), *environments]


def _groups(found: Found, system: "System") -> list[Group]:
    """Return the site folders by the environment that they belong to, and the other folders each by itself."""
    by_python: dict[tuple[str, str], list[str]] = {}
    for path in found.sites:
        by_python.setdefault(_python_of(path, system), []).append(path)
    groups = [
        Group(prefix, library, tuple(sorted(paths, key=lambda path: (f"{os.sep}lib64{os.sep}" not in path, path))))
        for (prefix, library), paths in by_python.items()
    ]
    return sorted([*groups, *(Group(path, "", (path,)) for path in found.strays)], key=lambda group: group.paths)


def _python_of(path: str, system: "System") -> tuple[str, str]:
    """Return the prefix and the library of a site folder, by the layouts of `installation`; else itself and ""."""
    whole = system.inside(path)
    for layout in _LAYOUTS:
        if match := layout.fullmatch(whole):
            return os.path.join(system.root, *match[1].split("/")) if match[1] else system.root, match[2]
    return path, ""


def _environment(
    group: Group, found: Found, system: "System", owner: "Owner | None", carried: "Reader | None"
) -> Inventory:
    is_whole = group.prefix in found.virtual or group.prefix in found.conda
    target = as_named(group.prefix) if is_whole else ""
    inventory = read_paths(group.paths, target=target, tree=system, owner=owner, carried=carried)
    if carried and group.prefix not in found.strays:
        inventory = _with_interpreter(inventory, group, system, carried)
    return inventory._replace(detail=_detail(group, found, system))


def _with_interpreter(inventory: Inventory, group: Group, system: "System", carried: "Reader") -> Inventory:
    """Return an environment with its interpreter, and what that carries.

    Of a folder that holds nothing, nobody knows whether there is an interpreter, unless its files tell which.
    """
    library = group.library if "." in group.library else _library_beside(group.prefix, system)
    prefix = group.prefix
    above = os.path.dirname(prefix)
    if library and not _is_home(prefix, library, system) and _is_home(above, library, system):
        prefix = above  # what is in /usr/local may be of the Python in /usr
    one = interpreter.at(prefix, library, system, system.root)
    if not one or (one.skipped and not inventory.dependencies):
        return inventory
    problems = tuple(each for each in inventory.problems if each.gap != "empty")
    inside = carried.of_interpreter(prefix, one, system, system.root)
    return with_interpreter(inventory._replace(problems=problems), one, inside)


def _is_home(prefix: str, library: str, system: "System") -> bool:
    """Return whether the standard library of a Python is below a prefix."""
    return any(system.has(os.path.join(prefix, each, library, "os.py")) for each in ("lib", "lib64"))


def _detail(group: Group, found: Found, system: "System") -> str:
    """Return which Python an environment is of, as far as its files tell."""
    library = group.library
    if group.prefix in found.virtual:
        try:
            version = installation.venv_version(installation.venv_settings(group.prefix, system))
        except Unreadable:
            version = ""
        return installation.described(library or f"python{'.'.join(version.split('.')[:2])}", version)
    if group.prefix in found.conda:
        names = installation.names_in(os.path.join(group.prefix, "conda-meta"), system)
        versions = [match[1] for name in sorted(names) if (match := _CONDA_PYTHON.fullmatch(name))]
        python = f"CPython {versions[0]}" if versions else installation.described(library)
        return f"{python}, conda" if python else "conda"
    if group.prefix in found.strays:
        return "outside of any environment"
    library = library if "." in library else _library_beside(group.prefix, system)
    return installation.described(library, installation.version_of(group.prefix, library, system))


def _library_beside(prefix: str, system: "System") -> str:
    """Return the one Python that a prefix has, where a site folder's own name does not tell (Debian, Windows)."""
    found = installation.libraries(prefix, system)
    return found[0] if len(found) == 1 else ""


def _holds_modules(group: Group, system: "System") -> bool:
    return any(
        name not in _NOT_MODULES for path in group.paths for name in installation.names_in(path, system)
    )  # fmt: skip


def _is_read(path: str, system: "System", copies: Collection[str]) -> bool:
    """Return whether all distributions in a folder are among those that others carry, by the places of these."""
    folders = {os.path.dirname(each) for each in copies}
    entries = [name for name in installation.names_in(path, system) if name.endswith(METADATA)]
    return folders.issuperset(os.path.join(as_named(path), name) for name in entries)


def _passed_over(found: Found, without: list[str], unread: Iterable[str]) -> Iterator[str]:
    """Yield what was met and not read, and why, each with where it is."""
    for paths, what in (
        (without, "no metadata of distributions in"),
        ([as_named(path) for path in found.caches], "not installed, so not read: the cache"),
        ([as_named(path) for path in unread], "not read: the copies carried in"),
    ):
        if paths:
            yield f"{what} {paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
