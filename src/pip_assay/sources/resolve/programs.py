"""Which program is asked: uv, else pip, and never one that lies in what is audited."""

import os
import sys
from collections.abc import Mapping

from pip_assay.sources.resolve.nouns import Resolver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.resolve.uv import Uv


def find(environ: Mapping[str, str], folder: str) -> Resolver | None:
    """Return the resolver to ask: the `uv` on PATH, else the one installed beside pip-assay, else pip."""
    if uv := find_uv(environ, folder):
        return uv
    if where := _pip():
        from pip_assay.sources.resolve.pip import Pip

        return Pip(where, search_path(environ, folder))
    return None


def find_uv(environ: Mapping[str, str], folder: str) -> "Uv | None":
    """Return the `uv` on PATH, else the one installed beside pip-assay; None where there is none."""
    safe = search_path(environ, folder)
    if executable := on_path(safe, "uv") or installed_uv():
        from pip_assay.sources.resolve.uv import Uv

        return Uv(executable, safe)
    return None


def search_path(environ: Mapping[str, str], folder: str) -> str:
    """Return PATH without the places whose programs may be part of what is audited.

    Those are relative places, the active environment, and `folder` unless it is the user's home or above it; what
    pip-assay itself runs from stays.
    """
    home = os.path.realpath(os.path.expanduser("~"))
    barred = [os.path.realpath(environ[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(name)]
    folder = os.path.realpath(folder)
    if not _inside(home, folder):
        barred.append(folder)
    kept = []
    for entry in environ.get("PATH", "").split(os.pathsep):
        real = os.path.realpath(entry)
        own = _inside(real, os.path.realpath(sys.prefix))
        if os.path.isabs(entry) and (own or not any(_inside(real, each) for each in barred)):
            kept.append(entry)
    return os.pathsep.join(kept)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def on_path(search: str, name: str) -> str:
    """Return the program of that name in the folders of a search path; empty where there is none."""
    # Not shutil.which: it costs 5 ms to import, and on Windows it looks in the current folder first.
    for folder in search.split(os.pathsep):
        path = os.path.join(folder, f"{name}.exe" if sys.platform == "win32" else name)
        if folder and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def installed_uv() -> str:
    """Return the executable of the `uv` package, which the extra "resolve" installs."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, OSError):
        return ""


def _pip() -> str:
    """Return the folder or wheel that holds pip: of this interpreter, else the one that its `ensurepip` brings."""
    import importlib.util
    import sysconfig

    found = importlib.util.find_spec("pip")
    if found and found.origin:
        return os.path.dirname(os.path.dirname(found.origin))
    bundled = importlib.util.find_spec("ensurepip")
    places = [sysconfig.get_config_var("WHEEL_PKG_DIR")]
    if bundled and bundled.origin:
        places.append(os.path.join(os.path.dirname(bundled.origin), "_bundled"))
    for place in places:
        names = os.listdir(place) if place and os.path.isdir(place) else []
        for name in sorted(names, reverse=True):
            if name.startswith("pip-") and name.endswith(".whl"):
                return os.path.join(str(place), name)
    return ""
