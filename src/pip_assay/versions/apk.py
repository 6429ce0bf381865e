"""The order of apk's packages: Alpine, Wolfi, Chainguard and their kin (apk-package(5), "version").

A version is `number{.number}{letter}{_suffix{number}}{~hash}{-rnumber}`. Where one version has something at a place
and another has something else or nothing, the kinds weigh as the constants below do. Of two numbers after the first,
one with a zero in front is compared as text, and so comes before all others.
"""

import re

from pip_assay.versions.numbers import digits

_SUFFIXES = {"alpha": 1, "beta": 2, "pre": 3, "rc": 4, "cvs": 9, "svn": 10, "git": 11, "hg": 12, "p": 13}
_END, _REVISION, _HASH, _SUFFIX_NUMBER, _LETTER, _ZERO = b"\x05", b"\x06", b"\x07", b"\x08", b"\x0e", b"\x0f"

# A number after the letter, as in 1.9.5p2, was allowed by apk-tools 2, and such packages are named by advisories.
_VERSION = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)(?:([a-z])([0-9]*))?"
    rf"((?:_(?:{'|'.join(_SUFFIXES)})[0-9]*)*)(?:~([0-9a-f]+))?(?:-r([0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")


def key(text: str) -> bytes | None:
    """Return the key of a version, or None where it is none; `numbers.digits` tells what it raises."""
    found = _VERSION.fullmatch(text)
    if not found:
        return None
    first, numbers, letter, number, suffixes, commit, revision = found.groups()
    parts = [digits(first), *map(_component, numbers.split(".")[1:])]
    if letter:
        parts += _LETTER, letter.encode("ascii"), digits(number) if number else b""
    parts += [_suffix(*each) for each in _SUFFIX.findall(suffixes)]
    if commit:
        parts += _HASH, commit.encode("ascii")
    if revision:
        parts += _REVISION, digits(revision)
    return b"".join(parts) + _END


def _component(text: str) -> bytes:
    return _ZERO + text.encode("ascii") + b"\x00" if text[0] == "0" else digits(text)


def _suffix(word: str, number: str) -> bytes:
    return bytes((_SUFFIXES[word],)) + (_SUFFIX_NUMBER + digits(number) if number else b"")
