"""The wheels from which an interpreter's own ensurepip installs pip (as `python -m venv` does), as a part of it."""

import os

from pip_assay.errors import Unreadable
from pip_assay.sources.installed import installation
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pip_assay.model import Dependency
    from pip_assay.sources.installed.tree import Tree

_ENSUREPIP = "ensurepip"
_FOLDERS = ("ensurepip/_bundled", "../../share/python-wheels", "../python/ensurepip")
"""Where the wheels are, from the standard library: Python's own place; those of Debian and Fedora, and of Gentoo, which
set WHEEL_PKG_DIR (https://docs.python.org/3/using/configure.html)."""


def read(library: str, shown: str, interpreter: "Dependency", tree: "Tree" = DISK) -> list[Found]:
    """Return what the wheels of ensurepip are, and what those carry themselves; nothing where there is no ensurepip.

    library      the folder of the standard library, as `library_of` returns it; `shown` is how people see it.
    interpreter  what carries them: the dependency whose pin is Pin(PYTHON, "cpython", "3.11.9").
    """
    from pip_assay.sources.bundled import embedded, vendored
    from pip_assay.sources.bundled.nouns import Host

    below, names = _wheels(library, tree)
    host = Host(interpreter, _joined(library, below), _joined(shown, below), "", tree, tuple(names))
    return list(vendored.each_of(host, names, embedded.reader()))


def files(library: str, tree: "Tree" = DISK) -> list[str]:
    """Return the paths of all that `read` reads, sorted: what it returns holds as long as these stay as they are."""
    below, names = _wheels(library, tree)
    return [os.path.join(_joined(library, below), name) for name in names]


def folders(library: str) -> list[str]:
    """Return the folders in which the wheels may be, whether they exist or not."""
    return [_joined(library, below) for below in _FOLDERS]


def library_of(prefix: str, wanted: str = "", tree: "Tree" = DISK, root: str = "") -> str:
    """Return the folder of the standard library, with ensurepip in it, of an environment's Python; empty for none."""
    return located(prefix, wanted, tree, root)[1]


def located(prefix: str, wanted: str = "", tree: "Tree" = DISK, root: str = "") -> tuple[str, str]:
    """Return the prefix of the installation that an environment's Python is of, and the folder of its library.

    The second is empty where it has no ensurepip, the first where it is not known.

    prefix  of an installation, or of a virtual environment, whose own Python is in the installation that it builds on.
    wanted  which Python of an installation with several is meant: "python3.11", or "3.11".
    root    the path of the file system that the environment is in, where that is not the machine's own.
    """
    try:
        settings = installation.venv_settings(prefix, tree)
    except Unreadable:
        prefixes: tuple[str, ...] = (prefix,)
    else:
        wanted = wanted or ".".join(installation.venv_version(settings).split(".")[:2])
        prefixes = _installations(settings.get("home", ""), wanted, root)
    for each in prefixes:
        for folder in _libraries(each, wanted, tree):
            if tree.is_folder(os.path.join(folder, _ENSUREPIP)):
                return each, folder
    return next((each for each in prefixes if tree.is_folder(each)), ""), ""


def _libraries(prefix: str, wanted: str, tree: "Tree") -> "Iterator[str]":
    """Yield the folders that the standard library may be in; that of a name is there without a look for others."""
    if wanted[:1].isalpha():
        yield os.path.join(prefix, "lib", wanted)
    if name := installation.library_of(prefix, wanted, tree):
        yield from (os.path.join(prefix, above, name) for above in ("lib", "lib64"))
    yield os.path.join(prefix, "Lib")


def _installations(home: str, wanted: str, root: str) -> tuple[str, ...]:
    """Return the prefixes that the installation with its interpreter in the folder `home` may have."""
    if not home or "\0" in home:
        return ()
    if root:
        return (_above(os.path.join(root, home.lstrip("/"))),)
    name = wanted if wanted[:1].isalpha() else "python3"
    real = os.path.realpath(os.path.join(home, name))  # Homebrew's folder of interpreters is all links
    return (_above(home), _above(os.path.dirname(real)))


def _above(folder: str) -> str:
    """Return the prefix whose interpreter is in a folder: on Windows that folder itself."""
    above, name = os.path.split(folder.rstrip("/\\"))
    return above if name == "bin" else folder


def _wheels(library: str, tree: "Tree") -> tuple[str, list[str]]:
    """Return the folder of ensurepip's wheels, seen from the library, and their names, sorted."""
    if tree.is_folder(os.path.join(library, _ENSUREPIP)):
        for below in _FOLDERS:
            names = installation.names_in(_joined(library, below), tree)
            if wheels := sorted(name for name in names if name.endswith(".whl")):
                return below, wheels
    return "", []


def _joined(library: str, below: str) -> str:
    return os.path.normpath(os.path.join(library, *below.split("/")))
