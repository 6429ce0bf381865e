"""A shell script as far as its commands' words are plain: POSIX quoting, operators, comments and redirections."""

import re
from bisect import bisect_right

from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<gap>(?:[ \t\r\f\v]|\\\r?\n)+)
    |(?P<redirection>&>>?|[0-9]*(?:<<<|>>|>\||[<>]&?))
    |(?P<operator>&&|\|\||;;|[;&|()\n])
    |(?P<unknown>\$\{[^}\s]{0,200}\}|\$\((?:[^()]|\([^()]{0,500}\)){0,500}\)|\$\w+|\$[@*\#?$!-]|`[^`]*`)
    |'(?P<single>[^']*)'
    |"(?P<double>(?:[^"\\]|\\.)*)"
    |\\(?P<escaped>.)
    |(?P<plain>[^\s\\'"`$|&;()<>]+)
    |(?P<odd>.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPED = r"\\([$`\"\\\n])"
"""What a backslash takes the meaning from inside of double quotes."""

_REDIRECTION = ">"
_UNKNOWN = re.compile(r"\$\{[^}]{0,200}\}|\$\w+|\$\(|`|\{[^{}]*\}")
"""What a shell or a notebook fills in, inside a word or its double quotes."""


class Word(NamedTuple):
    """One word of a command: its text without quotes, where in the script it starts, what in it only a run fills in."""

    text: str
    start: int
    unknown: str = ""


class Script(NamedTuple):
    """Commands as one text, made of pieces of a file.

    starts  where each piece begins in the text, ascending; the first is 0.
    places  the line and column of each piece in the file.
    """

    text: str
    starts: tuple[int, ...]
    places: tuple[tuple[int, int], ...]

    def place(self, index: int) -> tuple[int, int]:
        """Return the line and column in the file of a place in the text."""
        piece = bisect_right(self.starts, index) - 1
        line, column = self.places[piece]
        return line, column + index - self.starts[piece]


def script(pieces: "list[tuple[str, int, int]]") -> Script:
    """Return the script that pieces of text make, each with the line and column where it stands."""
    starts, length = [], 0
    for text, _, _ in pieces:
        starts.append(length)
        length += len(text)
    places = tuple((line, column) for _, line, column in pieces)
    return Script("".join(text for text, _, _ in pieces), tuple(starts) or (0,), places or ((0, 0),))


def commands(text: str) -> "Iterator[list[Word]]":
    """Yield the words of each simple command; where a redirection leads to is none of them."""
    words: list[Word] = []
    redirected = False
    for each in _words(text):
        if isinstance(each, Word):
            if not redirected:
                words.append(each)
            redirected = False
        elif each == _REDIRECTION:
            redirected = True
        elif words:
            yield words
            words, redirected = [], False
    if words:
        yield words


def _words(text: str) -> "Iterator[Word | str]":
    """Yield each word, and between them the operators and redirections."""
    parts: list[str] = []
    start, unknown, at = -1, "", 0
    while at < len(text):
        if start < 0 and text[at] == "#":
            end = text.find("\n", at)
            at = end if end >= 0 else len(text)
            continue
        token = _TOKEN.match(text, at)
        if token is None:  # never: the last alternative is any character
            break
        kind, written = token.lastgroup, token[token.lastindex or 0]
        if kind in ("gap", "operator", "redirection"):
            if start >= 0:
                yield Word("".join(parts), start, unknown)
            parts, start, unknown = [], -1, ""
            if kind != "gap":
                yield _REDIRECTION if kind == "redirection" else written
        else:
            start = at if start < 0 else start
            unknown = unknown or _unknown(kind, written)
            parts.append(re.sub(_ESCAPED, r"\1", written) if kind == "double" else written)
        at = token.end()
    if start >= 0:
        yield Word("".join(parts), start, unknown)


def _unknown(kind: str | None, written: str) -> str:
    """Return what in this part of a word is filled in when it runs."""
    if kind == "unknown":
        return written
    plain = re.sub(_ESCAPED, "", written) if kind == "double" else written if kind == "plain" else ""
    found = _UNKNOWN.search(plain)
    return found[0] if found else ""
