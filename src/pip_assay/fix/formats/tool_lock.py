"""What a tool that owns a lock has written into a scratch folder, read in one place; its faults are told as its own.

No path of a scratch folder is shown to anybody.
"""

import os
import re
from collections.abc import Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.tools import Tools
from pip_assay.names import normalise
from pip_assay.values import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.resolve.process import Ended

_SCRATCH = re.compile(r"[^\s'\"`<(]*[/\\]pip-assay-\w+(?:[/\\]|\b)")


def read(folder: str, owner: str, path: str, name: str = "") -> str:
    """Return the text of the lock that the tool has made of that at a path, with line feeds alone.

    name  of the file in the folder, where it is not that of the path.

    Raises:
        Unreadable: there is none, or it is no lock.
    """
    place = os.path.join(folder, name or os.path.basename(path))
    if not os.path.isfile(place):
        raise none_of(owner, path)
    text = files.read_bytes(place).decode("utf-8", "replace").replace("\r\n", "\n")
    if "\ufffd" in text or packages(text) is None:
        raise Unreadable(f"{owner} wrote a lock that cannot be read", path, _look(owner))
    return text


def none_of(owner: str, path: str) -> Unreadable:
    """Return the error that a tool ended well and has left no lock, or the one that was there."""
    return Unreadable(f"{owner} wrote no new lock", path, _look(owner))


def _look(owner: str) -> str:
    return f"run {owner} by hand to see what it does"


def packages(text: str) -> Sequence[Mapping[str, Any]] | None:
    """Return the packages of a lock, each of which has a name; None where one has not, or it is no TOML."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError):  # a number may be too long as well
        return None
    listed = document.get("package", document.get("packages", []))
    return listed if isinstance(listed, list) and all(map(_is_package, listed)) else None


def _is_package(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("version", ""), str)


def versions(text: str) -> dict[str, frozenset[str]]:
    """Return the versions of each project in a lock; the empty one where it has none."""
    found: dict[str, set[str]] = {}
    for each in packages(text) or ():
        found.setdefault(normalise(each["name"]), set()).add(each.get("version", ""))
    return {name: frozenset(several) for name, several in found.items()}


def run(tools: Tools, command: Sequence[str], folder: str, added: Mapping[str, str]) -> "Ended":
    """Return how a tool ended that was started in a folder, which is not named in what it says.

    Raises:
        Unreadable: it cannot be started, takes too long, or writes too much.
    """
    owner = os.path.basename(command[0])
    try:
        ended = tools.run(command, folder, added=added)
    except Unreadable as error:
        raise Unreadable(error.what.replace("the resolver", owner), error.where, _look(owner)) from None
    return ended._replace(out=_SCRATCH.sub("", ended.out), err=_SCRATCH.sub("", ended.err))
