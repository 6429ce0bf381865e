"""The order of Debian's packages, `epoch:upstream-revision`: Debian and Ubuntu (deb-version(7), as dpkg sorts).

Upstream version and revision are each a row of pairs, a text without digits and a number. In a text "~" comes before
the end, the end before the letters, and these before all other signs. What is missing, a number, a revision or the
epoch, is 0.
"""

import re

from pip_assay.versions.numbers import digits

_UPSTREAM = re.compile(r"[0-9A-Za-z.+~:-]+")
_REVISION = re.compile(r"[0-9A-Za-z.+~]+")
_PAIR = re.compile(r"([^0-9]*)([0-9]*)")
_END = b"\x02"
_WEIGHTS = {ord("~"): 0x01} | {ord(sign): 0x80 + ord(sign) for sign in "+-.:"}


def key(text: str) -> bytes | None:
    """Return the key of a version, or None where it is none; `numbers.digits` tells what it raises."""
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, "0"
    if not (epoch.isascii() and epoch.isdigit() and _UPSTREAM.fullmatch(upstream) and _REVISION.fullmatch(revision)):
        return None
    return digits(epoch) + _row(upstream) + _row(revision)


def _row(text: str) -> bytes:
    # The pattern also finds the nothing at the end.
    pairs = _PAIR.findall(text)[:-1]
    return b"".join([_text(signs) + digits(number or "0") for signs, number in pairs]) + _END


def _text(signs: str) -> bytes:
    return signs.translate(_WEIGHTS).encode("latin-1") + _END
