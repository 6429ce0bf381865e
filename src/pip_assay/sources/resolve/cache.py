"""Answers of the last day, kept by what was asked: of the same program the same question gets the same answer.

What is asked is the question as it was given, so that nothing of it has to be read to find its answer.
"""

import json
import os
import sys
from collections.abc import Mapping

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Origin
from pip_assay.sources.resolve import surroundings
from pip_assay.sources.resolve.nouns import Answer, Handed, Index, Line, Package, Question, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.model import OriginKind

DAY = 24 * 60 * 60
LIMIT = 16 * 1024 * 1024
FORM = 2
"""Changes whenever what is stored does."""

_KINDS: Mapping[str, "OriginKind"] = {"index": "index", "url": "url", "vcs": "vcs", "path": "path"}
_FIRST, _LAST = "resolved-", ".json"


def key(question: Question, indexes: Index, environ: Mapping[str, str], program: str) -> str:
    """Return what identifies a question: all of it but the places, with the program, its settings and this machine."""
    import hashlib

    texts = [(root.text, root.name) for root in question.roots]
    limits = (question.constraints, question.overrides)
    wanted = (question.python, question.platform, question.exclude_newer, question.allow_build)
    settings = sorted(item for item in environ.items() if item[0].startswith(("PIP_", "UV_")))
    proxied = surroundings.hold_proxy_login(environ)
    asked = [FORM, texts, limits, wanted, os.path.abspath(question.folder), indexes, settings, proxied, program]
    return hashlib.sha256(json.dumps([*asked, sys.version, _machine()]).encode()).hexdigest()


def _machine() -> object:
    """Return what the markers of the running interpreter depend on beside its version."""
    if sys.platform == "win32":
        return [*sys.getwindowsversion(), os.environ.get("PROCESSOR_ARCHITECTURE"), sys.implementation.name]
    return [sys.platform, *os.uname(), sys.implementation.name, sys.maxsize]


def load(folder: str, name: str, now: float, roots: int) -> tuple[Handed, Answer] | None:
    """Return what was handed over of so many roots, without its texts, and what was answered.

    None where nothing is stored, it is older than a day, a file that was read has changed, or anything about it is odd.
    """
    try:
        stored = json.loads(files.read_bytes(_path(folder, name), LIMIT))
        if not 0 <= now - stored["at"] < DAY:
            return None
        if any(surroundings.identity(_text(path)) != identity for path, identity in stored["files"]):
            return None
        packages = tuple(_package(each) for each in stored["packages"])
        answer = Answer(_text(stored["resolver"]), packages, unfit=_text(stored["unfit"]))
        lines = tuple(_line(each) for each in stored["lines"])
        refused = tuple(Refused(_number(number), _text(what)) for number, what in stored["refused"])
        numbers = [line.number for line in lines] + [each.number for each in refused]
        if not all(-1 <= number < roots for number in numbers):
            return None
        return Handed(lines, refused=refused), answer
    except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
        return None


def store(folder: str, name: str, handed: Handed, answer: Answer, now: float) -> None:
    """Keep a lasting answer for a day, readable by its owner alone, and remove those that are older.

    One to which a folder contributed is not kept: what is in it may change unseen. Where storing fails the next audit
    only asks again.
    """
    if not answer.lasting or any(os.path.isdir(path) for path, _ in handed.files):
        return
    lines = [[line.name, line.spelling, line.number, line.active, line.address] for line in handed.lines]
    content = {
        "at": now, "resolver": answer.resolver, "unfit": answer.unfit, "packages": answer.packages, "lines": lines,
        "refused": handed.refused, "files": handed.files,
    }  # fmt: skip
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _forget(folder, now)
        files.write_atomically(_path(folder, name), json.dumps(content).encode())
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
    name, version, requires, asked, origin, missing = _list(stored)
    kind, location = map(_text, _list(origin))
    names = tuple(_text(each) for each in _list(requires))
    came = Origin(_KINDS[kind], location)
    return Package(_text(name), _text(version), names, _flag(asked), came, _text(missing))


def _line(stored: object) -> Line:
    name, spelling, number, active, address = _list(stored)
    return Line("", _text(name), _text(spelling), _number(number), _flag(active), _text(address))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value
