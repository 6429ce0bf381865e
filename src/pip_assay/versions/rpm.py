"""The order of RPM packages, `epoch:version-release`: AlmaLinux, Red Hat, SUSE and their kin.

A version, and likewise a release, is a row of numbers, words, "~" and "^"; whatever else stands between them only
separates. At one place "~" comes before the end, the end before "^", that before a word, and a word before a number
(RPM, `rpmvercmp`). A package without an epoch has epoch 0; one without a release comes before all that have one.
"""

import re

from pip_assay.versions.numbers import digits

# What RPM allows in a version and a release, where a hyphen only stands between the two (rpm-version(7)).
_LABEL = re.compile(r"(?:([0-9]+):)?([0-9A-Za-z._+~^]+)(?:-([0-9A-Za-z._+~^]+))?")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_NO_RELEASE, _END, _WORD = b"\x00", b"\x02", b"\x04"
_SIGNS = {"~": b"\x01", "^": b"\x03"}


def key(text: str) -> bytes | None:
    """Return the key of a version, or None where it is none; `numbers.digits` tells what it raises."""
    found = _LABEL.fullmatch(text)
    if not found:
        return None
    epoch, version, release = found.groups()
    return digits(epoch or "0") + _row(version) + (_row(release) if release else _NO_RELEASE)


def _row(text: str) -> bytes:
    return b"".join([_segment(part) for part in _SEGMENT.findall(text)]) + _END


def _segment(text: str) -> bytes:
    if text.isdigit():
        return digits(text)
    return _SIGNS.get(text) or _WORD + text.encode("ascii") + b"\x00"
