"""What the readers of locks decide alike: where a release came from, what cannot be audited, what is there twice."""

from collections.abc import Iterable, Iterator

from pip_assay.credentials import without_credentials
from pip_assay.model import INDEX, Dependency, Origin, Problem


def index_origin(location: str) -> Origin:
    """Return the origin that an index gives: a folder as index is private, an empty location the public one."""
    if not location:
        return INDEX
    public = "://" in location and not location.startswith("file:")
    return Origin("index", address(location)) if public else Origin("private index", location)


def address(url: str) -> str:
    """Return the address without credentials."""
    return without_credentials(url) if "@" in url else url


def skipped(name: str, version: str, unpinned: str) -> str:
    """Return why a release cannot be audited, `unpinned` where it has no version; empty where it can.

    `name` is normalised; a valid one is then letters, digits and single dashes between them (PEP 508).
    """
    valid = name.isascii() and name.replace("-", "").isalnum() and name[0] != "-" != name[-1]
    if not valid:
        return "its name is not a valid project name"
    return "" if version else unpinned


def flaws(dependencies: Iterable[Dependency], hint: str) -> Iterator[Problem]:
    """Yield a problem for each dependency that cannot be audited, or that the lock lists a second time."""
    seen = set()
    for each in dependencies:
        if each.skipped:
            what = f"{each.spelling} cannot be audited: {each.skipped}"
            if each.pin.version:
                yield Problem("unreadable", what, each.place, hint, each.pin.name)
            else:
                yield Problem("unpinned", what, each.place, "audit the project that it comes from", each.pin.name)
        identity = (each.pin, each.marker, each.origin)
        if identity in seen:
            yield Problem("duplicate", f"lists {each.pin} twice", each.place, hint, each.pin.name)
        seen.add(identity)
