"""Which settings file holds for a folder, and whether there is any: most runs have none, and load nothing more.

A project's settings stand in `pip-assay.toml`, or under `[tool.pip-assay]` in `pyproject.toml`; the former wins where
a folder has both. The nearest file upward holds, and no other: a part of a monorepo with a file of its own is on its
own. The search ends at the top of the repository, and skips shared folders, such as /tmp, where anybody may put one.
"""

import codecs
import os
import re
import stat
from collections.abc import Mapping

from pip_assay import files

OWN = "pip-assay.toml"
PYPROJECT = "pyproject.toml"
LIMIT = 4 * 1024 * 1024
_VARIABLES = ("PIP_ASSAY_", "PIP_AUDIT_")
_ELSEWHERE = frozenset({"PIP_ASSAY_CACHE", "PIP_ASSAY_DB", "PIP_ASSAY_MAX_DB_AGE"})
"""Variables that options read themselves, for any command."""

_NAME = b"pip-assay"
_TABLE = (
    rb"""^[ \t]*(?:\[\[?[ \t]*["']?tool["']?[ \t]*(?:\.[ \t]*["']?pip-assay|\])"""
    rb"""|["']?tool["']?[ \t]*(?:\.[ \t]*["']?pip-assay|=))"""
)
"""A header or key under which the settings may stand."""


def is_silent(environ: Mapping[str, str], folder: str, config: str = "", *, no_config: bool = False) -> bool:
    """Return whether no settings file and no variable says anything about a run in this folder."""
    if config or any(name.startswith(_VARIABLES) and name not in _ELSEWHERE and environ[name] for name in environ):
        return False
    return no_config or not (os.path.isfile(user_file(environ)) or nearest(folder))


def user_file(environ: Mapping[str, str]) -> str:
    """Return where the user's own settings file is, whether or not it is there."""
    return os.path.join(files.config_folder(environ), OWN)


def nearest(folder: str) -> str:
    """Return the file that holds settings for a folder, the folder's own or the nearest above; empty for none."""
    folder = os.path.abspath(folder)
    while True:
        found = _in(folder)
        above = os.path.dirname(folder)
        if found or above == folder or os.path.exists(os.path.join(folder, ".git")):
            return found
        folder = above


def _in(folder: str) -> str:
    own, pyproject = os.path.join(folder, OWN), os.path.join(folder, PYPROJECT)
    if os.path.isfile(own):
        found = own
    elif os.path.isfile(pyproject) and _speaks_of_us(pyproject):
        found = pyproject
    else:
        return ""
    mode = os.stat(folder).st_mode if os.name == "posix" else 0
    return "" if mode & stat.S_IWOTH and mode & stat.S_ISVTX else found


def _speaks_of_us(path: str) -> bool:
    """Return whether a pyproject.toml holds settings of ours: most do not, and are not parsed for it."""
    from pip_assay.errors import Unreadable

    try:
        content = files.read_bytes(path, LIMIT)
    except Unreadable:
        return True  # then reading it says why it cannot be
    content = content.removeprefix(codecs.BOM_UTF8)
    if _NAME not in content or not re.search(_TABLE, content, re.MULTILINE):
        return False
    import tomllib

    try:
        tool = tomllib.loads(content.decode()).get("tool")
    except (ValueError, RecursionError):
        return True
    return isinstance(tool, dict) and "pip-assay" in tool
