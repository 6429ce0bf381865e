"""What is wrong with a bill of materials as a whole: what cannot be audited, what it says twice, what it lacks."""

from pip_assay.model import PYPI, UNCOVERED, Place, Problem
from pip_assay.sources import distributions
from pip_assay.sources.sbom.bill import HINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pip_assay.model import Dependency
    from pip_assay.sources.sbom.bill import Bill, Component

UNNAMED = "no package URL, so it cannot be told which project it is"
UNREAD = "its package URL cannot be read"
UNPINNED = "no version specified"


def flaws(
    bill: "Bill", found: "Iterable[tuple[Component, Dependency]]", dependencies: "tuple[Dependency, ...]", file: str
) -> "Iterator[Problem]":
    """Yield every problem of a bill; `found` has what each component became, `dependencies` what is listed of it."""
    if not dependencies:
        yield Problem("empty", "holds no package", Place(file), HINT, file)
    for each in dependencies:
        if each.skipped:
            yield from _skipped(each)
    yield from _untold([each for each in dependencies if each.skipped == distributions.UNTOLD])
    yield from _mismatches(found)
    yield from _dangling(bill, file)


def _skipped(dependency: "Dependency") -> "Iterator[Problem]":
    place, name, reason = dependency.place, dependency.pin.name, dependency.skipped
    what = f"{dependency.spelling} cannot be audited: {reason}"
    if reason == UNPINNED:
        yield Problem("unpinned", what, place, "audit the project that it comes from", name)
    elif reason == UNNAMED:
        hint = "make it with a tool that writes package URLs, or audit it by hand"
        yield Problem("unreadable", f"{dependency.spelling} has {UNNAMED}", place, hint, name)
    elif reason not in {UNCOVERED, distributions.UNTOLD}:
        yield Problem("unreadable", what, place, HINT, name)


def _untold(dependencies: "list[Dependency]") -> "Iterator[Problem]":
    """Yield one problem for all whose distribution is not told: they are hundreds, or none."""
    if dependencies:
        first, others = dependencies[0], f" and {len(dependencies) - 1} more" if dependencies[1:] else ""
        what = f"{first.spelling}{others} cannot be audited: {distributions.UNTOLD}"
        yield Problem("unreadable", what, first.place, "audit the system itself", first.pin.name)


def _mismatches(found: "Iterable[tuple[Component, Dependency]]") -> "Iterator[Problem]":
    """Yield a problem for each Python component that has two versions: its own, and another in the package URL."""
    for each, made in found:
        pin, version = made.pin, each.version
        if pin.ecosystem == PYPI and version and pin.version and version.lower() != pin.version.lower():
            what = f"{each.name} has version {version}, and {pin.version} in its package URL, which was taken"
            yield Problem("unreadable", what, each.place, HINT, pin.name)


def _dangling(bill: "Bill", file: str) -> "Iterator[Problem]":
    """Yield a problem where something depends on what the document does not hold: it may be cut short."""
    known = {each.ref for each in bill.components} | bill.others
    missing = list(dict.fromkeys(ref for refs in bill.edges.values() for ref in refs if ref and ref not in known))
    if missing:
        # What follows a "?" may be a secret: refs are often package URLs, with the address of the source.
        first, others = missing[0].partition("?")[0][:100], f" and {len(missing) - 1} more" if missing[1:] else ""
        what = f"names {first}{others} as a dependency, and does not hold it, so it may be cut short"
        yield Problem("missing", what, Place(file), HINT, file)
