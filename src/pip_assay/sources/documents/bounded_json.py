"""JSON as readers need it: bounded, in any encoding that JSON may have, and never an exception, whatever the bytes are.

read_file -> decode -> parse; `read` is the last two. A reader that wants lines keeps the text for `json_places`.
"""

import json
import os
import re
from collections import Counter

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Place, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LIMIT = files.LIMIT
VALUES = 8_000_000
"""Commas and opening brackets: what the standard library makes of more takes more than a gigabyte."""

_FAULTS = (
    ("Expecting value", "a value is missing or misspelled"),
    ("Expecting property name", "a key in double quotes is missing"),
    ("Expecting ':'", "a colon is missing"),
    ("Expecting ','", "a comma or a closing bracket is missing"),
    ("Illegal trailing comma", "a comma stands before a closing bracket"),
    ("Unterminated string", "a text is not closed"),
    ("Invalid control character", "a text holds a line break or another control character"),
    ("Invalid \\", "a text holds an escape that JSON does not know"),
    ("Extra data", "something follows its end"),
)
"""How the standard library's messages begin, and what they mean."""

_SURROGATE = r"\\u[dD][89a-fA-F]"
_ESCAPES = r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)|\\."
"""A pair of surrogates, half of one, any other escape."""


def read(content: bytes, file: str, hint: str) -> object | Problem:
    """Return the document, or why it cannot be read, with the line and column where the text tells."""
    text = decode(content, file, hint)
    return text if isinstance(text, Problem) else parse(text, file, hint)


def read_file(path: str) -> bytes | Problem:
    """Return the file's content, or why it cannot be had."""
    try:
        return files.read_bytes(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
        return Problem(gap, error.what, Place(path), error.hint, path)


def decode(content: bytes, file: str, hint: str) -> str | Problem:
    """Return the text without a byte order mark (UTF-8, UTF-16 or UTF-32, as RFC 4627 tells them apart), or why not."""
    if len(content) > LIMIT:
        return Problem("unreadable", f"is larger than {files.size(LIMIT)}", Place(file), "it was not read", file)
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1 if error.encoding.startswith("utf-8") else 0
        return Problem("unreadable", "is not text in UTF-8, as JSON must be", Place(file, line), hint, file)
    if not text or text.isspace():
        return Problem("empty", "is empty", Place(file), hint, file)
    return _without_halves(text)


def parse(text: str, file: str, hint: str, *, repeated: "set[str] | None" = None) -> object | Problem:
    """Return the document that a decoded text is, or why it is none.

    Of a key that an object has twice the last value counts; `repeated` gets every such key.
    """
    if len(text) > VALUES and text.count(",") + text.count("{") + text.count("[") > VALUES:
        return Problem("unreadable", f"holds more than {VALUES} values", Place(file), "it was not read", file)
    try:
        document: object = json.loads(text, object_pairs_hook=None if repeated is None else _noting(repeated))
    except RecursionError:
        return Problem("unreadable", "is nested too deeply", Place(file), hint, file)
    except json.JSONDecodeError as error:
        place = Place(file, error.lineno, error.colno)
        return Problem("unreadable", f"is not valid JSON ({_fault(error)})", place, hint, file)
    except ValueError:  # int() refuses more than 4300 digits
        return Problem("unreadable", "holds a number that is too long", Place(file), hint, file)
    return document


def _noting(repeated: set[str]) -> "Callable[[list[tuple[str, Any]]], dict[str, Any]]":
    def made(pairs: "list[tuple[str, Any]]") -> "dict[str, Any]":
        values = dict(pairs)
        if len(values) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.update(key for key, count in counts.items() if count > 1)
        return values

    return made


def _fault(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc.rstrip()):
        return "it ends too early"
    return next((words for start, words in _FAULTS if error.msg.startswith(start)), "it cannot be understood")


def _without_halves(text: str) -> str:
    """Return the text of the same length with each escaped half of a surrogate pair, which nothing can print, replaced.

    RFC 8259, section 8.2: what such a text means is not defined.
    """
    if "\\" not in text or not re.search(_SURROGATE, text):  # the first costs a tenth of the second
        return text
    return re.sub(_ESCAPES, lambda found: "\\ufffd" if found[1] else found[0], text, flags=re.DOTALL)
