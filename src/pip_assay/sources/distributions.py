"""Linux distributions as package URLs name them, and as OSV does: "almalinux-8.9" is "AlmaLinux:8"."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

UNTOLD = "it is not told exactly which release of which distribution it is from"

_WORDS = {
    "alma": "AlmaLinux",
    "almalinux": "AlmaLinux",
    "alpine": "Alpine",
    "chainguard": "Chainguard",
    "debian": "Debian",
    "echo": "Echo",
    "minimos": "MinimOS",
    "rocky": "Rocky Linux",
    "rocky-linux": "Rocky Linux",
    "rockylinux": "Rocky Linux",
    "ubuntu": "Ubuntu",
    "wolfi": "Wolfi",
}
_ROLLING = frozenset(("Chainguard", "Echo", "MinimOS", "Wolfi"))
_OTHERS = frozenset(
    (
        "", "alpaquita", "azurelinux", "bellsoft-hardened-containers", "cleanstart", "mageia", "mariner", "openeuler",
        "opensuse", "photon", "redhat", "rhel", "root", "sles", "suse", "tuxcare",
    )
)  # fmt: skip
"""Advisories cover these too, by the name of a product, which no package URL has."""

_NAMES = {
    "Debian": {
        "wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12",
        "trixie": "13", "forky": "14", "duke": "15",
    },
    "Ubuntu": {
        "trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04", "jammy": "22.04", "noble": "24.04",
        "plucky": "25.04", "questing": "25.10", "resolute": "26.04",
    },
}  # fmt: skip

_LONG_TERM = r"[0-9]?[02468]\.04"
_BUILT_FOR = r"[._]el([0-9]+)(?![0-9])"
_NUMBER = r"v?([0-9]+)(?:\.([0-9]+))?(?:\.[0-9.]*)?"


def is_covered(namespace: str) -> bool:
    """Return whether advisories cover the distribution; one that is not named may be any."""
    return namespace.lower() in _WORDS or namespace.lower().partition("/")[0] in _OTHERS


def ecosystem(namespace: str, distro: str, version: str) -> str:
    """Return OSV's word for a release of a distribution, empty where it cannot be told exactly.

    namespace  of the package URL: "debian".
    distro     its qualifier, as the tools write it: "debian-12", "bookworm", "12.5"; empty where it has none.
    version    of the package: that of an AlmaLinux or Rocky Linux one says what it is built for, ".el8".
    """
    word = _WORDS.get(namespace.lower(), "")
    if not word or word in _ROLLING:
        return word
    name, dash, release = distro.lower().rpartition("-")
    if dash and _WORDS.get(name) != word:
        return ""
    found = re.fullmatch(_NUMBER, _NAMES.get(word, {}).get(release, release))
    if word in {"AlmaLinux", "Rocky Linux"}:
        found = found or re.search(_BUILT_FOR, version)
        return f"{word}:{found[1]}" if found else ""
    if not found or (word != "Debian" and not found[2]):
        return ""
    if word == "Debian":
        return f"{word}:{found[1]}"
    release = f"{found[1]}.{found[2]}"
    if word == "Alpine":
        return f"{word}:v{release}"
    return f"{word}:{release}:LTS" if re.fullmatch(_LONG_TERM, release) else f"{word}:{release}"


def source(name: str, version: str, qualifier: "Callable[[str], str]") -> tuple[str, str]:
    """Return name and version of the source package, which the advisories of Alpine, Debian and Ubuntu speak of.

    No standard says where they are written: in `upstream` as "name" or "name@version", or in `source` and
    `sourceversion`. Without these a package is taken for its own source, as most are.
    """
    upstream, _, upstream_version = qualifier("upstream").partition("@")
    return (
        upstream or qualifier("source") or name,
        upstream_version or qualifier("sourceversion") or version,
    )
