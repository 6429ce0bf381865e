"""What declared ranges allow: which releases inside each are vulnerable, and the lowest floor above which none is.

For the authors of libraries, who ship a range and no lock. Every release inside a range is audited as if it were
installed, so policy and data count as they do everywhere.
"""

import os
from collections.abc import Iterable, Sequence

from pip_assay import files, flow, policy, releases
from pip_assay.configuration.policies import with_own
from pip_assay.errors import Unreadable
from pip_assay.model import OPEN, PYPI, Dependency, Inventory, Pin, Place, Problem, Report, Verdict
from pip_assay.settings import Outside, Settings, network
from pip_assay.targets import kinds
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.resolve import Root

FOUND_IN_FOLDER = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile")


class Declared(NamedTuple):
    """One requirement with a range: `name` normalised, `specifier` as written, empty for any release."""

    name: str
    specifier: str
    place: Place
    group: str = "runtime"


class Affected(NamedTuple):
    """One release inside a range, and the flaws that are known of it, by their ids."""

    version: str
    ids: tuple[str, ...]


class Allowed(NamedTuple):
    """What a range allows.

    releases  inside it, ascending, without yanked ones.
    affected  those of them with flaws that are not ignored.
    newest    the newest release inside it; empty where there is none.
    floor     the lowest release inside it above which, itself included, none inside it is affected; empty for none.
    failing   whether one of those flaws fails the audit.
    """

    declared: Declared
    releases: tuple[str, ...]
    affected: tuple[Affected, ...]
    newest: str
    floor: str
    failing: bool

    def newest_is_safe(self) -> bool:
        """Return whether the newest release inside is not affected."""
        return bool(self.newest) and all(each.version != self.newest for each in self.affected)


class Answer(NamedTuple):
    """What all the ranges of some targets allow, and what is not known. Nobody is asked about one's own projects."""

    allowed: tuple[Allowed, ...]
    problems: tuple[Problem, ...]
    report: Report
    internal: tuple[Declared, ...] = ()


def answer(settings: Settings, outside: Outside) -> Answer:
    """Return what the ranges that the targets declare allow; without a target, those of the current folder."""
    every, problems, settings = _declared(settings, outside)
    internal = _internal(every, settings, outside)
    declared = [each for each in every if each not in internal]
    if names := {each.name for each in declared}:
        outside.say(f"asking the package index for the releases of {len(names)} project{'s' * (len(names) > 1)}")
    listed = releases.of(
        [each.name for each in declared],
        network(settings, outside),
        settings.cache or files.cache_folder(),
        outside.now,
    )
    inside: list[tuple[Declared, tuple[str, ...]]] = []
    for each in declared:
        found = listed[each.name]
        if isinstance(found, Unreadable):
            what = f"the releases of {each.name} are not known: {found.what}"
            problems.append(Problem("look-up", what, each.place, found.hint, each.name))
        else:
            inside.append((each, _inside(each, found.releases)))
    report = flow.judge([_inventory(each, versions) for each, versions in inside], settings, outside)
    allowed = tuple(
        _allowed(each, versions, audit.verdicts) for (each, versions), audit in zip(inside, report.audits, strict=True)
    )
    problems += [_nothing(each.declared) for each in allowed if not each.releases]
    problems += [problem for audit in report.audits for problem in audit.problems]
    return Answer(allowed, tuple(dict.fromkeys((*problems, *report.problems))), report, internal)


def _internal(declared: Iterable[Declared], settings: Settings, outside: Outside) -> tuple[Declared, ...]:
    """Return those whose names are of one's own, by the settings of their file or of the current folder."""
    own = with_own(settings, outside).own
    here = own("").names
    return tuple([each for each in declared if policy.is_internal(each.name, here + own(each.place.file).names)])


