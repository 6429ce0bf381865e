"""The order of Semantic Versioning 2.0.0, which crates.io, npm, Go and others share."""

import re
from functools import cache

from pip_assay.versions.numbers import digits

# Items 2 and 9 to 11; a missing minor or patch is 0, as OSV's own server reads it.
_VERSION = (
    r"v?(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:\.(0|[1-9][0-9]*))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)


def key(text: str) -> bytes | None:
    """Return the key of a version, or None where it is none; `numbers.digits` tells what it raises."""
    plain = text.split(".")
    if len(plain) == 3 and all(map(_is_number, plain)):  # what most versions are: the pattern costs more
        return b"".join(map(digits, plain)) + b"\x04"
    found = _pattern().fullmatch(text.strip())
    if not found:
        return None
    major, minor, patch, prerelease = found.groups()
    release = b"".join([digits(part or "0") for part in (major, minor, patch)])
    if prerelease is None:
        return release + b"\x04"
    return release + b"\x01" + b"".join([_identifier(part) for part in prerelease.split(".")]) + b"\x00"


def is_prerelease(text: str) -> bool:
    """Return whether a hyphen follows the release (item 9); one in the build metadata means nothing (item 10)."""
    return "-" in text.partition("+")[0]


@cache
def _pattern() -> "re.Pattern[str]":
    return re.compile(_VERSION)


def _is_number(text: str) -> bool:
    """Return whether a text is an ASCII number without zeros before it (item 2)."""
    return text.isdecimal() and text.isascii() and (text[0] != "0" or text == "0")


def _identifier(text: str) -> bytes:
    """Return one pre-release identifier: numeric ones below alphanumeric ones (item 11.4)."""
    if text.isdigit():
        return b"\x01" + digits(text)
    return b"\x02" + text.encode("ascii") + b"\x00"
