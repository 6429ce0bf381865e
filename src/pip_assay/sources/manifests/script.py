"""Scripts that declare their dependencies in a comment (PEP 723).

The block begins with "# /// script" and ends with "# ///"; its lines, without the "# " before each, are TOML.
"""

import re

from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Place
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import document, uv
from pip_assay.sources.manifests.declared import CORRECT, Declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KIND = "script"

_OPENING = re.compile(r"# /// ([a-zA-Z0-9-]+)")
_CLOSING = "# ///"


def recognises(name: str) -> bool:
    """Return whether a file of this name may be such a script; whether it is says `is_one`."""
    return name.endswith((".py", ".pyw")) and name != "setup.py"


def is_one(start: bytes) -> bool:
    """Return whether the content, or the start of it, opens such a block."""
    return re.search(rb"(?m)^# /// script\r?$", start) is not None


def read(path: str) -> Manifest:
    """Return what the script declares. It never raises: what is wrong is a problem."""
    declared = Declared(path)
    if (text := _text(path, declared)) is not None:
        _read(text, declared)
    return declared.manifest()


def _text(path: str, declared: Declared) -> str | None:
    """Return the script's text, its lines ended as Python itself ends them."""
    import os

    from pip_assay import files
    from pip_assay.sources.requirements import lines

    try:
        content = files.read_bytes(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
        declared.problem(gap, error.what, hint=error.hint)
        return None
    text = lines.decode(content)
    if text is None:
        declared.problem("unreadable", "is not a text file", hint="name a script")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def blocks(lines: "Sequence[str]") -> "Iterator[tuple[str, int, int]]":
    """Yield the type of each block, and the indexes of the lines from its first to behind its last one of content.

    A block goes on as long as lines are comments, up to the last one that closes; one that nothing closes is none, nor
    is one without content. It is what PEP 723's pattern matches, in a time that grows with the text and no faster.
    """
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            end += 1
        last = next((index for index in range(end - 1, at, -1) if lines[index] == _CLOSING), -1)
        opening = next((index for index in range(at, last - 1) if _OPENING.fullmatch(lines[index])), -1)
        if opening >= 0:
            yield lines[opening].removeprefix(f"{_CLOSING} "), opening + 1, last
        at = end + 1


def _read(text: str, declared: Declared) -> None:
    lines = text.split("\n")
    found = [(first, last) for kind, first, last in blocks(lines) if kind == "script"]
    if not found:
        _none(lines, declared)
        return
    for first, _ in found[1:]:
        what = 'has more than one block "# /// script", and only the first one was read'
        declared.problem("unreadable", what, Place(declared.file, first), "leave one of them")
    first, last = found[0]
    content = "\n".join(line[2:] for line in lines[first:last])
    parsed = document.parse(content, declared, (first, 2))
    if parsed:
        declared.group("runtime")
        declared.python = parsed.text("requires-python")
        uv.prepare(parsed)
        parsed.requirements(("dependencies",), "runtime")
        uv.read(parsed)


def _none(lines: "Sequence[str]", declared: Declared) -> None:
    opened = next((number for number, line in enumerate(lines, 1) if line == "# /// script"), 0)
    if opened:
        place = Place(declared.file, opened)
        declared.problem("unreadable", 'has a block "# /// script" that nothing closes', place, CORRECT)
    else:
        what = 'has no block "# /// script" (PEP 723), so it names no dependencies'
        declared.problem("empty", what, hint="name a script with one")
