"""The order of Python's releases (PEP 440, "Summary of permitted suffixes and relative ordering").

A longer release such as 1.2.1 sorts after 1.2, because what follows 1.2, its phase, is below every number.
"""

import re
from functools import cache

from pip_assay.versions.numbers import digits

# PEP 440, appendix B, in the order in which its parts weigh.
_VERSION = r"""
    v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<phase>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<phase_number>[0-9]+)?)?
    (?P<post>-(?P<implicit_post>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
"""
_PLAIN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})*)(?:(a|b|rc)([0-9]{1,9}))?", re.ASCII)
"""What most versions are; compiling the whole pattern costs more than a thousand of these."""

_NO_PRE = b"\x04"
_NO_POST_NO_DEV = b"\x00\x01"
_PHASES = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}


def key(text: str) -> bytes | None:
    """Return the key of a version, or None where PEP 440 does not allow it; `numbers.digits` tells what it raises."""
    text = text.strip().lower()
    if plain := _PLAIN.fullmatch(text):
        release, phase, number = plain.groups()
        pre = bytes((_PHASES[phase],)) + digits(number) if phase else _NO_PRE
        return b"\x10" + _release(release) + pre + _NO_POST_NO_DEV
    found = _pattern().fullmatch(text)
    if not found:
        return None
    return b"".join((digits(found["epoch"] or "0"), _release(found["release"]), _suffix(found), _local(found["local"])))


def is_prerelease(text: str) -> bool:
    """Return whether the version is an alpha, beta, candidate or development release."""
    text = text.strip().lower()
    if plain := _PLAIN.fullmatch(text):
        return plain[2] is not None
    found = _pattern().fullmatch(text)
    return bool(found and (found["phase"] or found["dev"]))


@cache
def _pattern() -> "re.Pattern[str]":
    """Return the compiled pattern: most audits meet plain versions alone, and do not need it."""
    return re.compile(_VERSION, re.VERBOSE | re.ASCII)


def _release(text: str) -> bytes:
    parts = text.split(".")
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    if len(parts) == 1 and not parts[0].strip("0"):
        return b""
    return b"".join([digits(part) for part in parts])


def _suffix(found: "re.Match[str]") -> bytes:
    """Return the phases: dev before a before b before rc before the release before post (PEP 440, summary)."""
    post = b"\x00"
    if found["post"]:
        post = b"\x01" + digits(found["implicit_post"] or found["post_number"] or "0")
    if found["phase"]:
        pre = bytes((_PHASES[found["phase"]],)) + digits(found["phase_number"] or "0")
    else:
        # A bare development release, 1.0.dev1, comes before 1.0a1; 1.0.post1.dev1 does not.
        pre = b"\x00" if found["dev"] and not found["post"] else _NO_PRE
    dev = b"\x00" + digits(found["dev_number"] or "0") if found["dev"] else b"\x01"
    return pre + post + dev


def _local(text: str | None) -> bytes:
    """Return the local part: numbers above words, more segments above fewer (PEP 440, local version identifiers)."""
    if text is None:
        return b""
    parts = re.split("[-_.]", text)
    return b"".join(
        b"\x02" + digits(part) if part.isdigit() else b"\x01" + part.encode("ascii") + b"\x00" for part in parts
    )
