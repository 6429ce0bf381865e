"""The inventory that a bill of materials makes: every component but its subject, once, with what it is connected to."""

import re

from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin
from pip_assay.sources import purl
from pip_assay.sources.locks import locked
from pip_assay.sources.sbom import flaws
from pip_assay.sources.sbom.flaws import UNNAMED, UNPINNED, UNREAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pip_assay.sources.sbom.bill import Bill, Component

    _Found = list[tuple[Component, Dependency]]

_RANGE = r"[<>=~^*,|]"
"""What no version of a Python project holds, and every range of versions."""

_NO_PACKAGES = frozenset(
    (
        "application", "bom", "configuration", "container", "cryptographicasset", "data", "device", "devicedriver",
        "diskimage", "documentation", "evidence", "file", "filesystemimage", "firmware", "machinelearningmodel",
        "manifest", "model", "operatingsystem", "platform", "requirement", "specification",
    )
)  # fmt: skip
"""What CycloneDX and SPDX call components that are no package of any project, unless they have a package URL."""


def inventory(bill: "Bill", kind: str, file: str, target: str) -> Inventory:
    """Return the inventory of everything in the bill but its subject."""
    found = [(each, made) for each in bill.components if (made := _dependency(each))]
    listed = {each.ref: made for each, made in reversed(found) if each.ref}
    dependencies = _merged(_connected(bill, found, listed))
    problems = (*bill.problems, *flaws.flaws(bill, found, dependencies, file))
    return Inventory(target or file, kind, dependencies, problems, bill.detail)


def _dependency(component: "Component") -> Dependency | None:
    """Return the dependency that a component is, still without what it is connected with; None where it is none."""
    told = None if component.own else release(component)
    if not told:
        return None
    pin, origin, skipped = told
    return Dependency(
        pin,
        component.place,
        component.groups,
        origin=origin,
        hashes=component.hashes,
        marker=component.marker,
        skipped=skipped,
        spelling=component.name,
    )


def release(component: "Component") -> tuple[Pin, Origin, str] | None:
    """Return which release a component is, where from, and why it cannot be audited; None where it is no release."""
    if url := purl.parse(component.purl):
        pin = _pin(url, component)
        return pin, _origin(url, component.origin), _skipped(url, pin)
    kind = component.kind.lower().replace("-", "").replace("_", "")
    if not component.purl and kind in _NO_PACKAGES:
        return None
    pin = Pin("generic", component.name, component.version)
    return pin, component.origin, UNREAD if component.purl else UNNAMED


def _pin(url: purl.Purl, component: "Component") -> Pin:
    """Return the release of a package URL, with what only the component says of it."""
    pin = purl.pin(url)
    version = pin.version or component.version
    if url.type == "pypi" and re.search(_RANGE, version):
        version = ""
    sourced = component.source and url.type in {"deb", "apk"} and pin.ecosystem != url.type
    return pin._replace(name=component.source if sourced else pin.name, version=version)


def _skipped(url: purl.Purl, pin: Pin) -> str:
    if url.type == "pypi":
        return locked.skipped(pin.name, pin.version, UNPINNED)
    return purl.skipped(url) or ("" if pin.version else UNPINNED)


def _origin(url: purl.Purl, otherwise: Origin) -> Origin:
    """Return what the qualifiers say that are known for every type (ECMA-427, known qualifiers)."""
    if url.type in purl.SYSTEM:
        return Origin("distro", url.qualifier("distro") or url.namespace)
    if address := url.qualifier("vcs_url"):
        return Origin("vcs", locked.address(address if "+" in address.partition(":")[0] else f"git+{address}"))
    if address := url.qualifier("download_url"):
        return Origin("url", locked.address(address))
    if address := url.qualifier("repository_url"):
        return locked.index_origin(address)
    return otherwise


def _connected(bill: "Bill", found: "_Found", listed: "Mapping[str, Dependency]") -> "Iterator[Dependency]":
    """Yield each dependency with what it requires, what carries it, and whether the subject asks for it."""
    names = _Names(made.pin for _, made in found)
    asked = _asked(bill, listed)
    edges = dict(bill.edges)
    for each, made in found:
        # Of several that share a ref the first is what is meant, or else they would cost a product of two lengths.
        required = [listed[ref].pin for ref in edges.pop(each.ref, ()) if ref in listed]
        carrier = listed.get(bill.carriers.get(each.ref, ""))
        inside = carrier.pin if carrier and carrier.skipped not in {UNNAMED, UNREAD} else None
        inside = None if inside == made.pin else inside
        yield made._replace(
            requires=tuple(dict.fromkeys(names.of(pin) for pin in required if pin != made.pin)),
            direct=None if asked is None else each.ref in asked,
            inside=inside,
            known_by="sbom" if inside and inside.ecosystem == PYPI else "",
        )


def _asked(bill: "Bill", listed: "Mapping[str, Dependency]") -> set[str] | None:
    """Return the refs that the subject asks for, itself or through what is not listed; None where that is not told."""
    waiting = [each.ref for each in bill.components if each.own]
    seen, asked = set(waiting), set()
    while waiting:
        for ref in bill.edges.get(waiting.pop(), ()):
            if ref in listed:
                asked.add(ref)
            elif ref not in seen:
                seen.add(ref)
                waiting.append(ref)
    return asked or None


class _Names:
    """How an edge names what it leads to: with the version where one name has several."""

    def __init__(self, pins: "Iterable[Pin]") -> None:
        self._alike: dict[str, set[Pin]] = {}
        for pin in pins:
            self._alike.setdefault(pin.name, set()).add(pin)

    def of(self, pin: Pin) -> str:
        alone = len(self._alike[pin.name]) == 1 or not pin.version
        return pin.name if alone else f"{pin.name}=={pin.version}"


def _merged(dependencies: "Iterable[Dependency]") -> tuple[Dependency, ...]:
    """Return the dependencies with those that are the same release, from the same place, made one."""
    merged: dict[tuple[object, ...], list[Dependency]] = {}
    for each in dependencies:
        key = each.pin, each.origin, each.inside, each.marker, each.skipped
        merged.setdefault(key, []).append(each)
    return tuple(alike[0] if len(alike) == 1 else _one(alike) for alike in merged.values())


def _one(alike: list[Dependency]) -> Dependency:
    groups = {group for each in alike for group in each.groups}
    return alike[0]._replace(
        groups=ordered(groups),
        requires=tuple(dict.fromkeys(name for each in alike for name in each.requires)),
        direct=None if alike[0].direct is None else any(each.direct for each in alike),
        hashes=tuple(dict.fromkeys(text for each in alike for text in each.hashes)),
    )


def ordered(groups: "Iterable[str]") -> tuple[str, ...]:
    """Return groups in the order of all reports: "runtime" first, the others sorted."""
    return tuple(sorted(groups, key=lambda group: (group != "runtime", group)))
