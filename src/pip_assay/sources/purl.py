"""Package URLs in the words of advisories: which release one is, and why none of it can be audited."""

from pip_assay.model import UNCOVERED, Pin
from pip_assay.purls import ECOSYSTEMS, SYSTEM, Purl, parse
from pip_assay.sources import distributions

__all__ = ["ECOSYSTEMS", "SYSTEM", "Purl", "parse", "pin", "skipped"]


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
    name, version, epoch = purl.name, purl.version, purl.qualifier("epoch")
    if ecosystem and purl.type != "rpm":
        name, version = distributions.source(name, version, purl.qualifier)
    if purl.type == "rpm" and epoch and version and ":" not in version:
        version = f"{epoch.lstrip('0') or '0'}:{version}"  # epoch 0 is stated; without one it may be any
    return Pin(ecosystem or purl.type, name, version)


def skipped(purl: Purl) -> str:
    """Return why no release of this project can be audited, wherever it is found; empty where one can."""
    if purl.type not in SYSTEM:
        return "" if purl.type in ECOSYSTEMS else UNCOVERED
    if distributions.ecosystem(purl.namespace, purl.qualifier("distro"), purl.version):
        return ""
    return distributions.UNTOLD if distributions.is_covered(purl.namespace) else UNCOVERED
