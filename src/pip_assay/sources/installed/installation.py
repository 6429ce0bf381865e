"""The layouts of Python installations on disk: where a prefix keeps what is installed. Nothing is started.

A *library* is the name of the folder below lib that belongs to one Python: "python3.11", "python3.13t", "pypy3.10".
"""

import os
import re
import stat
from collections.abc import Iterable

from pip_assay.errors import Unreadable
from pip_assay.model import Place
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.tree import Tree

_LIBRARY = re.compile(r"(python|pypy)(\d+\.\d+t?)")
_WINDOWS_LIBRARY = r"(?i)python(\d)(\d+)(t?)\.dll"
_BOM = b"\xef\xbb\xbf"
_VENV_VERSION = r"(\d+\.\d+(?:\.\d+)?)(?:\.?(a|b|rc|alpha|beta|candidate)\.?(\d+))?"
_PRE_RELEASES = {"a": "a", "alpha": "a", "b": "b", "beta": "b", "rc": "rc", "candidate": "rc"}
_IMPLEMENTATIONS = {"python": "CPython", "pypy": "PyPy"}


def libraries(prefix: str, tree: "Tree" = DISK) -> list[str]:
    """Return the libraries below a prefix, sorted. On Windows the name of a DLL tells the one."""
    below = [*names_in(os.path.join(prefix, "lib"), tree), *names_in(os.path.join(prefix, "lib64"), tree)]
    found = {name for name in below if _LIBRARY.fullmatch(name)}
    for name in names_in(prefix, tree):
        if name[-4:].lower() == ".dll" and (library := re.fullmatch(_WINDOWS_LIBRARY, name)):
            found.add(f"python{library[1]}.{library[2]}{library[3]}")
    return sorted(found)


def library_of(prefix: str, wanted: str = "", tree: "Tree" = DISK) -> str:
    """Return the prefix's library that is `wanted` ("python3.11", or only "3.11"), or its only one if that is empty.

    Empty where there is none, and where there are several and no telling which.
    """
    found = libraries(prefix, tree)
    if wanted:
        exact = [name for name in found if name.endswith(wanted)]
        found = exact or [name for name in found if name.removesuffix("t").endswith(wanted)]
    return found[0] if len(found) == 1 else ""


def library_named(interpreter: str) -> str:
    """Return the library that an interpreter's file name speaks of, or that of the file it links to, or ""."""
    for name in (os.path.basename(interpreter), os.path.basename(os.path.realpath(interpreter))):
        if found := _LIBRARY.match(name):
            return found[0]
    return ""


def around(interpreter: str) -> tuple[str, str] | None:
    """Return the prefix and the library of an interpreter outside of any virtual environment, or None.

    As Python does it: links are followed, then its own folder and the one above are tried.
    """
    wanted = library_named(interpreter)
    folder = os.path.dirname(os.path.realpath(interpreter))
    for prefix in (folder, os.path.dirname(folder)):
        library = library_of(prefix, wanted)
        if (library or not wanted) and site_folders(prefix, library):
            return prefix, library
    return None


def site_folders(prefix: str, library: str) -> tuple[str, ...]:
    """Return the folders of a prefix that hold distributions, in the order in which its Python looks into them."""
    candidates = ["Lib/site-packages"]  # Windows
    if library.startswith("python3") and os.path.isdir(os.path.join(prefix, "lib/python3/dist-packages")):
        # Debian's own Python uses no site-packages; see its site.py.
        candidates = [f"local/lib/{library}/dist-packages", "lib/python3/dist-packages"]
    elif library:
        candidates = [f"lib/{library}/site-packages", *candidates]
        if not os.path.islink(os.path.join(prefix, "lib64")):
            candidates = [f"lib64/{library}/site-packages", *candidates]
        if not os.path.exists(os.path.join(prefix, "local/lib", library, "os.py")):
            # Fedora's Python in /usr looks into /usr/local first, where no other Python lives.
            local = [f"local/lib64/{library}/site-packages", f"local/lib/{library}/site-packages"]
            candidates = [*local, *candidates, f"local/lib/{library}/dist-packages"]
    if library:
        candidates.append(f"lib/{library}/dist-packages")
    if os.path.isdir(os.path.join(prefix, "lib_pypy")):
        candidates.append("site-packages")  # PyPy before 3.8
    return existing(os.path.join(prefix, *candidate.split("/")) for candidate in candidates)


def existing(folders: Iterable[str]) -> tuple[str, ...]:
    """Return those that are folders, in order; of several names of one folder the first."""
    found: dict[tuple[int, int], str] = {}
    for folder in folders:
        try:
            status = os.stat(folder)
        except (OSError, ValueError):
            continue
        if stat.S_ISDIR(status.st_mode):
            found.setdefault((status.st_dev, status.st_ino), folder)
    return tuple(found.values())


