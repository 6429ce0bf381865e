"""The numbers of a report, the line that sums it up as pip-audit words it, and its problems as lines."""

from collections.abc import Iterable

from pip_assay.model import Audit, Problem, Report
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


def counts(audits: Iterable[Audit], problems: Iterable[Problem] = ()) -> Counts:
    """Return the numbers of these audits; `problems` are those of no single target."""
    audits = tuple(audits)
    listed = entries(audits)
    open_verdicts = [verdict for entry in listed for verdict in entry.verdicts if verdict.status != "ignored"]
    words = ["malware" if each.finding.malware else each.finding.severity for each in open_verdicts]
    return Counts(
        packages=len(listed),
        audited=sum(not entry.skip for entry in listed),
        findings=len(open_verdicts),
        vulnerable=sum(any(verdict.status != "ignored" for verdict in entry.verdicts) for entry in listed),
        warns=sum(verdict.status == "warns" for verdict in open_verdicts),
        ignored=sum(verdict.status == "ignored" for entry in listed for verdict in entry.verdicts),
        problems=len(set(problems)) + sum(len(problems_of(audit)) for audit in audits),
        severities=tuple((word, words.count(word)) for word in ("malware", *SEVERITIES) if word in words),
    )


def incomplete(report: Report) -> bool:
    """Return whether something was not looked at: then nobody may call the result clean."""
    return bool(not report.audits or report.problems or any(map(problems_of, report.audits)))


def summary_line(report: Report) -> str:
    """Return the line for stderr, in pip-audit's words.

    Where it finds nothing and has not seen everything, pip-audit's sentence goes on to say so.
    """
    total = counts(report.audits, report.problems)
    if total.findings:
        ignored = f", ignored {total.ignored}" if total.ignored else ""
        found = count(total.findings, "known vulnerability")
        return f"Found {found}{ignored} in {count(total.vulnerable, 'package')}"
    line = "No known vulnerabilities found" + (f", {total.ignored} ignored" if total.ignored else "")
    if incomplete(report):
        line += f"; the audit is incomplete: {count(total.problems, 'problem')}"
    return line


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
    named = problem.subject == file or all(word in said for word in problem.subject.split())
    about = "" if named else f"{problem.subject}: "
    hint = f"; {problem.hint}" if problem.hint else ""
    return neutral(f"{where}{about}{problem.what}{hint}")
