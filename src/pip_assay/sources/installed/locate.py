"""Which environment is meant, and where it keeps its distributions. No interpreter is started to find out."""

import os
import re
import sys
from collections.abc import Iterator, Mapping

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Place, Problem
from pip_assay.sources import interpreter
from pip_assay.sources.installed import installation
from pip_assay.values import NamedTuple

as_named = installation.as_named

_INTERPRETER = r"(?i)(?:python|pypy)[\d.]*[a-z]*(?:\.exe)?"
_NAME_ONE = "name a virtual environment, an interpreter or a site-packages folder"
_SITE_FOLDERS = ("site-packages", "dist-packages")
_TOOL_FILES = ("uv-receipt.toml", "pipx_metadata.json")
_TOOL_FOLDER = r"[/\\](pipx[/\\](venvs|\.cache)|\.cache[/\\]pipx|uv[/\\]tools|(archive|builds|environments)-v\d+)[/\\]"


class Environment(NamedTuple):
    """One Python environment on disk.

    folder   its prefix, as a person would name it.
    paths    the folders that hold its distributions, in import order: the first that has a project wins.
    local    those of `paths` that are its own, without what a virtual environment sees of the system and the user.
             Outside of a virtual environment all are, as for `pip list --local`.
    detail   "CPython 3.11.9"; empty where unknown.
    because  why it was chosen; empty where somebody named it.
    interpreter  its Python itself; None where nothing tells which that is.
    """

    folder: str
    paths: tuple[str, ...]
    local: tuple[str, ...]
    detail: str = ""
    because: str = ""
    problems: tuple[Problem, ...] = ()
    interpreter: Dependency | None = None


def default(environ: Mapping[str, str], folder: str) -> Environment:
    """Return the environment that the person is in: the active one, the one of `folder`, else the one that runs us.

    Its problems name an active one that is not there, and pip-assay's own tool environment, which nobody asked about.
    """
    problems: list[Problem] = []
    for path, because in _candidates(environ, folder):
        try:
            chosen = running() if _same(path, sys.prefix) else at(path)
        except Unreadable as error:
            problems.append(_unusable(path, because, error))
        else:
            return chosen._replace(because=because, problems=(*problems, *chosen.problems))
    chosen = running()
    if _is_tool(sys.prefix):
        problems.append(_own(chosen.folder))
    because = "the environment that pip-assay runs in: no other one is active or in this folder"
    return chosen._replace(because=because, problems=(*problems, *chosen.problems))


def _candidates(environ: Mapping[str, str], folder: str) -> Iterator[tuple[str, str]]:
    active = environ.get("VIRTUAL_ENV", "")
    # `uv run --with pip-assay` makes a tool environment and calls it the active one.
    if active and not (_same(active, sys.prefix) and _is_tool(active)):
        yield active, "the active virtual environment (VIRTUAL_ENV)"
    if os.path.isdir(path := os.path.join(folder, ".venv")):
        yield path, "the virtual environment in this folder"
    if os.path.isfile(os.path.join(path := os.path.join(folder, "venv"), "pyvenv.cfg")):
        yield path, "the virtual environment in this folder"
    if conda := environ.get("CONDA_PREFIX", ""):
        yield conda, "the active conda environment (CONDA_PREFIX)"


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _unusable(path: str, meant: str, error: Unreadable) -> Problem:
    hint = "deactivate it or make it again, or name another one with --python"
    if os.path.lexists(path):
        return Problem("unreadable", f"{meant} {error.what}", Place(path), hint, path)
    return Problem("missing", f"{meant} does not exist", Place(path), hint, path)


def _is_tool(prefix: str) -> bool:
    """Return whether pipx, `uv tool` or `uvx` made this environment for one tool's own use."""
    if any(os.path.exists(os.path.join(prefix, name)) for name in _TOOL_FILES):
        return True
    return any(re.search(_TOOL_FOLDER, path + os.sep) for path in (prefix, os.path.realpath(prefix)))


def _own(folder: str) -> Problem:
    what = "this is the environment that pip-assay itself was installed into, not yours"
    hint = "activate yours, or name a target or an interpreter with --python"
    return Problem("own environment", what, None, hint, folder)


