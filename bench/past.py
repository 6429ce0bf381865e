"""Real locks of a day gone by, in every format that a fix can change, each made by the tool that owns it.

Newer releases are kept out by that tool's own means. They are made once, and kept in the benchmark's environment.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench import fixing, inputs
from bench.fixing import SETS, Pins, Roots
from bench.tools import Bench

PYTHONS = ">=3.9,<3.11"
"""What the projects are for: releases of that time have wheels for these."""

DEMO = """\
[project]
name = "demo"
version = "0.1.0"
requires-python = "{pythons}"
dependencies = [  # asked for
{lines}]
"""
SOURCE = '[[{table}]]\nname = "index"\nurl = "{index}"\n'


LATER = {
    ("django", "pdm.lock"): "2022-01-03",
    ("django", "Pipfile.lock"): "2022-01-03",
    ("tensorflow", "pdm.lock"): "2022-07-01",
    ("tensorflow", "Pipfile.lock"): "2022-07-01",
}
"""PDM and Pipenv refuse celery of before that day, whose metadata ask for `pytz (>dev)`, and so bleach 5.0.0."""


class Past(NamedTuple):
    """Where a lock is made, of what, and with which interpreter, which lies in an environment of its own."""

    bench: Bench
    folder: Path
    roots: Roots
    python: Path

    def run(self, *words: str, **environ: str) -> str:
        """Return what a program says, started in the folder."""
        seen = {**surroundings(self.bench), **environ}
        return subprocess.run(words, cwd=self.folder, env=seen, check=True, stdout=subprocess.PIPE, text=True).stdout

    def write(self, name: str, text: str) -> None:
        """Write a file of the folder."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def compiled(self, output: str, *options: str) -> Pins:
        """Return the pins of a file that uv compiles from the roots."""
        self.write("requirements.in", _lines(self.roots.wanted))
        newest = ("--exclude-newer", self.roots.day, "--python-version", fixing.PYTHON)
        self.run("uv", "pip", "compile", "--quiet", *newest, *options, "requirements.in", "--output-file", output)
        return fixing.pins((self.folder / output).read_text())

    def days(self) -> int:
        """Return how many days have gone by since."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.roots.day).replace(tzinfo=UTC)).days

    def source(self) -> str:
        """Return the index that a uv.lock names, for the tools that must be told."""
        return inputs.index_of(made(self.bench, self.folder.parent / "index", self.roots, "uv.lock", self.python))


def surroundings(bench: Bench) -> dict[str, str]:
    """Return the environment of the tools, which are found on this machine's own path."""
    environ = fixing.online(bench)
    return {**environ, "PATH": os.pathsep.join((environ["PATH"], os.environ.get("PATH", "")))}


def day_of(name: str, form: str) -> str:
    """Return as of which day a set is locked in a format."""
    return LATER.get((name, form), SETS[name].day)


def made(bench: Bench, folder: Path, roots: Roots, form: str, python: Path) -> Path:
    """Return the folder of a lock, having made it if it is not there yet.

    Raises:
        subprocess.CalledProcessError: a tool failed, and has said why.
    """
    there = folder / form
    told = there / ".made"
    if not told.exists() or told.read_text() != repr(roots):
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir(parents=True)
        sys.stderr.write(f"making an input: {roots}, {form}, as of {roots.day}\n")
        MAKERS[form](Past(bench, there, roots, python))
        told.write_text(repr(roots))
    return there


def _flat(past: Past) -> None:
    past.compiled("requirements.txt", "--no-header", "--no-annotate")
    (past.folder / "requirements.in").unlink()


def _hashed(past: Past) -> None:
    past.compiled("requirements.txt", "--no-header", "--no-annotate", "--generate-hashes")
    (past.folder / "requirements.in").unlink()


def _layered(past: Past) -> None:
    """Make three files: the first root, with the others in a second file, and the pins in a third."""
    past.compiled("constraints.txt", "--no-header", "--no-annotate")
    (past.folder / "requirements.in").unlink()
    past.write("base.txt", f"# what the servers need\n{_lines(past.roots.wanted[1:])}")
    past.write("requirements.txt", f"-r base.txt\n-c constraints.txt\n{past.roots.wanted[0]}  # asked for\n")


