"""From the bytes of a requirements file to its logical lines, by pip's algorithm.

decode -> split into lines -> join continuations -> strip comments -> (later, per line) fill in ${VARIABLES}.
The order matters: a comment ends a continuation, and comments are stripped after joining.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence

from pip_assay.values import NamedTuple

# pip looks for them in this order, because the mark of UTF-16 LE begins that of UTF-32 LE.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_DECLARED = rb"coding[:=]\s*([-\w.]+)"
_NO_FILES = ("punycode", "idna", "unicode-escape")
"""Encodings of host names and of literals, not of files; the first two take hours for a large text."""

_VARIABLE = r"(\$\{([A-Z0-9_]+)\})"


class Line(NamedTuple):
    """One logical line: `number` of its first physical line, and the `column` of that line's first character."""

    number: int
    column: int
    text: str


def decode(content: bytes) -> str | None:
    """Return the text of a file, or None where it is not a text file.

    A byte order mark decides; else an encoding declared as in Python source (PEP 263) in a comment of the first two
    lines; else UTF-8; else the encoding of the locale.
    """
    try:
        text = _decode(content)
        text.encode()  # some encodings can spell half of a surrogate pair, which nothing can print
    except (UnicodeError, LookupError):
        return None
    return None if "\0" in text else text


def _decode(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    for line in content.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (declared := re.search(_DECLARED, line)):
            encoding = codecs.lookup(declared[1].decode("ascii")).name
            if encoding in _NO_FILES:
                raise LookupError(encoding)
            return content.decode(encoding)
    try:
        return content.decode()
    except UnicodeDecodeError:
        import locale

        return content.decode(locale.getencoding())


def logical_lines(physical: Sequence[str]) -> Iterator[Line]:
    """Yield the logical lines that are not empty, without comments, from physical lines without their ends."""
    for number, column, joined in _joined(physical):
        text = (_without_comment(joined) if "#" in joined else joined).strip()
        if text:
            yield Line(number, column, text)


def _joined(physical: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the number of the first line, its indentation plus one, and the whole line with its continuations."""
    parts: list[str] = []
    number = column = 0
    for current, line in enumerate(physical, 1):
        text = line.lstrip()
        is_comment = text[:1] == "#"
        if not parts:
            number, column = current, len(line) - len(text) + 1
        if line[-1:] == "\\" and not is_comment:
            parts.append(line.strip("\\"))
        elif parts:
            parts.append(" " + line if is_comment else line)
            yield number, column, "".join(parts)
            parts = []
        elif text and not is_comment:
            yield number, column, text
    if parts:
        yield number, column, "".join(parts)


def _without_comment(text: str) -> str:
    """Return the text before the first "#" that starts the line or follows white space."""
    at = text.find("#")
    while at > 0 and not text[at - 1].isspace():
        at = text.find("#", at + 1)
    return text if at < 0 else text[:at]


def fill_in(text: str, environ: Mapping[str, str]) -> str:
    """Return the text with each ${VARIABLE} replaced by its value; one that is unset or empty stays as it is.

    Only capital letters, digits and underscores name a variable, in braces.
    """
    if "${" in text:
        for written, name in re.findall(_VARIABLE, text):
            if value := environ.get(name):
                text = text.replace(written, value)
    return text
