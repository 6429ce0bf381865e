"""The numbers of a report, the line that sums it up as pip-audit words it, and its problems as lines."""

from collections.abc import Iterable

from pip_assay.model import OPEN, Audit, Pin, Problem, Report
from pip_assay.reports.entries import AUDITED_ANYWAY, entries, in_order, problems_of, subjects
from pip_assay.reports.text import count, harmless_lines, neutral
from pip_assay.values import NamedTuple

SEVERITIES = ("critical", "high", "medium", "low", "none", "unknown")
"""Worst first."""

_MARKS = dict.fromkeys(map(ord, ":;,\"'()"), " ")


class Counts(NamedTuple):
    """The numbers of a report or of one target. A release that two targets hold counts once.

    packages    releases listed; `audited` of them were.
    findings    flaws that are not ignored, in `vulnerable` releases.
    severities  how many findings are malware and of each severity, worst first, zeros left out.
    """

    packages: int
    audited: int
    findings: int
    vulnerable: int
    warns: int
    ignored: int
    problems: int
    severities: tuple[tuple[str, int], ...]


class Tally:
    """The numbers of audits that come one after the other; it keeps no more of them than it has to."""

    def __init__(self) -> None:
        self._packages: set[Pin] = set()
        self._skipped: set[Pin] = set()
        self._flaws: dict[tuple[Pin, str], tuple[str, str]] = {}
        self._problems = 0
        self.targets = 0

    def add(self, audit: Audit) -> None:
        """Count one more audit."""
        for entry in entries([audit]):
            self._packages.add(entry.pin)
            if entry.skip:
                self._skipped.add(entry.pin)
            for verdict in entry.verdicts:
                finding = verdict.finding
                word = "malware" if finding.malware else finding.severity
                self._flaws.setdefault((entry.pin, finding.id), (verdict.status, word))
        self._problems += len(problems_of(audit))
        self.targets += 1

    def join(self, other: "Tally") -> None:
        """Count what another tally has counted."""
        self._packages |= other._packages
        self._skipped |= other._skipped
        self._flaws = other._flaws | self._flaws
        self._problems += other._problems
        self.targets += other.targets

    def counts(self, problems: Iterable[Problem] = ()) -> Counts:
        """Return the numbers so far; `problems` are those of no single target."""
        open_flaws = {flaw: said for flaw, said in self._flaws.items() if said[0] in OPEN}
        words = [word for _, word in open_flaws.values()]
        return Counts(
            packages=len(self._packages),
            audited=len(self._packages - self._skipped),
            findings=len(open_flaws),
            vulnerable=len({pin for pin, _ in open_flaws}),
            warns=sum(status == "warns" for status, _ in open_flaws.values()),
            ignored=len(self._flaws) - len(open_flaws),
            problems=len(set(problems)) + self._problems,
            severities=tuple((word, words.count(word)) for word in ("malware", *SEVERITIES) if word in words),
        )


def counts(audits: Iterable[Audit], problems: Iterable[Problem] = ()) -> Counts:
    """Return the numbers of these audits; `problems` are those of no single target."""
    tally = Tally()
    for audit in audits:
        tally.add(audit)
    return tally.counts(problems)


def incomplete(report: Report) -> bool:
    """Return whether something was not looked at: then nobody may call the result clean."""
    return bool(not report.audits or report.problems or any(map(problems_of, report.audits)))


def summary_line(report: Report) -> str:
    """Return the line for stderr, in pip-audit's words.

    Where it finds nothing and has not seen everything, pip-audit's sentence goes on to say so.
    """
    return line_of(counts(report.audits, report.problems), whole=not incomplete(report))


def line_of(total: Counts, *, whole: bool) -> str:
    """Return the same line for numbers; `whole` says whether everything was seen."""
    if total.findings:
        ignored = f", ignored {total.ignored}" if total.ignored else ""
        found = count(total.findings, "known vulnerability")
        return f"Found {found}{ignored} in {count(total.vulnerable, 'package')}"
    line = "No known vulnerabilities found" + (f", {total.ignored} ignored" if total.ignored else "")
    return line if whole else f"{line}; the audit is incomplete: {count(total.problems, 'problem')}"


def problem_lines(report: Report) -> list[str]:
    """Return a line for each problem that the tables of columns and markdown cannot show, for stderr."""
    lines = [problem_text(problem) for problem in in_order(report.problems)]
    for audit in report.audits:
        lines += [
            problem_text(problem) for problem, about in subjects(audit) if not about or problem.gap in AUDITED_ANYWAY
        ]
    return [harmless_lines(line) for line in dict.fromkeys(lines)]


def problem_text(problem: Problem, *, place: bool = True) -> str:
    """Return a problem on one line: where, about what, what is wrong, what to do."""
    where = f"{problem.place}: " if place and problem.place else ""
    file = problem.place.file if problem.place else ""
    said = problem.what.translate(_MARKS).split()
    named = (bool(where) and problem.subject == file) or all(word in said for word in problem.subject.split())
    about = "" if named else f"{problem.subject}: "
    hint = f"; {problem.hint}" if problem.hint else ""
    return neutral(f"{where}{about}{problem.what}{hint}")
