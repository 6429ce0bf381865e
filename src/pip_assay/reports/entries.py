"""One entry for each release of a report, however many targets and lines name it; why it was not audited, if so."""

import re
from collections.abc import Iterable, Mapping

from pip_assay.model import OPEN, PYPI, Audit, Dependency, Finding, Pin, Problem, Report, Status, Verdict
from pip_assay.values import NamedTuple

AUDITED_ANYWAY = frozenset({"unresolved", "status", "stale", "own environment", "duplicate", "empty"})
"""The gaps that leave the dependency they speak of audited; every other gap means that nobody looked, or could tell."""

STATUSES: tuple[Status, ...] = (*OPEN, "ignored", "not_affected")
"""The worst first: a flaw that one target's policy silences and another's does not is open."""

# PEP 440, appendix B, restricted to what already is in normal form (no numeric part of a local version).
_NORMAL = (
    r"(?:[1-9][0-9]*!)?(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*(?:(?:a|b|rc)(?:0|[1-9][0-9]*))?"
    r"(?:\.post(?:0|[1-9][0-9]*))?(?:\.dev(?:0|[1-9][0-9]*))?(?:\+[a-z][a-z0-9]*)?"
)


Key = tuple[Pin, Pin | None]
"""A release, and the one whose files carry it, if one does."""


class Entry(NamedTuple):
    """One release of a report. What something carries is another release than the same that is there by itself.

    pin           with the source's own spelling where no name is known.
    dependencies  each of them with the name of its target, sorted.
    verdicts      one for each flaw, sorted by id.
    skip          why it was not audited; empty when it was.
    inside        the release whose files carry it, if one does.
    """

    pin: Pin
    dependencies: tuple[tuple[str, Dependency], ...]
    verdicts: tuple[Verdict, ...] = ()
    skip: str = ""
    inside: Pin | None = None

    @property
    def key(self) -> Key:
        """What it is, and what it is inside of."""
        return self.pin, self.inside


def entries(audits: Iterable[Audit]) -> list[Entry]:
    """Return the releases of all the audits, sorted by name and version."""
    audits = list(audits)
    found: dict[Key, dict[tuple[str, Dependency], None]] = {}
    unseen: dict[Key, dict[str, None]] = {}
    for audit in audits:
        target = audit.inventory.target
        for dependency in audit.inventory.dependencies:
            found.setdefault(key_of(dependency), {})[target, dependency] = None
        for dependency, why in not_audited(audit).items():
            unseen.setdefault(key_of(dependency), {}).update(dict.fromkeys(why))
        for verdict in audit.verdicts:
            about = verdict.finding.dependency
            found.setdefault(key_of(about), {(target, about): None})
    judged = worst(verdict for audit in audits for verdict in audit.verdicts)
    return [
        Entry(
            key[0],
            _sorted(found[key]),
            tuple(verdict for _, verdict in sorted(judged.get(key, {}).items())),
            "; ".join(sorted(unseen.get(key, ()))),
            key[1],
        )
        for key in sorted(found, key=in_names_order)
    ]


def as_found(report: Report) -> list[Entry]:
    """Return the releases as pip-audit lists them: of what `--fix` has settled, that which was there before."""
    if not report.fixes:
        return entries(report.audits)
    before = [each._replace(verdicts=(*each.verdicts, *each.settled)) for each in report.audits]
    gone = {key_of(verdict.finding.dependency) for audit in report.audits for verdict in audit.settled}
    old = {(pin.name, normal_version(pin)) for pin, _ in gone}
    came = {(each.name, each.new) for each in report.fixes if (each.name, each.old) in old}
    return [
        each
        for each in entries(before)
        if each.verdicts or each.inside or (each.pin.name, normal_version(each.pin)) not in came
    ]


def worst(verdicts: Iterable[Verdict]) -> dict[Key, dict[str, Verdict]]:
    """Return by release and id the verdict on each flaw that weighs the most, the first of its kind."""
    found: dict[Key, dict[str, Verdict]] = {}
    for verdict in verdicts:
        by_id = found.setdefault(key_of(verdict.finding.dependency), {})
        known = by_id.setdefault(verdict.finding.id, verdict)
        if STATUSES.index(verdict.status) < STATUSES.index(known.status):
            by_id[verdict.finding.id] = verdict
    return found


def key_of(dependency: Dependency) -> Key:
    """Return what a dependency is, and what it is inside of."""
    pin = dependency.pin
    return pin if pin.name else identity(dependency), dependency.inside


def in_names_order(key: Key) -> tuple[str, str, str, Pin | tuple[()]]:
    """Return what sorts releases by name and version; what is there by itself comes before what is carried."""
    pin, inside = key
    return pin.name, pin.ecosystem, pin.version, inside or ()


def identity(dependency: Dependency) -> Pin:
    """Return the pin of a dependency; one without a name is known by its spelling, or by its place."""
    pin = dependency.pin
    return pin if pin.name else pin._replace(name=dependency.spelling or str(dependency.place))


