"""The tools that pipx and `uv tool` installed, each in an environment of its own; nothing of them is started.

pipx: PIPX_HOME/venvs/NAME with a pipx_metadata.json, and PIPX_HOME/shared, whose pip all of them see.
uv: UV_TOOL_DIR/NAME with a uv-receipt.toml.
"""

import os
import sys
from collections.abc import Iterator, Mapping

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Inventory, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.installed import environment, locate
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pip_assay.sources.installed.distribution import Carried

KIND = "environment"
_AGAIN = "install the tool again"
_PIPX_RECORD, _UV_RECORD = "pipx_metadata.json", "uv-receipt.toml"


class _Tool(NamedTuple):
    """One tool's environment, how a person knows it, and who made it."""

    folder: str
    shown: str
    maker: str


def read_tools(
    environ: Mapping[str, str], platform: str = sys.platform, *, carried: "Carried | None" = None
) -> list[Inventory]:
    """Return what is installed with each tool of pipx and uv; one inventory with a problem where there are none.

    `carried` reads what distributions carry, as in `environment.read_paths`.
    """
    pipx, uv = _pipx_homes(environ, platform), _uv_folders(environ, platform)
    tools = list(_tools(pipx, uv))
    if tools:
        return [_read(tool, carried) for tool in tools]
    hint = f"none is in {', '.join(dict.fromkeys((*pipx, *uv)))}; set PIPX_HOME or UV_TOOL_DIR if they are elsewhere"
    return [
        Inventory("tools", KIND, problems=(Problem("empty", "no tool of pipx or uv is here", None, hint, "tools"),))
    ]


def _pipx_homes(environ: Mapping[str, str], platform: str) -> list[str]:
    """Return where pipx keeps its environments, in releases old and new: for this user, and for all (--global)."""
    home = _home(environ)
    named = environ.get("PIPX_HOME")
    if platform == "win32":
        local = environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        usual = [os.path.join(home, "pipx"), os.path.join(local, "pipx", "pipx"), os.path.join(local, "pipx")]
    else:
        usual = [os.path.join(_data(environ, home), "pipx"), os.path.join(home, ".local", "pipx")]
        if platform == "darwin":
            usual.append(os.path.join(home, "Library", "Application Support", "pipx"))
    everybody = [environ.get("PIPX_GLOBAL_HOME") or "/opt/pipx"] if platform != "win32" else []
    return [*([_expanded(named, home)] if named else usual), *everybody]


def _uv_folders(environ: Mapping[str, str], platform: str) -> list[str]:
    home = _home(environ)
    if named := environ.get("UV_TOOL_DIR"):
        return [_expanded(named, home)]
    if platform == "win32":
        roaming = environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
        return [os.path.join(roaming, "uv", "tools"), os.path.join(roaming, "uv", "data", "tools")]
    usual = [os.path.join(_data(environ, home), "uv", "tools")]
    if platform == "darwin":
        usual.append(os.path.join(home, "Library", "Application Support", "uv", "tools"))
    return usual


def _home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")


def _data(environ: Mapping[str, str], home: str) -> str:
    """Return the folder of the user's data (XDG base directory specification: a relative path is none)."""
    named = environ.get("XDG_DATA_HOME", "")
    return named if os.path.isabs(named) else os.path.join(home, ".local", "share")


def _expanded(path: str, home: str) -> str:
    return home + path[1:] if path == "~" or path.startswith(("~/", "~\\")) else path


def _tools(pipx: list[str], uv: list[str]) -> Iterator[_Tool]:
    """Yield the tools of every folder, each once, sorted by name within a folder."""
    seen = set()
    for home in pipx:
        for folder in (*_below(os.path.join(home, "venvs")), os.path.join(home, "shared")):
            is_shared = os.path.basename(folder) == "shared" and os.path.dirname(folder) == home
            if os.path.isdir(folder) and (real := os.path.realpath(folder)) not in seen:
                seen.add(real)
                shown = "libraries shared by tools (pipx)" if is_shared else f"tool {os.path.basename(folder)} (pipx)"
                yield _Tool(folder, shown, "pipx")
    for above in uv:
        for folder in _below(above):
            marks = (os.path.join(folder, name) for name in (_UV_RECORD, "pyvenv.cfg"))
            if any(map(os.path.lexists, marks)) and (real := os.path.realpath(folder)) not in seen:
                seen.add(real)
                yield _Tool(folder, f"tool {os.path.basename(folder)} (uv)", "uv")


def _below(folder: str) -> list[str]:
    """Return the folders in a folder, sorted, without hidden ones: uv's locks and what it is about to rename."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    paths = (os.path.join(folder, name) for name in names if not name.startswith("."))
    return [path for path in paths if os.path.isdir(path)]


def _read(tool: _Tool, carried: "Carried | None") -> Inventory:
    try:
        found = environment.read(locate.at(tool.folder), local=True, carried=carried)
    except Unreadable as error:
        problem = Problem("unreadable", error.what, Place(tool.folder), _AGAIN, tool.shown)
        return Inventory(tool.shown, KIND, problems=(problem,))
    asked, problems = _asked(tool)
    dependencies = tuple(
        each._replace(direct=each.pin.name in asked) if asked and not each.inside else each
        for each in found.dependencies
    )  # fmt: skip
    return found._replace(target=tool.shown, dependencies=dependencies, problems=(*found.problems, *problems))


def _asked(tool: _Tool) -> tuple[set[str], tuple[Problem, ...]]:
    """Return the names that were asked for: the tool itself, and what was added to its environment."""
    path = os.path.join(tool.folder, _PIPX_RECORD if tool.maker == "pipx" else _UV_RECORD)
    if not os.path.exists(path):  # as in the environment of the shared libraries
        return set(), ()
    try:
        content = files.read_bytes(path)
        found = _of_pipx(content) if tool.maker == "pipx" else _of_uv(content)
    except Unreadable as error:
        fault = error.what
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        fault = "cannot be understood"
    else:
        return found, ()
    what = f"{fault}, so it is not known what was asked for"
    return set(), (Problem("unreadable", what, Place(path), _AGAIN, tool.shown),)


def _of_pipx(content: bytes) -> set[str]:
    import json

    record: Any = json.loads(content)
    names = [record["main_package"]["package"], *record.get("injected_packages", {})]
    return {normalise(name) for name in names if name}


def _of_uv(content: bytes) -> set[str]:
    import tomllib

    record: Any = tomllib.loads(content.decode("utf-8-sig"))
    listed = record["tool"]["requirements"]
    return {normalise(each if isinstance(each, str) else each["name"]) for each in listed}
