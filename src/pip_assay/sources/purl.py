"""Package URLs, "pkg:pypi/name@1.0" (ECMA-427): read strictly, and put into the words of advisories.

packageurl-python, which the tests compare this with, costs 23 ms at start-up.
"""

import re

from pip_assay.model import PYPI, UNCOVERED, Pin
from pip_assay.names import normalise
from pip_assay.sources import distributions
from pip_assay.values import NamedTuple

_TYPE = r"[a-z][a-z0-9.+_-]*"
_KEY = r"[a-z._-][a-z0-9._-]*"
_ESCAPE = rb"%([0-9a-fA-F]{2})"
SYSTEM = frozenset(("deb", "rpm", "apk"))
_CASELESS = frozenset(("alpm", "apk", "bitbucket", "bitnami", "composer", "deb", "github", "hex", "pub"))
"""The types whose definitions make namespace and name lower case, but for those whose advisories keep the case."""

ECOSYSTEMS = {
    "bioconductor": "Bioconductor",
    "bitnami": "Bitnami",
    "cargo": "crates.io",
    "composer": "Packagist",
    "conan": "ConanCenter",
    "cran": "CRAN",
    "gem": "RubyGems",
    "githubactions": "GitHub Actions",
    "golang": "Go",
    "hackage": "Hackage",
    "hex": "Hex",
    "julia": "Julia",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "opam": "opam",
    "pub": "Pub",
    "pypi": PYPI,
    "swift": "SwiftURL",
}
"""OSV's word for each type that is an ecosystem of its own (OSV schema, defined ecosystems)."""


class Purl(NamedTuple):
    """A package URL, decoded. What it does not have is empty; qualifiers are in the order in which they are written.

    The name of a project on the Python index is normalised.
    """

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""

    def qualifier(self, key: str) -> str:
        """Return the value of a qualifier, empty where it is absent."""
        return next((value for name, value in self.qualifiers if name == key), "")


def parse(text: str) -> Purl | None:
    """Return the package URL that the text is, or None where it is none.

    Slashes around its parts do not count; percent-escapes that are no UTF-8, qualifiers without "=", keys that are
    given twice or hold other characters than letters, digits, ".", "-" and "_" make it none (ECMA-427, 5.6).
    """
    scheme, _, rest = text.strip().partition(":")
    rest, _, subpath = rest.partition("#")
    rest, _, qualifiers = rest.partition("?")
    kind, _, rest = rest.lstrip("/").partition("/")
    kind = kind.lower()
    if scheme != "pkg" or not (kind in ECOSYSTEMS or re.fullmatch(_TYPE, kind)):
        return None
    path, version = _split(kind, rest.lstrip("/"))
    namespace, _, name = path.rpartition("/")
    pairs = _qualifiers(qualifiers)
    try:
        made = Purl(
            kind,
            "/".join(_segments(namespace)),
            _decoded(name).strip(),
            _decoded(version).strip(),
            tuple((key, _decoded(value)) for key, value in pairs or ()),
            "/".join(each for each in _segments(subpath) if each not in {".", ".."}),
        )
    except UnicodeDecodeError:
        return None
    return None if pairs is None or not made.name else _normalised(made)


def _split(kind: str, path: str) -> tuple[str, str]:
    """Return path and version. An npm scope is often written without its escape: pkg:npm/@scope/name."""
    before, at, version = path.rpartition("@")
    scoped = kind == "npm" and "/" in version and (not before or before.endswith("/"))
    return (before, version) if at and not scoped else (path, "")


def _qualifiers(text: str) -> list[tuple[str, str]] | None:
    """Return keys and values, still encoded, or None where they are no qualifiers. An empty value is none."""
    if not text:
        return []
    pairs = [(key.lower(), equals, value) for key, equals, value in (each.partition("=") for each in text.split("&"))]
    keys = {key for key, _, _ in pairs}
    if len(keys) < len(pairs) or not all(equals and re.fullmatch(_KEY, key) for key, equals, _ in pairs):
        return None
    return [(key, value) for key, _, value in pairs if value]


def _segments(text: str) -> list[str]:
    return [_decoded(each) for each in text.split("/") if each]


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    return re.sub(_ESCAPE, lambda found: bytes.fromhex(found[1].decode("ascii")), text.encode("utf-8")).decode("utf-8")


def _normalised(purl: Purl) -> Purl | None:
    if purl.type == "pypi":
        return None if purl.namespace else purl._replace(name=normalise(purl.name))
    if purl.type in _CASELESS:
        return purl._replace(namespace=purl.namespace.lower(), name=purl.name.lower())
    return purl


def pin(purl: Purl) -> Pin:
    """Return the release in OSV's words; the ecosystem is the type itself where OSV's word for it cannot be told.

    A system package is that of one release of its distribution ("Debian:12"), where that can be told exactly, with the
    name that the advisories of the distribution use.
    """
    if purl.type in SYSTEM:
        return _system(purl)
    separator = ":" if purl.type == "maven" else "/"
    group = purl.namespace if purl.type != "conan" else ""
    name = f"{group}{separator}{purl.name}" if group else purl.name
    return Pin(ECOSYSTEMS.get(purl.type, purl.type), name, purl.version)


def _system(purl: Purl) -> Pin:
    ecosystem = distributions.ecosystem(purl.namespace, purl.qualifier("distro"), purl.version)
    name, version, epoch = purl.name, purl.version, purl.qualifier("epoch").lstrip("0")
    if ecosystem and purl.type != "rpm":
        name, version = distributions.source(name, version, purl.qualifier)
    if purl.type == "rpm" and epoch and version and ":" not in version:
        version = f"{epoch}:{version}"
    return Pin(ecosystem or purl.type, name, version)


def skipped(purl: Purl) -> str:
    """Return why no release of this project can be audited, wherever it is found; empty where one can."""
    if purl.type not in SYSTEM:
        return "" if purl.type in ECOSYSTEMS else UNCOVERED
    if distributions.ecosystem(purl.namespace, purl.qualifier("distro"), purl.version):
        return ""
    return distributions.UNTOLD if distributions.is_covered(purl.namespace) else UNCOVERED
