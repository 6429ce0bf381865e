"""The order of versions, ecosystem by ecosystem, as bytes.

`key(ecosystem, text)` is an order-preserving encoding: comparing two keys as bytes is comparing the two versions.
The database, an audit and every look-up use these keys, so a version is parsed once and nothing is sorted again.

One module is one order. That of Python's packages is always at hand; the others are loaded when a version needs them.
See docs/decisions/002-version-keys.md and 011-version-orders.md.
"""

from collections.abc import Callable
from functools import cache, lru_cache

from pip_assay.model import PYPI, PYTHON
from pip_assay.versions import numbers, pep440

START = b""
"""Below every version: OSV's `introduced: "0"`."""

END = b"\xff"
"""Above every version."""

ABOVE_LOCALS = b"\xff"
"""Appended to the key of a public version: above all of its local versions, below the next release."""

_EPOCH_0 = numbers.digits("0")

_LONGEST = 1000
"""Characters: a longer text is no version."""

_ORDERS = {
    # OSV schema, `affected[].ranges[].type`: ecosystems ordered by Semantic Versioning.
    **dict.fromkeys(("crates.io", "npm", "Go", "Hex", "Pub", "SwiftURL"), "semver"),
    # OSV schema, `affected[].package.ecosystem`: distributions, by what they are packaged with.
    **dict.fromkeys(
        ("AlmaLinux", "Azure Linux", "Mageia", "Photon OS", "Red Hat", "Rocky Linux", "SUSE", "openEuler", "openSUSE"),
        "rpm",
    ),
    **dict.fromkeys(
        ("Alpaquita", "Alpine", "BellSoft Hardened Containers", "Chainguard", "MinimOS", "Wolfi"),
        "apk",
    ),
    **dict.fromkeys(("Debian", "Ubuntu"), "dpkg"),
    # Interpreters: CPython numbers its releases as PEP 440 orders them ("3.13.0rc2").
    PYTHON: "pep440",
}
_PACKAGED = ("rpm", "apk", "dpkg")


ECOSYSTEMS = (PYPI, *_ORDERS)
"""OSV's words for what has an order here, without the suffix that says which release of a distribution is meant."""


def is_ordered(ecosystem: str) -> bool:
    """Return whether the order of an ecosystem's versions is known here."""
    return ecosystem == PYPI or _without_suffix(ecosystem) in _ORDERS


def is_distribution(ecosystem: str) -> bool:
    """Return whether an ecosystem is a Linux distribution, as far as its order is known here."""
    return _ORDERS.get(_without_suffix(ecosystem)) in _PACKAGED


@lru_cache(maxsize=1 << 16)
def key(ecosystem: str, text: str) -> bytes | None:
    """Return the key of a version in the order of its ecosystem, or None where that order cannot place it.

    `ecosystem` is OSV's word, with or without a suffix ("AlmaLinux:8"). Ecosystems without an order known here
    (`is_ordered`) place no version. Keys are kept: records list the same versions over and over.
    """
    try:
        if ecosystem == PYPI:
            return pep440.key(text)
        order = _ORDERS.get(_without_suffix(ecosystem))
        return _order(order)(text) if order and len(text) <= _LONGEST else None
    except OverflowError:
        return None


def lacks_epoch(ecosystem: str, text: str) -> bool:
    """Return whether a version of an RPM package does not say its epoch: then that may be any, not only 0.

    auditwheel writes none into package URLs; a dpkg or Python version without one is of epoch 0.
    """
    return ":" not in text and _ORDERS.get(_without_suffix(ecosystem)) == "rpm"


def without_epoch(key: bytes) -> bytes:
    """Return the key of an RPM version without its epoch; START and END stay what they are."""
    return key if key in {START, END} else key[numbers.length(key) :]


def has_epoch(key: bytes) -> bool:
    """Return whether the key of an RPM version is of another epoch than 0; START and END are of none."""
    return key not in {START, END} and not key.startswith(_EPOCH_0)


def public_key(ecosystem: str, text: str) -> bytes | None:
    """Return the key of the public part: of 2.0.1 for 2.0.1+cu118 (PEP 440, local version identifiers).

    Other ecosystems have no local versions: what follows a "+" there is a part like others, or has no weight.
    """
    return key(ecosystem, text.partition("+")[0] if ecosystem == PYPI else text)


def has_local(ecosystem: str, text: str) -> bool:
    """Return whether the version carries a PEP 440 local part, such as +cu118 or +deb12u1."""
    return ecosystem == PYPI and "+" in text


def is_prerelease(ecosystem: str, text: str) -> bool:
    """Return whether the version is a pre-release or development release of its ecosystem.

    A distribution has none: it publishes what it has chosen, even where that is upstream's candidate (1.0~rc1-2).
    """
    order = "pep440" if ecosystem == PYPI else _ORDERS.get(_without_suffix(ecosystem))
    if order == "pep440":
        return pep440.is_prerelease(text)
    if order != "semver":
        return False
    from pip_assay.versions import semver

    return semver.is_prerelease(text)


def _without_suffix(ecosystem: str) -> str:
    """Return "AlmaLinux" of "AlmaLinux:8": one order holds for all releases of a distribution."""
    return ecosystem.partition(":")[0]


@cache
def _order(name: str) -> Callable[[str], bytes | None]:
    """Return what makes the keys of an order; most audits meet Python's packages alone, and need none of these."""
    if name == "pep440":
        return pep440.key
    if name == "semver":
        from pip_assay.versions import semver

        return semver.key
    if name == "rpm":
        from pip_assay.versions import rpm

        return rpm.key
    if name == "apk":
        from pip_assay.versions import apk

        return apk.key
    from pip_assay.versions import dpkg

    return dpkg.key
