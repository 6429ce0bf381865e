"""Hints: what Dockerfiles and notebooks ask an installer for. They tell what somebody wants, not what is installed.

dockerfile, notebook   file -> scripts      the commands, with the place of every word
shell                  script -> words
installers             words -> what they ask pip, uv, pipx or conda for
wanted                 what they ask for -> dependencies and problems
"""

import re

from pip_assay import files
from pip_assay.model import Inventory, Place, Problem
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.hints import dockerfile, notebook
from pip_assay.sources.hints.shell import Script
from pip_assay.sources.hints.wanted import Wanted
from pip_assay.sources.requirements.lines import decode

KIND = "hints"
DETAIL = "hints: what the file asks for, not what is installed"
LIMIT = 2 * 1024 * 1024
"""Bytes of a Dockerfile, or characters of all commands in a notebook."""

_NAME = r"(?i)(?:dockerfile|containerfile)(?:\..+)?|.+\.(?:dockerfile|containerfile)|.+\.ipynb"


def recognises(name: str) -> bool:
    """Return whether a file of this name holds such hints: Dockerfile, Dockerfile.*, *.Dockerfile, or a notebook."""
    return re.fullmatch(_NAME, name) is not None and not name.lower().endswith(".dockerignore")


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the file asks an installer for. It never raises: what is wrong is a problem."""
    content = bounded_json.read_file(path)
    if isinstance(content, Problem):
        return Inventory(target or path, KIND, problems=(content,), detail=DETAIL)
    return parse(content, path, target=target)


def parse(content: bytes, file: str, *, target: str = "") -> Inventory:
    """Return everything that a file of this name and content asks an installer for."""
    found = _notebook(content, file) if file.lower().endswith(".ipynb") else _dockerfile(content, file)
    if isinstance(found, Problem):
        return Inventory(target or file, KIND, problems=(found,), detail=DETAIL)
    text, scripts = found
    wanted = Wanted(file, text)
    for script in scripts:
        wanted.add(script)
    problems = tuple(wanted.problems)
    if not (problems or wanted.dependencies):
        problems = (Problem("empty", "asks no installer for anything", Place(file), "audit what is installed", file),)
    return Inventory(target or file, KIND, tuple(wanted.dependencies.values()), problems, DETAIL)


def _dockerfile(content: bytes, file: str) -> tuple[str, list[Script]] | Problem:
    if len(content) > LIMIT:
        return Problem("unreadable", f"is larger than {files.size(LIMIT)}", Place(file), "it was not read", file)
    text = decode(content)
    if text is None:
        return Problem("unreadable", "is not a text file", Place(file), "save it as UTF-8 text", file)
    return text, list(dockerfile.scripts(text))


def _notebook(content: bytes, file: str) -> tuple[str, list[Script]] | Problem:
    text = bounded_json.decode(content, file, notebook.HINT)
    if isinstance(text, Problem):
        return text
    found = notebook.scripts(text, file)
    if isinstance(found, Problem):
        return found
    if sum(len(script.text) for script in found) > LIMIT:
        what = f"holds commands of more than {files.size(LIMIT)}"
        return Problem("unreadable", what, Place(file), "they were not read", file)
    return text, found
