"""The order of versions, ecosystem by ecosystem, as bytes.

`key(ecosystem, text)` is an order-preserving encoding: comparing two keys as bytes is comparing the two versions.
The database, an audit and every look-up use these keys, so a version is parsed once and nothing is sorted again.

A whole number is one byte (0x10 and up) or a length byte and that many bytes, so that a longer release such as 1.2.1
sorts after 1.2, whose next byte, the phase, is below 0x10. See docs/decisions/002-version-keys.md.
"""

import re
from functools import cache, lru_cache

from pip_assay.model import PYPI

START = b""
"""Below every version: OSV's `introduced: "0"`."""

END = b"\xff"
"""Above every version."""

ABOVE_LOCALS = b"\xff"
"""Appended to the key of a public version: above all of its local versions, below the next release."""

_ONE_BYTE = 0x10
_LONG = 0xD8
_LONGEST = 30  # bytes: a part of a version above 2**240 is no version

# PEP 440, appendix B, in the order in which its parts weigh.
_PEP440 = r"""
    v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<phase>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<phase_number>[0-9]+)?)?
    (?P<post>-(?P<implicit_post>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
"""
_PLAIN = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*", re.ASCII)
_PHASES = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}

# Semantic Versioning 2.0.0, item 2 and 9 to 11; a missing minor or patch is 0, as OSV's own server reads it.
_SEMVER = (
    r"v?(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:\.(0|[1-9][0-9]*))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)


_OF_SEMVER = frozenset({"crates.io", "npm", "Go", "Hex", "Pub", "SwiftURL"})
"""Ecosystems whose records OSV orders by Semantic Versioning (OSV schema, `affected[].ranges[].type`)."""


def is_ordered(ecosystem: str) -> bool:
    """Return whether the order of an ecosystem's versions is known here."""
    return ecosystem == PYPI or ecosystem.partition(":")[0] in _OF_SEMVER


@lru_cache(maxsize=1 << 16)
def key(ecosystem: str, text: str) -> bytes | None:
    """Return the key of a version in the order of its ecosystem, or None where that order cannot place it.

    `ecosystem` is OSV's word, with or without a suffix ("AlmaLinux:8"). Ecosystems without an order known here
    (`is_ordered`) place no version. Keys are kept: records list the same versions over and over.
    """
    if ecosystem == PYPI:
        return _pep440(text)
    if ecosystem.partition(":")[0] in _OF_SEMVER:
        return _semver(text)
    return None


def public_key(ecosystem: str, text: str) -> bytes | None:
    """Return the key of the public part: of 2.0.1 for 2.0.1+cu118 (PEP 440, local version identifiers)."""
    return key(ecosystem, text.partition("+")[0] if ecosystem == PYPI else text)


def has_local(ecosystem: str, text: str) -> bool:
    """Return whether the version carries a PEP 440 local part, such as +cu118 or +deb12u1."""
    return ecosystem == PYPI and "+" in text


@cache
def _pattern(text: str) -> "re.Pattern[str]":
    """Return the compiled pattern: most audits meet plain versions alone, and need none of them."""
    return re.compile(text, re.VERBOSE | re.ASCII)


def _number(number: int) -> bytes:
    if number < _LONG - _ONE_BYTE:
        return bytes((_ONE_BYTE + number,))
    length = (number.bit_length() + 7) // 8
    if length > _LONGEST:
        raise OverflowError
    return bytes((_LONG + length,)) + number.to_bytes(length, "big")


def _digits(text: str) -> bytes:
    # int() refuses thousands of digits; so does this order, well before.
    if len(text) > 100:
        text = text.lstrip("0") or "0"
        if len(text) > 100:
            raise OverflowError
    return _number(int(text))


_PLAIN_TAIL = b"\x04\x00\x01"  # neither pre, post nor dev


def _release(text: str) -> bytes:
    parts = text.split(".")
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    if len(parts) == 1 and not parts[0].strip("0"):
        return b""
    return b"".join([_digits(part) for part in parts])


def _pep440(text: str) -> bytes | None:
    text = text.strip().lower()
    if _PLAIN.fullmatch(text):
        return b"\x10" + _release(text) + _PLAIN_TAIL
    found = _pattern(_PEP440).fullmatch(text)
    if not found:
        return None
    try:
        return b"".join(
            (_digits(found["epoch"] or "0"), _release(found["release"]), _suffix(found), _local(found["local"]))
        )
    except OverflowError:
        return None


def _suffix(found: "re.Match[str]") -> bytes:
    """Return the phases: dev before a before b before rc before the release before post (PEP 440, summary)."""
    post = b"\x00"
    if found["post"]:
        post = b"\x01" + _digits(found["implicit_post"] or found["post_number"] or "0")
    if found["phase"]:
        pre = bytes((_PHASES[found["phase"]],)) + _digits(found["phase_number"] or "0")
    else:
        # A bare development release, 1.0.dev1, comes before 1.0a1; 1.0.post1.dev1 does not.
        pre = b"\x00" if found["dev"] and not found["post"] else b"\x04"
    dev = b"\x00" + _digits(found["dev_number"] or "0") if found["dev"] else b"\x01"
    return pre + post + dev


def _local(text: str | None) -> bytes:
    """Return the local part: numbers above words, more segments above fewer (PEP 440, local version identifiers)."""
    if text is None:
        return b""
    parts = re.split("[-_.]", text)
    return b"".join(
        b"\x02" + _digits(part) if part.isdigit() else b"\x01" + part.encode("ascii") + b"\x00" for part in parts
    )


def _semver(text: str) -> bytes | None:
    found = _pattern(_SEMVER).fullmatch(text.strip())
    if not found:
        return None
    major, minor, patch, prerelease = found.groups()
    try:
        numbers = b"".join(_digits(part or "0") for part in (major, minor, patch))
        if prerelease is None:
            return numbers + b"\x04"
        return numbers + b"\x01" + b"".join(_identifier(part) for part in prerelease.split(".")) + b"\x00"
    except OverflowError:
        return None


def _identifier(text: str) -> bytes:
    """Return one pre-release identifier: numeric ones below alphanumeric ones (SemVer 2.0.0, item 11.4)."""
    if text.isdigit():
        return b"\x01" + _digits(text)
    return b"\x02" + text.encode("ascii") + b"\x00"


def is_prerelease(ecosystem: str, text: str) -> bool:
    """Return whether the version is a pre-release or development release of its ecosystem."""
    if ecosystem == PYPI:
        found = _pattern(_PEP440).fullmatch(text.strip().lower())
        return bool(found and (found["phase"] or found["dev"]))
    return "-" in text
