"""The interpreter of an environment as a dependency like others, from what its files say. Nothing is started.

What the installation itself says counts first; a virtual environment's pyvenv.cfg only remembers what it was made with.
"""

import os
import re
import sys
from collections.abc import Mapping

from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, PYTHON, UNCOVERED, UNKNOWN_PATCH, Dependency, Origin, Pin, Place
from pip_assay.sources.installed import installation
from pip_assay.sources.installed.tree import DISK
from pip_assay.sources.interpreter import packaged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.tree import Tree

_EXACT = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"
# uv names what it installs "cpython-3.11.9-linux-x86_64-gnu", pyenv "versions/3.11.9", Homebrew "python@3.11/3.11.9_1".
_FOLDER = rf"[/\\](?:cpython-({_EXACT})[+-]|(?:versions|python@[\d.]+)[/\\]({_EXACT})(?:_\d+)?(?:[/\\]|$))"


def running() -> Dependency:
    """Return the interpreter that runs us."""
    version = "{}.{}.{}".format(*sys.version_info)
    if sys.version_info.releaselevel != "final":
        version += f"{sys.version_info.releaselevel[0].replace('c', 'rc')}{sys.version_info.serial}"
    name = "cpython" if sys.implementation.name == "cpython" else sys.implementation.name
    return _dependency(name, version, Place(sys.executable or sys.base_prefix), sys.base_prefix)


def of_virtual(
    prefix: str, library: str, lines: Mapping[str, tuple[str, int]], tree: "Tree" = DISK, root: str = ""
) -> Dependency | None:
    """Return the interpreter of a virtual environment; None where neither it nor its installation tells any.

    lines  what its pyvenv.cfg states (installation.venv_lines).
    root   the path of the file system that the environment is in, where that is not the machine's own.
    """
    settings = {key: value for key, (value, _) in lines.items()}
    home, stated = settings.get("home", ""), installation.venv_version(settings)
    library = library or (f"python{'.'.join(stated.split('.')[:2])}" if stated else "")
    name = _implementation(library, f"{settings.get('implementation', '')} {home}")
    # What a distribution's package database says is dear to find, and mostly what pyvenv.cfg says already.
    found = _installed(_around(home, library, root), library, tree, packages=not stated) if home else None
    if found and (found[0].count(".") > 1 or not stated):
        version, place = found
    elif stated:
        key = "version" if settings.get("version") else "version_info"
        version, place = stated, Place(os.path.join(prefix, "pyvenv.cfg"), lines[key][1])
    else:
        return None
    return _dependency(name, version, place, _prefix(home, root))


def of_installation(prefix: str, library: str, tree: "Tree" = DISK) -> Dependency | None:
    """Return the interpreter of an installation: of its library, "python3.11"; None where that is not known."""
    found = _installed((prefix,), library, tree)
    if not found:
        return None
    marks = "graalpy" if tree.has(os.path.join(prefix, "bin", "graalpy")) else ""
    return _dependency(_implementation(library, marks), *found, prefix)


def of_site_folder(path: str, tree: "Tree" = DISK, root: str = "") -> Dependency | None:
    """Return the interpreter that a folder of installed packages belongs to, where its place tells; else None."""
    whole = os.path.abspath(path) if tree is DISK else path
    above, library = os.path.split(os.path.dirname(whole))
    prefix = os.path.dirname(above)
    if os.path.basename(above) not in ("lib", "lib64") or not installation.described(library):
        prefix, library = (above, "") if library == "Lib" else ("", "")
    if not prefix:
        return None
    return at(prefix, library, tree, root)


def at(prefix: str, library: str, tree: "Tree" = DISK, root: str = "") -> Dependency | None:
    """Return the interpreter of the environment with this prefix, virtual or not; None where nothing tells it."""
    try:
        lines = installation.venv_lines(prefix, tree)
    except Unreadable:
        return of_installation(prefix, library, tree)
    return of_virtual(prefix, library, lines, tree, root)


def _installed(
    prefixes: tuple[str, ...], library: str, tree: "Tree", *, packages: bool = True
) -> tuple[str, Place] | None:
    """Return the version of an installation that has one of these prefixes, and what says so; the exactest there is."""
    for prefix in prefixes:
        if library.startswith("pypy"):
            break  # its header states the language's version alone
        version, place = installation.stated_version(prefix, library, tree)
        if version:
            return version.rstrip("+"), place  # "3.13.1+" is built from what comes after 3.13.1
    number = installation.number_of(library)
    for prefix in prefixes:
        if (named := re.search(_FOLDER, prefix)) and _is_of(version := named[1] or named[2], number):
            return version, Place(prefix)
    for prefix in prefixes if number else ():
        found = packaged.by_conda(prefix, number, tree)
        if not found and packages:
            found = packaged.by_system(prefix, number, tree)
        if found:
            return found
    return (number, Place(os.path.join(prefixes[0], "lib", library))) if number else None


def _is_of(version: str, number: str) -> bool:
    """Return whether "3.11.9" is of "3.11"; any is of what is not known."""
    return not number or version.startswith(f"{number}.")


def _prefix(home: str, root: str) -> str:
    """Return the prefix of the installation whose interpreter is in the folder `home`."""
    whole = os.path.join(root, home.lstrip("/")) if root else home
    folder, name = os.path.split(whole.rstrip("/\\"))
    return folder if name in ("bin", "Scripts") else whole


def _around(home: str, library: str, root: str) -> tuple[str, ...]:
    """Return the prefixes that an installation may have, by the folder of its interpreter, which may be a link."""
    plain = _prefix(home, root)
    if root or "\0" in home:  # which no path can hold
        return (plain,)
    real = os.path.realpath(os.path.join(home, library))
    return tuple(dict.fromkeys((plain, _prefix(os.path.dirname(real), ""))))


def _implementation(library: str, marks: str) -> str:
    marks = marks.lower()
    if library.startswith("pypy") or "pypy" in marks:
        return "pypy"
    return "graalpy" if "graalpy" in marks else "cpython"


def _dependency(name: str, version: str, place: Place, prefix: str) -> Dependency:
    skipped = ""
    if name != "cpython":
        skipped = UNCOVERED
    elif version.count(".") < 2:
        skipped = UNKNOWN_PATCH
    # Distributions keep a release for years and put the fixes of later ones into it.
    is_systems = os.path.basename(prefix.rstrip("/")) == "usr"
    origin = Origin("distro") if is_systems else INDEX
    shown = place._replace(file=installation.as_named(place.file))
    return Dependency(Pin(PYTHON, name, version), shown, ("runtime",), origin=origin, skipped=skipped)