def user_site(prefix: str, library: str) -> tuple[str, ...]:
    """Return the user's own folder for this Python, if it exists and applies, by the rules of the `site` module."""
    found = _LIBRARY.fullmatch(library)
    if found is None or os.environ.get("PYTHONNOUSERSITE"):
        return ()
    chosen = os.environ.get("PYTHONUSERBASE", "")
    if os.name == "nt":
        root = os.path.join(os.environ.get("APPDATA") or "~", "Python")
        below = os.path.join("Python" + found[2].replace(".", ""), "site-packages")
    elif "/Python.framework/" in prefix:
        root, below = f"~/Library/Python/{found[2]}", "lib/python/site-packages"
    else:
        root, below = "~/.local", f"lib/{library}/site-packages"
    return existing([os.path.join(chosen or os.path.expanduser(root), below)])


def number_of(library: str) -> str:
    """Return "3.13" of the library "python3.13t"; empty where that is none."""
    found = _LIBRARY.fullmatch(library)
    return found[2].removesuffix("t") if found else ""


def described(library: str, version: str = "") -> str:
    """Return "CPython 3.11.9" for people; without a version the two numbers that the library's name has."""
    found = _LIBRARY.fullmatch(library)
    return f"{_IMPLEMENTATIONS[found[1]]} {version or found[2]}" if found else ""


def version_of(prefix: str, library: str, tree: "Tree" = DISK) -> str:
    """Return the full version of a prefix's Python as its C header states it; empty where that is not installed."""
    return stated_version(prefix, library, tree)[0]


def stated_version(prefix: str, library: str, tree: "Tree" = DISK) -> tuple[str, Place]:
    """Return what `version_of` does, and the header's place."""
    for name in (library, f"{library}m", ""):  # Python 3.7 and older add an "m"; on Windows there is no such folder
        path = os.path.join(prefix, "include", name, "patchlevel.h")
        try:
            header = tree.start(path)
        except Unreadable:
            continue
        if found := re.search(rb'#define\s+PY_VERSION\s+"([\w.+]+)"', header):
            return found[1].decode(), Place(path, header.count(b"\n", 0, found.start()) + 1)
    return "", Place(prefix)


def legacy_origin(prefix: str, library: str) -> str:
    """Return the prefix that an environment of virtualenv before 20 builds on (it has no pyvenv.cfg), or ""."""
    try:
        stated = DISK.start(os.path.join(prefix, "lib", library, "orig-prefix.txt")) if library else b""
    except Unreadable:
        return ""
    return os.fsdecode(stated.strip())


def venv_settings(prefix: str, tree: "Tree" = DISK) -> dict[str, str]:
    """Return what a virtual environment's pyvenv.cfg states, keys in lower case.

    Raises:
        Unreadable: it is missing, or may not be read.
    """
    return {key: value for key, (value, _) in venv_lines(prefix, tree).items()}


def venv_lines(prefix: str, tree: "Tree" = DISK) -> dict[str, tuple[str, int]]:
    """Return what `venv_settings` does, each value with the number of its line."""
    text = tree.start(os.path.join(prefix, "pyvenv.cfg")).removeprefix(_BOM).decode("utf-8", "replace")
    pairs = ((line.partition("="), number) for number, line in enumerate(text.splitlines(), 1) if "=" in line)
    return {key.strip().lower(): (value.strip(), number) for (key, _, value), number in pairs}


def venv_version(settings: dict[str, str]) -> str:
    """Return the version of Python that a pyvenv.cfg states: "3.11.9", "3.14.0rc2"; empty where it states none.

    venv writes `version`; uv writes `version_info`, and so does virtualenv, as sys.version_info: 3.14.0.candidate.2.
    """
    stated = re.match(_VENV_VERSION, settings.get("version") or settings.get("version_info") or "")
    return stated[1] + (_PRE_RELEASES[stated[2]] + stated[3] if stated[2] else "") if stated else ""


def names_in(folder: str, tree: "Tree" = DISK) -> list[str]:
    """Return the names in a folder; none where it is not a folder or may not be looked into."""
    try:
        return tree.names(folder)
    except (OSError, ValueError):
        return []


def as_named(path: str) -> str:
    """Return the path as a person in the current folder would write it: relative inside of it, else unchanged."""
    current = current_folder()
    whole = os.path.normpath(os.path.join(current, path))
    if whole == current:
        return "."
    inside = current.rstrip(os.sep) + os.sep
    return whole.removeprefix(inside) if whole.startswith(inside) else path


def current_folder() -> str:
    """Return the current folder; the root where it was removed meanwhile."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep
