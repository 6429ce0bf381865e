"""Where a JSON document writes what was read from it: the line and column of a value or of its key, by its path.

The text must be one that `bounded_json.parse` has read. It is walked once, whatever is asked for: what nobody asks for
is skipped by the standard library's own scanner, so no escape and no bracket inside a text can mislead.
"""

import json
import re
from itertools import count
from operator import itemgetter

from pip_assay.model import Place, Problem
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping
    from typing import Any, TypeVar

    _Tree = dict[Any, Any]
    _T = TypeVar("_T", bound=Hashable)
    _P = TypeVar("_P", bound=tuple[str | int, ...])

_DECODER = json.JSONDecoder()
_SEPARATORS = re.compile(r"[ \t\r\n,:]*")
_PLAIN_KEY = re.compile(r'"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*')
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_END = None
"""What is no key and no index: under it a tree of paths has the path that ends there."""


class _Member(NamedTuple):
    """A member of an object or list: where that starts, the key or index, where key and value start, what is asked."""

    holder: int
    key: str | int
    key_start: int
    start: int
    tree: "_Tree | None"


def find(text: str, file: str, wanted: "Mapping[_P, str]") -> "dict[_P, Place]":
    """Return for each path of keys and indices the place that spells the name that is wanted there.

    It is in the value where that is a text that holds the name, else in the key; for an empty name it is the start of
    the value. Where neither spells the name, or the path leads nowhere, the place is the file. The time grows with the
    length of the text and not with the number of paths.
    """
    starts: dict[_P, int] = {}
    for member in _members(text, _tree(wanted)):
        if member.tree and _END in member.tree:
            path = member.tree[_END]
            starts[path] = _spelled(text, member, wanted[path])
    return dict.fromkeys(wanted, Place(file)) | _places(text, file, starts)


def repeated(text: str, file: str, hint: str) -> "Iterator[Problem]":
    """Yield a problem for each key that stands in an object that has it already; only its last value is ever read."""
    seen: set[tuple[int, str | int]] = set()
    starts: dict[str, int] = {}
    for holder, key, start, _, _ in _members(text, None):
        if (holder, key) in seen:
            starts.setdefault(str(key), start + 1)
        seen.add((holder, key))
    for key, place in _places(text, file, starts).items():
        what = f'has the key "{key}" twice in one place, of which only the last was read'
        yield Problem("duplicate", what, place, hint, key)


def _tree(paths: "Iterable[tuple[str | int, ...]]") -> "_Tree":
    tree: _Tree = {}
    for path in paths:
        branch = tree
        for key in path:
            branch = branch.setdefault(key, {})
        branch[_END] = path
    return tree


def _members(text: str, tree: "_Tree | None") -> "Iterator[_Member]":
    """Yield the members that a tree of paths asks for, or all, in the order of the text."""
    try:
        yield from _walk(text, tree)
    except RecursionError:  # the text was read with fewer calls under way than now
        return


def _walk(text: str, tree: "_Tree | None") -> "Iterator[_Member]":
    at = _after_separators(text, 0)
    # What is open: where it starts, what is asked of it, and the index of a list's next item (None for an object).
    holders = [_holder(text, at, tree)] if text[at] in "{[" else []
    at += 1
    while holders:
        key_start = _after_separators(text, at)
        if text[key_start] in "}]":
            holders.pop()
            at = key_start + 1
            continue
        holder, asked, index = holders[-1]
        key, at = _key(text, key_start, index)
        wanted = asked is None or key in asked
        inner = asked[key] if asked and wanted else None
        if wanted:
            yield _Member(holder, key, key_start, at, inner)
        if wanted and text[at] in "{[" and (inner is None or inner.keys() != {_END}):
            holders.append(_holder(text, at, inner))
            at += 1
        else:
            at = _end(text, at)


def _holder(text: str, start: int, tree: "_Tree | None") -> "tuple[int, _Tree | None, Iterator[int] | None]":
    return start, tree, count() if text[start] == "[" else None


def _key(text: str, at: int, index: "Iterator[int] | None") -> tuple[str | int, int]:
    """Return the key or index of the member that starts here, and where its value starts."""
    if index is not None:
        return next(index), at
    if plain := _PLAIN_KEY.match(text, at):
        return plain[1], plain.end()
    name, at = _DECODER.raw_decode(text, at)
    return name, _after_separators(text, at)


def _end(text: str, start: int) -> int:
    return _DECODER.raw_decode(text, start)[1]


def _after_separators(text: str, at: int) -> int:
    found = _SEPARATORS.match(text, at)
    return found.end() if found else at


def _spelled(text: str, member: _Member, name: str) -> int:
    """Return where the value, or else the key, spells the name; -1 where neither does."""
    if not name:
        return member.start
    for start in (member.start, member.key_start):
        if text[start] == '"':
            at = _whole(text, name, start + 1, _end(text, start) - 1)
            if at >= 0:
                return at
    return -1


def _whole(text: str, name: str, start: int, end: int) -> int:
    """Return where the name stands between start and end, best as a whole word; -1 where it does not."""
    first = at = text.find(name, start, end)
    while at >= 0 and (text[at - 1] in _NAME or text[at + len(name)] in _NAME):
        at = text.find(name, at + len(name), end)
    return at if at >= 0 else first


def _places(text: str, file: str, starts: "Mapping[_T, int]") -> "dict[_T, Place]":
    """Return the line and column of each start in the text, but of those below 0, which are nowhere."""
    line, line_start, last = 1, 0, 0
    places = {}
    for key, at in sorted(((key, at) for key, at in starts.items() if at >= 0), key=itemgetter(1)):
        line += text.count("\n", last, at)
        line_start = max(line_start, text.rfind("\n", last, at) + 1)
        places[key] = Place(file, line, at - line_start + 1)
        last = at
    return places
