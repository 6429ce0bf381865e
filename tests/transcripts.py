"""A command as a person runs it, inside the test's process: its words on stdout and stderr, and its exit code."""

import io
import os
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from pip_assay import net
from pip_assay.cli import main

HERE = Path(__file__).parent
RECORDS = HERE / "records"
PROJECTS = HERE / "projects"
NOW = 1_795_334_400.0  # 2026-11-22T08:00:00Z, two days after the newest record
INDEX = "https://index.example/simple"


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


class Person:
    """Somebody with a copy of one project, who types commands in it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture
        patch.chdir(folder)
        patch.setattr(time, "time", lambda: NOW)
        patch.setattr(net, "public_site", lambda: "https://index.example")
        shutil.copytree(RECORDS, folder / "records")
        patch.setenv("PIP_INDEX_URL", INDEX)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))

    def types(self, *arguments: str) -> Said:
        """Return what `pip-assay ARGUMENTS` says. Paths of this machine are replaced by words."""
        code = main(list(arguments))
        captured = self._capture.readouterr()
        return Said(self._scrubbed(captured.out), self._scrubbed(captured.err), code)

    def _scrubbed(self, text: str) -> str:
        cache = os.environ["PIP_ASSAY_CACHE"]
        return text.replace(str(self.folder), "FOLDER").replace(cache, "CACHE").replace(os.environ["HOME"], "HOME")


def copy(project: str, to: Path) -> Path:
    """Return a copy of one of tests/projects."""
    return Path(shutil.copytree(PROJECTS / project, to / project))


def written(arguments: Sequence[str], said: Said) -> str:
    """Return a transcript: the command, what it printed, its exit code."""
    parts = [f"$ pip-assay {shlex.join(arguments)}\n", said.stdout]
    if said.stderr:
        parts += ["--- stderr\n", said.stderr]
    return "".join([*parts, f"--- exit {said.code}\n"])