def _declared(settings: Settings, outside: Outside) -> tuple[list[Declared], list[Problem], Settings]:
    """Return the ranges in manifests and requirements files, and the settings with the indexes that these name.

    A folder means the manifests in it.
    """
    from pip_assay.sources import manifests

    found: list[Declared] = []
    problems: list[Problem] = []
    for path in _files(settings, problems):
        kind = kinds.of_name(os.path.basename(path))
        if kind in kinds.MANIFESTS:
            manifest = manifests.read(path)
            problems += [each for each in manifest.problems if each.gap != "empty"]
            found += _of_roots(manifest.roots, problems)
            settings = settings._replace(
                index_url=settings.index_url or manifest.index_url,
                extra_index_urls=settings.extra_index_urls or manifest.extra_index_urls,
            )
        else:
            found += _of_requirements(path, outside, problems)
    if not found and not problems:
        problems.append(Problem("empty", "declares no range", Place(", ".join(settings.targets) or "."), "", ""))
    return list(dict.fromkeys(found)), problems, settings


def _files(settings: Settings, problems: list[Problem]) -> Iterable[str]:
    for target in (*settings.requirements, *settings.targets) or (".",):
        if not os.path.isdir(target):
            yield target
            continue
        there = [os.path.normpath(os.path.join(target, name)) for name in FOUND_IN_FOLDER]
        there = [path for path in there if os.path.isfile(path)]
        if not there:
            hint = "name a file that declares ranges"
            problems.append(Problem("empty", "holds no manifest", Place(target), hint, target))
        yield from there


def _of_roots(roots: "Sequence[Root]", problems: list[Problem]) -> Iterable[Declared]:
    from packaging.requirements import InvalidRequirement, Requirement

    for root in roots:
        try:
            parsed = Requirement(root.text)
        except InvalidRequirement:
            what = "is not a requirement with a range that can be read"
            problems.append(Problem("unreadable", what, root.place, "write it as PEP 508 has it", root.name))
            continue
        if not parsed.url:
            yield Declared(root.name, str(parsed.specifier), root.place, root.group)


def _of_requirements(path: str, outside: Outside, problems: list[Problem]) -> Iterable[Declared]:
    from pip_assay.sources import requirements
    from pip_assay.sources.resolve import Root

    found = requirements.read((path,), outside.environ)
    problems += found.problems
    named = [each for each in found.requirements if each.name and each.origin.kind == "index"]
    return _of_roots([Root(each.text, each.place, each.name) for each in named], problems)


def _inside(declared: Declared, listed: Sequence[releases.Release]) -> tuple[str, ...]:
    """Return the releases that an installer could choose: pre-releases only where there is nothing else (PEP 440)."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifier = SpecifierSet(declared.specifier)
    except InvalidSpecifier:
        return ()
    return tuple(specifier.filter(each.version for each in listed if not each.yanked))


def _inventory(declared: Declared, versions: Iterable[str]) -> Inventory:
    dependencies = (
        Dependency(Pin(PYPI, declared.name, version), declared.place, (declared.group,), direct=True)
        for version in versions
    )
    return Inventory(f"{declared.name}{declared.specifier}", "range", tuple(dependencies))


def _allowed(declared: Declared, versions: tuple[str, ...], verdicts: Sequence[Verdict]) -> Allowed:
    flaws: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.status in OPEN:
            flaws.setdefault(verdict.finding.dependency.pin.version, []).append(verdict.finding.id)
    affected = tuple(Affected(version, tuple(sorted(flaws[version]))) for version in versions if version in flaws)
    return Allowed(
        declared,
        versions,
        affected,
        versions[-1] if versions else "",
        floor(versions, flaws),
        any(verdict.status == "fails" for verdict in verdicts),
    )


def floor(versions: Sequence[str], affected: Iterable[str]) -> str:
    """Return the lowest of the ascending versions from which on none is affected; empty where the last one is."""
    affected, lowest = set(affected), ""
    for version in reversed(versions):
        if version in affected:
            break
        lowest = version
    return lowest


def _nothing(declared: Declared) -> Problem:
    what = f"no release of {declared.name} is inside {declared.specifier or 'any range'}"
    return Problem("empty", what, declared.place, "correct the range", declared.name)
