"""A YAML file as the readers of this room need it: bounded, decoded, with its lines, and never an exception."""

import codecs
import os

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Place, Problem
from pip_assay.sources.conda import plain_yaml
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.conda.plain_yaml import Value

LIMIT = 16 * 1024 * 1024
LINES = 1_000_000
"""Bytes and lines; the largest locks that people have are a third of that."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""YAML 1.1, chapter 5.2: a byte order mark tells the encoding. What PowerShell redirects to a file has one."""


class Document(NamedTuple):
    """A mapping, in which no value is None and everything else is text, and the lines of the file, from 0."""

    values: "dict[str, Value]"
    lines: list[str]


def read_file(path: str) -> bytes | Problem:
    """Return the file's content, or why it cannot be had."""
    try:
        return files.read_bytes(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
        return Problem(gap, error.what, Place(path), error.hint, path)


def read(content: bytes, file: str, hint: str) -> Document | Problem:
    """Return the document, or why it cannot be read."""
    if len(content) > LIMIT:
        return Problem("unreadable", f"is larger than {files.size(LIMIT)}", Place(file), "it was not read", file)
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1 if encoding == "utf-8-sig" else 0
        return Problem("unreadable", "is not text in UTF-8 or UTF-16, as YAML must be", Place(file, line), hint, file)
    lines = text.splitlines()
    if len(lines) > LINES:
        return Problem("unreadable", f"holds more than {LINES} lines", Place(file), "it was not read", file)
    values = plain_yaml.read(text)
    if values is None:
        from pip_assay.sources.conda import full_yaml

        values = full_yaml.read(text, file, hint)
    if isinstance(values, dict):
        return Document(values, lines)
    if isinstance(values, Problem):
        return values
    if values is None:
        return Problem("empty", "is empty", Place(file), hint, file)
    return Problem("unreadable", "is not a list of keys and values", Place(file), hint, file)
