"""How distributions compare two versions, written from their documents as loops over the texts: oracles for our keys.

Nothing here makes keys, and nothing here is fast. The vectors in tests/conformance/vectors, which the programs
themselves have answered, hold these comparisons too.
"""

import re
from collections.abc import Callable
from typing import TypeVar

Compare = Callable[[str, str], int]


T = TypeVar("T", int, str)


def _sign(one: T, other: T) -> int:
    return (one > other) - (one < other)


# --- RPM: rpm-version(7), and the description of rpmvercmp ------------------------------------------


def rpm(one: str, other: str) -> int:
    """Return the sign of a comparison of two `[epoch:]version[-release]`."""
    (first, version, release), (second, other_version, other_release) = _rpm_parts(one), _rpm_parts(other)
    return (
        _sign(first, second)
        or _rpm_row(version, other_version)
        or (_sign(bool(release), bool(other_release)) if "" in (release, other_release) else 0)
        or _rpm_row(release, other_release)
    )


def _rpm_parts(text: str) -> tuple[int, str, str]:
    epoch, colon, rest = text.rpartition(":")
    version, _, release = rest.partition("-")
    return int(epoch) if colon else 0, version, release


def _rpm_row(one: str, other: str) -> int:
    while True:
        one, other = (re.sub(r"^[^0-9A-Za-z~^]+", "", text) for text in (one, other))
        for sign in "~^":
            if one.startswith(sign) and other.startswith(sign):
                break
            if one.startswith(sign) or other.startswith(sign):
                worse = one if one.startswith(sign) else other
                if sign == "^" and "" in (one, other):
                    return _sign(len(one), len(other))
                return -1 if worse is one else 1
        else:
            if not one or not other:
                return _sign(len(one), len(other))
            kind = r"[0-9]*" if one[0].isdigit() else r"[A-Za-z]*"
            first, second = (re.match(kind, text)[0] for text in (one, other))  # type: ignore[index]
            if not second:
                return 1 if first.isdigit() else -1
            found = _sign(int(first), int(second)) if first.isdigit() else _sign(first, second)
            if found:
                return found
            one, other = one[len(first) :], other[len(second) :]
            continue
        one, other = one[1:], other[1:]


# --- dpkg: deb-version(7), "Sorting algorithm" ------------------------------------------------------


def dpkg(one: str, other: str) -> int:
    """Return the sign of a comparison of two `[epoch:]upstream[-revision]`; no revision is revision 0."""
    for first, second in zip(_dpkg_parts(one), _dpkg_parts(other), strict=True):
        if found := _dpkg_part(first, second):
            return found
    return 0


def _dpkg_parts(text: str) -> tuple[str, str, str]:
    epoch, colon, rest = text.partition(":")
    rest = rest if colon else text
    upstream, revision = rest.rsplit("-", 1) if "-" in rest else (rest, "")
    return epoch if colon else "", upstream, revision


def _dpkg_part(one: str, other: str) -> int:
    while one or other:
        while (one and not one[0].isdigit()) or (other and not other[0].isdigit()):
            if found := _sign(_dpkg_weight(one[:1]), _dpkg_weight(other[:1])):
                return found
            one, other = one[1:], other[1:]
        first, second = (re.match("[0-9]*", text)[0] for text in (one, other))  # type: ignore[index]
        if found := _sign(int(first or 0), int(second or 0)):
            return found
        one, other = one[len(first) :], other[len(second) :]
    return 0


def _dpkg_weight(letter: str) -> int:
    if letter == "~":
        return -1
    if not letter or letter.isdigit():
        return 0
    return ord(letter) if letter.isalpha() else ord(letter) + 1000


# --- apk: apk-package(5), "version", and how apk-tools 3 weighs what is missing ---------------------

_APK_KINDS = ("first", "number", "letter number", "letter", "suffix", "suffix number", "hash", "revision", "end")
_APK_SUFFIXES = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
_APK_TOKENS = {
    "number": r"\.([0-9]+)", "letter": "([a-z])", "suffix": "_([a-z]+)", "suffix number": "([0-9]+)",
    "hash": "~([0-9a-f]+)", "revision": "-r([0-9]+)",
}  # fmt: skip
_APK_AFTER = {
    "first": ("number", "letter", "suffix", "hash", "revision"),
    "number": ("number", "letter", "suffix", "hash", "revision"),
    "letter": ("letter number", "suffix", "hash", "revision"),
    "letter number": ("suffix", "hash", "revision"),
    "suffix": ("suffix number", "suffix", "hash", "revision"),
    "suffix number": ("suffix", "hash", "revision"),
    "hash": ("revision",),
    "revision": (),
}


def apk_tokens(text: str) -> list[tuple[str, str]]:
    """Return kinds and texts of the parts of an apk version.

    Raises:
        ValueError: it is none.
    """
    first = re.match("[0-9]+", text)
    if not first:
        raise ValueError(text)
    found, rest, kind = [("first", first[0])], text[first.end() :], "first"
    while rest:
        for after in _APK_AFTER[kind]:
            match = re.match(_APK_TOKENS.get(after, "([0-9]+)"), rest)
            if match and (after != "suffix" or match[1] in _APK_SUFFIXES):
                break
        else:
            raise ValueError(text)
        found.append((after, match[1]))
        kind, rest = after, rest[match.end() :]
    return [*found, ("end", "")]


def apk(one: str, other: str) -> int:
    """Return the sign of a comparison of two apk versions."""
    for (kind, first), (other_kind, second) in zip(apk_tokens(one), apk_tokens(other), strict=False):
        if kind != other_kind:
            if _is_before_release(kind, first) or _is_before_release(other_kind, second):
                return -1 if _is_before_release(kind, first) else 1
            return -_sign(_APK_KINDS.index(kind), _APK_KINDS.index(other_kind))
        if found := _apk_part(kind, first, second):
            return found
    return 0


def _is_before_release(kind: str, text: str) -> bool:
    return kind == "suffix" and _APK_SUFFIXES.index(text) < _APK_SUFFIXES.index("")


def _apk_part(kind: str, one: str, other: str) -> int:
    if kind == "suffix":
        return _sign(_APK_SUFFIXES.index(one), _APK_SUFFIXES.index(other))
    is_text = kind in ("letter", "hash") or (kind == "number" and "0" in (one[0], other[0]))
    return _sign(one, other) if is_text or not one else _sign(int(one), int(other))


COMPARISONS: dict[str, Compare] = {"rpm": rpm, "dpkg": dpkg, "apk": apk}
