"""What a distribution carries in its files, as every format tells it: apart, and with what carries it.

What is to be upgraded is the distribution; that something is inside of it does not say that anybody's code reaches it.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence

from pip_assay.model import UNAUDITABLE, Dependency, Evidence, Finding, Pin, Upgrade

UNREACHED = "whether your code reaches it is not known"

TITLE = f"Inside your distributions (bundled; {UNREACHED})"
"""The heading of what is bundled, in every report that has headings."""

DEEPEST = 20
"""Releases that are told one inside of the other: a stranger's document may nest a thousand, or go in a circle."""

_SAID: dict[Evidence, str] = {
    "sbom": "its SBOM, ",
    "metadata": "a copy, ",
    "list": "its list, ",
    "file name": "its file ",
    "string": "text in its file ",
}


class Hosts:
    """What carries what in one target."""

    def __init__(self, dependencies: Iterable[Dependency]) -> None:
        self._own: set[Pin] = set()
        self._inside: dict[Pin, Pin] = {}
        for each in dependencies:
            if each.inside is None:
                self._own.add(each.pin)
            else:
                self._inside[each.pin] = min(each.inside, self._inside.get(each.pin, each.inside))

    def of(self, dependency: Dependency) -> tuple[Pin, ...]:
        """Return what carries a dependency, the nearest first; the last is what to upgrade. Empty for what is alone."""
        return tuple(self._up(dependency.inside))

    def _up(self, pin: Pin | None) -> Iterator[Pin]:
        seen: set[Pin] = set()
        while pin and pin not in seen and len(seen) < DEEPEST:
            yield pin
            seen.add(pin)
            pin = None if pin in self._own else self._inside.get(pin)


def inside(hosts: Iterable[Pin]) -> str:
    """Return what carries something: "inside pip 24.0 inside cpython 3.11.9"; empty for what is alone."""
    return " ".join(f"inside {host}" for host in hosts)


def release(pin: Pin, carrier: Pin | None) -> str:
    """Return a release with what carries it: "libpng 1.6.43 inside pillow 11.0.0"."""
    return f"{pin} inside {carrier}" if carrier else str(pin)


def evidence(dependency: Dependency, *, whole: bool = False) -> str:
    """Return how it is known that it is there: "its SBOM, auditwheel.cdx.json"; empty where nobody says.

    whole  name the file as it is written in places, not by its last part alone.
    """
    said = _SAID.get(dependency.known_by, "")
    return said + (str(dependency.place) if whole else _last(dependency.place.file)) if said else ""


def _last(file: str) -> str:
    parts = file.replace(os.sep, "/").rstrip("/").split("/")
    if parts[-1] in {"METADATA", "PKG-INFO"} and len(parts) > 1:
        del parts[-1]
    return parts[-1]


def raised(offered: Iterable[Upgrade], ids: Collection[str]) -> Upgrade | None:
    """Return the upgrade of a host whose release is known to be free of the most of these flaws of what it carries."""
    some = (each for each in offered if not {*each.settles}.isdisjoint(ids))
    return max(some, key=lambda each: (len({*each.settles}.intersection(ids)), each), default=None)


def settles(upgrade: Upgrade, ids: Sequence[str]) -> str:
    """Return how many of these flaws the upgrade of a host settles: "settles 3 of 5"."""
    settled = sum(each in upgrade.settles for each in ids)
    if settled < len(ids):
        return f"settles {settled:,} of {len(ids):,}"
    return "settles it" if settled == 1 else f"settles all {settled:,}"


def advice(finding: Finding, host: Pin, new: str = "") -> str:
    """Return what to do about a flaw of something that a host carries, one sentence; `new` is a release without it."""
    pin = finding.dependency.pin
    if finding.malware:
        return f"Remove {host}, which carries {pin}, and rotate secrets: that release itself is malicious."
    if new:
        return f"Upgrade {host.name} to {new}."
    if not finding.fixed_in:
        return "No fix known."
    return f"Upgrade {host.name} to a release that carries {pin.name} {finding.fixed_in[0]} or later."


def is_unauditable(dependency: Dependency) -> bool:
    """Return whether it is carried, and nothing is known by which advisories could be matched with it."""
    return dependency.inside is not None and dependency.skipped == UNAUDITABLE
