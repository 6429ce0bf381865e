"""The difference that a fix makes, as git writes it: `git apply` takes it, and gives the files byte for byte."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from pip_assay.reports import Style
from pip_assay.reports.fixing import Fixing, edits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pip_assay.fix.nouns import Edit

    _Code = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]

NAME = "patch"
AUTO = False

CONTEXT = 3
"""Lines shown around a change."""

_LONG = 8000
"""Lines up to which all of them are compared: the time grows with the square of those that are alike."""

_SPECIAL = rb'[\x00-\x1f"\\\x7f-\xff]'
_ESCAPED = {b'"': b'\\"', b"\\": b"\\\\"} | {
    bytes([7 + at]): b"\\" + bytes([mark]) for at, mark in enumerate(b"abtnvfr")
}
_UNENDED = b"\n\\ No newline at end of file\n"


def render(fixing: Fixing, style: Style) -> str:  # noqa: ARG001 - what git reads has no style
    """Return the patch; what is not UTF-8 in a file is in it as surrogates ("surrogateescape")."""
    return content(fixing).decode("utf-8", "surrogateescape")


def content(fixing: Fixing) -> bytes:
    """Return the patch of all files that change; empty where none does."""
    return b"".join(difference(each, fixing.names.get(each.path, each.path)) for each in edits(fixing))


def difference(edit: "Edit", name: str) -> bytes:
    """Return the difference of one file, under the name that it has from the top of its repository."""
    before = edit.before or b""
    hunks = b"".join(_hunks(_lines(before), _lines(edit.after)))
    if not hunks and edit.before is not None:
        return b""
    old, new = _quoted(f"a/{name}"), _quoted(f"b/{name}")
    head = b"diff --git %s %s\n" % (old, new)
    if edit.before is None:
        head += b"new file mode 100644\n"
    if not hunks:
        return head
    return head + b"--- %s\n+++ %s\n" % (b"/dev/null" if edit.before is None else _ended(old), _ended(new)) + hunks


def _lines(text: bytes) -> list[bytes]:
    """Return the lines as git counts them: each ends with a line feed, but for a last one that does not."""
    lines = [line + b"\n" for line in text.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the hunks of a unified difference; what is the same at both ends is not compared line by line.

    Around the changes are as many lines as there are: git takes a hunk without lines behind it for the file's end.
    """
    start = _same(zip(old, new, strict=False))
    end = _same(zip(reversed(old[start:]), reversed(new[start:]), strict=False))
    first, last = max(0, start - CONTEXT), max(0, end - CONTEXT)
    shown_old, shown_new = old[first : len(old) - last], new[first : len(new) - last]
    compared = _Compared(shown_old, shown_new, start - first, end - last)
    for group in compared.get_grouped_opcodes(CONTEXT):
        if any(tag != "equal" for tag, *_ in group):
            yield _heading(group, first)
            yield from _hunk(group, shown_old, shown_new)


class _Compared(difflib.SequenceMatcher[bytes]):
    """Two texts that are known to begin with so many lines that are the same, and to end with so many."""

    def __init__(self, old: Sequence[bytes], new: Sequence[bytes], before: int, after: int) -> None:
        self._before, self._old, self._new = before, len(old), len(new)
        self._after = after
        middle = old[before : len(old) - after], new[before : len(new) - after]
        # What difflib takes for junk in long texts are the lines that stand between the packages of a lock.
        super().__init__(None, *middle, autojunk=max(map(len, middle)) > _LONG)

    def get_opcodes(self) -> "list[_Code]":
        """Return the steps from one text to the other, those at both ends, too."""
        by, after = self._before, self._after
        head: list[_Code] = [("equal", 0, by, 0, by)] * bool(by)
        tail: list[_Code] = [("equal", self._old - after, self._old, self._new - after, self._new)] * bool(after)
        middle: list[_Code] = [
            (tag, first + by, last + by, start + by, end + by) for tag, first, last, start, end in super().get_opcodes()
        ]
        return [*head, *middle, *tail]


def _same(pairs: Iterable[tuple[bytes, bytes]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


Group = Sequence[tuple[str, int, int, int, int]]


def _heading(group: Group, skipped: int) -> bytes:
    old = _span(group[0][1] + skipped, group[-1][2] + skipped)
    return f"@@ -{old} +{_span(group[0][3] + skipped, group[-1][4] + skipped)} @@\n".encode()


def _span(start: int, end: int) -> str:
    """Return a range of lines: of none it names the line before."""
    length = end - start
    begin = start + 1 if length else start
    return f"{begin}" if length == 1 else f"{begin},{length}"


def _hunk(group: Group, old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    for tag, first, last, start, end in group:
        if tag == "equal":
            yield from (_line(b" ", line) for line in old[first:last])
        else:
            yield from (_line(b"-", line) for line in old[first:last])
            yield from (_line(b"+", line) for line in new[start:end])


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + _UNENDED


def _quoted(name: str) -> bytes:
    """Return the name as git writes it: one that is not plain ASCII between quotation marks, as in C."""
    raw = name.encode("utf-8", "surrogateescape")
    plain = re.sub(_SPECIAL, lambda found: _ESCAPED.get(found[0]) or b"\\%03o" % ord(found[0]), raw)
    return raw if plain == raw else b'"%s"' % plain


def _ended(name: bytes) -> bytes:
    """Return the name with a tab behind it where a space in it could be taken for its end."""
    return name + b"\t" if b" " in name and not name.startswith(b'"') else name