def problems_of(audit: Audit) -> list[Problem]:
    """Return the problems of one target, each once, sorted."""
    return in_order((*audit.inventory.problems, *audit.problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems, each once, by place and subject."""
    return sorted(
        set(problems), key=lambda each: (each.place or ("", 0, 0), each.subject, each.what, each.hint, each.gap)
    )


def not_audited(audit: Audit) -> dict[Dependency, list[str]]:
    """Return the dependencies of one target that were not audited, or not fully, and why."""
    dependencies = audit.inventory.dependencies
    why = {dependency: [dependency.skipped] for dependency in dependencies if dependency.skipped}
    for problem, about in subjects(audit):
        if problem.gap not in AUDITED_ANYWAY:
            for dependency in about:
                if not dependency.skipped:
                    why.setdefault(dependency, []).append(bare(problem) or problem.gap)
    return why


def subjects(audit: Audit) -> list[tuple[Problem, list[Dependency]]]:
    """Return the problems of one target, each with the dependencies that it is about: none, one, or all of a name.

    By its name alone a problem is about what is there by itself, not about a copy that something else carries.
    """
    problems = problems_of(audit)
    by_name: dict[str, list[Dependency]] = {problem.subject: [] for problem in problems if problem.subject}
    for dependency in audit.inventory.dependencies if by_name else ():
        for name in _names_of(dependency) & by_name.keys():
            by_name[name].append(dependency)
    at_place: dict[tuple[object, ...], list[Dependency]] = {}
    for name, named in by_name.items():
        for dependency in named:
            for place in {dependency.place[:2], dependency.place[:3]}:
                at_place.setdefault((name, *place), []).append(dependency)
    return [(problem, _about(problem, at_place, by_name)) for problem in problems]


def bare(problem: Problem) -> str:
    """Return what is wrong without the subject, and its version, that it may begin with."""
    for start in (f"{problem.subject}: ", f"{problem.subject} "):
        if problem.subject and problem.what.startswith(start):
            return re.sub(r"^v?[0-9]\S*: ", "", problem.what.removeprefix(start))
    return problem.what


def summary(finding: Finding) -> str:
    """Return the first summary of its records; empty where none has one."""
    return next((each.summary for each in finding.advisories if each.summary.strip()), "")


def details(finding: Finding) -> str:
    """Return the first long text of its records; empty where none has one."""
    return next((each.details for each in finding.advisories if each.details.strip()), "")


def description(finding: Finding) -> str:
    """Return the summary, else the details, else "N/A", as pip-audit falls back."""
    return summary(finding) or details(finding) or "N/A"


def how_bad(finding: Finding) -> str:
    """Return how bad it is: "malware", or its severity."""
    return "malware" if finding.malware else finding.severity


def reason(verdict: Verdict) -> str:
    """Return the rule, the justification, the reason and the date that silence a finding, as one text."""
    justified = verdict.justification.replace("_", " ")
    quoted = f'"{verdict.reason}"' if verdict.reason else ""
    until = f"until {verdict.until}" if verdict.until else ""
    return ": ".join(filter(None, (verdict.rule, ", ".join(filter(None, (justified, quoted, until))))))


def why_open(verdict: Verdict) -> str:
    """Return why nothing silences a finding that somebody thought settled: "ignore of pyproject.toml:4 expired on"."""
    lapsed = verdict.reason.startswith(("expired on ", "was until fixed", "does not silence "))
    ignore = f"{verdict.rule} " if verdict.rule.startswith("--") else f"ignore of {verdict.rule} "
    return f"{ignore}{verdict.reason}" if lapsed and verdict.rule else verdict.reason


def normal_version(pin: Pin) -> str:
    """Return the version in its normal form (PEP 440), as pip-audit writes it; as it is where it has none."""
    return normal(pin.version) if pin.ecosystem == PYPI else pin.version


def normal(version: str) -> str:
    """Return a Python version in its normal form; as it is where it is not PEP 440's."""
    if re.fullmatch(_NORMAL, version):
        return version
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def _sorted(found: Iterable[tuple[str, Dependency]]) -> tuple[tuple[str, Dependency], ...]:
    listed = tuple(found)
    return listed if len(listed) == 1 else tuple(sorted(listed, key=lambda each: (each[1].place, repr(each))))


def _names_of(dependency: Dependency) -> set[str]:
    """Return every text by which a problem may name the dependency."""
    pin = dependency.pin
    spelled = (name for name in (pin.name, dependency.spelling) if name)
    return {text for name in spelled for text in (name, f"{name} {pin.version}", f"{name}=={pin.version}")}


def _about(
    problem: Problem,
    at_place: Mapping[tuple[object, ...], list[Dependency]],
    by_name: Mapping[str, list[Dependency]],
) -> list[Dependency]:
    """Return those that stand at the problem's own place, or on its line, where one does: a name may come twice."""
    if problem.place:
        for place in (problem.place[:3], problem.place[:2]):
            if there := at_place.get((problem.subject, *place)):
                return there
    named = by_name.get(problem.subject, [])
    return [each for each in named if each.inside is None] or named
