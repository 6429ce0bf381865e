"""Ignores: a decision about a flaw, with its reason, and the bounds within which it holds."""

from collections.abc import Iterable, Sequence

from pip_assay.findings import upstream
from pip_assay.match import MALWARE
from pip_assay.model import Dependency, Finding
from pip_assay.names import normalise
from pip_assay.policy.nouns import Ignore
from pip_assay.values import NamedTuple


class Applied(NamedTuple):
    """What the ignores make of one finding: the first that silences it, or those that would and do not hold any more.

    over  why each of `lapsed` does not: "expired on 2026-10-01".
    """

    by: Ignore | None
    lapsed: tuple[Ignore, ...] = ()
    over: tuple[str, ...] = ()


def applied(finding: Finding, target: str, ignores: Sequence[Ignore], today: str) -> Applied:
    """Return what the ignores make of a finding. `today` is a day, "2026-11-22".

    Malware is silenced only by its own id, never through an alias: a false record can be accepted, and no ignore that
    was written for a flaw lets malware through.
    """
    lapsed: list[Ignore] = []
    why_not: list[str] = []
    for each in ignores:
        if not fits(each, finding, target):
            continue
        if why := over(each, finding, target, ignores, today):
            lapsed.append(each)
            why_not.append(why)
        else:
            return Applied(each)
    return Applied(None, tuple(lapsed), tuple(why_not))


def fits(ignore: Ignore, finding: Finding, target: str) -> bool:
    """Return whether an ignore speaks of a finding, whether or not it holds today."""
    return (
        ignore.id.casefold() in map(str.casefold, (finding.id, *finding.aliases, *upstream(finding)))
        and _of_release(ignore, finding.dependency)
        and (not ignore.groups or _among(finding.dependency.groups, ignore.groups))
        and (not ignore.path or _at(ignore, finding, target))
    )


def _of_release(ignore: Ignore, dependency: Dependency) -> bool:
    """Return whether the package and versions of an ignore are those of a release, or of what carries it.

    Only Python's names are normalised: a crate's may hold "_".
    """
    named = [dependency.pin]
    if ignore.package:
        names = (ignore.package, normalise(ignore.package))
        named = [each for each in (dependency.pin, dependency.inside) if each and each.name in names]
    return any(not ignore.versions or _within(ignore.versions, each.version) for each in named)


def over(ignore: Ignore, finding: Finding, target: str, ignores: Iterable[Ignore], today: str) -> str:
    """Return why an ignore that fits a finding does not hold; empty where it does.

    One erratum may speak of many CVEs. One that names such a CVE holds only where `ignores` name all of them.
    """
    if why := _lapsed(ignore, finding, today):
        return why
    if ignore.id.casefold() in map(str.casefold, (finding.id, *finding.aliases)):
        return ""
    named = {
        each.id.casefold() for each in ignores if fits(each, finding, target) and not _lapsed(each, finding, today)
    }
    open_ones = [cve for cve in upstream(finding) if cve.casefold() not in named]
    return f"does not silence {', '.join(open_ones)}, of which {finding.id} speaks, too" if open_ones else ""


def _lapsed(ignore: Ignore, finding: Finding, today: str) -> str:
    if finding.malware:
        own = [advisory.id for advisory in finding.advisories if advisory.id.startswith(MALWARE)]
        if ignore.id.casefold() not in map(str.casefold, own):
            return f"does not silence malware; if the report is wrong, name {' or '.join(own)}"
    if ignore.expires and today > ignore.expires:
        return f"expired on {ignore.expires}"
    if ignore.until_fixed and finding.fixed_in:
        return f"was until fixed, and {finding.fixed_in[0]} is"
    return ""


def _within(specifier: str, version: str) -> bool:
    """Return whether the version is within a specifier; one that cannot be read is within none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        return SpecifierSet(specifier, prereleases=True).contains(Version(version))
    except (InvalidSpecifier, InvalidVersion):
        return specifier.removeprefix("===").strip() == version


def _among(groups: Iterable[str], allowed: Iterable[str]) -> bool:
    """Return whether all groups are allowed: what is needed at run time, too, is not only a development tool."""
    names = {full(each) for each in allowed}
    return bool(groups) and names.issuperset(groups)


def full(group: str) -> str:
    """Return a group's name as dependencies have it: "dev" is "group:dev"."""
    return group if group in {"runtime", "build"} or ":" in group else f"group:{group}"


def _at(ignore: Ignore, finding: Finding, target: str) -> bool:
    from fnmatch import fnmatchcase

    from pip_assay.policy.baseline import spelled

    files = {target, *(place.file for place in finding.places), finding.dependency.place.file}
    pattern = ignore.path.replace("\\", "/")
    if ignore.here:
        return any(fnmatchcase(spelled(file, ignore.here), pattern) for file in files)
    return any(fnmatchcase(file.replace("\\", "/").removeprefix("./"), pattern.removeprefix("./")) for file in files)
