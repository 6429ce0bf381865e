"""A fast reader for the plain part of YAML in which tools write locks, many times as fast as PyYAML.

It accepts a part of YAML, strictly: nested block mappings and lists, and values of one line. Whatever it accepts,
`full_yaml` accepts and reads alike, each value as the text that is written. For all else (anchors, tags, collections in
brackets, texts of several lines, escapes, tabs, comments behind a value) it returns None, and PyYAML has its turn.
tests/property/test_conda_laws.py holds it to that.

How it works: the lines of a lock repeat, so each distinct line is understood once; then its indentation says where it
belongs.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any
    """A mapping, a list, a text, or None."""

DEEPEST = 50
"""How deep collections may nest."""

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
"""How YAML 1.1 writes that there is no value."""


class Items(list["Value"]):
    """A list, with the line on which each of its items begins, from 1."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


class _Foreign(Exception):
    """Something is not plain."""


_PLAIN = bytes(code for code in range(256) if code == 0x0A or 0x20 <= code < 0x7F)
_UNUSUAL = "[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""What YAML forbids, takes for a line break, or for white space beside the space. Compiled for few texts."""

_LINE = re.compile(
    r"""( *+)(- )?(?:([A-Za-z0-9_][A-Za-z0-9_.+/-]{0,200}+|'[^']{1,200}'|"[^"\\]{1,200}"):(?: |$))?(.*)""", re.DOTALL
)
"""Indentation, dash, key, and what is left of the line. It matches every line."""

_NOT_FIRST = frozenset(" -?:,[]{}#&*!|>'\"%@`")
"""How a text without quotes does not begin; YAML allows some of them before others."""


def read(text: str) -> "Value":
    """Return the document, in which no value is None and everything else is text, or None where it is not plain."""
    text = text.replace("\r\n", "\n")
    unusual = text.encode().translate(None, _PLAIN) if text.isascii() else re.search(_UNUSUAL, text)
    if unusual:
        return None
    try:
        return _document(text.split("\n"))
    except _Foreign:
        return None


def _document(lines: list[str]) -> "Value":
    """Return what the lines say."""
    known = _Lines()
    opened: list[tuple[int, Value]] = []
    content: Value = None
    deepest, waiting = -1, ""
    for number, line in enumerate(lines, 1):
        depth, dash, key, value = known[line]
        if depth < 0:
            continue
        if depth < deepest:
            deepest, content = _closed(opened, depth)
            waiting = ""
        if depth > deepest:
            content = _opened(opened, depth, content, waiting)
        if dash:
            content.lines.append(number)
            if not key:
                content.append(value)
                deepest, waiting = depth, ""
                continue
            content.append({})
            depth, content = depth + 3, content[-1]
            opened.append((depth, content))
        elif key in content:
            raise _Foreign
        deepest = depth
        if value is _WAITING:
            content[key], waiting = None, key
        else:
            content[key], waiting = value, ""
    if not opened:
        raise _Foreign
    return opened[0][1]


def _closed(opened: "list[tuple[int, Value]]", depth: int) -> "tuple[int, Value]":
    """Close what is deeper, and return the innermost collection that is left."""
    while opened[-1][0] > depth:
        opened.pop()
        if not opened:
            raise _Foreign
    return opened[-1]


def _opened(opened: "list[tuple[int, Value]]", depth: int, above: "Value", key: str) -> "Value":
    """Open a collection as the value of a key that has none yet, and return it; a list where the depth is odd."""
    made: Value = Items() if depth % 2 else {}
    if len(opened) > DEEPEST - 2 or (opened and not key):  # in a list a mapping may open with it
        raise _Foreign
    if opened:
        above[key] = made
    opened.append((depth, made))
    return made


_WAITING = object()
"""The value of a key that stands alone: what follows says what it is."""


class _Lines(dict[str, "tuple[int, bool, str, Value]"]):
    """Of each distinct line the depth, whether it begins with a dash, the key and the value; -1 where it says nothing.

    A collection is as deep as it is indented, twice, and a list by one more, for it may stand right below its key.
    """

    def __missing__(self, line: str) -> "tuple[int, bool, str, Value]":
        found = self[line] = self._read(line)
        return found

    def _read(self, line: str) -> "tuple[int, bool, str, Value]":
        indentation, dash, key, rest = _LINE.fullmatch(line).groups()  # type: ignore[union-attr]
        if not (key or dash):
            if rest and rest[0] != "#":
                raise _Foreign
            return -1, False, "", None
        depth = 2 * len(indentation) + (1 if dash else 0)
        if key and key[0] in "'\"":
            key = key[1:-1]
        return depth, bool(dash), key or "", _value(rest) if rest or not key else _WAITING


def _value(text: str) -> "Value":
    first = text[:1]
    if first not in _NOT_FIRST or (first == "-" and text[1:2].strip()):
        if not first or ": " in text or " #" in text or text[-1] in ": ":
            raise _Foreign
        return None if text in NULLS else text
    inner = text[1:-1]
    if text in {"[]", "{}"}:
        return Items() if first == "[" else {}
    if text == f"'{inner}'" and "'" not in inner.replace("''", ""):
        return inner.replace("''", "'")
    if text == f'"{inner}"' and '"' not in inner and "\\" not in inner:
        return inner
    raise _Foreign