def running() -> Environment:
    """Return the environment of the interpreter that runs us, with whatever else it sees on its import path."""
    entries = sys.path
    script = os.path.dirname(os.path.realpath(sys.argv[0]))
    if entries and entries[0] in ("", script, installation.current_folder()) and not sys.flags.safe_path:
        entries = entries[1:]  # where the script is, or with `python -m` where it was started: no part of it
    library = os.path.dirname(os.__file__)
    ours = {library, os.path.join(library, "lib-dynload")}
    paths = installation.existing(path for path in entries if path not in ours)
    name = {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
    return Environment(
        folder=as_named(sys.prefix),
        paths=paths,
        local=paths if sys.prefix == sys.base_prefix else tuple(path for path in paths if _is_inside(path, sys.prefix)),
        detail=f"{name} {sys.version.split()[0]}",
        interpreter=interpreter.running(),
    )


def _is_inside(path: str, prefix: str) -> bool:
    return (os.path.realpath(path) + os.sep).startswith(os.path.realpath(prefix) + os.sep)


def at(path: str) -> Environment:
    """Return the environment that a person names by its folder, its interpreter, or its site-packages folder.

    Raises:
        Unreadable: there is nothing there, or nothing that is an environment.
    """
    if os.path.isdir(path):
        return _of_folder(path)
    if os.path.lexists(path):
        return _of_interpreter(path)
    raise Unreadable("does not exist", path, _NAME_ONE)


def _of_folder(path: str) -> Environment:
    if os.path.isfile(os.path.join(path, "pyvenv.cfg")):
        return _virtual(path)
    name = os.path.basename(os.path.abspath(path))
    if name not in _SITE_FOLDERS:
        library = installation.library_of(path) or _main_library(path)
        if installation.site_folders(path, library):
            return _installed(path, library)
    if name in _SITE_FOLDERS or any(entry.endswith(".dist-info") for entry in installation.names_in(path)):
        above = os.path.basename(os.path.dirname(os.path.abspath(path)))
        found = interpreter.of_site_folder(path)
        return Environment(as_named(path), (path,), (path,), installation.described(above), interpreter=found)
    if several := installation.libraries(path):
        raise Unreadable(f"holds several Pythons ({', '.join(several)})", path, "name the interpreter of one of them")
    raise Unreadable("is not a Python environment", path, _NAME_ONE)


def _main_library(prefix: str) -> str:
    """Return which of several libraries is that of the interpreter called plainly `python3`."""
    for name in ("python3", "python"):
        if library := installation.library_named(os.path.join(prefix, "bin", name)):
            return installation.library_of(prefix, library)
    return ""


def _of_interpreter(path: str) -> Environment:
    folder = os.path.dirname(os.path.abspath(path))
    names = (os.path.basename(path), os.path.basename(os.path.realpath(path)))
    if not any(re.fullmatch(_INTERPRETER, name) for name in names):
        raise Unreadable("is not a Python interpreter", path, _NAME_ONE)
    # As Python does: beside its own name, before links are followed, for those lead out of the environment.
    for prefix in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
            return _virtual(prefix)
    if files.read_start(path, until=b"\n").startswith(b"#!"):
        hint = "name the interpreter itself (`pyenv which python` prints it)"
        raise Unreadable("is a script that starts some interpreter", path, hint)
    if found := installation.around(path):
        return _installed(*found)
    raise Unreadable("has no site-packages folder of its own around it", path, _NAME_ONE)


def _installed(prefix: str, library: str) -> Environment:
    own = installation.site_folders(prefix, library)
    built_on = installation.legacy_origin(prefix, library)
    python = interpreter.of_installation(built_on or prefix, library)
    detail = installation.described(library, python.pin.version if python else "")
    environment = Environment(as_named(prefix), own, own, detail, interpreter=python)
    if not built_on:
        paths = (*installation.user_site(prefix, library), *own)
        return environment._replace(paths=paths, local=paths)
    if os.path.exists(os.path.join(prefix, "lib", library, "no-global-site-packages.txt")):
        return environment
    system = (*installation.user_site(prefix, library), *installation.site_folders(built_on, library))
    return environment._replace(paths=installation.existing((*own, *system)))


def _virtual(prefix: str) -> Environment:
    """Return what a folder's pyvenv.cfg says, as Python's `site` module reads it."""
    lines = installation.venv_lines(prefix)
    settings = {key: value for key, (value, _) in lines.items()}
    version = installation.venv_version(settings)
    number = ".".join(version.split(".")[:2])
    library = installation.library_of(prefix, number) or installation.library_of(prefix)
    own = installation.site_folders(prefix, library)
    if not own:
        raise Unreadable("is a virtual environment without a site-packages folder", prefix, "make it again")
    python = interpreter.of_virtual(prefix, library, lines)
    detail = _described(library or f"python{number}", version, python)
    environment = Environment(as_named(prefix), own, own, detail, interpreter=python)
    if settings.get("include-system-site-packages", "true").lower() == "true":
        return _with_system(environment, settings.get("home", ""), library)
    return environment


def _described(library: str, stated: str, python: Dependency | None) -> str:
    """Return which Python a virtual environment has; one that was made with another release says so."""
    version = python.pin.version if python else stated
    detail = installation.described(library, version)
    return f"{detail}; pyvenv.cfg still says {stated}" if detail and stated and stated != version else detail


def _with_system(environment: Environment, home: str, library: str) -> Environment:
    """Return a virtual environment together with what it sees of the user and of the installation in `home`."""
    for name in (library, "python3", "python", "python.exe", "pypy3"):
        started = os.path.join(home, name)
        if name and os.path.isfile(started) and (found := installation.around(started)):
            seen = (*environment.paths, *installation.user_site(*found), *installation.site_folders(*found))
            return environment._replace(paths=installation.existing(seen))
    what = "the installation that this virtual environment builds on, and sees the packages of, does not exist"
    problem = Problem("missing", what, Place(home), "make the environment again", environment.folder)
    return environment._replace(problems=(problem,))