def _compiled(past: Past) -> None:
    past.compiled("requirements.txt")


def _uv(past: Past) -> None:
    """Lock with uv, and take the day out of the lock: who locked on that day did not name it."""
    _project(past, past.roots.wanted)
    past.run("uv", "lock", "--quiet", "--exclude-newer", past.roots.day)
    text = (past.folder / "uv.lock").read_text()
    past.write("uv.lock", re.sub(r"\[options\]\n(?:[^\[\n].*\n)+\n", "", text))


def _pylock(past: Past) -> None:
    past.compiled("pylock.toml")


def _pyproject(past: Past) -> None:
    """Write a project without a lock, with exact pins of all roots but those that have a bound."""
    pins = past.compiled("pins.txt", "--no-annotate")
    for name in ("pins.txt", "requirements.in"):
        (past.folder / name).unlink()
    _project(past, [f"{each}=={pins[each.lower()]}" if each.lower() in pins else each for each in past.roots.wanted])


def _poetry(past: Past) -> None:
    more = "\n[tool.poetry]\npackage-mode = false\n\n"
    _project(past, past.roots.wanted, more + SOURCE.format(table="tool.poetry.source", index=past.source()))
    past.run(
        "poetry", "lock", "--no-interaction", "--no-ansi", POETRY_SOLVER_MIN_RELEASE_AGE=str(past.days()),
        POETRY_VIRTUALENVS_CREATE="false", VIRTUAL_ENV=str(past.python.parent.parent),
    )  # fmt: skip


def _pdm(past: Past) -> None:
    """Lock with PDM, which takes what builds need from the same day, unless they do without isolation."""
    _project(past, past.roots.wanted, "\n[tool.pdm]\ndistribution = false\n")
    past.run("pdm", "use", "--skip", ":all", str(past.python), PDM_USE_VENV="0")
    newest = ("--exclude-newer", past.roots.day)
    past.run("pdm", "lock", "--no-isolation", *newest, PDM_CHECK_UPDATE="0", PDM_USE_VENV="0")
    for name in (".pdm-python", ".python-version"):
        (past.folder / name).unlink(missing_ok=True)
    shutil.rmtree(past.folder / "__pypackages__", ignore_errors=True)


def _pipenv(past: Past) -> None:
    """Lock with Pipenv, whose oldest Python is 3.10; its cool-down is no part of what the lock is the lock of."""
    rows = (re.match(r"([\w.-]+)(.*)", each) for each in past.roots.wanted)
    wanted = "".join(f'{row[1].lower()} = "{row[2] or "*"}"\n' for row in rows if row)
    pipfile = SOURCE.format(table="source", index=past.source()) + f"verify_ssl = true\n\n[packages]\n{wanted}"
    pipfile += '\n[dev-packages]\n\n[requires]\npython_version = "3.10"\n'
    past.write("Pipfile", f'{pipfile}\n[pipenv]\ncool-down-period = "{past.days()}d"\n')
    home = past.folder / ".environments"
    past.run("pipenv", "lock", "--python", str(past.python), PIPENV_YES="1", WORKON_HOME=str(home))
    shutil.rmtree(home)
    past.write("Pipfile", pipfile)


def _environment(past: Past) -> None:
    past.compiled("requirements.txt")


MAKERS: dict[str, Callable[[Past], None]] = {
    "requirements.txt": _flat,
    "requirements.txt with hashes": _hashed,
    "requirements.txt with -r and -c": _layered,
    "requirements.in and .txt": _compiled,
    "uv.lock": _uv,
    "pylock.toml": _pylock,
    "pyproject.toml": _pyproject,
    "poetry.lock": _poetry,
    "pdm.lock": _pdm,
    "Pipfile.lock": _pipenv,
    "environment": _environment,
}


def _project(past: Past, wanted: Iterable[str], more: str = "") -> None:
    lines = "".join(f"    {json.dumps(each)},\n" for each in wanted)
    past.write("pyproject.toml", DEMO.format(pythons=PYTHONS, lines=lines) + more)


def _lines(wanted: Iterable[str]) -> str:
    return "".join(f"{each}\n" for each in wanted)
