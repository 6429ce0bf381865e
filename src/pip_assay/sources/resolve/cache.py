"""Answers of the last day, kept by what was asked: of the same program the same question gets the same answer."""

import json
import os
import sys

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Origin
from pip_assay.sources.resolve.nouns import Answer, Package, Task

DAY = 24 * 60 * 60
LIMIT = 16 * 1024 * 1024
FORM = 1
"""Changes whenever what is stored does."""

_FIRST, _LAST = "resolved-", ".json"


def key(task: Task, program: str) -> str:
    """Return what identifies a question: what is asked, of which program, with which settings and interpreter."""
    import hashlib
    import sysconfig

    settings = sorted(item for item in task.environ.items() if item[0].startswith(("PIP_", "UV_")))
    lines = [line.text for line in task.lines]
    asked = [FORM, lines, task.constraints, task.indexes, settings, program, sys.version, sysconfig.get_platform()]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def load(folder: str, name: str, now: float) -> Answer | None:
    """Return the stored answer; None where there is none, it is older than a day, or anything about it is odd."""
    try:
        stored = json.loads(files.read_bytes(_path(folder, name), LIMIT))
        if not 0 <= now - stored["at"] < DAY:
            return None
        return Answer(_text(stored["resolver"]), tuple(_package(each) for each in stored["packages"]))
    except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
        return None


def store(folder: str, name: str, answer: Answer, now: float) -> None:
    """Keep a lasting answer for a day, readable by its owner alone, and remove those that are older.

    Where that fails the next audit only asks again.
    """
    if not answer.lasting:
        return
    content = json.dumps({"at": now, "resolver": answer.resolver, "packages": answer.packages})
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _forget(folder, now)
        files.write_atomically(_path(folder, name), content.encode())
        os.chmod(_path(folder, name), 0o600)
    except (OSError, Unreadable):
        pass


def _forget(folder: str, now: float) -> None:
    for entry in os.scandir(folder):
        if entry.name.startswith(_FIRST) and entry.name.endswith(_LAST) and entry.stat().st_mtime < now - DAY:
            os.unlink(entry.path)


def _path(folder: str, name: str) -> str:
    return os.path.join(folder, f"{_FIRST}{name}{_LAST}")


def _package(stored: object) -> Package:
    if not isinstance(stored, list):
        raise TypeError
    name, version, requires, asked, (kind, location), missing = stored
    names = tuple(_text(each) for each in _list(requires))
    if not isinstance(asked, bool) or kind not in ("index", "url", "path"):
        raise TypeError
    return Package(_text(name), _text(version), names, asked, Origin(kind, _text(location)), _text(missing))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
