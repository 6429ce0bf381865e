"""A report whose files are named as seen from the current folder: build servers know no others.

However a target was named, a finding in it is then at the same place, and keeps its fingerprint.
"""

import os
from collections.abc import Iterable

from pip_assay.model import Audit, Dependency, Place, Problem, Report, Verdict


def relative(report: Report, folders: Iterable[str]) -> Report:
    """Return the report with every file below one of the folders named as seen from it."""
    folder = _Folder(folders)
    named = {audit.inventory.target for audit in report.audits}
    named.update(each.place.file for audit in report.audits for each in audit.inventory.dependencies)
    named.update(each.place.file for each in _problems(report) if each.place)
    if all(folder.file(each) == each for each in named):
        return report
    problems = tuple(map(folder.problem, report.problems))
    return report._replace(audits=tuple(map(folder.audit, report.audits)), problems=problems)


def _problems(report: Report) -> list[Problem]:
    every = (each for audit in report.audits for each in (*audit.problems, *audit.inventory.problems))
    return [*report.problems, *every]


class _Folder:
    """The current folder, by all of its names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._starts = tuple(f"{name.replace(os.sep, '/').rstrip('/')}/" for name in names)

    def file(self, name: str) -> str:
        slashed = name.replace(os.sep, "/")
        start = next((each for each in ("./", *self._starts) if slashed.startswith(each)), "")
        return slashed[len(start) :] or "." if start else name

    def place(self, place: Place) -> Place:
        return place._replace(file=self.file(place.file))

    def places(self, places: Iterable[Place]) -> tuple[Place, ...]:
        return tuple(map(self.place, places))

    def problem(self, problem: Problem) -> Problem:
        place = self.place(problem.place) if problem.place else None
        return problem._replace(place=place, subject=self.file(problem.subject))

    def dependency(self, dependency: Dependency) -> Dependency:
        return dependency._replace(place=self.place(dependency.place))

    def verdict(self, verdict: Verdict) -> Verdict:
        finding = verdict.finding
        places, dependency = self.places(finding.places), self.dependency(finding.dependency)
        return verdict._replace(finding=finding._replace(places=places, dependency=dependency))

    def audit(self, audit: Audit) -> Audit:
        inventory = audit.inventory
        return audit._replace(
            inventory=inventory._replace(
                target=self.file(inventory.target),
                dependencies=tuple(map(self.dependency, inventory.dependencies)),
                problems=tuple(map(self.problem, inventory.problems)),
            ),
            verdicts=tuple(map(self.verdict, audit.verdicts)),
            upgrades=tuple(each._replace(places=self.places(each.places)) for each in audit.upgrades),
            problems=tuple(map(self.problem, audit.problems)),
            notices=tuple(each._replace(places=self.places(each.places)) for each in audit.notices),
        )
