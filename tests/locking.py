"""A project that the real uv has locked from a folder of tiny wheels, and plans for it made by hand."""

import os
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from pip_assay.fix.formats import uv_lock
from pip_assay.fix.nouns import Change, Edit, Plan, Relaxation, Target
from pip_assay.fix.tools import Tools
from pip_assay.settings import Outside, Settings
from pip_assay.sources.locks import uv_lock as source
from tests.resolving import uv_executable
from tests.wheel_folder import wheel

LINKS = """
[tool.uv]
no-index = true
find-links = ["../links"]
"""


def releases(folder: Path, *texts: str) -> None:
    """Write a wheel for each text: "alpha 1.0", or with what it requires "alpha 1.0: beta>=1, gamma"."""
    for text in texts:
        release, _, requires = text.partition(": ")
        name, version = release.split()
        wheel(folder, name, version, filter(None, requires.split(", ")))


def project(folder: Path, text: str, *, settings: str = LINKS, locked: Iterable[str] = ()) -> str:
    """Write a pyproject.toml and lock it, these releases if they are named; return the path of the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text + settings)
    lock(folder, *(word for each in locked for word in ("-P", each)))
    return str(folder / "uv.lock")


def lock(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the real uv in a project; fail where it does, unless it only checks."""
    command = [uv_executable(), "lock", "--quiet", "--no-python-downloads", *options]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not ended.returncode or "--check" in options, ended.stderr
    return ended


def outside() -> Outside:
    """Return what a test's own environment is."""
    return Outside({**os.environ, "PATH": os.path.dirname(uv_executable())}, os.getcwd(), time.time())


def tools(folder: Path, *, reformat: bool = False, offline: bool = False) -> Tools:
    """Return the tools of a fix of what lies in a folder."""
    return Tools(outside().environ, str(folder), time.monotonic() + 60, offline=offline, reformat=reformat)


def read(path: str) -> Target:
    """Return what a lock holds for a fix."""
    return uv_lock.read(source.read(path), Settings(), outside())


def plan(path: str, *moves: str, relaxed: Iterable[Relaxation] = ()) -> Plan:
    """Return a plan of moves: "alpha 1.0 1.1", "beta - 1.0" for what comes in, "gamma 1.0 -" for what goes.

    A marker may follow: "alpha 1.0 1.1 ; python_full_version < '3.10'".
    """
    changes = []
    for each in moves:
        words, _, marker = each.partition(" ; ")
        name, old, new = (word.strip("-") if word == "-" else word for word in words.split())
        changes.append(Change(name, old, new, marker=marker))
    return Plan(read(path), tuple(changes), relaxed=tuple(relaxed))


def write(edits: Iterable[Edit]) -> None:
    """Write edits as a fix does, but that nothing is proved."""
    for each in edits:
        Path(each.path).write_bytes(each.after)
